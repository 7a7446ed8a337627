"""What the station and its decoding helper say to one another: bytes to be decoded, and the picture that they are."""

from __future__ import annotations

import json
import math
import struct
from dataclasses import dataclass
from enum import IntEnum

from mlid_desktop.devices.driver_process.messages import (
    MAX_TEXT_BYTES,
    MessageFormat,
    bad_answer,
    device_fault,
    read_fields,
)
from mlid_desktop.devices.formats.picture_bounds import MAX_IMAGE_BYTES, MAX_PIXELS, MAX_SIDE
from mlid_desktop.domain.errors import DeviceError

MAX_CODE_BYTES = 4096  # a PDF417 code holds fewer than 2,710 digits or 1,850 letters

HIDDEN_VERB = "decoding-helper"  # what a frozen program is started with to be the helper
MEMORY_BYTES = 512 * 1024 * 1024  # the most that the helper may hold, all told
RESERVE_BYTES = 24 * 1024 * 1024  # of these, kept back for what Python and the libraries need besides the picture
BASE_S = 1.2  # processor seconds for the first megabyte, far more than any honest picture of that size takes
MORE_S = 0.5  # and for each further one
MEGABYTE = 1024 * 1024
IDLE_S = 20.0  # a helper without work ends, so that pictures of other occasions get a fresh one
PICTURE_HEADER = struct.Struct("<IIBd")  # height, width, channels (1 or 3), dots per inch (not a number: not said)
DPI = struct.Struct("<d")


class DecoderMessageKind(IntEnum):
    """What a message asks or says."""

    COLOUR = 1
    GREY = 2
    FINGER = 3
    RECORD = 4
    READY = 5
    PICTURE = 6
    FAULT = 7
    BAR_CODE = 8  # asked of a grey picture that a camera gave, as the pixels that it is
    TEXT = 9


ASKED = (
    DecoderMessageKind.COLOUR,
    DecoderMessageKind.GREY,
    DecoderMessageKind.FINGER,
    DecoderMessageKind.RECORD,
)
DECODER_MESSAGES = MessageFormat(
    b"MLDC",
    {
        **dict.fromkeys(ASKED, DPI.size + MAX_IMAGE_BYTES),
        DecoderMessageKind.READY: 0,
        DecoderMessageKind.PICTURE: PICTURE_HEADER.size + 3 * MAX_PIXELS,
        DecoderMessageKind.FAULT: MAX_TEXT_BYTES,
        DecoderMessageKind.BAR_CODE: PICTURE_HEADER.size + MAX_PIXELS,
        DecoderMessageKind.TEXT: MAX_CODE_BYTES,
    },
)


@dataclass(frozen=True, slots=True)
class PictureShape:
    """What the helper says of the pixels that follow. ``dpi`` is None where nothing is said of it."""

    height: int
    width: int
    channels: int
    dpi: float | None

    @property
    def size(self) -> int:
        """The number of bytes of the picture's pixels."""
        return self.height * self.width * self.channels


def processor_seconds(size: int) -> float:
    """How long the helper may work on so many bytes."""
    return BASE_S + MORE_S * max(0.0, size / MEGABYTE - 1.0)


def patience_seconds(size: int) -> float:
    """How long the station waits for it: what the helper may work, and a quarter as much again on a busy machine."""
    return processor_seconds(size) * 1.25


def packed_dpi(dpi: float | None) -> bytes:
    """Encodes a resolution in dots per inch, or that none is known."""
    return DPI.pack(math.nan if dpi is None else dpi)


def read_dpi(untrusted: bytes | memoryview, start: int = 0) -> float | None:
    """A resolution, or None where none is said. Raises DeviceError(DEVICE_BAD_ANSWER)."""
    try:
        (dpi,) = DPI.unpack_from(untrusted, start)
    except struct.error:
        raise bad_answer("resolution") from None
    return None if math.isnan(dpi) else float(dpi)


def packed_shape(height: int, width: int, channels: int, dpi: float | None) -> bytes:
    """Encodes the shape and the resolution of a picture."""
    return PICTURE_HEADER.pack(height, width, channels, math.nan if dpi is None else dpi)


def read_shape(untrusted: bytes, following: int) -> PictureShape:
    """The shape of a picture of ``following`` bytes. Raises DeviceError(DEVICE_BAD_ANSWER) for one that no picture
    has."""
    try:
        height, width, channels, dpi = PICTURE_HEADER.unpack(untrusted)
    except struct.error:
        raise bad_answer("picture") from None
    shape = PictureShape(height, width, channels, None if math.isnan(dpi) else dpi)
    within = 0 < height <= MAX_SIDE and 0 < width <= MAX_SIDE and height * width <= MAX_PIXELS
    sensible = shape.dpi is None or 0.0 < shape.dpi < math.inf
    if not within or channels not in {1, 3} or shape.size != following or not sensible:
        raise bad_answer("picture")
    return shape


def fault_payload(fault: DeviceError) -> bytes:
    """Encodes the fault for which a picture was refused."""
    why, kind = (str(fault.facts.get(name, "")) for name in ("why", "kind"))
    return json.dumps([fault.code.value, why, kind, int(fault.facts.get("seconds", 0))]).encode()


def read_refusal(untrusted: bytes) -> DeviceError:
    """Why a helper gives no picture, frame or sound. Raises DeviceError(DEVICE_BAD_ANSWER)."""
    code, why, kind, seconds = read_fields(untrusted, [str, str, str, int], "fault")
    facts = {"why": why, "kind": kind, "seconds": seconds}
    return device_fault(code, **{name: said for name, said in facts.items() if said})
