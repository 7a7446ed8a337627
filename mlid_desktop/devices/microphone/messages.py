"""Messages of the sound helper process to the station: microphones, the format that one granted, and sound."""

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
from mlid_desktop.domain.provenance import SourceKind

HIDDEN_VERB = "microphone-helper"  # what a frozen program is started with to be the helper
FORMAT = struct.Struct("<IH")  # samples a second, channels
BLOCK_HEADER = struct.Struct("<d")  # monotonic second at which the last sample was there
SAMPLE_BYTES = 4  # float32
MIN_RATE, MAX_RATE = 8_000, 192_000
MAX_CHANNELS = 2
MAX_BLOCK_BYTES = 1 << 20  # 0.7 s of the fastest sound; a device that hands over more at once is not one
MAX_MICROPHONES = 64


class SoundMessageKind(IntEnum):
    """Kinds of message that the sound helper sends."""

    MICROPHONE = 1
    LISTED = 2
    READY = 3
    ALIVE = 4
    BLOCK = 5
    FAULT = 6


SOUND_MESSAGES = MessageFormat(
    b"MLSN",
    {
        SoundMessageKind.MICROPHONE: MAX_TEXT_BYTES,
        SoundMessageKind.LISTED: 0,
        SoundMessageKind.READY: FORMAT.size,
        SoundMessageKind.ALIVE: 0,
        SoundMessageKind.BLOCK: BLOCK_HEADER.size + MAX_BLOCK_BYTES,
        SoundMessageKind.FAULT: MAX_FAULT_BYTES,
    },
)
SoundMessage = DriverMessage[SoundMessageKind]


@dataclass(frozen=True, slots=True)
class FoundMicrophone:
    """A connected microphone: ``key`` stays when its index in the list changes; ``system`` is the interface it is
    reached through. ``kind`` is virtual where a program makes the sound, recorded where nobody can say which device
    is behind it."""

    key: str
    name: str
    system: str
    kind: SourceKind


@dataclass(frozen=True, slots=True)
class SoundFormat:
    """The format that a microphone granted: samples a second, and channels."""

    rate: int
    channels: int


@dataclass(frozen=True, slots=True)
class RawBlock:
    """A block of sound as the driver gave it: interleaved float32 in the machine's order, all channels of each instant;
    ``at`` is the monotonic second (the same clock in every process) at which the last one was there."""

    at: float
    samples: memoryview = field(repr=False)


def microphone_payload(found: FoundMicrophone) -> bytes:
    """Packs a microphone for a message; the inverse of :func:`read_microphone`."""
    return json.dumps([found.key, found.name, found.system, found.kind.value]).encode()


def read_microphone(untrusted: bytes) -> FoundMicrophone:
    """Reads a microphone from a message of the helper's list. Raises DeviceError(DEVICE_BAD_ANSWER)."""
    key, name, system, kind = read_fields(untrusted, [str] * 4, "microphone")
    if not key or kind not in set(SourceKind):
        raise bad_answer("microphone")
    return FoundMicrophone(key, name or key, system, SourceKind(kind))


def read_format(untrusted: bytes) -> SoundFormat:
    """Reads a sound format from a message: a rate and channels that a microphone can have. Raises
    DeviceError(DEVICE_BAD_ANSWER)."""
    if len(untrusted) != FORMAT.size:
        raise bad_answer("format")
    rate, channels = FORMAT.unpack(untrusted)
    if not MIN_RATE <= rate <= MAX_RATE or not 1 <= channels <= MAX_CHANNELS:
        raise bad_answer("format")
    return SoundFormat(rate, channels)


def read_block(untrusted: bytes, channels: int) -> RawBlock:
    """Reads a block of sound from a message, whole instants. Raises DeviceError(DEVICE_BAD_ANSWER)."""
    size = len(untrusted) - BLOCK_HEADER.size
    if size <= 0 or size % (channels * SAMPLE_BYTES):
        raise bad_answer("block")
    (at,) = BLOCK_HEADER.unpack_from(untrusted)
    if not math.isfinite(at):
        raise bad_answer("block")
    return RawBlock(at, memoryview(untrusted)[BLOCK_HEADER.size :])
