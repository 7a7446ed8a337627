"""Recordings that do harm are refused in a bounded process that opens nothing; the station goes on."""

from __future__ import annotations

import io
import os
import signal
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
import soundfile

from mlid_desktop.devices.decoding import media_messages
from mlid_desktop.devices.decoding.media import MEDIA_PROGRAM, MediaDecoder, VideoEnd
from mlid_desktop.devices.decoding.media_messages import MEDIA_MESSAGES, MediaMessageKind
from mlid_desktop.devices.recorded.images_and_video import VideoFile
from mlid_desktop.domain.errors import Code, DeviceError

LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")
FRAMES = 12
LIAR = """
import sys
from mlid_desktop.devices.decoding.media_messages import *
out = sys.stdout.buffer
out.write(MEDIA_MESSAGES.pack(MediaMessageKind.READY)); out.flush()
sys.stdin.buffer.read(9 + OPEN.size)
out.write(eval(sys.argv[1])); out.flush()
sys.stdin.buffer.read()
"""


@pytest.fixture
def video(tmp_path: Path) -> Path:
    path = tmp_path / "clip.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10.0, (64, 48))
    for number in range(FRAMES):
        writer.write(np.full((48, 64, 3), 20 * number, np.uint8))
    writer.release()
    return path


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    path = tmp_path / "speech.wav"
    soundfile.write(path, 0.3 * np.sin(np.arange(16_000) / 8), 16_000)
    return path


@pytest.fixture
def decoder() -> Iterator[MediaDecoder]:
    with MediaDecoder() as running:
        yield running


def refused(decoder: MediaDecoder, path: Path) -> Code:
    with pytest.raises(DeviceError) as fault:
        list(decoder.frames(path, 1))
    return fault.value.code


def test_a_video_is_given_frame_by_frame_and_then_its_end(decoder: MediaDecoder, video: Path) -> None:
    *frames, end = decoder.frames(video, 1)
    assert [frame.shape for frame in frames if isinstance(frame, np.ndarray)] == [(48, 64, 3)] * FRAMES
    assert isinstance(end, VideoEnd)
    assert (end.frames, end.promised.rate) == (FRAMES, 10.0)


def test_frames_can_be_passed_over(decoder: MediaDecoder, video: Path) -> None:
    *frames, end = decoder.frames(video, 5)
    greys = [float(np.mean(frame)) for frame in frames if isinstance(frame, np.ndarray)]
    assert greys == pytest.approx([0, 100, 200], abs=2)
    assert isinstance(end, VideoEnd)
    assert end.frames == FRAMES


def test_one_helper_takes_many_recordings(decoder: MediaDecoder, video: Path, sound: Path) -> None:
    list(decoder.frames(video, 1))
    first = decoder.helper_number
    assert len(decoder.sound(sound).wave) == 16_000
    list(decoder.frames(video, 1))
    assert decoder.helper_number == first


def test_a_video_that_is_left_in_the_middle_ends_its_helper(decoder: MediaDecoder, video: Path) -> None:
    items = decoder.frames(video, 1)
    next(items)
    items.close()  # type: ignore[attr-defined]  # a generator
    assert decoder.helper_number is None
    assert len(list(decoder.frames(video, 1))) == FRAMES + 1


LISTS = {
    "a list of parts": b"ffconcat version 1.0\nfile %s\n",
    "a playlist": b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:9,\n%s\n#EXT-X-ENDLIST\n",
    "a playlist of addresses": b"#EXTM3U\n#EXTINF:9,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n",
    "a description of a session": b"v=0\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 9 RTP/AVP 26\n",
}


@pytest.mark.parametrize("kind", LISTS)
def test_what_names_other_files_or_addresses_opens_none_of_them(
    decoder: MediaDecoder, video: Path, tmp_path: Path, kind: str
) -> None:
    lure = tmp_path / "lure.mp4"
    lure.write_bytes(LISTS[kind].replace(b"%s", os.fsencode(video)))
    assert refused(decoder, lure) in {Code.DEVICE_BAD_MEDIA, Code.DEVICE_TOO_COSTLY}


def claims(width: int, height: int) -> bytes:
    """A small Motion JPEG video whose head claims another size."""
    encoded = cv2.imencode(".jpg", np.zeros((16, 16, 3), np.uint8))[1].tobytes()
    offset = encoded.index(b"\xff\xc0")
    picture = encoded[: offset + 5] + struct.pack(">HH", height, width) + encoded[offset + 9 :]
    stream = struct.pack("<4s4sIHHIIIIIIIIhhhh", b"vids", b"MJPG", 0, 0, 0, 0, 1, 10, 0, 3, 0, 0, 0, 0, 0, 16, 16)
    form = struct.pack("<IiiHH4sIiiII", 40, width, height, 1, 24, b"MJPG", 0, 0, 0, 0, 0)
    main = struct.pack("<14I", 100_000, 0, 0, 0x10, 3, 0, 1, 0, width, height, 0, 0, 0, 0)

    def chunk(name: bytes, content: bytes) -> bytes:
        return name + struct.pack("<I", len(content)) + content + bytes(len(content) % 2)

    strl = chunk(b"LIST", b"strl" + chunk(b"strh", stream) + chunk(b"strf", form))
    hdrl = chunk(b"LIST", b"hdrl" + chunk(b"avih", main) + strl)
    movi = chunk(b"LIST", b"movi" + chunk(b"00dc", picture) * 3)
    return b"RIFF" + struct.pack("<I", 4 + len(hdrl) + len(movi)) + b"AVI " + hdrl + movi


