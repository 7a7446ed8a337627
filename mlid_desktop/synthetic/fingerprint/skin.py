"""Maps positions of the skin to pixels of the reader, and back."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import cos, pi, sin
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.synthetic.fingerprint.noise import Cloud, draw_cloud
from mlid_desktop.synthetic.fingerprint.touch import Sensor, TouchParameters

Points = NDArray[np.float64]
Coordinates = NDArray[np.floating[Any]]

MM_PER_INCH = 25.4
WANDER = 0.05  # millimetres of uneven stretch
WANDER_SIZE = 4.0
INVERSE_ROUNDS = 12  # the stretch is a small part of a place, so this converges far below a hundredth of a pixel
STEP = 0.05  # millimetres over which a direction is carried


@dataclass(frozen=True, slots=True)
class Placement:
    """A touch on a reader as a map between skin and sensor. The skin under the middle sticks and the skin around is
    dragged and twisted; between them lies an elastic ring (Cappelli, Maio and Maltoni 2001, "Modelling plastic
    distortion in fingerprint images")."""

    touch: TouchParameters
    sensor: Sensor
    middle: tuple[float, float]  # of the part that sticks, millimetres of skin
    axes: tuple[float, float]  # its half axes
    ring: float  # width of the elastic ring, as a share of the axes
    across: Cloud = field(repr=False)
    down: Cloud = field(repr=False)

    def to_skin(self, x: Coordinates, y: Coordinates) -> tuple[Coordinates, Coordinates]:
        """Positions of the skin, in millimetres, under pixels of the reader."""
        scale = MM_PER_INCH / self.sensor.dpi
        right = (x - (self.sensor.width - 1) / 2) * scale - self.touch.shift[0]
        below = (y - (self.sensor.height - 1) / 2) * scale - self.touch.shift[1]
        turned = _turn(np.asarray(right), np.asarray(below), self.touch.turn)
        return self._stretch(*turned)

    def to_sensor(self, skin: Points) -> Points:
        """Pixels of the reader (n, 2) on which positions of skin (n, 2) come to lie; they may be outside its window."""
        flat = skin.copy()
        for _ in range(INVERSE_ROUNDS):
            stretched = np.stack(self._stretch(flat[:, 0], flat[:, 1]), axis=1)
            flat = flat + (skin - stretched)
        x, y = _turn(flat[:, 0], flat[:, 1], -self.touch.turn)
        scale = self.sensor.dpi / MM_PER_INCH
        column = (x + self.touch.shift[0]) * scale + (self.sensor.width - 1) / 2
        row = (y + self.touch.shift[1]) * scale + (self.sensor.height - 1) / 2
        return np.stack([column, row], axis=1)

    def direction_on_sensor(self, skin: Points, direction: Points) -> Points:
        """Directions (n,) on the reader of directions at positions of skin (n, 2); counter-clockwise, in [0, 2 pi)."""
        step = STEP * np.stack([np.cos(direction), -np.sin(direction)], axis=1)
        run = self.to_sensor(skin + step) - self.to_sensor(skin - step)
        return np.asarray(np.mod(np.arctan2(-run[:, 1], run[:, 0]), 2 * pi))

    def _stretch(self, x: Coordinates, y: Coordinates) -> tuple[Coordinates, Coordinates]:
        from_x, from_y = x - self.middle[0], y - self.middle[1]
        outside = np.hypot(from_x / self.axes[0], from_y / self.axes[1]) - 1.0
        blend = 0.5 - 0.5 * np.cos(pi * np.clip(outside / self.ring, 0.0, 1.0))
        twisted_x, twisted_y = _turn(from_x, from_y, self.touch.twist)
        pulled_x = (twisted_x - from_x + self.touch.drag[0]) * blend + WANDER * self.across.at(x, y)
        pulled_y = (twisted_y - from_y + self.touch.drag[1]) * blend + WANDER * self.down.at(x, y)
        return x + pulled_x, y + pulled_y


def draw_placement(touch: TouchParameters, sensor: Sensor, source: np.random.Generator) -> Placement:
    """A random placement: where the skin sticks in this touch."""
    middle = (float(source.normal(0, 0.6)), float(source.normal(-0.5, 0.8)))
    axes = (float(source.uniform(2.2, 3.6)), float(source.uniform(3.0, 5.0)))
    ring = float(source.uniform(0.7, 1.4))
    return Placement(
        touch, sensor, middle, axes, ring, draw_cloud(source, WANDER_SIZE), draw_cloud(source, WANDER_SIZE)
    )


def _turn(x: Coordinates, y: Coordinates, angle: float) -> tuple[Coordinates, Coordinates]:
    return x * cos(angle) - y * sin(angle), x * sin(angle) + y * cos(angle)
