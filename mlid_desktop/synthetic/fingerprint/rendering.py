"""Draws ridges in pixels from the lattice of waves."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.synthetic.fingerprint.ridges import STEP, Waves

Plane = NDArray[np.float32]
Field = NDArray[np.complex64]
Index = NDArray[np.intp]

CELL = 5  # pixels of a plane from node to node
SHARPEST = np.float32(0.03)  # strength below which a dislocation is a grey point


def draw_ridges(waves: Waves) -> Plane:
    """Draws the ridges, (rows - 1) * CELL by (columns - 1) * CELL: cosine of their phase, negative on ridges."""
    rows, columns = waves.real.shape[0] - 1, waves.real.shape[1] - 1
    row, column = np.divmod(np.arange(rows * columns), columns)
    drawn = draw_cells(waves, row, column)
    ridges = drawn.real / (np.abs(drawn) + SHARPEST)
    tiles = ridges.reshape(rows, columns, CELL, CELL).transpose(0, 2, 1, 3)
    return np.ascontiguousarray(tiles.reshape(rows * CELL, columns * CELL))


def draw_cells(waves: Waves, row: Index, column: Index) -> Field:
    """Draws n cells (n, CELL, CELL): the wave at their pixels, each given by its upper left node and drawn along that
    node's direction. A pixel blends the waves of the cell's four nodes; they cancel in a dislocation."""
    inner = (np.arange(CELL, dtype=np.float32) + np.float32(0.5)) / np.float32(CELL)
    first = waves.across[row, column], waves.down[row, column]
    drawn = np.zeros((len(row), CELL, CELL), np.complex64)
    for lower in (0, 1):
        for right in (0, 1):
            node = row + lower, column + right
            across, down = waves.across[node], waves.down[node]
            sign = np.where(first[0] * across + first[1] * down < 0, np.float32(-1), np.float32(1))
            wave = waves.real[node] + np.complex64(1j) * sign * waves.imaginary[node]
            over_x = _turned(sign * across, (inner - right) * np.float32(STEP)) * _ramp(inner if right else 1 - inner)
            over_y = _turned(sign * down, (inner - lower) * np.float32(STEP)) * _ramp(inner if lower else 1 - inner)
            drawn += (wave[:, None] * over_y)[:, :, None] * over_x[:, None, :]
    return drawn


def _turned(number: Plane, distance: Plane) -> Field:
    """The phase (n, CELL) that waves of these wave numbers turn over these distances."""
    phase = number[:, None] * distance
    return np.asarray(np.cos(phase) + np.complex64(1j) * np.sin(phase), np.complex64)


def _ramp(share: Plane) -> Plane:
    return np.asarray(share * share * (3 - 2 * share), np.float32)
