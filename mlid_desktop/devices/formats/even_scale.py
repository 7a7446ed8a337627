"""Brings pictures whose resolutions across and down differ to one resolution."""

from __future__ import annotations

import numpy as np

from mlid_desktop.devices.formats.picture_bounds import MAX_PIXELS, MAX_SIDE
from mlid_desktop.domain.errors import Code, DeviceError
from mlid_desktop.domain.samples import Image

UNEVEN = 0.01  # by which two scales may differ and be one: whole dots a centimetre are rounded


def rescale_evenly(image: Image, dots: tuple[float, float]) -> tuple[Image, float]:
    """A picture (h, w) rescaled to as many ``dots`` an inch across as down, the finer of both, and how many. Raises
    DeviceError(DEVICE_TOO_LARGE)."""
    finest = max(dots)
    if finest / min(dots) <= 1 + UNEVEN:
        return image, dots[0]
    import cv2  # noqa: PLC0415 - late: a heavy import

    height, width = image.shape
    size = (max(1, round(width * finest / dots[0])), max(1, round(height * finest / dots[1])))
    if max(size) > MAX_SIDE or size[0] * size[1] > MAX_PIXELS:
        raise DeviceError(Code.DEVICE_TOO_LARGE)
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_CUBIC), np.uint8), finest
