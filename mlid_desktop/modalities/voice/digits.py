"""Segments a take of prompted speech into its digits, normalised over the session and resampled to one length."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.modalities.voice import parameters as p
from mlid_desktop.modalities.voice.features import Frames, digit_features
from mlid_desktop.modalities.voice.sound import Wave


@dataclass(frozen=True, slots=True, eq=False)
class SpokenDigits:
    """The digits of prompted speech in the order they were spoken: ``label`` (n,) the digit asked, ``frames`` (n,) how
    long each lasted, and ``shape`` (n, DIGIT_LENGTH, DIGIT_COEFFICIENTS) float32 cepstra of mean 0 and deviation 1 over
    the session."""

    label: NDArray[np.uint8]
    frames: NDArray[np.uint8]
    shape: NDArray[np.float32] = field(repr=False)

    def __len__(self) -> int:
        return len(self.label)

    def joined(self, other: SpokenDigits) -> SpokenDigits:
        """The spoken digits of two recordings, one after the other."""
        return SpokenDigits(
            np.concatenate([self.label, other.label]),
            np.concatenate([self.frames, other.frames]),
            np.concatenate([self.shape, other.shape]),
        )

    def select(self, chosen: NDArray[np.bool_]) -> SpokenDigits:
        """The digits that the mask chooses."""
        return SpokenDigits(self.label[chosen], self.frames[chosen], self.shape[chosen])


def no_digits() -> SpokenDigits:
    """An empty set of spoken digits."""
    empty = np.empty(0, np.uint8)
    return SpokenDigits(empty, empty, np.empty((0, p.DIGIT_LENGTH, p.DIGIT_COEFFICIENTS), np.float32))


def segment_digits(wave: Wave, prompt: tuple[int, ...], shown: tuple[float, ...]) -> SpokenDigits | None:
    """Segments a take into its digits; None where one is missing or more was said than asked.

    ``shown`` are the seconds at which each digit appeared; without them the pauses alone tell the digits apart.
    """
    cepstra = digit_features(wave)
    levels = frame_levels(wave, len(cepstra))
    spans = _spans_by_marks(levels, shown) if len(shown) == len(prompt) and shown else _spans_by_pauses(levels)
    if spans is None or len(spans) != len(prompt):
        return None
    parts = [cepstra[start:end] for start, end in spans]
    session = np.concatenate(parts)
    mean, deviation = session.mean(axis=0), np.maximum(session.std(axis=0), p.DEVIATION_FLOOR)
    return SpokenDigits(
        np.array(prompt, np.uint8),
        np.array([len(part) for part in parts], np.uint8),
        np.stack([resample_frames((part - mean) / deviation) for part in parts]),
    )


def frame_levels(wave: Wave, count: int) -> NDArray[np.float64]:
    """Level (count,) of the frames in dB below full scale, in the band the digits are compared in."""
    from scipy.signal import butter, sosfilt  # noqa: PLC0415 - late: a heavy import that most takes do not need

    band = butter(2, [p.DIGIT_LOW_HZ, p.DIGIT_HIGH_HZ], "bandpass", fs=p.RATE, output="sos")
    heard = np.concatenate([np.asarray(sosfilt(band, wave)), np.zeros(p.FRAME)])
    power = np.lib.stride_tricks.sliding_window_view(heard, p.FRAME)[:: p.HOP][:count]
    return np.asarray(10.0 * np.log10(np.mean(power**2, axis=1) + 10 ** (p.SILENCE_DBFS / 10)))


def _spans_by_marks(levels: NDArray[np.float64], shown: tuple[float, ...]) -> list[tuple[int, int]] | None:
    """The loud span between each mark and the next; None where a part holds no digit."""
    noise = float(np.quantile(levels, 0.1))
    early = p.MARK_EARLY_SECONDS
    edges = [max(0, round((mark - early) * p.RATE / p.HOP)) for mark in shown] + [len(levels)]
    spans = []
    for start, end in pairwise(edges):
        runs = _runs(levels[start:end], noise)
        if not runs:
            return None
        first, last = max(runs, key=lambda run: run[1] - run[0])
        spans.append((start + first, start + last))
    return spans


def _spans_by_pauses(levels: NDArray[np.float64]) -> list[tuple[int, int]]:
    return _runs(levels, float(np.quantile(levels, 0.1))) if len(levels) else []


def _runs(levels: NDArray[np.float64], noise: float) -> list[tuple[int, int]]:
    """Runs of loud frames, closures inside a digit bridged, clicks dropped."""
    if not len(levels):
        return []
    top = float(levels.max())
    if top < noise + p.DIGIT_PEAK_DB:
        return []
    loud = levels >= max(noise + p.DIGIT_OVER_NOISE_DB, top - p.DIGIT_RANGE_DB)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], loud, [False]]).astype(np.int8))).reshape(-1, 2)
    joined: list[list[int]] = []
    for start, end in edges.tolist():
        if joined and start - joined[-1][1] <= p.DIGIT_GAP_FRAMES:
            joined[-1][1] = end
        else:
            joined.append([start, end])
    return [(start, end) for start, end in joined if p.MIN_DIGIT_FRAMES <= end - start <= p.MAX_DIGIT_FRAMES]


def resample_frames(frames: Frames) -> Frames:
    """A digit's frames resampled to (DIGIT_LENGTH, coefficients) by linear interpolation, which removes the speed of
    speech."""
    positions = np.linspace(0.0, len(frames) - 1.0, p.DIGIT_LENGTH)
    before = np.minimum(positions.astype(np.intp), max(0, len(frames) - 2))
    after = np.minimum(before + 1, len(frames) - 1)
    share = (positions - before)[:, None]
    return np.asarray(frames[before] * (1.0 - share) + frames[after] * share, np.float32)
