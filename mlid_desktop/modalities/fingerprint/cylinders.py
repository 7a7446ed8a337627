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
    ``plane`` and ``aim`` (n,): positions and unit directions of the minutiae as complex numbers. ``cells``
    (k, CELLS^2 * SECTIONS) 0..1, ``valid`` (k, CELLS^2) 0 or 1, ``energy`` (k, CELLS^2) squared cells summed over the
    sections; ``masses`` (2k, CELLS^2) both, the energy first. ``distance``, ``turn`` and ``bearing`` (k, k): how the
    owners lie to one another. ``border`` (edges, 3): the hull's half planes as normal x, normal y and offset."""

    minutiae: Minutiae
    owner: NDArray[np.intp]
    plane: Plane = field(repr=False)
    aim: Plane = field(repr=False)
    cells: Grid = field(repr=False)
    masses: Grid = field(repr=False)
    distance: Grid = field(repr=False)
    turn: Grid = field(repr=False)
    bearing: Grid = field(repr=False)
    border: Grid = field(repr=False)

    def __len__(self) -> int:
        return len(self.owner)

    @property
    def energy(self) -> Grid:
        """Squared cells (k, CELLS^2) summed over the sections."""
        return self.masses[: len(self.owner)]

    @property
    def valid(self) -> Grid:
        """Which cells (k, CELLS^2) can have been seen."""
        return self.masses[len(self.owner) :]


def make_cylinders(minutiae: Minutiae) -> Cylinders:
    """A cylinder for each minutia with neighbours enough (Cappelli et al. 2010, section 2.2)."""
    border = _half_planes(minutiae.position)
    cosine, sine = np.cos(minutiae.direction), np.sin(minutiae.direction)
    x, y = np.ascontiguousarray(minutiae.position.T)
    inside = _seen_cells(x, y, cosine, sine, border)
    across, down = x[None, :] - x[:, None], y[None, :] - y[:, None]
    near = across * across + down * down <= np.float32((p.RADIUS + 3 * p.SIGMA_PLACE) ** 2)
    near.flat[:: len(minutiae) + 1] = False
    sound = (inside.sum(axis=1) >= p.MIN_VALID_SHARE * DISC.sum()) & (near.sum(axis=1) >= p.MIN_CONTRIBUTING)
    owner = np.nonzero(sound)[0]
    gaps = across[owner], down[owner], cosine[owner, None], sine[owner, None]
    turn = wrapped(minutiae.direction[owner, None] - minutiae.direction[None, :])
    seen = inside[owner].astype(np.float32)
    cells = _filled(gaps, near[owner], turn)
    cells *= seen[:, :, None]
    masses = np.concatenate([np.square(cells).reshape(-1, p.SECTIONS) @ ALL_SECTIONS, seen.ravel()])
    plane, aim = in_plane(minutiae.position), np.asarray(cosine + 1j * sine, np.complex64)
    away = plane[owner][None, :] - plane[owner][:, None]
    return Cylinders(
        minutiae,
        owner,
        plane,
        aim,
        cells.reshape(len(owner), GRID * p.SECTIONS),
        masses.reshape(2 * len(owner), GRID),
        np.abs(away),
        turn[:, owner],
        wrapped(minutiae.direction[owner, None] - np.angle(away)),
        border,
    )


def local_similarities(first: Cylinders, second: Cylinders) -> Grid:
    """Similarity (n, m) of the cylinders of two impressions, 0..1: 1 - |a - b| / (|a| + |b|) over the cells valid in
    both; 0 where too little of them overlaps (Cappelli et al. 2010, section 2.4, without its limit on rotation: a
    finger may lie any way)."""
    n, m = len(first), len(second)
    both = first.masses @ second.masses.T
    first_square, second_square, shared = both[:n, m:], both[n:, :m], both[n:, m:]
    apart = first.cells @ second.cells.T
    apart *= -2.0
    apart += first_square
    apart += second_square
    np.maximum(apart, 0.0, out=apart)
    np.sqrt(apart, out=apart)
    apart /= np.maximum(np.sqrt(first_square) + np.sqrt(second_square), NO_ENERGY)
    np.subtract(1.0, apart, out=apart)
    apart *= shared >= LEAST_SHARED
    return apart


def wrapped(angle: Grid) -> Grid:
    """Angles in radians brought into [-pi, pi]."""
    turns = np.rint(angle * (1 / TURN))
    turns *= TURN
    return np.asarray(angle - turns, np.float32)


def exp_of_negative(exponent: Grid) -> Grid:
    """The exponential of exponents from 0 down, in their place; never below 1e-13, since a processor multiplies the
    denormal numbers further down a hundred times slower."""
    np.maximum(exponent, LEAST_EXPONENT, out=exponent)
    return np.exp(exponent, out=exponent)


def in_plane(position: Grid) -> Plane:
    """Positions (n, 2) as complex numbers x - iy, so that angles are counter-clockwise as minutiae directions are."""
    return np.asarray(position[:, 0] - 1j * position[:, 1], np.complex64)


