"""Frames to tell apart by eye and by number."""

from __future__ import annotations

import cv2
import numpy as np

from mlid_desktop.domain.samples import Image

MARK = 16  # the number stands in the corner as that many black or white squares
BITS = 10


def picture(number: int, size: tuple[int, int] = (120, 160)) -> Image:
    """A frame that no other number gives; height and width in pixels."""
    image = np.full((*size, 3), 90, np.uint8)
    cv2.circle(image, (20 + 7 * number % 100, 60), 15, (200, 220, 40), -1)
    for bit in range(BITS):
        image[:MARK, bit * MARK : (bit + 1) * MARK] = 255 * (number >> bit & 1)
    return image


def number_of(image: Image) -> int:
    """Which picture this is, also after JPEG."""
    middle = MARK // 2
    return sum(int(image[middle, bit * MARK + middle, 0] > 127) << bit for bit in range(BITS))
