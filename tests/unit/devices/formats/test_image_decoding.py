"""Pictures that somebody made to do harm, and every honest kind of picture there is."""

from __future__ import annotations

import os
import struct
import sys
import zlib
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from mlid_desktop.devices.formats.headers.dimensions import dimensions
from mlid_desktop.devices.formats.headers.resolution import resolutions
from mlid_desktop.devices.formats.picture_bounds import MAX_IMAGE_BYTES
from mlid_desktop.domain.errors import Code, DeviceError
from tests.pictures import read_colour, read_finger


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def huge_png(width: int, height: int) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


GOOD = cv2.imencode(".jpg", np.full((50, 60, 3), 100, np.uint8))[1].tobytes()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", Code.DEVICE_BAD_MEDIA),
        (b"hello", Code.DEVICE_BAD_MEDIA),
        (GOOD[: len(GOOD) // 4], Code.DEVICE_BAD_MEDIA),
        (huge_png(100_000, 100_000), Code.DEVICE_TOO_LARGE),
        (huge_png(19_000, 19_000), Code.DEVICE_TOO_LARGE),
        (huge_png(0, 10), Code.DEVICE_BAD_MEDIA),
        (b"P6 999999 999999 255\n", Code.DEVICE_TOO_LARGE),
        (b"BM" + bytes(40), Code.DEVICE_BAD_MEDIA),
        (b"II*\x00" + struct.pack("<I", 4_000_000_000), Code.DEVICE_BAD_MEDIA),
        (b"GIF89a" + bytes(40), Code.DEVICE_KIND_NOT_READ),
    ],
)
def test_hostile_pictures_are_typed_faults(tmp_path: Path, content: bytes, code: Code) -> None:
    path = tmp_path / "picture"
    path.write_bytes(content)
    with pytest.raises(DeviceError) as fault:
        read_colour(path)
    assert fault.value.code is code


def test_a_gigabyte_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "large.png"
    with path.open("wb") as file:
        file.truncate(MAX_IMAGE_BYTES + 1)
    with pytest.raises(DeviceError) as fault:
        read_colour(path)
    assert fault.value.code is Code.DEVICE_TOO_LARGE


@given(
    st.binary(max_size=400),
    st.sampled_from(
        [
            b"",
            b"\x89PNG\r\n\x1a\n",
            b"\xff\xd8",
            b"BM",
            b"II*\x00",
            b"II+\x00",
            b"P6 ",
            b"P2 3 ",
            b"P7\n",
            b"RIFF1234WEBP",
        ]
    ),
)
def test_reading_a_header_never_fails(untrusted: bytes, start: bytes) -> None:
    size, claims = dimensions(start + untrusted), resolutions(start + untrusted)
    assert size is None or len(size) == 2
    assert all(min(dots) > 0 for dots in claims)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".bmp", ".tiff", ".webp", ".ppm"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_a_picture_cut_short_anywhere_is_refused(tmp_path: Path, suffix: str, share: float) -> None:
    noise = np.random.default_rng(3).integers(0, 255, (60, 80, 3)).astype(np.uint8)
    whole = cv2.imencode(suffix, noise)[1].tobytes()
    path = tmp_path / "picture"
    path.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(DeviceError) as fault:
        read_colour(path)
    assert fault.value.code is Code.DEVICE_BAD_MEDIA


@given(st.integers(0, 400), st.integers(0, 255), st.sampled_from([".png", ".jpg", ".bmp", ".tiff", ".webp", ".ppm"]))
def test_a_changed_byte_gives_a_picture_or_a_typed_fault(
    tmp_path_factory: pytest.TempPathFactory, offset: int, value: int, suffix: str
) -> None:
    content = bytearray(cv2.imencode(suffix, np.full((12, 9, 3), 100, np.uint8))[1].tobytes())
    content[offset % len(content)] = value
    path = tmp_path_factory.getbasetemp() / f"changed{suffix}"
    path.write_bytes(content)
    refused: Code | None = None
    try:
        picture = read_colour(path)
    except DeviceError as fault:
        refused = fault.code
    else:
        assert picture.dtype == np.uint8
        assert picture.ndim == 3
    assert refused in {None, Code.DEVICE_BAD_MEDIA, Code.DEVICE_TOO_LARGE}


