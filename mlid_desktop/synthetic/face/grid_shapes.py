"""Smooth shapes over a grid, of which heads, hair and clothes are modelled and painted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.floating[Any]]
Colour = tuple[float, float, float]


def ramp(values: Field, start: float | Field, end: float | Field) -> Field:
    """A smooth step: 0 before ``start``, 1 after ``end``, smooth between (``start`` may be the greater)."""
    share: Field = np.clip((values - start) / (end - start), 0.0, 1.0)
    return np.asarray(share * share * (3.0 - 2.0 * share), np.float32)


def bump(x: Field, y: Field, centre: tuple[float, float], size: tuple[float, float], turn: float = 0.0) -> Field:
    """A Gaussian hill of height 1; ``size`` are its standard deviations, ``turn`` its angle in radians."""
    dx, dy = x - centre[0], y - centre[1]
    if turn:
        cosine, sine = float(np.cos(turn)), float(np.sin(turn))
        dx, dy = cosine * dx + sine * dy, cosine * dy - sine * dx
    return np.asarray(np.exp(-0.5 * ((dx / size[0]) ** 2 + (dy / size[1]) ** 2)), np.float32)


def mirrored_bumps(
    x: Field, y: Field, centre: tuple[float, float], size: tuple[float, float], turn: float = 0.0
) -> Field:
    """The same Gaussian hill on both sides of the face; ``turn`` is that of the side with positive x."""
    return bump(np.abs(x), y, centre, size, turn)


def curve(knots: Sequence[tuple[float, float]], at: Field, smooth: float) -> Field:
    """A curve through the knots (rising abscissae), rounded over about ``smooth`` units, taken at ``at``."""
    abscissae, values = np.array(knots, np.float64).T
    fine = np.arange(abscissae[0] - 4 * smooth, abscissae[-1] + 4 * smooth, max(smooth, 1e-3) / 4)
    line = np.interp(fine, abscissae, values)
    rounded = cv2.GaussianBlur(line.reshape(1, -1), (0, 0), 4.0, borderType=cv2.BORDER_REPLICATE).ravel()
    return np.asarray(np.interp(at, fine, rounded), np.float32)


def noise(rng: np.random.Generator, shape: tuple[int, int], cells: tuple[float, float]) -> Field:
    """Smooth noise of mean 0 and standard deviation about 1; ``cells`` is the number of its hills down and across."""
    rows, columns = max(4, round(cells[0]) + 3), max(4, round(cells[1]) + 3)
    seeds = rng.standard_normal((rows, columns)).astype(np.float32)
    grown = cv2.resize(seeds, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC)
    return np.asarray(grown * 1.25, np.float32)


def blur(field: Field, sigma: float) -> Field:
    """Gaussian blur of ``sigma`` cells."""
    return np.asarray(cv2.GaussianBlur(field, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE), np.float32)


def smooth_maximum(first: Field, second: Field, round_by: float) -> Field:
    """The greater of two fields, with the crease between them rounded."""
    return np.asarray(0.5 * (first + second + np.sqrt((first - second) ** 2 + round_by * round_by)), np.float32)


def tint(colour: Colour, factors: Colour) -> Colour:
    """A colour with each of its channels multiplied."""
    return colour[0] * factors[0], colour[1] * factors[1], colour[2] * factors[2]


def paint(canvas: Field, colour: Colour | Field, cover: Field) -> None:
    """Lays a colour (blue, green, red, 0..255) over the canvas, as thick as ``cover`` 0..1 says."""
    canvas += cover[..., None] * (np.asarray(colour, np.float32) - canvas)


def normals_of(points: Field) -> Field:
    """Outward unit normals (rows, columns, 3) of a grid whose rows go down and whose columns go to the right."""
    across = _difference(points, 1)
    down = _difference(points, 0)
    normals = np.cross(down, across)
    lengths = np.sqrt(np.einsum("ijk,ijk->ij", normals, normals))
    return np.asarray(normals / np.maximum(lengths, 1e-6)[..., None], np.float32)


def _difference(points: Field, axis: int) -> Field:
    slope = np.empty_like(points)
    inner, before, after = (slice(1, -1), slice(None, -2), slice(2, None))
    if axis == 0:
        slope[inner] = points[after] - points[before]
        slope[0], slope[-1] = points[1] - points[0], points[-1] - points[-2]
    else:
        slope[:, inner] = points[:, after] - points[:, before]
        slope[:, 0], slope[:, -1] = points[:, 1] - points[:, 0], points[:, -1] - points[:, -2]
    return slope
