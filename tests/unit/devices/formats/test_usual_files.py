"""Valid files of usual kinds are read; other kinds are named."""

from __future__ import annotations

import base64
import io
import struct
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from mlid_desktop.devices.formats.encoded_text import decoded_text
from mlid_desktop.devices.formats.headers.dimensions import dimensions
from mlid_desktop.devices.formats.headers.kinds_not_read import kind_not_read
from mlid_desktop.devices.formats.headers.resolution import resolutions
from mlid_desktop.devices.formats.headers.structure import require_consistent
from mlid_desktop.devices.formats.image_decoding import decode_colour, decode_grey
from mlid_desktop.devices.recorded.images_and_video import ImageFiles
from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.errors import Code, DeviceError
from tests.bench.fuzz_wsq import VECTORS
from tests.finger_records import write_finger_record
from tests.pictures import read_colour, read_finger

WSQ = (VECTORS / "finger.wsq").read_bytes()
PRINT = cv2.imread(str(VECTORS / "finger.png"), cv2.IMREAD_GRAYSCALE)
assert PRINT is not None
FINGER = np.asarray(PRINT, np.uint8)
HEIC = struct.pack(">I4s4sI4s4s", 24, b"ftyp", b"heic", 0, b"mif1", b"heic")


def test_fill_before_the_markers_of_wsq_is_stepped_over() -> None:
    filled = WSQ
    for marker in (b"\xff\xa8", b"\xff\xa4", b"\xff\xa5", b"\xff\xa6", b"\xff\xa2", b"\xff\xa3"):
        offset = filled.index(marker)
        filled = filled[:offset] + b"\xff\xff\xff" + filled[offset:]
    filled = filled[:-2] + b"\xff\xff" + filled[-2:]
    assert np.array_equal(decode_grey(filled), decode_grey(WSQ))


@pytest.mark.parametrize("ink", [0, 255])
@pytest.mark.parametrize("kind", ["png", "tiff", "webp"])
def test_ink_on_nothing_stays_ink(kind: str, ink: int) -> None:
    colours = np.full((*FINGER.shape, 4), ink, np.uint8)
    colours[..., 3] = 255 - FINGER
    kept = io.BytesIO()
    Image.fromarray(colours).save(kept, kind, **({"lossless": True, "exact": True} if kind == "webp" else {}))
    grey = decode_grey(kept.getvalue())
    wanted = FINGER if ink == 0 else 255 - FINGER
    assert np.abs(grey.astype(int) - wanted).max() <= 2
    assert decode_colour(kept.getvalue()).shape == (*FINGER.shape, 3)


def test_a_palette_with_a_transparent_colour_lies_on_white() -> None:
    kept = io.BytesIO()
    picture = Image.new("P", (20, 20), 0)
    picture.putpalette([0, 0, 0, 10, 10, 10])
    picture.paste(1, (0, 0, 10, 20))
    picture.save(kept, "png", transparency=0)
    grey = decode_grey(kept.getvalue())
    assert (int(grey[5, 15]), int(grey[5, 5])) == (255, 10)


@pytest.mark.parametrize(
    ("content", "first"),
    [
        (b"P2\n# a comment\n4 3\n255\n" + b" ".join(b"%d" % level for level in range(12)), [0, 1, 2, 3]),
        (b"P2 4 3 15\n" + b"15 " * 12, [255] * 4),
        (b"P1\n4 3\n101010101010", [0, 255, 0, 255]),
        (b"P4\n4 3\n\xa0\xa0\xa0", [0, 255, 0, 255]),
        (b"P5\n#" + b"x" * 9000 + b"\n4 3\n255\n" + bytes(range(12)), [0, 1, 2, 3]),
        (b"P5\n4 3\n100\n" + bytes([100] * 12), [255] * 4),
        (b"P5\n4 3\n4095\n" + b"\x0f\xff" * 12, [255] * 4),
        (b"P3\n4 3\n255\n" + b"9 9 9\n" * 12, [9] * 4),
        (b"P6\n4 3\n255\n" + bytes([9] * 36), [9] * 4),
    ],
)
def test_every_kind_of_netpbm_is_read(content: bytes, first: list[int]) -> None:
    assert dimensions(content) == (4, 3)
    grey = decode_grey(content)
    assert grey.shape == (3, 4)
    assert grey[0].tolist() == first


@pytest.mark.parametrize(
    "content",
    [b"P2 4 3 255 1 2 3", b"P2 2 1 9 99 1", b"P2 2 1 9 a b", b"P5 4 3 255 \0", b"P1 2 2 0 7 0 0", b"P2 2 1 255 -1 0"],
)
def test_netpbm_that_is_none_is_a_typed_fault(content: bytes) -> None:
    with pytest.raises(DeviceError) as fault:
        decode_grey(content)
    assert fault.value.code is Code.DEVICE_BAD_MEDIA


def test_bigtiff_is_measured_before_it_is_decoded() -> None:
    entries = [(256, 4, 7), (257, 3, 5)]
    body = b"".join(struct.pack("<HHQQ", tag, kind, 1, value) for tag, kind, value in entries)
    assert dimensions(b"II+\x00\x08\x00\x00\x00" + struct.pack("<QQ", 16, len(entries)) + body) == (7, 5)


