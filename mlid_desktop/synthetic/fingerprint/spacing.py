"""Adapts the distance of ridges where their course spreads or narrows, so that fewer of them must end.

Ridges that fan out move apart and those that are squeezed move together before one begins or ends. Without that the
course alone would decide most minutiae, below cores and beside deltas, and fingers of like courses would be alike.
"""

from __future__ import annotations

from math import pi

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float32]

REACH = 4.0  # millimetres along a ridge over which it gives way
EVENNESS = 0.1  # weight of agreeing with the ridges beside
MOST = 0.24  # natural logarithm: within a finger no period is a quarter more or less than its middle one
STEEPEST = 0.6  # a millimetre; nearer to a core or delta the spread has no bound
ROUNDS = 40


def adapt_period(direction: Plane, period: Plane, step: float) -> Plane:
    """The ridge period at each node of a lattice, adapted to the course of the ridges (``direction``), in the unit of
    ``period`` (what it would be otherwise) and of ``step``, the distance between nodes.

    Waves without dislocations have a wave number without curl: along a ridge its logarithm changes by what the course
    narrows. The least squares solution, kept near 0, by conjugate gradients.
    """
    along_x, along_y, narrowing = _course(direction, step)
    wanted = _gradient_back(along_x * narrowing, along_y * narrowing, step)
    solution = np.zeros_like(direction)
    rest, search = wanted, wanted
    size = float((rest * rest).sum())
    for _ in range(ROUNDS):
        if size <= 1e-9:
            break
        applied = _normal(search, along_x, along_y, step)
        length = np.float32(size / float((search * applied).sum()))
        solution, rest = solution + length * search, rest - length * applied
        residual = float((rest * rest).sum())
        search, size = rest + np.float32(residual / size) * search, residual
    middle = np.float32(np.exp(np.log(period).mean()))
    changed = np.log(period / middle) - solution
    return np.asarray(middle * np.exp(MOST * np.tanh(changed / MOST)), np.float32)


def _course(direction: Plane, step: float) -> tuple[Plane, Plane, Plane]:
    """The course of the ridges in each cell: the unit vector along its ridges, and how fast they narrow along it, a
    millimetre."""
    middle = np.arctan2(_mean(np.sin(2 * direction)), _mean(np.cos(2 * direction))) / 2
    across = _half_turn(np.diff(direction, axis=1)) / step
    down = _half_turn(np.diff(direction, axis=0)) / step
    turn_x, turn_y = (across[:-1] + across[1:]) / 2, (down[:, :-1] + down[:, 1:]) / 2
    along_x, along_y = np.cos(middle), np.sin(middle)
    narrowing = np.clip(along_y * turn_x - along_x * turn_y, -STEEPEST, STEEPEST)
    return along_x, along_y, np.asarray(narrowing, np.float32)


def _normal(values: Plane, along_x: Plane, along_y: Plane, step: float) -> Plane:
    across, down = _gradient(values, step)
    along = along_x * across + along_y * down
    even = np.float32(EVENNESS)
    back = _gradient_back(along_x * along + even * across, along_y * along + even * down, step)
    return np.asarray(back + values / np.float32(REACH**2), np.float32)


def _gradient(values: Plane, step: float) -> tuple[Plane, Plane]:
    """The gradient of each cell, from its four nodes."""
    falling, rising = values[1:, 1:] - values[:-1, :-1], values[:-1, 1:] - values[1:, :-1]
    half = np.float32(0.5 / step)
    return (falling + rising) * half, (falling - rising) * half


def _gradient_back(across: Plane, down: Plane, step: float) -> Plane:
    """The transpose of the linear map :func:`_gradient`."""
    nodes = np.zeros((across.shape[0] + 1, across.shape[1] + 1), np.float32)
    half = np.float32(0.5 / step)
    both, apart = (across + down) * half, (across - down) * half
    nodes[:-1, :-1] -= both
    nodes[1:, 1:] += both
    nodes[:-1, 1:] += apart
    nodes[1:, :-1] -= apart
    return nodes


def _mean(nodes: Plane) -> Plane:
    return np.asarray((nodes[:-1, :-1] + nodes[1:, :-1] + nodes[:-1, 1:] + nodes[1:, 1:]) / 4, np.float32)


def _half_turn(angle: Plane) -> Plane:
    return np.asarray(np.mod(angle + pi / 2, pi) - pi / 2, np.float32)
