"""The scale of a picture is read wherever its file states it."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from mlid_desktop.devices.formats.finger_picture import decode_finger
from mlid_desktop.devices.formats.headers.pixel_ratio import pixel_ratio
from mlid_desktop.devices.formats.headers.resolution import resolutions
from mlid_desktop.domain.samples import Image as Pixels
from tests.bench.fuzz_wsq import VECTORS
from tests.pictures import read_finger

WSQ = (VECTORS / "finger.wsq").read_bytes()
PRINT = cv2.imread(str(VECTORS / "finger.png"), cv2.IMREAD_GRAYSCALE)
assert PRINT is not None
FINGER = np.asarray(PRINT, np.uint8)


def jpeg(*segments: tuple[int, bytes]) -> bytes:
    """A JPEG file with these segments in place of its own first."""
    whole = cv2.imencode(".jpg", FINGER)[1].tobytes()
    length = struct.unpack_from(">H", whole, 4)[0]
    added = b"".join(b"\xff" + bytes([mark]) + struct.pack(">H", len(body) + 2) + body for mark, body in segments)
    return whole[:2] + added + whole[4 + length :]


def tiff_head(dots: int, unit: int = 2, order: str = "<", down: int | None = None) -> bytes:
    """A directory that says across and down, as Exif holds it."""
    start = b"II*\x00" if order == "<" else b"MM\x00*"
    entries = b"".join(
        struct.pack(order + "HHII", tag, 5, 1, 8 + 2 + 3 * 12 + 4 + 8 * index) for index, tag in enumerate((282, 283))
    ) + struct.pack(order + "HHIHH", 296, 3, 1, unit, 0)
    rationals = struct.pack(order + "IIII", dots, 1, dots if down is None else down, 1)
    return start + struct.pack(order + "IH", 8, 3) + entries + bytes(4) + rationals


PHOTOSHOP = b"Photoshop 3.0\x008BIM\x03\xed\x00\x00" + struct.pack(">IIHHIHH", 16, 1000 << 16, 1, 1, 1000 << 16, 1, 1)
JFIF = b"JFIF\x00\x01\x01"
XMP = (
    b'http://ns.adobe.com/xap/1.0/\x00<x tiff:XResolution="1000/1" tiff:YResolution="1000/1" tiff:ResolutionUnit="2"/>'
)


@pytest.mark.parametrize(
    "content",
    [
        jpeg((0xE0, JFIF + struct.pack(">BHHBB", 1, 1000, 1000, 0, 0))),
        jpeg((0xE0, JFIF + struct.pack(">BHHBB", 2, 394, 394, 0, 0))),
        jpeg((0xE1, b"Exif\x00\x00" + tiff_head(1000))),
        jpeg((0xE1, b"Exif\x00\x00" + tiff_head(1000, order=">"))),
        jpeg((0xE0, JFIF + struct.pack(">BHHBB", 0, 1, 1, 0, 0)), (0xE1, b"Exif\x00\x00" + tiff_head(394, 3))),
        jpeg((0xE0, JFIF + struct.pack(">BHHBB", 1, 72, 72, 0, 0)), (0xE1, b"Exif\x00\x00" + tiff_head(1000))),
        jpeg((0xED, PHOTOSHOP)),
        jpeg((0xFE, b"NIST_COM 3\nPPI 1000\nLOSSY 1\n\x00")),
        jpeg((0xE1, XMP)),
        b"P5\n# scanned at 1000 dpi\n4 3\n255\n" + bytes(12),
    ],
)
def test_the_resolution_is_read_wherever_it_is_stated(content: bytes) -> None:
    credible = [dots for dots in resolutions(content) if min(dots) > 250]
    assert credible[0] == pytest.approx((1000, 1000), rel=2e-3)


def test_exif_of_png_and_webp_states_the_resolution() -> None:
    for kind in ("png", "webp"):
        facts = Image.Exif()
        facts[282], facts[283], facts[296] = 1000.0, 1000.0, 2
        kept = io.BytesIO()
        Image.fromarray(FINGER).convert("RGB").save(kept, kind, exif=facts)
        assert resolutions(kept.getvalue())[0] == pytest.approx((1000, 1000))


def test_a_picture_of_two_scales_is_brought_to_the_finer(tmp_path: Path) -> None:
    path = tmp_path / "finger.png"
    half = cv2.resize(FINGER, (FINGER.shape[1], FINGER.shape[0] // 2), interpolation=cv2.INTER_AREA)
    Image.fromarray(np.asarray(half, np.uint8)).save(path, dpi=(500, 250))
    found = read_finger(path)
    assert found.dpi == pytest.approx(500, rel=1e-3)
    assert abs(found.image.shape[0] - FINGER.shape[0]) <= 1
    given = read_finger(path, 400)
    assert (given.dpi, given.image.shape) == (400.0, found.image.shape)


@pytest.mark.parametrize("kind", ["jpeg", "exif", "png", "tiff"])
def test_pixels_that_are_no_squares_are_made_squares_where_a_file_states_their_ratio_alone(kind: str) -> None:
    height, width = FINGER.shape
    squeezed = cv2.resize(FINGER, (width // 2, height))
    content = _stating_a_ratio(kind, np.asarray(squeezed, np.uint8), 1, 2)
    assert pixel_ratio(content) == 0.5
    assert resolutions(content) == ()
    unsaid, dots = decode_finger(content)
    assert unsaid.shape == (height, width // 2 * 2)
    assert dots is None
    said, dots = decode_finger(content, 250)  # across, as scanners count
    assert said.shape == unsaid.shape
    assert dots == 500


@pytest.mark.parametrize(("said", "finest"), [(500.0, 1000.0), (1000.0, 1000.0), (510.0, 1020.0)])
def test_a_resolution_that_somebody_says_keeps_the_ratio_that_the_file_says(said: float, finest: float) -> None:
    content = io.BytesIO()
    Image.fromarray(FINGER).save(content, "png", dpi=(500, 1000))
    image, dots = decode_finger(content.getvalue(), said)
    assert image.shape == (FINGER.shape[0], FINGER.shape[1] * 2)
    assert dots == pytest.approx(finest, rel=1e-3)


@pytest.mark.parametrize("across", [0, 1, 900])
def test_a_ratio_that_no_scanner_has_is_none(across: int) -> None:
    assert pixel_ratio(_stating_a_ratio("png", FINGER, across, 1 if across != 1 else 0)) is None


def _stating_a_ratio(kind: str, image: Pixels, across: int, down: int) -> bytes:
    content = io.BytesIO()
    if kind == "tiff":
        Image.fromarray(image).save(content, "tiff", tiffinfo={282: float(across), 283: float(down), 296: 1})
        return content.getvalue()
    if kind == "png":
        whole = cv2.imencode(".png", image)[1].tobytes()
        body = b"pHYs" + struct.pack(">IIB", across, down, 0)
        return whole[:33] + struct.pack(">I", 9) + body + struct.pack(">I", zlib.crc32(body)) + whole[33:]
    whole = cv2.imencode(".jpg", image)[1].tobytes()
    length = struct.unpack_from(">H", whole, 4)[0]
    if kind == "exif":
        segment = b"Exif\x00\x00" + tiff_head(across, unit=1, down=down)
        return whole[:2] + b"\xff\xe1" + struct.pack(">H", len(segment) + 2) + segment + whole[4 + length :]
    segment = b"JFIF\x00\x01\x01" + struct.pack(">BHHBB", 0, across, down, 0, 0)
    return whole[:2] + b"\xff\xe0" + struct.pack(">H", len(segment) + 2) + segment + whole[4 + length :]


def test_a_comment_of_wsq_that_ends_in_a_zero_states_the_resolution() -> None:
    comment = b"NIST_COM 2\nPPI 1000\0"
    segment = b"\xff\xa8" + struct.pack(">H", len(comment) + 2) + comment
    assert resolutions(WSQ[:2] + segment + WSQ[2:])[0] == (1000.0, 1000.0)
