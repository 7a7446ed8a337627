"""Cutting the part of a frame that a model wants to see."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from mlid_desktop.domain.samples import Image

Box = tuple[float, float, float, float]
Placement = NDArray[np.float64]


def shrunk_warp(image: Image, placement: Placement, size: int) -> Image:
    """The (size, size, 3) picture that the (2, 3) ``placement`` (frame to picture) shows, black outside the frame.

    Where it would skip pixels of the frame, the part that it shows is averaged down first, so that fine texture does
    not turn into noise.
    """
    scale = float(np.hypot(placement[0, 0], placement[1, 0]))
    if scale >= 0.5:
        return np.asarray(cv2.warpAffine(image, placement, (size, size), flags=cv2.INTER_LINEAR), np.uint8)
    inverse = cv2.invertAffineTransform(placement)
    corners = inverse @ np.array([[0, size, 0, size], [0, 0, size, size], [1, 1, 1, 1]])
    height, width = image.shape[:2]
    left, top = np.clip(np.floor(corners.min(axis=1)), 0, (width - 1, height - 1)).astype(int)
    right, bottom = np.clip(np.ceil(corners.max(axis=1)), (left + 1, top + 1), (width, height)).astype(int)
    part = cv2.resize(image[top:bottom, left:right], None, fx=2 * scale, fy=2 * scale, interpolation=cv2.INTER_AREA)
    across, down = part.shape[1] / (right - left), part.shape[0] / (bottom - top)
    turn = placement[:, :2]
    onto = np.column_stack([turn / (across, down), turn @ (left, top) + placement[:, 2]])
    return np.asarray(cv2.warpAffine(part, onto, (size, size), flags=cv2.INTER_LINEAR), np.uint8)


def box_crop(image: Image, box: Box, growth: float, size: int) -> Image:
    """(size, size, 3): the box grown about its centre, less where the frame is too small, then shifted inside the
    frame; resized without keeping its aspect (the manner the liveness nets were trained in)."""
    height, width = image.shape[:2]
    box_left, box_top, box_width, box_height = box
    growth = min(growth, (height - 1) / max(box_height, 1.0), (width - 1) / max(box_width, 1.0))
    left, right = _span(box_left + box_width / 2, box_width * growth, width)
    top, bottom = _span(box_top + box_height / 2, box_height * growth, height)
    part = image[top : bottom + 1, left : right + 1]
    return np.asarray(cv2.resize(part, (size, size), interpolation=cv2.INTER_LINEAR), np.uint8)


def _span(centre: float, length: float, limit: int) -> tuple[int, int]:
    """First and last pixel of a stretch about ``centre``, shifted into 0..limit - 1."""
    start = min(max(centre - length / 2, 0.0), max(limit - 1 - length, 0.0))
    first = int(start)
    return first, min(max(int(start + length), first), limit - 1)
