"""Recorded sources: a single image, a folder of images, a video file."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from pathlib import Path

from mlid_desktop.devices.decoding.decoder import PictureDecoder
from mlid_desktop.devices.decoding.media import MediaDecoder, VideoEnd
from mlid_desktop.devices.formats.headers.kinds_not_read import kind_of_name
from mlid_desktop.devices.formats.media_files import MAX_NAME_SHOWN, is_own, read_media_bytes, unreachable
from mlid_desktop.devices.recorded.finger_images import is_finger_file, read_finger
from mlid_desktop.devices.sample_stamp import SampleStamp
from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.errors import Code, DeviceError
from mlid_desktop.domain.provenance import DeviceIdentity, SourceKind
from mlid_desktop.domain.samples import Sample, SourceItem

IMAGE_SUFFIXES = frozenset(
    {
        *(".jpg", ".jpeg", ".jpe", ".jfif", ".jps", ".mpo", ".png", ".bmp", ".dib", ".webp"),
        *(".tif", ".tiff", ".btf", ".tf8", ".pbm", ".pgm", ".ppm", ".pnm", ".pam"),
    }
)
MAX_FOLDER_IMAGES = 100_000
MAX_VIDEO_BYTES = 16 * 1024**3
DEFAULT_DPI = 500.0  # what fingerprint readers scan at (ISO/IEC 19794-4)
WHOLE = 0.9  # share of the promised frames, and of the promised time, below which a video has broken off


class Recorded:
    """Base of all sources that play recordings."""

    kind = SourceKind.RECORDED

    def __init__(self, scheme: str, path: Path) -> None:
        self._path = path
        self._identity = DeviceIdentity(scheme, path.name, path.name)
        self._closed = threading.Event()

    @property
    def identity(self) -> DeviceIdentity:
        """The recording's identity: scheme and file name, without the folder it lies in."""
        return self._identity

    def close(self) -> None:
        """Ends the samples before the next one."""
        self._closed.set()


class ImageFiles(Recorded):
    """Plays one image, or a folder of them in natural order (2 before 10), each delivered once.

    Faces are delivered in colour; fingerprints in grey, at ``dpi`` or else what the file says or else 500. ``decoder``
    is one that others use too; without it, one of its own is started and ended with the samples.
    """

    def __init__(
        self,
        scheme: str,
        path: Path,
        modality: Modality,
        dpi: int | None = None,
        decoder: PictureDecoder | None = None,
    ) -> None:
        super().__init__(scheme, path)
        self._modality = modality
        self._dpi = dpi
        self._decoder = decoder

    def samples(self) -> Iterator[SourceItem]:
        """Yields each image as one sample. Raises DeviceError where nothing is there or a picture cannot be read, with
        the ``file``."""
        if self._decoder is not None:
            yield from self._samples(self._decoder)
            return
        with PictureDecoder() as decoder:
            yield from self._samples(decoder)

    def _samples(self, decoder: PictureDecoder) -> Iterator[Sample]:
        stamp = SampleStamp(self._identity, self.kind)
        for number, path in enumerate(self._paths(), 1):
            if self._closed.is_set():
                return
            try:
                sample = self._sample(stamp, path, decoder)
            except DeviceError as fault:
                file = path.name[:MAX_NAME_SHOWN]
                raise DeviceError(fault.code, **{**fault.facts, "picture": number, "file": file}) from None
            yield sample

    def _sample(self, stamp: SampleStamp, path: Path, decoder: PictureDecoder) -> Sample:
        if self._modality is Modality.FINGERPRINT:
            finger = read_finger(path, decoder, self._dpi)
            return stamp.finger(finger.image, finger.dpi or DEFAULT_DPI)
        return stamp.frame(decoder.colour(read_media_bytes(path)))

    def _paths(self) -> list[Path]:
        if self._identity.scheme == "image":
            return [self._path]
        try:
            if not self._path.is_dir():
                raise DeviceError(Code.DEVICE_NOT_FOUND, source=self._path.name[:MAX_NAME_SHOWN])
            there = list(self._path.iterdir())
            found = [path for path in there if is_own(path) and path.is_file() and self._reads(path)]
        except PermissionError:
            raise DeviceError(Code.DEVICE_DENIED, source=self._path.name) from None
        except (OSError, ValueError) as fault:
            raise unreachable(self._path, fault) from None
        if not found:
            kind = next((kind for path in there if (kind := kind_of_name(path)) is not None), None)
            if kind is not None:
                raise DeviceError(Code.DEVICE_KIND_NOT_READ, kind=kind)
            raise DeviceError(Code.DEVICE_NO_SAMPLES)
        if len(found) > MAX_FOLDER_IMAGES:
            raise DeviceError(Code.DEVICE_TOO_LARGE)
        return sorted(found, key=natural_sort_key)

    def _reads(self, path: Path) -> bool:
        finger = self._modality is Modality.FINGERPRINT and is_finger_file(path)
        return finger or path.suffix.lower() in IMAGE_SUFFIXES


class VideoFile(Recorded):
    """Plays every ``step``-th frame of a video, turned upright as the file says."""

    def __init__(self, path: Path, step: int = 1) -> None:
        super().__init__("file", path)
        self._step = step

    def samples(self) -> Iterator[SourceItem]:
        """Yields the frames of the video. Raises DeviceError: DEVICE_NOT_FOUND, DEVICE_DENIED, DEVICE_TOO_LARGE,
        DEVICE_BAD_MEDIA where it is no video or breaks off (after the frames it has), DEVICE_NO_SAMPLES where it has
        none, DEVICE_TOO_COSTLY where it takes more memory or time than a video may."""
        self._require_file()
        stamp = SampleStamp(self._identity, self.kind)
        try:
            with MediaDecoder() as decoder:
                for item in decoder.frames(self._path, self._step):
                    if self._closed.is_set():
                        return
                    if isinstance(item, VideoEnd):
                        _require_whole(item)
                    else:
                        yield stamp.frame(item)
        except OSError:
            raise DeviceError(Code.DEVICE_BAD_MEDIA) from None

    def _require_file(self) -> None:
        try:
            if not self._path.is_file():
                raise DeviceError(Code.DEVICE_NOT_FOUND, source=self._path.name)
            if self._path.stat().st_size > MAX_VIDEO_BYTES:
                raise DeviceError(Code.DEVICE_TOO_LARGE)
            self._path.open("rb").close()
        except PermissionError:
            raise DeviceError(Code.DEVICE_DENIED, source=self._path.name) from None
        except (OSError, ValueError) as fault:
            raise unreachable(self._path, fault) from None


def _require_whole(end: VideoEnd) -> None:
    """Raises DeviceError where a video ended long before its header says.

    Both the count and the time must fall short: containers without a count let OpenCV guess it from the duration, which
    is wrong at a varying rate.
    """
    if end.frames == 0:
        raise DeviceError(Code.DEVICE_NO_SAMPLES)
    promised, rate = end.promised.frames, end.promised.rate
    if rate > 0 and end.frames < WHOLE * promised and end.lasted_s < WHOLE * promised / rate:
        raise DeviceError(Code.DEVICE_BAD_MEDIA, frames=end.frames, promised=int(promised))


def natural_sort_key(path: Path) -> list[tuple[int, str]]:
    """A key to sort paths by, with numbers in natural order: 2 before 10."""
    return [(int(part), "") if part.isdecimal() else (-1, part.lower()) for part in re.split(r"(\d+)", path.name)]
