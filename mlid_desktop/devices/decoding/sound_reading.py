"""Reads recorded sound by libsndfile (WAV, FLAC, MP3, OGG, AIFF), a second at a time. Runs in the media helper
alone."""

from __future__ import annotations

import io
import re

import numpy as np
import soundfile
from numpy.typing import NDArray

from mlid_desktop.devices.decoding.media_messages import (
    MAX_CHANNELS,
    MAX_RATE,
    MAX_SAMPLES,
    MAX_SECONDS,
    MIN_RATE,
    SoundHead,
)
from mlid_desktop.domain.errors import Code, DeviceError

FULL_SCALE = 1.0 - 2.0**-15  # the largest value of 16-bit sound
FORMATS = frozenset({"WAV", "WAVEX", "RF64", "FLAC", "MP3", "MPEG", "OGG", "AIFF"})
WHOLE = 0.9  # share of the promised sound below which a file has broken off; lengths of MP3 are sometimes estimates
LENGTH_NOT_KNOWN = 0x7FFF_0000  # a length at or above this was written by a program that did not know it yet
PROMISED = re.compile(r"^\s*(?:data|SSND)\s*:\s*(\d+) \(should be (\d+)\)", re.MULTILINE)  # of libsndfile's log


def read_sound(stream: io.BufferedIOBase) -> tuple[SoundHead, NDArray[np.float32]]:
    """The whole sound of a file, all channels averaged, in [-1, 1]. Raises DeviceError: DEVICE_TOO_LARGE where it lasts
    too long, DEVICE_NO_SAMPLES where it is empty, DEVICE_BAD_MEDIA for what is no sound, breaks off or holds numbers
    that are none."""
    try:
        with soundfile.SoundFile(stream) as file:
            return _read(file)
    except (soundfile.SoundFileError, RuntimeError, OSError, ValueError, TypeError):
        raise DeviceError(Code.DEVICE_BAD_MEDIA) from None


def _read(file: soundfile.SoundFile) -> tuple[SoundHead, NDArray[np.float32]]:
    """Reads an open file a second at a time, so that a lying header takes no memory."""
    rate, promised = int(file.samplerate), int(file.frames)
    if file.format not in FORMATS or not MIN_RATE <= rate <= MAX_RATE or not 1 <= file.channels <= MAX_CHANNELS:
        raise DeviceError(Code.DEVICE_BAD_MEDIA, why="rate, channels or format")
    most = min(MAX_SAMPLES, MAX_SECONDS * rate)
    if promised > most and promised < LENGTH_NOT_KNOWN:
        raise DeviceError(Code.DEVICE_TOO_LARGE, seconds=promised // rate)
    parts: list[NDArray[np.float32]] = []
    length, peak, clipped = 0, 0.0, 0
    while len(channels := file.read(rate, dtype="float32", always_2d=True)):
        if not np.isfinite(channels).all():
            raise DeviceError(Code.DEVICE_BAD_MEDIA, why="numbers")
        length += len(channels)
        if length > most:
            raise DeviceError(Code.DEVICE_TOO_LARGE, seconds=length // rate)
        parts.append(np.clip(channels.mean(axis=1, dtype=np.float32), -1.0, 1.0))
        loudness = np.abs(channels)
        peak = max(peak, float(loudness.max()))
        clipped += int((loudness >= FULL_SCALE).sum())
    if not length:
        raise DeviceError(Code.DEVICE_NO_SAMPLES)
    _require_whole(length, promised, str(file.extra_info))
    return SoundHead(rate, int(file.channels), peak, clipped), np.concatenate(parts)


def _require_whole(length: int, promised: int, log: str) -> None:
    """Raises DeviceError where a sound ended long before its header says: by the number of samples, or, where
    libsndfile has corrected that, by the bytes that the header promised."""
    if promised < LENGTH_NOT_KNOWN and length < WHOLE * promised:
        raise DeviceError(Code.DEVICE_BAD_MEDIA, why="broken off")
    for bytes_promised, bytes_there in PROMISED.findall(log):
        if int(bytes_promised) < LENGTH_NOT_KNOWN and int(bytes_there) < WHOLE * int(bytes_promised):
            raise DeviceError(Code.DEVICE_BAD_MEDIA, why="broken off")
