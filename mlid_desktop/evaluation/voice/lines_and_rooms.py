"""Plays recordings through a telephone line or in a noisy room, as a desk would hear them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, fftconvolve, resample_poly, sosfiltfilt

from mlid_desktop.domain.errors import Code, UsageError
from mlid_desktop.evaluation.observations import OpenSource
from mlid_desktop.evaluation.voice.datasets import list_recordings, read_sound
from mlid_desktop.modalities.voice.sound import Sound, checked_sound

Wave = NDArray[np.float32]

RATE = 16_000
LINE_RATE = 8_000
LINE_HZ = (300.0, 3400.0)
LINE_PEAK = 0.7
MU = 255.0  # ITU-T G.711
ECHO_SECONDS, ECHO_SHARE = 0.35, 0.6  # the echo falls 60 dB in that time
LOUD_SHARE = 0.01  # of the peak: what counts towards the level of the speech
ROOM_DB = 10.0  # speech over noise


class Surroundings(StrEnum):
    """What lies between a speaker and the pipeline."""

    PLAIN = "plain"
    TELEPHONE = "telephone"
    ROOM = "room"


def read_noises(folder: Path, open_source: OpenSource) -> Mapping[str, Wave]:
    """The noises in a folder by name, at 16 kHz. Raises UsageError(USAGE_BAD_DATASET) where there is none."""
    found = {}
    for path in list_recordings(folder):
        sample = read_sound(path, open_source)
        sound = None if sample is None else checked_sound(sample)
        if isinstance(sound, Sound):
            found[path.stem] = sound.wave
    if not found:
        raise UsageError(Code.USAGE_BAD_DATASET, why="no noise could be read")
    return dict(sorted(found.items()))


def played(wave: Wave, surroundings: Surroundings, noises: Mapping[str, Wave], name: str) -> Wave:
    """A 16 kHz recording as it is heard in these surroundings. ``name`` decides what is drawn, so that it is the same
    every time."""
    if surroundings is Surroundings.TELEPHONE:
        return telephone_line(wave)
    if surroundings is Surroundings.PLAIN:
        return wave
    seed = hashlib.sha256(name.encode()).hexdigest()[:8]
    return noisy_room(wave, noises, np.random.default_rng(int(seed, 16)))


def telephone_line(wave: Wave) -> Wave:
    """Sound after a telephone line: 300 to 3400 Hz, 8 kHz, 8 bits by mu-law (ITU-T G.711); at 16 kHz again."""
    line = butter(4, LINE_HZ, "band", fs=LINE_RATE, output="sos")
    narrow = sosfiltfilt(line, resample_poly(wave, LINE_RATE, RATE))
    narrow = np.clip(narrow * (LINE_PEAK / max(float(np.abs(narrow).max()), 1e-6)), -1, 1)
    sent = np.round(np.sign(narrow) * np.log1p(MU * np.abs(narrow)) / np.log1p(MU) * 127) / 127
    heard = np.sign(sent) * np.expm1(np.abs(sent) * np.log1p(MU)) / MU
    return np.asarray(resample_poly(heard, RATE, LINE_RATE), np.float32)


def noisy_room(wave: Wave, noises: Mapping[str, Wave], source: np.random.Generator, over_db: float = ROOM_DB) -> Wave:
    """Sound with the echo of a small room, and one of the noises, drawn, ``over_db`` below the speech."""
    time = np.arange(round(ECHO_SECONDS * RATE)) / RATE
    echo = source.standard_normal(len(time)) * np.exp(-time * np.log(1000.0) / ECHO_SECONDS)
    echo *= ECHO_SHARE / np.sqrt(np.sum(echo**2))
    echo[0] = 1.0
    heard = fftconvolve(wave, echo)[: len(wave)]
    noise = noises[sorted(noises)[source.integers(len(noises))]]
    start = int(source.integers(max(1, len(noise) - len(heard))))
    behind = np.resize(noise[start:], len(heard))
    loud = heard[np.abs(heard) > LOUD_SHARE * np.abs(heard).max()]
    level = np.sqrt(np.mean(loud**2)) if len(loud) else 0.0
    return np.asarray(heard + behind / max(float(behind.std()), 1e-9) * level * 10 ** (-over_db / 20), np.float32)
