"""The signs of embeddings as bits, which tell how alike two vectors are at a small part of the memory that is read:
Charikar, "Similarity estimation techniques from rounding algorithms" (STOC 2002), along the directions in which the
vectors of a gallery differ most. How far they may be wrong is measured for each search."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from math import ceil, floor, sqrt

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.modalities.face import parameters as p
from mlid_desktop.modalities.face.embedding.held_arrays import held_array, held_join, held_rows

Rows = NDArray[np.float32]
Words = NDArray[np.uint64]
Numbers = NDArray[np.intp]
Exactly = Callable[[Numbers], Rows]
"""The exact scores of rows by their numbers."""

BITS = 64
FIRST_WORDS, ROW_WORDS = 4, 8  # those that are counted of all rows; those of a likely row, which are one line of memory
LAST_BIT = np.uint64(1 << BITS - 1)  # of the first words, is left out: 255 differing bits are what a byte holds
SEEDS = (1, 2)  # of the directions of the first words, and of those of rows
SAMPLED = 20_000  # rows that say how a gallery differs
CHUNK = 32_768  # rows turned at a time
AT_ONCE = 16_384  # rows counted at a time, so that what is counted stays in the cache
GATHERED = 2048  # rows gathered at a time
SAMPLE = 16
LEAST_SLOPE = 1e-9  # bits that a product of 1 differs in
LEVEL = 0.9957  # of a Gaussian number of width 1 that is told in four: Max, "Quantizing for minimum distortion" (1960)
LARGE = 2  # differing bits more that one of a large number counts for, as its level is three times the other
STEPS = 20  # of a score that a differing bit takes: 16 bits hold them all, with room for what every row has beside
MOST_STEPS = STEPS * (1 + LARGE) * (FIRST_WORDS * BITS - 1)
FARTHEST = np.iinfo(np.int16).max - MOST_STEPS  # that what a row has beside counts, in steps


@dataclass(frozen=True, slots=True)
class _Tell:
    """What differing bits, counted in one way or several, tell of a vector's products: none at all say ``none``, each
    takes its ``worth`` from that, and ``error`` is the standard error for a row whose product is known."""

    none: float
    worth: tuple[float, ...]
    error: float

    @classmethod
    def of(cls, products: Rows, *counted: Rows) -> _Tell | None:
        """By rows whose products and counts are known; None where a count tells nothing of them."""
        apart = products.astype(np.float64) - products.mean()
        about = np.stack(counted).astype(np.float64)
        means = about.mean(axis=1)
        about -= means[:, None]
        spread = float(apart @ apart)
        slopes = about @ apart / spread if spread > 0 else np.zeros(len(counted))
        if not (slopes < -LEAST_SLOPE).all():
            return None
        missed = about / slopes[:, None] - apart
        told = np.linalg.solve(
            missed @ missed.T / len(apart) + LEAST_SLOPE * np.eye(len(counted)), np.ones(len(counted))
        )
        shares = told / told.sum()  # which err least together
        none = float(products.mean() - shares @ (means / slopes))
        return cls(none, tuple((-shares / slopes).tolist()), float(1 / np.sqrt(told.sum())))


@dataclass(frozen=True, slots=True, eq=False)
class SignBits:
    """The signs of n rows, and the quick stages of a search by them. ``middle`` (width,) is the mean row; ``coarse``
    and ``fine`` (width, bits) the directions of ``first`` (FIRST_WORDS, n), which all are read in each search and lie
    word by word, and of ``whole`` (n, ROW_WORDS), which are read of likely rows; ``leaning`` (n,) is what every row has
    beside the product."""

    middle: Rows = field(repr=False)
    coarse: Rows = field(repr=False)
    fine: Rows = field(repr=False)
    first: Words = field(repr=False)
    whole: Words = field(repr=False)
    leaning: Rows = field(repr=False)

    @classmethod
    def of(cls, matrix: Rows) -> SignBits:
        """The signs of the rows (n, width + 1) of an index, whose last number is added to the product."""
        sample = matrix[:: max(1, len(matrix) // SAMPLED), :-1]
        middle = sample.mean(axis=0)
        coarse = _directions(sample - middle, p.FIRST_ENERGY, FIRST_WORDS, SEEDS[0])
        fine = _directions(sample - middle, p.ROW_ENERGY, ROW_WORDS, SEEDS[1])
        return cls(middle, coarse, fine, *_signs(middle, coarse, fine, matrix), held_join([matrix[:, -1]]))

    def extended(self, matrix: Rows) -> SignBits:
        """A table of these sign bits and those of further rows."""
        first, whole = _signs(self.middle, self.coarse, self.fine, matrix)
        return self._holding(
            held_join([self.first, first], axis=1),
            held_join([self.whole, whole]),
            held_join([self.leaning, matrix[:, -1]]),
        )

    def selected(self, kept: NDArray[np.bool_]) -> SignBits:
        """The signs of those of the rows that are ``kept`` (n,)."""
        return self._holding(
            held_rows(self.first, kept, axis=1), held_rows(self.whole, kept), held_rows(self.leaning, kept)
        )

    def _holding(self, first: Words, whole: Words, leaning: Rows) -> SignBits:
        return SignBits(self.middle, self.coarse, self.fine, first, whole, leaning)

    def likely(self, wanted: Rows, limit: int, exactly: Exactly) -> Numbers:
        """The numbers, in their order, of the rows that can be among the best ``limit`` for a vector (width + 1,):
        whose signs say no less than a score that so many are seen to have, less MARGIN standard errors; by their first
        signs, of all rows, and of these by the signs of a row as well."""
        size, tried = len(self.leaning), max(p.TRIED, p.TRIED_EACH * limit)
        if limit <= 0 or size <= 2 * tried:
            return np.arange(size)
        probe = _Probe.of(wanted[:-1], self.coarse, self.fine)
        known = np.arange(0, size, max(1, size // p.KNOWN))
        products, first = exactly(known) - self.leaning[known], _counted(self.first[:, known], probe.first)
        tell = _Tell.of(products, first)
        if tell is None:
            return np.arange(size)
        likeness = self._likeness(probe, tell.worth[0] / STEPS)
        reached = _reached(exactly(_largest(likeness, tried)), limit)
        rows = np.flatnonzero(likeness >= _least_steps(tell, reached))
        both = _Tell.of(products, first, self._counted_in(known, probe.row))
        if both is None or len(rows) <= tried:
            return rows
        counted = (self.leaning[rows] * (STEPS / tell.worth[0]) - likeness[rows]) / STEPS
        scores = np.asarray(self.leaning[rows] + both.none - both.worth[0] * counted, np.float32)
        scores -= both.worth[1] * self._counted_in(rows, probe.row)
        reached = _reached(exactly(_best(rows, tried, scores)), limit)
        return np.asarray(rows[scores >= reached - p.MARGIN * both.error])

    def _likeness(self, probe: _Probe, step: float) -> NDArray[np.int16]:
        """What the first signs say of each row's score (n,), in steps, but for what all have in common."""
        is_far = max(float(self.leaning.max()), -float(self.leaning.min())) > FARTHEST * step
        likeness, counting = np.empty(len(self.leaning), np.int16), _Counting(probe.first)
        leaning, steps = np.empty(AT_ONCE, np.float32), np.empty(AT_ONCE, np.int16)
        for low in range(0, len(likeness), AT_ONCE):
            part = likeness[low : low + AT_ONCE]
            beside, taken = leaning[: len(part)], steps[: len(part)]
            np.multiply(self.leaning[low : low + AT_ONCE], np.float32(1 / step), out=beside)
            if is_far:
                np.clip(beside, -FARTHEST, FARTHEST, out=beside)
            np.copyto(part, beside, casting="unsafe")
            for differing, each in zip(counting.differing(self.first[:, low : low + AT_ONCE]), (1, LARGE), strict=True):
                part -= np.multiply(differing, np.int16(STEPS * each), out=taken)
        return likeness

    def _counted_in(self, rows: Numbers, sought: _Signs) -> Rows:
        """The differing bits of these rows, those of large numbers counted as more."""
        counted, each_word = np.empty(len(rows), np.float32), np.ones(ROW_WORDS, np.float32)
        signs, large = (np.tile(words, (GATHERED, 1)) for words in (sought.signs, sought.large))
        unlike, weighed = np.empty_like(signs), np.empty(signs.shape, np.float32)
        all_bits, large_bits = np.empty(signs.shape, np.uint8), np.empty(signs.shape, np.uint8)
        for low in range(0, len(rows), GATHERED):
            part = slice(min(GATHERED, len(rows) - low))
            self.whole.take(rows[low : low + GATHERED], axis=0, out=unlike[part], mode="clip")  # "raise" copies again
            np.bitwise_xor(unlike[part], signs[part], out=unlike[part])
            np.bitwise_count(unlike[part], out=all_bits[part])
            np.bitwise_and(unlike[part], large[part], out=unlike[part])
            np.bitwise_count(unlike[part], out=large_bits[part])
            for _ in range(LARGE):
                all_bits[part] += large_bits[part]  # three times 64 at most, of a byte's 255
            np.copyto(weighed[part], all_bits[part])
            np.matmul(weighed[part], each_word, out=counted[low : low + GATHERED])
        return counted


