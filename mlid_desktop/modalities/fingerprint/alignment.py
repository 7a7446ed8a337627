"""Aligns two impressions of a finger: pairs of similar cylinders vote for a rigid movement, then the skin's stretch is
followed."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import pi

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.modalities.fingerprint import parameters as p
from mlid_desktop.modalities.fingerprint.cylinders import (
    Cylinders,
    Grid,
    Plane,
    exp_of_negative,
    from_coordinates,
    poses_of,
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
    turn = turns[best]
    laid = poses_of(turn * (second.plane - origins[best]) + (targets[best] - first.middle), turn * second.aim)
    met = _meeting(first, laid, p.MATCH_FIRST)
    for reach in p.MATCH_REACH:
        laid[:2] += _pull(laid[:2], met)
        met = _meeting(first, laid, reach)
    shift = complex(targets[best]) - complex(turn) * complex(origins[best])
    return _alignment(complex(turn), shift, first, laid, met)


def align_part(first: Cylinders, second: Cylinders, laid: Alignment, still: Mask, moving: Mask) -> Alignment:
    """How a part of two impressions lies, ``still`` (n,) of the first's minutiae and ``moving`` (m,) of the second's,
    where skin may be bent: the best of small movements from ``laid``, then its stretch. ``laid`` where either part has
    too few minutiae."""
    if min(int(still.sum()), int(moving.sum())) < p.PART_MINUTIAE:
        return laid
    aim = np.conj(first.aim[still])[:, None] * (np.complex64(laid.turn) * second.aim[moving])[None, :]
    middle = complex(laid.moved[moving].mean())
    around, held = laid.moved[moving] - np.complex64(middle), first.plane[still] - np.complex64(middle)
    best, turn, centre = -1.0, 1.0 + 0.0j, middle
    for proposed in PART_TURNS:
        found = _found_by_shifts(held[:, None] - proposed * around[None, :], _aim(aim * proposed))
        strongest = int(found.argmax())
        if found[strongest] > best:
            best, turn, centre = float(found[strongest]), complex(proposed), middle + complex(PART_SHIFTS[strongest])
    again, within = laid.turn * turn, still[:, None] & moving[None, :]
    moved = poses_of(
        np.asarray(turn * (laid.moved - middle) + (centre - complex(first.middle)), np.complex64),
        np.complex64(again) * second.aim,
    )
    reached = p.MATCH_REACH[0]
    for reach in p.MATCH_REACH:
        moved[:2] += _pull(moved[:2], _meeting(first, moved, reached, within))
        reached = reach
    shift = turn * (laid.shift - middle) + centre
    return _alignment(again, shift, first, moved, _meeting(first, moved, reached))


@dataclass(frozen=True, slots=True, eq=False)
class _Meeting:
    """Minutiae of two impressions that are each other's nearest, ``first`` and ``second`` (k,), with the ``gap`` (2, k)
    from the second's to the first's and their ``closeness`` (k,) 0..1."""

    first: Indices
    second: Indices
    gap: Grid
    closeness: Grid


def _alignment(turn: complex, shift: complex, first: Cylinders, laid: Grid, met: _Meeting) -> Alignment:
    """The alignment of a second impression that lies so (4, m), of those that met near enough."""
    near = met.closeness > p.MATCH_LEAST
    moved = from_coordinates(laid[:2])
    moved += first.middle
    return Alignment(turn, shift, moved, met.first[near], met.second[near], met.closeness[near])


def _meeting(still: Cylinders, laid: Grid, reach: float, within: Mask | None = None) -> _Meeting:
    """The minutiae that are each other's nearest, of an impression and of another laid on it (4, m), and of the pairs
    ``within`` (n, m) alone where these are given. Who is nearest is found among exponents, as in
    :func:`_where_most_meet`; the closeness of those who meet is the Gaussian of their distance times that of their
    directions."""
    scale = np.float32((p.MATCH_FIRST / reach) ** 2)
    other = np.empty((6, laid.shape[1]), np.float32)
    other[:4] = laid
    other[:2] *= scale
    square = np.square(laid[:2])
    np.add(square[0], square[1], out=other[4])
    other[4] -= UNTURNED * (1 - 1 / scale)
    other[4] *= scale
    other[5] = scale
    near = still.holding @ other
    if within is not None:
        near[~within] = -np.inf
    nearest = near.argmax(axis=1)
    first = (near.argmax(axis=0)[nearest] == np.arange(len(near))).nonzero()[0]
    second = nearest[first]
    if within is not None:
        inside = within[first, second]
        first, second = first[inside], second[inside]
    apart = still.poses.take(first, axis=1)
    apart -= laid.take(second, axis=1)
    weight = np.array([reach**-2, reach**-2, p.MATCH_DIRECTION**-2, p.MATCH_DIRECTION**-2], np.float32)
    return _Meeting(first, second, apart[:2], exp_of_negative((np.float32(-0.5) * weight) @ np.square(apart)))


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
    a, b = first.owner[rows], second.owner[columns]
    pairs = np.ones((len(rows), 5), np.complex64)
    pairs[:, 0], pairs[:, 1] = first.plane[a], second.plane[b]
    np.multiply(np.conj(pairs[:, 1]), pairs[:, 0], out=pairs[:, 2])
    np.multiply(first.aim[a], np.conj(second.aim[b]), out=pairs[:, 3])
    support = support_of(pairs[:, 0], pairs[:, 1], pairs[:, 3])
    backing = (support @ (likeness * likeness)) * likeness
    anchors = np.argsort(-backing)[: p.MOVEMENTS]
    support.flat[:: len(rows) + 1] = 1.0
    weight = support[anchors] * (likeness + LEAST_WEIGHT)
    sums = weight @ pairs.view(np.float32)
    sums /= sums[:, 8:9]
    target, origin, turn, turned, _ = sums.view(np.complex64).T
    turn = turn - np.conj(origin) * target + np.float32(p.DIRECTION_ARM**2) * turned
    return turn / np.maximum(np.abs(turn), LEAST_WEIGHT), origin, target


def support_of(mine: Plane, theirs: Plane, turned: Plane) -> Grid:
    """How well every two of the cylinder pairs (..., c) agree (..., c, c) in distance, in relative direction and in the
    bearing from one to the other: where they lie in either impression, and the turns between them as unit numbers."""
    numbers = np.empty((5, *mine.shape), np.float32)
    numbers[0], numbers[1], numbers[2], numbers[3] = mine.real, mine.imag, theirs.real, theirs.imag
    turn = np.multiply(np.arctan2(turned.imag, turned.real), IN_TURNS, out=numbers[4])
    gaps = _differences(numbers)
    across, down, other_across, other_down, _ = gaps
    bearing = np.arctan2(down * other_across - across * other_down, across * other_across + down * other_down)
    bearing *= IN_TURNS
    squares = np.square(gaps[:4])
    lengths = squares[::2]
    lengths += squares[1::2]
    near, far = np.sqrt(lengths, out=lengths)
    apart = np.minimum(near, far) > p.SUPPORT_NEAREST
    slack = np.maximum(near, far)
    slack *= np.float32(p.SUPPORT_STRETCH)
    slack += np.float32(p.SUPPORT_PLACE)
    turns = gaps[3:]
    np.subtract(turn[..., :, None], bearing, out=turns[0])
    turns -= np.rint(turns)
    np.square(turns, out=turns)
    total = turns[0]
    total += turns[1]
    total *= np.float32((2 * pi / p.SUPPORT_ANGLE) ** 2)
    near -= far
    near /= slack
    total += np.square(near, out=near)
    total *= np.float32(-0.5)
    support = exp_of_negative(total)
    support *= apart
    return support


def _differences(values: Grid) -> Grid:
    """By how much each number (..., c) is above another, (..., c, c): as a product of matrices, which is several times
    as fast as short rows subtracted from one another, and as exact."""
    below, above = np.ones((2, *values.shape[:-1], 2, values.shape[-1]), np.float32)
    np.negative(values, out=below[..., 0, :])
    above[..., 1, :] = values
    return np.asarray(below.swapaxes(-1, -2) @ above, np.float32)


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


def _found_by_shifts(gap: Plane, aim: Grid) -> Grid:
    """How near minutiae of either part come to one of the other under each of the PART_SHIFTS (s,), summed, where so
    much is between them (n, m) before it; ``aim`` (n, m) is the exponent of the closeness of their directions. The
    exponents of the closeness of places are one product, and the nearest alone are raised."""
    within = np.float32(p.PART_FIRST**-2)
    known = np.empty((*gap.shape, 3), np.float32)
    known[..., 0], known[..., 1] = gap.real, gap.imag
    np.multiply(np.square(known[..., 0]) + np.square(known[..., 1]), np.float32(-0.5) * within, out=known[..., 2])
    known[..., 2] += aim
    shifts = np.ones((3, len(PART_SHIFTS)), np.float32)
    shifts[0], shifts[1] = PART_SHIFTS.real * within, PART_SHIFTS.imag * within
    near = (known.reshape(-1, 3) @ shifts).reshape(*gap.shape, -1)
    near_moving, near_still = np.maximum.reduce(near, axis=0), np.maximum.reduce(near, axis=1)
    own = np.square(np.abs(PART_SHIFTS)) * (np.float32(-0.5) * within)
    near_moving += own
    near_still += own
    return np.asarray(exp_of_negative(near_moving).sum(axis=0) + exp_of_negative(near_still).sum(axis=0), np.float32)


def _aim(like: Plane) -> Grid:
    """The exponent of the closeness of directions, from the unit numbers of their differences."""
    return np.asarray((like.real - np.float32(1.0)) * np.float32(1 / p.MATCH_DIRECTION**2), np.float32)


def _pull(moved: Grid, met: _Meeting) -> Grid:
    """How far each minutia (2, m) moves as those around it moved that met another: a kernel regression of their gaps,
    held back by STIFFNESS."""
    gaps = np.empty((3, len(met.second)), np.float32)
    np.multiply(met.gap, met.closeness, out=gaps[:2])
    gaps[2] = met.closeness
    apart = moved.take(met.second, axis=1)[:, :, None] - moved[:, None, :]
    np.square(apart, out=apart)
    kernel = np.add(apart[0], apart[1], out=apart[0])
    kernel *= np.float32(-0.5 / p.STRETCH_REACH**2)
    pulled = gaps @ np.exp(kernel, out=kernel)
    pulled[2] += np.float32(p.STIFFNESS)
    return np.asarray(pulled[:2] / pulled[2], np.float32)


def _shifts(reach: float, step: float) -> Plane:
    """Shifts on a grid, no farther than ``reach``."""
    along = np.arange(-reach, reach + step, step)
    shifts = (along[:, None] + 1j * along[None, :]).ravel()
    return np.asarray(shifts[np.abs(shifts) <= reach], np.complex64)


HALVES = np.full(p.MAX_MINUTIAE, 0.5, np.float32)
LEAST_WEIGHT = np.float32(1e-6)
IN_TURNS = np.float32(0.5 / pi)
UNTURNED = np.float32(2 * (p.MATCH_FIRST / p.MATCH_DIRECTION) ** 2)  # a squared distance that counts as a whole turn
PART_SHIFTS = _shifts(p.PART_SHIFT, p.PART_STEP)
PART_TURNS: Plane = np.exp(1j * np.linspace(-p.PART_TURN, p.PART_TURN, 5)).astype(np.complex64)
