"""Reads numbers of the first image file directory of a TIFF file (TIFF 6.0, section 2), of a BigTIFF file, or of the
same structure inside other pictures (Exif 2.32, 4.5)."""

from __future__ import annotations

import struct
from collections.abc import Collection
from typing import Final

TIFF_WIDTH, TIFF_HEIGHT, TIFF_PHOTOMETRIC, TIFF_SAMPLES = 256, 257, 262, 277
TIFF_X_RESOLUTION, TIFF_Y_RESOLUTION, TIFF_RESOLUTION_UNIT = 282, 283, 296
TIFF_BYTE, TIFF_SHORT, TIFF_LONG, TIFF_RATIONAL, TIFF_LONG8 = 1, 3, 4, 5, 16
TIFF_INCH, TIFF_CENTIMETRE = 2, 3
TIFF_STARTS: Final = frozenset({b"II*\x00", b"MM\x00*"})
BIGTIFF_STARTS: Final = frozenset({b"II+\x00", b"MM\x00+"})
MAX_TIFF_TAGS = 512
CENTIMETRES = 2.54  # an inch
_WHOLE = {TIFF_BYTE: "B", TIFF_SHORT: "H", TIFF_LONG: "I", TIFF_LONG8: "Q"}


def is_tiff(untrusted: bytes) -> bool:
    """Whether the bytes begin as a TIFF or BigTIFF file does."""
    return untrusted[:4] in TIFF_STARTS or untrusted[:4] in BIGTIFF_STARTS


def tiff_tags(untrusted: bytes, wanted: Collection[int]) -> dict[int, float]:
    """The first number of each wanted TIFF tag that is there. Raises struct.error, ValueError or ZeroDivisionError for
    what is cut short or no number."""
    order = "<" if untrusted[:2] == b"II" else ">"
    big = untrusted[:4] in BIGTIFF_STARTS
    start = struct.unpack_from(order + ("Q" if big else "I"), untrusted, 8 if big else 4)[0]
    stated, size, head, value = ("Q", 20, 8, 12) if big else ("H", 12, 2, 8)
    count = min(struct.unpack_from(order + stated, untrusted, start)[0], MAX_TIFF_TAGS)
    found: dict[int, float] = {}
    for number in range(count):
        offset = start + head + size * number
        tag, kind = struct.unpack_from(order + "HH", untrusted, offset)
        if tag in wanted:
            found[tag] = _number(untrusted, order, kind, offset + value, big=big)
    return found


def tiff_resolution(untrusted: bytes) -> tuple[float, float] | None:
    """The resolution that TIFF tags state, in dots per inch across and down; None where the unit says that the numbers
    are a mere ratio. Raises as :func:`tiff_tags`, and KeyError where nothing is said."""
    found = tiff_tags(untrusted, {TIFF_X_RESOLUTION, TIFF_Y_RESOLUTION, TIFF_RESOLUTION_UNIT})
    scale = {TIFF_INCH: 1.0, TIFF_CENTIMETRE: CENTIMETRES}.get(int(found.get(TIFF_RESOLUTION_UNIT, TIFF_INCH)))
    if scale is None:
        return None
    across = found.get(TIFF_X_RESOLUTION, found.get(TIFF_Y_RESOLUTION))
    if across is None:
        return None
    return across * scale, found.get(TIFF_Y_RESOLUTION, across) * scale


def _number(untrusted: bytes, order: str, kind: int, offset: int, *, big: bool) -> float:
    if kind in _WHOLE:
        return float(struct.unpack_from(order + _WHOLE[kind], untrusted, offset)[0])
    if kind != TIFF_RATIONAL:
        raise ValueError(f"type {kind} of a tag")
    if not big:  # a rational does not fit into the field: it says where it lies
        offset = struct.unpack_from(order + "I", untrusted, offset)[0]
    over, under = struct.unpack_from(order + "II", untrusted, offset)
    return float(over / under)
