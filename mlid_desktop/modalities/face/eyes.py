"""How far an eye is open, seen in its pixels: the mesh draws open eyes on closed lids too."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]
SIDE, EYE_WIDTH = 32, 24  # the eye is brought to that width in a square of that side
ROWS, SEARCHED, COLUMNS = slice(4, 28), slice(4, 20), slice(10, 22)  # around the eye; of those, where the pupil can be
DARKEST = 4  # of the twelve middle columns: the iris need not stand in the middle
SKIN_PERCENTILE = 75
DARK = 0.75  # of the way from the darkest row to the skin: a catch light in the pupil stays below it


def eye_opening(grey: Grey, first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    """Height of the dark iris between the lids over the width of the eye: about 0.4 open, 0.15 (lashes) closed.

    ``first`` and ``second`` are the corners (2,) of the eye in a levelled picture. The height is that of the run of
    rows around the darkest one that are darker than the middle between it and the skin.
    """
    width = max(float(np.hypot(*(second - first))), 1.0)
    scale, middle = EYE_WIDTH / width, (first + second) / 2
    placement = np.column_stack([np.eye(2) * scale, SIDE / 2 - scale * middle])
    eye = cv2.warpAffine(grey, placement, (SIDE, SIDE), flags=cv2.INTER_LINEAR)[ROWS, COLUMNS]
    rows = np.sort(eye, axis=1)[:, :DARKEST].mean(axis=1)
    darkest = SEARCHED.start + int(rows[SEARCHED].argmin())
    skin = float(np.percentile(rows, SKIN_PERCENTILE))
    level = float(rows[darkest]) + DARK * (skin - float(rows[darkest]))
    return (_reach(rows[darkest:], level) + _reach(rows[darkest::-1], level)) / EYE_WIDTH


def _reach(rows: NDArray[np.float64], level: float) -> float:
    """How far the first row's darkness goes on, to a fraction of a row."""
    above = np.flatnonzero(rows >= level)
    if not len(above):
        return float(len(rows) - 1)
    end = int(above[0])
    if end == 0:
        return 0.0
    return end - 1 + float((level - rows[end - 1]) / (rows[end] - rows[end - 1]))
