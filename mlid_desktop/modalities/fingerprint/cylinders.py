"""Minutia Cylinder-Code: describes each minutia by the positions and directions of its neighbours (Cappelli et al.
2010)."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import pi

import cv2
import numpy as np
from numpy.typing import NDArray

from mlid_desktop.modalities.fingerprint import parameters as p
from mlid_desktop.modalities.fingerprint.minutiae import Minutiae

Grid = NDArray[np.float32]
Plane = NDArray[np.complex64]


@dataclass(frozen=True, slots=True, eq=False)
class Cylinders:
    """The minutiae of an impression (n) and the cylinder descriptors of the k of them (``owner``) that have one.
    ``cells`` (k, CELLS^2 * SECTIONS) 0..1, ``valid`` (k, CELLS^2) 0 or 1, ``energy`` (k, CELLS^2) squared cells summed
    over the sections. ``distance``, ``turn`` and ``bearing`` (k, k): how the owners lie to one another. ``border``
    (edges, 3): the hull's half planes as normal x, normal y and offset."""

    minutiae: Minutiae
    owner: NDArray[np.intp]
    cells: Grid = field(repr=False)
    valid: Grid = field(repr=False)
    energy: Grid = field(repr=False)
    distance: Grid = field(repr=False)
    turn: Grid = field(repr=False)
    bearing: Grid = field(repr=False)
    border: Grid = field(repr=False)

    def __len__(self) -> int:
        return len(self.owner)


def make_cylinders(minutiae: Minutiae) -> Cylinders:
    """A cylinder for each minutia with neighbours enough (Cappelli et al. 2010, section 2.2)."""
    border = _half_planes(minutiae.position)
    inside = _seen_cells(minutiae, border) & DISC[None, :]
    gap = minutiae.position[None, :, :] - minutiae.position[:, None, :]
    near = np.hypot(gap[..., 0], gap[..., 1]) <= p.RADIUS + 3 * p.SIGMA_PLACE
    np.fill_diagonal(near, val=False)
    sound = (inside.sum(axis=1) >= p.MIN_VALID_SHARE * DISC.sum()) & (near.sum(axis=1) >= p.MIN_CONTRIBUTING)
    owner = np.nonzero(sound)[0]
    cells = _filled(minutiae, owner, gap[owner], near[owner]) * inside[owner][:, :, None]
    plane = in_plane(minutiae.position[owner])
    away = plane[None, :] - plane[:, None]
    direction = minutiae.direction[owner]
    return Cylinders(
        minutiae,
        owner,
        cells.reshape(len(owner), GRID * p.SECTIONS),
        inside[owner].astype(np.float32),
        np.asarray((cells * cells).sum(axis=2), np.float32),
        np.abs(away),
        wrapped(direction[:, None] - direction[None, :]),
        wrapped(direction[:, None] - np.angle(away)),
        border,
    )


def local_similarities(first: Cylinders, second: Cylinders) -> Grid:
    """Similarity (n, m) of the cylinders of two impressions, 0..1: 1 - |a - b| / (|a| + |b|) over the cells valid in
    both; 0 where too little of them overlaps (Cappelli et al. 2010, section 2.4, without its limit on rotation: a
    finger may lie any way)."""
    first_square = first.energy @ second.valid.T
    second_square = first.valid @ second.energy.T
    apart = np.sqrt(np.maximum(first_square + second_square - 2 * (first.cells @ second.cells.T), 0.0))
    similarity = 1.0 - apart / np.maximum(np.sqrt(first_square) + np.sqrt(second_square), NO_ENERGY)
    overlap = (first.valid @ second.valid.T) >= p.MIN_SHARED_SHARE * DISC.sum()
    return np.asarray(similarity * overlap, np.float32)


def wrapped(angle: Grid) -> Grid:
    """Angles in radians brought into [-pi, pi]."""
    return np.asarray(angle - TURN * np.rint(angle * (1 / TURN)), np.float32)


def in_plane(position: Grid) -> Plane:
    """Positions (n, 2) as complex numbers x - iy, so that angles are counter-clockwise as minutiae directions are."""
    return np.asarray(position[:, 0] - 1j * position[:, 1], np.complex64)


