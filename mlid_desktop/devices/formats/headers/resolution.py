"""Reads the resolution that a picture file claims, from every field in which the formats read here can state it.

Whether to believe it is another matter: many programs write 72 or 96 without knowing.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator
from typing import Final

from mlid_desktop.devices.formats.headers.dimensions import (
    FAULTS,
    INCH_MM,
    JP2_START,
    JPEG_BARE,
    MAX_PNG_CHUNKS,
    PNG_START,
    is_old_bmp,
)
from mlid_desktop.devices.formats.headers.tiff_tags import is_tiff, tiff_resolution
from mlid_desktop.devices.formats.wsq_segments import is_wsq, wsq_resolution

Dots = tuple[float, float]  # per inch, across and down
_Reader = Callable[[bytes], Dots | None]
MAX_JP2_HEAD = 4096  # bytes before the code
MAX_JP2_EXPONENT = 8  # powers of ten; what is larger is no resolution
MAX_SEGMENTS = 256
APP0, APP1, APP13, COMMENT, START_OF_SCAN = 0xE0, 0xE1, 0xED, 0xFE, 0xDA
EXIF: Final = b"Exif\x00\x00"
PHOTOSHOP: Final = b"Photoshop 3.0\x00"
PHOTOSHOP_RESOLUTION: Final = b"8BIM\x03\xed"  # image resource 1005, fixed-point numbers (Adobe, File formats, 2)
NISTCOM_PPI = re.compile(rb"^PPI[ \t]+(\d{1,5})[ \t\r\x00]*$", re.MULTILINE)  # NBIS writes it into JPEG and PNG too
XMP = re.compile(rb"tiff:(X|Y)Resolution(?:\s*=\s*[\"']|>)\s*(\d{1,9})(?:/(\d{1,9}))?")
XMP_UNIT = re.compile(rb"tiff:ResolutionUnit(?:\s*=\s*[\"']|>)\s*(\d)")
PNM_COMMENT = re.compile(rb"^#.*?(\d{3,4})(?:\.0+)?[ \t]*(?:dpi|ppi)\b", re.MULTILINE | re.IGNORECASE)
MAX_PNM_HEAD = 65_536
MAX_XMP = 65_536


def resolutions(untrusted: bytes) -> tuple[Dots, ...]:
    """Dots per inch, across and down, as every field of the file claims them, the format's own first; none where the
    file claims none."""
    readers = next((readers for starts, readers in _READERS if starts(untrusted)), ())
    return tuple(found for reader in readers if (found := _claimed(reader, untrusted)) is not None)


def _claimed(reader: _Reader, untrusted: bytes) -> Dots | None:
    try:
        found = reader(untrusted)
    except FAULTS:
        return None
    return found if found is not None and min(found) > 0 else None


def _jfif(untrusted: bytes) -> Dots | None:
    """Resolution from the JFIF segment of a JPEG, which comes first where there is one (ITU-T T.871, 10.1)."""
    for marker, body in jpeg_segments(untrusted):
        if marker == APP0 and body.startswith(b"JFIF\x00"):
            unit, across, down = struct.unpack_from(">BHH", body, 7)
            scale = {1: 1.0, 2: INCH_MM / 10}.get(unit)
            return None if scale is None else (across * scale, down * scale)
    return None


def _jpeg_exif(untrusted: bytes) -> Dots | None:
    bodies = (body for marker, body in jpeg_segments(untrusted) if marker == APP1 and body.startswith(EXIF))
    return next((tiff_resolution(body[len(EXIF) :]) for body in bodies), None)


def _jpeg_photoshop(untrusted: bytes) -> Dots | None:
    for marker, body in jpeg_segments(untrusted):
        offset = body.find(PHOTOSHOP_RESOLUTION) if marker == APP13 and body.startswith(PHOTOSHOP) else -1
        if offset >= 0:
            name = body[offset + 6]
            at = offset + 6 + 1 + name + (name + 1) % 2 + 4
            across, _, _, down = struct.unpack_from(">IHHI", body, at)
            return across / 65536, down / 65536  # always per inch; the units beside are those to be shown
    return None


def _jpeg_comment(untrusted: bytes) -> Dots | None:
    return next((found for mark, body in jpeg_segments(untrusted) if mark == COMMENT and (found := _nist(body))), None)


def _jpeg_xmp(untrusted: bytes) -> Dots | None:
    return next((found for mark, body in jpeg_segments(untrusted) if mark == APP1 and (found := _xmp(body))), None)


def jpeg_segments(untrusted: bytes) -> Iterator[tuple[int, bytes]]:
    """Marker and body of each JPEG segment before the first scan (ITU-T T.81, annex B)."""
    offset = 2
    for _ in range(MAX_SEGMENTS):
        if untrusted[offset] != 0xFF:
            return
        marker = untrusted[offset + 1]
        if marker == 0xFF:
            offset += 1
            continue
        if marker in JPEG_BARE:
            offset += 2
            continue
        if marker == START_OF_SCAN:
            return
        length = max(2, struct.unpack_from(">H", untrusted, offset + 2)[0])
        yield marker, untrusted[offset + 4 : offset + 2 + length]
        offset += 2 + length


def _png_physical(untrusted: bytes) -> Dots | None:
    """Resolution from the ``pHYs`` chunk of a PNG (PNG specification, 11.3.4.3)."""
    for name, body in png_chunks(untrusted):
        if name == b"pHYs":
            across, down, unit = struct.unpack_from(">IIB", body)
            return (across * INCH_MM / 1000, down * INCH_MM / 1000) if unit == 1 else None
    return None


def _png_exif(untrusted: bytes) -> Dots | None:
    return next((tiff_resolution(_bare(body)) for name, body in png_chunks(untrusted) if name == b"eXIf"), None)


def _png_text(untrusted: bytes) -> Dots | None:
    bodies = [body for name, body in png_chunks(untrusted) if name in {b"tEXt", b"iTXt"}]
    return next((found for body in bodies if (found := _nist(body.replace(b"\x00", b"\n")) or _xmp(body))), None)


def png_chunks(untrusted: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Name and content of a PNG's chunks before the first ``IDAT``."""
    offset = len(PNG_START)
    for _ in range(MAX_PNG_CHUNKS):
        length, name = struct.unpack_from(">I4s", untrusted, offset)
        if name in {b"IDAT", b"IEND"}:
            return
        yield name, untrusted[offset + 8 : offset + 8 + length]
        offset += length + 12


