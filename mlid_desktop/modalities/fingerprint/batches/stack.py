"""Impressions of fingers side by side in padded arrays, so that each step of many comparisons is one call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.modalities.fingerprint import ready_impression as columns_of
from mlid_desktop.modalities.fingerprint.cylinders import Grid, Plane
from mlid_desktop.modalities.fingerprint.orientation_grid import parts_of_flow
from mlid_desktop.modalities.fingerprint.ready_impression import ReadyImpression

Indices = NDArray[np.intp]
Pair = tuple[ReadyImpression, ReadyImpression]

IN_CACHE = 131_072  # numbers that are held between two steps
NOWHERE = np.float32(1e9)  # pixels, and their squares: beyond every real one


@dataclass(frozen=True, slots=True, eq=False)
class Flows:
    """The ridge flow of b impressions, as ``FlowField`` has it of one: ``numbers`` (b, s), each grid in one line, of
    which ``height`` and ``width`` (b,) tell the shape; ``corner`` (b,); ``centres``, ``double`` and ``clarity`` (b, f),
    0 beyond the seen blocks."""

    numbers: Indices = field(repr=False)
    height: Indices = field(repr=False)
    width: Indices = field(repr=False)
    corner: NDArray[np.complex128] = field(repr=False)
    centres: Plane = field(repr=False)
    double: Plane = field(repr=False)
    clarity: Grid = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class Stack:
    """The impressions on one side of b comparisons, with up to n minutiae and k cylinders each, as ``Cylinders`` and
    ``ReadyImpression`` have them of one; ``count`` (b,) cylinders are real. Beyond what is real numbers are 0, but for
    what keeps padding away from everything: ``holding`` ends with -NOWHERE there, ``beyond`` (b, n) and ``without`` (b,
    k) are NOWHERE there and 0 elsewhere, and the edges of the ``border`` (b, e, 3) have NOWHERE outside."""

    count: Indices = field(repr=False)
    owner: Indices = field(repr=False)
    rank: Indices = field(repr=False)
    plane: Plane = field(repr=False)
    aim: Plane = field(repr=False)
    poses: Grid = field(repr=False)
    middle: Plane = field(repr=False)
    holding: Grid = field(repr=False)
    weight: Grid = field(repr=False)
    quality: Grid = field(repr=False)
    beyond: Grid = field(repr=False)
    without: Grid = field(repr=False)
    border: Grid = field(repr=False)
    flows: Flows = field(repr=False)


def stack_of(impressions: Sequence[ReadyImpression]) -> Stack:
    """The impressions side by side; at least one."""
    made = [impression.cylinders for impression in impressions]
    count = np.array([len(cylinders) for cylinders in made])
    minutiae = np.array([len(cylinders.plane) for cylinders in made])
    rows = pad_arrays([impression.rows for impression in impressions])
    beyond = _beyond(minutiae, rows.shape[1])
    rows[:, :, columns_of.HOLDING.stop - 1] -= beyond
    return Stack(
        count,
        pad_arrays([cylinders.owner for cylinders in made]),
        rows[:, :, columns_of.RANK].astype(np.intp),
        _complex(rows[:, :, columns_of.PLANE]),
        _complex(rows[:, :, columns_of.AIM]),
        np.ascontiguousarray(rows[:, :, columns_of.POSE].transpose(0, 2, 1)),
        np.array([cylinders.middle for cylinders in made], np.complex64),
        rows[:, :, columns_of.HOLDING],
        rows[:, :, columns_of.WEIGHT],
        rows[:, :, columns_of.QUALITY],
        beyond,
        _beyond(count, int(count.max())),
        pad_borders([cylinders.border for cylinders in made]),
        _flows(impressions),
    )


def pad_borders(borders: Sequence[Grid]) -> Grid:
    """The edges of impressions (e, 3) as one, (b, e, 3); those of the padding have NOWHERE outside."""
    made = pad_arrays(borders)
    made[:, :, 2] += _beyond(np.array([len(border) for border in borders]), made.shape[1])
    return made


def parts_in_cache(count: int, each: int) -> list[slice]:
    """So many comparisons in parts of no more numbers, ``each`` for one, than stay in the processor's cache."""
    step = max(1, IN_CACHE // max(each, 1))
    return [slice(low, low + step) for low in range(0, count, step)]


def at(values: NDArray[Any], index: Indices) -> NDArray[Any]:
    """Of each row of values (b, m) those at the row's index (b, ...)."""
    starts = np.arange(len(values)) * values.shape[1]
    chosen: NDArray[Any] = values.ravel().take(index + starts.reshape(-1, *(1,) * (index.ndim - 1)))
    return chosen


def pad_arrays(arrays: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """Arrays (n, ...) of different lengths as one, (b, n, ...), 0 beyond what there is."""
    most = max(len(array) for array in arrays)
    made = np.zeros((len(arrays), most, *arrays[0].shape[1:]), arrays[0].dtype)
    for row, array in zip(made, arrays, strict=True):
        row[: len(array)] = array
    return made


def _flows(impressions: Sequence[ReadyImpression]) -> Flows:
    flows = [impression.flow for impression in impressions]
    shapes = np.array([flow.numbers.shape for flow in flows])
    centres, double, clarity = parts_of_flow(pad_arrays([flow.rows for flow in flows]))
    return Flows(
        pad_arrays([flow.numbers.ravel() for flow in flows]),
        shapes[:, 0],
        shapes[:, 1],
        np.array([flow.corner for flow in flows], np.complex128),
        np.ascontiguousarray(centres),
        np.ascontiguousarray(double),
        np.ascontiguousarray(clarity),
    )


def _complex(both: Grid) -> Plane:
    return np.ascontiguousarray(both).view(np.complex64)[..., 0]


def _beyond(counts: Indices, most: int) -> Grid:
    return np.where(np.arange(most) < counts[:, None], np.float32(0.0), NOWHERE)
