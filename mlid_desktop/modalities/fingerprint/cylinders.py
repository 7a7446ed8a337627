"""Minutia Cylinder-Code: describes each minutia by the positions and directions of its neighbours (Cappelli et al.
2010)."""

from __future__ import annotations

from collections.abc import Sequence
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
    ``plane`` and ``aim`` (n,): positions and unit directions of the minutiae as complex numbers; ``poses`` (4, n) the
    coordinates of both, positions about ``middle``. ``cells`` (k, GRID * SECTIONS) 0..1, of the cells in the disc;
    ``energy`` (k, GRID) their squares summed over the sections; ``valid`` (k, GRID) 0 or 1: which can have been seen.
    These three lie column by column, by which the products of two impressions' take half as long. ``border`` (edges,
    3): the hull's half planes as a normal in the plane and its offset. ``holding`` (n, 6): what of the minutiae enters
    their closeness to others."""

    minutiae: Minutiae
    owner: NDArray[np.intp]
    plane: Plane = field(repr=False)
    aim: Plane = field(repr=False)
    poses: Grid = field(repr=False)
    cells: Grid = field(repr=False)
    energy: Grid = field(repr=False)
    valid: Grid = field(repr=False)
    border: Grid = field(repr=False)
    holding: Grid = field(repr=False)
    middle: np.complex64

    def __len__(self) -> int:
        return len(self.owner)


def make_cylinders(minutiae: Minutiae) -> Cylinders:
    """A cylinder for each minutia with neighbours enough (Cappelli et al. 2010, section 2.2)."""
    plane, aim = in_plane(minutiae.position), unit_directions(minutiae.direction)
    positions = coordinates(plane)
    (border,) = borders_of([minutiae.position])
    margin = p.HULL_MARGIN - positions.T @ border[:, :2].T + border[:, 2]
    inside = seen_cells(margin, aim, border)
    gaps = positions[:, None, :] - positions[:, :, None]
    distances = np.sqrt(np.square(gaps[0]) + np.square(gaps[1]))
    near = distances <= REACH
    near.flat[:: len(minutiae) + 1] = False
    neighbours = np.add.reduce(near, axis=1)
    sound = (np.add.reduce(inside, axis=1) >= LEAST_SEEN) & (neighbours >= p.MIN_CONTRIBUTING)
    owner = sound.nonzero()[0]
    turn = minutiae.direction[owner, None] - minutiae.direction
    seen = inside[owner].astype(np.float32, order="F")
    owners = gaps.take(owner, axis=1)
    beside, real = neighbours_of(near[owner], neighbours[owner])
    cells = cell_values(owners.reshape(2, -1).take(beside, axis=1), aim[owner], real, turn.take(beside))
    cells[~inside[owner]] = 0.0
    middle = np.complex64(np.add.reduce(plane) / len(plane))
    return Cylinders(
        minutiae,
        owner,
        plane,
        aim,
        poses_of(plane - middle, aim),
        column_by_column(cells.reshape(len(owner), GRID * p.SECTIONS)),
        column_by_column((np.square(cells).reshape(-1, p.SECTIONS) @ ALL_SECTIONS).reshape(-1, GRID)),
        seen,
        border,
        holding_of(plane - middle, aim),
        middle,
    )


def local_similarities(first: Cylinders, second: Cylinders) -> Grid:
    """Similarity (n, m) of the cylinders of two impressions, 0..1: 1 - |a - b| / (|a| + |b|) over the cells valid in
    both; 0 where too little of them overlaps (Cappelli et al. 2010, section 2.4, without its limit on rotation: a
    finger may lie any way)."""
    return similarity_of(
        first.cells @ second.cells.T,
        first.energy @ second.valid.T,
        first.valid @ second.energy.T,
        first.valid @ second.valid.T,
    )


def similarity_of(product: Grid, first_square: Grid, second_square: Grid, shared: Grid) -> Grid:
    """Similarity (...) of cylinders by the product of their cells, their squares over the cells valid in both, and how
    many these are. What is given is overwritten."""
    apart = product
    apart *= -2.0
    apart += first_square
    apart += second_square
    np.maximum(apart, 0.0, out=apart)
    np.sqrt(apart, out=apart)
    norms = np.sqrt(first_square, out=first_square)
    norms += np.sqrt(second_square, out=second_square)
    apart /= np.maximum(norms, NO_ENERGY, out=norms)
    np.subtract(1.0, apart, out=apart)
    apart *= shared >= LEAST_SHARED
    return apart


def wrap_angles(angle: Grid) -> Grid:
    """Angles in radians brought into [-pi, pi]."""
    turns = np.rint(angle * (1 / TURN))
    turns *= TURN
    return np.asarray(angle - turns, np.float32)


def exp_of_negative(exponent: Grid) -> Grid:
    """The exponential of exponents from 0 down, in their place; never below 1e-13, since a processor multiplies the
    denormal numbers further down a hundred times slower."""
    np.maximum(exponent, LEAST_EXPONENT, out=exponent)
    return np.exp(exponent, out=exponent)


def column_by_column(values: Grid) -> Grid:
    """A copy of numbers (k, c) that lies column by column."""
    return transposed(values).T


def transposed(values: Grid) -> Grid:
    """Numbers (k, c) as (c, k), copied."""
    return np.asarray(cv2.transpose(values) if values.size else values.T, np.float32)


def in_plane(position: Grid) -> Plane:
    """Positions (n, 2) as complex numbers x - iy, so that angles are counter-clockwise as minutiae directions are."""
    return np.asarray(position[:, 0] - 1j * position[:, 1], np.complex64)


def coordinates(plane: Plane) -> Grid:
    """The two coordinates (2, ...) of positions in the plane."""
    both = np.empty((2, *plane.shape), np.float32)
    both[0], both[1] = plane.real, plane.imag
    return both


def poses_of(plane: Plane, aim: Plane) -> Grid:
    """Poses (4, ...): the coordinates of positions in the plane, and of unit directions."""
    poses = np.empty((4, *plane.shape), np.float32)
    poses[0], poses[1], poses[2], poses[3] = plane.real, plane.imag, aim.real, aim.imag
    return poses


def from_coordinates(both: Grid) -> Plane:
    """The positions (...) in the plane whose two coordinates (2, ...) these are."""
    plane = np.empty(both.shape[1:], np.complex64)
    plane.real, plane.imag = both
    return plane


def outside(border: Grid, plane: Plane) -> Grid:
    """Distance (n,) of each point of the plane from the convex hull of the minutiae, negative inside."""
    away = border[:, :2] @ coordinates(plane)
    away -= border[:, 2:]
    return np.asarray(np.maximum.reduce(away), np.float32)


def unit_directions(direction: Grid) -> Plane:
    """Directions (...) in radians as complex numbers of length 1."""
    return from_coordinates(np.asarray([np.cos(direction), np.sin(direction)], np.float32))


def holding_of(position: Plane, aim: Plane) -> Grid:
    """What of minutiae at positions (...) about the middle enters the exponent of their closeness to others, (..., 6):
    by the coordinates of the other, its direction, its squared distance from the middle, and 1."""
    holding = np.empty((*position.shape, 6), np.float32)
    numbers = holding.view(np.complex64)
    np.multiply(position, WITHIN, out=numbers[..., 0])
    np.multiply(aim, ALIKE, out=numbers[..., 1])
    holding[..., 4] = -0.5 * WITHIN
    holding[..., 5] = np.square(np.abs(position)) * (-0.5 * WITHIN) - ALIKE
    return holding


def borders_of(positions: Sequence[Grid]) -> list[Grid]:
    """The convex hull of the minutiae of each of several impressions, (n, 2), as half planes (e, 3): the outward normal
    in the plane of x - iy, and the offset."""
    hulls = [cv2.convexHull(position).reshape(-1, 2) for position in positions]
    sizes = np.array([len(hull) for hull in hulls])
    ends = np.cumsum(sizes)
    starts = ends - sizes
    corners = np.concatenate(hulls) * np.array([1, -1], np.float32)
    onward = np.arange(1, len(corners) + 1)
    onward[ends - 1] = starts
    planes = np.empty((len(corners), 3), np.float32)
    normal, offset = planes[:, :2], planes[:, 2]
    normal[:] = (corners[onward] - corners)[:, ::-1]
    np.negative(normal[:, 1], out=normal[:, 1])
    normal /= np.maximum(np.hypot(normal[:, 0], normal[:, 1]), 1e-6)[:, None]
    np.add.reduce(normal * corners, axis=1, out=offset)
    middle = np.repeat(np.add.reduceat(corners, starts) / sizes[:, None].astype(np.float32), sizes, axis=0)
    inward = np.add.reduce(normal * middle, axis=1) > offset
    planes[inward] = -planes[inward]
    return [planes[start:end] for start, end in zip(starts, ends, strict=True)]


def seen_cells(margin: Grid, aim: Plane, border: Grid) -> NDArray[np.bool_]:
    """Mask (..., n, GRID) of the cylinder cells inside the widened area that the minutiae span, by its ``border`` (...,
    e, 3): what lies outside was perhaps not seen. ``margin`` (..., n, e): how far each minutia is inside of each edge;
    only edges within a cylinder's reach are looked at."""
    near = (margin < WIDEST).nonzero()
    edge = np.ascontiguousarray(border[..., :2]).view(np.complex64)[*near[:-2], near[-1], 0]
    toward = aim[near[:-1]] * np.conj(edge)
    inside = (toward.view(np.float32).reshape(-1, 2) @ CELL_PARTS) <= margin[near][:, None]
    seen = np.ones((*aim.shape, GRID), np.bool_)
    of = np.ravel_multi_index(near[:-1], aim.shape)
    if len(of):
        first = np.flatnonzero(np.concatenate([[True], of[1:] != of[:-1]]))
        words = np.zeros((len(of), 8), np.uint8)
        words[:, : -(-GRID // 8)] = np.packbits(inside, axis=1)
        all_inside = np.bitwise_and.reduceat(words.view(np.uint64)[:, 0], first)
        cells = np.unpackbits(all_inside.view(np.uint8).reshape(-1, 8), axis=1, count=GRID)
        seen.reshape(-1, GRID)[of[first]] = cells.view(np.bool_)
    return seen


def neighbours_of(near: NDArray[np.bool_], counts: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Where in the mask (k, n), laid out in one line, the neighbours of each owner are, (k, most), and which of these
    are real: ``counts`` (k,) of them."""
    real = np.arange(int(counts.max(initial=0))) < counts[:, None]
    beside = np.zeros(real.shape, np.intp)
    beside[real] = near.ravel().nonzero()[0]
    return beside, real


def cell_values(gaps: Grid, aim: Plane, near: NDArray[np.bool_], turn: Grid) -> Grid:
    """Cell values (k, GRID, SECTIONS) of the cylinders; the Gaussian of position is separable along and across a
    cylinder's axis, so that its rows of cells are one product with what each column holds of each section. ``gaps``
    (2, k, m) from the owners to m minutiae each in the plane, of which those count that are ``near`` (k, m); ``aim``
    (k,) of the owners, ``turn`` (k, m) of their directions."""
    cosine, sine = aim.real[:, None], aim.imag[:, None]
    columns = _bell((cosine * gaps[0] + sine * gaps[1]) - CENTRES[:, None, None])
    rows = _bell((sine * gaps[0] - cosine * gaps[1]) - CENTRES[:, None, None])
    columns *= near * PLACE_HEIGHT
    sections = _section_share(wrap_angles(SECTION_ANGLES[:, None, None] - turn))
    count, most = turn.shape
    across = (columns[:, None] * sections).reshape(p.CELLS * p.SECTIONS, count, most)
    filled = across.transpose(1, 0, 2) @ transposed(rows.reshape(p.CELLS, -1)).reshape(count, most, p.CELLS)
    total = filled.reshape(count, p.CELLS**2 * p.SECTIONS).take(IN_DISC, axis=1).reshape(count, GRID, p.SECTIONS)
    total -= np.float32(p.SIGMOID_MIDDLE)
    total *= np.float32(-p.SIGMOID_STEEPNESS)
    np.exp(total, out=total)
    total += 1.0
    return np.asarray(np.reciprocal(total, out=total), np.float32)


def _bell(gap: Grid) -> Grid:
    """The Gaussian of position, with height 1; ``gap`` is overwritten."""
    np.square(gap, out=gap)
    gap *= np.float32(-1 / (2 * p.SIGMA_PLACE**2))
    np.clip(gap, LEAST_EXPONENT, 0.0, out=gap)  # several times as fast as ``maximum`` with a single number
    return np.exp(gap, out=gap)


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
_step = 2 * p.RADIUS / p.CELLS
CENTRES = ((np.arange(p.CELLS) + 0.5) * _step - p.RADIUS).astype(np.float32)
ROWS, COLUMNS = np.nonzero(np.hypot(CENTRES[:, None], CENTRES[None, :]) <= p.RADIUS)
GRID = len(ROWS)
IN_DISC = (np.add.outer(COLUMNS * p.SECTIONS, np.arange(p.SECTIONS)) * p.CELLS + ROWS[:, None]).ravel()
CELL: Plane = (CENTRES[COLUMNS] - 1j * CENTRES[ROWS]).astype(np.complex64)
CELL_PARTS = np.stack([CELL.real, -CELL.imag])
WIDEST = np.float32(np.abs(CELL).max() * 1.001)  # a little more than any cell is away, for what rounding changes
SECTION_ANGLES = (-pi + (np.arange(p.SECTIONS) + 0.5) * 2 * pi / p.SECTIONS).astype(np.float32)
ALL_SECTIONS = np.ones(p.SECTIONS, np.float32)
LEAST_SHARED = np.float32(p.MIN_SHARED_SHARE * GRID)
LEAST_SEEN = p.MIN_VALID_SHARE * GRID
assert GRID <= 64, "the cells of a section are the bits of a word"
REACH = np.float32(p.RADIUS + 3 * p.SIGMA_PLACE)
WITHIN, ALIKE = np.float32(p.MATCH_FIRST**-2), np.float32(p.MATCH_DIRECTION**-2)
PLACE_HEIGHT = np.float32(1 / (p.SIGMA_PLACE * np.sqrt(2 * pi)))
LEAST_EXPONENT = np.float32(-30.0)
