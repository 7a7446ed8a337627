"""Measures the distance between the ridges of a finger, which shows whether the image has the resolution it claims."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.modalities.fingerprint import parameters as p
from mlid_desktop.modalities.fingerprint.detect import Field, Mask

WINDOW = 96  # pixels: five periods of the widest ridges looked for
STEP = 48
COVERED = 0.9  # of a window that must be finger
LEAST_WINDOWS = 3
SHORTEST, LONGEST = 3.0, 32.0  # periods that are looked for, in pixels
BESIDE = 0.5  # share of the strongest from which a period that people have is taken: texture of the skin is wide too
PROMINENT = 2.0  # times the mean over all periods that the strongest must have, else there is no telling


def ridge_period(normal: Field, mask: Mask) -> float | None:
    """The ridge period with the most energy, in pixels at 500 dpi, over windows of the normalised image that lie within
    the finger; None where too little of it is seen, or no period stands out."""
    energies = [
        _energy(normal[top : top + WINDOW, left : left + WINDOW])
        for top in range(0, normal.shape[0] - WINDOW + 1, STEP)
        for left in range(0, normal.shape[1] - WINDOW + 1, STEP)
        if mask[top : top + WINDOW, left : left + WINDOW].mean() >= COVERED
    ]
    if len(energies) < LEAST_WINDOWS:
        return None
    whole = np.mean(energies, axis=0)
    best = int(whole.argmax())
    if whole[best] < PROMINENT * whole.mean():
        return None
    usual = int(np.where(_HUMAN, whole, 0.0).argmax())
    if whole[usual] >= BESIDE * whole[best]:
        best = usual
    return float(WINDOW / _peak(whole, best))


def is_human(period: float) -> bool:
    """Whether a ridge period is one that any person, a child included, can have."""
    return p.CLOSEST_RIDGES <= period <= p.WIDEST_RIDGES


def _energy(patch: Field) -> NDArray[np.float64]:
    """Energy at each radius of the spectrum, as a share of the whole, so that pale windows count as much as strong
    ones."""
    spectrum = np.abs(np.fft.rfft2((patch - patch.mean()) * _TAPER)) ** 2
    sums = np.bincount(_RADII.ravel(), weights=spectrum.ravel(), minlength=_LAST + 2)[_FIRST : _LAST + 1]
    return np.asarray(sums / max(float(sums.sum()), 1e-12), np.float64)


def _peak(whole: NDArray[np.float64], best: int) -> float:
    """The radius of the spectrum's peak between the bins, by a parabola through the three highest."""
    if not 0 < best < len(whole) - 1:
        return float(_FIRST + best)
    left, middle, right = whole[best - 1 : best + 2]
    between = 0.5 * (left - right) / min(left - 2 * middle + right, -1e-12)
    return float(_FIRST + best + np.clip(between, -0.5, 0.5))


_FIRST, _LAST = int(WINDOW / LONGEST), int(WINDOW / SHORTEST)
_HUMAN = np.array([is_human(WINDOW / radius) for radius in range(_FIRST, _LAST + 1)])
_TAPER = np.outer(np.hanning(WINDOW), np.hanning(WINDOW)).astype(np.float32)
_RADII = np.minimum(
    np.rint(np.hypot(np.fft.fftfreq(WINDOW)[:, None], np.fft.rfftfreq(WINDOW)[None, :]) * WINDOW).astype(int), _LAST + 1
)
