"""Warps a found face into a standard position: the one that an embedding network was trained on, or that of a
portrait."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from mlid_desktop.domain.samples import Image
from mlid_desktop.modalities.face import parameters as p
from mlid_desktop.modalities.face.crop import shrunk_warp

Matrix = NDArray[np.float64]
STANDARD = np.array(p.ALIGNED_POINTS) * p.ALIGNED_SIDE


def align(image: Image, points: NDArray[np.float64]) -> Image:
    """The (128, 128, 3) crop in which the five points (5, 2) of a face lie where the embedding network expects them."""
    return shrunk_warp(image, fit_similarity(points, STANDARD), p.ALIGNED_SIDE)


def crop_portrait(image: Image, points: NDArray[np.float64]) -> Image | None:
    """The portrait (height, width, 3) of a face whose eyes (right, left) come first in ``points``, cut as ISO/IEC
    39794-5 asks: upright, three to four, the eyes level in the middle, four and a half tenths from the top and a
    quarter of the width apart. Light grey where the frame ends. None where the eyes lie in one point."""
    if len(points) < 2 or float(np.hypot(*(points[1] - points[0]))) < 1.0:
        return None
    eyes = _eyes_as_in_front(points)
    wide, high = p.PORTRAIT_SIZE
    apart, level = p.PORTRAIT_EYES * wide / 2, p.PORTRAIT_LEVEL * high
    target = np.array([[wide / 2 - apart, level], [wide / 2 + apart, level]])
    growth = max(1.0, float(np.hypot(*(eyes[1] - eyes[0]))) / (2 * apart))
    placement = fit_similarity(eyes, target * growth)
    size = (round(wide * growth), round(high * growth))
    flat = cv2.warpAffine(
        image, placement, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_CONSTANT, borderValue=p.PORTRAIT_GROUND
    )
    return np.asarray(cv2.resize(flat, p.PORTRAIT_SIZE, interpolation=cv2.INTER_AREA), np.uint8)


def _eyes_as_in_front(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """The eyes as far apart as those of a face of this length are from the front: in a face that is turned they lie
    closer together, and it would be cut too narrowly by them."""
    eyes = points[:2]
    if len(points) < len(STANDARD):
        return eyes
    middle = eyes.mean(axis=0)
    length = float(np.hypot(*(points[3:5].mean(axis=0) - middle)))
    apart = float(np.hypot(*(eyes[1] - eyes[0])))
    return np.asarray(middle + (eyes - middle) * max(1.0, length / (p.LONGEST_FACE * apart)))


def fit_similarity(source: NDArray[np.float64], target: NDArray[np.float64]) -> Matrix:
    """The (2, 3) rotation, scale and shift that brings the (n, 2) points ``source`` to ``target`` with least squared
    error.

    S. Umeyama, "Least-squares estimation of transformation parameters between two point patterns", IEEE TPAMI 13(4),
    1991, in its two-dimensional closed form with complex numbers.
    """
    centred_source, centred_target = source[:, 0] + 1j * source[:, 1], target[:, 0] + 1j * target[:, 1]
    centre, goal = centred_source.mean(), centred_target.mean()
    spread = float(np.sum(np.abs(centred_source - centre) ** 2))
    turn = np.sum(np.conj(centred_source - centre) * (centred_target - goal)) / spread if spread > 0 else 1.0 + 0.0j
    shift = goal - turn * centre
    return np.array([[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag]])