def test_a_folder_a_pipe_and_a_missing_file_are_told_apart(tmp_path: Path) -> None:
    cases = {tmp_path: Code.DEVICE_BAD_MEDIA, tmp_path / "nothing.png": Code.DEVICE_NOT_FOUND}
    if sys.platform != "win32":
        os.mkfifo(tmp_path / "pipe.png")
        cases[tmp_path / "pipe.png"] = Code.DEVICE_BAD_MEDIA
    for path, code in cases.items():
        with pytest.raises(DeviceError) as fault:
            read_colour(path)
        assert fault.value.code is code


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".bmp", ".tiff", ".webp", ".ppm"])
def test_the_header_says_what_the_decoder_finds(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"picture{suffix}"
    cv2.imwrite(str(path), np.full((37, 53, 3), 100, np.uint8))
    assert dimensions(path.read_bytes()) == (53, 37)
    assert read_colour(path).shape == (37, 53, 3)


@pytest.mark.parametrize(
    "picture",
    [
        np.full((20, 30), 100, np.uint8),
        np.full((20, 30), 25_700, np.uint16),
        np.full((20, 30, 3), 25_700, np.uint16),
        np.dstack([np.full((20, 30, 3), 100, np.uint8), np.full((20, 30), 255, np.uint8)]),
    ],
)
def test_any_depth_becomes_eight_bit_colour(tmp_path: Path, picture: np.ndarray[Any, np.dtype[Any]]) -> None:
    path = tmp_path / "picture.png"
    cv2.imwrite(str(path), picture)
    colour, grey = read_colour(path), read_finger(path).image
    assert colour.shape == (20, 30, 3)
    assert grey.shape == (20, 30)
    assert colour.dtype == grey.dtype == np.uint8
    assert abs(int(colour[5, 5, 0]) - 100) <= 1


def test_a_picture_that_is_not_a_number_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "picture.tiff"
    cv2.imwrite(str(path), np.full((20, 30, 3), np.nan, np.float32))
    with pytest.raises(DeviceError) as fault:
        read_colour(path)
    assert fault.value.code is Code.DEVICE_BAD_MEDIA


COLOUR = Image.new("RGB", (40, 20), (200, 50, 10))


@pytest.mark.parametrize(
    ("suffix", "mode"),
    [
        *((".png", mode) for mode in ("L", "P", "1", "LA", "RGBA")),
        *((".jpg", mode) for mode in ("CMYK", "L", "1")),
        *((".tiff", mode) for mode in ("CMYK", "L", "P", "1")),
        *((".bmp", mode) for mode in ("L", "P", "1", "RGBA")),
        *((".webp", mode) for mode in ("L", "RGBA")),
    ],
)
def test_every_kind_of_colour_is_brought_to_one(tmp_path: Path, suffix: str, mode: str) -> None:
    path = tmp_path / f"picture{suffix}"
    COLOUR.convert(mode).save(path)
    picture = read_colour(path)
    assert picture.shape == (20, 40, 3)
    assert picture.flags.c_contiguous
    if mode in {"CMYK", "RGBA"}:
        assert np.abs(picture[10, 10].astype(int) - (10, 50, 200)).max() <= 3


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tiff", ".webp"])
@pytest.mark.parametrize(("turned", "shape"), [(1, (20, 40)), (3, (20, 40)), (6, (40, 20)), (8, (40, 20))])
def test_a_picture_is_turned_upright_as_its_file_says(
    tmp_path: Path, suffix: str, turned: int, shape: tuple[int, int]
) -> None:
    half = COLOUR.copy()
    half.paste((0, 0, 0), (0, 0, 20, 20))  # the left half is black
    facts = Image.Exif()
    facts[274] = turned
    path = tmp_path / f"picture{suffix}"
    half.save(path, exif=facts)
    picture = read_colour(path)
    assert picture.shape[:2] == shape
    black = {1: np.s_[10, 5], 3: np.s_[10, 35], 6: np.s_[5, 10], 8: np.s_[35, 10]}[turned]
    assert int(picture[black].max()) < 60


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tiff", ".bmp"])
def test_the_resolution_is_read_from_the_header(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"finger{suffix}"
    COLOUR.convert("L").save(path, dpi=(500, 500))
    assert resolutions(path.read_bytes())[0] == pytest.approx((500, 500), rel=1e-3)
    assert read_finger(path).dpi == pytest.approx(500, rel=1e-3)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tiff", ".bmp"])
def test_a_screens_resolution_is_not_believed_of_a_finger(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"finger{suffix}"
    COLOUR.convert("L").save(path, dpi=(96, 96))
    assert read_finger(path).dpi is None


@pytest.mark.parametrize("white", [1.0, 255.0])
def test_a_picture_of_floats_is_taken_as_shares_of_white(tmp_path: Path, white: float) -> None:
    path = tmp_path / "picture.tiff"
    image = np.full((20, 30, 3), 0.5 * white, np.float32)
    image[0] = white
    cv2.imwrite(str(path), image)
    assert abs(int(read_colour(path)[10, 10, 0]) - 128) <= 1
