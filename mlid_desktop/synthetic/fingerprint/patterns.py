"""Generates the direction of a finger's ridges and the distance between them.

Positions are millimetres of skin: x to the right and y down as the image is seen, (0, 0) the middle of the finger pad.
Directions here turn clockwise from x, as y grows downwards.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from math import cos, pi, sin

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.synthetic.fingerprint.noise import Cloud, draw_cloud

Plane = NDArray[np.float32]
Point = tuple[float, float]

# People's fingers in this order of `Pattern` (Wilson, Candela and Watson 1994, "Neural network fingerprint
# classification", from the FBI's files).
CLASS_SHARES = (0.037, 0.029, 0.338, 0.317, 0.279)
DOUBLE_LOOP_SHARE = 0.25  # of whorls: two loops beside one another rather than a spiral or rings

LOOP_SIDE, WHORL_SIDE, DELTA_BELOW = (3.0, 6.8), (4.0, 7.6), (4.5, 9.0)  # millimetres from core to delta

HALF_WIDTH, HALF_HEIGHT = 7.56, 12.6  # millimetres of skin that are modelled either way of the middle

# Ridge periods in millimetres: means of men, women and children of school age, and their spread (Kralik and Novotny
# 2003, epidermal ridge breadth; Maltoni et al., handbook of fingerprint recognition, 3.2: 9 pixels at 500 dpi).
PERIODS = ((0.49, 0.030, 0.48), (0.45, 0.028, 0.42), (0.39, 0.030, 0.10))
PERIOD_RISE = 0.13  # share by which ridges near the crease are wider than those of the pad
PERIOD_WANDER = 0.08

HARMONICS = 3  # of each singular point's correction
HARMONIC_SPREAD = 0.08
CORE_STAPLE = (1.0, 0.15)  # mean and spread: 0 turns evenly round a core, 1 all above it and none below
DELTA_STAPLE = (0.2, 0.15)
WHORL_STAPLE = (0.35, 0.15)
TURN_WANDER = ((7.0, 0.10), (1.6, 0.09))  # size in millimetres, radians


class Pattern(StrEnum):
    """The five pattern classes of Henry's system as the literature counts them."""

    ARCH = "arch"
    TENTED_ARCH = "tented arch"
    LEFT_LOOP = "left loop"
    RIGHT_LOOP = "right loop"
    WHORL = "whorl"


@dataclass(frozen=True, slots=True)
class Singular:
    """A singular point: a core (``turns`` +0.5) or a delta (-0.5). ``axis`` is the side, counter-clockwise from x, on
    which most of the turning happens, ``staple`` how much more; ``correction`` what is this finger's own."""

    x: float
    y: float
    turns: float
    axis: float
    staple: float
    correction: tuple[tuple[float, float], ...] = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class RidgeCourse:
    """The course of a finger's ridges: a zero-pole field where there are cores, a bow where there are none, and an
    individual part."""

    pattern: Pattern
    singular: tuple[Singular, ...]
    bow: tuple[float, float, float, float]  # height, middle x, middle y, width: used by arches alone
    wander: tuple[Cloud, ...] = field(repr=False)
    period: float
    spread: Cloud = field(repr=False)

    def direction(self, x: Plane, y: Plane) -> Plane:
        """Direction of the ridges in radians, clockwise from x; right up to a half turn."""
        turned = _bow(x, y, self.bow) if self.pattern is Pattern.ARCH else _zero_pole(x, y, self.singular)
        for cloud, (_, radians) in zip(self.wander, TURN_WANDER, strict=True):
            turned = turned + np.float32(radians) * cloud.at(x, y)
        return turned

    def period_at(self, x: Plane, y: Plane) -> Plane:
        """Distance from ridge to ridge, millimetres."""
        rise = PERIOD_RISE / (1.0 + np.exp(-(y - 4.5) / 1.8))
        return np.asarray(self.period * (1.0 + rise + PERIOD_WANDER * self.spread.at(x, y)), np.float32)

    @property
    def cores(self) -> tuple[Point, ...]:
        """Positions of the cores, the upper first."""
        return tuple((point.x, point.y) for point in self.singular if point.turns > 0)

    @property
    def deltas(self) -> tuple[Point, ...]:
        """Positions of the deltas, the left first."""
        return tuple((point.x, point.y) for point in self.singular if point.turns < 0)


def draw_flow(pattern: Pattern, source: np.random.Generator) -> RidgeCourse:
    """Draws the course of a finger's ridges at random."""
    middle, core = float(source.uniform(-1.2, 1.2)), float(source.normal(-2.4, 0.9))
    cores, deltas = _singular_points(pattern, middle, core, source)
    singular = _draw_singular(pattern, cores, deltas, source)
    bow = (
        float(source.uniform(0.45, 0.85)),
        middle,
        float(source.uniform(0.0, 2.5)),
        float(source.uniform(4.5, 6.5)),
    )
    wander = tuple(draw_cloud(source, size) for size, _ in TURN_WANDER)
    return RidgeCourse(pattern, singular, bow, wander, _draw_period(source), draw_cloud(source, 4.0))


