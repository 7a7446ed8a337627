"""Comparison of two impressions as it is written down, one step after another, with nothing arranged for speed: what
the program's own is held against. What is not arranged in the program either is the program's."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import pi

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.modalities.fingerprint import parameters as p
from mlid_desktop.modalities.fingerprint.alignment import LEAST_WEIGHT, Alignment, Indices, _aim
from mlid_desktop.modalities.fingerprint.cylinders import (
    CENTRES,
    COLUMNS,
    GRID,
    NO_ENERGY,
    ROWS,
    SECTION_ANGLES,
    TURN,
    Grid,
    Plane,
    borders_of,
    in_plane,
)
from mlid_desktop.modalities.fingerprint.minutiae import Minutiae


@dataclass(frozen=True, slots=True, eq=False)
class Cylinders:
    """The minutiae of an impression (n) and the cylinder descriptors of the k of them (``owner``) that have one.
    ``cells`` (k, GRID * SECTIONS) 0..1, ``valid`` (k, GRID) 0 or 1, ``energy`` (k, GRID) squared cells summed
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
    (border,) = borders_of([minutiae.position])
    inside = _seen_cells(minutiae, border)
    gap = minutiae.position[None, :, :] - minutiae.position[:, None, :]
    near = np.hypot(gap[..., 0], gap[..., 1]) <= p.RADIUS + 3 * p.SIGMA_PLACE
    np.fill_diagonal(near, val=False)
    sound = (inside.sum(axis=1) >= p.MIN_VALID_SHARE * GRID) & (near.sum(axis=1) >= p.MIN_CONTRIBUTING)
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
    overlap = (first.valid @ second.valid.T) >= p.MIN_SHARED_SHARE * GRID
    return np.asarray(similarity * overlap, np.float32)


def wrapped(angle: Grid) -> Grid:
    """Angles in radians brought into [-pi, pi]."""
    return np.asarray(angle - TURN * np.rint(angle * (1 / TURN)), np.float32)


def outside(border: Grid, plane: Plane) -> Grid:
    """Distance (n,) of each point of the plane from the convex hull of the minutiae, negative inside."""
    away = plane.real[..., None] * border[:, 0] + plane.imag[..., None] * border[:, 1] - border[:, 2]
    return np.asarray(away.max(axis=-1), np.float32)


def _seen_cells(minutiae: Minutiae, border: Grid) -> NDArray[np.bool_]:
    """Mask of the cylinder cells inside the widened area that the minutiae span: what lies outside was perhaps not
    seen."""
    cosine, sine = np.cos(minutiae.direction)[:, None], np.sin(minutiae.direction)[:, None]
    x = minutiae.position[:, 0, None] + cosine * CENTRES[COLUMNS] + sine * CENTRES[ROWS]
    y = minutiae.position[:, 1, None] - sine * CENTRES[COLUMNS] + cosine * CENTRES[ROWS]
    return outside(border, np.asarray(x - 1j * y, np.complex64)) <= p.HULL_MARGIN


def _filled(minutiae: Minutiae, owner: NDArray[np.intp], gap: Grid, near: NDArray[np.bool_]) -> Grid:
    """Cell values (k, GRID, SECTIONS) of the cylinders; the Gaussian of position is separable along and across a
    cylinder's axis."""
    cosine, sine = np.cos(minutiae.direction[owner])[:, None], np.sin(minutiae.direction[owner])[:, None]
    along = cosine * gap[..., 0] - sine * gap[..., 1]
    across = sine * gap[..., 0] + cosine * gap[..., 1]
    columns = np.exp(-((along[:, None, :] - CENTRES[None, :, None]) ** 2) / (2 * p.SIGMA_PLACE**2))
    rows = np.exp(-((across[:, None, :] - CENTRES[None, :, None]) ** 2) / (2 * p.SIGMA_PLACE**2))
    columns *= near[:, None, :] / (p.SIGMA_PLACE * np.sqrt(2 * pi))
    closeness = rows[:, ROWS] * columns[:, COLUMNS]
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


def align(first: Cylinders, second: Cylinders, similarity: Grid) -> Alignment:
    """The best alignment of two impressions among the movements that the most supported cylinder pairs propose. Both
    need a cylinder at least."""
    rows, columns = _candidates(similarity)
    turns, origins, targets = _movements(first, second, rows, columns, similarity[rows, columns])
    still, moving = in_plane(first.minutiae.position), in_plane(second.minutiae.position)
    still_aim, moving_aim = _unit(first.minutiae.direction), _unit(second.minutiae.direction)
    proposals = turns[:, None] * (moving[None, :] - origins[:, None]) + targets[:, None]
    like = np.conj(still_aim)[None, :, None] * (turns[:, None] * moving_aim[None, :])[:, None, :]
    aim = _aim(like)
    closeness = _closeness(still[None, :, None] - proposals[:, None, :], aim, p.MATCH_FIRST)
    best = int((closeness.max(axis=1).sum(axis=1) + closeness.max(axis=2).sum(axis=1)).argmax())
    moved, near, aim = proposals[best], closeness[best], aim[best]
    for reach in p.MATCH_REACH:
        moved = _stretched(moved, still, near)
        near = _closeness(still[:, None] - moved[None, :], aim, reach)
    pairs = np.nonzero(_mutual(near) & (near > p.MATCH_LEAST))
    turn = complex(turns[best])
    shift = complex(targets[best]) - turn * complex(origins[best])
    return Alignment(turn, shift, moved, pairs[0], pairs[1], near[pairs])


