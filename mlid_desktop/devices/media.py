"""Reading pictures that somebody else made: dimensions are checked before anything is decoded."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.domain.errors import Code, DeviceError
from mlid_desktop.domain.samples import Image

MAX_IMAGE_BYTES = 64 * 1024 * 1024
MAX_PIXELS = 64 * 1024 * 1024
MIN_SIDE = 1
MAX_SIDE = 20_000
JPEG_FRAMES = frozenset({0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF})
JPEG_BARE = frozenset({0x01, *range(0xD0, 0xD9)})
TIFF_WIDTH, TIFF_HEIGHT = 256, 257
MAX_TIFF_TAGS = 512


def read_colour(path: Path) -> Image:
    """(height, width, 3) uint8 BGR, turned upright as the file says. Raises DeviceError."""
    return _as_bgr(_decode(path, colour=True))


def read_grey(path: Path) -> Image:
    """(height, width) uint8. Raises DeviceError."""
    picture = _decode(path, colour=False)
    return _as_8_bit(picture if picture.ndim == 2 else picture[..., 0])


def _decode(path: Path, *, colour: bool) -> NDArray[np.generic]:
    import cv2  # noqa: PLC0415 - late: a heavy import

    untrusted = _bytes_of(path)
    _require_sensible(dimensions(untrusted))
    flags = (cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH) if colour else (cv2.IMREAD_GRAYSCALE | cv2.IMREAD_ANYDEPTH)
    try:
        picture = cv2.imdecode(np.frombuffer(untrusted, np.uint8), flags)
    except cv2.error:
        picture = None
    if picture is None or picture.size == 0:
        raise DeviceError(Code.DEVICE_BAD_MEDIA)
    _require_sensible((picture.shape[1], picture.shape[0]))
    return picture


def _bytes_of(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size > MAX_IMAGE_BYTES:
            raise DeviceError(Code.DEVICE_TOO_LARGE)
        if not path.is_file():
            raise DeviceError(Code.DEVICE_BAD_MEDIA)
        return path.read_bytes()
    except FileNotFoundError:
        raise DeviceError(Code.DEVICE_NOT_FOUND, source=path.name) from None
    except PermissionError:
        raise DeviceError(Code.DEVICE_DENIED) from None
    except (OSError, ValueError):
        raise DeviceError(Code.DEVICE_BAD_MEDIA) from None


def _require_sensible(size: tuple[int, int] | None) -> None:
    if size is None:
        raise DeviceError(Code.DEVICE_BAD_MEDIA)
    if min(size) < MIN_SIDE:
        raise DeviceError(Code.DEVICE_BAD_MEDIA)
    if max(size) > MAX_SIDE or size[0] * size[1] > MAX_PIXELS:
        raise DeviceError(Code.DEVICE_TOO_LARGE)


def dimensions(untrusted: bytes) -> tuple[int, int] | None:
    """(width, height) that the header claims, or None where the format is not one that is read here."""
    try:
        if untrusted.startswith(b"\x89PNG\r\n\x1a\n"):
            return struct.unpack(">II", untrusted[16:24])
        if untrusted.startswith(b"\xff\xd8"):
            return _jpeg_dimensions(untrusted)
        if untrusted.startswith(b"BM"):
            width, height = struct.unpack("<ii", untrusted[18:26])
            return width, abs(height)
        if untrusted[:4] in {b"II*\x00", b"MM\x00*"}:
            return _tiff_dimensions(untrusted)
        if untrusted[:2] in {b"P5", b"P6"}:
            return _pnm_dimensions(untrusted)
        if untrusted[:4] == b"RIFF" and untrusted[8:12] == b"WEBP":
            return _webp_dimensions(untrusted)
    except (struct.error, IndexError, ValueError):
        return None
    return None


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


def _tiff_dimensions(untrusted: bytes) -> tuple[int, int] | None:
    """First image file directory (TIFF 6.0, section 2)."""
    order = "<" if untrusted[:2] == b"II" else ">"
    start = struct.unpack(order + "I", untrusted[4:8])[0]
    count = min(struct.unpack(order + "H", untrusted[start : start + 2])[0], MAX_TIFF_TAGS)
    found: dict[int, int] = {}
    for number in range(count):
        entry = untrusted[start + 2 + 12 * number : start + 14 + 12 * number]
        tag, kind = struct.unpack(order + "HH", entry[:4])
        if tag in {TIFF_WIDTH, TIFF_HEIGHT}:
            found[tag] = struct.unpack(order + ("H" if kind == 3 else "I"), entry[8 : 10 if kind == 3 else 12])[0]
    return (found[TIFF_WIDTH], found[TIFF_HEIGHT]) if len(found) == 2 else None


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


def _as_bgr(picture: NDArray[np.generic]) -> Image:
    whole = _as_8_bit(picture)
    return np.repeat(whole[..., None], 3, axis=2) if whole.ndim == 2 else np.ascontiguousarray(whole[..., :3])


def _as_8_bit(picture: NDArray[np.generic]) -> Image:
    """16-bit is scaled by its full range; a float picture must be finite and is scaled by its own maximum."""
    if picture.dtype == np.uint8:
        return picture.astype(np.uint8, copy=False)
    if picture.dtype == np.uint16:
        return (picture.astype(np.uint16) >> 8).astype(np.uint8)
    values = picture.astype(np.float64)
    if not np.isfinite(values).all():
        raise DeviceError(Code.DEVICE_BAD_MEDIA)
    peak = max(float(values.max()), 1e-9)
    return (np.clip(values / peak, 0.0, 1.0) * 255.0).round().astype(np.uint8)
