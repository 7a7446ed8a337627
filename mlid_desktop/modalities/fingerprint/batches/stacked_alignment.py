"""Lays many impressions on others at once, each as ``alignment.align`` lays one."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.modalities.fingerprint import parameters as p
from mlid_desktop.modalities.fingerprint.alignment import UNTURNED
from mlid_desktop.modalities.fingerprint.batches.movements import stacked_movements
from mlid_desktop.modalities.fingerprint.batches.stack import Indices, Stack, at, parts_in_cache
from mlid_desktop.modalities.fingerprint.cylinders import Grid, Plane, exp_of_negative


@dataclass(frozen=True, slots=True, eq=False)
class StackedAlignment:
    """How b impressions lie on b others: ``turn`` and ``shift`` (b,) as of ``Alignment``; ``moved`` (b, 2, m) the
    second's minutiae on the first's plane, about its middle. ``second`` (b, n) is the minutia that each of the first's
    found, with their ``closeness`` (b, n), 0 where it found none."""

    turn: NDArray[np.complex128] = field(repr=False)
    shift: NDArray[np.complex128] = field(repr=False)
    moved: Grid = field(repr=False)
    second: Indices = field(repr=False)
    closeness: Grid = field(repr=False)


def stacked_alignment(first: Stack, second: Stack, similarity: Grid) -> StackedAlignment:
    """The best alignment of each pair of impressions among the movements that its best supported cylinder pairs
    propose."""
    turns, origins, targets = stacked_movements(first, second, similarity)
    best = _where_most_meet(first, second, turns, targets - turns * origins)
    turn, origin, target = (at(numbers, best[:, None]) for numbers in (turns, origins, targets))
    laid = _poses(turn * (second.plane - origin) + (target - first.middle[:, None]), turn * second.aim)
    met = _meeting(first, second, laid, p.MATCH_FIRST)
    for reach in p.MATCH_REACH:
        laid[:, :2] += _pull(laid[:, :2], met)
        met = _meeting(first, second, laid, reach)
    exact = turn[:, 0].astype(np.complex128)
    met.closeness[met.closeness <= p.MATCH_LEAST] = 0.0
    return StackedAlignment(exact, target[:, 0] - exact * origin[:, 0], laid[:, :2], met.second, met.closeness)


@dataclass(frozen=True, slots=True, eq=False)
class _StackedMeeting:
    """For each minutia of the first the ``second`` (b, n) that is nearest to it, where that ``lies`` (b, 2, n), the
    ``gap`` (b, 2, n) from there to the first's, and their ``closeness`` (b, n), 0 where the second has a nearer one."""

    second: Indices
    lies: Grid
    gap: Grid
    closeness: Grid


def _poses(plane: Plane, aim: Plane) -> Grid:
    """Poses (b, 4, m): the coordinates of positions in the plane, and of unit directions."""
    poses = np.empty((len(plane), 4, plane.shape[1]), np.float32)
    poses[:, 0], poses[:, 1], poses[:, 2], poses[:, 3] = plane.real, plane.imag, aim.real, aim.imag
    return poses


def _where_most_meet(first: Stack, second: Stack, turns: Plane, shifts: Plane) -> Indices:
    """The number (b,) of the movement (b, v) under which most minutiae have a near one."""
    count, movements = turns.shape
    most = second.plane.shape[1]
    laid = np.empty((count, 6, most, movements), np.float32)
    plane = second.plane[:, :, None] * turns[:, None, :]
    plane += (shifts - first.middle[:, None])[:, None, :]
    aim = second.aim[:, :, None] * turns[:, None, :]
    laid[:, 0], laid[:, 1], laid[:, 2], laid[:, 3] = plane.real, plane.imag, aim.real, aim.imag
    np.add(np.square(plane.real), np.square(plane.imag), out=laid[:, 4])
    laid[:, 4] += second.beyond[:, :, None]
    laid[:, 5] = 1.0
    held = first.holding.shape[1]
    of_laid, of_held = np.empty((count, most, movements), np.float32), np.empty((count, held, movements), np.float32)
    for part in parts_in_cache(count, held * most * movements):
        near = (first.holding[part] @ laid[part].reshape(-1, 6, most * movements)).reshape(-1, held, most, movements)
        np.maximum.reduce(near, axis=1, out=of_laid[part])
        of_held[part] = _most(near)
    met = exp_of_negative(of_laid).sum(axis=1)
    met += exp_of_negative(of_held).sum(axis=1)
    return np.asarray(met.argmax(axis=1), np.intp)


