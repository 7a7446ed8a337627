"""Messages of a process that runs a driver: framed, sized, and checked before they are believed.

A message is a magic number (4 bytes), a kind (1 byte), a length (4 bytes, little-endian) and that many bytes. Drivers
are other people's programs and can do anything: nothing here believes them. This module imports nothing heavy, so that
such a process starts in a tenth of a second.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import IO, Any, Generic, TypeVar

from mlid_desktop.domain.errors import Code, DeviceError

HEADER = struct.Struct("<4sBI")
MAX_TEXT_BYTES = 4096
MAX_FAULT_BYTES = 64
MAX_NAME_LENGTH = 200

KindT = TypeVar("KindT", bound=IntEnum)


@dataclass(frozen=True, slots=True)
class DriverMessage(Generic[KindT]):
    """One message of a driver process: its kind, and no more bytes than that kind may have."""

    kind: KindT
    untrusted: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class MessageFormat(Generic[KindT]):
    """The format of one driver process's messages: ``magic`` begins every message; ``most_bytes`` bounds what each kind
    carries."""

    magic: bytes
    most_bytes: Mapping[KindT, int]

    def pack(self, kind: KindT, payload: bytes = b"") -> bytes:
        """Packs a message to send."""
        return self.pack_head(kind, len(payload)) + payload

    def pack_head(self, kind: KindT, length: int) -> bytes:
        """Packs the head of a message that carries so many bytes."""
        return HEADER.pack(self.magic, kind, length)

    def read(self, stream: IO[bytes]) -> DriverMessage[KindT] | None:
        """Reads the next message; None where the stream ended, be it in the middle of one. Raises
        DeviceError(DEVICE_BAD_ANSWER) at the first byte that is wrong."""
        header = stream.read(HEADER.size)
        if len(header) < HEADER.size:
            return None
        kind, length = self.read_header(header)
        untrusted = stream.read(length)
        return DriverMessage(kind, untrusted) if len(untrusted) == length else None

    def read_header(self, untrusted: bytes | bytearray) -> tuple[KindT, int]:
        """The kind and the length that a message's header announces. Raises DeviceError(DEVICE_BAD_ANSWER)."""
        magic, number, length = HEADER.unpack_from(untrusted)
        kind = next((allowed for allowed in self.most_bytes if allowed == number), None)
        if magic != self.magic or kind is None:
            raise bad_answer("frame")
        if length > self.most_bytes[kind]:
            raise bad_answer("length")
        return kind, length


class MessageSplitter(Generic[KindT]):
    """Splits a stream of bytes into messages. It never holds more than one message's worth, and stops at the first byte
    that is wrong."""

    def __init__(self, form: MessageFormat[KindT]) -> None:
        self._format = form
        self._held = bytearray()

    def feed(self, untrusted: bytes) -> list[DriverMessage[KindT]]:
        """Takes bytes, and returns the messages that are whole now. Raises DeviceError(DEVICE_BAD_ANSWER)."""
        self._held += untrusted
        messages: list[DriverMessage[KindT]] = []
        while len(self._held) >= HEADER.size:
            kind, length = self._format.read_header(self._held)
            end = HEADER.size + length
            if len(self._held) < end:
                break
            messages.append(DriverMessage(kind, bytes(self._held[HEADER.size : end])))
            del self._held[:end]
        return messages


def read_fields(untrusted: bytes, types: Sequence[type], what: str) -> list[Any]:
    """Reads the fields of a JSON list, of exactly these types; text as :func:`printable`. Raises
    DeviceError(DEVICE_BAD_ANSWER) with ``what``."""
    try:
        fields = json.loads(untrusted)
    except (ValueError, RecursionError):
        raise bad_answer(what) from None
    if not isinstance(fields, list) or [type(field) for field in fields] != list(types):
        raise bad_answer(what)
    return [printable(field) if isinstance(field, str) else field for field in fields]


def read_fault(untrusted: bytes, **facts: str) -> DeviceError:
    """The fault that a driver process names, with these facts. Raises DeviceError(DEVICE_BAD_ANSWER) for one that no
    device has."""
    return device_fault(untrusted.decode("ascii", "replace"), **facts)


def device_fault(untrusted: str, **facts: str | int) -> DeviceError:
    """The fault whose code this is, with these facts. Raises DeviceError(DEVICE_BAD_ANSWER) for one that no device
    has."""
    try:
        code = Code(untrusted)
    except ValueError:
        raise bad_answer("fault") from None
    if code.room != DeviceError.room:
        raise bad_answer("fault")
    return DeviceError(code, **facts)


def bad_answer(what: str) -> DeviceError:
    """The fault for a message that no driver process sends; ``what`` names the part."""
    return DeviceError(Code.DEVICE_BAD_ANSWER, what=what)


def printable(untrusted: str) -> str:
    """A device's text without what cannot be printed, cut to a name's length: a device says of itself what it likes."""
    return "".join(character for character in untrusted if character.isprintable()).strip()[:MAX_NAME_LENGTH]
