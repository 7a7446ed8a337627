"""The signs of embeddings as bits, which tell how alike two vectors are at a sixteenth of the memory that is read:
Charikar, "Similarity estimation techniques from rounding algorithms" (STOC 2002)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from math import ceil, sqrt

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.modalities.face import parameters as p

Rows = NDArray[np.float32]
Words = NDArray[np.uint64]

BITS = 64
CHUNK = 32_768  # rows rotated at a time
AT_ONCE = 16_384  # rows counted at a time, so that what is counted stays in the cache
GATHERED = 2048  # rows gathered at a time
IN_A_BYTE = 3  # words whose counted bits, 64 each, fit into a byte
SAMPLE = 16
STEPS = 14_000  # of likeness that all bits are worth: 16 bits hold it, with room for what every row has beside it
GAUSSIAN = (0.3177, 1.0, 1.894)  # what stands for a number of a Gaussian of width 1, by how large it is
LARGER_THAN = (0.6589, 1.447)  # the bounds between them (Max, "Quantizing for minimum distortion", 1960)
ONE_LEVEL = 0.798  # the mean of how large such a number is


@dataclass(frozen=True, slots=True, eq=False)
class SignBits:
    """The signs of n rows after fixed rotations, part by part, and the quick stages of a search by them. ``spans`` are
    the columns of each network's part; ``sizes`` how large a rotated number of each is, on average; ``whole`` (n, all
    words) the bits, of which those of the first rotation stand once more beside one another, word by word, in ``first``
    (some words, n), because all of them are read in each search; ``leaning`` (n,) what every row has beside the
    product."""

    spans: tuple[slice, ...]
    sizes: tuple[float, ...]
    whole: Words = field(repr=False)
    first: Words = field(repr=False)
    leaning: Rows = field(repr=False)

    @classmethod
    def of(cls, spans: Sequence[slice], matrix: Rows) -> SignBits:
        """The signs of the rows (n, width) of an index: the parts, and a last number that is added to the product."""
        sizes = tuple(float(np.abs(_rotated(matrix[:CHUNK], span)).mean()) for span in spans)
        return cls(tuple(spans), sizes, *_signs(spans, matrix), matrix[:, -1].copy())

    def extended(self, matrix: Rows) -> SignBits:
        """These and the signs of further rows."""
        whole, first = _signs(self.spans, matrix)
        return SignBits(
            self.spans,
            self.sizes,
            np.concatenate([self.whole, whole]),
            np.concatenate([self.first, first], axis=1),
            np.concatenate([self.leaning, matrix[:, -1]]),
        )

    def selected(self, kept: NDArray[np.bool_]) -> SignBits:
        """The signs of those of the rows that are ``kept`` (n,)."""
        first = np.ascontiguousarray(self.first[:, kept])
        return SignBits(self.spans, self.sizes, self.whole[kept], first, self.leaning[kept])

    def likeliest(self, wanted: Rows, least: int) -> NDArray[np.intp]:
        """The numbers of the rows that are likeliest to a vector (width,), by the share EXACT_SHARE of all and
        ``least`` at least, in their order: of all rows the likeliest by the signs of one rotation are looked at once
        more by those of all, and by how large the vector's own numbers are."""
        probe = _Probe.of(self.spans, wanted)
        size = len(self.whole)
        first = max(ceil(p.SIGNS_SHARE * size), least)
        likely = np.arange(size) if first >= size else _largest(self._likeness(probe), first)
        last = max(ceil(p.EXACT_SHARE * size), least)
        if last >= len(likely):
            return likely
        looked_at = self._likeness_by_size(probe, likely)
        bound = np.partition(looked_at, len(looked_at) - last)[len(looked_at) - last]
        return np.asarray(likely[looked_at >= bound])

    def _likeness(self, probe: _Probe) -> NDArray[np.int16]:
        """How alike each row (n,) is by the signs of the first rotation alone, in steps, up to what all have in
        common."""
        worth = [2 * ONE_LEVEL * size * width for size, width in zip(self.sizes, probe.widths, strict=True)]
        bits = [span.stop - span.start for span in self.spans]
        step = sum(each * count for each, count in zip(worth, bits, strict=True)) / STEPS
        limit = np.iinfo(np.int16).max - STEPS - BITS
        likeness = np.empty(len(self.leaning), np.int16)
        wanted = np.concatenate([probe.words[words][: _words_of(span)] for span, words in _parts(self.spans)])
        for low in range(0, len(likeness), AT_ONCE):
            part, word = likeness[low : low + AT_ONCE], 0
            leaning = self.leaning[low : low + AT_ONCE] * np.float32(1 / step)
            np.copyto(part, np.clip(leaning, -limit, limit, out=leaning), casting="unsafe")
            for span, each in zip(self.spans, worth, strict=True):
                last = word + _words_of(span)
                differing = _differing(self.first[word:last, low : low + AT_ONCE], wanted[word:last])
                differing *= np.int16(round(each / step))
                part -= differing
                word = last
        return likeness

    def _likeness_by_size(self, probe: _Probe, rows: NDArray[np.intp]) -> Rows:
        """How alike these rows are by their signs and how large the vector's own numbers are."""
        worth = np.empty(len(probe.words), np.float32)
        for (_, words), size, width in zip(_parts(self.spans), self.sizes, probe.widths, strict=True):
            worth[words] = 2 * size * width / p.ROTATIONS
        likeness = self.leaning[rows].astype(np.float32)
        weights = np.diff(GAUSSIAN, prepend=0.0).astype(np.float32)[:, None] * worth
        wanted, *larger = (np.tile(words, (GATHERED, 1)) for words in (probe.words, *probe.larger))
        for low in range(0, len(rows), GATHERED):
            unlike = self.whole.take(rows[low : low + GATHERED], axis=0)
            unlike ^= wanted[: len(unlike)]
            part = likeness[low : low + GATHERED]
            part -= np.bitwise_count(unlike).astype(np.float32) @ weights[0]
            for weight, mask in zip(weights[1:], larger, strict=True):
                part -= np.bitwise_count(unlike & mask[: len(unlike)]).astype(np.float32) @ weight
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
        parts = [_rotated(wanted[None], span) for span in spans]
        widths = [float(np.sqrt(np.mean(np.square(part)))) for part in parts]
        larger = tuple(
            np.concatenate(
                [_packed(np.abs(part) > bound * width)[0] for part, width in zip(parts, widths, strict=True)]
            )
            for bound in LARGER_THAN
        )
        return cls(np.concatenate([_packed(part > 0)[0] for part in parts]), larger, tuple(widths))


