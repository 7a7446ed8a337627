"""Reads the preview that a device service sends while it waits for a finger: Motion JPEG, to look at and for nothing
else."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

from mlid_desktop.devices.formats.headers.dimensions import dimensions
from mlid_desktop.devices.sbi.http import Call
from mlid_desktop.domain.errors import DeviceError
from mlid_desktop.domain.samples import Image

MAX_HEAD_BYTES = 4096
MAX_PICTURE_BYTES = 4 * 1024 * 1024
MAX_PICTURE_PIXELS = 8 * 1024 * 1024
BETWEEN_PICTURES_S = 1 / 15  # faster than this nobody sees, and somebody has to decode it
ENDING_S = 2.0
LENGTH = b"content-length:"

Decode = Callable[[bytes], Image]  # raises DeviceError


class PreviewReader:
    """Reads a preview stream on a thread of its own until it ends, breaks or is stopped: a preview that fails is no
    fault."""

    def __init__(self, call: Call, show: Callable[[Image], None], decode: Decode) -> None:
        self._call = call
        self._show = show
        self._decode = decode
        self._thread = threading.Thread(target=self._run, name="mlid-sbi-preview", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ends the preview, and waits until its thread has ended."""
        self._call.abort()
        self._thread.join(ENDING_S)

    def _run(self) -> None:
        due = 0.0
        try:
            for untrusted in split(self._call.parts()):
                if time.monotonic() < due:
                    continue
                picture = decode_picture(untrusted, self._decode)
                if picture is not None:
                    due = time.monotonic() + BETWEEN_PICTURES_S
                    self._show(picture)
        except DeviceError:
            return


def split(untrusted_parts: Iterator[bytes]) -> Iterator[bytes]:
    """Splits a multipart stream into the bodies of its parts, each behind a head that says its length; ends at a head
    that does not."""
    held = bytearray()
    for part in untrusted_parts:
        held += part
        while (end := held.find(b"\r\n\r\n", 0, MAX_HEAD_BYTES)) >= 0:
            length = _length(bytes(held[:end]))
            if length is None:
                return
            if len(held) < end + 4 + length:
                break
            yield bytes(held[end + 4 : end + 4 + length])
            del held[: end + 4 + length]
        if len(held) > MAX_HEAD_BYTES + MAX_PICTURE_BYTES or (end < 0 and len(held) > MAX_HEAD_BYTES):
            return


def decode_picture(untrusted: bytes, decode: Decode) -> Image | None:
    """Decodes a preview picture, (height, width) uint8; None for what is no picture of a sensible size."""
    size = dimensions(untrusted)
    if size is None or min(size) < 1 or size[0] * size[1] > MAX_PICTURE_PIXELS:
        return None
    try:
        return decode(untrusted)
    except DeviceError:
        return None


def _length(untrusted_head: bytes) -> int | None:
    for line in untrusted_head.split(b"\r\n"):
        if line.lower().startswith(LENGTH):
            digits = line[len(LENGTH) :].strip()
            sensible = digits.isdigit() and len(digits) < 9 and int(digits) <= MAX_PICTURE_BYTES
            return int(digits) if sensible else None
    return None
