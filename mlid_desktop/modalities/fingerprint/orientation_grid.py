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
    """An orientation grid prepared for comparison: ``double`` (rows, columns) unit vectors of twice the ridge angle in
    the plane of x - iy, ``clarity`` the same shape, 0..1, and the ``centres`` (n,) of the seen blocks
    with their values."""

    double: Plane = field(repr=False)
    clarity: Field = field(repr=False)
    corner: complex
    centres: Plane = field(repr=False)
    seen_double: Plane = field(repr=False)
    seen_clarity: Field = field(repr=False)


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
    seen = grid.blocks > 0
    step, level = np.divmod(np.maximum(grid.blocks, 1).astype(np.int64) - 1, p.FLOW_CLARITIES)
    double = np.exp(-2j * pi / p.FLOW_ORIENTATIONS * step).astype(np.complex64)
    clarity = np.asarray(seen * (level + 1) / p.FLOW_CLARITIES, np.float32)
    corner = complex(grid.left + p.FLOW_BLOCK / 2, -(grid.top + p.FLOW_BLOCK / 2))
    rows, columns = np.nonzero(seen)
    centres = (corner + p.FLOW_BLOCK * (columns - 1j * rows)).astype(np.complex64)
    return FlowField(double, clarity, corner, centres, double[rows, columns], clarity[rows, columns])


def flow_agreement(first: FlowField, second: FlowField, turn: complex, shift: complex) -> float | None:
    """Agreement of the ridge orientation of two impressions where both were seen, -1..1 (mean cosine of twice the angle
    between them, weighted by clarity), with ``second`` laid on ``first`` by ``z -> turn * z + shift``. ``None`` where
    too little is shared."""
    _, cosine, weight = shared_flow(first, second, turn, shift)
    if len(weight) < p.FLOW_MIN_SHARED:
        return None
    return float((weight * cosine).sum() / weight.sum())


def shared_flow(first: FlowField, second: FlowField, turn: complex, shift: complex) -> tuple[Plane, Grid, Grid]:
    """The blocks of ``first`` that ``second`` has too, laid on it by ``z -> turn * z + shift``: their centres (k,), the
    cosine (k,) of twice the angle between the ridges of both, and the product (k,) of their clarities."""
    rows, columns, within = _block_indices(first.centres, second, turn, shift)
    if not len(within) or not second.clarity.size:
        return np.zeros(0, np.complex64), np.zeros(0, np.float32), np.zeros(0, np.float32)
    weight = first.seen_clarity * second.clarity[rows, columns] * within
    unlike = first.seen_double * np.conj(second.double[rows, columns] * np.complex64(turn * turn))
    shared = weight > 0
    return first.centres[shared], unlike.real[shared], weight[shared]


def _block_indices(
    centres: Plane, grid: FlowField, turn: complex, shift: complex
) -> tuple[NDArray[np.int64], NDArray[np.int64], Mask]:
    """Row and column of the block of ``grid`` under each position, and whether there is one."""
    back = (np.complex64(np.conj(turn)) * (centres - np.complex64(shift)) - np.complex64(grid.corner)) / p.FLOW_BLOCK
    rows, columns = np.rint(-back.imag).astype(np.int64), np.rint(back.real).astype(np.int64)
    height, width = grid.clarity.shape
    within = (rows >= 0) & (columns >= 0) & (rows < height) & (columns < width)
    return rows * within, columns * within, within


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
    corner = complex(wide.left + p.FLOW_BLOCK / 2, -(wide.top + p.FLOW_BLOCK / 2))
    centres = np.asarray(corner + p.FLOW_BLOCK * (columns - 1j * rows), np.complex64)
    from_rows, from_columns, within = _block_indices(centres, flow_field(other), turn, shift)
    moved = other.blocks[from_rows, from_columns] * within
    step, level = np.divmod(np.maximum(moved, 1).astype(np.int64) - 1, p.FLOW_CLARITIES)
    turned = step - round(float(np.angle(turn)) / pi * p.FLOW_ORIENTATIONS)
    value = turned % p.FLOW_ORIENTATIONS * p.FLOW_CLARITIES + level + 1
    blocks = wide.blocks.copy()
    blocks[rows, columns] = np.where(moved > 0, value, 0).astype(np.uint8)
    return crop_grid(FlowGrid(blocks, wide.left, wide.top))


def _widened(grid: FlowGrid) -> tuple[int, int]:
    margin = p.FLOW_SIDE // 2 * p.FLOW_BLOCK
    return grid.left - margin, grid.top - margin