@lru_cache(maxsize=8)
def _rotations(size: int) -> Rows:
    """Fixed rotations (size, size * ROTATIONS), beside one another: of each the signs say something else."""
    source = np.random.default_rng(size)
    turns = [np.linalg.qr(source.standard_normal((size, size)))[0] for _ in range(p.ROTATIONS)]
    return np.concatenate(turns, axis=1).astype(np.float32)


def _rotated(matrix: Rows, span: slice) -> Rows:
    return np.asarray(matrix[:, span] @ _rotations(int(span.stop - span.start)), np.float32)


def _signs(spans: Sequence[slice], matrix: Rows) -> tuple[Words, Words]:
    """The signs of rows after all rotations, (n, all words), and after the first alone, (some words, n)."""
    parts = _parts(spans)
    whole = np.empty((len(matrix), parts[-1][1].stop), np.uint64)
    for low in range(0, len(matrix), CHUNK):
        part = matrix[low : low + CHUNK]
        for span, words in parts:
            whole[low : low + CHUNK, words] = _packed(_rotated(part, span) > 0)
    first = [whole[:, words.start : words.start + _words_of(span)].T for span, words in parts]
    return whole, np.concatenate(first)


def _words_of(span: slice) -> int:
    """How many words the signs of a part take after one rotation."""
    return int(-(-(span.stop - span.start) // BITS))


def _parts(spans: Sequence[slice]) -> list[tuple[slice, slice]]:
    """Each part's columns, and which of all words are its own, one rotation after another."""
    ends = np.cumsum([_words_of(span) * p.ROTATIONS for span in spans])
    return [
        (span, slice(int(end) - _words_of(span) * p.ROTATIONS, int(end))) for span, end in zip(spans, ends, strict=True)
    ]


def _packed(flags: NDArray[np.bool_]) -> Words:
    """Flags (n, ROTATIONS * size) as words (n, words), each rotation's by themselves."""
    each = flags.reshape(len(flags), p.ROTATIONS, -1)
    padded = np.zeros((*each.shape[:2], -(-each.shape[2] // BITS) * BITS), np.bool_)
    padded[:, :, : each.shape[2]] = each
    return np.packbits(padded.reshape(len(flags), -1), axis=1).view(np.uint64)


def _differing(words: Words, wanted: Words) -> NDArray[np.int16]:
    """In how many bits each column of words (words, n) differs from those ``wanted`` (words,). Counted bits are summed
    as bytes, IN_A_BYTE words at a time, which is several times quicker than as wider numbers."""
    size = words.shape[1]
    unlike, counted, summed = np.empty(size, np.uint64), np.empty(size, np.uint8), np.empty(size, np.uint8)
    differing = np.zeros(size, np.int16)
    for first in range(0, len(words), IN_A_BYTE):
        summed.fill(0)
        for column, own in zip(words[first : first + IN_A_BYTE], wanted[first : first + IN_A_BYTE], strict=True):
            np.bitwise_xor(column, own, out=unlike)
            np.bitwise_count(unlike, out=counted)
            np.add(summed, counted, out=summed)
        np.add(differing, summed, out=differing)
    return differing


def _largest(likeness: NDArray[np.int16], count: int) -> NDArray[np.intp]:
    """The places of about the ``count`` largest numbers, never fewer, and of those that are equal to the least of them,
    in their order: the bound is that of every SAMPLE-th number, where it lets enough pass."""
    sampled = likeness[::SAMPLE]
    expected = count / SAMPLE
    wanted = min(len(sampled), ceil(expected + 4 * sqrt(expected)))
    chosen = np.flatnonzero(likeness >= np.partition(sampled, len(sampled) - wanted)[len(sampled) - wanted])
    if len(chosen) >= count:
        return chosen
    return np.flatnonzero(likeness >= np.partition(likeness, len(likeness) - count)[len(likeness) - count])
