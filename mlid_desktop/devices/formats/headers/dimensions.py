"""Reads from the headers of pictures, before anything is decoded, their size and whether they are transparent."""

from __future__ import annotations

import re
import struct
from typing import Final

from mlid_desktop.devices.formats.headers.tiff_tags import (
    TIFF_HEIGHT,
    TIFF_PHOTOMETRIC,
    TIFF_SAMPLES,
    TIFF_WIDTH,
    is_tiff,
    tiff_tags,
)
from mlid_desktop.devices.formats.netpbm import MAX_HEAD, netpbm_head
from mlid_desktop.devices.formats.wsq_segments import is_wsq, wsq_dimensions

INCH_MM: Final = 25.4
FAULTS: Final = (struct.error, IndexError, ValueError, KeyError, ZeroDivisionError, OverflowError)  # of untrusted heads
PNG_START: Final = b"\x89PNG\r\n\x1a\n"
JPEG_FRAMES = frozenset({0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF})
JPEG_BARE = frozenset({0x01, *range(0xD0, 0xD9)})
TIFF_INKS = 5  # photometric interpretation of pictures for a press: their fourth sample is black ink
MAX_PNG_CHUNKS = 64
JP2_START: Final = b"\x00\x00\x00\x0cjP  \r\n\x87\n"
JP2_BOX_HEAD = 8
MAX_JP2_BOXES = 16
JPEG_2000_CODE: Final = b"\xff\x4f\xff\x51"
PNG_WITH_ALPHA = frozenset({4, 6})
BMP_WITH_ALPHA = 32  # bits a pixel
BMP_OLD_HEAD = 12  # bytes
PNM_STARTS: Final = frozenset({b"P1", b"P2", b"P3", b"P4", b"P5", b"P6", b"P7"})
PAM_START: Final = b"P7\n"
JPEG_MARKER = re.compile(rb"\xff+([^\xff])", re.DOTALL)
MAX_JPEG_SEGMENTS = 4096


def dimensions(untrusted: bytes) -> tuple[int, int] | None:
    """The (width, height) that a picture's header claims, or None where the format is not one that is read here."""
    try:
        if untrusted.startswith(PNG_START):
            return struct.unpack(">II", untrusted[16:24])
        if untrusted.startswith(b"\xff\xd8"):
            return _jpeg_dimensions(untrusted)
        if untrusted.startswith(b"BM"):
            return _bmp_dimensions(untrusted)
        if is_tiff(untrusted):
            found = tiff_tags(untrusted, {TIFF_WIDTH, TIFF_HEIGHT})
            return (int(found[TIFF_WIDTH]), int(found[TIFF_HEIGHT])) if len(found) == 2 else None
        if untrusted.startswith((JP2_START, JPEG_2000_CODE)):
            return _jpeg_2000_dimensions(untrusted)
        if is_wsq(untrusted):
            return wsq_dimensions(untrusted)
        if untrusted[:2] in PNM_STARTS:
            return _pnm_dimensions(untrusted)
        if untrusted[:4] == b"RIFF" and untrusted[8:12] == b"WEBP":
            return _webp_dimensions(untrusted)
    except FAULTS:
        return None
    return None


def may_be_transparent(untrusted: bytes) -> bool:
    """Whether a picture's header says that pixels have an opacity: only such pictures are asked for it."""
    try:
        if untrusted.startswith(PNG_START):
            return untrusted[25] in PNG_WITH_ALPHA or b"tRNS" in untrusted[: max(0, untrusted.find(b"IDAT"))]
        if is_tiff(untrusted):
            found = tiff_tags(untrusted, {TIFF_SAMPLES, TIFF_PHOTOMETRIC})
            return found.get(TIFF_SAMPLES) in {2.0, 4.0} and found.get(TIFF_PHOTOMETRIC) != TIFF_INKS
        if untrusted.startswith(b"BM"):
            return not is_old_bmp(untrusted) and struct.unpack_from("<H", untrusted, 28)[0] == BMP_WITH_ALPHA
        if untrusted[:4] == b"RIFF" and untrusted[8:12] == b"WEBP":
            kind = untrusted[12:16]
            return (kind == b"VP8X" and bool(untrusted[20] & 0x10)) or (kind == b"VP8L" and bool(untrusted[24] & 0x10))
    except FAULTS:
        return False
    return False


