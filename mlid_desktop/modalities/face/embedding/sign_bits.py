"""The signs of embeddings as bits, which tell how alike two vectors are at a sixteenth of the memory that is read:
Charikar, "Similarity estimation techniques from rounding algorithms" (STOC 2002)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
AT_ONCE = 32_768  # rows counted at a time, so that what is counted stays in the cache
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
    the columns of each network's part; ``sizes`` how large a rotated number of each is, on average; ``whole`` (n,
    ROTATIONS * words) the bits, one rotation after another, of which those of the first stand once more beside one
    another, word by word, in ``first`` (words, n), because all of them are read in each search; ``leaning`` (n,) what
    every row has beside the product."""

    spans: tuple[slice, ...]
    sizes: tuple[float, ...]
    whole: Words = field(repr=False)
    first: Words = field(repr=False)
    leaning: Rows = field(repr=False)

    @property
    def _farthest(self) -> float:
        """The largest of what rows have beside the product."""
        return max(float(self.leaning.max(initial=0.0)), -float(self.leaning.min(initial=0.0)))

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
        ``least`` at least, in their order: of all rows the likeliest by the signs of one rotation, of these by those of
        all rotations, and of these by how large the vector's own numbers are as well."""
        probe = _Probe.of(self.spans, wanted)
        size = len(self.whole)
        first = max(ceil(p.SIGNS_SHARE * size), least)
        if first >= size:
            likely = np.arange(size)
        else:
            likeness = self._likeness(probe)
            likely = _largest(likeness, first)
            likely = _best(likely, max(ceil(p.ALL_SIGNS_SHARE * size), least), self._by_signs(probe, likeness, likely))
        last = max(ceil(p.EXACT_SHARE * size), least)
        return likely if last >= len(likely) else _best(likely, last, self._likeness_by_size(probe, likely))

    def _likeness(self, probe: _Probe) -> NDArray[np.int16]:
        """How alike each row (n,) is by the signs of the first rotation alone, in steps, up to what all have in
        common."""
        worth, step = self._worth(probe), self._step(probe)
        groups = [
            (group, np.int16(round(ONE_LEVEL * float(worth[group.start]) / step)))
            for _, words in _parts(self.spans)
            for group in _counted_at_once(words)
        ]
        likeness, scratch = np.empty(len(self.leaning), np.int16), _Scratch()
        limit = np.iinfo(np.int16).max - STEPS - BITS
        is_far = self._farthest > limit * step
        for low in range(0, len(likeness), AT_ONCE):
            part = likeness[low : low + AT_ONCE]
            leaning = np.multiply(
                self.leaning[low : low + AT_ONCE], np.float32(1 / step), out=scratch.leaning[: len(part)]
            )
            if is_far:
                np.clip(leaning, -limit, limit, out=leaning)
            np.copyto(part, leaning, casting="unsafe")
            steps = scratch.steps[: len(part)]
            for group, each in groups:
                differing = scratch.differing(self.first[group, low : low + AT_ONCE], probe.words[group])
                part -= np.multiply(differing, each, out=steps)
        return likeness

    def _by_signs(self, probe: _Probe, likeness: NDArray[np.int16], rows: NDArray[np.intp]) -> Rows:
        """How alike these rows are by the signs of all rotations, from how alike all rows are by those of the first."""
        count = len(self.first)
        worth = ONE_LEVEL * self._worth(probe)[:count]
        looked_at = likeness[rows] * np.float32(self._step(probe))
        each = self.whole.reshape(-1, count)  # the words of one rotation
        for rotation in range(1, p.ROTATIONS):
            looked_at += self.leaning[rows]
            wanted = probe.words[rotation * count : (rotation + 1) * count]
            for low, unlike in _unlike(each, rows * p.ROTATIONS + rotation, wanted):
                looked_at[low : low + GATHERED] -= np.bitwise_count(unlike).astype(np.float32) @ worth
        return looked_at

    def _worth(self, probe: _Probe) -> Rows:
        """What a differing bit of each of all words takes from the product by one rotation, for each unit of a number's
        size."""
        worth = np.empty(len(self.first), np.float32)
        for (_, words), size, width in zip(_parts(self.spans), self.sizes, probe.widths, strict=True):
            worth[words] = 2 * size * width
        return np.tile(worth, p.ROTATIONS)

    def _step(self, probe: _Probe) -> float:
        """What a step of likeness is of the product."""
        sizes = zip(self.spans, self.sizes, probe.widths, strict=True)
        return float(
            sum(2 * ONE_LEVEL * size * width * (span.stop - span.start) for span, size, width in sizes) / STEPS
        )

    def _likeness_by_size(self, probe: _Probe, rows: NDArray[np.intp]) -> Rows:
        """How alike these rows are by their signs and how large the vector's own numbers are."""
        likeness = self.leaning[rows].astype(np.float32)
        weights = np.diff(GAUSSIAN, prepend=0.0).astype(np.float32)[:, None] * self._worth(probe) / p.ROTATIONS
        larger = [np.tile(words, (GATHERED, 1)) for words in probe.larger]
        for low, unlike in _unlike(self.whole, rows, probe.words):
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
            _packed([np.abs(part) > bound * width for part, width in zip(parts, widths, strict=True)])[0]
            for bound in LARGER_THAN
        )
        return cls(_packed([part > 0 for part in parts])[0], larger, tuple(widths))