def _candidates(similarity: Grid) -> tuple[Indices, Indices]:
    """Rows and columns of the cylinder pairs whose similarity stands out most from its row and column."""
    usual = similarity.mean(axis=0)[None, :] + similarity.mean(axis=1)[:, None]
    standing_out = (similarity - usual * np.float32(0.5)).ravel()
    count = min(p.CANDIDATE_PAIRS, similarity.size)
    best = np.argpartition(standing_out, similarity.size - count)[similarity.size - count :]
    rows, columns = np.divmod(best, similarity.shape[1])
    return rows, columns


def _movements(
    first: Cylinders, second: Cylinders, rows: Indices, columns: Indices, likeness: Grid
) -> tuple[Plane, Plane, Plane]:
    """For each of the best supported cylinder pairs the least-squares rotation of the pairs that agree with it, as a
    unit number, with the centres that it maps to one another."""
    support = _support(first, second, rows, columns)
    backing = (support @ (likeness * likeness)) * likeness
    anchors = np.argsort(-backing)[: p.MOVEMENTS]
    weight = support[anchors] * likeness
    weight[np.arange(len(anchors)), anchors] = likeness[anchors] + LEAST_WEIGHT
    weight /= weight.sum(axis=1)[:, None]
    a, b = first.owner[rows], second.owner[columns]
    position_a, position_b = in_plane(first.minutiae.position[a]), in_plane(second.minutiae.position[b])
    turned = _unit(first.minutiae.direction[a] - second.minutiae.direction[b])
    target, origin = weight @ position_a, weight @ position_b
    turn = weight @ (np.conj(position_b) * position_a) - np.conj(origin) * target
    turn = turn + np.float32(p.DIRECTION_ARM**2) * (weight @ turned)
    return turn / np.maximum(np.abs(turn), LEAST_WEIGHT), origin, target


def _support(first: Cylinders, second: Cylinders, rows: Indices, columns: Indices) -> Grid:
    """How well every two cylinder pairs agree in distance, in relative direction and in the bearing from one to the
    other."""
    from_rows, from_columns = (rows[:, None], rows), (columns[:, None], columns)
    first_distances, second_distances = first.distance[from_rows], second.distance[from_columns]
    stretch = (first_distances - second_distances) / (
        p.SUPPORT_PLACE + p.SUPPORT_STRETCH * np.maximum(first_distances, second_distances)
    )
    turn = wrapped(first.turn[from_rows] - second.turn[from_columns])
    bearing = wrapped(first.bearing[from_rows] - second.bearing[from_columns])
    error = stretch * stretch + (turn * turn + bearing * bearing) * np.float32(1 / p.SUPPORT_ANGLE**2)
    apart = (first_distances > p.SUPPORT_NEAREST) & (second_distances > p.SUPPORT_NEAREST)
    return np.asarray(np.exp(error * np.float32(-0.5)) * apart, np.float32)


def _closeness(gap: Plane, aim: Grid, reach: float) -> Grid:
    """Closeness of minutiae, 0..1: Gaussian of the distance times one of the direction (``aim``: cosine - 1,
    scaled)."""
    square = gap.real * gap.real + gap.imag * gap.imag
    return np.asarray(np.exp(square * np.float32(-0.5 / reach**2) + aim), np.float32)


def _mutual(near: Grid) -> NDArray[np.bool_]:
    """Mask of the pairs of minutiae that are each other's nearest."""
    return np.asarray((near == near.max(axis=0)) & (near == near.max(axis=1)[:, None]), np.bool_)


def _stretched(moved: Plane, still: Plane, near: Grid) -> Plane:
    """Moves each minutia as the paired minutiae around it moved: a kernel regression of their gaps, held back by
    STIFFNESS."""
    pair = near * _mutual(near)
    gap = (pair * (still[:, None] - moved[None, :])).sum(axis=0)
    apart = moved[:, None] - moved[None, :]
    kernel = np.exp((apart.real * apart.real + apart.imag * apart.imag) * np.float32(-0.5 / p.STRETCH_REACH**2))
    pull = (kernel @ gap) / (kernel @ pair.sum(axis=0) + np.float32(p.STIFFNESS))
    return np.asarray(moved + pull, np.complex64)


def _unit(angle: Grid) -> Plane:
    return np.asarray(np.exp(1j * angle), np.complex64)
