"""Brings sound to another sample rate, block by block, without aliasing.

A polyphase filter (Crochiere and Rabiner 1983, chapter 4): conceptually the sound is brought to the common multiple of
both rates, filtered there, and every so many samples are kept; in fact only the samples that are kept are computed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import ceil, gcd, pi

import numpy as np
from numpy.typing import NDArray

Wave = NDArray[np.float32]

STOPBAND_DB = 100.0  # below the noise of 16-bit sound (98 dB)
PASSED = (
    0.9  # share of the lower rate's half that passes unchanged; at that half the stopband begins: nothing folds back
)
MAX_STEPS = 48_000  # of the common multiple: every pair of rates that devices have is far below (44.1 to 16 kHz: 441)
ROWS_AT_ONCE = 4096  # samples made at once: bounds the memory that a long recording takes


@dataclass(frozen=True, slots=True)
class Ratio:
    """The ratio of two sample rates: ``up`` samples of the new rate last as long as ``down`` of the old."""

    up: int
    down: int

    @classmethod
    def of(cls, old_rate: int, new_rate: int) -> Ratio:
        """The ratio of two rates in lowest terms. Raises ValueError for rates that are none, or have no small common
        multiple."""
        if old_rate <= 0 or new_rate <= 0:
            raise ValueError("a rate is at least one sample a second")
        common = gcd(old_rate, new_rate)
        ratio = cls(new_rate // common, old_rate // common)
        if max(ratio.up, ratio.down) > MAX_STEPS:
            raise ValueError("these two rates have no common multiple that could be computed")
        return ratio


@dataclass(frozen=True, slots=True, eq=False)
class PolyphaseFilter:
    """A polyphase filter: ``kernels`` (up, taps) float64, whose row r makes the samples that lie r/up of an old sample
    behind one; the sample itself is the one under column ``centre``."""

    ratio: Ratio
    kernels: NDArray[np.float64] = field(repr=False)
    centre: int


def design_filter(ratio: Ratio) -> PolyphaseFilter:
    """Designs the polyphase filter: a windowed sinc (Kaiser 1974: ripple and width of the transition give the window),
    each row summing to one."""
    lower_half = 0.5 * min(1.0, ratio.up / ratio.down)  # of the lower rate, in cycles per old sample
    transition = (1.0 - PASSED) * lower_half
    cutoff = lower_half - transition / 2
    beta = 0.1102 * (STOPBAND_DB - 8.7)
    reach = ceil((STOPBAND_DB - 7.95) / (2.285 * 2.0 * pi * transition) / 2)
    taps = np.arange(-reach, reach + 1)[None, :] - np.arange(ratio.up)[:, None] / ratio.up
    window = np.i0(beta * np.sqrt(np.clip(1.0 - (taps / (reach + 1)) ** 2, 0.0, 1.0))) / np.i0(beta)
    kernels = 2.0 * cutoff * np.sinc(2.0 * cutoff * taps) * window
    return PolyphaseFilter(ratio, kernels / kernels.sum(axis=1, keepdims=True), reach)


class Resampler:
    """Resamples one stretch of sound from its beginning to its end. The samples that come out are the same, bit for
    bit, however the sound is cut into blocks; sample k lies k / ``new_rate`` seconds behind the beginning."""

    def __init__(self, old_rate: int, new_rate: int) -> None:
        """Prepares the filter between two rates. Raises ValueError for rates that no device has."""
        self._ratio = Ratio.of(old_rate, new_rate)
        self._filter = None if old_rate == new_rate else design_filter(self._ratio)
        self._held = np.zeros(0 if self._filter is None else self._filter.centre)  # the quiet before the beginning
        self._dropped = -len(self._held)  # old samples that lie before the first one held
        self._taken = 0
        self._made = 0

    def feed(self, block: Wave) -> Wave:
        """Takes (n,) float32, and returns the new samples that can be made now: the filter waits for what comes after
        them."""
        if self._filter is None:
            return np.ascontiguousarray(block, np.float32)
        self._taken += len(block)
        self._held = np.concatenate([self._held, block])
        return self._make(self._filter, self._made_until(self._filter))

    def finish(self) -> Wave:
        """The remaining samples, as if quiet followed. Nothing is fed after this."""
        if self._filter is None:
            return np.empty(0, np.float32)
        self._held = np.concatenate([self._held, np.zeros(self._filter.centre + 1)])
        return self._make(self._filter, -(-self._taken * self._ratio.up // self._ratio.down))

    def _made_until(self, filtered: PolyphaseFilter) -> int:
        """How many new samples can be made of those taken: the last one's filter ends within it."""
        last_index = self._taken - 1 - filtered.centre
        return max(0, (last_index * self._ratio.up) // self._ratio.down + 1) if last_index >= 0 else 0

    def _make(self, filtered: PolyphaseFilter, until: int) -> Wave:
        made = [np.empty(0, np.float32)]
        while self._made < until:
            numbers = np.arange(self._made, min(until, self._made + ROWS_AT_ONCE), dtype=np.int64) * self._ratio.down
            starts = numbers // self._ratio.up - filtered.centre - self._dropped
            windows = np.lib.stride_tricks.sliding_window_view(self._held, filtered.kernels.shape[1])[starts]
            made.append((windows * filtered.kernels[numbers % self._ratio.up]).sum(axis=1).astype(np.float32))
            self._made += len(numbers)
        self._let_go(filtered)
        return np.concatenate(made)

    def _let_go(self, filtered: PolyphaseFilter) -> None:
        """Drops the old samples that no later one needs."""
        needed_from = self._made * self._ratio.down // self._ratio.up - filtered.centre
        surplus = max(0, min(needed_from - self._dropped, len(self._held)))
        self._held = self._held[surplus:]
        self._dropped += surplus


def resample(wave: Wave, old_rate: int, new_rate: int) -> Wave:
    """Resamples a whole sound at once to ceil(n * new_rate / old_rate) samples. Raises ValueError as
    :class:`Resampler`."""
    resampler = Resampler(old_rate, new_rate)
    return np.concatenate([resampler.feed(wave), resampler.finish()])
