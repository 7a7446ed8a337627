"""Reads of the header of a QuickTime or MP4 file how its video is to be shown: turned and mirrored by a matrix, and for
how long where the ends were cut off without being removed (ISO/IEC 14496-12)."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MAX_BOXES = 1000  # looked at in one file
MAX_HEADER = 1 << 20  # bytes of one box that is read whole
CONTAINERS = (b"trak", b"edts", b"mdia")
MATRIX = struct.Struct(">ii4xii")  # a, b, c, d in 16.16; the column between is nothing
FIXED_POINT = 1 << 16
NEAR = 64  # of FIXED_POINT: how far a matrix of quarter turns may be from one


@dataclass(frozen=True, slots=True)
class ShownVideo:
    """How the first video of a file is shown: ``matrix`` (a, b, c, d) of quarter turns and mirrors, (1, 0, 0, 1) for as
    it is stored, None where it is none of these; ``lasts_s`` seconds of it, None where it is shown whole."""

    matrix: tuple[int, int, int, int] | None
    lasts_s: float | None

    @property
    def is_mirrored(self) -> bool:
        """Whether no turn alone shows the video as it is meant."""
        return self.matrix is not None and self.matrix[0] * self.matrix[3] - self.matrix[1] * self.matrix[2] < 0

    def apply(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """A stored frame (h, w, 3) as it is to be shown."""
        if self.matrix is None:
            return image
        a, b, c, d = self.matrix
        if a == 0:  # across becomes down
            image, a, d = image.transpose(1, 0, 2), c, b
        return np.ascontiguousarray(image[:: 1 if d > 0 else -1, :: 1 if a > 0 else -1])


def read_shown_video(untrusted: io.BufferedIOBase, size: int) -> ShownVideo | None:
    """The first video that the header describes; None where the file is of another kind or its header makes no sense.
    Raises whatever reading raises."""
    left = [MAX_BOXES]
    try:
        for kind, start, end in _boxes(untrusted, 0, size, left):
            if kind == b"moov":
                return _movie(untrusted, start, end, left)
            if kind not in (b"ftyp", b"free", b"skip", b"wide", b"mdat", b"uuid", b"pnot", b"udta", b"meta", b"styp"):
                return None
    except (struct.error, ValueError, ZeroDivisionError):
        pass
    return None


def _movie(untrusted: io.BufferedIOBase, start: int, end: int, left: list[int]) -> ShownVideo | None:
    scale = 0
    for kind, inner, last in _boxes(untrusted, start, end, left):
        if kind == b"mvhd":
            head = _content(untrusted, inner, last)
            (scale,) = struct.unpack_from(">I", head, 20 if head[0] == 1 else 12)
        elif kind == b"trak":
            found = dict(_track(untrusted, inner, last, left))
            if found.get(b"hdlr", b"")[8:12] == b"vide" and b"tkhd" in found:
                lasts_s = _edited(found[b"elst"]) / scale if b"elst" in found else None
                return ShownVideo(_matrix(found[b"tkhd"]), lasts_s)
    return None


def _track(untrusted: io.BufferedIOBase, start: int, end: int, left: list[int]) -> Iterator[tuple[bytes, bytes]]:
    for kind, inner, last in _boxes(untrusted, start, end, left):
        if kind in CONTAINERS:
            yield from _track(untrusted, inner, last, left)
        elif kind in (b"tkhd", b"hdlr", b"elst"):
            yield kind, _content(untrusted, inner, last)


def _matrix(head: bytes) -> tuple[int, int, int, int] | None:
    values = MATRIX.unpack_from(head, 52 if head[0] == 1 else 40)
    a, b, c, d = (round(value / FIXED_POINT) for value in values)
    near = all(abs(value - whole * FIXED_POINT) <= NEAR for value, whole in zip(values, (a, b, c, d), strict=True))
    turned = (abs(a), abs(b), abs(c), abs(d)) in {(1, 0, 0, 1), (0, 1, 1, 0)}
    return (a, b, c, d) if near and turned else None


def _edited(edits: bytes) -> int:
    """How long the edits show anything of the video, in units of the movie."""
    entry = struct.Struct(">Qq4x" if edits[0] == 1 else ">Ii4x")
    (count,) = struct.unpack_from(">I", edits, 4)
    entries = [entry.unpack_from(edits, 8 + at * entry.size) for at in range(min(count, MAX_BOXES))]
    return sum(int(lasts) for lasts, begins in entries if begins >= 0)


def _boxes(untrusted: io.BufferedIOBase, start: int, end: int, left: list[int]) -> Iterator[tuple[bytes, int, int]]:
    """Kind, start and end of what is in each box. Raises ValueError for one that is not within, or for too many."""
    while start + 8 <= end:
        left[0] -= 1
        untrusted.seek(start, io.SEEK_SET)
        length, kind = struct.unpack(">I4s", untrusted.read(8))
        head = 8
        if length == 1:
            (length,) = struct.unpack(">Q", untrusted.read(8))
            head = 16
        last = end if length == 0 else start + length
        if left[0] < 0 or last > end or last < start + head:
            raise ValueError
        yield kind, start + head, last
        start = last


def _content(untrusted: io.BufferedIOBase, start: int, end: int) -> bytes:
    if end - start > MAX_HEADER or end <= start:
        raise ValueError
    untrusted.seek(start, io.SEEK_SET)
    return untrusted.read(end - start)
