"""What is looked over before a picture is decoded: that its parts lie within the file, and that there are enough bytes
for the pixels it claims. Cheap and bounded, whatever the bytes; nothing is decoded or reserved here.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from typing import Final

from mlid_desktop.devices.formats.headers.dimensions import (
    FAULTS,
    JP2_START,
    JPEG_2000_CODE,
    JPEG_FRAMES,
    PNG_START,
    PNM_STARTS,
    dimensions,
    is_old_bmp,
    pam_depth,
)
from mlid_desktop.devices.formats.headers.finger_record import IDENTIFIER, read_stated
from mlid_desktop.devices.formats.headers.kinds_not_read import kind_not_read
from mlid_desktop.devices.formats.headers.tiff_strips import tiff_content
from mlid_desktop.devices.formats.headers.tiff_tags import is_tiff
from mlid_desktop.devices.formats.netpbm import netpbm_head
from mlid_desktop.devices.formats.picture_bounds import require_sensible
from mlid_desktop.devices.formats.wsq_segments import is_wsq, require_segments
from mlid_desktop.domain.errors import Code, DeviceError

DEFLATE_MOST = 1032  # bytes that one byte of deflate can stand for (zlib, "Maximum expansion factor")
JPEG_MOST = 1024  # pixels a byte: a bit for each block of 64 is the least that ITU-T T.81 allows, and twice that
RUNS_MOST = 128  # pixels a byte of BMP's run lengths
SPARSE_MOST = 8192  # pixels a byte in formats that have no least size: blank paper alone comes near
SPARE_PIXELS = 65_536  # that any file may have, however short
MAX_CHUNKS = 65_536
MAX_SEGMENTS = 4096
MAX_COMPONENTS = 4
MAX_TILES = 4096
PNG_CHANNELS: Final = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
PNG_DEPTHS: Final = frozenset({1, 2, 4, 8, 16})
JPEG_NEXT = re.compile(rb"\xff+[^\x00\xd0-\xd7\xff]")  # a marker, with the fill before it
JPEG_SCANNED = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")  # the one after a scan; fill would be tried in every division
JPEG_SCAN, JPEG_END = 0xDA, 0xD9
PAM_DEPTHS: Final = frozenset({1, 3, 4})  # for two OpenCV's decoder writes past its memory
BMP_PLAIN: Final = frozenset({0, 3, 6})
BMP_HEAD, BMP_LEAST_HEAD = 14, 40
JPEG_2000_SIZE = struct.Struct(">HHIIIIIIIIH")  # the first segment of the code, from its length on (15444-1, A.5.1)


def require_consistent(untrusted: bytes) -> None:
    """Raises DeviceError: DEVICE_KIND_NOT_READ for a kind that is known and not read, DEVICE_TOO_LARGE for more pixels
    than are ever read, DEVICE_BAD_MEDIA for any other kind, and for claims that the bytes do not bear."""
    if untrusted.startswith(IDENTIFIER):
        _require_record(untrusted)
        return
    size = dimensions(untrusted)
    if size is None and (kind := kind_not_read(untrusted)) is not None:
        raise DeviceError(Code.DEVICE_KIND_NOT_READ, kind=kind)
    width, height = require_sensible(size)
    look = next(look for starts, look in _KINDS if starts(untrusted))
    try:
        borne = look(untrusted, width, height)
    except FAULTS:
        borne = False
    if not borne:
        raise DeviceError(Code.DEVICE_BAD_MEDIA, why="bytes and claims differ")


def _require_record(untrusted: bytes) -> None:
    """The picture in a finger image record is of the record's own compression and size."""
    stated, content = read_stated(untrusted)
    if stated.compressed:
        if dimensions(content) != (stated.width, stated.height):
            raise DeviceError(Code.DEVICE_BAD_MEDIA, why="size")
        require_consistent(content)


def _png(untrusted: bytes, width: int, height: int) -> bool:
    """Chunks to the end (PNG specification, 5.3), and as much compressed as the rows need (11.2.2)."""
    offset, compressed = len(PNG_START), 0
    length, name = struct.unpack_from(">I4s", untrusted, offset)
    depth, colour, compression, filtered, interlaced = struct.unpack_from(">BBBBB", untrusted, offset + 16)
    if (length, name) != (13, b"IHDR") or depth not in PNG_DEPTHS or (compression, filtered) != (0, 0):
        return False
    for _ in range(MAX_CHUNKS):
        length, name = struct.unpack_from(">I4s", untrusted, offset)
        offset += 12 + length
        if offset > len(untrusted):
            return False
        compressed += length if name == b"IDAT" else 0
        if name == b"IEND":
            row = 1 + (width * PNG_CHANNELS[colour] * depth + 7) // 8
            return interlaced in {0, 1} and compressed * DEFLATE_MOST >= row * height
    return False


