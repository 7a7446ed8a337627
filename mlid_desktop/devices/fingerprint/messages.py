"""Messages of the fingerprint helper process to the station: readers, what they feel, and images."""

from __future__ import annotations

import json
import math
import struct
from dataclasses import dataclass, field
from enum import IntEnum

from mlid_desktop.devices.driver_process.messages import (
    MAX_FAULT_BYTES,
    MAX_TEXT_BYTES,
    DriverMessage,
    MessageFormat,
    bad_answer,
    read_fields,
)

HIDDEN_VERB = "fingerprint-helper"  # what a frozen program is started with to be the helper
IMAGE_HEADER = struct.Struct("<HHd")  # width and height in pixels, pixels per millimetre (0: not known)
MAX_SIDE = 5000  # pixels; the largest ten-print plates have 4,000 at 1,000 dpi
MAX_IMAGE_BYTES = IMAGE_HEADER.size + MAX_SIDE * MAX_SIDE
MAX_READERS = 32
MAX_PIXELS_PER_MM = 200.0


class ReaderMessageKind(IntEnum):
    """Kinds of message that the fingerprint helper sends."""

    READER = 1
    LISTED = 2
    READY = 3
    ALIVE = 4
    FINGER = 5
    IMAGE = 6
    RETRY = 7
    FAULT = 8


READER_MESSAGES = MessageFormat(
    b"MLFR",
    {
        ReaderMessageKind.READER: MAX_TEXT_BYTES,
        ReaderMessageKind.LISTED: 0,
        ReaderMessageKind.READY: 0,
        ReaderMessageKind.ALIVE: 0,
        ReaderMessageKind.FINGER: 1,
        ReaderMessageKind.IMAGE: MAX_IMAGE_BYTES,
        ReaderMessageKind.RETRY: 1,
        ReaderMessageKind.FAULT: MAX_FAULT_BYTES,
    },
)
ReaderMessage = DriverMessage[ReaderMessageKind]


@dataclass(frozen=True, slots=True)
class FoundReader:
    """A connected reader that libfprint has a driver for: ``captures`` where it gives images, ``virtual`` without
    hardware, ``denied`` where this account may not open it. ``key`` tells model, serial number and socket where it is
    on USB."""

    driver: str
    device_id: str
    key: str
    name: str
    captures: bool
    virtual: bool
    denied: bool = False


@dataclass(frozen=True, slots=True)
class FingerImage:
    """A finger image as a reader gave it: ``pixels`` are ``height`` rows of ``width`` grey bytes, dark ridges;
    ``per_mm`` pixels, 0 where not known."""

    width: int
    height: int
    per_mm: float
    pixels: memoryview = field(repr=False)


def reader_payload(reader: FoundReader) -> bytes:
    """Packs a reader for a message; the inverse of :func:`read_reader`."""
    fields = [getattr(reader, name) for name in FoundReader.__slots__]
    return json.dumps(fields).encode()


def read_reader(untrusted: bytes) -> FoundReader:
    """Reads a reader from a message of the helper's list. Raises DeviceError(DEVICE_BAD_ANSWER)."""
    driver, device_id, key, name, *flags = read_fields(untrusted, [str] * 4 + [bool] * 3, "reader")
    if not driver or not key:
        raise bad_answer("reader")
    return FoundReader(driver, device_id, key, name or driver, *flags)


def image_payload(width: int, height: int, per_mm: float, pixels: bytes) -> bytes:
    """Packs an image for a message; the inverse of :func:`read_image`."""
    return IMAGE_HEADER.pack(width, height, per_mm) + pixels


def read_image(untrusted: bytes) -> FingerImage:
    """Reads an image from a message, whose size must be what it says. Raises DeviceError(DEVICE_BAD_ANSWER)."""
    if len(untrusted) < IMAGE_HEADER.size:
        raise bad_answer("image")
    width, height, per_mm = IMAGE_HEADER.unpack_from(untrusted)
    within = 0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE
    if not within or len(untrusted) != IMAGE_HEADER.size + width * height:
        raise bad_answer("image")
    known = math.isfinite(per_mm) and 0.0 < per_mm <= MAX_PIXELS_PER_MM
    return FingerImage(width, height, per_mm if known else 0.0, memoryview(untrusted)[IMAGE_HEADER.size :])
