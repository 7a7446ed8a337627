"""The ridge orientation on a coarse grid, as a template keeps it, and how well two such grids agree."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import pi

import cv2
import numpy as np
from numpy.typing import NDArray

from mlid_desktop.modalities.fingerprint import parameters as p

Field = NDArray[np.float32]
Mask = NDArray[np.bool_]
Blocks = NDArray[np.uint8]
Plane = NDArray[np.complex64]
Grid = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class FlowGrid:
    """Ridge orientation and clarity of an impression on a coarse grid: ``blocks`` (rows, columns) of FLOW_BLOCK px, 0
    where no ridge was seen, else 1 + clarity step + orientation step * FLOW_CLARITIES. ``left``, ``top``: where the
    grid begins, in the pixels of the minutiae."""

    blocks: Blocks = field(repr=False)
    left: int = 0
    top: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class FlowField:
    """An orientation grid prepared for comparison: ``centres`` (n,) of the seen blocks in the plane of x - iy, with
    their ``double``, unit vectors of twice the ridge angle, and ``clarity``, 0..1. ``numbers`` (rows + 2, columns + 2)
    has the number of each block among the seen ones, n where none was seen, as all around the grid; both are 0 there.
    ``corner`` is the middle of the first block. The three are parts of ``rows`` (n + 1, 5)."""

    numbers: NDArray[np.intp] = field(repr=False)
    corner: complex
    centres: Plane = field(repr=False)
    double: Plane = field(repr=False)
    clarity: Field = field(repr=False)
    rows: Field = field(repr=False)


def seen_blocks(grid: FlowGrid) -> int:
    """How many blocks of a grid show ridges."""
    return int(np.count_nonzero(grid.blocks))


def empty_flow_grid() -> FlowGrid:
    """A grid without blocks, for records that hold minutiae alone."""
    return FlowGrid(np.zeros((0, 0), np.uint8))


def flow_grid(orientation: Field, clarity: Field, mask: Mask) -> FlowGrid:
    """The coarse grid of an orientation field: ``orientation`` (h, w) radians in [0, pi) along the ridges, in the
    image's x and downward y; ``clarity`` (h, w) 0..1; ``mask`` (h, w). Keeps at most FLOW_SIDE x FLOW_SIDE blocks,
    those around the middle of the finger."""
    block, half = p.FLOW_BLOCK, p.FLOW_BLOCK // 2
    rows, columns = mask.shape[0] // block, mask.shape[1] // block
    if not rows or not columns:
        return empty_flow_grid()
    spots = np.s_[half : rows * block : block, half : columns * block : block]
    clear = np.clip(cv2.blur(clarity, (block, block))[spots], 0.0, 1.0)
    turn = np.rint(orientation[spots] * (p.FLOW_ORIENTATIONS / pi)).astype(np.int64) % p.FLOW_ORIENTATIONS
    level = np.rint(clear * p.FLOW_CLARITIES).astype(np.int64)
    blocks = np.where(mask[spots] & (level > 0), turn * p.FLOW_CLARITIES + level, 0).astype(np.uint8)
    return crop_grid(FlowGrid(blocks))


def crop_grid(grid: FlowGrid) -> FlowGrid:
    """The grid without empty borders, and no larger than FLOW_SIDE each way, about the middle of what was seen."""
    rows, columns = np.nonzero(grid.blocks.any(axis=1))[0], np.nonzero(grid.blocks.any(axis=0))[0]
    if not len(rows):
        return empty_flow_grid()
    top, bottom = _window(int(rows[0]), int(rows[-1]) + 1)
    left, right = _window(int(columns[0]), int(columns[-1]) + 1)
    blocks = np.ascontiguousarray(grid.blocks[top:bottom, left:right])
    return FlowGrid(blocks, grid.left + left * p.FLOW_BLOCK, grid.top + top * p.FLOW_BLOCK)


def flow_field(grid: FlowGrid) -> FlowField:
    """The grid as a field of unit vectors, prepared for comparison."""
    height, width = grid.blocks.shape
    blocks = grid.blocks.ravel()
    spots = np.flatnonzero(blocks != 0)
    count, corner = len(spots), corner_of(grid)
    rows = spots // max(width, 1)
    columns = spots - rows * width
    numbers = np.full((height + 2, width + 2), count, np.intp)
    numbers.ravel()[spots + 2 * rows + (width + 3)] = np.arange(count)
    made = np.zeros((count + 1, 5), np.float32)
    made[:-1, 0] = p.FLOW_BLOCK * columns + corner.real
    made[:-1, 1] = corner.imag - p.FLOW_BLOCK * rows
    made[:-1, 2:] = READ_BLOCKS.take(blocks[spots], axis=0)
    centres, double, clarity = parts_of_flow(made)
    return FlowField(numbers, corner, centres[:-1], double, clarity, made)


def parts_of_flow(rows: Grid) -> tuple[Plane, Plane, Field]:
    """The centres, unit vectors of twice the angle, and clarity (...) of blocks of ridge flow, in rows (..., 5)."""
    return rows[..., 0:2].view(np.complex64)[..., 0], rows[..., 2:4].view(np.complex64)[..., 0], rows[..., 4]


def flow_agreement(first: FlowField, second: FlowField, turn: complex, shift: complex) -> float | None:
    """Agreement of the ridge orientation of two impressions where both were seen, -1..1 (mean cosine of twice the angle
    between them, weighted by clarity), with ``second`` laid on ``first`` by ``z -> turn * z + shift``. ``None`` where
    too little is shared."""
    under = _blocks_under(first.centres, second, turn, shift)
    weight = second.clarity[under]
    if np.count_nonzero(weight) < p.FLOW_MIN_SHARED:
        return None
    weight *= first.clarity[:-1]
    unlike = first.double[:-1] * np.conj(second.double[under])
    return float((weight @ unlike * np.conj(turn * turn)).real / np.add.reduce(weight))


def shared_flow(first: FlowField, second: FlowField, turn: complex, shift: complex) -> tuple[Plane, Grid, Grid]:
    """The blocks of ``first`` that ``second`` has too, laid on it by ``z -> turn * z + shift``: their centres (k,), the
    cosine (k,) of twice the angle between the ridges of both, and the product (k,) of their clarities."""
    under = _blocks_under(first.centres, second, turn, shift)
    shared = np.flatnonzero(second.clarity[under])
    under = under[shared]
    unlike = first.double[shared] * np.conj(second.double[under] * np.complex64(turn * turn))
    return first.centres[shared], unlike.real, first.clarity[shared] * second.clarity[under]


def _blocks_under(centres: Plane, field: FlowField, turn: complex, shift: complex) -> NDArray[np.intp]:
    """The number of the block of ``field`` under each position, with ``field`` laid by ``z -> turn * z + shift``."""
    height, width = field.numbers.shape
    back = (turn.conjugate() * shift + field.corner) / p.FLOW_BLOCK - 1 + 1j
    at = centres * np.complex64(turn.conjugate() / p.FLOW_BLOCK)
    at -= np.complex64(back)
    spots = np.rint(at.view(np.float32).reshape(-1, 2))
    spots[:, 1] *= -1.0
    np.clip(spots, 0.0, (width - 1, height - 1), out=spots)
    return field.numbers.ravel().take((spots @ np.array([1, width], np.float32)).astype(np.intp))


def corner_of(grid: FlowGrid) -> complex:
    """The middle of the first block of a grid in the plane."""
    return complex(grid.left + p.FLOW_BLOCK / 2, -(grid.top + p.FLOW_BLOCK / 2))


def _centres(corner: complex, rows: NDArray[np.intp], columns: NDArray[np.intp]) -> Plane:
    """The middles of blocks of a grid in the plane."""
    return np.asarray(corner + p.FLOW_BLOCK * (columns - 1j * rows), np.complex64)


def _window(low: int, high: int) -> tuple[int, int]:
    if high - low <= p.FLOW_SIDE:
        return low, high
    start = (low + high - p.FLOW_SIDE) // 2
    return start, start + p.FLOW_SIDE


def merge_grids(ground: FlowGrid, other: FlowGrid, turn: complex, shift: complex) -> FlowGrid:
    """The grid ``ground`` extended by blocks that only ``other`` has, placed on it by ``z -> turn * z + shift``; the
    blocks of ``ground`` stay as they are."""
    if not ground.blocks.size or not other.blocks.size:
        return ground if ground.blocks.size else empty_flow_grid()
    wide = FlowGrid(np.pad(ground.blocks, p.FLOW_SIDE // 2), *_widened(ground))
    rows, columns = np.nonzero(wide.blocks == 0)
    field = flow_field(other)
    under = _blocks_under(_centres(corner_of(wide), rows, columns), field, turn, shift)
    moved = np.append(other.blocks[other.blocks > 0], 0)[under]
    step, level = np.divmod(np.maximum(moved, 1).astype(np.int64) - 1, p.FLOW_CLARITIES)
    turned = step - round(float(np.angle(turn)) / pi * p.FLOW_ORIENTATIONS)
    value = turned % p.FLOW_ORIENTATIONS * p.FLOW_CLARITIES + level + 1
    blocks = wide.blocks.copy()
    blocks[rows, columns] = np.where(moved > 0, value, 0).astype(np.uint8)
    return crop_grid(FlowGrid(blocks, wide.left, wide.top))


def _widened(grid: FlowGrid) -> tuple[int, int]:
    margin = p.FLOW_SIDE // 2 * p.FLOW_BLOCK
    return grid.left - margin, grid.top - margin


UNITS: Plane = np.exp(-2j * pi / p.FLOW_ORIENTATIONS * np.arange(p.FLOW_ORIENTATIONS)).astype(np.complex64)
_step, _level = np.divmod(np.arange(-1, p.FLOW_ORIENTATIONS * p.FLOW_CLARITIES), p.FLOW_CLARITIES)
READ_BLOCKS = np.stack([UNITS.real[_step], UNITS.imag[_step], (_level + 1) / p.FLOW_CLARITIES], 1).astype(np.float32)