def outside(border: Grid, plane: Plane) -> Grid:
    """Distance (n,) of each point of the plane from the convex hull of the minutiae, negative inside."""
    away = plane.real[..., None] * border[:, 0] - plane.imag[..., None] * border[:, 1] - border[:, 2]
    return np.asarray(away.max(axis=-1), np.float32)


def _half_planes(position: Grid) -> Grid:
    """The convex hull of the minutiae as half planes: outward normal x, y and offset."""
    corners = cv2.convexHull(position.reshape(-1, 1, 2)).reshape(-1, 2)
    edge = np.roll(corners, -1, axis=0) - corners
    normal = np.stack([edge[:, 1], -edge[:, 0]], axis=1)
    normal /= np.maximum(np.hypot(normal[:, 0], normal[:, 1]), 1e-6)[:, None]
    offset = (normal * corners).sum(axis=1)
    outward = np.where(normal @ corners.mean(axis=0) <= offset, 1.0, -1.0)
    return np.asarray(np.concatenate([normal * outward[:, None], (offset * outward)[:, None]], axis=1), np.float32)


def _seen_cells(minutiae: Minutiae, border: Grid) -> NDArray[np.bool_]:
    """Mask of the cylinder cells inside the widened area that the minutiae span: what lies outside was perhaps not
    seen."""
    cosine, sine = np.cos(minutiae.direction)[:, None], np.sin(minutiae.direction)[:, None]
    x = minutiae.position[:, 0, None] + cosine * CELL_X + sine * CELL_Y
    y = minutiae.position[:, 1, None] - sine * CELL_X + cosine * CELL_Y
    return outside(border, np.asarray(x - 1j * y, np.complex64)) <= p.HULL_MARGIN


def _filled(minutiae: Minutiae, owner: NDArray[np.intp], gap: Grid, near: NDArray[np.bool_]) -> Grid:
    """Cell values (k, CELLS^2, SECTIONS) of the cylinders; the Gaussian of position is separable along and across a
    cylinder's axis."""
    cosine, sine = np.cos(minutiae.direction[owner])[:, None], np.sin(minutiae.direction[owner])[:, None]
    along = cosine * gap[..., 0] - sine * gap[..., 1]
    across = sine * gap[..., 0] + cosine * gap[..., 1]
    columns = np.exp(-((along[:, None, :] - CENTRES[None, :, None]) ** 2) / (2 * p.SIGMA_PLACE**2))
    rows = np.exp(-((across[:, None, :] - CENTRES[None, :, None]) ** 2) / (2 * p.SIGMA_PLACE**2))
    columns *= near[:, None, :] / (p.SIGMA_PLACE * np.sqrt(2 * pi))
    closeness = (rows[:, :, None, :] * columns[:, None, :, :]).reshape(len(owner), GRID, len(minutiae))
    turn = wrapped(minutiae.direction[owner][:, None] - minutiae.direction[None, :])
    agreement = _section_share(wrapped(SECTION_ANGLES[None, None, :] - turn[:, :, None]))
    total = np.asarray(closeness, np.float32) @ agreement
    lifted = 1.0 / (1.0 + np.exp(-np.clip(p.SIGMOID_STEEPNESS * (total - p.SIGMOID_MIDDLE), -60.0, 60.0)))
    return np.asarray(lifted, np.float32)


def _section_share(gap: Grid) -> Grid:
    """Gaussian share of a direction difference in each section (Cappelli et al. 2010, equation 13, at its centre)."""
    width = 2 * pi / p.SECTIONS
    return np.asarray(
        np.exp(-gap * gap / (2 * p.SIGMA_DIRECTION**2)) * width / (p.SIGMA_DIRECTION * np.sqrt(2 * pi)), np.float32
    )


TURN = np.float32(2 * pi)
NO_ENERGY = 1e-6
GRID = p.CELLS * p.CELLS
_step = 2 * p.RADIUS / p.CELLS
CENTRES = ((np.arange(p.CELLS) + 0.5) * _step - p.RADIUS).astype(np.float32)
CELL_X = np.tile(CENTRES, p.CELLS)[None, :]
CELL_Y = np.repeat(CENTRES, p.CELLS)[None, :]
DISC: NDArray[np.bool_] = np.hypot(CELL_X[0], CELL_Y[0]) <= p.RADIUS
SECTION_ANGLES = (-pi + (np.arange(p.SECTIONS) + 0.5) * 2 * pi / p.SECTIONS).astype(np.float32)