class _Scratch:
    """Memory for what is counted of AT_ONCE rows, the same again for each part, so that it stays in the cache."""

    def __init__(self) -> None:
        self.leaning, self.steps = np.empty(AT_ONCE, np.float32), np.empty(AT_ONCE, np.int16)
        self._unlike = np.empty((IN_A_BYTE, AT_ONCE), np.uint64)
        self._counted = np.empty((IN_A_BYTE, AT_ONCE), np.uint8)

    def differing(self, words: Words, wanted: Words) -> NDArray[np.uint8]:
        """In how many bits each column of words (words, n) differs from those ``wanted`` (words,), at most IN_A_BYTE.
        Counted bits are summed as bytes, which is several times quicker than as wider numbers."""
        count, size = words.shape
        unlike, counted = self._unlike[:count, :size], self._counted[:count, :size]
        np.bitwise_xor(words, wanted[:, None], out=unlike)
        np.bitwise_count(unlike, out=counted)
        for other in counted[1:]:
            counted[0] += other
        return np.asarray(counted[0], np.uint8)


@lru_cache(maxsize=8)
def _rotations(size: int) -> Rows:
    """Fixed rotations (size, size * ROTATIONS), beside one another: of each the signs say something else."""
    source = np.random.default_rng(size)
    turns = [np.linalg.qr(source.standard_normal((size, size)))[0] for _ in range(p.ROTATIONS)]
    return np.concatenate(turns, axis=1).astype(np.float32)


def _rotated(matrix: Rows, span: slice) -> Rows:
    return np.asarray(matrix[:, span] @ _rotations(int(span.stop - span.start)), np.float32)


def _signs(spans: Sequence[slice], matrix: Rows) -> tuple[Words, Words]:
    """The signs of rows after all rotations, (n, ROTATIONS * words), and after the first alone, (words, n)."""
    count = _parts(spans)[-1][1].stop
    whole = np.empty((len(matrix), p.ROTATIONS * count), np.uint64)
    for low in range(0, len(matrix), CHUNK):
        part = matrix[low : low + CHUNK]
        whole[low : low + CHUNK] = _packed([_rotated(part, span) > 0 for span in spans])
    return whole, np.ascontiguousarray(whole[:, :count].T)


def _parts(spans: Sequence[slice]) -> list[tuple[slice, slice]]:
    """Each part's columns, and which words of a rotation are its own."""
    ends = np.cumsum([-(-(span.stop - span.start) // BITS) for span in spans]).tolist()
    return [(span, slice(start, end)) for span, start, end in zip(spans, [0, *ends], ends, strict=False)]


def _packed(parts: Sequence[NDArray[np.bool_]]) -> Words:
    """Flags of each part (n, ROTATIONS * size) as words (n, ROTATIONS * words), one rotation after another."""
    packed = []
    for flags in parts:
        each = flags.reshape(len(flags), p.ROTATIONS, -1)
        padded = np.zeros((*each.shape[:2], -(-each.shape[2] // BITS) * BITS), np.bool_)
        padded[:, :, : each.shape[2]] = each
        packed.append(np.packbits(padded, axis=2).view(np.uint64))
    return np.concatenate(packed, axis=2).reshape(len(parts[0]), -1)


def _unlike(words: Words, rows: NDArray[np.intp], wanted: Words) -> Iterator[tuple[int, Words]]:
    """In which bits these rows of ``words`` differ from those ``wanted``, GATHERED rows at a time with where they
    begin, each time in the same memory."""
    tiled, unlike = np.tile(wanted, (GATHERED, 1)), np.empty((GATHERED, len(wanted)), np.uint64)
    for low in range(0, len(rows), GATHERED):
        part = unlike[: min(GATHERED, len(rows) - low)]
        words.take(rows[low : low + GATHERED], axis=0, out=part, mode="clip")  # "raise" copies once more
        part ^= tiled[: len(part)]
        yield low, part


def _counted_at_once(words: slice) -> list[slice]:
    """The words of a part in groups whose counted bits fit into a byte."""
    return [slice(first, min(first + IN_A_BYTE, words.stop)) for first in range(words.start, words.stop, IN_A_BYTE)]


def _best(rows: NDArray[np.intp], count: int, likeness: Rows) -> NDArray[np.intp]:
    """The ``count`` likeliest of these rows, and those as likely as the last of them, in their order."""
    if count >= len(rows):
        return rows
    return np.asarray(rows[likeness >= np.partition(likeness, len(rows) - count)[len(rows) - count]])


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
