"""Smooth noise over the skin, defined at any position."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import pi
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float32]
Coordinates = NDArray[np.floating[Any]]

WAVES = 12


@dataclass(frozen=True, slots=True, eq=False)
class Cloud:
    """Smooth noise as a sum of waves: mean 0, standard deviation 1. ``waves`` (n, 3): x and y part in radians a
    millimetre, phase."""

    waves: NDArray[np.float64] = field(repr=False)

    def at(self, x: Coordinates, y: Coordinates) -> Plane:
        """The noise at positions in millimetres."""
        total = np.zeros(np.broadcast(x, y).shape, np.float32)
        for across, down, phase in self.waves.astype(np.float32):
            total += np.cos(across * x + down * y + phase)
        return np.asarray(total * np.float32((2.0 / len(self.waves)) ** 0.5), np.float32)


def draw_cloud(source: np.random.Generator, size: float) -> Cloud:
    """A random smooth noise whose blobs are about ``size`` millimetres."""
    angle = source.uniform(0, 2 * pi, WAVES)
    number = source.uniform(0.4, 1.2, WAVES) * pi / size
    phase = source.uniform(0, 2 * pi, WAVES)
    return Cloud(np.stack([number * np.cos(angle), number * np.sin(angle), phase], axis=1))


def cloud_image(shape: tuple[int, int], size: float, source: np.random.Generator) -> Plane:
    """An image (rows, columns) of smooth noise with blobs of ``size`` pixels: mean 0, standard deviation about 0.7."""
    small = (max(3, int(shape[0] / size) + 3), max(3, int(shape[1] / size) + 3))
    rough = source.standard_normal(small, dtype=np.float32)
    grown = cv2.resize(rough, None, fx=size, fy=size, interpolation=cv2.INTER_CUBIC)
    return np.asarray(grown[: shape[0], : shape[1]], np.float32)
