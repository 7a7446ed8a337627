"""The program of the decoding helper: pictures that somebody else made are decoded in here, and nowhere else.

It bounds itself first: memory, and for each picture processor time; it opens no file, no connection and no process. It
answers what it is asked on its standard input, one picture after another, and ends when that ends.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import BinaryIO

import cv2
import numpy as np

from mlid_desktop.devices.decoding.bar_codes import read_bar_code
from mlid_desktop.devices.decoding.bounded_start import Send, start_bounded
from mlid_desktop.devices.decoding.messages import (
    DECODER_MESSAGES,
    DPI,
    IDLE_S,
    PICTURE_HEADER,
    DecoderMessageKind,
    fault_payload,
    packed_shape,
    processor_seconds,
    read_dpi,
    read_shape,
)
from mlid_desktop.devices.driver_process.limits import SelfWatch, limit_processor_time, open_nothing_more
from mlid_desktop.devices.formats import wsq  # noqa: F401 - whatever is imported late is imported now: nothing opens later
from mlid_desktop.devices.formats.finger_picture import decode_finger, decode_finger_record
from mlid_desktop.devices.formats.image_decoding import decode_colour, decode_grey
from mlid_desktop.domain.errors import Code, DeviceError
from mlid_desktop.domain.samples import Image


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when it ended as asked, 2 for words that it does not know."""
    if list(sys.argv[1:] if arguments is None else arguments):
        return 2
    untrusted_input, send, watch = start_bounded(DECODER_MESSAGES, IDLE_S, _decode_every_kind_once)
    open_nothing_more()
    send(DecoderMessageKind.READY)
    _serve(untrusted_input, send, watch)
    return 0


def _serve(untrusted_input: BinaryIO, send: Send, watch: SelfWatch) -> None:
    while True:
        try:
            asked = DECODER_MESSAGES.read(untrusted_input)
        except DeviceError:
            return
        if asked is None:
            return
        watch.begin()
        limit_processor_time(processor_seconds(len(asked.untrusted)))
        _answer(asked.kind, asked.untrusted, send)
        limit_processor_time(0)
        watch.end()


def _answer(kind: DecoderMessageKind, untrusted: bytes, send: Send) -> None:
    """One picture, or why there is none. Memory that is refused says that the picture is too much, whichever library
    asked for it."""
    try:
        if kind is DecoderMessageKind.BAR_CODE:
            send(DecoderMessageKind.TEXT, _bar_code(untrusted).encode("utf-8", "replace"))
            return
        image, dpi = _decoded(kind, untrusted)
    except DeviceError as fault:
        send(DecoderMessageKind.FAULT, fault_payload(fault))
    except MemoryError:
        send(DecoderMessageKind.FAULT, fault_payload(DeviceError(Code.DEVICE_TOO_COSTLY, why="memory")))
    else:
        height, width = image.shape[:2]
        shape = packed_shape(height, width, 1 if image.ndim == 2 else image.shape[2], dpi)
        send(DecoderMessageKind.PICTURE, shape, np.ascontiguousarray(image).reshape(-1).data)


def _bar_code(untrusted: bytes) -> str:
    shape = read_shape(untrusted[: PICTURE_HEADER.size], len(untrusted) - PICTURE_HEADER.size)
    if shape.channels != 1:
        raise DeviceError(Code.DEVICE_BAD_ANSWER, what="picture")
    pixels = np.frombuffer(untrusted, np.uint8, offset=PICTURE_HEADER.size)
    return read_bar_code(pixels.reshape(shape.height, shape.width))


def _decoded(kind: DecoderMessageKind, untrusted: bytes) -> tuple[Image, float | None]:
    asked_dpi, content = read_dpi(untrusted), untrusted[DPI.size :]
    if kind is DecoderMessageKind.COLOUR:
        return decode_colour(content), None
    if kind is DecoderMessageKind.GREY:
        return decode_grey(content), None
    if kind is DecoderMessageKind.FINGER:
        return decode_finger(content, asked_dpi)
    if kind is DecoderMessageKind.RECORD:
        return decode_finger_record(content)
    raise DeviceError(Code.DEVICE_BAD_ANSWER, what="frame")


def _decode_every_kind_once() -> None:
    """What libraries open or reserve at their first use they do now, before nothing can be opened."""
    lines = np.zeros((64, 64, 3), np.uint8)
    lines[16:48:4, 16:48] = 255
    for suffix in (".png", ".jpg", ".bmp", ".tiff", ".webp", ".jp2"):
        _, content = cv2.imencode(suffix, lines)
        decode_colour(content.tobytes())
        decode_finger(content.tobytes())
    read_bar_code(lines[:, :, 0].copy())


if __name__ == "__main__":
    sys.exit(main())
