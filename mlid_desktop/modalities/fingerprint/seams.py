"""Finds where two fingers were joined in one image: along a line the ridges of one side do not go on on the other.

Beside each line of the image the wave of the ridges is followed from either side to the middle: the phase that a step
of the length of ``SEAM_STEPS`` should add, by the direction and the period of the ridges at both ends, is held against
the one that the far end has. On one finger they agree, whatever its pattern; on two joined ones only by chance. What
else changes across the line is weighed with it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import pi

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import fft

from mlid_desktop.domain.samples import Image
from mlid_desktop.modalities.fingerprint import parameters as p
from mlid_desktop.modalities.fingerprint.detect import Field, Mask
from mlid_desktop.modalities.fingerprint.seam_jumps import measure_jumps, measure_properties

Values = NDArray[np.float64]
Indices = NDArray[np.intp]

SUMS = 4  # that are taken of each line
LEAST = 1e-6  # divisors are at least


@dataclass(frozen=True, slots=True, eq=False)
class _Wave:
    """The wave of the ridges at each pixel (h, w): ``value`` complex, its ridge and its quadrature along the normal
    (``across``, ``down``); radians a pixel ``turning``; ``coherence`` 0..1."""

    value: NDArray[np.complex64] = field(repr=False)
    across: Field = field(repr=False)
    down: Field = field(repr=False)
    turning: Field = field(repr=False)
    coherence: Field = field(repr=False)


def seam_evidence(image: Image, normal: Field, mask: Mask) -> float:
    """Log-odds that two fingers were joined somewhere in a finger image (h, w), given as it is and normalised; -inf
    where no line is long enough to be judged."""
    wave = _wave(normal)
    margin = 2 * p.SEAM_MARGIN + 1
    inner = cv2.erode(mask.astype(np.uint8), np.ones((margin, margin), np.uint8), borderValue=0).astype(np.bool_)
    rows, columns = np.nonzero(inner[:: p.SEAM_GRID, :: p.SEAM_GRID])
    if not len(rows):
        return -np.inf
    rows, columns = rows * p.SEAM_GRID, columns * p.SEAM_GRID
    sums = [_sums(wave, inner, rows, columns, angle) for angle in (0.0, pi / 2)]
    whole = np.concatenate([of_lines for of_lines, _ in sums], axis=2).sum(axis=2)
    usual = whole[:, :2] / np.maximum(whole[:, 2:3], LEAST)
    properties = measure_properties(image, wave.turning, mask, inner)
    weights, most = np.array(p.SEAM_WEIGHTS[1:]), -np.inf
    for (of_lines, low), across in zip(sums, (True, False), strict=True):
        found, at = _measure(of_lines, low, usual)
        if len(found):
            lines = np.concatenate([found, measure_jumps(properties, across=across)[at]], axis=1)
            most = max(most, float((lines @ weights + p.SEAM_WEIGHTS[0]).max()))
    return most


def _measure(sums: Values, low: int, usual: Values) -> tuple[Values, Indices]:
    """What is measured of the phase along each line that may be a seam (n, 11), and at which pixel these lie (n,)."""
    window = np.ones(p.SEAM_WIDTH)
    sums = np.apply_along_axis(np.convolve, 2, sums, window, "same")
    weight, points = sums[:, 2], sums[1, 3]
    agreeing, parallel = sums[:, 0] / np.maximum(weight, LEAST), sums[:, 1] / np.maximum(weight, LEAST)
    lacking, unlike = usual[:, :1] - agreeing, usual[:, 1:] - parallel
    share = np.cumsum(sums[1, 3]) / max(float(sums[1, 3].sum()), LEAST)
    beside = np.full(sums.shape[2], np.nan)
    away = p.SEAM_BESIDE
    beside[away:-away] = np.fmin(agreeing[1, : -2 * away], agreeing[1, 2 * away :]) - agreeing[1, away:-away]
    long = weight[1] * p.SEAM_GRID**2 / p.SEAM_WIDTH
    made = np.stack(
        [*lacking, agreeing[1], *unlike[1:3], long / 100.0, np.log(np.maximum(long, 1.0)), np.nan_to_num(beside),
         weight[1] / np.maximum(points, 1.0)],
        axis=1,
    )  # fmt: skip  # one row
    judged = (share >= p.SEAM_SHARE) & (share <= 1.0 - p.SEAM_SHARE) & (long >= p.SEAM_LENGTH)
    return np.asarray(made[judged], np.float64), np.asarray(np.nonzero(judged)[0] + low, np.intp)


def _sums(wave: _Wave, inner: Mask, rows: Indices, columns: Indices, angle: float) -> tuple[Values, int]:
    """Sums over each line, one pixel apart, of the points beside it, for each step: (steps, 4, lines) agreement,
    parallelism, weight and number; and the place of the first line."""
    x, y = np.cos(angle), np.sin(angle)
    line = np.rint(columns * x + rows * y).astype(np.int64)
    low = int(line.min())
    count = max(int(line.max()) - low + 1, p.SEAM_WIDTH)
    made = np.zeros((len(p.SEAM_STEPS), SUMS, count))
    height, width = inner.shape
    for number, step in enumerate(p.SEAM_STEPS):
        right, down = round(step * x), round(step * y)
        within = (
            (columns - right >= 0) & (columns + right < width) & (columns - right < width) & (columns + right >= 0)
            & (rows - down >= 0) & (rows + down < height)
        )  # fmt: skip  # two rows
        r, c = rows[within], columns[within]
        here, there = (r - down, c - right), (r + down, c + right)
        both = inner[here] & inner[there]
        here, there = (here[0][both], here[1][both]), (there[0][both], there[1][both])
        at = line[within][both] - low
        dot = wave.across[here] * wave.across[there] + wave.down[here] * wave.down[there]
        sense = np.where(dot >= 0, 1.0, -1.0)
        first, second = wave.value[here], wave.value[there]
        second = second.real + 1j * sense * second.imag
        ahead = wave.turning[here] * (right * wave.across[here] + down * wave.down[here])
        ahead = ahead + sense * wave.turning[there] * (right * wave.across[there] + down * wave.down[there])
        agree = (second * np.conj(first) * np.exp(-1j * ahead)).real
        sure = wave.coherence[here] * wave.coherence[there]
        for which, value in enumerate((agree * sure, np.abs(dot) * sure, sure, None)):
            made[number, which] = np.bincount(at, value, count)
    return made, low


def _wave(normal: Field) -> _Wave:
    """The monogenic signal of the ridges (Felsberg and Sommer 2001) in the band of people's ridge periods."""
    height, width = normal.shape
    size = cv2.getOptimalDFTSize(height + p.SEAM_PADDING), cv2.getOptimalDFTSize(width + p.SEAM_PADDING)
    spectrum = fft.rfft2(normal, size)
    down = fft.fftfreq(size[0])[:, None].astype(np.float32)
    across = fft.rfftfreq(size[1])[None, :].astype(np.float32)
    far = np.hypot(across, down)
    far[0, 0] = 1.0
    band = np.exp(-(np.log(far * p.FOLLOWED_PERIOD) ** 2) / (2 * p.SEAM_BAND**2))
    band[0, 0] = 0.0
    turn = np.float32(2 * pi)
    ridge, odd_x, odd_y, slope_x, slope_y = (
        np.asarray(fft.irfft2(spectrum * part, size)[:height, :width], np.float32)
        for part in (
            band,
            *(np.complex64(1j) * band * part for part in (-across / far, -down / far, turn * across, turn * down)),
        )
    )
    real, imaginary, energy, ridges, slopes = (
        np.asarray(cv2.GaussianBlur(part, (0, 0), p.SEAM_SIGMA), np.float32)
        for part in (
            odd_x * odd_x - odd_y * odd_y,
            2.0 * odd_x * odd_y,
            odd_x * odd_x + odd_y * odd_y,
            ridge * ridge,
            slope_x * slope_x + slope_y * slope_y,
        )
    )
    across_ridges = np.asarray(0.5 * np.arctan2(imaginary, real), np.float32)
    x, y = np.cos(across_ridges), np.sin(across_ridges)
    value = ridge + 1j * (odd_x * x + odd_y * y)
    value = value / np.maximum(np.abs(value), LEAST)
    turning = np.asarray(np.sqrt(2.0 * slopes / np.maximum(ridges + energy, LEAST)), np.float32)
    coherence = np.asarray(np.hypot(real, imaginary) / np.maximum(energy, LEAST), np.float32)
    return _Wave(value.astype(np.complex64), x, y, turning, coherence)
