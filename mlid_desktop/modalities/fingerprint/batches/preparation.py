"""Makes many fingers ready for comparison at once, as ``compare.prepare`` makes one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.modalities.fingerprint import parameters as p
from mlid_desktop.modalities.fingerprint.batches.flows import flow_fields
from mlid_desktop.modalities.fingerprint.batches.stack import NOWHERE, Indices, pad_arrays, pad_borders
from mlid_desktop.modalities.fingerprint.cylinders import (
    ALL_SECTIONS,
    GRID,
    LEAST_SEEN,
    REACH,
    Cylinders,
    Grid,
    Plane,
    borders_of,
    cell_values,
    column_by_column,
    coordinates,
    holding_of,
    in_plane,
    neighbours_of,
    poses_of,
    seen_cells,
    unit_directions,
)
from mlid_desktop.modalities.fingerprint.minutiae import Minutiae
from mlid_desktop.modalities.fingerprint.ready_impression import ReadyFinger, ReadyImpression, order_of, rows_of
from mlid_desktop.modalities.fingerprint.templates import Impression

BLOCK = 16  # impressions at a time, so that what is between two steps stays in the processor's cache
OWNERS = 96  # cylinders that are filled at a time, as above

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class _PaddedImpressions:
    """The minutiae of b impressions, padded to n each: ``real`` (b, n) says which are none of the padding;
    ``positions`` (2, b, n) in the plane, 0 beyond; ``direction`` and ``aim`` (b, n)."""

    real: Mask = field(repr=False)
    plane: Plane = field(repr=False)
    positions: Grid = field(repr=False)
    direction: Grid = field(repr=False)
    aim: Plane = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class _Owners:
    """The k minutiae of a block that have a cylinder, one impression after another: ``owner`` (k,) the number of each
    in its impression; ``rank`` (b, n) the number of each minutia among these, or -1; ``ends`` (b,): where those of an
    impression end. ``order`` (k,) sorts them by how many neighbours they have, ``standing`` (k,) is where each stands
    then. In that order ``neighbours`` (k,) of each, and where these are among all pairs of minutiae, ``beside`` (k, m),
    of which those count that are ``real``, the first of each row."""

    owner: Indices = field(repr=False)
    rank: Indices = field(repr=False)
    ends: Indices = field(repr=False)
    order: Indices = field(repr=False)
    standing: Indices = field(repr=False)
    neighbours: Indices = field(repr=False)
    beside: Indices = field(repr=False)
    real: Mask = field(repr=False)


def prepare_fingers(fingers: Sequence[tuple[Impression, ...]]) -> list[ReadyFinger]:
    """Fingers prepared for comparison, each as ``compare.prepare`` does it alone, but for what rounding makes of sums
    in another order."""
    impressions = [impression for finger in fingers for impression in finger]
    order = np.argsort([len(impression.minutiae) for impression in impressions], kind="stable")  # little is padding
    made: dict[int, ReadyImpression] = {}
    for low in range(0, len(order), BLOCK):
        block = order[low : low + BLOCK].tolist()
        made.update(zip(block, _ready([impressions[number] for number in block]), strict=True))
    ready = iter([made[number] for number in range(len(impressions))])
    return [tuple(next(ready) for _ in finger) for finger in fingers]


def _ready(impressions: Sequence[Impression]) -> list[ReadyImpression]:
    """Several impressions prepared for comparison, each as ``ready_impression`` does it; at least one impression."""
    block = _side_by_side([impression.minutiae for impression in impressions])
    borders = borders_of([impression.minutiae.position for impression in impressions])
    inside = _seen_cells(block, pad_borders(borders))
    gaps = block.positions[:, :, None, :] - block.positions[:, :, :, None]
    distances = np.sqrt(np.square(gaps[0]) + np.square(gaps[1]))
    near = distances <= REACH
    near &= block.real[:, None, :]
    near[:, range(near.shape[1]), range(near.shape[1])] = False
    neighbours = np.add.reduce(near, axis=2)
    sound = (np.add.reduce(inside, axis=2) >= LEAST_SEEN) & (neighbours >= p.MIN_CONTRIBUTING) & block.real
    near &= sound[:, :, None]
    owners = _owners(near, neighbours, sound)
    turn = block.direction[:, :, None] - block.direction[:, None, :]
    cells, squares = _filled(gaps.reshape(2, -1), turn, block.aim[sound], inside[sound], owners)
    return _each(impressions, block, borders, owners, cells, squares)


def _owners(near: Mask, neighbours: Indices, sound: Mask) -> _Owners:
    counts = neighbours[sound]
    beside, real = neighbours_of(near, counts)
    of, owner = sound.nonzero()
    order = np.argsort(counts, kind="stable")
    standing = np.empty_like(order)
    standing[order] = np.arange(len(order))
    ends = np.cumsum(np.bincount(of, minlength=len(sound)))
    first = np.concatenate([[0], ends[:-1]])
    rank = np.full(sound.shape, -1, np.intp)
    rank[sound] = np.arange(len(owner)) - first[of]
    return _Owners(owner, rank, ends, order, standing, counts[order], beside[order], real[order])


def _side_by_side(impressions: Sequence[Minutiae]) -> _PaddedImpressions:
    counts = np.array([len(minutiae) for minutiae in impressions])
    plane = pad_arrays([in_plane(minutiae.position) for minutiae in impressions])
    direction = pad_arrays([minutiae.direction for minutiae in impressions])
    real = np.arange(direction.shape[1]) < counts[:, None]
    return _PaddedImpressions(real, plane, coordinates(plane), direction, unit_directions(direction))


def _seen_cells(block: _PaddedImpressions, borders: Grid) -> Mask:
    """Mask (b, n, GRID) of the cylinder cells that may have been seen, by the ``borders`` (b, e, 3)."""
    margin = p.HULL_MARGIN - block.positions.transpose(1, 2, 0) @ borders[:, :, :2].transpose(0, 2, 1)
    margin += borders[:, None, :, 2]
    margin[~block.real] = NOWHERE
    return seen_cells(margin, block.aim, borders)


def _filled(gaps: Grid, turn: Grid, aim: Plane, seen: Mask, owners: _Owners) -> tuple[Grid, Grid]:
    """The cells (k, GRID * SECTIONS) of the owners, 0 where they were not ``seen`` (k, GRID); and their squares summed
    over the sections, with which were seen beside them, (k, 2 * GRID). They stand in the order in which they are
    filled, a part at a time: by how many neighbours they have. ``gaps`` (2, g) and ``turn`` are of all g pairs of
    minutiae of the block, ``aim`` (k,) of the owners."""
    cells = np.empty((len(aim), GRID, p.SECTIONS), np.float32)
    squares = np.empty((len(aim), 2 * GRID), np.float32)
    aim, squares[:, GRID:] = aim[owners.order], seen[owners.order]
    for low in range(0, len(aim), OWNERS):
        part = slice(low, low + OWNERS)
        most = owners.neighbours[part][-1]
        chosen = owners.beside[part, :most]
        filled = cell_values(gaps.take(chosen, axis=1), aim[part], owners.real[part, :most], turn.take(chosen))
        filled.reshape(-1, p.SECTIONS)[np.flatnonzero(squares[part, GRID:] == 0.0)] = 0.0
        cells[part] = filled
        squares[part, :GRID] = (np.square(filled).reshape(-1, p.SECTIONS) @ ALL_SECTIONS).reshape(-1, GRID)
    return cells.reshape(len(cells), GRID * p.SECTIONS), squares


def _each(
    impressions: Sequence[Impression],
    block: _PaddedImpressions,
    borders: Sequence[Grid],
    owners: _Owners,
    cells: Grid,
    squares: Grid,
) -> list[ReadyImpression]:
    """What was made for all of a block, taken apart: copies, so that who keeps an impression keeps no other."""
    middle = np.asarray(np.add.reduce(block.plane, axis=1) / np.add.reduce(block.real, axis=1), np.complex64)
    centred = block.plane - middle[:, None]
    poses, holding = poses_of(centred, block.aim), holding_of(centred, block.aim)
    weights = [impression.weight for impression in impressions]
    quality = pad_arrays([impression.minutiae.quality for impression in impressions])
    rows = rows_of(holding, poses.transpose(1, 2, 0), block.plane, pad_arrays(weights), quality, owners.rank)
    flows = flow_fields([impression.flow for impression in impressions])
    made, start = [], 0
    for number, impression in enumerate(impressions):
        count, own = len(impression.minutiae), slice(start, owners.ends[number])
        filled = owners.standing[own]
        energy_and_seen = column_by_column(squares.take(filled, axis=0))
        cylinders = Cylinders(
            impression.minutiae,
            owners.owner[own].copy(),
            block.plane[number, :count].copy(),
            block.aim[number, :count].copy(),
            poses[:, number, :count].copy(),
            column_by_column(cells.take(filled, axis=0)),
            energy_and_seen[:, :GRID],
            energy_and_seen[:, GRID:],
            borders[number].copy(),
            holding[number, :count].copy(),
            middle[number],
        )
        made.append(
            ReadyImpression(
                cylinders,
                flows[number],
                weights[number],
                owners.rank[number, :count].copy(),
                order_of(impression, cylinders),
                rows[number, :count].copy(),
            )
        )
        start = own.stop
    return made
