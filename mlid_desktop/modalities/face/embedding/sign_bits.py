"""The signs of embeddings as bits, which tell how alike two vectors are at a sixteenth of the memory that is read:
Charikar, "Similarity estimation techniques from rounding algorithms" (STOC 2002)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from math import ceil

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.modalities.face import parameters as p

Rows = NDArray[np.float32]
Words = NDArray[np.uint64]

BITS = 64
CHUNK = 32_768  # rows at a time, so that what is counted stays in the cache
STEPS = 14_000  # of likeness that all bits are worth: 16 bits hold it, with room for what every row has beside it
GAUSSIAN = (0.3177, 1.0, 1.894)  # what stands for a number of a Gaussian of width 1, by how large it is
LARGER_THAN = (0.6589, 1.447)  # the bounds between them (Max, "Quantizing for minimum distortion", 1960)
ONE_LEVEL = 0.798  # the mean of how large such a number is


@dataclass(frozen=True, slots=True, eq=False)
class SignBits:
    """The signs of n rows after fixed rotations, part by part, and the quick stages of a search by them. ``spans`` are
    the columns of each network's part; ``sizes`` how large a rotated number of each is, on average; ``words``
    (all words, n) the bits; ``leaning`` (n,) what every row has beside the product."""

    spans: tuple[slice, ...]
    sizes: tuple[float, ...]
    words: Words = field(repr=False)
    leaning: Rows = field(repr=False)

    @classmethod
    def of(cls, spans: Sequence[slice], matrix: Rows) -> SignBits:
        """The signs of the rows (n, width) of an index: the parts, and a last number that is added to the product."""
        sizes = tuple(float(np.abs(_rotated(matrix[:CHUNK], span)).mean()) for span in spans)
        return cls(tuple(spans), sizes, _signs(spans, matrix), matrix[:, -1].copy())

    def extended(self, matrix: Rows) -> SignBits:
        """These and the signs of further rows."""
        words = np.concatenate([self.words, _signs(self.spans, matrix)], axis=1)
        return SignBits(self.spans, self.sizes, words, np.concatenate([self.leaning, matrix[:, -1]]))

    def selected(self, kept: NDArray[np.bool_]) -> SignBits:
        """The signs of those of the rows that are ``kept`` (n,)."""
        return SignBits(self.spans, self.sizes, np.ascontiguousarray(self.words[:, kept]), self.leaning[kept])

    def likeliest(self, wanted: Rows, least: int) -> NDArray[np.intp]:
        """The numbers of the rows that are likeliest to a vector (width,), by the share EXACT_SHARE of all and
        ``least`` at least, in their order: of all rows the likeliest by the signs of both are looked at once more by
        how large the vector's own numbers are."""
        probe = _Probe.of(self.spans, wanted)
        size = self.words.shape[1]
        first = max(ceil(p.SIGNS_SHARE * size), least)
        likely = np.arange(size) if first >= size else _largest(self._likeness(probe), first)
        last = max(ceil(p.EXACT_SHARE * size), least)
        if last >= len(likely):
            return likely
        looked_at = self._likeness_by_size(probe, likely)
        bound = np.partition(looked_at, len(looked_at) - last)[len(looked_at) - last]
        return np.asarray(likely[looked_at >= bound])

    def _likeness(self, probe: _Probe) -> NDArray[np.int16]:
        """How alike each row (n,) is by signs alone, in steps, up to what all have in common."""
        worth = [
            2 * ONE_LEVEL * size * width / p.ROTATIONS for size, width in zip(self.sizes, probe.widths, strict=True)
        ]
        bits = [(span.stop - span.start) * p.ROTATIONS for span in self.spans]
        step = sum(each * count for each, count in zip(worth, bits, strict=True)) / STEPS
        weights = [np.int16(round(each / step)) for each in worth]
        limit = np.iinfo(np.int16).max - STEPS - BITS
        likeness = np.asarray(np.clip(np.rint(self.leaning / np.float32(step)), -limit, limit), np.int16)
        for low in range(0, len(likeness), CHUNK):
            part = likeness[low : low + CHUNK]
            unlike, counted = np.empty(len(part), np.uint64), np.empty(len(part), np.uint8)
            differing, word = np.empty(len(part), np.int16), 0
            for span, weight in zip(self.spans, weights, strict=True):
                differing.fill(0)
                for _ in range(_words_of(span)):
                    np.bitwise_xor(self.words[word, low : low + CHUNK], probe.words[word], out=unlike)
                    np.bitwise_count(unlike, out=counted)
                    np.add(differing, counted, out=differing)
                    word += 1
                np.multiply(differing, weight, out=differing)
                np.subtract(part, differing, out=part)
        return likeness

    def _likeness_by_size(self, probe: _Probe, rows: NDArray[np.intp]) -> Rows:
        """How alike these rows are by their signs and how large the vector's own numbers are."""
        likeness, word = self.leaning[rows].astype(np.float32), 0
        for span, size, width in zip(self.spans, self.sizes, probe.widths, strict=True):
            counts = np.zeros((len(GAUSSIAN), len(rows)), np.float32)
            for _ in range(_words_of(span)):
                unlike = self.words[word, rows] ^ probe.words[word]
                counts[0] += np.bitwise_count(unlike)
                for level, mask in enumerate(probe.larger, start=1):
                    counts[level] += np.bitwise_count(unlike & mask[word])
                word += 1
            likeness -= np.diff(GAUSSIAN, prepend=0.0).astype(np.float32) @ counts * (2 * size * width / p.ROTATIONS)
        return likeness


