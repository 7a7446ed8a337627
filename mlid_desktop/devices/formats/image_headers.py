"""What the headers of pictures claim, read before anything is decoded: their size, and how finely they were scanned."""

from __future__ import annotations

import struct
from collections.abc import Collection
from typing import Final

from mlid_desktop.devices.formats.wsq_segments import is_wsq, wsq_dimensions, wsq_resolution

INCH_MM: Final = 25.4
PNG_START: Final = b"\x89PNG\r\n\x1a\n"
JPEG_FRAMES = frozenset({0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF})
JPEG_BARE = frozenset({0x01, *range(0xD0, 0xD9)})
TIFF_WIDTH, TIFF_HEIGHT, TIFF_X_RESOLUTION, TIFF_RESOLUTION_UNIT = 256, 257, 282, 296
TIFF_STARTS = frozenset({b"II*\x00", b"MM\x00*"})
TIFF_SHORT, TIFF_RATIONAL = 3, 5
TIFF_INCH, TIFF_CENTIMETRE = 2, 3
MAX_TIFF_TAGS = 512
MAX_PNG_CHUNKS = 64
JP2_START: Final = b"\x00\x00\x00\x0cjP  \r\n\x87\n"
JP2_BOX_HEAD = 8
MAX_JP2_BOXES = 16
MAX_JP2_HEAD = 4096  # bytes before the code
MAX_JP2_EXPONENT = 8  # powers of ten; what is larger is no resolution
JPEG_2000_CODE: Final = b"\xff\x4f\xff\x51"


def dimensions(untrusted: bytes) -> tuple[int, int] | None:
    """(width, height) that the header claims, or None where the format is not one that is read here."""
    try:
        if untrusted.startswith(PNG_START):
            return struct.unpack(">II", untrusted[16:24])
        if untrusted.startswith(b"\xff\xd8"):
            return _jpeg_dimensions(untrusted)
        if untrusted.startswith(b"BM"):
            width, height = struct.unpack("<ii", untrusted[18:26])
            return width, abs(height)
        if untrusted[:4] in TIFF_STARTS:
            found = _tiff_tags(untrusted, {TIFF_WIDTH, TIFF_HEIGHT})
            return (int(found[TIFF_WIDTH]), int(found[TIFF_HEIGHT])) if len(found) == 2 else None
        if untrusted.startswith((JP2_START, JPEG_2000_CODE)):
            return _jpeg_2000_dimensions(untrusted)
        if is_wsq(untrusted):
            return wsq_dimensions(untrusted)
        if untrusted[:2] in {b"P5", b"P6"}:
            return _pnm_dimensions(untrusted)
        if untrusted[:4] == b"RIFF" and untrusted[8:12] == b"WEBP":
            return _webp_dimensions(untrusted)
    except (struct.error, IndexError, ValueError, ZeroDivisionError):
        return None
    return None


def resolution(untrusted: bytes) -> float | None:
    """Dots per inch that the header claims, across; None where it claims none. Whether to believe it is another
    matter: many programs write 72 or 96 without knowing."""
    try:
        if untrusted.startswith(PNG_START):
            return _png_resolution(untrusted)
        if untrusted.startswith(b"\xff\xd8"):
            return _jfif_resolution(untrusted)
        if untrusted.startswith(b"BM"):
            return float(struct.unpack("<i", untrusted[38:42])[0]) * INCH_MM / 1000
        if untrusted[:4] in TIFF_STARTS:
            found = _tiff_tags(untrusted, {TIFF_X_RESOLUTION, TIFF_RESOLUTION_UNIT})
            scale = {TIFF_INCH: 1.0, TIFF_CENTIMETRE: INCH_MM / 10}[int(found.get(TIFF_RESOLUTION_UNIT, TIFF_INCH))]
            return found[TIFF_X_RESOLUTION] * scale
        if untrusted.startswith(JP2_START):
            return _jp2_resolution(untrusted)
        if is_wsq(untrusted):
            return wsq_resolution(untrusted)
    except (struct.error, IndexError, ValueError, KeyError, ZeroDivisionError):
        return None
    return None


