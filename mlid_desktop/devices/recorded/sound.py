"""Sources that play recorded sound: a file, or a folder of them, each a whole take (WAV, FLAC, MP3, OGG by
libsndfile)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.devices.decoding.media import MediaDecoder
from mlid_desktop.devices.formats.media_files import is_own
from mlid_desktop.devices.recorded.images_and_video import Recorded, natural_sort_key
from mlid_desktop.devices.sample_stamp import SampleStamp
from mlid_desktop.domain.errors import Code, DeviceError
from mlid_desktop.domain.samples import SoundOrigin, SourceItem

SUFFIXES = frozenset({".wav", ".flac", ".mp3", ".ogg", ".opus", ".aif", ".aiff"})
MAX_SOUND_BYTES = 1024**3
MAX_RECORDINGS = 100_000


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """A sound read from a file: ``wave`` (n,) float32 in [-1, 1], all channels averaged, at the ``rate`` it was
    recorded at."""

    wave: NDArray[np.float32] = field(repr=False)
    rate: int
    origin: SoundOrigin


class SoundFile(Recorded):
    """Plays one sound file from its beginning."""

    def __init__(self, path: Path) -> None:
        super().__init__("file", path)

    def samples(self) -> Iterator[SourceItem]:
        """Yields the whole file as one sample. Raises DeviceError: DEVICE_NOT_FOUND, DEVICE_DENIED, DEVICE_TOO_LARGE
        where it lasts too long, DEVICE_NO_SAMPLES where it is empty, or DEVICE_BAD_MEDIA for what is no sound, breaks
        off or holds numbers that are none."""
        if self._closed.is_set():
            return
        recording = read_recording(self._path)
        yield SampleStamp(self.identity, self.kind).sound(recording.wave, recording.rate, recording.origin)


class SoundFolder(Recorded):
    """Plays every recording of a folder in natural order (2 before 10), each a sample at its own rate."""

    def __init__(self, path: Path) -> None:
        super().__init__("dir", path)

    def samples(self) -> Iterator[SourceItem]:
        """Yields one sample for each recording. Raises DeviceError as :meth:`SoundFile.samples`, with the number of the
        ``recording``."""
        stamp = SampleStamp(self.identity, self.kind)
        with MediaDecoder() as decoder:
            for number, path in enumerate(self._paths(), 1):
                if self._closed.is_set():
                    return
                try:
                    recording = read_recording(path, decoder)
                except DeviceError as fault:
                    raise DeviceError(fault.code, **{**fault.facts, "recording": number}) from None
                yield stamp.sound(recording.wave, recording.rate, recording.origin)

    def _paths(self) -> list[Path]:
        return [] if self._closed.is_set() else list_recordings(self._path)


def list_recordings(folder: Path) -> list[Path]:
    """The sound files of a folder in natural order. Raises DeviceError: DEVICE_NOT_FOUND, DEVICE_DENIED,
    DEVICE_NO_SAMPLES, DEVICE_TOO_LARGE."""
    if not folder.is_dir():
        raise DeviceError(Code.DEVICE_NOT_FOUND, source=folder.name)
    try:
        found = [
            path for path in folder.iterdir() if is_own(path) and path.suffix.lower() in SUFFIXES and path.is_file()
        ]
    except PermissionError:
        raise DeviceError(Code.DEVICE_DENIED, source=folder.name) from None
    if not found:
        raise DeviceError(Code.DEVICE_NO_SAMPLES)
    if len(found) > MAX_RECORDINGS:
        raise DeviceError(Code.DEVICE_TOO_LARGE)
    return sorted(found, key=natural_sort_key)


def read_recording(path: Path, decoder: MediaDecoder | None = None) -> Recording:
    """Reads a whole sound file, in the bounded helper; ``decoder`` is one that other recordings use too. Raises
    DeviceError as :meth:`SoundFile.samples`."""
    _require_file(path)
    if decoder is None:
        with MediaDecoder() as own:
            return read_recording(path, own)
    try:
        found = decoder.sound(path)
    except OSError:
        raise DeviceError(Code.DEVICE_BAD_MEDIA) from None
    head = found.head
    return Recording(found.wave, head.rate, SoundOrigin(head.rate, head.channels, head.peak, head.clipped))


def _require_file(path: Path) -> None:
    try:
        size = path.stat().st_size
        if not path.is_file():
            raise DeviceError(Code.DEVICE_BAD_MEDIA)
        path.open("rb").close()
    except PermissionError:
        raise DeviceError(Code.DEVICE_DENIED, source=path.name) from None
    except (OSError, ValueError):
        raise DeviceError(Code.DEVICE_NOT_FOUND, source=path.name) from None
    if size > MAX_SOUND_BYTES:
        raise DeviceError(Code.DEVICE_TOO_LARGE)