@dataclass(frozen=True, slots=True, eq=False)
class _Probe:
    """A vector that is searched for: its signs, masks of the numbers beyond each of LARGER_THAN, and how wide the
    numbers of each part scatter."""

    words: Words = field(repr=False)
    larger: tuple[Words, ...] = field(repr=False)
    widths: tuple[float, ...]

    @classmethod
    def of(cls, spans: Sequence[slice], wanted: Rows) -> _Probe:
        parts = [_rotated(wanted[None], span)[0] for span in spans]
        widths = [float(np.sqrt(np.mean(np.square(part)))) for part in parts]
        larger = [
            np.concatenate(
                [_packed((np.abs(part) > bound * width)[None])[:, 0] for part, width in zip(parts, widths, strict=True)]
            )
            for bound in LARGER_THAN
        ]
        return cls(np.concatenate([_packed(part[None] > 0)[:, 0] for part in parts]), tuple(larger), tuple(widths))


@lru_cache(maxsize=8)
def _rotations(size: int) -> Rows:
    """Fixed rotations (size, size * ROTATIONS), beside one another: of each the signs say something else."""
    source = np.random.default_rng(size)
    turns = [np.linalg.qr(source.standard_normal((size, size)))[0] for _ in range(p.ROTATIONS)]
    return np.concatenate(turns, axis=1).astype(np.float32)


def _rotated(matrix: Rows, span: slice) -> Rows:
    return np.asarray(matrix[:, span] @ _rotations(int(span.stop - span.start)), np.float32)


def _signs(spans: Sequence[slice], matrix: Rows) -> Words:
    words = np.empty((sum(map(_words_of, spans)), len(matrix)), np.uint64)
    for low in range(0, len(matrix), CHUNK):
        part = matrix[low : low + CHUNK]
        words[:, low : low + CHUNK] = np.concatenate([_packed(_rotated(part, span) > 0) for span in spans])
    return words


def _words_of(span: slice) -> int:
    return int(-(-(span.stop - span.start) * p.ROTATIONS // BITS))


def _packed(flags: NDArray[np.bool_]) -> Words:
    """Flags (n, bits) as words (words, n)."""
    count, bits = flags.shape
    padded = np.zeros((count, -(-bits // BITS) * BITS), np.bool_)
    padded[:, :bits] = flags
    return np.ascontiguousarray(np.packbits(padded, axis=1).view(np.uint64).T)


def _largest(likeness: NDArray[np.int16], count: int) -> NDArray[np.intp]:
    """The places of the ``count`` largest numbers and of those that are equal to the least of them, in their order."""
    lowest = int(likeness.min())
    sizes = np.bincount((likeness.astype(np.int32) - lowest).astype(np.uint16))
    least = lowest + int(np.flatnonzero(np.cumsum(sizes[::-1])[::-1] >= count)[-1])
    return np.flatnonzero(likeness >= least)
