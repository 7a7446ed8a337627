"""Videos as phones make them: turned, mirrored, at a rate that varies, and trimmed without anything being removed."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlid_desktop.devices.decoding.movie_header import read_shown_video
from mlid_desktop.devices.recorded.images_and_video import VideoFile
from mlid_desktop.domain.errors import DeviceError
from mlid_desktop.domain.samples import FrameSample

FRAMES = 12
RED, GREEN, BLUE, WHITE = (0, 0, 255), (0, 255, 0), (255, 0, 0), (255, 255, 255)
LETTERS = {(0, 0, 1): "R", (0, 1, 0): "G", (1, 0, 0): "B", (1, 1, 1): "W"}


def as_stored() -> np.ndarray:
    picture = np.zeros((120, 160, 3), np.uint8)
    picture[:60, :80], picture[:60, 80:], picture[60:, :80], picture[60:, 80:] = RED, GREEN, BLUE, WHITE
    return picture


def corners(picture: np.ndarray) -> str:
    """The colours of the four quarters, from the top left, row by row."""
    height, width = picture.shape[:2]
    at = [(y, x) for y in (height // 4, 3 * height // 4) for x in (width // 4, 3 * width // 4)]
    return "".join(LETTERS.get(tuple((picture[y, x] > 128).astype(int).tolist()), "?") for y, x in at)


def matrix(a: float, b: float, c: float, d: float) -> bytes:
    unit = 1 << 16
    return struct.pack(">9i", int(a * unit), int(b * unit), 0, int(c * unit), int(d * unit), 0, 0, 0, 1 << 30)


@pytest.fixture(scope="module")
def movie(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("movie") / "v.mp4"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 10, (160, 120))
    for _ in range(FRAMES):
        writer.write(as_stored())
    writer.release()
    return path.read_bytes()


def turned(movie: bytes, a: float, b: float, c: float, d: float) -> bytes:
    at = movie.index(matrix(1, 0, 0, 1), movie.index(b"tkhd"))
    return movie[:at] + matrix(a, b, c, d) + movie[at + 36 :]


def with_times(movie: bytes, *entries: tuple[int, int]) -> bytes:
    """The movie with other times between its frames: (how many, how long)."""
    at = movie.index(b"stts")
    table = struct.pack(">II", 0, len(entries)) + b"".join(struct.pack(">II", *entry) for entry in entries)
    grown = bytearray(movie[: at + 4] + table + movie[at + 20 :])
    for box in (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stts"):
        head = movie.index(box) - 4
        (length,) = struct.unpack_from(">I", movie, head)
        struct.pack_into(">I", grown, head, length + len(table) - 16)
    return bytes(grown)


def frames(tmp_path: Path, content: bytes) -> list[np.ndarray]:
    path = tmp_path / "clip.mp4"
    path.write_bytes(content)
    return [sample.image for sample in VideoFile(path).samples() if isinstance(sample, FrameSample)]


@pytest.mark.parametrize(
    ("how", "seen"),
    [
        ((1, 0, 0, 1), "RGBW"),
        ((0, 1, -1, 0), "BRWG"),
        ((-1, 0, 0, -1), "WBGR"),
        ((0, -1, 1, 0), "GWRB"),
        ((-1, 0, 0, 1), "GRWB"),
        ((1, 0, 0, -1), "BWRG"),
        ((0, 1, 1, 0), "RBGW"),
        ((0, -1, -1, 0), "WGBR"),
        ((0, 0, 0, 0), "RGBW"),
    ],
)
def test_a_video_is_turned_and_mirrored_as_its_file_says(
    movie: bytes, tmp_path: Path, how: tuple[int, int, int, int], seen: str
) -> None:
    read = frames(tmp_path, turned(movie, *how))
    assert [corners(picture) for picture in read] == [seen] * FRAMES
    assert (read[0].shape[0] > read[0].shape[1]) == (how[0] == 0 and any(how))


def test_a_rate_that_varies_and_ends_that_were_trimmed_are_no_break(movie: bytes, tmp_path: Path) -> None:
    (tick,) = struct.unpack_from(">I", movie, movie.index(b"stts") + 16)
    slower = [(6, tick), (6, 4 * tick)], [(1, 40 * tick), (11, tick)], [(1, tick + at * 100) for at in range(FRAMES)]
    for entries in slower:
        varying = with_times(movie, *entries)
        assert len(frames(tmp_path, varying.replace(b"edts", b"free"))) == FRAMES
        trimmed = frames(tmp_path, varying)  # the list of edits shows as long as before, so fewer frames
        assert 0 < len(trimmed) < FRAMES


def test_a_video_that_broke_off_still_says_so(movie: bytes, tmp_path: Path) -> None:
    writer = cv2.VideoWriter(str(tmp_path / "v.avi"), cv2.VideoWriter.fourcc(*"MJPG"), 10, (160, 120))
    for _ in range(40):
        writer.write(as_stored())
    writer.release()
    whole = (tmp_path / "v.avi").read_bytes()
    with pytest.raises(DeviceError):
        frames(tmp_path, whole[: len(whole) // 2])
    with pytest.raises(DeviceError):
        frames(tmp_path, movie[: len(movie) // 2])


@given(st.binary(max_size=200), st.integers(0, 400))
def test_any_header_is_read_or_none(movie: bytes, bent: bytes, at: int) -> None:
    start = movie.index(b"moov") - 4
    content = movie[: start + at] + bent + movie[start + at :]
    for untrusted in (bent, content):
        shown = read_shown_video(io.BytesIO(untrusted), len(untrusted))
        assert shown is None or shown.lasts_s is None or shown.lasts_s >= 0
