"""How much compressed content the first picture of a TIFF file has, and in what form (TIFF 6.0, sections 3 to 10)."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

import numpy as np

from mlid_desktop.devices.formats.headers.tiff_tags import BIGTIFF_STARTS, MAX_TIFF_TAGS

WIDTH, HEIGHT, BITS, COMPRESSION, SAMPLES = 256, 257, 258, 259, 277
STRIP_OFFSETS, STRIP_BYTES, TILE_OFFSETS, TILE_BYTES = 273, 279, 324, 325
WANTED: Final = frozenset({BITS, COMPRESSION, SAMPLES, STRIP_OFFSETS, STRIP_BYTES, TILE_OFFSETS, TILE_BYTES})
NUMBERS: Final = {1: "u1", 3: "u2", 4: "u4", 16: "u8"}
MOST_TIMES: Final = {
    1: 1,
    5: 1400,
    7: 1024,
    8: 1032,
    32773: 64,
    32946: 1032,
}  # bytes that one can stand for, by form
SPARSE_PIXELS = 8192  # a byte, in forms without a least size (facsimile): blank paper alone comes near
SPARE_PIXELS = 65_536
MAX_SAMPLES, MAX_BITS = 5, 64
MAX_STRIPS = 1 << 20  # four times as many as tiles of 16 by 16 in the largest picture


@dataclass(frozen=True, slots=True)
class TiffContent:
    """``content`` bytes in strips or tiles, those counted once that lie over one another; ``compression`` is the form's
    number; ``bits`` a pixel."""

    content: int
    compression: int
    bits: int

    def bears(self, width: int, height: int) -> bool:
        """Whether so many bytes can stand for so many pixels."""
        times = MOST_TIMES.get(self.compression)
        if times is None:
            return self.content * SPARSE_PIXELS + SPARE_PIXELS >= width * height
        return self.content * times >= (width * self.bits + 7) // 8 * height


def tiff_content(untrusted: bytes) -> TiffContent:
    """Raises struct.error or ValueError for what is cut short or no number."""
    order = "<" if untrusted[:2] == b"II" else ">"
    big = untrusted[:4] in BIGTIFF_STARTS
    start = struct.unpack_from(order + ("Q" if big else "I"), untrusted, 8 if big else 4)[0]
    stated, size, head = ("Q", 20, 8) if big else ("H", 12, 2)
    found: dict[int, np.ndarray[tuple[int], np.dtype[np.int64]]] = {}
    for number in range(min(struct.unpack_from(order + stated, untrusted, start)[0], MAX_TIFF_TAGS)):
        offset = start + head + size * number
        tag, kind, count = struct.unpack_from(order + ("HHQ" if big else "HHI"), untrusted, offset)
        if tag in WANTED and tag not in found and kind in NUMBERS:  # of several with one number decoders read the first
            found[tag] = _values(untrusted, order, kind, count, offset, big=big)
    samples, bits = _value(found, SAMPLES, 1), _value(found, BITS, 1)
    if not 1 <= samples <= MAX_SAMPLES or not 1 <= bits <= MAX_BITS:
        raise ValueError("samples or bits")
    offsets, lengths = found.get(STRIP_OFFSETS), found.get(STRIP_BYTES)
    if offsets is None:
        offsets, lengths = found.get(TILE_OFFSETS), found.get(TILE_BYTES)
    if offsets is None:
        raise ValueError("no strips")
    there = np.clip(len(untrusted) - offsets, 0, None)
    within = there if lengths is None or len(lengths) != len(offsets) else np.minimum(there, np.clip(lengths, 0, None))
    content = min(len(untrusted), int(within.sum()))
    return TiffContent(content, _value(found, COMPRESSION, 1), samples * bits)


def _value(found: dict[int, np.ndarray[tuple[int], np.dtype[np.int64]]], tag: int, otherwise: int) -> int:
    values = found.get(tag)
    return otherwise if values is None or not len(values) else int(values[0])


def _values(
    untrusted: bytes, order: str, kind: int, count: int, offset: int, *, big: bool
) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """The numbers of a tag, which lie in its field or where that says. Raises ValueError where they leave the file, or
    are more than any picture has."""
    number = np.dtype(order + NUMBERS[kind])
    field, room = (offset + 12, 8) if big else (offset + 8, 4)
    if count * number.itemsize > room:
        field = struct.unpack_from(order + ("Q" if big else "I"), untrusted, field)[0]
    if count > MAX_STRIPS or field + count * number.itemsize > len(untrusted):
        raise ValueError("a tag leaves the file")
    values = np.frombuffer(untrusted, number, count, field)
    return (
        np.minimum(values, np.iinfo(np.int64).max // 2).astype(np.int64)
        if number.itemsize == 8
        else values.astype(np.int64)
    )
