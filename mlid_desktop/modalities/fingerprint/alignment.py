"""Aligns two impressions of a finger: pairs of similar cylinders vote for a rigid movement, then the skin's stretch is
followed."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.modalities.fingerprint import parameters as p
from mlid_desktop.modalities.fingerprint.cylinders import (
    TURN,
    Cylinders,
    Grid,
    Plane,
    coordinates,
    exp_of_negative,
    from_coordinates,
)

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
    best = _where_most_meet(first, second, turns, targets - turns * origins)
    turn, aim = turns[best], _aims(first.aim, turns[best] * second.aim)
    moved = turn * (second.plane - origins[best]) + targets[best]
    still, laid = first.positions, coordinates(moved)
    near = _closeness(still[:, :, None] - laid[:, None, :], aim, p.MATCH_FIRST)
    for reach in p.MATCH_REACH:
        laid += _pull(laid, still, near * _mutual(near))
        near = _closeness(still[:, :, None] - laid[:, None, :], aim, reach)
    pairs = np.nonzero(_mutual(near) & (near > p.MATCH_LEAST))
    shift = complex(targets[best]) - complex(turn) * complex(origins[best])
    return Alignment(complex(turn), shift, from_coordinates(laid), pairs[0], pairs[1], near[pairs])


def align_part(first: Cylinders, second: Cylinders, laid: Alignment, still: Mask, moving: Mask) -> Alignment:
    """How a part of two impressions lies, ``still`` (n,) of the first's minutiae and ``moving`` (m,) of the second's,
    where skin may be bent: the best of small movements from ``laid``, then its stretch. ``laid`` where either part has
    too few minutiae."""
    if min(int(still.sum()), int(moving.sum())) < p.PART_MINUTIAE:
        return laid
    held = first.positions
    aim = np.conj(first.aim)[:, None] * (np.complex64(laid.turn) * second.aim)[None, :]
    middle = complex(laid.moved[moving].mean())
    around, part = laid.moved[moving] - np.complex64(middle), np.ix_(still, moving)
    best, turn, centre = -1.0, 1.0 + 0.0j, middle
    for proposed in PART_TURNS:
        targets = proposed * around[None, :] + (np.complex64(middle) + PART_SHIFTS)[:, None]
        gap = held[:, still][:, None, :, None] - coordinates(targets)[:, :, None, :]
        near = _closeness(gap, _aim(aim[part] * proposed), p.PART_FIRST)
        found = near.max(axis=1).sum(axis=1) + near.max(axis=2).sum(axis=1)
        likest = int(found.argmax())
        if found[likest] > best:
            best, turn, centre = float(found[likest]), complex(proposed), middle + complex(PART_SHIFTS[likest])
    moved = coordinates(np.asarray(turn * (laid.moved - middle) + centre, np.complex64))
    aims, within = _aim(aim * np.complex64(turn)), still[:, None] & moving[None, :]
    near = _closeness(held[:, :, None] - moved[:, None, :], aims, p.MATCH_REACH[0])
    for reach in p.MATCH_REACH:
        inside = near * within
        moved += _pull(moved, held, inside * _mutual(inside))
        near = _closeness(held[:, :, None] - moved[:, None, :], aims, reach)
    pairs = np.nonzero(_mutual(near) & (near > p.MATCH_LEAST))
    shift = turn * (laid.shift - middle) + centre
    return Alignment(laid.turn * turn, shift, from_coordinates(moved), pairs[0], pairs[1], near[pairs])


def _candidates(similarity: Grid) -> tuple[Indices, Indices]:
    """Rows and columns of the cylinder pairs whose similarity stands out most from its row and column."""
    height, width = similarity.shape
    usual = HALVES[:height] @ similarity / np.float32(height)
    standing_out = similarity - usual
    standing_out -= (similarity @ HALVES[:width] / np.float32(width))[:, None]
    standing_out = standing_out.ravel()
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
    support.flat[:: len(rows) + 1] = 1.0
    weight = support[anchors] * (likeness + LEAST_WEIGHT)
    a, b = first.owner[rows], second.owner[columns]
    pairs = np.ones((len(rows), 5), np.complex64)
    pairs[:, 0], pairs[:, 1] = first.plane[a], second.plane[b]
    np.multiply(np.conj(pairs[:, 1]), pairs[:, 0], out=pairs[:, 2])
    np.multiply(first.aim[a], np.conj(second.aim[b]), out=pairs[:, 3])
    sums = weight @ pairs.view(np.float32)
    sums /= sums[:, 8:9]
    target, origin, turn, turned, _ = sums.view(np.complex64).T
    turn = turn - np.conj(origin) * target + np.float32(p.DIRECTION_ARM**2) * turned
    return turn / np.maximum(np.abs(turn), LEAST_WEIGHT), origin, target


def _support(first: Cylinders, second: Cylinders, rows: Indices, columns: Indices) -> Grid:
    """How well every two cylinder pairs agree in distance, in relative direction and in the bearing from one to the
    other."""
    mine = first.relations.take(rows, axis=1).take(rows, axis=2)
    theirs = second.relations.take(columns, axis=1).take(columns, axis=2)
    apart = np.minimum(mine[0], theirs[0]) > p.SUPPORT_NEAREST
    slack = np.maximum(mine[0], theirs[0])
    slack *= np.float32(p.SUPPORT_STRETCH)
    slack += np.float32(p.SUPPORT_PLACE)
    error = np.subtract(mine, theirs, out=mine)
    error[0] /= slack
    angles = error[1:]
    turns = angles * np.float32(1 / TURN)
    np.rint(turns, out=turns)
    turns *= TURN
    angles -= turns
    angles *= np.float32(1 / p.SUPPORT_ANGLE)
    np.square(error, out=error)
    total = error[0]
    total += error[1]
    total += error[2]
    total *= np.float32(-0.5)
    return np.asarray(exp_of_negative(total) * apart, np.float32)


def _where_most_meet(first: Cylinders, second: Cylinders, turns: Plane, shifts: Plane) -> int:
    """The number of the movement (k,) under which most minutiae have a near one. The exponents of their closeness are
    products of what is known of either (``Cylinders.holding``), once for each of the two orders in which the nearest
    are found quickly; the nearest alone are raised."""
    count, movements = len(second.plane), len(turns)
    laid = np.ones((count, movements, 6), np.float32)
    numbers = laid.view(np.complex64)
    np.multiply(second.plane[:, None], turns, out=numbers[:, :, 0])
    numbers[:, :, 0] += shifts - first.middle
    np.multiply(second.aim[:, None], turns, out=numbers[:, :, 1])
    laid[:, :, 4] = np.square(laid[:, :, 0])
    laid[:, :, 4] += np.square(laid[:, :, 1])
    rows = laid.reshape(-1, 6)
    of_laid = np.maximum.reduce(first.holding @ rows.T).reshape(count, movements)
    of_held = np.maximum.reduce((rows @ first.holding.T).reshape(count, movements, -1))
    return int((exp_of_negative(of_laid).sum(axis=0) + exp_of_negative(of_held).sum(axis=1)).argmax())


def _closeness(gap: Grid, aim: Grid, reach: float) -> Grid:
    """Closeness (..., n, m) of minutiae, 0..1: Gaussian of the distance that the ``gap`` (2, ..., n, m) between them
    is, times one of the direction (``aim``: cosine - 1, scaled). ``gap`` is overwritten."""
    np.square(gap, out=gap)
    square = np.add(gap[0], gap[1], out=gap[0])
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
    mutual: Mask = near == np.maximum.reduce(near)
    mutual &= near == np.maximum.reduce(near, axis=1)[:, None]
    return mutual


def _pull(moved: Grid, still: Grid, pairs: Grid) -> Grid:
    """How far each minutia (2, m) moves as the ``pairs`` (n, m) around it moved: a kernel regression of their gaps,
    held back by STIFFNESS."""
    weight = np.add.reduce(pairs)
    gap = still @ pairs
    gap -= weight * moved
    apart = moved[:, :, None] - moved[:, None, :]
    np.square(apart, out=apart)
    kernel = np.add(apart[0], apart[1], out=apart[0])
    kernel *= np.float32(-0.5 / p.STRETCH_REACH**2)
    np.exp(kernel, out=kernel)
    return np.asarray((gap @ kernel) / (weight @ kernel + np.float32(p.STIFFNESS)), np.float32)


def _shifts(reach: float, step: float) -> Plane:
    """Shifts on a grid, no farther than ``reach``."""
    along = np.arange(-reach, reach + step, step)
    shifts = (along[:, None] + 1j * along[None, :]).ravel()
    return np.asarray(shifts[np.abs(shifts) <= reach], np.complex64)


HALVES = np.full(p.MAX_MINUTIAE, 0.5, np.float32)
LEAST_WEIGHT = np.float32(1e-6)
PART_SHIFTS = _shifts(p.PART_SHIFT, p.PART_STEP)
PART_TURNS: Plane = np.exp(1j * np.linspace(-p.PART_TURN, p.PART_TURN, 5)).astype(np.complex64)