def test_kinds_that_are_not_read_are_named(tmp_path: Path) -> None:
    assert kind_not_read(HEIC) == "HEIC"
    (tmp_path / "1.heic").write_bytes(HEIC)
    with pytest.raises(DeviceError) as fault:
        read_colour(tmp_path / "1.heic")
    assert (fault.value.code, fault.value.facts["kind"]) == (Code.DEVICE_KIND_NOT_READ, "HEIC")
    with pytest.raises(DeviceError) as fault:
        list(ImageFiles("dir", tmp_path, Modality.FACE).samples())
    assert (fault.value.code, fault.value.facts["kind"]) == (Code.DEVICE_KIND_NOT_READ, "HEIC")


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"1.001:210\x1d1.002:0500\x1d", "ANSI/NIST-ITL"),
        (b"%!PS-Adobe-3.0 EPSF-3.0", "PostScript"),
        (b"\n\x05\x01\x08" + bytes(124), "PCX"),
        (b"\x1f\x8b\x08", "GZIP"),
        (b"<!DOCTYPE html><title>404</title>", "HTML"),
        (b"version https://git-lfs.github.com/spec/v1\n", "Git LFS"),
    ],
)
def test_what_is_no_picture_is_named_too(tmp_path: Path, content: bytes, kind: str) -> None:
    (tmp_path / "1.png").write_bytes(content)
    with pytest.raises(DeviceError) as fault:
        read_colour(tmp_path / "1.png")
    assert (fault.value.code, fault.value.facts["kind"]) == (Code.DEVICE_KIND_NOT_READ, kind)


def test_a_bitmap_with_the_oldest_head_is_read() -> None:
    height, width = FINGER.shape
    line = (width + 3) // 4 * 4
    palette = b"".join(bytes([grey] * 3) for grey in range(256))
    rows = b"".join(row.tobytes().ljust(line, b"\0") for row in FINGER[::-1])
    start = 14 + 12 + len(palette)
    head = struct.pack("<2sIHHIIHHHH", b"BM", start + len(rows), 0, 0, start, 12, width, height, 1, 8)
    content = head + palette + rows
    require_consistent(content)
    assert dimensions(content) == (width, height)
    assert np.array_equal(decode_grey(content), FINGER)
    assert resolutions(content) == ()
    with pytest.raises(DeviceError):
        require_consistent(content[:-line])


def test_a_picture_that_its_decoder_cannot_hold_is_kept_from_it() -> None:
    head = b"P7\nWIDTH 4\nHEIGHT 3\nDEPTH 2\nMAXVAL 255\nTUPLTYPE GRAYSCALE_ALPHA\nENDHDR\n"
    with pytest.raises(DeviceError):
        require_consistent(head + bytes(24))


@pytest.mark.parametrize("suffix", [".jfif", ".jpe", ".mpo", ".dib", ".pnm"])
def test_less_usual_endings_of_names_are_read(tmp_path: Path, suffix: str) -> None:
    kind = {".dib": ".bmp", ".pnm": ".pgm"}.get(suffix, ".jpg")
    (tmp_path / f"1{suffix}").write_bytes(cv2.imencode(kind, FINGER)[1].tobytes())
    assert len(list(ImageFiles("dir", tmp_path, Modality.FACE).samples())) == 1


@pytest.mark.parametrize("name", ["f" * 300 + ".png", "a\0b.png"])
def test_names_that_no_file_can_have_are_not_found(tmp_path: Path, name: str) -> None:
    for scheme in ("image", "dir"):
        with pytest.raises(DeviceError) as fault:
            list(ImageFiles(scheme, tmp_path / name, Modality.FACE).samples())
        assert fault.value.code is Code.DEVICE_NOT_FOUND


def test_of_a_record_that_states_no_resolution_the_one_that_is_said_is_taken(tmp_path: Path) -> None:
    (tmp_path / "finger.fir").write_bytes(write_finger_record(FINGER, 0, 7))
    assert read_finger(tmp_path / "finger.fir", 500).dpi == 500
    with pytest.raises(DeviceError):
        read_finger(tmp_path / "finger.fir")


def test_records_as_text_are_decoded_and_nothing_else_is(tmp_path: Path) -> None:
    record = write_finger_record(FINGER, 500, 7)
    pem = b"-----BEGIN RECORD-----\n" + base64.encodebytes(record) + b"-----END RECORD-----\n"
    for text in (
        base64.b64encode(record),
        pem,
        b"\xef\xbb\xbf" + record.hex().encode(),
        record.hex(":").encode(),
        base64.urlsafe_b64encode(record),
        base64.b64encode(record).decode().encode("utf-16"),
        b'{"number": "7", "template": "' + base64.b64encode(record) + b'"}',
        b'{"template": "' + base64.b64encode(record).replace(b"/", b"\\/") + b'"}',
        b"X'" + record.hex().encode() + b"'",
        b"\\x" + record.hex().encode(),
        b"0x" + record.hex().upper().encode(),
        str(list(record)).encode(),
        str([byte - 256 if byte > 127 else byte for byte in record]).encode(),
        b"new byte[] { " + b", ".join(b"0x%02X" % byte for byte in record) + b" };",
        b"<Pid><Data type='X'>" + base64.b64encode(record) + b"</Data><Hmac>" + b"A" * 44 + b"</Hmac></Pid>",
    ):
        assert decoded_text(text, (b"FIR\0",)) == record
    (tmp_path / "finger.fir").write_bytes(pem)
    assert np.array_equal(read_finger(tmp_path / "finger.fir").image, FINGER)
    picture = cv2.imencode(".png", FINGER)[1].tobytes()
    (tmp_path / "finger.txt").write_bytes(b"data:image/png;base64," + base64.b64encode(picture))
    assert np.array_equal(read_finger(tmp_path / "finger.txt").image, FINGER)
    two = b'["' + base64.b64encode(record) + b'","' + base64.b64encode(record[:-1] + b"x") + b'"]'
    for other in (b"", b"hello", b"[1, 2, 300]", base64.b64encode(b"something else"), record, two):
        assert decoded_text(other, (b"FIR\0",)) is other
