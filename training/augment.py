"""Variations of aligned grey faces, and blends of two people: what the teacher and the student both look at."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Pixels = NDArray[np.float32]

SIDE = 128  # what both networks see
MARGIN = 24  # more on each side of a stored face, so that a warp has something to show
MAX_TURN, MAX_GROWTH, MAX_SHIFT, MAX_SHEAR = 10.0, 0.12, 6.0, 0.06  # degrees; share; pixels; share
BLENDED, COVERED, BLURRED, NOISY, TONED = 0.5, 0.25, 0.3, 0.3, 0.7  # shares of the pictures


def varied(faces: NDArray[np.uint8], generator: np.random.Generator, harm: float = 1.0) -> Picture:
    """One (128, 128) picture of one of the (n, 176, 176) ``faces``, or a blend of two of them. ``harm``: the share
    of the pictures blended, blurred, covered or noisy at 1 that still are."""
    picture = warped(faces[generator.integers(len(faces))], generator)
    if generator.random() < harm * BLENDED:
        share = np.float32(generator.uniform(0.15, 0.85))
        picture = share * picture + (1 - share) * warped(faces[generator.integers(len(faces))], generator)
    return np.clip(np.rint(spoilt(picture, generator, harm)), 0, 255).astype(np.uint8)


def warped(face: Picture, generator: np.random.Generator) -> Pixels:
    """A face turned, grown, shifted, sheared, mirrored and re-toned, each by chance; (128, 128), 0..255."""
    turn = np.deg2rad(generator.normal(0, MAX_TURN / 2))
    growth = np.exp(generator.normal(0, MAX_GROWTH / 2))
    linear = growth * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    linear = linear @ (np.eye(2) + generator.normal(0, MAX_SHEAR / 2, (2, 2)))
    if generator.random() < 0.5:
        linear[:, 0] *= -1
    middle = face.shape[0] / 2 - 0.5
    shift = np.full(2, SIDE / 2 - 0.5) + generator.normal(0, MAX_SHIFT / 2, 2) - linear @ (middle, middle)
    warp = np.column_stack([linear, shift])
    picture = cv2.warpAffine(face, warp, (SIDE, SIDE), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    pixels = picture.astype(np.float32)
    if generator.random() < TONED:
        bend = np.float32(np.exp(generator.normal(0, 0.35)))
        pixels = np.asarray(255 * (pixels / 255) ** bend, np.float32)
        contrast, brightness = np.float32(generator.uniform(0.6, 1.3)), np.float32(128 + generator.normal(0, 20))
        pixels = (pixels - np.float32(128)) * contrast + brightness
    return np.asarray(pixels, np.float32)


def spoilt(pixels: Pixels, generator: np.random.Generator, harm: float = 1.0) -> Pixels:
    """The picture blurred, covered in part, lit from a side and noisy, each by chance."""
    if generator.random() < harm * BLURRED:
        pixels = np.asarray(cv2.GaussianBlur(pixels, (0, 0), float(generator.uniform(0.5, 2.5))), np.float32)
    if generator.random() < harm * BLURRED:
        slope = generator.normal(0, 40, 2)
        ramp = np.linspace(-1, 1, SIDE)
        pixels = (pixels + slope[0] * ramp[:, None] + slope[1] * ramp[None, :]).astype(np.float32)
    if generator.random() < harm * COVERED:
        height, width = generator.integers(12, 56, 2)
        top, left = generator.integers(0, SIDE - height), generator.integers(0, SIDE - width)
        pixels[top : top + height, left : left + width] = generator.uniform(0, 255)
    if generator.random() < harm * NOISY:
        pixels = pixels + generator.normal(0, generator.uniform(2, 12), pixels.shape).astype(np.float32)
    return pixels
