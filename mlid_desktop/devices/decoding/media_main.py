"""The program of the media helper: videos and sound that somebody else made are taken apart in here, and nowhere else.

It bounds itself first, like the helper for pictures: memory, and for each step processor time; it opens no file, no
connection and no process, but the one connection of a stream, before anything of it is read. It asks the station for
the bytes of a recording, piece by piece, so that what a video names besides itself (a list, another file, an address)
cannot be opened either.
"""

from __future__ import annotations

import io
import math
import os
import sys
from collections.abc import Sequence
from typing import Any, BinaryIO

import cv2
import numpy as np
import soundfile

from mlid_desktop.devices.decoding.bounded_start import Send, start_bounded
from mlid_desktop.devices.decoding.media_messages import (
    END,
    FRAME,
    IDLE_S,
    MAX_PIECE,
    MEDIA_MESSAGES,
    MOST_OPENING_S,
    OPEN,
    PIECE,
    SOUND,
    STREAM,
    TIMEOUTS,
    VIDEO,
    WAITING_S,
    MediaMessageKind,
    frame_seconds,
    opening_seconds,
    sound_seconds,
)
from mlid_desktop.devices.decoding.messages import fault_payload
from mlid_desktop.devices.decoding.movie_header import ShownVideo, read_shown_video
from mlid_desktop.devices.decoding.sound_reading import read_sound
from mlid_desktop.devices.driver_process.limits import STANDARD_STREAMS, limit_processor_time, open_nothing_more
from mlid_desktop.devices.driver_process.messages import DriverMessage
from mlid_desktop.devices.formats.picture_bounds import MAX_PIXELS, MAX_SIDE
from mlid_desktop.domain.errors import Code, DeviceError

ONE_THREAD = [cv2.CAP_PROP_N_THREADS, 1]
ALL = 0.99  # of a video, within what rounding leaves
Message = DriverMessage[MediaMessageKind]


class StationGoneError(Exception):
    """Nobody is there to ask any more."""


class StationLink:
    """The station as the helper sees it: it asks, and hands over what it is asked for."""

    def __init__(self, untrusted_input: BinaryIO, send: Send) -> None:
        self._input = untrusted_input
        self.send = send

    def next(self) -> Message:
        """The next message. Raises StationGoneError."""
        try:
            message = MEDIA_MESSAGES.read(self._input)
        except DeviceError:
            message = None
        if message is None:
            raise StationGoneError
        return message

    def piece(self, start: int, length: int) -> bytes:
        """Bytes of the recording. Raises StationGoneError."""
        self.send(MediaMessageKind.READ, PIECE.pack(start, length))
        message = self.next()
        if message.kind is not MediaMessageKind.PIECE:
            raise StationGoneError
        return message.untrusted


class RemoteFile(io.BufferedIOBase):
    """The recording as a file whose bytes the station has."""

    def __init__(self, station: StationLink, size: int) -> None:
        self.size = size
        self._station = station
        self._at, self._held_from, self._held = 0, 0, b""

    def readable(self) -> bool:
        """Returns True."""
        return True

    def seekable(self) -> bool:
        """Returns True."""
        return True

    def tell(self) -> int:
        """Where the next byte is read."""
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Goes to a place, which may lie behind the end; nothing is read."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self.size}.get(whence, 0)
        self._at = max(0, base + offset)
        return self._at

    def read(self, size: int | None = -1) -> bytes:
        """At most ``size`` bytes, to the end of the file without it."""
        left = max(0, self.size - self._at)
        wanted = left if size is None or size < 0 else min(size, left)
        parts = []
        while wanted:
            inside = self._at - self._held_from
            if not 0 <= inside < len(self._held):
                self._held_from, inside = self._at, 0
                self._held = self._station.piece(self._at, min(MAX_PIECE, self.size - self._at))
                if not self._held:
                    break
            part = self._held[inside : inside + wanted]
            parts.append(part)
            self._at += len(part)
            wanted -= len(part)
        return b"".join(parts)

    def readinto(self, buffer: Any) -> int:
        """Fills a buffer as far as there are bytes."""
        found = self.read(len(buffer))
        buffer[: len(found)] = found
        return len(found)


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when it ended as asked, 2 for words that it does not know."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words not in ([], [STREAM]):
        return 2
    untrusted_input, send, watch = start_bounded(
        MEDIA_MESSAGES, WAITING_S if words else IDLE_S, _decode_every_kind_once
    )
    if not words:
        open_nothing_more()
    send(MediaMessageKind.READY)
    station = StationLink(untrusted_input, send)
    try:
        while True:
            asked = station.next()
            watch.begin()
            _answer(asked, station)
            watch.end()
    except StationGoneError:
        return 0