def _bmp(untrusted: bytes) -> Dots | None:
    if is_old_bmp(untrusted):
        return None
    across, down = struct.unpack_from("<ii", untrusted, 38)
    return across * INCH_MM / 1000, (down or across) * INCH_MM / 1000


def _jp2(untrusted: bytes) -> Dots | None:
    """Resolution of a JPEG 2000 file from its header box: at capture, else for display, in dots a metre (ISO/IEC
    15444-1, I.5.3.7)."""
    for box in (b"resc", b"resd"):
        offset = untrusted.find(box, 0, MAX_JP2_HEAD)
        if offset < 0:
            continue
        over_y, under_y, over_x, under_x, by_y, by_x = struct.unpack_from(">HHHHbb", untrusted, offset + 4)
        if max(abs(by_x), abs(by_y)) > MAX_JP2_EXPONENT:
            continue
        down, across = over_y / under_y * 10.0**by_y, over_x / under_x * 10.0**by_x
        return across * INCH_MM / 1000, down * INCH_MM / 1000
    return None


def _webp(untrusted: bytes) -> Dots | None:
    """Resolution from the EXIF chunk of a WebP (WebP container specification)."""
    offset = 12
    for _ in range(MAX_PNG_CHUNKS):
        name, length = struct.unpack_from("<4sI", untrusted, offset)
        if name == b"EXIF":
            return tiff_resolution(_bare(untrusted[offset + 8 : offset + 8 + length]))
        offset += 8 + length + length % 2
    return None


def _pnm(untrusted: bytes) -> Dots | None:
    """Resolution from a comment of a PNM file such as ``# 500 dpi``: the format has no field for it."""
    said = PNM_COMMENT.search(untrusted[:MAX_PNM_HEAD])
    return None if said is None else (float(said[1]), float(said[1]))


def _wsq(untrusted: bytes) -> Dots | None:
    found = wsq_resolution(untrusted)
    return None if found is None else (found, found)


def _nist(body: bytes) -> Dots | None:
    said = NISTCOM_PPI.search(body)
    return None if said is None else (float(said[1]), float(said[1]))


def _xmp(body: bytes) -> Dots | None:
    said = {
        found[1]: int(found[2]) / int(found[3] or b"1")
        for found in XMP.finditer(body[:MAX_XMP])
        if int(found[3] or b"1") != 0
    }
    if b"X" not in said:
        return None
    unit = XMP_UNIT.search(body[:MAX_XMP])
    scale = INCH_MM / 10 if unit is not None and unit[1] == b"3" else 1.0
    return said[b"X"] * scale, said.get(b"Y", said[b"X"]) * scale


def _bare(body: bytes) -> bytes:
    """Exif data without JPEG's own mark, which some writers put before it in other formats."""
    return body.removeprefix(EXIF)


_READERS: Final[tuple[tuple[Callable[[bytes], bool], tuple[_Reader, ...]], ...]] = (
    (lambda data: data.startswith(PNG_START), (_png_physical, _png_exif, _png_text)),
    (
        lambda data: data.startswith(b"\xff\xd8"),
        (_jfif, _jpeg_exif, _jpeg_photoshop, _jpeg_comment, _jpeg_xmp),
    ),
    (lambda data: data.startswith(b"BM"), (_bmp,)),
    (is_tiff, (tiff_resolution, _xmp)),
    (lambda data: data.startswith(JP2_START), (_jp2,)),
    (is_wsq, (_wsq,)),
    (lambda data: data[:1] == b"P" and data[1:2] in b"123456", (_pnm,)),
    (lambda data: data.startswith(b"RIFF") and data[8:12] == b"WEBP", (_webp,)),
)
