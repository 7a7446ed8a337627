"""What is true of a finger's minutiae, known because the ridges were grown from them."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import pi

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.devices.finger_generator.drawing import CELL
from mlid_desktop.devices.finger_generator.patterns import HALF_HEIGHT, HALF_WIDTH
from mlid_desktop.devices.finger_generator.ridges import STEP, Waves, dislocations

Plane = NDArray[np.float32]

ENDING, BIFURCATION = 1, 2
LOOK = 0.4  # of a period: how far from the point it is told whether a ridge or a furrow begins


@dataclass(frozen=True, slots=True, eq=False)
class TrueMinutiae:
    """``place`` (n, 2): x and y, in millimetres of skin on a master and in pixels on an impression; ``direction`` (n,)
    radians in [0, 2 pi), counter-clockwise from x as in ISO/IEC 19794-2: along the ridge that ends, or between the two
    that a bifurcation becomes; ``kind`` (n,) 1 ending, 2 bifurcation."""

    place: NDArray[np.float64] = field(repr=False)
    direction: NDArray[np.float64] = field(repr=False)
    kind: NDArray[np.uint8] = field(repr=False)

    def __len__(self) -> int:
        return len(self.place)

    def chosen(self, which: NDArray[np.bool_]) -> TrueMinutiae:
        """Those that the mask names."""
        return TrueMinutiae(self.place[which], self.direction[which], self.kind[which])


def find_dislocations(waves: Waves, ridges: Plane, strength: Plane) -> TrueMinutiae:
    """Where the phase turns once about a point. It lies where the waves cancel; on the side towards which they become
    more stands a ridge more (an ending) or a furrow more (a bifurcation)."""
    turns = dislocations(waves)
    cells = np.argwhere(turns)
    across, down = waves.across[cells[:, 0], cells[:, 1]], waves.down[cells[:, 0], cells[:, 1]]
    number = np.hypot(across, down).astype(np.float64)
    sense = turns[cells[:, 0], cells[:, 1]] / number
    toward = np.stack([sense * down, -sense * across], axis=1)
    middle = np.array([_weakest(strength, row, column) for row, column in cells], np.float64).reshape(-1, 2)
    ahead = np.rint(middle + toward * (LOOK * 2 * pi / number * CELL / STEP)[:, None]).astype(int)
    ahead = np.clip(ahead, 0, [ridges.shape[1] - 1, ridges.shape[0] - 1])
    kind = np.where(ridges[ahead[:, 1], ahead[:, 0]] < 0, ENDING, BIFURCATION)
    place = (middle + 0.5) * (STEP / CELL) - [HALF_WIDTH, HALF_HEIGHT]
    direction = np.mod(np.arctan2(-toward[:, 1], toward[:, 0]), 2 * pi)
    return TrueMinutiae(place, direction, kind.astype(np.uint8))


def _weakest(strength: Plane, row: int, column: int) -> tuple[int, int]:
    """Column and row of the least strength in a cell and half a cell around it."""
    top, left = max(0, row * CELL - CELL // 2), max(0, column * CELL - CELL // 2)
    part = strength[top : (row + 1) * CELL + CELL // 2, left : (column + 1) * CELL + CELL // 2]
    place = int(np.argmin(part))
    return left + place % part.shape[1], top + place // part.shape[1]
