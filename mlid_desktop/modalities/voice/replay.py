"""Detects signs that speech came out of a loudspeaker: shown to the operator, they decide nothing.

A small loudspeaker passes no low tones, so that the puff of a stop before a near microphone is absent (S. Shiota et
al., "Voice liveness detection algorithms based on pop noise", Interspeech 2015); a recording played in a room has been
through two rooms, so that words end slowly; and what was recorded or sent narrow stays narrow.
"""

from __future__ import annotations

import numpy as np

from mlid_desktop.modalities.voice import parameters as p
from mlid_desktop.modalities.voice.detect import SpeechSegment, extract_speech
from mlid_desktop.modalities.voice.quality import background_sound, bandwidth
from mlid_desktop.modalities.voice.sound import Wave

NO_LOW_TONES = "no_low_tones"
SLOW_DECAY = "slow_decay"
NARROW_BAND = "narrow_band"

LEAST_LOW_DB = -38.0  # strongest low burst against the speech's mean level
SLOWEST_DECAY_DB_S = 45.0  # a room that falls 60 dB in 1.3 s
NARROWEST_HZ = 4500.0
LEAST_FALL_DB = 12.0  # ends of words that stand less above the room say nothing about it


def find_replay_cues(wave: Wave, spoken: tuple[SpeechSegment, ...]) -> tuple[str, ...]:
    """The names of the signs of replay that were found."""
    speech, room = extract_speech(wave, spoken), background_sound(wave, spoken)
    decay = decay_rate(wave, spoken)
    signs = (
        (NO_LOW_TONES, low_burst(speech) < LEAST_LOW_DB),
        (SLOW_DECAY, decay is not None and decay < SLOWEST_DECAY_DB_S),
        (NARROW_BAND, bandwidth(speech, room) < NARROWEST_HZ),
    )
    return tuple(name for name, present in signs if present)


def low_burst(speech: Wave) -> float:
    """Level of the strongest frame below 90 Hz in dB against the mean of the band of speech."""
    frames = np.lib.stride_tricks.sliding_window_view(np.pad(speech, (0, p.FFT * 4)), p.FFT * 4)[:: p.FFT]
    power = np.abs(np.fft.rfft(frames * np.hanning(p.FFT * 4), axis=1)) ** 2
    tones = np.fft.rfftfreq(p.FFT * 4, 1 / p.RATE)
    low = power[:, (tones > 0) & (tones < p.POP_HZ)].sum(axis=1)
    band = power[:, (tones >= p.POP_BAND_HZ[0]) & (tones <= p.POP_BAND_HZ[1])].sum(axis=1)
    return float(10 * np.log10((low.max() + 1e-12) / (band.mean() + 1e-12)))


def decay_rate(wave: Wave, spoken: tuple[SpeechSegment, ...]) -> float | None:
    """Median decay rate of the sound (dB/s) in the quarter second after the loudest moment near the end of a speech
    segment; None where no end stands clear of the room."""
    length = round(p.TAIL_SECONDS * p.RATE)
    rates = []
    for segment in spoken:
        tail = wave[max(0, segment.end - length) : segment.end + length].astype(np.float64)
        blocks = tail[: len(tail) // p.HOP * p.HOP].reshape(-1, p.HOP)
        if len(blocks) < 10:
            continue
        levels = 10 * np.log10(np.mean(blocks**2, axis=1) + 1e-12)
        top = int(np.argmax(levels[: len(levels) // 2 + 1]))
        bottom = top + int(np.argmin(levels[top:]))
        if levels[top] - levels[bottom] >= LEAST_FALL_DB and bottom > top:
            rates.append((levels[top] - levels[bottom]) / ((bottom - top) * p.HOP / p.RATE))
    return float(np.median(rates)) if rates else None
