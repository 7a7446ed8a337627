"""Brings any finger image to 500 dpi and segments the finger from the background."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from mlid_desktop.domain.samples import FingerSample, Image, Sample
from mlid_desktop.modalities.fingerprint import parameters as p

Field = NDArray[np.float32]
Mask = NDArray[np.bool_]


def checked_image(sample: Sample) -> Image | None:
    """The finger image at 500 dpi, or None for anything that is none of a sensible size and resolution."""
    if not isinstance(sample, FingerSample):
        return None
    image, dpi = sample.image, sample.dpi
    if image.ndim != 2 or image.dtype != np.uint8 or image.size > p.MAX_PIXELS:
        return None
    if not math.isfinite(dpi) or not p.MIN_DPI <= dpi <= p.MAX_DPI:
        return None
    scale = p.RESOLUTION / dpi
    width, height = round(image.shape[1] * scale), round(image.shape[0] * scale)
    if not p.MIN_SIDE <= min(width, height) <= max(width, height) <= p.MAX_SIDE:
        return None
    if scale == 1.0:
        return image
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(image, (width, height), interpolation=how), np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class FingerArea:
    """The segmented finger: ``mask`` (h, w) of the largest piece; ``second`` the area of the next, as a share of its
    area."""

    mask: Mask = field(repr=False)
    second: float


def segment(image: Image) -> FingerArea:
    """Segments the area with ridges: local contrast well above the background's or, where the whole image is pale, weak
    contrast that runs one way as ridges do; closed and opened, then split into connected pieces."""
    grey = np.asarray(cv2.GaussianBlur(image.astype(np.float32), (0, 0), p.CONTRAST_SIGMA), np.float32)
    window = (p.CONTRAST_WINDOW, p.CONTRAST_WINDOW)
    mean = cv2.blur(grey, window)
    contrast = np.sqrt(np.maximum(cv2.blur(grey * grey, window) - mean * mean, 0.0))
    level = max(p.PALE_FLOOR, p.CONTRAST_SHARE * float(np.percentile(contrast, 90)))
    rough = ((contrast > level) & ((contrast > p.CONTRAST_FLOOR) | (_coherence(grey) > p.PALE_COHERENCE))).astype(
        np.uint8
    )
    closed = cv2.morphologyEx(rough, cv2.MORPH_CLOSE, _disc(p.MASK_CLOSING))
    opened = cv2.morphologyEx(closed, cv2.MORPH_OPEN, _disc(p.MASK_OPENING))
    count, labels, sizes, _ = cv2.connectedComponentsWithStats(opened)
    if count < 2:
        return FingerArea(np.zeros(image.shape, np.bool_), 0.0)
    areas = sizes[1:, cv2.CC_STAT_AREA]
    largest = int(np.argmax(areas))
    second = float(np.delete(areas, largest).max(initial=0) / areas[largest])
    return FingerArea(_filled((labels == 1 + largest).astype(np.uint8)), second)


def is_inverted(image: Image, mask: Mask) -> bool:
    """Whether light and dark are exchanged: what lies around the finger is darker than the finger. A reader shows dark
    ridges on a light ground (ISO/IEC 19794-4)."""
    reach = 2 * p.GROUND_MARGIN + 1
    ground = ~cv2.dilate(mask.astype(np.uint8), np.ones((reach, reach), np.uint8)).astype(np.bool_)
    if int(ground.sum()) < p.GROUND_LEAST or not mask.any():
        return False
    finger = image[mask]
    return float(np.median(image[ground])) < float(finger.mean()) - p.GROUND_DARKER * float(finger.std())


def _coherence(grey: Field) -> Field:
    """Coherence of the gradients around each pixel, 0..1: how far they agree on one direction (Kass and Witkin
    1987)."""
    across, down = cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)
    window = (p.NORMAL_WINDOW, p.NORMAL_WINDOW)
    real, imaginary = cv2.blur(across * across - down * down, window), cv2.blur(2.0 * across * down, window)
    energy = cv2.blur(across * across + down * down, window)
    return np.asarray(np.sqrt(real * real + imaginary * imaginary) / np.maximum(energy, 1e-6), np.float32)


def _filled(piece: NDArray[np.uint8]) -> Mask:
    outlines, _ = cv2.findContours(piece, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    filled = np.zeros(piece.shape, np.uint8)
    cv2.drawContours(filled, outlines, -1, 1, cv2.FILLED)
    return filled.astype(np.bool_)


def _disc(size: int) -> NDArray[np.uint8]:
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)), np.uint8)
