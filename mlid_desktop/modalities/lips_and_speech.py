"""Whether the lips before a camera moved with the speech at a microphone.

Lips open and close as the sound swells and falls. How fast they do (without sign) is held against the envelope of the
speech, shifted both ways: where both are of one person, they agree best at hardly any shift, and by more than they do
at others.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Series = NDArray[np.float64]
STEP = 0.02  # s, of the series that are compared
BAND = (200.0, 3500.0)  # Hz
LOW_RATE = 8000  # samples a second, at least
NEAR = np.arange(-10, 11)  # steps that camera and microphone may be apart
FAR = np.concatenate([np.arange(-40, -15), np.arange(16, 41)])  # steps at which they agree by chance alone
LEAST_SECONDS = 1.2
LEAST_SEEN = 0.7  # of the frames
WIDEST_GAP = 0.09  # s between two frames, in the middle: fewer do not follow a syllable
QUIET = 1e-10  # power of what is no sound


def measure_lip_agreement(
    wave: NDArray[np.float32], rate: int, moments: Sequence[tuple[float, float | None]]
) -> float | None:
    """How far the lips moved with the speech: the best correlation of both within 0.2 s, in deviations above those at
    larger shifts.

    ``wave`` (n,) at ``rate`` samples a second; ``moments`` are, of each frame, seconds from the wave's beginning and
    how far the mouth was open, or None where that was not to be seen. None where too little was seen or heard to say.
    """
    seen = [(moment, opening) for moment, opening in moments if opening is not None]
    if rate < LOW_RATE or len(seen) < max(2.0, LEAST_SEEN * len(moments)):
        return None
    times, openings = (np.array(values, np.float64) for values in zip(*seen, strict=True))
    gaps = np.diff(times)
    if times[-1] - times[0] < LEAST_SECONDS or np.median(gaps) > WIDEST_GAP or gaps.min() < 0.0:
        return None
    grid = np.arange(times[0], times[-1], STEP)
    speed = np.abs(np.gradient(np.interp(grid, times, openings)))
    heard, loud = _envelope(wave, rate)
    near = _correlations(grid, speed, heard, loud, NEAR)
    far = _correlations(grid, speed, heard, loud, FAR)
    if not len(near) or len(far) < len(FAR) // 2 or far.std() == 0.0:
        return None
    return float((near.max() - far.mean()) / far.std())


def _envelope(wave: NDArray[np.float32], rate: int) -> tuple[Series, Series]:
    """Seconds (k,) of the middle of each step of a wave, and how loud the speech is there."""
    from scipy.signal import butter, sosfiltfilt  # noqa: PLC0415 - late: a heavy import that most takes do not need

    hop = round(rate * STEP)
    count = len(wave) // hop
    if count * STEP < LEAST_SECONDS:
        return np.zeros(0), np.zeros(0)
    speech = sosfiltfilt(butter(2, BAND, btype="band", fs=rate, output="sos"), np.nan_to_num(wave).astype(np.float64))
    power = (speech[: count * hop].reshape(count, hop) ** 2).mean(axis=1)
    return (np.arange(count) + 0.5) * hop / rate, np.sqrt(power + QUIET)


def _correlations(grid: Series, speed: Series, heard: Series, loud: Series, shifts: NDArray[np.int_]) -> Series:
    """The correlation of both series at each shift that leaves enough of them."""
    found = []
    for shift in shifts:
        moved = grid + shift * STEP
        inside = (moved >= heard[0]) & (moved <= heard[-1]) if len(heard) else np.zeros(len(grid), np.bool_)
        if int(inside.sum()) * STEP >= LEAST_SECONDS:
            found.append(_correlation(speed[inside], np.interp(moved[inside], heard, loud)))
    return np.array(found)


def _correlation(first: Series, second: Series) -> float:
    spread = float(first.std() * second.std())
    return float(((first - first.mean()) * (second - second.mean())).mean()) / spread if spread > 0.0 else 0.0