@dataclass(frozen=True, slots=True, eq=False)
class _Signs:
    """The signs of a vector that is searched for, (words,), and which of its numbers are large."""

    signs: Words = field(repr=False)
    large: Words = field(repr=False)

    @classmethod
    def of(cls, along: Rows) -> _Signs:
        """Of its numbers along directions."""
        large = np.abs(along) > LEVEL * np.sqrt(np.mean(np.square(along)))
        return cls(*(_packed(flags[None])[0] for flags in (along > 0, large)))


@dataclass(frozen=True, slots=True, eq=False)
class _Probe:
    """A vector that is searched for, along the directions of the first words and of those of rows."""

    first: _Signs
    row: _Signs

    @classmethod
    def of(cls, vector: Rows, coarse: Rows, fine: Rows) -> _Probe:
        first = _Signs.of(vector @ coarse)
        first.signs[-1] &= ~LAST_BIT
        return cls(first, _Signs.of(vector @ fine))


class _Counting:
    """Counts the bits in which first words differ from those sought, AT_ONCE rows at a time in the same memory, so that
    it stays in the cache. Counted bits are summed as bytes, which is several times quicker than as wider numbers."""

    def __init__(self, sought: _Signs) -> None:
        self._sought = sought
        self._unlike = np.empty((FIRST_WORDS, AT_ONCE), np.uint64)
        self._counted = np.empty((2, FIRST_WORDS, AT_ONCE), np.uint8)

    def differing(self, words: Words) -> Iterator[NDArray[np.uint8]]:
        """In how many bits each column of words (FIRST_WORDS, n) differs, and in how many of large numbers."""
        size = words.shape[1]
        unlike, (all_bits, large_bits) = self._unlike[:, :size], self._counted[:, :, :size]
        np.bitwise_xor(words, self._sought.signs[:, None], out=unlike)
        np.bitwise_count(unlike, out=all_bits)
        np.bitwise_and(unlike, self._sought.large[:, None], out=unlike)
        np.bitwise_count(unlike, out=large_bits)
        for counted in (all_bits, large_bits):
            for other in counted[1:]:
                counted[0] += other
            yield counted[0]


