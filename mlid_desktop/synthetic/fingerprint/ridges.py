"""Grows ridges on a lattice of local waves.

Each node of the lattice holds a plane wave of its place's direction and period, that is a complex number: how strong
the ridges are there, and where between ridge and furrow the node lies. In each round a node takes up what its
neighbours' waves, carried over to it, say together. That is the repeated Gabor filtering by which SFinGe grows ridges
(Cappelli 2004, handbook of fingerprint recognition, chapter 6), done on amplitude and phase rather than on pixels, with
a fiftieth of the work. Where phases cannot agree a dislocation stays, round which the phase turns once: a minutia
(Larkin and Fletcher 2007, "A coherent framework for fingerprint analysis"). Dislocations annihilate in pairs from round
to round; growth ends when as many are left as the finger should have.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from math import pi

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.synthetic.fingerprint.patterns import HALF_HEIGHT, HALF_WIDTH, RidgeCourse
from mlid_desktop.synthetic.fingerprint.spacing import adapt_period

Plane = NDArray[np.float32]
Whole = NDArray[np.int8]

STEP = 0.18  # millimetres between nodes; a period has at least two
REACH = 2  # nodes either way that a round looks
ALONG, ACROSS = 0.62, 0.50  # standard deviations of a wave's envelope in periods
SOFTNESS = np.float32(0.3)  # of the saturation that keeps waves of about unit strength
MAX_ROUNDS = 48
CHECK_EVERY = 4
ROUND_A_CELL = ((0, 0), (0, 1), (1, 1), (1, 0), (0, 0))


@dataclass(frozen=True, slots=True, eq=False)
class Waves:
    """A lattice of waves: ``real`` and ``imaginary`` (rows, columns) part of each node's wave; ``across`` and ``down``
    its wave number in radians a millimetre, known up to a common sign."""

    real: Plane = field(repr=False)
    imaginary: Plane = field(repr=False)
    across: Plane = field(repr=False)
    down: Plane = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class _Link:
    """The contribution of the neighbour at (``row``, ``column``) nodes away: cosine and sine of the wave between,
    weighted, for its real part and, with the sign by which its wave runs, for its imaginary one."""

    row: int
    column: int
    cosine: Plane
    sine: Plane
    signed_cosine: Plane
    signed_sine: Plane


def lattice() -> tuple[Plane, Plane]:
    """The positions of the lattice's nodes: x and y in millimetres."""
    columns = np.arange(-HALF_WIDTH, HALF_WIDTH + STEP / 2, STEP, dtype=np.float32)
    rows = np.arange(-HALF_HEIGHT, HALF_HEIGHT + STEP / 2, STEP, dtype=np.float32)
    x, y = np.meshgrid(columns, rows)
    return x, y


def grow_ridges(flow: RidgeCourse, inside: NDArray[np.bool_], wanted: int, source: np.random.Generator) -> Waves:
    """Grows waves with about ``wanted`` dislocations where ``inside`` (rows - 1, columns - 1 of cells) holds, or with
    those that the course itself requires when they are more."""
    x, y = lattice()
    direction = flow.direction(x, y)
    number = 2 * pi / adapt_period(direction, flow.period_at(x, y), STEP)
    across = np.asarray(-np.sin(direction) * number, np.float32)
    down = np.asarray(np.cos(direction) * number, np.float32)
    links = _links(across, down)
    phase = source.uniform(0, 2 * pi, x.shape).astype(np.float32)
    real, imaginary = np.cos(phase), np.sin(phase)
    for round_ in range(MAX_ROUNDS):
        real, imaginary = _exchange(real, imaginary, links)
        settled = round_ % CHECK_EVERY == CHECK_EVERY - 1
        waves = Waves(real, imaginary, across, down)
        if settled and int(np.count_nonzero(dislocations(waves)[inside])) <= wanted:
            break
    return Waves(real, imaginary, across, down)


