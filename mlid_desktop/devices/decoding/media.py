"""The media helper seen from the station: it is handed a recording piece by piece, and gives frames or sound."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.devices.decoding.helper_calls import Deadline, KeptHelper, read_content, read_exactly, why_ended
from mlid_desktop.devices.decoding.media_messages import (
    FRAME,
    HIDDEN_VERB,
    MEDIA_MESSAGES,
    MOST_OPENING_S,
    OPEN,
    PATIENCE,
    SOUND,
    TIMEOUTS,
    MediaMessageKind,
    SoundHead,
    VideoPromise,
    frame_seconds,
    opening_seconds,
    read_end,
    read_frame_shape,
    read_piece,
    read_sound_head,
    read_video,
    sound_seconds,
)
from mlid_desktop.devices.decoding.messages import read_refusal
from mlid_desktop.devices.driver_process.messages import HEADER, bad_answer
from mlid_desktop.devices.driver_process.process import Command, DriverProcess, DriverProgram
from mlid_desktop.domain.errors import Code, DeviceError
from mlid_desktop.domain.samples import Image

MEDIA_NAME = "media decoder"
MEDIA_PROGRAM = DriverProgram(
    "mlid_desktop.devices.decoding.media_main", HIDDEN_VERB, MEDIA_NAME, ("SYSTEMROOT", "WINDIR", "TEMP")
)
NOTHING_PROMISED = VideoPromise(0, 0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class VideoEnd:
    """How a video ended: what it had promised, how many ``frames`` were read, and the second of the last one."""

    promised: VideoPromise
    frames: int
    lasted_s: float


@dataclass(frozen=True, slots=True, eq=False)
class DecodedSound:
    """The sound of a file: ``wave`` (n,) float32 in [-1, 1], all channels averaged."""

    head: SoundHead
    wave: NDArray[np.float32] = field(repr=False)


class MediaDecoder:
    """Takes untrusted recordings apart, in a bounded process. One recording at a time, on one thread; the helper is
    started with the first and ends when this is closed or collected, and when the program ends."""

    def __init__(self, command: Command = MEDIA_PROGRAM.command) -> None:
        self._lock = threading.Lock()
        self._helper = KeptHelper(MEDIA_PROGRAM, command, MEDIA_MESSAGES, MediaMessageKind.READY)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends the helper. A recording that comes afterwards starts another."""
        self._helper.end()

    def make_ready(self) -> None:
        """Starts the helper ahead of the first recording, which it knows nothing of. Raises
        DeviceError(DEVICE_DRIVER_MISSING)."""
        self._helper.running()

    @property
    def helper_number(self) -> int | None:
        """The system's number of the helper that is running, None where there is none."""
        return self._helper.number

    def sound(self, path: Path) -> DecodedSound:
        """The whole sound of a file. Raises DeviceError: DEVICE_BAD_MEDIA, DEVICE_TOO_LARGE where it lasts too long,
        DEVICE_NO_SAMPLES, DEVICE_TOO_COSTLY, DEVICE_DRIVER_MISSING where the helper cannot be started; OSError."""
        with self._lock, path.open("rb") as file:
            kind, head, content = self._ask(
                MediaMessageKind.OPEN_SOUND, _opening(file, 1), file, sound_seconds(_size_of(file))
            )
            if kind is not MediaMessageKind.SOUND:
                raise self._helper.refuse_answer()
            try:
                said = read_sound_head(head, len(content))
            except DeviceError:
                raise self._helper.refuse_answer() from None
            wave: NDArray[np.float32] = np.frombuffer(content, "<f4").astype(np.float32)
            if not np.isfinite(wave).all():
                raise self._helper.refuse_answer()
            return DecodedSound(said, np.clip(wave, -1.0, 1.0))

    def frames(self, path: Path, step: int) -> Iterator[Image | VideoEnd]:
        """Every ``step``-th frame of a video, (height, width, 3) uint8, BGR, turned upright as the file says; at last
        how it ended. Raises as :meth:`sound`."""
        with self._lock, path.open("rb") as file:
            kind, head, _ = self._ask(
                MediaMessageKind.OPEN_VIDEO, _opening(file, step), file, opening_seconds(_size_of(file))
            )
            if kind is not MediaMessageKind.VIDEO:
                raise self._helper.refuse_answer()
            try:
                promised = read_video(head)
            except DeviceError:
                raise self._helper.refuse_answer() from None
            ended = False
            try:
                while not ended:
                    item = self._next_item(file, promised, frame_seconds(step))
                    ended = isinstance(item, VideoEnd)
                    yield item
            finally:
                if not ended:
                    self._helper.end()  # it waits in the middle of a video

    def open_stream(self, address: str, opening_ms: int, reading_ms: int) -> None:
        """Connects to a stream of the network. Raises DeviceError as :meth:`sound`, DEVICE_BAD_MEDIA where none can be
        opened."""
        payload = TIMEOUTS.pack(opening_ms, reading_ms) + address.encode("utf-8")
        kind, _, _ = self._ask(MediaMessageKind.OPEN_STREAM, payload, None, opening_ms / 1000 + MOST_OPENING_S)
        if kind is not MediaMessageKind.VIDEO:
            raise self._helper.refuse_answer()

    def next_frame(self, seconds: float) -> Image | None:
        """The next frame of the stream that is open; None at its end. ``seconds`` is how long the stream may take; the
        helper is given a few times as long before it is ended. Raises as :meth:`open_stream`."""
        item = self._next_item(None, NOTHING_PROMISED, seconds)
        return None if isinstance(item, VideoEnd) else item

    def _next_item(self, file: IO[bytes] | None, promised: VideoPromise, seconds: float) -> Image | VideoEnd:
        kind, head, content = self._ask(MediaMessageKind.NEXT, b"", file, seconds)
        try:
            if kind is MediaMessageKind.END:
                frames, lasted_s = read_end(head)
                return VideoEnd(promised, frames, lasted_s)
            if kind is MediaMessageKind.FRAME:
                height, width = read_frame_shape(head, len(content))
                return np.frombuffer(content, np.uint8).reshape(height, width, 3)
        except DeviceError:
            pass
        raise self._helper.refuse_answer()

    def _ask(
        self, kind: MediaMessageKind, payload: bytes, file: IO[bytes] | None, seconds: float
    ) -> tuple[MediaMessageKind, bytes, bytearray]:
        """The answer to a message: its kind, its head, and what follows it. The bytes of the recording that are asked
        for meanwhile are handed over."""
        helper = self._helper.running()
        overdue = Deadline(helper, PATIENCE * seconds)
        try:
            with overdue:
                helper.input.write(MEDIA_MESSAGES.pack(kind, payload))
                helper.input.flush()
                return self._answer(helper, file)
        except (EOFError, OSError):
            code = self._helper.end()
            raise why_ended(code, late=overdue.passed) from None
        except DeviceError as fault:
            if fault.code is Code.DEVICE_BAD_ANSWER:
                raise self._helper.refuse_answer() from None
            raise

    def _answer(self, helper: DriverProcess, file: IO[bytes] | None) -> tuple[MediaMessageKind, bytes, bytearray]:
        while True:
            kind, length = MEDIA_MESSAGES.read_header(read_exactly(helper, HEADER.size))
            if kind is MediaMessageKind.READ and file is not None:
                start, wanted = read_piece(read_exactly(helper, length), _size_of(file))
                file.seek(start)
                helper.input.write(MEDIA_MESSAGES.pack(MediaMessageKind.PIECE, file.read(wanted)))
                helper.input.flush()
                continue
            if kind is MediaMessageKind.FAULT:
                raise read_refusal(read_exactly(helper, length))
            size = {MediaMessageKind.FRAME: FRAME.size, MediaMessageKind.SOUND: SOUND.size}.get(kind, length)
            if length < size:
                raise bad_answer("frame")
            return kind, read_exactly(helper, size), read_content(helper, length - size)


def _opening(file: IO[bytes], step: int) -> bytes:
    return OPEN.pack(_size_of(file), step)


def _size_of(file: IO[bytes]) -> int:
    return file.seek(0, os.SEEK_END)