def outside(border: Grid, plane: Plane) -> Grid:
    """Distance (n,) of each point of the plane from the convex hull of the minutiae, negative inside."""
    away = border[:, :2] @ np.stack([plane.real, -plane.imag])
    return np.asarray((away - border[:, 2, None]).max(axis=0), np.float32)


def _half_planes(position: Grid) -> Grid:
    """The convex hull of the minutiae as half planes: outward normal x, y and offset."""
    corners = cv2.convexHull(position.reshape(-1, 1, 2)).reshape(-1, 2)
    edge = np.roll(corners, -1, axis=0) - corners
    normal = np.stack([edge[:, 1], -edge[:, 0]], axis=1)
    normal /= np.maximum(np.hypot(normal[:, 0], normal[:, 1]), 1e-6)[:, None]
    offset = (normal * corners).sum(axis=1)
    outward = np.where(normal @ corners.mean(axis=0) <= offset, 1.0, -1.0)
    return np.asarray(np.concatenate([normal * outward[:, None], (offset * outward)[:, None]], axis=1), np.float32)


def _seen_cells(x: Grid, y: Grid, cosine: Grid, sine: Grid, border: Grid) -> NDArray[np.bool_]:
    """Mask (n, CELLS^2) of the cylinder cells inside the widened area that the minutiae span: what lies outside was
    perhaps not seen."""
    points = np.empty((2, len(x), GRID), np.float32)
    points[0] = x[:, None] + cosine[:, None] * CELL_X + sine[:, None] * CELL_Y
    points[1] = y[:, None] - sine[:, None] * CELL_X + cosine[:, None] * CELL_Y
    away = border[:, :2] @ points.reshape(2, -1)
    away -= border[:, 2, None]
    return np.asarray((away.max(axis=0) <= p.HULL_MARGIN).reshape(len(x), GRID) & DISC)


def _filled(gaps: tuple[Grid, Grid, Grid, Grid], near: NDArray[np.bool_], turn: Grid) -> Grid:
    """Cell values (k, CELLS^2, SECTIONS) of the cylinders; the Gaussian of position is separable along and across a
    cylinder's axis. ``gaps``: x and y (k, n) from the owners to the minutiae, cosine and sine (k, 1) of the owners;
    ``turn`` (k, n) of their directions."""
    across, down, cosine, sine = gaps
    count, others = near.shape
    columns = _bell((cosine * across - sine * down)[:, None, :] - CENTRES[:, None])
    rows = _bell((sine * across + cosine * down)[:, None, :] - CENTRES[:, None])
    columns *= (near * PLACE_HEIGHT)[:, None, :]
    closeness = (rows[:, :, None, :] * columns[:, None, :, :]).reshape(count, GRID, others)
    total = closeness @ _section_share(wrapped(SECTION_ANGLES - turn[:, :, None]))
    total -= np.float32(p.SIGMOID_MIDDLE)
    total *= np.float32(-p.SIGMOID_STEEPNESS)
    np.clip(total, -60.0, 60.0, out=total)
    np.exp(total, out=total)
    total += 1.0
    return np.reciprocal(total, out=total)


def _bell(gap: Grid) -> Grid:
    """The Gaussian of position, with height 1; ``gap`` is overwritten."""
    np.square(gap, out=gap)
    gap *= np.float32(-1 / (2 * p.SIGMA_PLACE**2))
    return exp_of_negative(gap)


def _section_share(gap: Grid) -> Grid:
    """Gaussian share of a direction difference in each section (Cappelli et al. 2010, equation 13, at its centre);
    ``gap`` is overwritten."""
    np.square(gap, out=gap)
    gap *= np.float32(-1 / (2 * p.SIGMA_DIRECTION**2))
    np.exp(gap, out=gap)
    gap *= np.float32(2 * pi / p.SECTIONS / (p.SIGMA_DIRECTION * np.sqrt(2 * pi)))
    return gap


TURN = np.float32(2 * pi)
NO_ENERGY = 1e-6
GRID = p.CELLS * p.CELLS
_step = 2 * p.RADIUS / p.CELLS
CENTRES = ((np.arange(p.CELLS) + 0.5) * _step - p.RADIUS).astype(np.float32)
CELL_X = np.tile(CENTRES, p.CELLS)[None, :]
CELL_Y = np.repeat(CENTRES, p.CELLS)[None, :]
DISC: NDArray[np.bool_] = np.hypot(CELL_X[0], CELL_Y[0]) <= p.RADIUS
SECTION_ANGLES = (-pi + (np.arange(p.SECTIONS) + 0.5) * 2 * pi / p.SECTIONS).astype(np.float32)
ALL_SECTIONS = np.ones(p.SECTIONS, np.float32)
LEAST_SHARED = np.float32(p.MIN_SHARED_SHARE * DISC.sum())
PLACE_HEIGHT = np.float32(1 / (p.SIGMA_PLACE * np.sqrt(2 * pi)))
LEAST_EXPONENT = np.float32(-30.0)
