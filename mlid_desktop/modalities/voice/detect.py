"""Detects speech in sound: by the Silero model, or by loudness where that model is absent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.modalities.voice import parameters as p
from mlid_desktop.modalities.voice.sound import Wave
from mlid_desktop.models.session import ModelSession


@dataclass(frozen=True, slots=True)
class SpeechSegment:
    """A segment of speech from sample ``start`` up to ``end`` at 16 kHz."""

    start: int
    end: int


class VoiceActivity(Protocol):
    """Voice activity detector: tells block by block whether somebody speaks."""

    @property
    def name(self) -> str:
        """Name of the detector."""
        ...

    def active(self, wave: Wave) -> NDArray[np.bool_]:
        """Whether somebody speaks in each block of 512 samples of 16 kHz sound, (n / 512,)."""
        ...


class SileroActivity:
    """Voice activity by the Silero model, with hysteresis between two probabilities."""

    name = "silero"

    def __init__(self, session: ModelSession) -> None:
        self._session = session

    def active(self, wave: Wave) -> NDArray[np.bool_]:
        """Speech by block of 512 samples, as in :meth:`VoiceActivity.active`; the model's state starts anew with each
        recording."""
        state = np.zeros((2, 1, p.VAD_STATE), np.float32)
        rate = np.array(p.RATE, np.int64)
        padded = np.concatenate([np.zeros(p.VAD_CONTEXT, np.float32), wave])
        speaking, active = False, np.zeros(len(wave) // p.VAD_BLOCK, np.bool_)
        for index in range(len(active)):
            block = padded[index * p.VAD_BLOCK : (index + 1) * p.VAD_BLOCK + p.VAD_CONTEXT]
            probability, state = self._session.run(block[None], state, rate)
            speaking = float(probability[0, 0]) >= (p.VAD_END if speaking else p.VAD_START)
            active[index] = speaking
        return active


class EnergyActivity:
    """Voice activity by loudness: blocks far above the quietest tenth and not far below the loudest, so that other
    noises of the same loudness count as speech."""

    name = "energy"

    def active(self, wave: Wave) -> NDArray[np.bool_]:
        """Speech by block of 512 samples, as in :meth:`VoiceActivity.active`."""
        blocks = wave[: len(wave) // p.VAD_BLOCK * p.VAD_BLOCK].reshape(-1, p.VAD_BLOCK)
        if not len(blocks):
            return np.zeros(0, np.bool_)
        levels = 20.0 * np.log10(np.sqrt(np.mean(blocks.astype(np.float64) ** 2, axis=1)) + 1e-6)
        noise, top = np.quantile(levels, 0.1), levels.max()
        least = max(min(noise + p.ENERGY_OVER_NOISE_DB, top - 3.0), top - p.ENERGY_RANGE_DB, p.ENERGY_LEAST_DBFS)
        return np.asarray((levels >= least) & (top - noise >= p.ENERGY_OVER_NOISE_DB))


def speech_segments(active: NDArray[np.bool_], length: int) -> tuple[SpeechSegment, ...]:
    """The segments of speech in a wave of ``length`` samples: short gaps closed, short noises dropped, ends padded."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], active, [False]]).astype(np.int8)))
    joined: list[list[int]] = []
    for start, end in edges.reshape(-1, 2) * p.VAD_BLOCK:
        if joined and start - joined[-1][1] <= p.VAD_JOIN_SECONDS * p.RATE:
            joined[-1][1] = int(end)
        else:
            joined.append([int(start), int(end)])
    pad = round(p.VAD_PAD_SECONDS * p.RATE)
    long_enough = [segment for segment in joined if segment[1] - segment[0] >= p.VAD_LEAST_SECONDS * p.RATE]
    return tuple(SpeechSegment(max(0, start - pad), min(length, end + pad)) for start, end in long_enough)


def extract_speech(wave: Wave, spoken: tuple[SpeechSegment, ...]) -> Wave:
    """The parts of a wave that hold speech, joined without the pauses."""
    if not spoken:
        return wave[:0]
    return np.concatenate([wave[segment.start : segment.end] for segment in spoken])


def speech_seconds(spoken: tuple[SpeechSegment, ...]) -> float:
    """Duration of the speech in seconds."""
    return sum(segment.end - segment.start for segment in spoken) / p.RATE
