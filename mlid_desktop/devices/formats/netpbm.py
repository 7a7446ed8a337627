"""Decoder for pictures of the Netpbm family, PBM, PGM and PPM, binary and plain (netpbm.sourceforge.net/doc): written
here because what the libraries refuse (a plain file without a last line break) or leave dark (a full scale below 255)
is valid."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.domain.errors import Code, DeviceError

MAX_HEAD = 65_536
GAP = rb"(?:\s++|#[^\r\n]*+[\r\n])++"  # possessive: a gap that leads to nothing is tried once, not in every division
HEAD = re.compile(rb"P([1-6])" + GAP + rb"(\d{1,9})" + GAP + rb"(\d{1,9})")
FULL_SCALE = re.compile(GAP + rb"(\d{1,5})")
COMMENT = re.compile(rb"#[^\r\n]*")
BITMAPS, COLOUR, PLAIN = {1, 4}, {3, 6}, {1, 2, 3}
MOST = 65_535
Pixels = NDArray[np.uint8 | np.uint16]


@dataclass(frozen=True, slots=True)
class NetpbmHead:
    """The head of a Netpbm file: ``kind`` 1 to 6; ``most`` is the value of white, 1 for bitmaps; the pixels begin at
    ``start``."""

    kind: int
    width: int
    height: int
    most: int
    start: int


def netpbm_head(untrusted: bytes) -> NetpbmHead | None:
    """Reads the head of a Netpbm file, comments of any length left out; None where it is no such file."""
    found = HEAD.match(untrusted[:MAX_HEAD])
    if found is None:
        return None
    kind, width, height = int(found[1]), int(found[2]), int(found[3])
    if kind in BITMAPS:
        return NetpbmHead(kind, width, height, 1, found.end() + 1)
    white = FULL_SCALE.match(untrusted[:MAX_HEAD], found.end())
    if white is None or not 1 <= int(white[1]) <= MOST:
        return None
    return NetpbmHead(kind, width, height, int(white[1]), white.end() + 1)


def decode_netpbm(untrusted: bytes, head: NetpbmHead) -> Pixels:
    """Decodes the pixels of a Netpbm file: (h, w) or (h, w, 3) BGR, scaled to the whole of 8 or 16 bits. Raises
    DeviceError(DEVICE_BAD_MEDIA) where it is cut short or a number is none."""
    shape = (head.height, head.width, 3) if head.kind in COLOUR else (head.height, head.width)
    number = int(np.prod(shape))
    plain = head.kind in PLAIN
    values = _plain(untrusted, head, number) if plain else _binary(untrusted, head, number)
    if head.kind in BITMAPS:
        return np.asarray((1 - values.reshape(shape)) * 255, np.uint8)  # a bitmap's one is black
    if int(values.max(initial=0)) > head.most:
        raise DeviceError(Code.DEVICE_BAD_MEDIA)
    full = 255 if head.most < 256 else MOST
    scaled = values.reshape(shape) if head.most == full else np.rint(values.reshape(shape) * (full / head.most))
    ordered = scaled[..., ::-1] if head.kind in COLOUR else scaled
    return np.ascontiguousarray(ordered, np.uint8) if full == 255 else np.ascontiguousarray(ordered, np.uint16)


def _plain(untrusted: bytes, head: NetpbmHead, number: int) -> NDArray[np.int64]:
    text = COMMENT.sub(b"", untrusted[head.start - 1 :])
    if head.kind in BITMAPS:  # whose digits may stand without a space between
        digits = np.frombuffer(b"".join(text.split()), np.uint8)[:number].astype(np.int64) - ord("0")
        if len(digits) < number or not np.isin(digits, (0, 1)).all():
            raise DeviceError(Code.DEVICE_BAD_MEDIA)
        return digits
    words = text.split(None, number)[:number]
    try:
        found = np.array(words, dtype="S5").astype(np.int64) if all(len(word) <= 5 for word in words) else None
    except ValueError:
        found = None
    if found is None or len(found) < number or int(found.min(initial=0)) < 0:
        raise DeviceError(Code.DEVICE_BAD_MEDIA)
    return found


def _binary(untrusted: bytes, head: NetpbmHead, number: int) -> NDArray[np.int64]:
    data = untrusted[head.start :]
    if head.kind in BITMAPS:
        line = (head.width + 7) // 8
        if len(data) < line * head.height:
            raise DeviceError(Code.DEVICE_BAD_MEDIA)
        rows = np.frombuffer(data[: line * head.height], np.uint8).reshape(head.height, line)
        return np.unpackbits(rows, axis=1)[:, : head.width].astype(np.int64).ravel()
    kind = np.dtype(">u2" if head.most > 255 else "u1")
    if len(data) < number * kind.itemsize:
        raise DeviceError(Code.DEVICE_BAD_MEDIA)
    return np.frombuffer(data[: number * kind.itemsize], kind).astype(np.int64)
