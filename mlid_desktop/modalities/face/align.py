"""Warps a found face into the standard position that the embedding network was trained on."""

from __future__ import annotations

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
