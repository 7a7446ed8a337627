"""Sources that play recorded sound: a file, or a folder of them, each a whole take (WAV, FLAC, MP3, OGG by
libsndfile)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.devices.recorded.images_and_video import Recorded, natural_sort_key
from mlid_desktop.devices.sample_stamp import SampleStamp, describe_origin
from mlid_desktop.domain.errors import Code, DeviceError
from mlid_desktop.domain.samples import SoundOrigin, SourceItem

if TYPE_CHECKING:
    import soundfile

SUFFIXES = frozenset({".wav", ".flac", ".mp3", ".ogg", ".opus", ".aif", ".aiff"})
FORMATS = frozenset({"WAV", "WAVEX", "RF64", "FLAC", "MP3", "MPEG", "OGG", "AIFF"})
MAX_SOUND_BYTES = 1024**3
MAX_SECONDS = 600  # no enrolment or check asks for more
MAX_SAMPLES = MAX_SECONDS * 48_000  # of one channel: bounds the memory
MIN_RATE, MAX_RATE = 4_000, 192_000
MAX_CHANNELS = 8
MAX_RECORDINGS = 100_000
WHOLE = 0.9  # share of the promised sound below which a file has broken off; lengths of MP3 are sometimes estimates
LENGTH_NOT_KNOWN = 0x7FFF_0000  # a length at or above this was written by a program that did not know it yet
PROMISED = re.compile(r"^\s*(?:data|SSND)\s*:\s*(\d+) \(should be (\d+)\)", re.MULTILINE)  # of libsndfile's log


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
        for number, path in enumerate(self._paths(), 1):
            if self._closed.is_set():
                return
            try:
                recording = read_recording(path)
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
        found = [path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES and path.is_file()]
    except PermissionError:
        raise DeviceError(Code.DEVICE_DENIED, source=folder.name) from None
    if not found:
        raise DeviceError(Code.DEVICE_NO_SAMPLES)
    if len(found) > MAX_RECORDINGS:
        raise DeviceError(Code.DEVICE_TOO_LARGE)
    return sorted(found, key=natural_sort_key)


def read_recording(path: Path) -> Recording:
    """Reads a whole sound file. Raises DeviceError as :meth:`SoundFile.samples`."""
    _require_file(path)
    import soundfile  # noqa: PLC0415 - drivers are touched when asked for

    try:
        with soundfile.SoundFile(path) as file:
            return _read(file)
    except (soundfile.SoundFileError, RuntimeError, OSError, ValueError, TypeError):
        raise DeviceError(Code.DEVICE_BAD_MEDIA) from None


def _read(file: soundfile.SoundFile) -> Recording:
    """Reads an open file a second at a time, so that a lying header takes no memory."""
    rate, promised = int(file.samplerate), int(file.frames)
    if file.format not in FORMATS or not MIN_RATE <= rate <= MAX_RATE or not 1 <= file.channels <= MAX_CHANNELS:
        raise DeviceError(Code.DEVICE_BAD_MEDIA, why="rate, channels or format")
    most = min(MAX_SAMPLES, MAX_SECONDS * rate)
    if promised > most and promised < LENGTH_NOT_KNOWN:
        raise DeviceError(Code.DEVICE_TOO_LARGE, seconds=promised // rate)
    parts: list[NDArray[np.float32]] = []
    origins: list[SoundOrigin] = []
    length = 0
    while len(channels := file.read(rate, dtype="float32", always_2d=True)):
        if not np.isfinite(channels).all():
            raise DeviceError(Code.DEVICE_BAD_MEDIA, why="numbers")
        length += len(channels)
        if length > most:
            raise DeviceError(Code.DEVICE_TOO_LARGE, seconds=length // rate)
        parts.append(np.clip(channels.mean(axis=1, dtype=np.float32), -1.0, 1.0))
        origins.append(describe_origin(channels, rate))
    if not length:
        raise DeviceError(Code.DEVICE_NO_SAMPLES)
    _require_whole(length, promised, str(file.extra_info))
    peak, clipped = max(origin.peak for origin in origins), sum(origin.clipped for origin in origins)
    return Recording(np.concatenate(parts), rate, SoundOrigin(rate, int(file.channels), peak, clipped))


def _require_whole(length: int, promised: int, log: str) -> None:
    """Raises DeviceError where a sound ended long before its header says: by the number of samples, or, where
    libsndfile has corrected that, by the bytes that the header promised."""
    if promised < LENGTH_NOT_KNOWN and length < WHOLE * promised:
        raise DeviceError(Code.DEVICE_BAD_MEDIA, why="broken off")
    for bytes_promised, bytes_there in PROMISED.findall(log):
        if int(bytes_promised) < LENGTH_NOT_KNOWN and int(bytes_there) < WHOLE * int(bytes_promised):
            raise DeviceError(Code.DEVICE_BAD_MEDIA, why="broken off")


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
