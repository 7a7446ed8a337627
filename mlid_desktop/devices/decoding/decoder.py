"""The decoding helper seen from the station: started when a picture comes, kept for the next, replaced when it
fails."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import partial
from types import TracebackType
from typing import Self, TypeVar

import numpy as np

from mlid_desktop.devices.decoding.helper_calls import Deadline, KeptHelper, read_content, read_exactly, why_ended
from mlid_desktop.devices.decoding.messages import (
    DECODER_MESSAGES,
    HIDDEN_VERB,
    PICTURE_HEADER,
    DecoderMessageKind,
    packed_dpi,
    packed_shape,
    patience_seconds,
    read_refusal,
    read_shape,
)
from mlid_desktop.devices.driver_process.limits import EXIT_IDLE
from mlid_desktop.devices.driver_process.messages import HEADER, bad_answer
from mlid_desktop.devices.driver_process.process import Command, DriverProcess, DriverProgram
from mlid_desktop.devices.formats.headers.finger_record import IDENTIFIER
from mlid_desktop.devices.formats.headers.structure import require_consistent
from mlid_desktop.devices.formats.picture_bounds import MAX_IMAGE_BYTES
from mlid_desktop.domain.errors import Code, DeviceError
from mlid_desktop.domain.samples import Image

T = TypeVar("T")
DECODER_NAME = "picture decoder"
DECODER_PROGRAM = DriverProgram(
    "mlid_desktop.devices.decoding.driver_main", HIDDEN_VERB, DECODER_NAME, ("SYSTEMROOT", "WINDIR", "TEMP")
)


class HelperGoneError(Exception):
    """The helper ended by itself before it had looked at the picture."""


class PictureDecoder:
    """Decodes what is untrusted, in a bounded process. From any thread, one picture at a time; the helper is started
    with the first one and ends when it was idle, when this is closed or collected, and when the program ends."""

    def __init__(self, command: Command = DECODER_PROGRAM.command) -> None:
        self._lock = threading.Lock()
        self._helper = KeptHelper(DECODER_PROGRAM, command, DECODER_MESSAGES, DecoderMessageKind.READY)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def colour(self, untrusted: bytes) -> Image:
        """Decodes a compressed picture in colour, (height, width, 3) uint8 BGR, upright.

        Raises DeviceError: DEVICE_BAD_MEDIA, DEVICE_KIND_NOT_READ, DEVICE_TOO_LARGE, DEVICE_TOO_COSTLY where it takes
        more memory or time than a picture may, and DEVICE_DRIVER_MISSING where the helper cannot be started.
        """
        return self._ask(DecoderMessageKind.COLOUR, None, untrusted)[0]

    def grey(self, untrusted: bytes) -> Image:
        """Decodes a compressed picture in grey, WSQ among them, (height, width) uint8. Raises as :meth:`colour`."""
        return self._ask(DecoderMessageKind.GREY, None, untrusted)[0]

    def finger(self, untrusted: bytes, dpi: float | None = None) -> tuple[Image, float | None]:
        """Decodes a fingerprint in a picture, a WSQ file or a finger image record: (height, width) uint8, dark ridges,
        and its dots per inch: ``dpi`` where somebody says it, else what the file says, None where that is not credible.
        Raises as :meth:`colour`."""
        return self._ask(DecoderMessageKind.FINGER, dpi, untrusted)

    def record(self, untrusted: bytes) -> tuple[Image, float]:
        """Decodes the image of a finger image record (ISO/IEC 19794-4) as it is, (height, width) uint8, and its dots
        per inch. Raises as :meth:`colour`."""
        if not untrusted.startswith(IDENTIFIER):
            raise DeviceError(Code.DEVICE_BAD_MEDIA, why="no finger image record")
        image, dpi = self._ask(DecoderMessageKind.RECORD, None, untrusted)
        if dpi is None:
            raise DeviceError(Code.DEVICE_BAD_MEDIA, why="resolution")
        return image, dpi

    def bar_code(self, image: Image) -> str:
        """The text of a PDF417 or Code 128 code in an (h, w) grey picture of a camera, "" where none is read. Raises
        DeviceError as :meth:`colour`."""
        height, width = image.shape
        payload = (packed_shape(height, width, 1, None), np.ascontiguousarray(image).tobytes())
        with self._lock:
            try:
                return self._exchange(DecoderMessageKind.BAR_CODE, payload, _read_text)
            except HelperGoneError:
                return ""  # the next picture starts another

    @property
    def helper_number(self) -> int | None:
        """The system's number of the helper that is running, None where there is none."""
        return self._helper.number

    def close(self) -> None:
        """Ends the helper. A picture that comes afterwards starts another."""
        with self._lock:
            self._helper.end()

    def _ask(self, kind: DecoderMessageKind, dpi: float | None, untrusted: bytes) -> tuple[Image, float | None]:
        if len(untrusted) > MAX_IMAGE_BYTES:
            raise DeviceError(Code.DEVICE_TOO_LARGE)
        require_consistent(untrusted)
        payload = (packed_dpi(dpi), untrusted)
        read = partial(_read_answer, 3 if kind is DecoderMessageKind.COLOUR else 1)
        with self._lock:
            try:
                return self._exchange(kind, payload, read)
            except HelperGoneError:
                pass  # it had been idle for too long just now
            try:
                return self._exchange(kind, payload, read)
            except HelperGoneError:
                raise DeviceError(Code.DEVICE_BAD_MEDIA, why="decoder ended") from None

    def _exchange(self, kind: DecoderMessageKind, payload: Sequence[bytes], read: Callable[[DriverProcess], T]) -> T:
        """Asks the helper, and what ``read`` makes of its answer. Raises HelperGoneError where it ended of its own
        accord, without a sign of a fault."""
        helper = self._helper.running()
        size = sum(len(part) for part in payload)
        overdue = Deadline(helper, patience_seconds(size))
        try:
            with overdue:
                _write(helper, DECODER_MESSAGES.pack_head(kind, size), *payload)
                return read(helper)
        except (EOFError, OSError):
            code = self._helper.end()
            if code == EXIT_IDLE and not overdue.passed:
                raise HelperGoneError from None
            raise why_ended(code, late=overdue.passed) from None
        except DeviceError as fault:
            if fault.code is Code.DEVICE_BAD_ANSWER:
                raise self._helper.refuse_answer() from None
            raise


