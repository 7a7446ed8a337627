"""Estimates the ridge orientation and filters everything but ridges out of a finger image."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import cos, pi, sin

import cv2
import numpy as np
from numpy.typing import NDArray

from mlid_desktop.domain.samples import Image
from mlid_desktop.modalities.fingerprint import parameters as p
from mlid_desktop.modalities.fingerprint.detect import Field, Mask


@dataclass(frozen=True, slots=True, eq=False)
class Flow:
    """The orientation field of a finger image: ``orientation`` (h, w) radians in [0, pi), along the ridges;
    ``coherence`` (h, w) 0..1, its certainty."""

    orientation: Field
    coherence: Field


def normalise(image: Image, mask: Mask) -> Field:
    """The finger image with zero mean and the same spread everywhere: (h, w) float32, dark ridges negative, 0 outside
    the finger."""
    weight = mask.astype(np.float32)
    window = (p.NORMAL_WINDOW, p.NORMAL_WINDOW)
    share = np.maximum(cv2.blur(weight, window), 1e-3)
    grey = image.astype(np.float32) * weight
    mean = cv2.blur(grey, window) / share
    spread = np.sqrt(np.maximum(cv2.blur(grey * grey, window) / share - mean * mean, 1.0))
    return np.asarray(np.clip((image - mean) / spread * p.NORMAL_SPREAD, -1.0, 1.0) * weight, np.float32)


def orientation_field(ridges: Field, size: tuple[int, int] | None = None) -> Flow:
    """The orientation field by averaged squared gradients (Kass and Witkin 1987), smoothed as vectors of the double
    angle.

    ``size`` (width, height) of the fields at 500 dpi where ``ridges`` is smaller; else they are as large as it.
    Gradients of the full resolution are averaged at half of it, which takes a third of the time.
    """
    size = size or (ridges.shape[1], ridges.shape[0])
    scale = ridges.shape[1] / size[0]
    smooth = cv2.GaussianBlur(ridges, (0, 0), p.GRADIENT_SIGMA * scale)
    across, down = cv2.Sobel(smooth, cv2.CV_32F, 1, 0), cv2.Sobel(smooth, cv2.CV_32F, 0, 1)
    real = _average(across * across - down * down, scale)
    imaginary = _average(2.0 * across * down, scale)
    energy = _average(across * across + down * down, scale)
    length = np.maximum(np.sqrt(real * real + imaginary * imaginary), 1e-6)
    coherence = np.clip(length / np.maximum(energy, 1e-6), 0.0, 1.0)
    spread = p.SMOOTHING_SIGMA * real.shape[1] / size[0]
    steady_real, steady_imaginary = (
        cv2.resize(cv2.GaussianBlur(part / length * coherence, (0, 0), spread), size) for part in (real, imaginary)
    )
    orientation = np.mod(0.5 * np.arctan2(steady_imaginary, steady_real) + pi / 2.0, pi)
    return Flow(orientation.astype(np.float32), np.asarray(cv2.resize(coherence, size), np.float32))


def refine_orientation(normal: Field, flow: Flow) -> Flow:
    """The orientation field estimated again on the image filtered along the first one at a medium period, which removes
    pores, creases and the gaps of dry skin that pull the gradients off the ridges (after Gottschlich and Schoenlieb
    2012, who orient anew on the filtered image as well)."""
    small = _reduced(normal)
    ridges = _filter_response(small, _steps(flow, small), p.FOLLOWED_PERIOD)
    return orientation_field(ridges, (normal.shape[1], normal.shape[0]))


def enhance(normal: Field, flow: Flow, mask: Mask) -> tuple[Field, Field]:
    """The Gabor-enhanced image: the response of the filter along each pixel's ridge, at the period that responds best
    around it, and how strong that response is against the image's own energy (0..1).

    Filtered at ENHANCEMENT_SCALE of the resolution: it costs a fifth, and the ridges come back smoother than they went,
    which spares the skeleton its false minutiae.
    """
    small = _reduced(normal)
    steps = _steps(flow, small)
    sigma = p.PERIOD_SIGMA / 2.0 * p.ENHANCEMENT_SCALE
    best, strength = np.zeros_like(small), np.full(small.shape, -1.0, np.float32)
    for period in p.PERIODS:
        response = _filter_response(small, steps, period)
        power = cv2.GaussianBlur(response * response, (0, 0), sigma)
        stronger = power > strength
        best[stronger], strength[stronger] = response[stronger], power[stronger]
    energy = cv2.GaussianBlur(small * small, (0, 0), sigma)
    clarity = np.clip(strength / np.maximum(energy, 1e-4), 0.0, 1.0)  # the bank has unit gain on a pure ridge pattern
    full_size = (normal.shape[1], normal.shape[0])
    ridges = cv2.resize(best, full_size, interpolation=cv2.INTER_CUBIC)
    sure = cv2.resize(clarity, full_size, interpolation=cv2.INTER_LINEAR)
    return np.asarray(ridges * mask, np.float32), np.asarray(sure * mask, np.float32)


def _reduced(normal: Field) -> Field:
    size = (round(normal.shape[1] * p.ENHANCEMENT_SCALE), round(normal.shape[0] * p.ENHANCEMENT_SCALE))
    return np.asarray(cv2.resize(normal, size, interpolation=cv2.INTER_AREA), np.float32)


def _steps(flow: Flow, small: Field) -> NDArray[np.int32]:
    """The index of the orientation filter that lies along each pixel's ridge."""
    orientation = cv2.resize(flow.orientation, small.shape[::-1], interpolation=cv2.INTER_NEAREST)
    return np.asarray(np.mod(np.rint(orientation * (p.ORIENTATIONS / pi)), p.ORIENTATIONS), np.int32)


