"""Metrics of a camera's picture, whoever is in it: size, light and sharpness."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from mlid_desktop.domain.samples import Image

LOOKED_AT = 320  # pixels the longer side is brought to: the grain of a sensor is no sharpness
FLAT = 1e-5  # variance of a picture in which there is nothing to be sharp


@dataclass(frozen=True, slots=True)
class ImageMetrics:
    """Metrics of one picture: ``width`` and ``height`` as delivered; ``light`` 0..1, the mean of the middle half;
    ``sharpness``, the energy of the Laplacian over that of the picture (J. Pech-Pacheco et al. 2000 use the first
    alone, which grows with the contrast): photographs from 0.01 on, out of focus under it."""

    width: int
    height: int
    light: float
    sharpness: float


def measure_image(image: Image) -> ImageMetrics:
    """Measures a (h, w) grey or (h, w, 3) BGR picture."""
    height, width = image.shape[:2]
    grey = image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    scale = min(1.0, LOOKED_AT / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(grey, size, interpolation=cv2.INTER_AREA).astype(np.float32) / 255.0
    rows, columns = small.shape
    middle = small[rows // 4 : rows - rows // 4, columns // 4 : columns - columns // 4]
    energy, edges = float(small.var()), float(cv2.Laplacian(small, cv2.CV_32F).var())
    return ImageMetrics(width, height, float(middle.mean()), edges / energy if energy > FLAT else 0.0)