def _write(helper: DriverProcess, *parts: bytes) -> None:
    for part in parts:
        helper.input.write(part)
    helper.input.flush()


def _read_text(helper: DriverProcess) -> str:
    """Raises EOFError where the helper ended, DeviceError for what it refuses or says wrongly."""
    kind, length = DECODER_MESSAGES.read_header(read_exactly(helper, HEADER.size))
    untrusted = read_exactly(helper, length)
    if kind is DecoderMessageKind.FAULT:
        raise read_refusal(untrusted)
    if kind is not DecoderMessageKind.TEXT:
        raise bad_answer("text")
    return untrusted.decode("utf-8", "replace")


def _read_answer(channels: int, helper: DriverProcess) -> tuple[Image, float | None]:
    """Raises EOFError where the helper ended, DeviceError for what it refuses or says wrongly."""
    kind, length = DECODER_MESSAGES.read_header(read_exactly(helper, HEADER.size))
    if kind is DecoderMessageKind.FAULT:
        raise read_refusal(read_exactly(helper, length))
    if kind is not DecoderMessageKind.PICTURE or length < PICTURE_HEADER.size:
        raise bad_answer("frame")
    shape = read_shape(read_exactly(helper, PICTURE_HEADER.size), length - PICTURE_HEADER.size)
    if shape.channels != channels:
        raise bad_answer("picture")
    image = np.frombuffer(read_content(helper, shape.size), np.uint8)
    sides = (shape.height, shape.width)
    return image.reshape(sides if shape.channels == 1 else (*sides, 3)), shape.dpi
