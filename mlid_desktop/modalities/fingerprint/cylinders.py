"""Minutia Cylinder-Code: around each minutia, where the others are and where they point (Cappelli et al. 2010)."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import pi

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.modalities.fingerprint import parameters as p
from mlid_desktop.modalities.fingerprint.minutiae import Minutiae

Grid = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Cylinders:
    """The valid cylinders with their minutiae: ``cells`` (n, CELLS^2 * SECTIONS) 0..1, ``valid`` (n, CELLS^2)."""

    minutiae: Minutiae
    cells: Grid = field(repr=False)
    valid: Grid = field(repr=False)

    def __len__(self) -> int:
        return len(self.minutiae)


def make_cylinders(minutiae: Minutiae) -> Cylinders:
    """A cylinder for each minutia with neighbours enough (same paper, section 2.2)."""
    count = len(minutiae)
    if count < p.MIN_MINUTIAE:
        return Cylinders(
            minutiae.chosen(np.zeros(0, np.intp)),
            np.zeros((0, GRID * p.SECTIONS), np.float32),
            np.zeros((0, GRID), np.float32),
        )
    spots = _cell_places(minutiae)
    hull = _near_minutiae(spots, minutiae)
    inside = hull & DISC[None, :]
    cells = np.empty((count, GRID, p.SECTIONS), np.float32)
    contributing = np.zeros(count, np.intp)
    for one in range(count):
        away = minutiae.place - minutiae.place[one]
        near = np.hypot(away[:, 0], away[:, 1]) <= p.RADIUS + 3 * p.SIGMA_PLACE
        near[one] = False
        contributing[one] = int(near.sum())
        gap = spots[one][:, None, :] - minutiae.place[near][None, :, :]
        closeness = np.exp(-(gap * gap).sum(axis=2) / (2 * p.SIGMA_PLACE**2)) / (p.SIGMA_PLACE * np.sqrt(2 * pi))
        turn = wrapped(minutiae.direction[one] - minutiae.direction[near])
        agreement = _section_share(wrapped(SECTION_ANGLES[None, :] - turn[:, None]))
        cells[one] = closeness @ agreement
    lifted = 1.0 / (1.0 + np.exp(-p.SIGMOID_STEEPNESS * (cells - p.SIGMOID_MIDDLE)))
    lifted *= inside[:, :, None]
    sound = (inside.sum(axis=1) >= p.MIN_VALID_SHARE * DISC.sum()) & (contributing >= p.MIN_CONTRIBUTING)
    keep = np.nonzero(sound)[0]
    return Cylinders(
        minutiae.chosen(keep), lifted[keep].reshape(len(keep), -1).astype(np.float32), inside[keep].astype(np.float32)
    )


def local_similarities(first: Cylinders, second: Cylinders) -> Grid:
    """(n, m) similarity of cylinders, 0..1: 1 - |a - b| / (|a| + |b|) over the cells valid in both; 0 where their
    directions differ too much or too little of them overlaps (same paper, section 2.4)."""
    first_valid = np.repeat(first.valid, p.SECTIONS, axis=1)
    second_valid = np.repeat(second.valid, p.SECTIONS, axis=1)
    a, b = first.cells, second.cells
    first_length = np.sqrt(np.maximum((a * a) @ second_valid.T, 1e-9))
    second_length = np.sqrt(np.maximum(first_valid @ (b * b).T, 1e-9))
    product = a @ b.T
    apart = np.sqrt(np.maximum(first_length**2 + second_length**2 - 2 * product, 0.0))
    similarity = 1.0 - apart / (first_length + second_length)
    overlap = (first.valid @ second.valid.T) >= p.MIN_VALID_SHARE * DISC.sum() * OVERLAP
    turn = np.abs(wrapped(first.minutiae.direction[:, None] - second.minutiae.direction[None, :]))
    return np.asarray(np.where(overlap & (turn <= p.MAX_DIRECTION_DIFFERENCE), similarity, 0.0), np.float32)


def wrapped(angle: Grid) -> Grid:
    """The same angle in [-pi, pi)."""
    return np.asarray(np.mod(angle + pi, 2 * pi) - pi, np.float32)


def _cell_places(minutiae: Minutiae) -> Grid:
    """(n, CELLS^2, 2): the cells' centres, turned with each minutia's direction (rows grow downwards)."""
    cosine, sine = np.cos(minutiae.direction), np.sin(minutiae.direction)
    x = cosine[:, None] * CELL_X + sine[:, None] * CELL_Y
    y = -sine[:, None] * CELL_X + cosine[:, None] * CELL_Y
    return np.asarray(minutiae.place[:, None, :] + np.stack([x, y], axis=2), np.float32)


def _near_minutiae(spots: Grid, minutiae: Minutiae) -> NDArray[np.bool_]:
    """Cells inside the area that the minutiae span, widened: what lies outside was perhaps not seen."""
    import cv2  # noqa: PLC0415 - keeps the arithmetic of this file importable without it

    hull = cv2.convexHull(minutiae.place.reshape(-1, 1, 2))
    flat = spots.reshape(-1, 2)
    low = np.minimum(flat.min(axis=0), minutiae.place.min(axis=0)) - 1
    size = np.ceil(np.maximum(flat.max(axis=0), minutiae.place.max(axis=0)) - low + 2).astype(int)
    canvas = np.zeros((int(size[1]), int(size[0])), np.uint8)
    cv2.fillConvexPoly(canvas, np.rint(hull - low).astype(np.int32), 1)
    wide = cv2.dilate(canvas, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (HULL_MARGIN, HULL_MARGIN)))
    places = np.rint(flat - low).astype(np.intp)
    return np.asarray(wide[places[:, 1], places[:, 0]].reshape(spots.shape[:2]) > 0)


def _section_share(gap: Grid) -> Grid:
    """Gaussian share of a direction difference in each section (same paper, equation 13, at its centre)."""
    width = 2 * pi / p.SECTIONS
    return np.asarray(
        np.exp(-gap * gap / (2 * p.SIGMA_DIRECTION**2)) * width / (p.SIGMA_DIRECTION * np.sqrt(2 * pi)), np.float32
    )


GRID = p.CELLS * p.CELLS
HULL_MARGIN = 2 * 50 + 1  # same paper: the convex hull is enlarged by 50 pixels
OVERLAP = 0.6  # of the validity asked of one cylinder, for two together
_step = 2 * p.RADIUS / p.CELLS
_centres = (np.arange(p.CELLS) + 0.5) * _step - p.RADIUS
CELL_X = np.tile(_centres, p.CELLS)[None, :].astype(np.float32)
CELL_Y = np.repeat(_centres, p.CELLS)[None, :].astype(np.float32)
DISC: NDArray[np.bool_] = np.hypot(CELL_X[0], CELL_Y[0]) <= p.RADIUS
SECTION_ANGLES = (-pi + (np.arange(p.SECTIONS) + 0.5) * 2 * pi / p.SECTIONS).astype(np.float32)