def dislocations(waves: Waves) -> Whole:
    """Turns of the phase about each cell, (rows - 1, columns - 1), beyond those that the course requires: 0, 1 or -1 as
    seen along the upper left node's wave. Cells that hold a core or a delta have no answer and give 0."""
    phase = np.arctan2(waves.imaginary, waves.real)
    rows, columns = phase.shape[0] - 1, phase.shape[1] - 1
    sign = np.ones((rows, columns), np.float32)
    total = np.zeros((rows, columns), np.float32)
    for corner, next_corner in itertools.pairwise(ROUND_A_CELL):
        from_x, from_y, from_phase = (_corner(plane, corner) for plane in (waves.across, waves.down, phase))
        to_x, to_y, to_phase = (_corner(plane, next_corner) for plane in (waves.across, waves.down, phase))
        ahead = sign * _common_sign(from_x * to_x + from_y * to_y)
        right, below = (next_corner[1] - corner[1]) * STEP / 2, (next_corner[0] - corner[0]) * STEP / 2
        carried = (sign * from_x + ahead * to_x) * right + (sign * from_y + ahead * to_y) * below
        change = ahead * to_phase - sign * from_phase - carried
        total += change - 2 * pi * np.rint(change / (2 * pi)) + carried
        sign = ahead
    return np.asarray(np.where(sign > 0, np.rint(total / (2 * pi)), 0), np.int8)


def _corner(plane: Plane, corner: tuple[int, int]) -> Plane:
    """The values of one corner's node for all cells."""
    rows, columns = plane.shape[0] - 1, plane.shape[1] - 1
    return plane[corner[0] : corner[0] + rows, corner[1] : corner[1] + columns]


def _common_sign(product: Plane) -> Plane:
    return np.where(product < 0, np.float32(-1), np.float32(1))


def _links(across: Plane, down: Plane) -> list[_Link]:
    rows, columns = across.shape
    links = []
    padded_across, padded_down = np.pad(across, REACH, mode="edge"), np.pad(down, REACH, mode="edge")
    number = np.hypot(across, down)
    period = 2 * pi / number
    for row in range(-REACH, REACH + 1):
        for column in range(-REACH, REACH + 1):
            if row == 0 and column == 0:
                continue
            bx = padded_across[REACH + row : REACH + row + rows, REACH + column : REACH + column + columns]
            by = padded_down[REACH + row : REACH + row + rows, REACH + column : REACH + column + columns]
            sign = _common_sign(across * bx + down * by)
            right, below = np.float32(column * STEP), np.float32(row * STEP)
            carried = 0.5 * ((across + sign * bx) * right + (down + sign * by) * below)
            over = (across * right + down * below) / number
            along = (-down * right + across * below) / number
            weight = np.exp(-0.5 * ((over / (ACROSS * period)) ** 2 + (along / (ALONG * period)) ** 2))
            cosine, sine = weight * np.cos(carried), weight * np.sin(carried)
            links.append(_Link(row, column, cosine, sine, sign * cosine, sign * sine))
    return links


def _exchange(real: Plane, imaginary: Plane, links: list[_Link]) -> tuple[Plane, Plane]:
    """One round of growing: own wave plus those of the neighbours carried over, brought back to about unit strength."""
    rows, columns = real.shape
    padded_real, padded_imaginary = np.pad(real, REACH), np.pad(imaginary, REACH)
    new_real, new_imaginary = real.copy(), imaginary.copy()
    for link in links:
        top, left = REACH + link.row, REACH + link.column
        a = padded_real[top : top + rows, left : left + columns]
        b = padded_imaginary[top : top + rows, left : left + columns]
        new_real += link.cosine * a + link.signed_sine * b
        new_imaginary += link.signed_cosine * b - link.sine * a
    strength = np.sqrt(new_real * new_real + new_imaginary * new_imaginary + SOFTNESS)
    return np.asarray(new_real / strength, np.float32), np.asarray(new_imaginary / strength, np.float32)