def _jpeg(untrusted: bytes, width: int, height: int) -> bool:
    """Segments and scans to the end, one frame among them (ITU-T T.81, annex B)."""
    offset, frames, scanned = 2, 0, 0
    for _ in range(MAX_SEGMENTS):
        found = JPEG_NEXT.match(untrusted, offset)
        if found is None:
            return False
        marker, offset = untrusted[found.end() - 1], found.end()
        if marker == JPEG_END:
            return frames == 1 and scanned * JPEG_MOST + SPARE_PIXELS >= width * height
        if marker == 0x01:  # which stands alone
            continue
        (length,) = struct.unpack_from(">H", untrusted, offset)
        offset += length
        if length < 2 or offset > len(untrusted):
            return False
        frames += marker in JPEG_FRAMES
        if marker == JPEG_SCAN:
            after = JPEG_SCANNED.search(untrusted, offset)
            end = len(untrusted) if after is None else after.start()
            scanned += end - offset
            if after is None:
                return frames == 1 and scanned * JPEG_MOST + SPARE_PIXELS >= width * height
            offset = end
    return False


def _bmp(untrusted: bytes, width: int, height: int) -> bool:
    start, head = struct.unpack_from("<II", untrusted, 10)
    there = len(untrusted) - start
    if is_old_bmp(untrusted):
        bits, compression = struct.unpack_from("<H", untrusted, BMP_HEAD + 10)[0], 0
    elif head < BMP_LEAST_HEAD:
        return False
    else:
        bits, compression = struct.unpack_from("<HI", untrusted, BMP_HEAD + 14)
    if compression in BMP_PLAIN:
        return bool(bits > 0 and there >= (width * bits + 31) // 32 * 4 * height)
    return bool(there * RUNS_MOST + SPARE_PIXELS >= width * height)


def _tiff(untrusted: bytes, width: int, height: int) -> bool:
    return tiff_content(untrusted).bears(width, height)


def _jpeg_2000(untrusted: bytes, width: int, height: int) -> bool:
    """The first segment of the code: few components, few tiles (ISO/IEC 15444-1, A.5.1)."""
    start = untrusted.find(JPEG_2000_CODE)
    if start < 0:
        return False
    _, _, right, lower, left, upper, across, down, tile_left, tile_upper, components = JPEG_2000_SIZE.unpack_from(
        untrusted, start + len(JPEG_2000_CODE)
    )
    tiles = -(-(right - tile_left) // across) * -(-(lower - tile_upper) // down)
    same = (right - left, lower - upper) == (width, height)
    return same and 1 <= components <= MAX_COMPONENTS and 1 <= tiles <= MAX_TILES and _sparse(untrusted, width, height)


def _wsq(untrusted: bytes, width: int, height: int) -> bool:
    require_segments(untrusted)
    return _sparse(untrusted, width, height)


def _netpbm(untrusted: bytes, width: int, height: int) -> bool:
    """As many bytes as the pixels take; plain ones take a digit and a space, or a digit alone in bitmaps."""
    if (depth := pam_depth(untrusted)) is not None:
        return depth in PAM_DEPTHS and len(untrusted) >= width * height * depth
    head = netpbm_head(untrusted)
    if head is None:
        return False
    samples = width * height * (3 if head.kind in {3, 6} else 1)
    if head.kind == 4:
        return len(untrusted) - head.start >= (width + 7) // 8 * height
    least = {1: samples, 2: 2 * samples - 1, 3: 2 * samples - 1}.get(head.kind, samples * (1 + (head.most > 255)))
    return len(untrusted) - head.start >= least


def _webp(untrusted: bytes, width: int, height: int) -> bool:
    """Chunks within what the first head says, which lies within the file (WebP container specification)."""
    end = 8 + struct.unpack_from("<I", untrusted, 4)[0]
    if end > len(untrusted):
        return False
    offset = 12
    for _ in range(MAX_SEGMENTS):
        if offset >= end:
            return _sparse(untrusted, width, height)
        (length,) = struct.unpack_from("<I", untrusted, offset + 4)
        offset += 8 + length + length % 2
        if offset > end + 1:
            return False
    return False


def _sparse(untrusted: bytes, width: int, height: int) -> bool:
    return len(untrusted) * SPARSE_MOST + SPARE_PIXELS >= width * height


_Look = Callable[[bytes, int, int], bool]
_KINDS: Final[tuple[tuple[Callable[[bytes], bool], _Look], ...]] = (
    (lambda data: data.startswith(PNG_START), _png),
    (lambda data: data.startswith(b"\xff\xd8"), _jpeg),
    (lambda data: data.startswith(b"BM"), _bmp),
    (is_tiff, _tiff),
    (lambda data: data.startswith((JP2_START, JPEG_2000_CODE)), _jpeg_2000),
    (is_wsq, _wsq),
    (lambda data: data[:2] in PNM_STARTS, _netpbm),
    (lambda _: True, _webp),
)