@pytest.mark.parametrize("side", [9000, 32_000, 65_500])
def test_of_a_video_that_claims_more_pixels_than_are_read_no_frame_comes(tmp_path: Path, side: int) -> None:
    path = tmp_path / "large.avi"
    path.write_bytes(claims(side, side))
    with pytest.raises(DeviceError) as fault:
        list(VideoFile(path).samples())
    assert fault.value.code in {
        Code.DEVICE_TOO_LARGE,
        Code.DEVICE_TOO_COSTLY,
        Code.DEVICE_BAD_MEDIA,
        Code.DEVICE_NO_SAMPLES,
    }


def test_every_bent_recording_is_a_typed_fault_and_the_next_one_goes_on(
    decoder: MediaDecoder, video: Path, sound: Path, tmp_path: Path
) -> None:
    chance = np.random.default_rng(3)
    for number in range(12):
        for good in (video, sound):
            content = bytearray(good.read_bytes())
            for offset in chance.integers(0, min(len(content), 600), 12):
                content[offset] = int(chance.integers(0, 256))
            bent = tmp_path / f"bent{number}{good.suffix}"
            bent.write_bytes(bytes(content[: int(chance.integers(40, len(content)))]))
            try:
                if good is video:
                    list(decoder.frames(bent, 1))
                else:
                    decoder.sound(bent)
            except DeviceError:
                pass
    assert len(decoder.sound(sound).wave) == 16_000


def test_a_long_silence_in_a_small_file_is_too_long(decoder: MediaDecoder, tmp_path: Path) -> None:
    path = tmp_path / "silence.flac"
    with soundfile.SoundFile(path, "w", 48_000, 1) as file:
        for _ in range(620):
            file.write(np.zeros(48_000, np.float32))
    assert path.stat().st_size < 2**20
    with pytest.raises(DeviceError) as fault:
        decoder.sound(path)
    assert fault.value.code is Code.DEVICE_TOO_LARGE


@LINUX
def test_a_helper_that_is_killed_in_mid_video_is_a_typed_fault(decoder: MediaDecoder, video: Path) -> None:
    items = decoder.frames(video, 1)
    next(items)
    assert decoder.helper_number is not None
    os.kill(decoder.helper_number, signal.SIGKILL)
    with pytest.raises(DeviceError) as fault:
        list(items)
    assert fault.value.code is Code.DEVICE_BAD_MEDIA
    assert len(list(decoder.frames(video, 1))) == FRAMES + 1


@LINUX
def test_the_helper_can_open_nothing(decoder: MediaDecoder, sound: Path) -> None:
    decoder.sound(sound)
    limits = Path(f"/proc/{decoder.helper_number}/limits").read_text()
    for name in ("Max open files", "Max processes", "Max file size", "Max core file size"):
        line = next(line for line in limits.splitlines() if line.startswith(name))
        assert line[len(name) :].split()[:2] == ["0", "0"], line
    assert "unlimited" not in next(line for line in limits.splitlines() if line.startswith("Max address space"))


@pytest.mark.parametrize(
    "answer",
    [
        "b'x' * 9",
        "MEDIA_MESSAGES.pack(MediaMessageKind.VIDEO, b'short')",
        "MEDIA_MESSAGES.pack(MediaMessageKind.SOUND, SOUND.pack(16000, 1, 0.1, 0) + bytes(4))",
        "MEDIA_MESSAGES.pack(MediaMessageKind.READ, PIECE.pack(0, 2**31))",
        "MEDIA_MESSAGES.pack(MediaMessageKind.READ, PIECE.pack(2**64 - 1, 9))",
        "MEDIA_MESSAGES.pack(MediaMessageKind.FAULT, b'[]')",
        'MEDIA_MESSAGES.pack(MediaMessageKind.FAULT, b\'["vault.denied", "", "", 0]\')',
        "MEDIA_MESSAGES.pack(MediaMessageKind.VIDEO, VIDEO.pack(9, 9, float('nan'), 1.0))",
    ],
)
def test_a_helper_that_lies_is_a_typed_fault(video: Path, answer: str) -> None:
    with MediaDecoder(lambda _: (sys.executable, "-c", LIAR, answer)) as decoder:
        assert refused(decoder, video) is Code.DEVICE_BAD_MEDIA


def test_a_program_that_is_none_cannot_be_started(video: Path) -> None:
    with MediaDecoder(lambda _: ("/nonexistent",)) as decoder:
        assert refused(decoder, video) is Code.DEVICE_DRIVER_MISSING


def test_a_frozen_program_starts_itself_with_the_hidden_verb(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert MEDIA_PROGRAM.command(()) == (sys.executable, media_messages.HIDDEN_VERB)
    monkeypatch.delattr(sys, "frozen")
    words = [sys.executable, "-m", "mlid_desktop.cli.main", media_messages.HIDDEN_VERB]
    run = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    assert run.returncode == 0
    assert run.stdout == MEDIA_MESSAGES.pack(MediaMessageKind.READY)


def test_a_remote_file_reads_as_a_file_does() -> None:
    from mlid_desktop.devices.decoding.media_main import RemoteFile

    content = bytes(range(256)) * 9000

    class Pieces:
        def piece(self, start: int, length: int) -> bytes:
            return content[start : start + length]

    remote, plain = RemoteFile(Pieces(), len(content)), io.BytesIO(content)  # type: ignore[arg-type]  # stands in for a station
    chance = np.random.default_rng(1)
    for _ in range(200):
        offset, length = int(chance.integers(0, len(content) + 50)), int(chance.integers(0, 1_500_000))
        assert remote.seek(offset) == plain.seek(offset)
        assert remote.read(length) == plain.read(length)
        assert remote.tell() == plain.tell()
