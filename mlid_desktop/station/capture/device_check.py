"""Tries a device out: measures what it delivers, and keeps and decides nothing."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from mlid_desktop.devices.camera.image_metrics import ImageMetrics, measure_image
from mlid_desktop.domain.samples import FingerSample, FrameSample, SoundSample, SourceItem
from mlid_desktop.modalities.fingerprint.pipeline import open_fingerprint_pipeline

LEAST_SIDE = 480  # pixels: a face at a desk is 100 px wide there
LEAST_RATE = 10.0  # pictures a second: below it a person has to hold still
DARK, BRIGHT = 0.2, 0.85  # mean light
BLURRED = 0.01  # sharpness of ``measure_image``
LEAST_HERTZ = 16_000
LEAST_DPI = 490.0  # a reader of 500 dpi, with what makers allow themselves
NOISY_DBFS, LOUD_DBFS, FAINT_DBFS = -38.0, -3.0, -36.0
SECONDS = 3.0  # that are looked back on
FLOOR_DBFS = -96.0
MM_PER_INCH = 25.4
LEAST_FINGER_MM = 12.5  # FBI PIV-071006 asks single-finger readers for 12.8 x 16.5 mm


class CheckKind(StrEnum):
    """The properties that a device check measures."""

    SIZE = "size"
    RATE = "rate"
    LIGHT = "light"
    SHARPNESS = "sharpness"
    HERTZ = "hertz"
    LEVEL = "level"
    ROOM = "room"
    RESOLUTION = "resolution"
    AREA = "area"
    PRINT = "print"


# What whoever sets the desk up can mend: a device is tested once all of it is good. The rest is as it was bought.
MENDABLE = frozenset({CheckKind.LIGHT, CheckKind.SHARPNESS, CheckKind.LEVEL, CheckKind.PRINT})


class CheckOutcome(StrEnum):
    """Outcome of measuring one property of a device; the user interfaces say what corrects a fault."""

    GOOD = "good"
    TOO_LITTLE = "too-little"
    TOO_MUCH = "too-much"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class CheckFinding:
    """One measured property of a device: ``value`` in pixels of the shorter side, pictures a second, percent of light,
    percent of the least sharpness, Hz, dB below full scale, dots per inch, mm of the shorter side, or a print's quality
    from 0 to 100; ``other`` the longer side where there is one."""

    tried: CheckKind
    outcome: CheckOutcome
    value: float
    other: float = 0.0


class DeviceCheck:
    """Measures a device from the items it delivers on the capture thread; ``findings`` may be asked for from
    another."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._times: deque[float] = deque(maxlen=256)
        self._picture: ImageMetrics | None = None
        self._finger: FingerSample | None = None
        self._print: CheckFinding | None = None
        self._sounds: deque[tuple[float, float, float]] = deque(maxlen=1024)  # when, root mean square, peak
        self._hertz = 0
        self._heard = False  # a voice, loud enough and not too loud, at any time: it may be over when somebody looks

    def take(self, item: SourceItem) -> None:
        """Measures one item of the source."""
        if isinstance(item, FrameSample):
            figures = measure_image(item.image)
            with self._lock:
                self._picture = figures
                self._times.append(item.captured_at)
        elif isinstance(item, FingerSample):
            judged = _of_print(item)
            with self._lock:
                self._finger, self._print = item, judged
        elif isinstance(item, SoundSample) and len(item.block):
            loud, peak = float(np.sqrt(np.mean(np.square(item.block)))), float(np.abs(item.block).max())
            with self._lock:
                self._heard = self._heard or (_dbfs(loud) >= FAINT_DBFS and _dbfs(peak) <= LOUD_DBFS)
                self._sounds.append((item.captured_at, loud, peak))
                self._hertz = item.rate if item.origin is None else item.origin.rate

    def passed(self) -> bool:
        """Whether the device was seen or heard to work by now."""
        with self._lock:
            heard = self._heard
        return heard or is_tested(self.findings())

    def findings(self) -> tuple[CheckFinding, ...]:
        """The findings so far; empty before anything came."""
        with self._lock:
            times, picture, finger, judged = tuple(self._times), self._picture, self._finger, self._print
            sounds, hertz = tuple(self._sounds), self._hertz
        if picture is not None:
            return _of_pictures(picture, times)
        if finger is not None:
            return (*_of_finger(finger), *(() if judged is None else (judged,)))
        return _of_sound(sounds, hertz) if sounds else ()