def _singular_points(
    pattern: Pattern, middle: float, core: float, source: np.random.Generator
) -> tuple[list[Point], list[Point]]:
    """The cores and deltas of a pattern. A left loop opens to the left of the image, its delta lies on the right."""
    if pattern is Pattern.ARCH:
        return [], []
    if pattern is Pattern.TENTED_ARCH:
        return [(middle, core)], [(middle + float(source.uniform(-0.6, 0.6)), core + float(source.uniform(3.0, 6.5)))]
    if pattern is Pattern.LEFT_LOOP:
        return [(middle, core)], [_draw_delta(middle, core, 1.0, LOOP_SIDE, source)]
    if pattern is Pattern.RIGHT_LOOP:
        return [(middle, core)], [_draw_delta(middle, core, -1.0, LOOP_SIDE, source)]
    double = source.random() < DOUBLE_LOOP_SHARE
    apart = float(source.uniform(3.0, 4.6) if double else source.uniform(0.5, 3.0))
    lean = float(source.normal(0.0, 0.5 if double else 0.35))
    second_core = (middle + apart * sin(lean), core + apart * cos(lean))
    deltas = [_draw_delta(middle, core, side, WHORL_SIDE, source) for side in (-1.0, 1.0)]
    return [(middle, core), second_core], deltas


def _draw_delta(
    middle: float, core: float, side: float, reach: tuple[float, float], source: np.random.Generator
) -> Point:
    """A random delta to the right of the core for ``side`` 1, to the left for -1, and below it."""
    return middle + side * float(source.uniform(*reach)), core + float(source.uniform(*DELTA_BELOW))


def _draw_singular(
    pattern: Pattern, cores: list[Point], deltas: list[Point], source: np.random.Generator
) -> tuple[Singular, ...]:
    """A random singular point; loops are shaped as staples: bent round above the core, side by side below it, leaning
    towards where they open."""
    lean = {Pattern.LEFT_LOOP: -1.0, Pattern.RIGHT_LOOP: 1.0}.get(pattern, 0.0) * float(source.uniform(-0.2, 0.25))
    made = []
    for number, position in enumerate(cores):
        mean, spread = WHORL_STAPLE if len(cores) > 1 else CORE_STAPLE
        up = pi / 2 + lean if number == 0 else -pi / 2
        made.append(Singular(*position, 0.5, up, float(source.normal(mean, spread)), _draw_correction(source)))
    for position in deltas:
        staple = float(source.normal(*DELTA_STAPLE)) if len(cores) == 1 else 0.0
        made.append(Singular(*position, -0.5, pi / 2, staple, _draw_correction(source)))
    return tuple(made)


def _draw_correction(source: np.random.Generator) -> tuple[tuple[float, float], ...]:
    return tuple(
        (float(source.normal(0.0, HARMONIC_SPREAD / order)), float(source.normal(0.0, HARMONIC_SPREAD / order)))
        for order in range(1, HARMONICS + 1)
    )


def _draw_period(source: np.random.Generator) -> float:
    shares = np.array([share for _, _, share in PERIODS])
    mean, spread, _ = PERIODS[int(source.choice(len(PERIODS), p=shares / shares.sum()))]
    return float(np.clip(source.normal(mean, spread), 0.33, 0.56))


def _zero_pole(x: Plane, y: Plane, singular: tuple[Singular, ...]) -> Plane:
    """The zero-pole direction field: half the sum of the angles to cores less those to deltas (Sherlock and Monro
    1993). Each angle passes through a periodic correction of its own, which bends loops and deltas into people's shapes
    (Vizcaya and Gerhardt 1996 correct it piecewise linearly; a few harmonics leave no kinks)."""
    turned = np.zeros(np.broadcast(x, y).shape, np.float64)
    for point in singular:
        angle = np.arctan2(point.y - y, x - point.x)
        corrected = angle + point.staple * (np.sin(angle - point.axis) - np.sin(pi / 2 - point.axis))
        for order, (sine, cosine) in enumerate(point.correction, start=1):
            corrected += sine * np.sin(order * angle) + cosine * (np.cos(order * angle) - np.cos(order * pi / 2))
        turned += point.turns * corrected
    return np.asarray(-turned, np.float32)


def _bow(x: Plane, y: Plane, bow: tuple[float, float, float, float]) -> Plane:
    """The direction of ridges that rise in the middle and fall again: level near the crease, bent more towards the
    tip."""
    height, middle_x, middle_y, width = bow
    rise = height * np.exp(-(((y - middle_y) / 4.0) ** 2)) + 0.75 / (1.0 + np.exp((y + 3.0) / 1.5))
    return np.asarray(np.arctan(rise * np.sin(np.clip((x - middle_x) * pi / (2 * width), -pi, pi))), np.float32)
