"""Smooth shapes over a grid, of which heads, hair and clothes are modelled and painted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.floating[Any]]
Colour = tuple[float, float, float]
Extent = tuple[slice, slice]
UNSEEN = 1e-8  # a cover below this changes no 32-bit float that it is multiplied into


def ramp(values: Field, start: float | Field, end: float | Field) -> Field:
    """A smooth step: 0 before ``start``, 1 after ``end``, smooth between (``start`` may be the greater)."""
    share: Field = np.asarray((values - start) / (end - start))
    np.clip(share, 0.0, 1.0, out=share)
    rest: Field = 3.0 - 2.0 * share
    share *= share
    share *= rest
    return np.asarray(share, np.float32)


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


def extent(cover: NDArray[Any]) -> Extent:
    """The rows and columns between which a ``cover`` (h, w) lies, empty where it covers nothing."""
    seen = np.abs(cover) > UNSEEN
    rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    if not len(rows):
        return slice(0, 0), slice(0, 0)
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def paint(canvas: Field, colour: Colour | Field, cover: Field) -> None:
    """Lays a colour (blue, green, red, 0..255; one, or one for each cell) over the canvas, as thick as ``cover`` 0..1
    says."""
    within = extent(cover)
    part, laid = canvas[within], np.asarray(colour, np.float32)
    part += cover[within][..., None] * ((laid if laid.ndim == 1 else laid[within]) - part)


def darken(canvas: Field, cover: Field, shares: Colour) -> None:
    """Takes from each channel of the canvas the share that is given for a cover of 1, of less cover as much less."""
    within = extent(cover)
    canvas[within] *= 1.0 - cover[within][..., None] * np.array(shares, np.float32)


def shadow(canvas: Field, cover: Field, powers: Colour) -> None:
    """Lets ``1 - cover`` of the light reach the canvas, in each channel to its own power: shadows on skin are warm."""
    within = extent(cover)
    canvas[within] *= (1.0 - cover[within])[..., None] ** np.array(powers, np.float32)


def blurred_marks(marks: NDArray[np.uint8], sigma: float) -> Field:
    """Marks (h, w) 0..255, few and small, as a cover 0..1 with a Gaussian blur of ``sigma`` cells."""
    cover = np.zeros(marks.shape, np.float32)
    rows, columns = (_widened(part, round(5 * sigma) + 1) for part in extent(marks))
    if rows.stop > rows.start:
        cover[rows, columns] = blur(marks[rows, columns] / np.float32(255), sigma)
    return cover


def _widened(part: slice, by: int) -> slice:
    return slice(max(0, part.start - by), part.stop + by) if part.stop > part.start else part


def normals_of(points: Field) -> Field:
    """Outward unit normals (rows, columns, 3) of a grid whose rows go down and whose columns go to the right."""
    across, down = (_difference(points, axis) for axis in (1, 0))
    normals = np.empty(points.shape, np.result_type(points, np.float32))
    for axis, (first, second) in enumerate(((1, 2), (2, 0), (0, 1))):
        np.subtract(
            down[..., first] * across[..., second], down[..., second] * across[..., first], out=normals[..., axis]
        )
    lengths = np.sqrt(np.einsum("ijk,ijk->ij", normals, normals))
    normals /= np.maximum(lengths, 1e-6)[..., None]
    return np.asarray(normals, np.float32)


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
