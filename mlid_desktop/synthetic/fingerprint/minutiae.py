"""The true minutiae of a generated finger, known because the ridges were grown from them."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import pi

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.synthetic.fingerprint.patterns import HALF_HEIGHT, HALF_WIDTH
from mlid_desktop.synthetic.fingerprint.rendering import CELL, draw_cells
from mlid_desktop.synthetic.fingerprint.ridges import STEP, Waves, dislocations

ENDING, BIFURCATION = 1, 2
LOOK = 0.4  # of a period: how far from the point it is told whether a ridge or a furrow begins


@dataclass(frozen=True, slots=True, eq=False)
class TrueMinutiae:
    """The minutiae that a generated finger really has: ``position`` (n, 2) x and y, in millimetres of skin on a master
    and in pixels on an impression; ``direction`` (n,) radians in [0, 2 pi), counter-clockwise from x as in ISO/IEC
    19794-2: along the ridge that ends, or between the two that a bifurcation becomes; ``kind`` (n,) 1 ending, 2
    bifurcation."""

    position: NDArray[np.float64] = field(repr=False)
    direction: NDArray[np.float64] = field(repr=False)
    kind: NDArray[np.uint8] = field(repr=False)

    def __len__(self) -> int:
        return len(self.position)

    def select(self, which: NDArray[np.bool_]) -> TrueMinutiae:
        """The minutiae that the mask names."""
        return TrueMinutiae(self.position[which], self.direction[which], self.kind[which])


def find_dislocations(waves: Waves) -> TrueMinutiae:
    """Finds minutiae as dislocations, about which the phase turns once, in millimetres of skin. They lie where the
    waves cancel; on the side towards which they become more stands a ridge more (an ending) or a furrow more (a
    bifurcation)."""
    turns = dislocations(waves)
    row, column = np.nonzero(turns)
    across, down = waves.across[row, column].astype(np.float64), waves.down[row, column].astype(np.float64)
    number = np.hypot(across, down)
    toward = (turns[row, column] / number)[:, None] * np.stack([down, -across], axis=1)
    weakest = np.abs(draw_cells(waves, row, column)).reshape(len(row), -1).argmin(axis=1)
    within = np.stack([weakest % CELL, weakest // CELL], axis=1)
    position = (np.stack([column, row], axis=1) + (within + 0.5) / CELL) * STEP
    kind = np.where(_wave_at(waves, position + toward * (LOOK * 2 * pi / number)[:, None]) < 0, ENDING, BIFURCATION)
    direction = np.mod(np.arctan2(-toward[:, 1], toward[:, 0]), 2 * pi)
    return TrueMinutiae(position - [HALF_WIDTH, HALF_HEIGHT], direction, kind.astype(np.uint8))


def _wave_at(waves: Waves, position: NDArray[np.float64]) -> NDArray[np.float64]:
    """The ridges' profile at positions (n, 2) in millimetres from the first node, by the nearest node's wave."""
    rows, columns = waves.real.shape
    node = np.clip(np.rint(position / STEP).astype(int), 0, [columns - 1, rows - 1])
    at = node[:, 1], node[:, 0]
    beyond = position - node * STEP
    phase = waves.across[at] * beyond[:, 0] + waves.down[at] * beyond[:, 1]
    return np.asarray(waves.real[at] * np.cos(phase) - waves.imaginary[at] * np.sin(phase))
