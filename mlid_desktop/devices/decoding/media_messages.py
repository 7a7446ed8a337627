"""What the station and its media helper say to one another: a recording to be read piece by piece, and the frames or
the sound that are in it."""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from enum import IntEnum

from mlid_desktop.devices.driver_process.messages import MAX_TEXT_BYTES, MessageFormat, bad_answer
from mlid_desktop.devices.formats.picture_bounds import MAX_PIXELS, MAX_SIDE

HIDDEN_VERB = "media-helper"  # what a frozen program is started with to be the helper
STREAM = "stream"  # the word with which it opens one connection before it opens nothing more
MAX_URL = 4096
MAX_SECONDS = 600  # of a recording of sound: no enrolment or check asks for more
MAX_SAMPLES = MAX_SECONDS * 48_000  # of one channel: bounds the memory
MIN_RATE, MAX_RATE = 4_000, 192_000
MAX_CHANNELS = 8
MAX_PIECE = 1024 * 1024  # bytes of the file that are handed over at once
IDLE_S = 600.0  # a helper without a recording ends
WAITING_S = 24 * 3600.0  # one that is kept for a stream is told to end, and ends with the station
FIRST_MEGABYTE_S = 2.0  # processor seconds for a recording of a megabyte to be opened or, of sound, read whole
SOUND_MORE_S, VIDEO_MORE_S = 1.0, 0.5  # and for each further megabyte of sound, or of a video
MOST_OPENING_S = 8.0  # of a video, however long: its head and the first frames are looked at
FRAME_S, SKIPPED_S = 1.5, 0.5  # for a frame of a video, and for each one passed over
PATIENCE = 4.0  # times as long by the clock, on a busy machine
OPEN = struct.Struct("<QI")  # bytes of the file; of a video, every how manieth frame
PIECE = struct.Struct("<QI")  # where it begins, how long it is
VIDEO = struct.Struct("<IIdd")  # width, height, frames promised, frames a second
FRAME = struct.Struct("<II")  # height, width
TIMEOUTS = struct.Struct("<II")  # milliseconds for opening a stream, and for each frame; its address follows
SOUND = struct.Struct("<IIdQ")  # samples a second, channels, largest magnitude, samples clipped
END = struct.Struct("<Qd")  # frames read, seconds of the last
SAMPLE_BYTES = 4  # float32


class MediaMessageKind(IntEnum):
    """What a message asks or says."""

    OPEN_VIDEO = 1
    OPEN_SOUND = 2
    NEXT = 3
    PIECE = 4
    READY = 5
    READ = 6
    VIDEO = 7
    FRAME = 8
    SOUND = 9
    END = 10
    FAULT = 11
    OPEN_STREAM = 12


MEDIA_MESSAGES = MessageFormat(
    b"MLMD",
    {
        MediaMessageKind.OPEN_VIDEO: OPEN.size,
        MediaMessageKind.OPEN_SOUND: OPEN.size,
        MediaMessageKind.OPEN_STREAM: TIMEOUTS.size + MAX_URL,
        MediaMessageKind.NEXT: 0,
        MediaMessageKind.PIECE: MAX_PIECE,
        MediaMessageKind.READY: 0,
        MediaMessageKind.READ: PIECE.size,
        MediaMessageKind.VIDEO: VIDEO.size,
        MediaMessageKind.FRAME: FRAME.size + 3 * MAX_PIXELS,
        MediaMessageKind.SOUND: SOUND.size + MAX_SAMPLES * SAMPLE_BYTES,
        MediaMessageKind.END: END.size,
        MediaMessageKind.FAULT: MAX_TEXT_BYTES,
    },
)


def sound_seconds(size: int) -> float:
    """How long the helper may work on so many bytes of sound."""
    return FIRST_MEGABYTE_S + SOUND_MORE_S * max(0.0, size / MAX_PIECE - 1.0)


def opening_seconds(size: int) -> float:
    """How long the helper may work to open a video of so many bytes."""
    return min(MOST_OPENING_S, FIRST_MEGABYTE_S + VIDEO_MORE_S * max(0.0, size / MAX_PIECE - 1.0))


def frame_seconds(step: int) -> float:
    """How long the helper may work on the next frame that is wanted."""
    return FRAME_S + SKIPPED_S * (step - 1)


@dataclass(frozen=True, slots=True)
class VideoPromise:
    """What the head of a video promises: ``width`` and ``height`` in pixels, ``frames`` (0 or less where it does not
    say), and ``rate`` of them a second."""

    width: int
    height: int
    frames: float
    rate: float


@dataclass(frozen=True, slots=True)
class SoundHead:
    """What is said of sound that follows: ``rate`` of its samples a second, the ``channels`` it had, its ``peak`` (1.0
    is full scale) and how many of its samples were ``clipped``."""

    rate: int
    channels: int
    peak: float
    clipped: int


def read_video(untrusted: bytes) -> VideoPromise:
    """Reads the promise of a video. Raises DeviceError(DEVICE_BAD_ANSWER)."""
    width, height, frames, rate = _unpacked(VIDEO, untrusted, "video")
    if not math.isfinite(frames) or not math.isfinite(rate):
        raise bad_answer("video")
    return VideoPromise(width, height, frames, rate)


def read_frame_shape(untrusted: bytes, following: int) -> tuple[int, int]:
    """Height and width of a colour frame of ``following`` bytes. Raises DeviceError(DEVICE_BAD_ANSWER)."""
    height, width = _unpacked(FRAME, untrusted, "frame")
    if not 0 < height <= MAX_SIDE or not 0 < width <= MAX_SIDE or height * width * 3 != following:
        raise bad_answer("frame")
    return height, width


def read_sound_head(untrusted: bytes, following: int) -> SoundHead:
    """What is said of ``following`` bytes of sound. Raises DeviceError(DEVICE_BAD_ANSWER)."""
    rate, channels, peak, clipped = _unpacked(SOUND, untrusted, "sound")
    sensible = MIN_RATE <= rate <= MAX_RATE and 1 <= channels <= MAX_CHANNELS and peak >= 0.0 and math.isfinite(peak)
    if not sensible or not following or following % SAMPLE_BYTES:
        raise bad_answer("sound")
    if following // SAMPLE_BYTES > min(MAX_SAMPLES, MAX_SECONDS * rate):
        raise bad_answer("sound")
    return SoundHead(rate, channels, peak, clipped)


def read_end(untrusted: bytes) -> tuple[int, float]:
    """How many frames a video had, and the second of the last. Raises DeviceError(DEVICE_BAD_ANSWER)."""
    frames, seconds = _unpacked(END, untrusted, "end")
    if not math.isfinite(seconds):
        raise bad_answer("end")
    return frames, seconds


def read_piece(untrusted: bytes, size: int) -> tuple[int, int]:
    """Which bytes are asked for of a file of ``size`` bytes: their beginning, which lies in it, and number. Raises
    DeviceError(DEVICE_BAD_ANSWER)."""
    start, length = _unpacked(PIECE, untrusted, "piece")
    if not 0 <= start < size or not 0 < length <= MAX_PIECE:
        raise bad_answer("piece")
    return start, length


def _unpacked(form: struct.Struct, untrusted: bytes, what: str) -> tuple[int, ...]:
    try:
        return form.unpack(untrusted)
    except struct.error:
        raise bad_answer(what) from None
