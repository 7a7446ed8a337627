"""Makes many fingers ready for comparison at once, as ``compare.prepare`` makes one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.modalities.fingerprint import parameters as p
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
from mlid_desktop.modalities.fingerprint.ready_impression import ReadyFinger, ready_impression
from mlid_desktop.modalities.fingerprint.templates import Impression

BLOCK = 16  # impressions at a time, so that what is between two steps stays in the processor's cache
OWNERS = 96  # cylinders that are filled at a time, as above

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class _Block:
    """The minutiae of b impressions, padded to n each: ``real`` (b, n) says which are none of the padding;
    ``positions`` (2, b, n) in the plane, 0 beyond; ``direction`` and ``aim`` (b, n)."""

    real: Mask = field(repr=False)
    plane: Plane = field(repr=False)
    positions: Grid = field(repr=False)
    direction: Grid = field(repr=False)
    aim: Plane = field(repr=False)


def prepare_fingers(fingers: Sequence[tuple[Impression, ...]]) -> list[ReadyFinger]:
    """Fingers prepared for comparison, each as ``compare.prepare`` does it alone, but for what rounding makes of sums
    in another order."""
    impressions = [impression for finger in fingers for impression in finger]
    order = np.argsort([len(impression.minutiae) for impression in impressions], kind="stable")  # little is padding
    made: dict[int, Cylinders] = {}
    for low in range(0, len(order), BLOCK):
        block = order[low : low + BLOCK].tolist()
        made.update(zip(block, cylinders_of([impressions[number].minutiae for number in block]), strict=True))
    ready = iter([ready_impression(impression, made[number]) for number, impression in enumerate(impressions)])
    return [tuple(next(ready) for _ in finger) for finger in fingers]


def cylinders_of(impressions: Sequence[Minutiae]) -> list[Cylinders]:
    """The cylinders of several impressions, each as ``make_cylinders`` makes those of one; at least one impression."""
    block = _side_by_side(impressions)
    borders = borders_of([minutiae.position for minutiae in impressions])
    inside = _seen_cells(block, pad_borders(borders))
    gaps = block.positions[:, :, None, :] - block.positions[:, :, :, None]
    distances = np.sqrt(np.square(gaps[0]) + np.square(gaps[1]))
    near = distances <= REACH
    near &= block.real[:, None, :]
    near[:, range(near.shape[1]), range(near.shape[1])] = False
    neighbours = np.add.reduce(near, axis=2)
    sound = (np.add.reduce(inside, axis=2) >= LEAST_SEEN) & (neighbours >= p.MIN_CONTRIBUTING) & block.real
    which, owner = sound.nonzero()
    seen = inside[which, owner]
    turn = block.direction[which, owner, None] - block.direction[which]
    beside, real = neighbours_of(near[which, owner], neighbours[which, owner])
    cells = _filled(gaps[:, which, owner].reshape(2, -1), block.aim[which, owner], beside, real, turn)
    seen = seen.astype(np.float32)
    cells *= seen[:, :, None]
    return _each(impressions, block, borders, sound, cells, seen)


def _side_by_side(impressions: Sequence[Minutiae]) -> _Block:
    counts = np.array([len(minutiae) for minutiae in impressions])
    plane = pad_arrays([in_plane(minutiae.position) for minutiae in impressions])
    direction = pad_arrays([minutiae.direction for minutiae in impressions])
    real = np.arange(direction.shape[1]) < counts[:, None]
    return _Block(real, plane, coordinates(plane), direction, unit_directions(direction))


def _seen_cells(block: _Block, borders: Grid) -> Mask:
    """Mask (b, n, GRID) of the cylinder cells that may have been seen, by the ``borders`` (b, e, 3)."""
    margin = p.HULL_MARGIN - block.positions.transpose(1, 2, 0) @ borders[:, :, :2].transpose(0, 2, 1)
    margin += borders[:, None, :, 2]
    margin[~block.real] = NOWHERE
    return seen_cells(margin, block.aim, borders)


def _filled(gaps: Grid, aim: Plane, beside: Indices, real: Mask, turn: Grid) -> Grid:
    """Values (k, GRID, SECTIONS) of the cells of k cylinders, those with as many neighbours together, a part of them at
    a time. ``gaps`` (2, k * n) and ``turn`` (k, n) to all minutiae of the impression, of which those ``beside`` (k, m)
    count that are ``real``, the first of each row."""
    cells = np.empty((len(aim), GRID, p.SECTIONS), np.float32)
    counts = np.add.reduce(real, axis=1)
    order = np.argsort(counts, kind="stable")
    for low in range(0, len(order), OWNERS):
        part = order[low : low + OWNERS]
        most = counts[part[-1]]
        chosen = beside[part, :most]
        cells[part] = cell_values(gaps.take(chosen, axis=1), aim[part], real[part, :most], turn.take(chosen))
    return cells


def _each(
    impressions: Sequence[Minutiae],
    block: _Block,
    borders: Sequence[Grid],
    sound: Mask,
    cells: Grid,
    seen: Grid,
) -> list[Cylinders]:
    """What was made for all of a block, taken apart: copies, so that who keeps an impression keeps no other."""
    middle = np.asarray(np.add.reduce(block.plane, axis=1) / np.add.reduce(block.real, axis=1), np.complex64)
    centred = block.plane - middle[:, None]
    poses, holding = poses_of(centred, block.aim), holding_of(centred, block.aim)
    energy = (np.square(cells).reshape(-1, p.SECTIONS) @ ALL_SECTIONS).reshape(-1, GRID)
    cells = cells.reshape(len(cells), GRID * p.SECTIONS)
    made, start = [], 0
    for number, (minutiae, border) in enumerate(zip(impressions, borders, strict=True)):
        count, owner = len(minutiae), sound[number].nonzero()[0]
        own = slice(start, start + len(owner))
        made.append(
            Cylinders(
                minutiae,
                owner,
                block.plane[number, :count].copy(),
                block.aim[number, :count].copy(),
                poses[:, number, :count].copy(),
                column_by_column(cells[own]),
                column_by_column(energy[own]),
                column_by_column(seen[own]),
                border.copy(),
                holding[number, :count].copy(),
                middle[number],
            )
        )
        start = own.stop
    return made
