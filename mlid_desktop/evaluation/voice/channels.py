"""Puts recordings of single digits together into takes, as they are or through another channel and room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

Wave = NDArray[np.float32]
Spectrum = NDArray[np.float64]

WINDOW = 512
TELEPHONE_HZ = (200.0, 3500.0)
MOST_GAIN = 30.0
PEAK = 0.5
PAUSE_SECONDS = (0.25, 0.5)
FLOOR = 1e-3  # of full scale: the quiet of a room between the digits
MARK_LEAD_SECONDS = 0.02
LOUD_SHARE = 0.02  # of the peak: what counts towards the level of the speech
ECHO_SECONDS, ECHO_SHARE = 0.3, 0.5
NOISE_DB = 15.0
NOISY_SHARE = 0.25  # of the level, in a noisy room: as loud as speech may be without its noise alone being too loud


class Condition(StrEnum):
    """Acoustic conditions under which the digits reach the pipeline."""

    PLAIN = "as recorded"
    CHANNEL = "one channel"
    NOISE = "room noise"
    BOTH = "one channel, room noise"

    @property
    def one_channel(self) -> bool:
        """Whether every speaker's long-term spectrum is made the same."""
        return self in (Condition.CHANNEL, Condition.BOTH)

    @property
    def noisy(self) -> bool:
        """Whether the take is played in a room with noise."""
        return self in (Condition.NOISE, Condition.BOTH)


def equalise_channels(waves: Mapping[str, Sequence[Wave]], rate: int) -> dict[str, list[Wave]]:
    """Filters every speaker's recordings so that all speakers have one long-term spectrum, their common one, between
    200 and 3500 Hz: what a microphone of one's own adds, and a little of the voice, is gone."""
    spectra = {name: long_term_spectrum(own) for name, own in waves.items()}
    common = np.exp(np.mean([np.log(spectrum + 1e-12) for spectrum in spectra.values()], axis=0))
    tones = np.fft.rfftfreq(WINDOW, 1.0 / rate)
    passed = (tones >= TELEPHONE_HZ[0]) & (tones <= TELEPHONE_HZ[1])
    made = {}
    for name, own in waves.items():
        gain = np.where(passed, np.minimum(np.sqrt(common / (spectra[name] + 1e-12)), MOST_GAIN), 0.0)
        kernel = np.roll(np.fft.irfft(gain, WINDOW), WINDOW // 2) * np.hanning(WINDOW)
        made[name] = [np.asarray(np.convolve(wave, kernel, "same"), np.float32) for wave in own]
    return made


def long_term_spectrum(waves: Sequence[Wave]) -> Spectrum:
    """Long-term spectrum of recordings: (257,) mean power of frames, every recording brought to the same level."""
    row = np.concatenate([wave / max(float(np.sqrt(np.mean(wave**2))), 1e-6) for wave in waves])
    frames = np.lib.stride_tricks.sliding_window_view(row, WINDOW)[:: WINDOW // 2]
    return np.asarray(np.mean(np.abs(np.fft.rfft(frames * np.hanning(WINDOW), axis=1)) ** 2, axis=0))


def join_digits(
    digits: Sequence[Wave], rate: int, source: np.random.Generator, *, noise_db: float | None = None
) -> tuple[Wave, tuple[float, ...]]:
    """Joins digits to one take with pauses between, and returns it with the seconds at which each was shown. With
    ``noise_db`` it is heard in a room with pink noise that far below the speech."""
    parts: list[NDArray[Any]] = []
    shown, length = [], 0
    for digit in digits:
        pause = source.standard_normal(int(source.uniform(*PAUSE_SECONDS) * rate)) * FLOOR
        length += len(pause)
        shown.append(length / rate - MARK_LEAD_SECONDS)
        parts += [pause, digit * (PEAK / max(float(np.abs(digit).max()), 1e-6))]
        length += len(digit)
    parts.append(source.standard_normal(int(PAUSE_SECONDS[0] * rate)) * FLOOR)
    row = np.concatenate(parts)
    heard = row if noise_db is None else add_room(row * NOISY_SHARE, rate, source, noise_db)
    return np.asarray(heard, np.float32), tuple(shown)


def add_room(
    row: NDArray[np.float64], rate: int, source: np.random.Generator, noise_db: float = NOISE_DB
) -> NDArray[np.float64]:
    """Sound with the echo of a small room (falling 60 dB in 0.3 s), and with pink noise ``noise_db`` below it."""
    falling = np.exp(-np.arange(int(ECHO_SECONDS * rate)) / rate * np.log(1000.0) / ECHO_SECONDS)
    echo = source.standard_normal(len(falling)) * falling
    echo *= ECHO_SHARE / np.sqrt(np.sum(echo**2))
    echo[0] = 1.0
    heard = np.convolve(row, echo)[: len(row)]
    tones = np.maximum(1.0, np.arange(len(row) // 2 + 1))
    noise = np.fft.irfft(np.fft.rfft(source.standard_normal(len(row))) / np.sqrt(tones), len(row))
    loud = heard[np.abs(heard) > LOUD_SHARE * np.abs(heard).max(initial=0.0)]
    level = float(np.sqrt(np.mean(loud**2))) if len(loud) else FLOOR
    return np.asarray(heard + noise * (level / noise.std() * 10 ** (-noise_db / 20.0)))
