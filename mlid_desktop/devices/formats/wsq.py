"""Decoder for WSQ, the FBI's compression of fingerprints, in numpy (specification version 3.1).

Coefficients are read, brought back to their size, and the 64 subbands put together, quarter by quarter, with the
wavelets the file carries.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from mlid_desktop.devices.formats.wsq_huffman import decode_blocks
from mlid_desktop.devices.formats.wsq_segments import SENT_SUBBANDS, SUBBANDS, Filters, Quantiser, read_segments
from mlid_desktop.domain.samples import Image

Values = NDArray[np.float32]
Node = tuple["Node | int", "Node | int", "Node | int", "Node | int"]  # upper left, upper right, lower left, lower right


def _four(first: int) -> Node:
    return (first, first + 1, first + 2, first + 3)


def _sixteen(first: int) -> Node:
    return (_four(first), _four(first + 4), _four(first + 8), _four(first + 12))


# The subbands by number (specification, figure 3): the lowest sixteenth is halved once more, the highest quarters less.
TREE: Node = (
    ((((0, 1, 2, 3), 4, 5, 6), _four(7), _four(11), _four(15)), _sixteen(19), _sixteen(35), 51),
    _four(52),
    _four(56),
    _four(60),
)


@dataclass(frozen=True, slots=True)
class _Size:
    width: int
    height: int


def decode_wsq(untrusted: bytes) -> Image:
    """Decodes a WSQ file to a picture, (height, width) uint8. Raises DeviceError: DEVICE_BAD_MEDIA, or
    DEVICE_TOO_LARGE."""
    read = read_segments(untrusted)
    size = _Size(read.frame.width, read.frame.height)
    sizes = dict(_leaves(TREE, size))
    sent = [band for band in range(SENT_SUBBANDS) if read.quantiser.bins[band] != 0.0]
    quantised = decode_blocks(read.blocks, sum(sizes[band].width * sizes[band].height for band in sent))
    bands = {band: np.zeros((sizes[band].height, sizes[band].width), np.float32) for band in range(SUBBANDS)}
    start = 0
    for band in sent:
        end = start + bands[band].size
        bands[band] = _dequantised(quantised[start:end], band, read.quantiser).reshape(bands[band].shape)
        start = end
    whole = _joined(TREE, bands, read.filters) * np.float32(read.frame.scale) + np.float32(read.frame.shift)
    return np.asarray(np.clip(whole + np.float32(0.5), 0.0, 255.0), np.uint8)


def _leaves(node: Node | int, size: _Size, *, right: bool = False, lower: bool = False) -> Iterator[tuple[int, _Size]]:
    """Yields each subband with its size. The low half of an odd length is the longer; in a right or lower quarter the
    halves lie the other way round (specification, section 2.3)."""
    if isinstance(node, int):
        yield node, size
        return
    lefts, tops = _halves(size.width, turned=right), _halves(size.height, turned=lower)
    for bit, child in enumerate(node):
        column, row = bit % 2, bit // 2
        yield from _leaves(child, _Size(lefts[column], tops[row]), right=bool(column), lower=bool(row))


def _halves(length: int, *, turned: bool) -> tuple[int, int]:
    low, high = (length + 1) // 2, length // 2
    return (high, low) if turned else (low, high)


def _dequantised(numbers: NDArray[np.int32], band: int, quantiser: Quantiser) -> Values:
    """Coefficients of a subband brought back to their size (specification, section 2.5)."""
    size = np.abs(numbers).astype(np.float64)
    value = (size - quantiser.centre) * quantiser.bins[band] + quantiser.zero[band] / 2.0
    return np.asarray(np.where(size > 0, np.sign(numbers) * value, 0.0), np.float32)


def _joined(
    node: Node | int, bands: dict[int, Values], filters: Filters, *, right: bool = False, lower: bool = False
) -> Values:
    if isinstance(node, int):
        return bands[node]
    upper_left, upper_right, lower_left, lower_right = (
        _joined(child, bands, filters, right=bool(bit % 2), lower=bool(bit // 2)) for bit, child in enumerate(node)
    )
    left, other = (
        _synthesised(upper_left, lower_left, filters, turned=lower),
        _synthesised(upper_right, lower_right, filters, turned=lower),
    )
    return _synthesised(left.T, other.T, filters, turned=right).T


def _synthesised(first: Values, second: Values, filters: Filters, *, turned: bool) -> Values:
    """One signal a column from its two halves: low values at even indices, high at odd, mirrored at both ends."""
    low, high = (second, first) if turned else (first, second)
    spread = np.zeros((2, len(low) + len(high), low.shape[1]), np.float32)
    spread[0, 0::2], spread[1, 1::2] = low, high
    along = np.ones(1)
    return np.asarray(
        cv2.sepFilter2D(spread[0], cv2.CV_32F, along, filters.low, borderType=cv2.BORDER_REFLECT_101)
        + cv2.sepFilter2D(spread[1], cv2.CV_32F, along, filters.high, borderType=cv2.BORDER_REFLECT_101),
        np.float32,
    )
