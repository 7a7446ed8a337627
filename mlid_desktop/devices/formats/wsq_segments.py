"""Reads the segments of a WSQ file (FBI "WSQ Gray-scale Fingerprint Image Compression Specification", version 3.1) as
numbers that have been checked; nothing is decoded here."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.domain.errors import Code, DeviceError

START = b"\xff\xa0"
SOI, EOI, SOF, SOB, DTT, DQT, DHT, DRI, COM = 0xA0, 0xA1, 0xA2, 0xA3, 0xA4, 0xA5, 0xA6, 0xA7, 0xA8
SUBBANDS = 64  # that a quantisation table names
SENT_SUBBANDS = 60  # the highest quarter is never sent (section 2.4)
MIN_SIDE = 32  # below, the fifth halving leaves nothing
MAX_SIDE = 10_000
MAX_PIXELS = 24 * 1024 * 1024  # a ten-print card of 8 x 8 inches at 500 dpi is 16 million
MAX_SEGMENTS = 256
MAX_BLOCKS = 16
MAX_TAPS = 31
MAX_TAP = 4.0  # the standard's largest is 0.853; keeps every product within a float32
MAX_SCALE = 32  # decimal digits a number is shifted by
MAX_CODE_BITS = 16
PPI = re.compile(rb"^PPI[ \t]+(\d{1,5})(?:\.0*)?[ \t\r\x00]*$", re.MULTILINE)  # C programs end it with a zero
RESTART = re.compile(rb"\xff[\xb0-\xb7]")  # searched without the fill, which would be tried in every division
BLOCK_END = re.compile(rb"\xff[^\x00\xff\xb0-\xb7]")
FILL_BYTE = b"\xff"  # any number of these may stand before a marker (ITU-T T.81, B.1.1.2)
FILL = re.compile(rb"\xff+(?=\xff)")
Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class FrameHeader:
    """Frame header of a WSQ file: size in pixels; a pixel is ``value * scale + shift``."""

    width: int
    height: int
    shift: float
    scale: float


@dataclass(frozen=True, slots=True, eq=False)
class Filters:
    """The wavelet filters of a WSQ file, odd and symmetric, for putting two halves together: ``low`` and ``high``,
    centred."""

    low: Numbers
    high: Numbers


@dataclass(frozen=True, slots=True, eq=False)
class Quantiser:
    """Quantisation table of a WSQ file: ``centre`` of a bin, and for each of 64 subbands the ``bins``' width and that
    of the one around ``zero``; a width of 0 says that the subband was not sent."""

    centre: float
    bins: Numbers
    zero: Numbers


@dataclass(frozen=True, slots=True)
class Code16:
    """A Huffman table of a WSQ file: how many codes there are of each length 1..16, and what they stand for, shortest
    first."""

    counts: tuple[int, ...]
    symbols: bytes


@dataclass(frozen=True, slots=True)
class Block:
    """A block of a WSQ file: its stretches of code between restarts, stuffing removed, and the Huffman table they are
    in."""

    table: Code16
    stretches: tuple[bytes, ...] = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class Segments:
    """The checked segments of a whole WSQ file."""

    frame: FrameHeader
    filters: Filters
    quantiser: Quantiser
    blocks: tuple[Block, ...]


def is_wsq(untrusted: bytes) -> bool:
    """Whether the bytes begin as a WSQ file does."""
    return untrusted.startswith(START)


def read_segments(untrusted: bytes) -> Segments:
    """Reads and checks all segments of a WSQ file. Raises DeviceError DEVICE_BAD_MEDIA, or DEVICE_TOO_LARGE for more
    than MAX_SIDE or MAX_PIXELS."""
    frame: FrameHeader | None = None
    filters: Filters | None = None
    quantiser: Quantiser | None = None
    tables: dict[int, Code16] = {}
    blocks: list[Block] = []
    for marker, body, after in _walk(untrusted):
        if marker == SOF:
            frame = _frame(body)
        elif marker == DTT:
            filters = _filters(body)
        elif marker == DQT:
            quantiser = _quantiser(body)
        elif marker == DHT:
            tables.update(_tables(body))
        elif marker == SOB:
            blocks.append(_block(body, untrusted, after, tables))
        if len(blocks) > MAX_BLOCKS:
            raise bad_wsq("blocks")
    if frame is None or filters is None or quantiser is None or not blocks:
        raise bad_wsq("a segment is missing")
    return Segments(frame, filters, quantiser, tuple(blocks))


def require_segments(untrusted: bytes) -> None:
    """Whether every segment lies within the file, to the end of the image. Raises DeviceError(DEVICE_BAD_MEDIA)."""
    _walk(untrusted)


def wsq_dimensions(untrusted: bytes) -> tuple[int, int] | None:
    """The (width, height) that a WSQ file's frame header claims, None where there is none."""
    try:
        found = next((body for marker, body, _ in _walk(untrusted) if marker == SOF), None)
        return None if found is None else struct.unpack_from(">HH", found, 2)[::-1]
    except (DeviceError, struct.error):
        return None


def wsq_resolution(untrusted: bytes) -> float | None:
    """The dots per inch that a WSQ file's NISTCOM comment claims, None where there is none."""
    try:
        for marker, body, _ in _walk(untrusted):
            said = PPI.search(body) if marker == COM else None
            if said is not None:
                return float(said.group(1))
    except DeviceError:
        return None
    return None


