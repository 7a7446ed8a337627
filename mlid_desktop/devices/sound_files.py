"""Recorded sound: a whole file as one sample (WAV, FLAC, MP3, OGG by libsndfile)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.devices.delivery import Stamp
from mlid_desktop.domain.errors import Code, DeviceError
from mlid_desktop.domain.provenance import DeviceIdentity, SourceKind
from mlid_desktop.domain.samples import SourceItem

MAX_SOUND_BYTES = 256 * 1024**2
MAX_SECONDS = 600.0  # no enrolment or check asks for more; the rest of a longer file is another recording
MIN_RATE, MAX_RATE = 4_000, 192_000
MAX_CHANNELS = 8


class SoundFile:
    """The file from its beginning, all channels averaged."""

    kind = SourceKind.RECORDED

    def __init__(self, path: Path) -> None:
        self._path = path
        self._closed = threading.Event()

    @property
    def identity(self) -> DeviceIdentity:
        """Scheme and file name; the folder it lies in is nobody's business."""
        return DeviceIdentity("file", self._path.name, self._path.name)

    def samples(self) -> Iterator[SourceItem]:
        """One sample. Raises DeviceError: DEVICE_NOT_FOUND, DEVICE_TOO_LARGE, DEVICE_NO_SAMPLES, or DEVICE_BAD_MEDIA
        for what is no sound or holds numbers that are none."""
        if self._closed.is_set():
            return
        block, rate = read_sound(self._path)
        yield Stamp(self.identity, self.kind).sound(block, rate)

    def close(self) -> None:
        """Ends the samples before the first one."""
        self._closed.set()


def read_sound(path: Path) -> tuple[NDArray[np.float32], int]:
    """(n,) float32 in [-1, 1] and the samples per second. Raises DeviceError as :meth:`SoundFile.samples`."""
    _require_file(path)
    import soundfile  # noqa: PLC0415 - drivers are touched when asked for

    try:
        with soundfile.SoundFile(path) as file:
            if not MIN_RATE <= file.samplerate <= MAX_RATE or not 1 <= file.channels <= MAX_CHANNELS:
                raise DeviceError(Code.DEVICE_BAD_MEDIA, why="rate or channels")
            channels = file.read(int(MAX_SECONDS * file.samplerate), dtype="float32", always_2d=True)
            rate = int(file.samplerate)
    except (soundfile.SoundFileError, RuntimeError, OSError, ValueError):
        raise DeviceError(Code.DEVICE_BAD_MEDIA) from None
    if not len(channels):
        raise DeviceError(Code.DEVICE_NO_SAMPLES)
    if not np.isfinite(channels).all():
        raise DeviceError(Code.DEVICE_BAD_MEDIA, why="numbers")
    return np.clip(channels.mean(axis=1, dtype=np.float32), -1.0, 1.0), rate


def _require_file(path: Path) -> None:
    try:
        size = path.stat().st_size
        if not path.is_file():
            raise DeviceError(Code.DEVICE_BAD_MEDIA)
    except (OSError, ValueError):
        raise DeviceError(Code.DEVICE_NOT_FOUND, source=path.name) from None
    if size > MAX_SOUND_BYTES:
        raise DeviceError(Code.DEVICE_TOO_LARGE)
