"""Aligns two impressions of a finger: pairs of similar cylinders vote for a rigid movement, then the skin's stretch is
followed."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.modalities.fingerprint import parameters as p
from mlid_desktop.modalities.fingerprint.cylinders import Cylinders, Grid, Plane, exp_of_negative, wrapped

Indices = NDArray[np.intp]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Alignment:
    """How one finger impression lies on another: ``z -> turn * z + shift`` takes the second's plane (x - iy) to the
    first's; ``moved`` (m,) are the second's minutiae there after following the stretch. ``first`` and ``second`` (k,)
    index the minutiae that found one another, with their ``closeness`` (k,) 0..1."""

    turn: complex
    shift: complex
    moved: Plane = field(repr=False)
    first: Indices = field(repr=False)
    second: Indices = field(repr=False)
    closeness: Grid = field(repr=False)


def align(first: Cylinders, second: Cylinders, similarity: Grid) -> Alignment:
    """The best alignment of two impressions among the movements that the most supported cylinder pairs propose. Both
    need a cylinder at least."""
    rows, columns = _candidates(similarity)
    turns, origins, targets = _movements(first, second, rows, columns, similarity[rows, columns])
    still, proposals = first.plane, turns[:, None] * (second.plane[None, :] - origins[:, None]) + targets[:, None]
    aims = _aims(first.aim, turns[:, None] * second.aim[None, :])
    closeness = _closeness(still, proposals, aims, p.MATCH_FIRST)
    best = int((closeness.max(axis=1).sum(axis=1) + closeness.max(axis=2).sum(axis=1)).argmax())
    moved, near, aim = proposals[best], closeness[best], aims[best]
    for reach in p.MATCH_REACH:
        moved = _stretched(moved, still, near)
        near = _closeness(still, moved, aim, reach)
    pairs = np.nonzero(_mutual(near) & (near > p.MATCH_LEAST))
    turn = complex(turns[best])
    shift = complex(targets[best]) - turn * complex(origins[best])
    return Alignment(turn, shift, moved, pairs[0], pairs[1], near[pairs])


def align_part(first: Cylinders, second: Cylinders, laid: Alignment, still: Mask, moving: Mask) -> Alignment:
    """How a part of two impressions lies, ``still`` (n,) of the first's minutiae and ``moving`` (m,) of the second's,
    where skin may be bent: the best of small movements from ``laid``, then its stretch. ``laid`` where either part has
    too few minutiae."""
    if min(int(still.sum()), int(moving.sum())) < p.PART_MINUTIAE:
        return laid
    held = first.plane
    aim = np.conj(first.aim)[:, None] * (np.complex64(laid.turn) * second.aim)[None, :]
    middle = complex(laid.moved[moving].mean())
    around, part = laid.moved[moving] - np.complex64(middle), np.ix_(still, moving)
    best, turn, centre = -1.0, 1.0 + 0.0j, middle
    for proposed in PART_TURNS:
        targets = proposed * around[None, :] + (np.complex64(middle) + PART_SHIFTS)[:, None]
        near = _closeness(held[still], targets, _aim(aim[part] * proposed), p.PART_FIRST)
        found = near.max(axis=1).sum(axis=1) + near.max(axis=2).sum(axis=1)
        likest = int(found.argmax())
        if found[likest] > best:
            best, turn, centre = float(found[likest]), complex(proposed), middle + complex(PART_SHIFTS[likest])
    moved = np.asarray(turn * (laid.moved - middle) + centre, np.complex64)
    aims, within = _aim(aim * np.complex64(turn)), still[:, None] & moving[None, :]
    near = _closeness(held, moved, aims, p.MATCH_REACH[0])
    for reach in p.MATCH_REACH:
        moved = _stretched(moved, held, near * within)
        near = _closeness(held, moved, aims, reach)
    pairs = np.nonzero(_mutual(near) & (near > p.MATCH_LEAST))
    return Alignment(laid.turn * turn, turn * (laid.shift - middle) + centre, moved, pairs[0], pairs[1], near[pairs])


def _candidates(similarity: Grid) -> tuple[Indices, Indices]:
    """Rows and columns of the cylinder pairs whose similarity stands out most from its row and column."""
    height, width = similarity.shape
    usual = (similarity.sum(axis=0) * (0.5 / height))[None, :] + (similarity.sum(axis=1) * (0.5 / width))[:, None]
    standing_out = (similarity - usual).ravel()
    count = min(p.CANDIDATE_PAIRS, similarity.size)
    best = np.argpartition(standing_out, similarity.size - count)[similarity.size - count :]
    rows, columns = np.divmod(best, width)
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
    position_a, position_b = first.plane[a], second.plane[b]
    turned = first.aim[a] * np.conj(second.aim[b])
    target, origin = weight @ position_a, weight @ position_b
    turn = weight @ (np.conj(position_b) * position_a) - np.conj(origin) * target
    turn = turn + np.float32(p.DIRECTION_ARM**2) * (weight @ turned)
    return turn / np.maximum(np.abs(turn), LEAST_WEIGHT), origin, target


def _support(first: Cylinders, second: Cylinders, rows: Indices, columns: Indices) -> Grid:
    """How well every two cylinder pairs agree in distance, in relative direction and in the bearing from one to the
    other."""
    from_rows, from_columns = rows[:, None] * len(first) + rows, columns[:, None] * len(second) + columns
    first_distances, second_distances = first.distance.take(from_rows), second.distance.take(from_columns)
    apart = np.minimum(first_distances, second_distances) > p.SUPPORT_NEAREST
    slack = np.maximum(first_distances, second_distances)
    slack *= np.float32(p.SUPPORT_STRETCH)
    slack += np.float32(p.SUPPORT_PLACE)
    error = first_distances - second_distances
    error /= slack
    np.square(error, out=error)
    for angles, others in ((first.turn, second.turn), (first.bearing, second.bearing)):
        angle = wrapped(angles.take(from_rows) - others.take(from_columns))
        np.square(angle, out=angle)
        angle *= np.float32(1 / p.SUPPORT_ANGLE**2)
        error += angle
    error *= np.float32(-0.5)
    return np.asarray(exp_of_negative(error) * apart, np.float32)


def _closeness(still: Plane, moved: Plane, aim: Grid, reach: float) -> Grid:
    """Closeness (..., n, m) of minutiae, 0..1: Gaussian of the distance between ``still`` (n,) and ``moved`` (..., m)
    times one of the direction (``aim``: cosine - 1, scaled)."""
    gap = still.real[:, None] - moved.real[..., None, :]
    square = np.square(gap, out=gap)
    gap = still.imag[:, None] - moved.imag[..., None, :]
    square += np.square(gap, out=gap)
    square *= np.float32(-0.5 / reach**2)
    square += aim
    return exp_of_negative(square)


def _aims(still: Plane, turned: Plane) -> Grid:
    """The exponent (..., n, m) of the closeness of directions, from unit numbers (n,) and (..., m)."""
    cosine = still.real[:, None] * turned.real[..., None, :]
    cosine += still.imag[:, None] * turned.imag[..., None, :]
    cosine -= np.float32(1.0)
    return np.asarray(cosine * np.float32(1 / p.MATCH_DIRECTION**2), np.float32)


def _aim(like: Plane) -> Grid:
    """The exponent of the closeness of directions, from the unit numbers of their differences."""
    return np.asarray((like.real - np.float32(1.0)) * np.float32(1 / p.MATCH_DIRECTION**2), np.float32)


def _mutual(near: Grid) -> NDArray[np.bool_]:
    """Mask of the pairs of minutiae that are each other's nearest."""
    return np.asarray((near == near.max(axis=0)[None, :]) & (near == near.max(axis=1)[:, None]))