def _jpeg_2000_dimensions(untrusted: bytes) -> tuple[int, int] | None:
    """Of bare code, what its first segment says; else walks the boxes to the image header, the first inside the header
    box (ISO/IEC 15444-1, annexes A.5 and I.5)."""
    if untrusted.startswith(JPEG_2000_CODE):
        right, lower, left, upper = struct.unpack(">IIII", untrusted[8:24])
        return right - left, lower - upper
    place = len(JP2_START)
    for _ in range(MAX_JP2_BOXES):
        length, kind = struct.unpack(">I4s", untrusted[place : place + 8])
        if kind == b"jp2h":
            inner, height, width = struct.unpack(">4sII", untrusted[place + 12 : place + 24])
            return (width, height) if inner == b"ihdr" else None
        if length < JP2_BOX_HEAD:
            return None
        place += length
    return None


def _jp2_resolution(untrusted: bytes) -> float | None:
    """The capture resolution inside the header box, in dots a metre (ISO/IEC 15444-1, I.5.3.7)."""
    place = untrusted.find(b"resc", 0, MAX_JP2_HEAD)
    if place < 0:
        return None
    _, _, over, under, _, exponent = struct.unpack(">HHHHbb", untrusted[place + 4 : place + 14])
    if abs(exponent) > MAX_JP2_EXPONENT:
        return None
    return float(over / under * 10.0**exponent * INCH_MM / 1000)


def _jpeg_dimensions(untrusted: bytes) -> tuple[int, int] | None:
    """Walks the marker segments to the frame header (ITU-T T.81, annex B)."""
    place = 2
    while place + 9 < len(untrusted):
        if untrusted[place] != 0xFF:
            return None
        marker = untrusted[place + 1]
        if marker == 0xFF:
            place += 1
        elif marker in JPEG_BARE:
            place += 2
        elif marker in JPEG_FRAMES:
            height, width = struct.unpack(">HH", untrusted[place + 5 : place + 9])
            return width, height
        else:
            place += 2 + max(2, struct.unpack(">H", untrusted[place + 2 : place + 4])[0])
    return None


def _jfif_resolution(untrusted: bytes) -> float | None:
    """The density of a JFIF segment, which comes first where there is one (ITU-T T.871, 10.1)."""
    if untrusted[2:4] != b"\xff\xe0" or untrusted[6:11] != b"JFIF\x00":
        return None
    unit, density = struct.unpack(">BH", untrusted[13:16])
    return {1: float(density), 2: density * INCH_MM / 10}.get(unit)


def _png_resolution(untrusted: bytes) -> float | None:
    """The ``pHYs`` chunk, which stands before the first ``IDAT`` (PNG specification, 11.3.4.3)."""
    place = len(PNG_START)
    for _ in range(MAX_PNG_CHUNKS):
        length, name = struct.unpack(">I4s", untrusted[place : place + 8])
        if name == b"pHYs":
            across, _, unit = struct.unpack(">IIB", untrusted[place + 8 : place + 17])
            return across * INCH_MM / 1000 if unit == 1 else None
        if name in {b"IDAT", b"IEND"}:
            return None
        place += length + 12
    return None


def _tiff_tags(untrusted: bytes, wanted: Collection[int]) -> dict[int, float]:
    """Numbers of the first image file directory (TIFF 6.0, section 2)."""
    order = "<" if untrusted[:2] == b"II" else ">"
    start = struct.unpack(order + "I", untrusted[4:8])[0]
    count = min(struct.unpack(order + "H", untrusted[start : start + 2])[0], MAX_TIFF_TAGS)
    found: dict[int, float] = {}
    for number in range(count):
        entry = untrusted[start + 2 + 12 * number : start + 14 + 12 * number]
        tag, kind = struct.unpack(order + "HH", entry[:4])
        if tag in wanted:
            found[tag] = _tiff_number(untrusted, order, kind, entry[8:12])
    return found


def _tiff_number(untrusted: bytes, order: str, kind: int, field: bytes) -> float:
    if kind == TIFF_SHORT:
        return float(struct.unpack(order + "H", field[:2])[0])
    place = struct.unpack(order + "I", field)[0]
    if kind != TIFF_RATIONAL:
        return float(place)
    over, under = struct.unpack(order + "II", untrusted[place : place + 8])
    return float(over / under)


def _pnm_dimensions(untrusted: bytes) -> tuple[int, int]:
    fields = [part for line in untrusted[2:256].splitlines() if not line.startswith(b"#") for part in line.split()]
    return int(fields[0]), int(fields[1])


def _webp_dimensions(untrusted: bytes) -> tuple[int, int] | None:
    """The three chunk forms of the WebP container specification."""
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
