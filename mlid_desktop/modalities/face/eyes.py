"""Measures from pixels how far an eye is open, because the face mesh draws open eyes on closed lids too."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]
SIDE, EYE_WIDTH = 32, 24  # the eye is brought to that width in a square of that side
ROWS, SEARCHED, COLUMNS = slice(4, 28), slice(4, 20), slice(10, 22)  # around the eye; of those, where the pupil can be
DARKEST = 4  # of the twelve middle columns: the iris need not stand in the middle
SKIN_RANK = 17  # of the 24 rows, darkest first: three quarters are no lighter
ACROSS = slice(8, 24), slice(5, 27)
CONTRAST_WEIGHT = 3.0  # brings the contrast across the eye to the scale of the iris' height
DARK = 0.75  # of the way from the darkest row to the skin: a catch light in the pupil stays below it


def eye_opening(grey: Grey, first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    """How far an eye is open: about 0.4 for an open one, 0.15 for a closed one; ``first`` and ``second`` are its
    corners (2,) in a levelled picture.

    Two signs of an open eye, of which the clearer counts: the height of the dark iris over the width of the eye, and,
    where a light iris lies in dark skin, the contrast of white and iris from side to side.
    """
    width = max(float(np.hypot(*(second - first))), 1.0)
    scale, middle = EYE_WIDTH / width, (first + second) / 2
    placement = np.column_stack([np.eye(2) * scale, SIDE / 2 - scale * middle])
    eye = np.asarray(cv2.warpAffine(grey, placement, (SIDE, SIDE), flags=cv2.INTER_LINEAR), np.float64)
    return max(iris_height(eye), CONTRAST_WEIGHT * contrast_across(eye))


def iris_height(eye: NDArray[np.float64]) -> float:
    """Height of the dark iris over the width of the eye: the run of rows around the darkest one that are darker than
    three quarters of the way from it to the skin."""
    rows = np.sort(eye[ROWS, COLUMNS], axis=1)[:, :DARKEST].mean(axis=1)
    darkest = SEARCHED.start + int(rows[SEARCHED].argmin())
    skin = float(np.sort(rows)[SKIN_RANK])
    level = float(rows[darkest]) + DARK * (skin - float(rows[darkest]))
    return (_reach(rows[darkest:], level) + _reach(rows[darkest::-1], level)) / EYE_WIDTH


def contrast_across(eye: NDArray[np.float64]) -> float:
    """Horizontal contrast of an eye: mean step from one column to the next over the mean level; closed lids have hardly
    any."""
    part = eye[ACROSS]
    return float(np.abs(np.diff(part, axis=1)).mean() / max(float(part.mean()), 1.0))


def _reach(rows: NDArray[np.float64], level: float) -> float:
    """Number of rows, with a fraction, from the first one until the brightness passes ``level``."""
    above = np.flatnonzero(rows >= level)
    if not len(above):
        return float(len(rows) - 1)
    end = int(above[0])
    if end == 0:
        return 0.0
    return end - 1 + float((level - rows[end - 1]) / (rows[end] - rows[end - 1]))