def _directions(sample: Rows, share: float, words: int, seed: int) -> Rows:
    """Directions (width, words * BITS) for vectors (n, width) about their mean: evenly among the fewest dimensions that
    hold this share of how they differ, so that bits are not spent where all are alike."""
    energy, axes = np.linalg.eigh(sample.T @ sample)
    held = np.cumsum(energy[::-1])
    kept = min(int(np.searchsorted(held, share * held[-1])) + 1, len(held), words * BITS)
    turn, _ = np.linalg.qr(np.random.default_rng(seed).standard_normal((words * BITS, kept)))
    return np.asarray(axes[:, ::-1][:, :kept] @ turn.T, np.float32)


def _signs(middle: Rows, coarse: Rows, fine: Rows, matrix: Rows) -> tuple[Words, Words]:
    """The signs of rows (n, width + 1): (FIRST_WORDS, n) word by word, and (n, ROW_WORDS)."""
    first = held_array((FIRST_WORDS, len(matrix)), np.uint64)
    whole = held_array((len(matrix), ROW_WORDS), np.uint64)
    for low in range(0, len(matrix), CHUNK):
        part = matrix[low : low + CHUNK, :-1] - middle
        first[:, low : low + CHUNK] = _first(_packed(part @ coarse > 0)).T
        whole[low : low + CHUNK] = _packed(part @ fine > 0)
    return first, whole


def _first(words: Words) -> Words:
    """First words (n, FIRST_WORDS) without the bit that is left out."""
    words[:, -1] &= ~LAST_BIT
    return words


def _counted(words: Words, sought: _Signs) -> Rows:
    """The differing bits of each column of first words, those of large numbers counted as more."""
    unlike = words ^ sought.signs[:, None]
    large = np.bitwise_count(unlike & sought.large[:, None]).sum(axis=0, dtype=np.float32)
    return np.asarray(np.bitwise_count(unlike).sum(axis=0, dtype=np.float32) + LARGE * large, np.float32)


def _least_steps(tell: _Tell, reached: float) -> int:
    """How many steps a row has at least that can reach a score; never more than those have whose steps are cut off."""
    steps = (reached - p.MARGIN * tell.error - tell.none) / tell.worth[0] * STEPS
    return floor(min(max(steps, np.iinfo(np.int16).min + 1), FARTHEST - MOST_STEPS)) - 1


def _reached(scores: Rows, limit: int) -> float:
    """A score that ``limit`` of these have at least."""
    return float(np.partition(scores, len(scores) - limit)[len(scores) - limit])


def _packed(flags: NDArray[np.bool_]) -> Words:
    """Flags (n, words * BITS) as words (n, words)."""
    return np.packbits(flags, axis=1).view(np.uint64)


def _best(rows: Numbers, count: int, likeness: Rows) -> Numbers:
    """The ``count`` likeliest of these rows, and those as likely as the last of them, in their order."""
    if count >= len(rows):
        return rows
    return np.asarray(rows[likeness >= np.partition(likeness, len(rows) - count)[len(rows) - count]])


def _largest(likeness: NDArray[np.int16], count: int) -> Numbers:
    """The places of about the ``count`` largest numbers, never fewer, and of those that are equal to the least of them,
    in their order: the bound is that of every SAMPLE-th number, where it lets enough pass."""
    sampled = likeness[::SAMPLE]
    expected = count / SAMPLE
    wanted = min(len(sampled), ceil(expected + 4 * sqrt(expected)))
    chosen = np.flatnonzero(likeness >= np.partition(sampled, len(sampled) - wanted)[len(sampled) - wanted])
    if len(chosen) >= count:
        return chosen
    return np.flatnonzero(likeness >= np.partition(likeness, len(likeness) - count)[len(likeness) - count])
