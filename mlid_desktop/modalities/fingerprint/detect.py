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
    """The segmented finger: ``mask`` (h, w) of the largest piece; ``second`` the area of the next that may be another
    finger, as a share of its area."""

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
    coarse = _pieces(rough, p.MASK_CLOSING)
    if not len(coarse.areas):
        return FingerArea(np.zeros(image.shape, np.bool_), 0.0)
    mask = _filled(coarse.piece(0).astype(np.uint8))
    if max(_sides(mask)) <= p.FINGER_LENGTH:
        return FingerArea(mask, _other_finger(coarse))
    return FingerArea(mask, max(_other_finger(coarse), _other_finger(_pieces(rough, p.NARROW_CLOSING))))


@dataclass(frozen=True, slots=True, eq=False)
class _Pieces:
    """Connected pieces of an image, the largest first: ``labels`` (h, w) counts from 1 in the order of ``numbers``."""

    labels: NDArray[np.int32] = field(repr=False)
    numbers: NDArray[np.intp] = field(repr=False)
    areas: NDArray[np.int32] = field(repr=False)

    def piece(self, rank: int) -> Mask:
        """The mask of the largest piece, the next, and so on."""
        return np.asarray(self.labels == 1 + self.numbers[rank])


def _pieces(rough: NDArray[np.uint8], closing: int) -> _Pieces:
    closed = cv2.morphologyEx(rough, cv2.MORPH_CLOSE, _disc(closing))
    opened = cv2.morphologyEx(closed, cv2.MORPH_OPEN, _disc(p.MASK_OPENING))
    _, labels, sizes, _ = cv2.connectedComponentsWithStats(opened)
    areas = np.asarray(sizes[1:, cv2.CC_STAT_AREA], np.int32)
    numbers = np.argsort(-areas, kind="stable")
    return _Pieces(np.asarray(labels, np.int32), numbers, areas[numbers])


def _other_finger(pieces: _Pieces) -> float:
    """Area of the second piece where it may be another finger, as a share of the first's."""
    if len(pieces.areas) < 2 or _is_of_one_finger(pieces):
        return 0.0
    return float(pieces.areas[1] / pieces.areas[0])


def _is_of_one_finger(pieces: _Pieces) -> bool:
    """Whether the two largest pieces are of one finger: all pieces together are no larger than a finger, and the second
    is a patch of dry or wet skin, smaller than what a finger shows, or lies along a crease across the finger. Of two
    fingers the round sides face one another, so that the gap between them is not even."""
    shown = np.isin(pieces.labels, 1 + pieces.numbers[pieces.areas >= p.PATCH_LEAST])
    shorter, longer = sorted(_sides(shown))
    if shorter > p.FINGER_WIDTH or longer > p.FINGER_LENGTH or pieces.areas.sum() > p.FINGER_AREA:
        return False
    if pieces.areas[1] < p.SECOND_LEAST and longer <= p.PATCHES_LENGTH:
        return True
    upper, lower = sorted((pieces.piece(0), pieces.piece(1)), key=lambda piece: float(np.nonzero(piece)[0].mean()))
    down, right = np.argwhere(lower).mean(axis=0) - np.argwhere(upper).mean(axis=0)
    facing = upper.any(axis=0) & lower.any(axis=0)
    narrower = min(int(piece.any(axis=0).sum()) for piece in (upper, lower))
    if abs(right) > p.CREASE_ASLANT * down or facing.sum() < p.CREASE_FACING * narrower:
        return False
    ends = len(upper) - 1 - np.argmax(upper[::-1], axis=0)
    gap = (np.argmax(lower, axis=0) - ends)[facing]
    narrowest = float(np.percentile(gap, 10))
    return narrowest < p.CREASE_WIDTH and float((gap <= narrowest + p.CREASE_UNEVEN).mean()) > p.CREASE_EVEN


def _sides(shown: Mask) -> tuple[float, float]:
    """The sides of the smallest rectangle, lying in any way, around what is shown."""
    outlines, _ = cv2.findContours(shown.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    _, (width, height), _ = cv2.minAreaRect(np.concatenate(outlines))
    return float(width), float(height)


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
