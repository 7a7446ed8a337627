"""A device that is tried out: what is measured, what is found, and what is said to mend it."""

from __future__ import annotations

import gettext

import cv2
import numpy as np
import pytest

from mlid_desktop.devices.camera.image_metrics import measure_image
from mlid_desktop.devices.simulated.camera import SimulatedCamera
from mlid_desktop.domain.provenance import DeviceIdentity, Provenance, SourceKind
from mlid_desktop.domain.samples import FingerSample, FrameSample, Image, SoundSample
from mlid_desktop.gui.device_setup.check_presenter import FIXES, NAMES, check_rows
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.station.capture.device_check import (
    BLURRED,
    CheckFinding,
    CheckKind,
    CheckOutcome,
    DeviceCheck,
    is_tested,
)
from mlid_desktop.station.text.language import Language

FROM = Provenance(SourceKind.SIMULATED, DeviceIdentity("simulated", "1", "Simulated"))
ENGLISH = Language("en", gettext.NullTranslations())


@pytest.fixture(scope="module")
def person() -> Image:
    frame = next(iter(SimulatedCamera(1, frames=1, fps=0).samples()))
    assert isinstance(frame, FrameSample)
    return frame.image


def of_pictures(*pictures: Image, every_s: float = 0.04) -> dict[CheckKind, CheckFinding]:
    trial = DeviceCheck()
    for number, picture in enumerate(pictures):
        trial.take(FrameSample(number, number * every_s, FROM, picture))
    return {finding.tried: finding for finding in trial.findings()}


def of_sound(level: float, peak: float = 0.0, rate: int = 16_000) -> dict[CheckKind, CheckFinding]:
    """Ten quiet blocks, then one as loud as is said; ``level`` of the room."""
    trial, source = DeviceCheck(), np.random.default_rng(1)
    for number in range(12):
        block = source.normal(0, level, 1600).astype(np.float32)
        if number == 11 and peak:
            block = (peak * np.sin(np.arange(1600) / 4)).astype(np.float32)
        trial.take(SoundSample(number, number * 0.1, FROM, block, rate))
    return {finding.tried: finding for finding in trial.findings()}


def test_a_well_lit_sharp_picture_is_good_in_everything(person: Image) -> None:
    found = of_pictures(*[person] * 20)
    assert set(found) == {CheckKind.SIZE, CheckKind.RATE, CheckKind.LIGHT, CheckKind.SHARPNESS}
    assert all(finding.outcome is CheckOutcome.GOOD for finding in found.values())
    assert (found[CheckKind.SIZE].other, found[CheckKind.SIZE].value) == (960, 540)
    assert found[CheckKind.RATE].value == pytest.approx(25)


def test_each_fault_of_a_camera_is_told_apart(person: Image) -> None:
    assert of_pictures((person * 0.15).astype(np.uint8))[CheckKind.LIGHT].outcome is CheckOutcome.TOO_LITTLE
    bright = np.clip(person.astype(np.float32) + 140, 0, 255).astype(np.uint8)
    assert of_pictures(bright)[CheckKind.LIGHT].outcome is CheckOutcome.TOO_MUCH
    blurred = np.asarray(cv2.GaussianBlur(person, (0, 0), 6.0), np.uint8)
    assert of_pictures(blurred)[CheckKind.SHARPNESS].outcome is CheckOutcome.TOO_LITTLE
    assert of_pictures(person[:240, :320].copy())[CheckKind.SIZE].outcome is CheckOutcome.TOO_LITTLE
    assert of_pictures(*[person] * 5, every_s=0.3)[CheckKind.RATE].outcome is CheckOutcome.TOO_LITTLE
    assert of_pictures(person)[CheckKind.RATE].outcome is CheckOutcome.WAITING


def test_sharpness_does_not_follow_light_or_contrast(person: Image) -> None:
    pale = (128 + 0.4 * (person.astype(np.float32) - 128)).astype(np.uint8)
    assert measure_image(pale).sharpness == pytest.approx(measure_image(person).sharpness, rel=0.2)


