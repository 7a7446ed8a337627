"""What the fingerprint helper process says to the station: framed, sized messages, checked before they are believed.

A frame is ``MAGIC``, a kind (1 byte), a length (4 bytes, little-endian) and that many bytes. The helper runs vendors'
drivers, and a driver can do anything: nothing here believes it. This module imports nothing heavy, so that the helper
starts in a tenth of a second.
"""

from __future__ import annotations

import json
import math
import struct
from dataclasses import dataclass, field
from enum import IntEnum

from mlid_desktop.domain.errors import Code, DeviceError

HIDDEN_VERB = "fingerprint-helper"  # what a frozen program is started with to be the helper
MAGIC = b"MLFR"
HEADER = struct.Struct("<4sBI")
IMAGE_HEADER = struct.Struct("<HHd")  # width and height in pixels, pixels per millimetre (0: not known)
MAX_SIDE = 5000  # pixels; the largest ten-print plates have 4,000 at 1,000 dpi
MAX_IMAGE_BYTES = IMAGE_HEADER.size + MAX_SIDE * MAX_SIDE
MAX_TEXT_BYTES = 4096
MAX_NAME_LENGTH = 200
MAX_READERS = 32
MAX_PIXELS_PER_MM = 200.0


class Kind(IntEnum):
    """What a frame says."""

    READER = 1
    LISTED = 2
    READY = 3
    ALIVE = 4
    FINGER = 5
    IMAGE = 6
    RETRY = 7
    FAULT = 8


MOST_BYTES = {
    Kind.READER: MAX_TEXT_BYTES,
    Kind.LISTED: 0,
    Kind.READY: 0,
    Kind.ALIVE: 0,
    Kind.FINGER: 1,
    Kind.IMAGE: MAX_IMAGE_BYTES,
    Kind.RETRY: 1,
    Kind.FAULT: 64,
}


@dataclass(frozen=True, slots=True)
class Frame:
    """One message: its kind, and bytes that are no more than that kind may have."""

    kind: Kind
    untrusted: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class FoundReader:
    """A reader that libfprint has a driver for: ``captures`` where it gives images, ``virtual`` without hardware,
    ``denied`` where this account may not open it. ``key`` tells model, serial number and socket where it is on USB."""

    driver: str
    device_id: str
    key: str
    name: str
    captures: bool
    virtual: bool
    denied: bool = False


@dataclass(frozen=True, slots=True)
class FingerImage:
    """``pixels`` are ``height`` rows of ``width`` grey bytes, dark ridges; ``per_mm`` pixels, 0 where not known."""

    width: int
    height: int
    per_mm: float
    pixels: memoryview = field(repr=False)


class Unframer:
    """Bytes in, frames out. It never holds more than one frame's worth, and stops at the first byte that is wrong."""

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, untrusted: bytes) -> list[Frame]:
        """The frames that are whole now. Raises DeviceError(DEVICE_BAD_ANSWER)."""
        self._held += untrusted
        frames: list[Frame] = []
        while len(self._held) >= HEADER.size:
            kind, length = _head(self._held)
            end = HEADER.size + length
            if len(self._held) < end:
                break
            frames.append(Frame(kind, bytes(self._held[HEADER.size : end])))
            del self._held[:end]
        return frames


def framed(kind: Kind, payload: bytes = b"") -> bytes:
    """A frame to send."""
    return HEADER.pack(MAGIC, kind, len(payload)) + payload


def reader_payload(reader: FoundReader) -> bytes:
    """Inverse of :func:`read_reader`."""
    fields = [getattr(reader, name) for name in FoundReader.__slots__]
    return json.dumps(fields).encode()


def read_reader(untrusted: bytes) -> FoundReader:
    """A line of the helper's list. Raises DeviceError(DEVICE_BAD_ANSWER)."""
    try:
        fields = json.loads(untrusted)
    except (ValueError, RecursionError):
        raise bad("reader") from None
    if not isinstance(fields, list) or [type(one) for one in fields] != [str] * 4 + [bool] * 3:
        raise bad("reader")
    driver, device_id, key, name = (_printable(text) for text in fields[:4])
    if not driver or not key:
        raise bad("reader")
    return FoundReader(driver, device_id, key, name or driver, *fields[4:])


def image_payload(width: int, height: int, per_mm: float, pixels: bytes) -> bytes:
    """Inverse of :func:`read_image`."""
    return IMAGE_HEADER.pack(width, height, per_mm) + pixels


def read_image(untrusted: bytes) -> FingerImage:
    """An image whose size is what it says. Raises DeviceError(DEVICE_BAD_ANSWER)."""
    if len(untrusted) < IMAGE_HEADER.size:
        raise bad("image")
    width, height, per_mm = IMAGE_HEADER.unpack_from(untrusted)
    within = 0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE
    if not within or len(untrusted) != IMAGE_HEADER.size + width * height:
        raise bad("image")
    known = math.isfinite(per_mm) and 0.0 < per_mm <= MAX_PIXELS_PER_MM
    return FingerImage(width, height, per_mm if known else 0.0, memoryview(untrusted)[IMAGE_HEADER.size :])


def read_fault(untrusted: bytes, source: str) -> DeviceError:
    """The fault that the helper names. Raises DeviceError(DEVICE_BAD_ANSWER) for one that no device has."""
    try:
        code = Code(untrusted.decode("ascii"))
    except ValueError:
        raise bad("fault") from None
    if code.room != DeviceError.room:
        raise bad("fault")
    return DeviceError(code, source=source, driver="libfprint", why="")


def bad(what: str) -> DeviceError:
    """What no helper says."""
    return DeviceError(Code.DEVICE_BAD_ANSWER, what=what)


def _head(untrusted: bytearray) -> tuple[Kind, int]:
    magic, number, length = HEADER.unpack_from(untrusted)
    if magic != MAGIC or number not in Kind.__members__.values():
        raise bad("frame")
    if length > MOST_BYTES[Kind(number)]:
        raise bad("length")
    return Kind(number), length


def _printable(untrusted: str) -> str:
    return "".join(character for character in untrusted if character.isprintable()).strip()[:MAX_NAME_LENGTH]