def _answer(asked: Message, station: StationLink) -> None:
    """One recording, or why there is none. Memory that is refused says that it is too much, whichever library asked."""
    try:
        match asked.kind:
            case MediaMessageKind.OPEN_STREAM:
                _play(_opened_stream(asked.untrusted), 1, station)
            case MediaMessageKind.OPEN_VIDEO:
                size, step = OPEN.unpack(asked.untrusted)
                _play_file(RemoteFile(station, size), max(1, step), station)
            case MediaMessageKind.OPEN_SOUND:
                size, _ = OPEN.unpack(asked.untrusted)
                _hand_over_sound(RemoteFile(station, size), station)
            case _:
                raise StationGoneError
    except DeviceError as fault:
        station.send(MediaMessageKind.FAULT, fault_payload(fault))
    except (MemoryError, cv2.error):
        too_costly = DeviceError(Code.DEVICE_TOO_COSTLY, why="memory")
        station.send(MediaMessageKind.FAULT, fault_payload(too_costly))
    finally:
        limit_processor_time(0)


def _hand_over_sound(file: RemoteFile, station: StationLink) -> None:
    limit_processor_time(sound_seconds(file.size))
    head, wave = read_sound(file)
    packed = SOUND.pack(head.rate, head.channels, head.peak, head.clipped)
    station.send(MediaMessageKind.SOUND, packed, np.ascontiguousarray(wave, "<f4").data.cast("B"))


def _play_file(file: RemoteFile, step: int, station: StationLink) -> None:
    """As :func:`_play`; OpenCV does not keep the file that it reads, so that it must outlive the video."""
    limit_processor_time(opening_seconds(file.size))
    shown = read_shown_video(file, file.size)
    file.seek(0)
    video = cv2.VideoCapture(file, cv2.CAP_FFMPEG, ONE_THREAD)  # type: ignore[call-overload]  # a stream of bytes
    if shown is not None and shown.is_mirrored:
        video.set(cv2.CAP_PROP_ORIENTATION_AUTO, 0)  # it knows turns alone
    _play(video, step, station, shown)
    del video


def _opened_stream(untrusted: bytes) -> cv2.VideoCapture:
    """Opens the one connection that this process ever has."""
    opening_ms, reading_ms = TIMEOUTS.unpack_from(untrusted)
    limit_processor_time(MOST_OPENING_S)
    timeouts = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, opening_ms, cv2.CAP_PROP_READ_TIMEOUT_MSEC, reading_ms]
    address = untrusted[TIMEOUTS.size :].decode("utf-8")
    video = cv2.VideoCapture(address, cv2.CAP_FFMPEG, [*timeouts, *ONE_THREAD])
    open_nothing_more(STANDARD_STREAMS)
    return video


def _play(video: cv2.VideoCapture, step: int, station: StationLink, shown: ShownVideo | None = None) -> None:
    """The promise of a video, then a frame each time one is asked for, then its end. Raises DeviceError."""
    try:
        if not video.isOpened():
            raise DeviceError(Code.DEVICE_BAD_MEDIA)
        width, height = int(video.get(cv2.CAP_PROP_FRAME_WIDTH)), int(video.get(cv2.CAP_PROP_FRAME_HEIGHT))
        if max(width, height) > MAX_SIDE or width * height > MAX_PIXELS:
            raise DeviceError(Code.DEVICE_TOO_LARGE)
        promised, rate = (_finite(video.get(what)) for what in (cv2.CAP_PROP_FRAME_COUNT, cv2.CAP_PROP_FPS))
        if shown is not None and shown.lasts_s is not None and shown.lasts_s * rate < ALL * promised:
            promised = 0.0  # trimmed: how many frames are left depends on when each of them is
        station.send(MediaMessageKind.VIDEO, VIDEO.pack(max(0, width), max(0, height), promised, rate))
        number = 0
        while station.next().kind is MediaMessageKind.NEXT:
            limit_processor_time(frame_seconds(step))
            image, number = _next_frame(video, number, step)
            limit_processor_time(0)
            if image is None:
                lasted = _finite(video.get(cv2.CAP_PROP_POS_MSEC)) / 1000
                station.send(MediaMessageKind.END, END.pack(number, lasted))
                return
            if shown is not None and shown.is_mirrored:
                image = shown.apply(image)
            height, width = image.shape[:2]
            station.send(MediaMessageKind.FRAME, FRAME.pack(height, width), image.reshape(-1).data)
    finally:
        video.release()


def _finite(value: float) -> float:
    return float(value) if math.isfinite(value) else 0.0


def _next_frame(video: cv2.VideoCapture, number: int, step: int) -> tuple[np.ndarray | None, int]:
    """The next frame that is wanted, None at the end, and how many were gone by."""
    while video.grab():
        number += 1
        if (number - 1) % step:
            continue
        read, image = video.retrieve()
        if not read or image.ndim != 3 or image.dtype != np.uint8 or image.shape[2] != 3:
            return None, number
        return np.ascontiguousarray(image), number
    return None, number


def _decode_every_kind_once() -> None:
    """What libraries load or open at their first use they do now, before nothing can be opened."""
    cv2.VideoCapture(io.BytesIO(bytes(64)), cv2.CAP_FFMPEG, []).release()  # type: ignore[call-overload]  # a stream
    rising = io.BytesIO()
    soundfile.write(rising, np.zeros(800, np.float32), 8000, format="WAV")
    rising.seek(0)
    read_sound(rising)


if __name__ == "__main__":
    sys.exit(main())
