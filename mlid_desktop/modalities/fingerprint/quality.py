"""Assesses a finger image: components of 0..100, each with a hint that would raise it (in the sense of ISO/IEC
29794-4)."""

from __future__ import annotations

import cv2
import numpy as np

from mlid_desktop.domain.quality import FAILURE_TO_ASSESS, NOT_ASSESSED, Measure, Quality, QualityComponent
from mlid_desktop.domain.reasons import Hint
from mlid_desktop.domain.samples import Image
from mlid_desktop.modalities.fingerprint import parameters as p
from mlid_desktop.modalities.fingerprint.detect import FingerArea, Mask
from mlid_desktop.modalities.fingerprint.extract import Extraction
from mlid_desktop.modalities.fingerprint.parameters import FingerGates
from mlid_desktop.modalities.fingerprint.ridge_period import is_human

# Native value that is worth 0, and the one that is worth 100; between them the scale is even.
AREA = (4_000.0, 42_000.0)  # pixels at 500 dpi; a whole fingertip on an optical reader covers about 60,000
CLARITY = (0.08, 0.45)
COUNT = (6.0, 32.0)
DARK = (0.10, 0.28)  # share of ink within the finger: thin ridges are dry or lightly pressed
WET = (0.85, 0.66)
OFF_CENTRE = (0.45, 0.12)  # distance of the finger's middle from the image's, as a share of the image's shorter side

MOTION = (1.3, 0.7)  # log of the contrast of ridges lying one way over that of those across; at rest up to 0.7


def quality_without_finger() -> Quality:
    """Quality of an image in which no finger was found, with one hint."""
    component = QualityComponent(Measure.FOREGROUND_AREA, 0, 0.0, Hint.PLACE_FINGER, passed=False)
    return Quality(NOT_ASSESSED.unified, (component,))


def quality_of_several_fingers(area: FingerArea) -> Quality:
    """Quality of an image that shows more than one finger, with one hint."""
    component = QualityComponent(Measure.FOREGROUND_AREA, 0, float(area.mask.sum()), Hint.ONE_FINGER, passed=False)
    return Quality(NOT_ASSESSED.unified, (component,))


def assess(
    image: Image, made: Extraction, gates: FingerGates, *, inverted: bool = False, seam: float = -np.inf
) -> Quality:
    """Quality of a finger image with dark ridges: all components, and as unified value the geometric mean of those that
    could be assessed, so that one failure is not outvoted. ``inverted``: light and dark had to be exchanged for it;
    ``seam``: the log-odds that it is joined of two."""
    mask, minutiae = made.mask, made.minutiae
    area = float(mask.sum())
    sure = float(made.clarity[mask].mean())
    inked = _ink_share(image, mask)
    rows, columns = np.nonzero(mask)
    middle = np.array([columns.mean() / image.shape[1] - 0.5, rows.mean() / image.shape[0] - 0.5])
    off = float(np.hypot(*middle))
    dry, wet = _scaled(inked, DARK), _scaled(inked, WET)
    components = (
        _component(Measure.FOREGROUND_AREA, _scaled(area, AREA), area, Hint.PRESS_HARDER, gates.foreground_area),
        _component(Measure.RIDGE_CLARITY, _scaled(sure, CLARITY), sure, Hint.CLEAN_READER, gates.ridge_clarity),
        _component(
            Measure.MINUTIAE_COUNT,
            _scaled(len(minutiae), COUNT),
            float(len(minutiae)),
            Hint.CENTRE_FINGER,
            gates.minutiae_count,
        ),
        _component(
            Measure.MOISTURE,
            min(dry, wet),
            inked,
            Hint.MOISTEN_FINGER if dry < wet else Hint.DRY_FINGER,
            gates.moisture,
        ),
        _component(Measure.POSITION, _scaled(off, OFF_CENTRE), off, Hint.CENTRE_FINGER, gates.position),
        _motion(image, made, gates),
    )
    values = np.array(
        [max(1, component.value) for component in components if component.value != FAILURE_TO_ASSESS], np.float64
    )
    return Quality(int(np.exp(np.log(values).mean())), components + _unlikely(made, inverted=inverted, seam=seam))


def _unlikely(made: Extraction, *, inverted: bool, seam: float) -> tuple[QualityComponent, ...]:
    """The components that are there where they fail alone: light ridges, ridges that break off along a line, and a
    ridge period that no person has, as of an image that was scanned at another resolution than stated."""
    found = []
    if inverted:
        found.append(QualityComponent(Measure.POLARITY, 0, 1.0, None, passed=False))
    if seam >= p.SEAM_DOUBT:
        found.append(QualityComponent(Measure.UNBROKEN_RIDGES, 0, seam, Hint.CLEAN_READER, passed=False))
    if made.ridge_period is not None and not is_human(made.ridge_period):
        found.append(QualityComponent(Measure.RIDGE_PERIOD, 0, made.ridge_period, None, passed=False))
    return tuple(found)


def _ink_share(image: Image, mask: Mask) -> float:
    """Share of the finger's pixels darker than the middle between its darkest and its lightest tenth."""
    grey = image[mask].astype(np.float32)
    low, high = np.percentile(grey, (10, 90))
    return float((grey < (low + high) / 2).mean())


def _motion(image: Image, made: Extraction, gates: FingerGates) -> QualityComponent:
    """Blur by movement: a finger that moves during capture keeps the ridges along its way and loses those across; the
    contrast, fitted by least squares as a wave of the double angle, says by how much. Not assessed where ridges run one
    way only."""
    reach = 2 * p.MOTION_MARGIN + 1
    inner = cv2.erode(made.mask.astype(np.uint8), np.ones((reach, reach), np.uint8), borderValue=0).astype(np.bool_)
    sampled = np.s_[:: p.MOTION_STEP, :: p.MOTION_STEP]
    sure = inner[sampled] & (made.flow.coherence[sampled] > p.MOTION_SURE)
    turn = 2.0 * made.flow.orientation[sampled][sure].astype(np.float64)
    wave = np.stack([np.cos(turn), np.sin(turn)], axis=1)
    if len(turn) < p.MOTION_LEAST or float(np.linalg.eigvalsh(np.cov(wave.T))[0]) < p.MOTION_DIRECTIONS:
        return QualityComponent(Measure.MOTION, FAILURE_TO_ASSESS, 0.0, Hint.HOLD_STILL)
    grey, window = image.astype(np.float32), (p.MOTION_WINDOW, p.MOTION_WINDOW)
    mean = cv2.blur(grey, window)
    variance = np.maximum(cv2.blur(grey * grey, window) - mean * mean, 1.0)[sampled][sure]
    contrast = 0.5 * np.log(variance.astype(np.float64))
    fitted = np.linalg.lstsq(wave - wave.mean(axis=0), contrast - contrast.mean(), rcond=None)[0]
    native = 2.0 * float(np.hypot(*fitted))
    return _component(Measure.MOTION, _scaled(native, MOTION), native, Hint.HOLD_STILL, gates.motion)


def _component(measure: Measure, value: int, native: float, hint: Hint, gate: int) -> QualityComponent:
    return QualityComponent(measure, value, native, hint, value >= gate, gate)


def _scaled(native: float, ends: tuple[float, float]) -> int:
    worst, best = ends
    return int(np.clip((native - worst) / (best - worst), 0.0, 1.0) * 100)
