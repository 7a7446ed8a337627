"""How much a finger image changes across a line: its brightness, its contrast, the period of its ridges, its sharpness.

One touch gives one finger under one pressure: what changes does so slowly. Of two touches that were joined each brings
its own, however well the ridges happen to meet, and blending over a ridge period or two does not reach so far.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from mlid_desktop.domain.samples import Image
from mlid_desktop.modalities.fingerprint import parameters as p
from mlid_desktop.modalities.fingerprint.detect import Field, Mask

Values = NDArray[np.float64]

JUMPS = 12  # that are measured of each line: three of each of four properties
LEAST_SHARE, LEAST_VARIANCE, LEAST_TURNING, LEAST_SHARPNESS = 0.05, 1.0, 0.05, 0.1  # what is divided by, and logarithms


@dataclass(frozen=True, slots=True, eq=False)
class ImageProperties:
    """What changes slowly in the image of one touch, at each pixel (h, w): brightness, natural logs of contrast, of the
    ridges' radians a pixel, and of sharpness; ``inner`` where the finger surely is."""

    inner: Mask = field(repr=False)
    fields: tuple[Field, ...] = field(repr=False)


def measure_properties(image: Image, turning: Field, mask: Mask, inner: Mask) -> ImageProperties:
    """The properties of a finger image whose ridges advance by ``turning`` radians a pixel."""
    grey, finger = image.astype(np.float32), mask.astype(np.float32)

    def smooth(values: Field, sigma: float) -> Field:
        share = np.maximum(cv2.GaussianBlur(finger, (0, 0), sigma), LEAST_SHARE)
        return np.asarray(cv2.GaussianBlur(values * finger, (0, 0), sigma) / share, np.float32)

    brightness = smooth(grey, p.JUMP_SIGMA)
    variance = smooth(np.square(grey - brightness), p.JUMP_SIGMA)
    fine = np.square(grey - cv2.GaussianBlur(grey, (0, 0), p.JUMP_FINE))
    found = (
        brightness,
        0.5 * np.log(np.maximum(variance, LEAST_VARIANCE)),
        smooth(np.log(np.maximum(turning, LEAST_TURNING)), p.JUMP_PERIOD_SIGMA),
        np.log(np.maximum(smooth(fine, p.JUMP_SIGMA), LEAST_SHARPNESS)),
    )
    return ImageProperties(inner, tuple(np.asarray(values, np.float32) for values in found))


def measure_jumps(properties: ImageProperties, *, across: bool) -> Values:
    """What changes across each upright line (``across``) or level one, (lines, 12): of each property how much it
    changes over the line on the whole, at each point of it, and there beyond what it changes on either side; all beside
    what is usual in this image."""
    inner = properties.inner if across else properties.inner.T
    count, step = inner.shape[1], p.JUMP_STEP
    if count <= 6 * step:
        return np.zeros((count, JUMPS))
    here, there = slice(0, count - 2 * step), slice(2 * step, count)
    near = np.zeros(inner.shape, np.bool_)
    near[:, step:-step] = inner[:, here] & inner[:, there] & inner[:, step:-step]
    far = np.zeros(inner.shape, np.bool_)
    far[:, 2 * step : -2 * step] = near[:, 2 * step : -2 * step] & near[:, : -4 * step] & near[:, 4 * step :]
    points = near.sum(axis=0)
    made = np.zeros((count, JUMPS))
    for number, values in enumerate(properties.fields):
        turned = values if across else values.T
        jump = np.zeros(inner.shape, np.float32)
        jump[:, step:-step] = turned[:, there] - turned[:, here]
        beyond = np.zeros(inner.shape, np.float32)
        beyond[:, 3 * step : -3 * step] = jump[:, 3 * step : -3 * step] - 0.5 * (
            jump[:, step : -5 * step] + jump[:, 5 * step : -step]
        )
        made[:, 3 * number] = np.abs(_mean(jump, near))
        made[:, 3 * number + 1] = _mean(np.abs(jump), near)
        made[:, 3 * number + 2] = _mean(np.abs(beyond), far)
    long = points >= p.JUMP_LENGTH
    return made - (made[long].mean(axis=0) if long.any() else 0.0)


def _mean(values: Field, where: Mask) -> Values:
    return np.asarray((values * where).sum(axis=0, dtype=np.float64) / np.maximum(where.sum(axis=0), 1), np.float64)
