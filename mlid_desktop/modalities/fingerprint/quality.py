"""Quality of a finger image, 0..100 a component, each with what would raise it (in the sense of ISO/IEC 29794-4)."""

from __future__ import annotations

import numpy as np

from mlid_desktop.domain.quality import NOT_ASSESSED, Measure, Quality, QualityComponent
from mlid_desktop.domain.reasons import Hint
from mlid_desktop.domain.samples import Image
from mlid_desktop.modalities.fingerprint.detect import Field, Mask
from mlid_desktop.modalities.fingerprint.minutiae import Minutiae
from mlid_desktop.modalities.fingerprint.parameters import FingerGates

# Native value that is worth 0, and the one that is worth 100; between them the scale is even.
AREA = (4_000.0, 42_000.0)  # pixels at 500 dpi; a whole fingertip on an optical reader covers about 60,000
CLARITY = (0.08, 0.45)
COUNT = (6.0, 32.0)
DARK = (0.10, 0.28)  # share of ink within the finger: thin ridges are dry or lightly pressed
WET = (0.85, 0.66)
OFF_CENTRE = (0.45, 0.12)  # distance of the finger's middle from the image's, as a share of the image's shorter side


def nothing_found() -> Quality:
    """No finger: the one thing to do."""
    component = QualityComponent(Measure.FOREGROUND_AREA, 0, 0.0, Hint.PLACE_FINGER, passed=False)
    return Quality(NOT_ASSESSED.unified, (component,))


def assess(image: Image, mask: Mask, clarity: Field, minutiae: Minutiae, gates: FingerGates) -> Quality:
    """All components; the unified value is their geometric mean, so that one failure is not outvoted."""
    area = float(mask.sum())
    sure = float(clarity[mask].mean())
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
    )
    values = np.array([max(1, component.value) for component in components], np.float64)
    return Quality(int(np.exp(np.log(values).mean())), components)


def _ink_share(image: Image, mask: Mask) -> float:
    """Share of the finger darker than the middle between its darkest and its lightest tenth."""
    grey = image[mask].astype(np.float32)
    low, high = np.percentile(grey, (10, 90))
    return float((grey < (low + high) / 2).mean())


def _component(measure: Measure, value: int, native: float, hint: Hint, gate: int) -> QualityComponent:
    return QualityComponent(measure, value, native, hint, value >= gate)


def _scaled(native: float, ends: tuple[float, float]) -> int:
    worst, best = ends
    return int(np.clip((native - worst) / (best - worst), 0.0, 1.0) * 100)