@pytest.mark.parametrize("shape", [(1, 1), (2, 5, 3), (480, 640), (3000, 10, 3)])
def test_a_flat_picture_of_any_size_is_not_sharp(shape: tuple[int, ...]) -> None:
    assert measure_image(np.full(shape, 90, np.uint8)).sharpness < BLURRED


def test_a_microphone_waits_for_a_voice_and_tells_loud_and_noisy_apart() -> None:
    quiet = of_sound(0.0005)
    assert quiet[CheckKind.LEVEL].outcome is CheckOutcome.WAITING
    assert quiet[CheckKind.ROOM].outcome is CheckOutcome.GOOD
    assert of_sound(0.0005, 0.3)[CheckKind.LEVEL].outcome is CheckOutcome.GOOD
    assert of_sound(0.0005, 0.99)[CheckKind.LEVEL].outcome is CheckOutcome.TOO_MUCH
    assert of_sound(0.05, 0.3)[CheckKind.ROOM].outcome is CheckOutcome.TOO_MUCH
    assert of_sound(0.0005, rate=8_000)[CheckKind.HERTZ].outcome is CheckOutcome.TOO_LITTLE


@pytest.mark.parametrize(
    ("dpi", "shape", "resolution", "area"),
    [
        (500.0, (374, 388), CheckOutcome.GOOD, CheckOutcome.GOOD),
        (300.0, (374, 388), CheckOutcome.TOO_LITTLE, CheckOutcome.GOOD),
        (500.0, (200, 152), CheckOutcome.GOOD, CheckOutcome.TOO_LITTLE),
        (0.0, (200, 152), CheckOutcome.TOO_LITTLE, CheckOutcome.TOO_LITTLE),
    ],
)
def test_a_reader_is_told_by_resolution_and_size(
    dpi: float, shape: tuple[int, int], resolution: CheckOutcome, area: CheckOutcome
) -> None:
    trial = DeviceCheck()
    trial.take(FingerSample(0, 0.0, FROM, np.zeros(shape, np.uint8), dpi))
    assert [finding.outcome for finding in trial.findings()] == [resolution, area, CheckOutcome.TOO_LITTLE]
    assert not is_tested(trial.findings()), "nothing was on it"


def test_what_was_bought_small_is_tested_all_the_same_and_what_can_be_mended_is_not() -> None:
    coarse = CheckFinding(CheckKind.RESOLUTION, CheckOutcome.TOO_LITTLE, 300.0)
    assert is_tested((coarse, CheckFinding(CheckKind.PRINT, CheckOutcome.GOOD, 80.0)))
    assert not is_tested((coarse, CheckFinding(CheckKind.PRINT, CheckOutcome.TOO_LITTLE, 20.0)))
    assert not is_tested((CheckFinding(CheckKind.LEVEL, CheckOutcome.WAITING, -60.0),))
    assert not is_tested(())


def test_a_voice_that_fell_silent_again_was_heard() -> None:
    trial = DeviceCheck()
    for number, level in enumerate([0.001, 0.1, *[0.001] * 60]):
        trial.take(SoundSample(number, number * 0.1, FROM, np.full(1600, level, np.float32), 16_000))
    assert trial.passed()
    assert not is_tested(trial.findings())


def test_before_anything_came_nothing_is_said() -> None:
    assert DeviceCheck().findings() == ()


def test_everything_has_a_name_and_every_fault_what_mends_it() -> None:
    assert set(NAMES) == set(CheckKind)
    rows = check_rows(tuple(CheckFinding(*key, 1.0, 1.0) for key in FIXES), ENGLISH)
    assert all(row.fix and row.tone is not Tone.ACCEPTED for row in rows)
    good = check_rows(tuple(CheckFinding(kind, CheckOutcome.GOOD, 20.0, 30.0) for kind in CheckKind), ENGLISH)
    assert all(row.value and not row.fix and row.tone is Tone.ACCEPTED for row in good)
