"""Addresses as people type them, and pictures that somebody made to do harm."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlid_desktop.devices.address import SourceAddress
from mlid_desktop.devices.camera import find_linux_cameras
from mlid_desktop.devices.media import MAX_IMAGE_BYTES, dimensions, read_colour, read_grey
from mlid_desktop.domain.errors import Code, DeviceError


@pytest.mark.parametrize(
    "text",
    [
        "camera:0",
        "file:clip.mp4",
        "dir:frames/",
        "image:one.jpg",
        "simulated:face?seed=7",
        "simulated:finger?seed=7&impression=2",
        "rtsp://user:secret@10.0.0.9:554/stream?token=abc",
        "http://127.0.0.1:8080/mjpeg",
        r"file:C:\clips\one.mp4",
    ],
)
def test_an_address_reads_back_as_it_was_written(text: str) -> None:
    address = SourceAddress.parse(text)
    assert str(address) == text
    assert SourceAddress.parse(str(address)) == address


@given(st.text(max_size=200))
def test_any_other_text_is_a_typed_fault(untrusted: str) -> None:
    try:
        address = SourceAddress.parse(untrusted)
    except DeviceError as fault:
        refused: Code | None = fault.code
    else:
        refused = None
        assert address.scheme in untrusted.lower()
    assert refused in {None, Code.DEVICE_BAD_ADDRESS}


@pytest.mark.parametrize(
    "text", ["", "camera", "camera:", "ftp://x/y", "http:///x", "rtsp://h:99999/", "camera:\x000", "x" * 3000]
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(DeviceError) as fault:
        SourceAddress.parse(text)
    assert fault.value.code is Code.DEVICE_BAD_ADDRESS


def test_credentials_are_never_shown() -> None:
    address = SourceAddress.parse("rtsp://user:secret@10.0.0.9/stream?token=abc")
    for shown in (address.masked, repr(address)):
        assert "secret" not in shown
        assert "abc" not in shown
    assert "10.0.0.9" in address.masked


@pytest.mark.parametrize("value", ["-1", "x", "1e3", "99999999999999999999", "", "٣"])
def test_an_option_out_of_bounds_is_refused(value: str) -> None:
    address = SourceAddress("simulated", "face", (("seed", value),))
    with pytest.raises(DeviceError):
        address.integer("seed", 0, 0, 100)


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
        (b"GIF89a" + bytes(40), Code.DEVICE_BAD_MEDIA),
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
    st.sampled_from([b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8", b"BM", b"II*\x00", b"P6 ", b"RIFF1234WEBP"]),
)
def test_reading_a_header_never_fails(untrusted: bytes, start: bytes) -> None:
    size = dimensions(start + untrusted)
    assert size is None or len(size) == 2


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
        np.full((20, 30, 4), 100, np.uint8),
    ],
)
def test_any_depth_becomes_eight_bit_colour(
    tmp_path: Path, picture: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]
) -> None:
    path = tmp_path / "picture.png"
    cv2.imwrite(str(path), picture)
    colour, grey = read_colour(path), read_grey(path)
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


def test_cameras_are_known_by_name_and_bus_path(tmp_path: Path) -> None:
    for number, index, name in ((0, 0, "Desk camera"), (1, 1, "Desk camera"), (10, 0, "Other")):
        node = tmp_path / f"video{number}"
        node.mkdir()
        (node / "index").write_text(f"{index}\n")
        (node / "name").write_text(f"{name}\n")
        device = tmp_path / "bus" / f"usb-1-{number}"
        device.mkdir(parents=True)
        (node / "device").symlink_to(device)
    found = find_linux_cameras(tmp_path)
    assert [(one.index, one.name, one.key) for one in found] == [
        (0, "Desk camera", "usb-1-0"),
        (10, "Other", "usb-1-10"),
    ]
    assert find_linux_cameras(tmp_path / "nowhere") == ()