def bad_wsq(why: str) -> DeviceError:
    """The fault for a WSQ file that is not as the specification says."""
    return DeviceError(Code.DEVICE_BAD_MEDIA, why=why)


def _walk(untrusted: bytes) -> list[tuple[int, bytes, int]]:
    """Walks the segments of a WSQ file up to the end of the image: marker, body and where the body ends; the code after
    the header of a block is stepped over."""
    if not is_wsq(untrusted):
        raise bad_wsq("start")
    found: list[tuple[int, bytes, int]] = []
    offset = len(START)
    while len(found) < MAX_SEGMENTS:
        fill = FILL.match(untrusted, offset)
        offset = offset if fill is None else fill.end()
        if untrusted[offset : offset + 1] != b"\xff" or offset + 1 >= len(untrusted):
            raise bad_wsq("cut short" if offset + 1 >= len(untrusted) else "marker")
        marker = untrusted[offset + 1]
        if marker == EOI:
            return found
        if not SOF <= marker <= COM or offset + 4 > len(untrusted):
            raise bad_wsq("marker")
        length = int.from_bytes(untrusted[offset + 2 : offset + 4], "big")
        after = offset + 2 + length
        if length < 2 or after > len(untrusted):
            raise bad_wsq("length")
        found.append((marker, untrusted[offset + 4 : after], after))
        offset = _end_of_code(untrusted, after) if marker == SOB else after
    raise bad_wsq("segments")


def _end_of_code(untrusted: bytes, start: int) -> int:
    found = BLOCK_END.search(untrusted, start)
    if found is None:
        raise bad_wsq("cut short")
    return found.start()


def _frame(body: bytes) -> FrameHeader:
    height, width, shift_scale, shift, scale_scale, scale = _unpacked(">xxHHBHBH", body)
    if min(width, height) < MIN_SIDE:
        raise bad_wsq("size")
    if max(width, height) > MAX_SIDE or width * height > MAX_PIXELS:
        raise DeviceError(Code.DEVICE_TOO_LARGE)
    return FrameHeader(width, height, _decimal(shift, shift_scale), _decimal(scale, scale_scale))


def _filters(body: bytes) -> Filters:
    """Builds the synthesis filters from the right halves of the analysis filters, which the file holds, low then high;
    each with alternate signs is the filter that puts the other band back (section 2.2)."""
    taps_low, taps_high = _unpacked(">BB", body)
    if any(taps % 2 == 0 or taps > MAX_TAPS for taps in (taps_low, taps_high)):
        raise bad_wsq("filters")
    half_low, half_high = taps_low // 2 + 1, taps_high // 2 + 1
    entries = [_unpacked(">BBI", body, 2 + 6 * number) for number in range(half_low + half_high)]
    taps = np.array([(-1.0 if sign else 1.0) * _decimal(value, scale) for sign, scale, value in entries])
    if np.abs(taps).max() > MAX_TAP:
        raise bad_wsq("filters")
    return Filters(low=_mirrored(taps[half_low:]), high=_mirrored(taps[:half_low]))


def _mirrored(half: Numbers) -> Numbers:
    right = half * np.where(np.arange(len(half)) % 2, -1.0, 1.0)
    return np.concatenate([right[:0:-1], right])


def _quantiser(body: bytes) -> Quantiser:
    centre_scale, centre = _unpacked(">BH", body)
    entries = [_unpacked(">BHBH", body, 3 + 6 * number) for number in range(SUBBANDS)]
    return Quantiser(
        _decimal(centre, centre_scale),
        np.array([_decimal(value, scale) for scale, value, _, _ in entries]),
        np.array([_decimal(value, scale) for _, _, scale, value in entries]),
    )


def _tables(body: bytes) -> dict[int, Code16]:
    found: dict[int, Code16] = {}
    offset = 0
    while offset < len(body):
        number, counts = body[offset], tuple(body[offset + 1 : offset + 1 + MAX_CODE_BITS])
        offset += 1 + MAX_CODE_BITS
        symbols = body[offset : offset + sum(counts)]
        if len(counts) < MAX_CODE_BITS or not 0 < sum(counts) == len(symbols):
            raise bad_wsq("Huffman table")
        found[number] = Code16(counts, symbols)
        offset += len(symbols)
    return found


def _block(body: bytes, untrusted: bytes, start: int, tables: dict[int, Code16]) -> Block:
    (number,) = _unpacked(">B", body)
    if number not in tables:
        raise bad_wsq("Huffman table")
    code = untrusted[start : _end_of_code(untrusted, start)]
    stretches = (part.rstrip(FILL_BYTE).replace(b"\xff\x00", b"\xff") for part in RESTART.split(code))
    return Block(tables[number], tuple(stretches))


def _decimal(value: int, scale: int) -> float:
    if scale > MAX_SCALE:
        raise bad_wsq("number")
    return value / 10.0**scale


def _unpacked(layout: str, body: bytes, offset: int = 0) -> tuple[int, ...]:
    try:
        return struct.unpack_from(layout, body, offset)
    except struct.error:
        raise bad_wsq("cut short") from None
