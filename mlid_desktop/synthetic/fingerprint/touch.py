"""How a finger is placed on a reader, and the kinds of readers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

POOR_EVERY = 6  # every sixth touch is a poor one, so that guidance has something to say


@dataclass(frozen=True, slots=True)
class Sensor:
    """A fingerprint reader: its window in pixels, its resolution, the grey of nothing on it, how dark a ridge gets, and
    its own noise in grey levels: of each pixel, and of each column for sensors that are read by columns."""

    width: int
    height: int
    dpi: float
    ground: float
    depth: float
    pixel_noise: float
    column_noise: float
    blur: float

    def at(self, dpi: float) -> Sensor:
        """The same sensor window at another resolution."""
        scale = dpi / self.dpi
        return replace(self, width=round(self.width * scale), height=round(self.height * scale), dpi=dpi)


class SensorKind(StrEnum):
    """The kinds of readers that an address may name."""

    OPTICAL = "optical"
    CAPACITIVE = "capacitive"
    LARGE = "large"


SENSORS = {
    SensorKind.OPTICAL: Sensor(388, 374, 500.0, 253.0, 240.0, 2.5, 0.0, 0.6),
    SensorKind.CAPACITIVE: Sensor(300, 300, 500.0, 226.0, 200.0, 6.0, 3.0, 0.6),
    SensorKind.LARGE: Sensor(640, 480, 500.0, 240.0, 220.0, 3.0, 0.0, 0.65),
}
OPTICAL = SENSORS[SensorKind.OPTICAL]


@dataclass(frozen=True, slots=True)
class TouchParameters:
    """One touch of a finger on a reader. ``turn`` in radians, counter-clockwise; ``shift`` of the finger in
    millimetres, right and down; ``pressure`` and ``moisture`` -1..1; ``drag`` in millimetres and ``twist`` in radians:
    how far the skin is pulled round the part that sticks; ``noise`` 0..1, how unevenly the skin touches."""

    turn: float
    shift: tuple[float, float]
    pressure: float
    moisture: float
    drag: tuple[float, float]
    twist: float
    noise: float


def choose_touch(seed: int, impression: int) -> TouchParameters:
    """A random plausible touch; every sixth a poor one: half off the window, light and uneven."""
    source = np.random.default_rng([seed, 1, impression])
    poor = impression % POOR_EVERY == POOR_EVERY - 1
    return TouchParameters(
        turn=float(source.normal(0.0, 0.14)),
        shift=(float(source.normal(0, 1.0)), float(source.normal(0.3, 1.6) + (6.0 if poor else 0.0))),
        pressure=float(np.clip(source.normal(-0.6 if poor else 0.0, 0.35), -1, 1)),
        moisture=float(np.clip(source.normal(0.0, 0.36), -1, 1)),
        drag=(float(source.normal(0, 0.32)), float(source.normal(0, 0.45))),
        twist=float(source.normal(0.0, 0.05)),
        noise=float(source.uniform(0.12, 0.52) + (0.3 if poor else 0.0)),
    )
