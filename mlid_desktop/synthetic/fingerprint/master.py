"""Makes master fingers: the ridges, minutiae, pores and creases of a whole finger. Everything follows from a seed."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from math import pi

import cv2
import numpy as np
from numpy.typing import NDArray

from mlid_desktop.synthetic.fingerprint.minutiae import TrueMinutiae, find_dislocations
from mlid_desktop.synthetic.fingerprint.patterns import (
    CLASS_SHARES,
    HALF_HEIGHT,
    HALF_WIDTH,
    Pattern,
    RidgeCourse,
    draw_flow,
)
from mlid_desktop.synthetic.fingerprint.rendering import CELL, draw_ridges
from mlid_desktop.synthetic.fingerprint.ridges import STEP, Waves, grow_ridges, lattice

Plane = NDArray[np.float32]

PIXEL = STEP / CELL  # millimetres of skin a pixel of the planes
HEIGHT, WIDTH = (int(2 * half / STEP + 0.5) * CELL for half in (HALF_HEIGHT, HALF_WIDTH))

STREAM = 1  # another one gives other fingers to all seeds

# Minutiae a square millimetre of a whole finger: mean, spread and bounds. An extractor finds about four fifths of them
# and some false ones: 0.18, as on FVC2002 DB1_B.
DENSITY, DENSITY_SPREAD, DENSITY_LEAST, DENSITY_MOST = 0.225, 0.045, 0.13, 0.33
PAD = (6.0, 9.0)  # half axes of the ellipse, in millimetres, over which that is counted

PORE_GAP = 0.45  # millimetres along a ridge from pore to pore (Roddy and Stosz 1997: 9 to 18 a centimetre of ridge)
PORE_RADIUS = 0.05
CREASE_CHANCES = (0.55, 0.2, 0.15, 0.1)  # of no, one, two or three white lines across the finger


@dataclass(frozen=True, slots=True, eq=False)
class MasterFinger:
    """A synthetic finger: ``ridges`` (HEIGHT, WIDTH) float32 in -1..1, dark ridges negative; ``gaps`` of the same
    shape, uint8, where pores and creases keep a ridge from touching; pixels of PIXEL millimetres, the middle of the pad
    in the middle."""

    seed: int
    flow: RidgeCourse = field(repr=False)
    minutiae: TrueMinutiae = field(repr=False)
    ridges: Plane = field(repr=False)
    gaps: NDArray[np.uint8] = field(repr=False)

    @property
    def pattern(self) -> Pattern:
        """The pattern class of the finger."""
        return self.flow.pattern


def make_master(seed: int, pattern: Pattern | None = None) -> MasterFinger:
    """Makes the finger of a seed, of a random pattern class or of the one given."""
    source = np.random.default_rng([seed, 0, STREAM])
    flow, waves = _grow_finger(pattern, source)
    ridges = draw_ridges(waves)
    return MasterFinger(seed, flow, find_dislocations(waves), ridges, _draw_gaps(ridges, source))


def generate_minutiae(seed: int) -> TrueMinutiae:
    """The minutiae of a seed's finger, in millimetres of skin, without drawing it: for sets of many fingers."""
    _, waves = _grow_finger(None, np.random.default_rng([seed, 0, STREAM]))
    return find_dislocations(waves)


def _grow_finger(pattern: Pattern | None, source: np.random.Generator) -> tuple[RidgeCourse, Waves]:
    drawn = list(Pattern)[int(source.choice(5, p=CLASS_SHARES))]
    flow = draw_flow(pattern or drawn, source)
    x, y = lattice()
    pad = ((x / PAD[0]) ** 2 + (y / PAD[1]) ** 2 < 1.0)[:-1, :-1]
    density = float(np.clip(source.normal(DENSITY, DENSITY_SPREAD), DENSITY_LEAST, DENSITY_MOST))
    return flow, grow_ridges(flow, pad, round(density * pi * PAD[0] * PAD[1]), source)


class Masters:
    """A cache of the most recent master fingers, so that another impression needs no growing; at most ``most`` of them,
    of 1.5 MB each."""

    def __init__(self, most: int = 16) -> None:
        self._most = most
        self._kept: OrderedDict[int, MasterFinger] = OrderedDict()

    def get(self, seed: int) -> MasterFinger:
        """The finger of a seed."""
        master = self._kept.pop(seed, None) or make_master(seed)
        self._kept[seed] = master
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)
        return master


def _draw_gaps(ridges: Plane, source: np.random.Generator) -> NDArray[np.uint8]:
    """Draws pores on the ridges' middles, and white lines."""
    gaps = np.zeros(ridges.shape, np.float32)
    pixels = source.integers(0, [HEIGHT, WIDTH], (int(HEIGHT * WIDTH * PIXEL**2 / PORE_GAP / 0.12), 2))
    on_ridge = pixels[ridges[pixels[:, 0], pixels[:, 1]] < -0.85]
    gaps[on_ridge[:, 0], on_ridge[:, 1]] = 2 * pi * (PORE_RADIUS / PIXEL) ** 2
    gaps = np.asarray(cv2.GaussianBlur(gaps, (0, 0), PORE_RADIUS / PIXEL), np.float32)
    lines = np.zeros(ridges.shape, np.uint8)
    for _ in range(int(source.choice(4, p=CREASE_CHANCES))):
        cv2.polylines(lines, [_draw_crease(source)], False, 255, int(source.integers(2, 6)), cv2.LINE_AA)
    soft = cv2.GaussianBlur(lines, (0, 0), 1.2).astype(np.float32)
    return np.asarray(np.clip(110.0 * gaps, 0, 110) + np.clip(soft, 0, 140), np.uint8)


def _draw_crease(source: np.random.Generator) -> NDArray[np.int32]:
    """A random crease: six points of a slightly bent line over part of the finger."""
    middle = source.uniform([-4.5, -5.0], [4.5, 8.0])
    angle, half = float(source.uniform(0, pi)), float(source.uniform(1.0, 3.5))
    along = np.linspace(-half, half, 6)
    bent = float(source.normal(0.0, 0.04)) * along**2 + source.normal(0.0, 0.05, 6)
    x = middle[0] + along * np.cos(angle) - bent * np.sin(angle)
    y = middle[1] + along * np.sin(angle) + bent * np.cos(angle)
    return np.asarray(np.stack([(x + HALF_WIDTH) / PIXEL, (y + HALF_HEIGHT) / PIXEL], axis=1), np.int32)