def _filter_response(small: Field, steps: NDArray[np.int32], period: float) -> Field:
    """The response of the filters of one period, each where it lies along the ridges."""
    response = np.zeros_like(small)
    for step in range(p.ORIENTATIONS):
        chosen = steps == step
        if chosen.any():
            response += _respond(small, chosen, _gabor(step, period * p.ENHANCEMENT_SCALE))
    return response


def _respond(normal: Field, chosen: NDArray[np.bool_], kernel: Field) -> Field:
    """Filters the bounding box of the pixels that this filter is for, and keeps those pixels."""
    rows, columns = np.nonzero(chosen.any(axis=1))[0], np.nonzero(chosen.any(axis=0))[0]
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    reach = RADIUS
    outer_top, outer_left = max(0, top - reach), max(0, left - reach)
    patch = normal[outer_top : bottom + reach, outer_left : right + reach]
    filtered = cv2.filter2D(patch, cv2.CV_32F, kernel, borderType=cv2.BORDER_REFLECT)
    out = np.zeros_like(normal)
    inner = filtered[top - outer_top : bottom - outer_top, left - outer_left : right - outer_left]
    out[top:bottom, left:right] = inner * chosen[top:bottom, left:right]
    return out


@lru_cache(maxsize=256)
def _gabor(step: int, period: float) -> Field:
    """An even Gabor filter along step * pi / ORIENTATIONS: no response to a constant, unit gain at its period."""
    angle = step * pi / p.ORIENTATIONS
    span = np.arange(-RADIUS, RADIUS + 1, dtype=np.float32)
    x, y = np.meshgrid(span, span)
    along, across = x * cos(angle) + y * sin(angle), -x * sin(angle) + y * cos(angle)
    long, wide = p.GABOR_SIGMA_ALONG * p.ENHANCEMENT_SCALE, p.GABOR_SIGMA_ACROSS * p.ENHANCEMENT_SCALE
    envelope = np.exp(-0.5 * ((along / long) ** 2 + (across / wide) ** 2))
    wave = np.cos(2.0 * pi * across / period)
    kernel = envelope * wave
    kernel -= envelope * (kernel.sum() / envelope.sum())
    return np.asarray(kernel / (kernel * wave).sum(), np.float32)


RADIUS = round(p.GABOR_RADIUS * p.ENHANCEMENT_SCALE)


def _average(values: Field, scale: float) -> Field:
    """Averages over the neighbourhood; input of the full resolution comes back at half of it."""
    if scale == 1.0:
        scale, half = 0.5, (max(1, values.shape[1] // 2), max(1, values.shape[0] // 2))
        values = np.asarray(cv2.resize(values, half, interpolation=cv2.INTER_AREA), np.float32)
    return np.asarray(cv2.GaussianBlur(values, (0, 0), p.ORIENTATION_SIGMA * scale), np.float32)
