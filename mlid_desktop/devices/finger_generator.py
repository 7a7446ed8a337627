"""Synthetic fingers from a seed: a master finger, and impressions of it as a reader would deliver them.

The ridge flow is the zero-pole model of Sherlock and Monro ("A model for interpreting fingerprint topology", Pattern
Recognition 26, 1993), for arches a bump of it; ridges grow out of random spots by filtering again and again along the
flow (Cappelli, "Synthetic fingerprint generation", handbook of fingerprint recognition, chapter 6). No person's print
is in it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from math import cos, pi, sin

import cv2
import numpy as np
from numpy.typing import NDArray

from mlid_desktop.domain.samples import Image

HEIGHT, WIDTH = 440, 360  # pixels at 500 dpi: 22 x 18 mm of skin
DPI = 500.0
ORIENTATIONS = 24
ROUNDS = 14
SPOTS = 0.004  # share of pixels that ridges grow from
KERNEL_RADIUS = 13
ALONG, ACROSS = (
    0.66,
    0.42,
)  # extent of a filter in ridge periods; longer ones leave fewer minutiae, as many as people have
PLATEN_HEIGHT, PLATEN_WIDTH = 400, 340
CLASS_SHARES = (0.037, 0.029, 0.338, 0.317, 0.279)  # of people's fingers (Wilson, Candela and Watson 1994)

Plane = NDArray[np.float32]


class Pattern(StrEnum):
    """The five classes of Henry's system as the literature counts them."""

    ARCH = "arch"
    TENTED_ARCH = "tented arch"
    LEFT_LOOP = "left loop"
    RIGHT_LOOP = "right loop"
    WHORL = "whorl"


@dataclass(frozen=True, slots=True, eq=False)
class MasterFinger:
    """``ridges`` (HEIGHT, WIDTH) float32 in -1..1, dark ridges negative; ``outline`` where there is skin."""

    seed: int
    pattern: Pattern
    ridges: Plane = field(repr=False)
    outline: Plane = field(repr=False)


@dataclass(frozen=True, slots=True)
class Touch:
    """How one impression differs from the master: turn in radians, shift in pixels, ``pressure`` and ``moisture``
    -1..1, ``distortion`` in pixels, ``noise`` 0..1."""

    turn: float
    shift: tuple[float, float]
    pressure: float
    moisture: float
    distortion: float
    noise: float


def make_master(seed: int) -> MasterFinger:
    """The finger of a seed; the same on every machine."""
    source = np.random.default_rng([seed, 0])
    pattern = list(Pattern)[int(source.choice(5, p=CLASS_SHARES))]
    orientation = _flow(pattern, source)
    period = float(source.uniform(8.0, 10.2))
    return MasterFinger(seed, pattern, _grow(orientation, period, source), _outline(source))


def choose_touch(seed: int, impression: int) -> Touch:
    """A plausible touch; every sixth is a poor one, so that guidance has something to say."""
    source = np.random.default_rng([seed, 1, impression])
    poor = impression % 6 == 5
    return Touch(
        turn=float(source.normal(0.0, 0.12)),
        shift=(float(source.normal(0, 10)), float(source.normal(0, 12) + (90 if poor else 0))),
        pressure=float(np.clip(source.normal(-0.5 if poor else 0.0, 0.25), -1, 1)),
        moisture=float(np.clip(source.normal(0.0, 0.25), -1, 1)),
        distortion=float(source.uniform(1.0, 4.0)),
        noise=float(source.uniform(0.10, 0.25) + (0.25 if poor else 0.0)),
    )


def impress(master: MasterFinger, touch: Touch, impression: int) -> Image:
    """(PLATEN_HEIGHT, PLATEN_WIDTH) uint8 at 500 dpi, dark ridges on a light platen."""
    source = np.random.default_rng([master.seed, 2, impression])
    across, down = _skin_places(touch, source)
    ridges = cv2.remap(master.ridges, across, down, cv2.INTER_LINEAR, borderValue=1.0)
    outline = cv2.remap(master.outline, across, down, cv2.INTER_LINEAR, borderValue=0.0)
    contact = _contact(np.asarray(outline, np.float32), touch, source)
    ink = 1.0 / (1.0 + np.exp(6.0 * (ridges + 0.12 - 0.30 * touch.pressure - 0.25 * touch.moisture)))
    ink *= 1.0 - touch.noise * 0.7 * _cloud(ink.shape, 14.0, source)
    ink += touch.noise * 0.35 * source.standard_normal(ink.shape).astype(np.float32)
    grey = 232.0 - 190.0 * np.clip(ink, 0.0, 1.0) * contact + 4.0 * source.standard_normal(ink.shape)
    return np.asarray(np.clip(cv2.GaussianBlur(grey.astype(np.float32), (0, 0), 0.7), 0, 255), np.uint8)