def _stretched(moved: Plane, still: Plane, near: Grid) -> Plane:
    """Moves each minutia as the paired minutiae around it moved: a kernel regression of their gaps, held back by
    STIFFNESS."""
    pair = near * _mutual(near)
    weight = pair.sum(axis=0)
    gap = still @ pair - weight * moved
    apart = np.square(moved.real[:, None] - moved.real[None, :])
    apart += np.square(moved.imag[:, None] - moved.imag[None, :])
    apart *= np.float32(-0.5 / p.STRETCH_REACH**2)
    kernel = np.exp(apart, out=apart)
    pull = (kernel @ gap) / (kernel @ weight + np.float32(p.STIFFNESS))
    return np.asarray(moved + pull, np.complex64)


def _shifts(reach: float, step: float) -> Plane:
    """Shifts on a grid, no farther than ``reach``."""
    along = np.arange(-reach, reach + step, step)
    shifts = (along[:, None] + 1j * along[None, :]).ravel()
    return np.asarray(shifts[np.abs(shifts) <= reach], np.complex64)


LEAST_WEIGHT = np.float32(1e-6)
PART_SHIFTS = _shifts(p.PART_SHIFT, p.PART_STEP)
PART_TURNS: Plane = np.exp(1j * np.linspace(-p.PART_TURN, p.PART_TURN, 5)).astype(np.complex64)
