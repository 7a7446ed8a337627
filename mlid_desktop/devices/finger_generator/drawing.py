"""Pixels from the lattice of waves."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.devices.finger_generator.ridges import STEP, Waves

Plane = NDArray[np.float32]

CELL = 5  # pixels of a plane from node to node


def draw_ridges(waves: Waves) -> tuple[Plane, Plane]:
    """Two planes of (rows - 1) * CELL by (columns - 1) * CELL: cosine of the ridges' phase, negative on ridges, and how
    strong the waves are, 0 in a dislocation. Each pixel blends the waves of the four nodes around it."""
    rows, columns = waves.real.shape[0] - 1, waves.real.shape[1] - 1
    cosine = np.zeros((rows, CELL, columns, CELL), np.float32)
    sine = np.zeros_like(cosine)
    inner = (np.arange(CELL, dtype=np.float32) + np.float32(0.5)) / np.float32(CELL)
    first = waves.across[:rows, :columns], waves.down[:rows, :columns]
    for row in (0, 1):
        for column in (0, 1):
            weight = _ramp(inner if row else 1 - inner)[:, None, None] * _ramp(inner if column else 1 - inner)
            real, imaginary, across, down = (
                plane[row : row + rows, column : column + columns]
                for plane in (waves.real, waves.imaginary, waves.across, waves.down)
            )
            sign = np.where(first[0] * across + first[1] * down < 0, np.float32(-1), np.float32(1))
            right = ((inner - column) * np.float32(STEP))[None, None, None, :]
            below = ((inner - row) * np.float32(STEP))[None, :, None, None]
            phase = across[:, None, :, None] * right + down[:, None, :, None] * below
            near_cosine, near_sine = np.cos(phase), np.sin(phase)
            a, b = real[:, None, :, None], imaginary[:, None, :, None]
            cosine += weight * (a * near_cosine - b * near_sine)
            sine += weight * sign[:, None, :, None] * (a * near_sine + b * near_cosine)
    strength = np.sqrt(cosine * cosine + sine * sine)
    shape = (rows * CELL, columns * CELL)
    return (cosine / (strength + np.float32(0.03))).reshape(shape), strength.reshape(shape)


def _ramp(share: Plane) -> Plane:
    return np.asarray(share * share * (3 - 2 * share), np.float32)