def _flow(pattern: Pattern, source: np.random.Generator) -> Plane:
    """Ridge orientation in [0, pi)."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    middle, core = WIDTH / 2 + source.uniform(-22, 22), HEIGHT * source.uniform(0.36, 0.50)
    if pattern is Pattern.ARCH:
        rise = source.uniform(0.5, 0.8)
        bump = np.exp(-(((y - HEIGHT * 0.55) / (HEIGHT * 0.24)) ** 2))
        slope = rise * bump * np.sin(pi * np.clip((x - middle) / (WIDTH * 0.42), -1, 1))
        return np.asarray(np.mod(np.arctan(slope), pi), np.float32)
    cores, deltas = _singularities(pattern, middle, core, source)
    angle = np.zeros_like(x)
    for cx, cy in cores:
        angle += 0.5 * np.arctan2(-(y - cy), x - cx)
    for dx, dy in deltas:
        angle -= 0.5 * np.arctan2(-(y - dy), x - dx)
    return np.asarray(np.mod(-angle, pi), np.float32)


def _singularities(
    pattern: Pattern, middle: float, core: float, source: np.random.Generator
) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    low = HEIGHT * float(source.uniform(0.68, 0.86))
    side = WIDTH * float(source.uniform(0.20, 0.38))
    if pattern is Pattern.TENTED_ARCH:
        return [(middle, core)], [(middle + float(source.uniform(-6, 6)), low)]
    if pattern is Pattern.LEFT_LOOP:
        return [(middle, core)], [(middle + side, low)]
    if pattern is Pattern.RIGHT_LOOP:
        return [(middle, core)], [(middle - side, low)]
    gap = float(source.uniform(16, 70))
    return [(middle, core), (middle + float(source.uniform(-8, 8)), core + gap)], [
        (middle - side, low),
        (middle + side, low),
    ]


def _grow(orientation: Plane, period: float, source: np.random.Generator) -> Plane:
    """Random spots, filtered along the flow until they have become ridges."""
    steps = np.mod(np.rint(orientation * (ORIENTATIONS / pi)).astype(np.int32), ORIENTATIONS)
    kernels = [_kernel(step, period) for step in range(ORIENTATIONS)]
    image = np.where(source.random((HEIGHT, WIDTH)) < SPOTS, 1.0, 0.0).astype(np.float32)
    image -= 0.05 * source.random((HEIGHT, WIDTH)).astype(np.float32)
    for _ in range(ROUNDS):
        grown = np.zeros_like(image)
        for step, kernel in enumerate(kernels):
            chosen = steps == step
            if chosen.any():
                grown += cv2.filter2D(image, cv2.CV_32F, kernel, borderType=cv2.BORDER_REFLECT) * chosen
        image = np.tanh(grown / max(float(np.abs(grown).mean()), 1e-6)).astype(np.float32)
    return image


def _kernel(step: int, period: float) -> Plane:
    angle = step * pi / ORIENTATIONS
    span = np.arange(-KERNEL_RADIUS, KERNEL_RADIUS + 1, dtype=np.float32)
    x, y = np.meshgrid(span, span)
    along, across = x * cos(angle) + y * sin(angle), -x * sin(angle) + y * cos(angle)
    envelope = np.exp(-0.5 * ((along / (ALONG * period)) ** 2 + (across / (ACROSS * period)) ** 2))
    kernel = envelope * np.cos(2 * pi * across / period)
    kernel -= envelope * kernel.sum() / envelope.sum()
    return np.asarray(kernel / np.abs(kernel).sum(), np.float32)


def _outline(source: np.random.Generator) -> Plane:
    """A fingertip: half an ellipse on top of a long one, a little uneven."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    half = WIDTH * float(source.uniform(0.40, 0.45))
    top, bottom = HEIGHT * float(source.uniform(0.40, 0.43)), HEIGHT * float(source.uniform(0.50, 0.56))
    reach = np.where(y < HEIGHT / 2, top, bottom)
    distance = ((x - WIDTH / 2) / half) ** 2 + ((y - HEIGHT / 2) / reach) ** 2
    return np.asarray(np.clip((1.05 - distance) * 8.0, 0.0, 1.0), np.float32)


def _skin_places(touch: Touch, source: np.random.Generator) -> tuple[Plane, Plane]:
    """For each pixel of the platen, which place of the skin lies on it: turned, shifted, stretched."""
    y, x = np.mgrid[0:PLATEN_HEIGHT, 0:PLATEN_WIDTH].astype(np.float32)
    right, down = x - PLATEN_WIDTH / 2 - touch.shift[0], y - PLATEN_HEIGHT / 2 - touch.shift[1]
    stretch = touch.distortion
    right += stretch * _cloud(x.shape, 70.0, source, signed=True)
    down += stretch * _cloud(x.shape, 70.0, source, signed=True)
    across = cos(touch.turn) * right + sin(touch.turn) * down + WIDTH / 2
    downward = -sin(touch.turn) * right + cos(touch.turn) * down + HEIGHT / 2
    return np.asarray(across, np.float32), np.asarray(downward, np.float32)


def _contact(outline: Plane, touch: Touch, source: np.random.Generator) -> Plane:
    """Where skin meets glass: less of it under light pressure, with an uneven edge."""
    edge = 0.45 - 0.30 * touch.pressure + 0.25 * _cloud(outline.shape, 18.0, source, signed=True)
    touched = 1.0 / (1.0 + np.exp(-14.0 * (outline - edge)))
    return np.asarray(touched * np.clip(outline * 6.0, 0.0, 1.0), np.float32)


def _cloud(shape: tuple[int, ...], size: float, source: np.random.Generator, *, signed: bool = False) -> Plane:
    """Smooth noise with blobs of ``size`` pixels: 0..1, or about -2..2."""
    small = (max(2, int(shape[0] / size) + 2), max(2, int(shape[1] / size) + 2))
    rough = source.standard_normal(small).astype(np.float32)
    smooth = cv2.resize(rough, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC)
    return np.asarray(smooth if signed else np.clip(smooth * 0.5 + 0.2, 0.0, 1.0), np.float32)