def _most(values: Grid) -> Grid:
    """The largest (b, n, v) of values (b, n, m, v) along the m, found by halves that overlap: a processor compares long
    rows fastest."""
    while (size := values.shape[2]) > 1:
        half = (size + 1) // 2
        values = np.maximum(values[:, :, :half], values[:, :, size - half :])
    return values[:, :, 0]


def _meeting(first: Stack, second: Stack, laid: Grid, reach: float) -> _StackedMeeting:
    """Who is nearest to whom, of impressions laid so (b, 4, m), found among exponents as ``alignment`` finds it."""
    scale = np.float32((p.MATCH_FIRST / reach) ** 2)
    other = np.empty((len(laid), 6, laid.shape[2]), np.float32)
    np.multiply(laid[:, :2], scale, out=other[:, :2])
    other[:, 2:4] = laid[:, 2:]
    square = np.square(laid[:, :2])
    np.add(square[:, 0], square[:, 1], out=other[:, 4])
    other[:, 4] -= UNTURNED * (1 - 1 / scale)
    other[:, 4] *= scale
    other[:, 4] += second.beyond
    other[:, 5] = scale
    near = first.holding @ other
    nearest = near.argmax(axis=2)
    mutual = each_others_nearest(near, nearest)
    there = at(laid.reshape(len(laid), -1), nearest[:, None, :] + np.arange(0, laid[0].size, laid.shape[2])[:, None])
    apart = first.poses - there
    square = np.square(apart)
    exponent = square[:, 0]
    exponent += square[:, 1]
    exponent *= np.float32(-0.5 * reach**-2)
    turned = square[:, 2]
    turned += square[:, 3]
    turned *= np.float32(-0.5 * p.MATCH_DIRECTION**-2)
    exponent += turned
    closeness = exp_of_negative(exponent)
    closeness *= mutual
    return _StackedMeeting(nearest, there[:, :2], apart[:, :2], closeness)


def each_others_nearest(near: Grid, nearest: Indices) -> NDArray[np.bool_]:
    """Which of the first (b, n) are the nearest of those ``nearest`` to them, by how near they are (b, n, m). The
    largest numbers tell it wherever no two are the same, and are found faster than where they stand."""
    largest = _largest(near)
    found = near == largest[:, None, :]
    if np.count_nonzero(found) > largest.size:
        return np.asarray(at(near.argmax(axis=1), nearest) == np.arange(near.shape[1]))
    return np.asarray(at(found.reshape(len(found), -1), nearest + np.arange(0, found[0].size, found.shape[2])))


def _largest(values: Grid) -> Grid:
    """The largest (b, m) of values (b, n, m) along the n, found as in :func:`_most`."""
    while (size := values.shape[1]) > 1:
        half = (size + 1) // 2
        values = np.maximum(values[:, :half], values[:, size - half :])
    return values[:, 0]


def _pull(moved: Grid, met: _StackedMeeting) -> Grid:
    """How far each minutia (b, 2, m) moves as those around it moved that met another."""
    gaps = np.empty((len(moved), 3, met.closeness.shape[1]), np.float32)
    np.multiply(met.gap, met.closeness[:, None, :], out=gaps[:, :2])
    gaps[:, 2] = met.closeness
    near = np.ones((len(moved), 4, met.lies.shape[2]), np.float32)
    np.multiply(met.lies, np.float32(p.STRETCH_REACH**-2), out=near[:, :2])
    near[:, 2] = _half_square(met.lies)
    around = np.ones((len(moved), 4, moved.shape[2]), np.float32)
    around[:, :2] = moved
    around[:, 3] = _half_square(moved)
    kernel = near.swapaxes(1, 2) @ around
    pulled = gaps @ np.exp(kernel, out=kernel)
    pulled[:, 2] += np.float32(p.STIFFNESS)
    return np.asarray(pulled[:, :2] / pulled[:, 2:], np.float32)


def _half_square(lies: Grid) -> Grid:
    """What of positions (b, 2, n) alone enters the exponent of a stretch's kernel, (b, n)."""
    square = np.square(lies)
    return np.asarray((square[:, 0] + square[:, 1]) * np.float32(-0.5 * p.STRETCH_REACH**-2), np.float32)
