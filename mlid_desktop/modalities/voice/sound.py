"""Checks sound from outside and brings it to the one form that every step of the voice pipeline works on."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import gcd

import numpy as np
from numpy.typing import NDArray
from scipy.signal import resample_poly

from mlid_desktop.domain.reasons import Reason
from mlid_desktop.domain.samples import Sample
from mlid_desktop.modalities.voice import parameters as p

Wave = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Sound:
    """Checked sound: ``wave`` (n,) float32 in [-1, 1] at 16 kHz with its mean taken off; ``raw`` (m,) as it came, at
    its own ``rate``, for clipping and bandwidth."""

    wave: Wave = field(repr=False)
    raw: Wave = field(repr=False)
    rate: int

    @property
    def seconds(self) -> float:
        """Duration in seconds."""
        return len(self.wave) / p.RATE


def checked_sound(sample: Sample) -> Sound | Reason:
    """The checked sound of a sample, or the reason why it cannot be used: EMPTY_SAMPLE, SOUND_DAMAGED (not finite, not
    a row of numbers, a rate that no microphone has) or SOUND_TOO_LONG."""
    untrusted = getattr(sample, "block", None)
    untrusted_rate = getattr(sample, "rate", 0)
    if not isinstance(untrusted, np.ndarray) or untrusted.size == 0:
        return Reason.EMPTY_SAMPLE
    if not isinstance(untrusted_rate, int) or not p.MIN_RATE <= untrusted_rate <= p.MAX_RATE:
        return Reason.SOUND_DAMAGED
    if untrusted.ndim not in (1, 2) or untrusted.dtype.kind not in "fiu":
        return Reason.SOUND_DAMAGED
    if untrusted.shape[0] > p.MAX_SECONDS * untrusted_rate:
        return Reason.SOUND_TOO_LONG
    if untrusted.ndim == 2 and untrusted.shape[1] > p.MAX_CHANNELS:
        return Reason.SOUND_DAMAGED
    scale = 1.0 if untrusted.dtype.kind == "f" else 1.0 / (np.iinfo(untrusted.dtype).max + 1)
    row = untrusted if untrusted.ndim == 1 else untrusted.mean(axis=1)
    raw = np.asarray(row, np.float32) * np.float32(scale)
    if not np.isfinite(raw).all():
        return Reason.SOUND_DAMAGED
    raw = np.clip(raw, -1.0, 1.0)
    return Sound(resample(raw - raw.mean(), untrusted_rate), raw, untrusted_rate)


def resample(wave: Wave, rate: int) -> Wave:
    """The wave resampled to 16 kHz; frequencies above half of the lower rate are filtered out first (polyphase Kaiser
    filter)."""
    if rate == p.RATE or not len(wave):
        return np.ascontiguousarray(wave, np.float32)
    common = gcd(rate, p.RATE)
    return np.asarray(resample_poly(wave, p.RATE // common, rate // common), np.float32)