def is_old_bmp(untrusted: bytes) -> bool:
    """Whether a BMP has the head of Windows 2 and OS/2 1, whose numbers have two bytes (BITMAPCOREHEADER)."""
    return bool(struct.unpack_from("<I", untrusted, 14)[0] == BMP_OLD_HEAD)


def _bmp_dimensions(untrusted: bytes) -> tuple[int, int]:
    if is_old_bmp(untrusted):
        return struct.unpack_from("<HH", untrusted, 18)
    width, height = struct.unpack_from("<ii", untrusted, 18)
    return width, abs(height)


def _jpeg_2000_dimensions(untrusted: bytes) -> tuple[int, int] | None:
    """The size that a JPEG 2000 picture claims: a bare codestream in its first segment, a file in the image header, the
    first box inside the header box (ISO/IEC 15444-1, annexes A.5 and I.5)."""
    if untrusted.startswith(JPEG_2000_CODE):
        right, lower, left, upper = struct.unpack(">IIII", untrusted[8:24])
        return right - left, lower - upper
    offset = len(JP2_START)
    for _ in range(MAX_JP2_BOXES):
        length, kind = struct.unpack(">I4s", untrusted[offset : offset + 8])
        if kind == b"jp2h":
            inner, height, width = struct.unpack(">4sII", untrusted[offset + 12 : offset + 24])
            return (width, height) if inner == b"ihdr" else None
        if length < JP2_BOX_HEAD:
            return None
        offset += length
    return None


def _jpeg_dimensions(untrusted: bytes) -> tuple[int, int] | None:
    """The size in the frame header of a JPEG, found by walking the marker segments (ITU-T T.81, annex B)."""
    offset = 2
    for _ in range(MAX_JPEG_SEGMENTS):
        found = JPEG_MARKER.match(untrusted, offset)
        if found is None:
            return None
        marker, offset = found[1][0], found.end()
        if marker in JPEG_FRAMES:
            height, width = struct.unpack_from(">HH", untrusted, offset + 3)
            return width, height
        if marker not in JPEG_BARE:
            offset += max(2, struct.unpack_from(">H", untrusted, offset)[0])
    return None


def _pnm_dimensions(untrusted: bytes) -> tuple[int, int] | None:
    if untrusted.startswith(PAM_START):
        return _pam_dimensions(untrusted)
    head = netpbm_head(untrusted)
    return None if head is None else (head.width, head.height)


def pam_depth(untrusted: bytes) -> int | None:
    """Channels of a PAM file, None where it is none. Raises ValueError for a head that has no end."""
    return int(_pam_head(untrusted).get(b"DEPTH", b"0")) if untrusted.startswith(PAM_START) else None


def _pam_dimensions(untrusted: bytes) -> tuple[int, int]:
    stated = _pam_head(untrusted)
    return int(stated.get(b"WIDTH", b"0")), int(stated.get(b"HEIGHT", b"0"))


def _pam_head(untrusted: bytes) -> dict[bytes, bytes]:
    head = untrusted[: untrusted.index(b"ENDHDR", 0, MAX_HEAD)]
    return dict(line.split(None, 1) for line in head.splitlines()[1:] if len(line.split(None, 1)) == 2)


def _webp_dimensions(untrusted: bytes) -> tuple[int, int] | None:
    """The size in a WebP, by the three chunk forms of its container specification."""
    kind = untrusted[12:16]
    if kind == b"VP8X":
        return int.from_bytes(untrusted[24:27], "little") + 1, int.from_bytes(untrusted[27:30], "little") + 1
    if kind == b"VP8L":
        bits = int.from_bytes(untrusted[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 ":
        width, height = struct.unpack("<HH", untrusted[26:30])
        return width & 0x3FFF, height & 0x3FFF
    return None
