"""What the microphone helper process says to the station: framed, sized messages, checked before they are believed.

A frame is ``MAGIC``, a kind (1 byte), a length (4 bytes, little-endian) and that many bytes. This module imports
nothing heavy, so that the helper starts quickly.
"""

from __future__ import annotations

import json
import math
import struct
from dataclasses import dataclass, field
from enum import IntEnum
from typing import IO

from mlid_desktop.domain.errors import Code, DeviceError
from mlid_desktop.domain.provenance import SourceKind

HIDDEN_VERB = "microphone-helper"  # what a frozen program is started with to be the helper
MAGIC = b"MLSN"
HEADER = struct.Struct("<4sBI")
FORMAT = struct.Struct("<IH")  # samples a second, channels
BLOCK_HEADER = struct.Struct("<d")  # monotonic second at which the last sample was there
SAMPLE_BYTES = 4  # float32
MIN_RATE, MAX_RATE = 8_000, 192_000
MAX_CHANNELS = 2
MAX_BLOCK_BYTES = 1 << 20  # 0.7 s of the fastest sound; a device that hands over more at once is not one
MAX_TEXT_BYTES = 4096
MAX_NAME_LENGTH = 200
MAX_MICROPHONES = 64


class Kind(IntEnum):
    """What a frame says."""

    MICROPHONE = 1
    LISTED = 2
    READY = 3
    ALIVE = 4
    BLOCK = 5
    FAULT = 6


MOST_BYTES = {
    Kind.MICROPHONE: MAX_TEXT_BYTES,
    Kind.LISTED: 0,
    Kind.READY: FORMAT.size,
    Kind.ALIVE: 0,
    Kind.BLOCK: BLOCK_HEADER.size + MAX_BLOCK_BYTES,
    Kind.FAULT: 64,
}


@dataclass(frozen=True, slots=True)
class Frame:
    """One message: its kind, and bytes that are no more than that kind may have."""

    kind: Kind
    untrusted: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class FoundMicrophone:
    """``key`` stays when the place in the list changes; ``system`` is the interface it is reached through. ``kind`` is
    simulated where a program makes the sound, recorded where nobody can say which device is behind it."""

    key: str
    name: str
    system: str
    kind: SourceKind


@dataclass(frozen=True, slots=True)
class SoundFormat:
    """What a microphone granted: samples a second, and channels."""

    rate: int
    channels: int


@dataclass(frozen=True, slots=True)
class RawBlock:
    """Interleaved float32 in the machine's order, all channels of each instant; ``at`` is the monotonic second (the
    same clock in every process) at which the last one was there."""

    at: float
    samples: memoryview = field(repr=False)


def framed(kind: Kind, payload: bytes = b"") -> bytes:
    """A frame to send."""
    return HEADER.pack(MAGIC, kind, len(payload)) + payload


def read_frame(stream: IO[bytes]) -> Frame | None:
    """The next frame; None where the stream ended, be it in the middle of one. Raises DeviceError(DEVICE_BAD_ANSWER)
    at the first byte that is wrong."""
    head = stream.read(HEADER.size)
    if len(head) < HEADER.size:
        return None
    magic, number, length = HEADER.unpack(head)
    if magic != MAGIC or number not in Kind.__members__.values():
        raise bad("frame")
    if length > MOST_BYTES[Kind(number)]:
        raise bad("length")
    untrusted = stream.read(length)
    return Frame(Kind(number), untrusted) if len(untrusted) == length else None


def microphone_payload(found: FoundMicrophone) -> bytes:
    """Inverse of :func:`read_microphone`."""
    return json.dumps([found.key, found.name, found.system, found.kind.value]).encode()


def read_microphone(untrusted: bytes) -> FoundMicrophone:
    """A line of the helper's list. Raises DeviceError(DEVICE_BAD_ANSWER)."""
    try:
        fields = json.loads(untrusted)
    except (ValueError, RecursionError):
        raise bad("microphone") from None
    if not isinstance(fields, list) or [type(one) for one in fields] != [str] * 4:
        raise bad("microphone")
    key, name, system, kind = (printable(text) for text in fields)
    if not key or kind not in set(SourceKind):
        raise bad("microphone")
    return FoundMicrophone(key, name or key, system, SourceKind(kind))


def read_format(untrusted: bytes) -> SoundFormat:
    """A rate and channels that a microphone can have. Raises DeviceError(DEVICE_BAD_ANSWER)."""
    if len(untrusted) != FORMAT.size:
        raise bad("format")
    rate, channels = FORMAT.unpack(untrusted)
    if not MIN_RATE <= rate <= MAX_RATE or not 1 <= channels <= MAX_CHANNELS:
        raise bad("format")
    return SoundFormat(rate, channels)


def read_block(untrusted: bytes, channels: int) -> RawBlock:
    """Whole instants of sound. Raises DeviceError(DEVICE_BAD_ANSWER)."""
    size = len(untrusted) - BLOCK_HEADER.size
    if size <= 0 or size % (channels * SAMPLE_BYTES):
        raise bad("block")
    (at,) = BLOCK_HEADER.unpack_from(untrusted)
    if not math.isfinite(at):
        raise bad("block")
    return RawBlock(at, memoryview(untrusted)[BLOCK_HEADER.size :])


def read_fault(untrusted: bytes, source: str) -> DeviceError:
    """The fault that the helper names. Raises DeviceError(DEVICE_BAD_ANSWER) for one that no device has."""
    try:
        code = Code(untrusted.decode("ascii"))
    except ValueError:
        raise bad("fault") from None
    if code.room != DeviceError.room:
        raise bad("fault")
    return DeviceError(code, source=source, driver="PortAudio")


def bad(what: str) -> DeviceError:
    """What no helper says."""
    return DeviceError(Code.DEVICE_BAD_ANSWER, what=what)


def printable(untrusted: str) -> str:
    """A device says of itself what it likes."""
    return "".join(character for character in untrusted if character.isprintable()).strip()[:MAX_NAME_LENGTH]
