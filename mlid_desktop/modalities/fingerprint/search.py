"""1:N: cylinders as packed bits find the likely fingers, how these lie to one another the likeliest, which are then
compared in full."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.domain.observations import SearchHit
from mlid_desktop.domain.templates import Extractor, Reference, Template, require_same_extractor
from mlid_desktop.modalities.fingerprint import parameters as p
from mlid_desktop.modalities.fingerprint.compare import (
    ReadyFinger,
    ReadyImpression,
    compare_cylinders,
    cylinders_of,
    prepare,
)
from mlid_desktop.modalities.fingerprint.cylinders import DISC
from mlid_desktop.modalities.fingerprint.pair_consistency import Pairs, agreement
from mlid_desktop.modalities.fingerprint.templates import decode_impressions

Words = NDArray[np.uint64]
ABSENT = np.float32(9.0)  # of a place without a cylinder: more unlike than any


class FingerIndex:
    """References of many fingers. Of each, up to FIRST_STAGE_MINUTIAE cylinders stand as bits in one table (about 50
    bytes a cylinder); a probe's cylinders each find their likest in every finger (binary cylinders: Cappelli, Ferrara
    and Maltoni 2010, section 2.5). Only the payloads are kept beside: what is compared in full is made ready anew."""

    def __init__(self, extractor: Extractor, references: Sequence[Reference]) -> None:
        self._extractor = extractor
        self._references = tuple(references)
        fingers = [_tabled(prepare(decode_impressions(_checked(extractor, one).payload))) for one in self._references]
        bits = [one.bits for one in fingers]
        sizes = np.array([len(one) for one in bits], np.intp)
        self._lying = np.concatenate([one.lying for one in fingers]) if fingers else np.zeros((0, 3), np.float32)
        self._filled = np.nonzero(sizes)[0]
        self._starts = np.concatenate([[0], np.cumsum(sizes[self._filled])]).astype(np.intp)
        table = np.concatenate(bits) if bits else np.zeros((0, WORDS), np.uint64)
        self._words = np.ascontiguousarray(table.T)
        self._ones = np.bitwise_count(table).sum(axis=1).astype(np.float32)

    def __len__(self) -> int:
        return len(self._references)

    @property
    def bytes_used(self) -> int:
        """What the first stage holds in memory, without the references themselves."""
        tables = (self._words, self._ones, self._lying, self._starts, self._filled)
        return int(sum(one.nbytes for one in tables))

    def search(self, probe: Template, limit: int) -> tuple[SearchHit, ...]:
        """The best ``limit`` references, best first. Raises ModelError for a foreign or malformed probe."""
        wanted = cylinders_of(self._extractor, probe)
        likely = self.likeliest(wanted, max(limit, p.FIRST_STAGE_KEPT))
        scored = [(self._score(wanted, place), place) for place in likely]
        best = sorted(scored, key=lambda one: (-one[0], one[1]))[:limit]
        return tuple(
            SearchHit(self._references[place].reference_id, self._references[place].subject_id, score)
            for score, place in best
        )

    def likeliest(self, wanted: ReadyFinger, count: int) -> list[int]:
        """Places of the ``count`` references that both quick stages hold for the likeliest, best first."""
        asked = _tabled(wanted)
        if not len(asked.bits) or not len(self._filled):
            return []
        worth = np.concatenate([self._worth(asked.bits, low) for low in range(0, len(self._filled), p.SEARCH_CHUNK)])
        likely = np.argsort(-worth, kind="stable")[: max(count, p.SECOND_STAGE_KEPT)]
        agreed = worth[likely] + p.PAIRS_WEIGHT * agreement(asked.lying, self._pairs(asked.bits, likely))
        best = likely[np.argsort(-agreed, kind="stable")[:count]]
        return [int(self._filled[place]) for place in best]

    def _pairs(self, asked: Words, fingers: NDArray[np.intp]) -> Pairs:
        """Of each finger the likest of its cylinders to each of the probe's."""
        starts, ends = self._starts[fingers], self._starts[fingers + 1]
        rows = starts[:, None] + np.arange(int((ends - starts).max()))
        inside = rows < ends[:, None]
        rows = np.where(inside, rows, starts[:, None])
        words, ones, lying = self._words[:, rows], self._ones[rows], self._lying[rows]
        unlike = np.empty((len(fingers), len(asked)), np.float32)
        found = np.empty((len(fingers), len(asked), 3), np.float32)
        finger = np.arange(len(fingers))
        for place, one in enumerate(asked):
            share = np.where(inside, _unlike(words, ones, one), ABSENT)
            likest = share.argmin(axis=1)
            unlike[:, place], found[:, place] = share[finger, likest], lying[finger, likest]
        return Pairs(unlike, found)

    def _score(self, wanted: ReadyFinger, place: int) -> float:
        return compare_cylinders(wanted, prepare(decode_impressions(self._references[place].template.payload)))

    def _worth(self, asked: Words, low: int) -> NDArray[np.float32]:
        """(fingers,) of a chunk: the mean of the best likenesses that the probe's cylinders find in each."""
        high = min(low + p.SEARCH_CHUNK, len(self._filled))
        begin, end = self._starts[low], self._starts[high]
        words, ones = self._words[:, begin:end], self._ones[begin:end]
        starts = self._starts[low:high] - begin
        found = np.empty((len(asked), high - low), np.float32)
        for place, one in enumerate(asked):
            found[place] = np.minimum.reduceat(_unlike(words, ones, one), starts)
        strongest = min(p.FIRST_STAGE_BEST, len(asked))
        return np.asarray(-np.partition(found, strongest - 1, axis=0)[:strongest].mean(axis=0), np.float32)