def is_tested(findings: Sequence[CheckFinding]) -> bool:
    """Whether a device was seen to work: something came of it, and all that can be mended at the desk is good."""
    mendable = [finding for finding in findings if finding.tried in MENDABLE]
    return bool(mendable) and all(finding.outcome is CheckOutcome.GOOD for finding in mendable)


def _of_print(finger: FingerSample) -> CheckFinding:
    """The quality of a print, as an enrolment judges it."""
    seen = open_fingerprint_pipeline().observe(finger)
    outcome = CheckOutcome.GOOD if seen.reason is None else CheckOutcome.TOO_LITTLE
    return CheckFinding(CheckKind.PRINT, outcome, float(max(0, seen.quality.unified)))


def _least(tried: CheckKind, value: float, least: float, other: float = 0.0) -> CheckFinding:
    return CheckFinding(tried, CheckOutcome.GOOD if value >= least else CheckOutcome.TOO_LITTLE, value, other)


def _of_pictures(picture: ImageMetrics, times: tuple[float, ...]) -> tuple[CheckFinding, ...]:
    sides = sorted((picture.width, picture.height))
    light = CheckOutcome.TOO_LITTLE if picture.light < DARK else CheckOutcome.GOOD
    return (
        _least(CheckKind.SIZE, sides[0], LEAST_SIDE, sides[1]),
        _rate(times),
        CheckFinding(CheckKind.LIGHT, CheckOutcome.TOO_MUCH if picture.light > BRIGHT else light, 100 * picture.light),
        _least(CheckKind.SHARPNESS, 100 * picture.sharpness / BLURRED, 100.0),
    )


def _rate(times: tuple[float, ...]) -> CheckFinding:
    """The finding on pictures a second, over the last seconds; a single picture has no rate."""
    recent = [time for time in times if times[-1] - time <= SECONDS]
    if len(recent) < 3 or recent[-1] <= recent[0]:
        return CheckFinding(CheckKind.RATE, CheckOutcome.WAITING, 0.0)
    return _least(CheckKind.RATE, (len(recent) - 1) / (recent[-1] - recent[0]), LEAST_RATE)


def _of_finger(finger: FingerSample) -> tuple[CheckFinding, ...]:
    sides = sorted(side / finger.dpi * MM_PER_INCH for side in finger.image.shape) if finger.dpi > 0 else [0.0, 0.0]
    return (
        _least(CheckKind.RESOLUTION, finger.dpi, LEAST_DPI),
        _least(CheckKind.AREA, sides[0], LEAST_FINGER_MM, sides[1]),
    )


def _of_sound(sounds: tuple[tuple[float, float, float], ...], hertz: int) -> tuple[CheckFinding, ...]:
    recent = [sample for sample in sounds if sounds[-1][0] - sample[0] <= SECONDS]
    levels = [_dbfs(loud) for _, loud, _ in recent]
    room, peak = float(np.percentile(levels, 10)), _dbfs(max(peak for _, _, peak in recent))
    level = CheckOutcome.TOO_MUCH if peak > LOUD_DBFS else CheckOutcome.GOOD
    loudest = max(levels)
    return (
        _least(CheckKind.HERTZ, hertz, LEAST_HERTZ),
        CheckFinding(CheckKind.LEVEL, CheckOutcome.WAITING if loudest < FAINT_DBFS else level, loudest),
        CheckFinding(CheckKind.ROOM, CheckOutcome.TOO_MUCH if room > NOISY_DBFS else CheckOutcome.GOOD, room),
    )


def _dbfs(magnitude: float) -> float:
    return max(FLOOR_DBFS, 20.0 * float(np.log10(max(magnitude, 1e-6))))