def _checked(extractor: Extractor, reference: Reference) -> Template:
    require_same_extractor(extractor, reference.template)
    return reference.template


def _unlike(words: Words, ones: NDArray[np.float32], one: Words) -> NDArray[np.float32]:
    """The share of set bits in which cylinders differ from one: ``words`` (WORDS, ...), ``ones`` (...) bits set."""
    unlike = np.bitwise_count(words[0] ^ one[0]).astype(np.uint16)
    for word in range(1, WORDS):
        unlike += np.bitwise_count(words[word] ^ one[word])
    return np.asarray(unlike / (ones + np.float32(np.bitwise_count(one).sum() + 1)), np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class _Table:
    """The best cylinders of a finger: ``bits`` (n, WORDS), one for each cell of the disc that is over half full;
    ``lying`` (n, 3) place and direction of their owners."""

    bits: Words = field(repr=False)
    lying: NDArray[np.float32] = field(repr=False)


def _tabled(finger: ReadyFinger) -> _Table:
    tables = [_of_impression(one) for one in finger]
    return _Table(np.concatenate([one.bits for one in tables]), np.concatenate([one.lying for one in tables]))


def _of_impression(impression: ReadyImpression) -> _Table:
    cylinders, minutiae = impression.cylinders, impression.cylinders.minutiae
    worth = minutiae.quality[cylinders.owner] * impression.weight[cylinders.owner]
    best = np.argsort(-worth, kind="stable")[: p.FIRST_STAGE_MINUTIAE]
    kept = cylinders.cells[best].reshape(-1, DISC.size, p.SECTIONS)[:, DISC] > FULL
    padded = np.zeros((len(kept), WORDS * 64), np.bool_)
    padded[:, : kept.shape[1] * p.SECTIONS] = kept.reshape(len(kept), kept.shape[1] * p.SECTIONS)
    owner = cylinders.owner[best]
    lying = np.concatenate([minutiae.place[owner], minutiae.direction[owner, None]], axis=1).astype(np.float32)
    return _Table(np.packbits(padded, axis=1).view(np.uint64), lying)


FULL = 0.5
WORDS = -(-int(DISC.sum()) * p.SECTIONS // 64)
