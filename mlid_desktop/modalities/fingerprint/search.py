"""Searches fingerprints 1:N: cylinders as packed bits select likely fingers, their geometry the likeliest, which are
compared in full."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.domain.observations import SearchHit
from mlid_desktop.domain.ports import SearchIndex
from mlid_desktop.domain.templates import Extractor, Reference, Template, require_same_extractor
from mlid_desktop.modalities.fingerprint import parameters as p
from mlid_desktop.modalities.fingerprint.compare import (
    ReadyFinger,
    compare_cylinders,
    prepare,
    prepare_template,
)
from mlid_desktop.modalities.fingerprint.cylinders import DISC
from mlid_desktop.modalities.fingerprint.pair_consistency import CylinderPairs, pair_consistency
from mlid_desktop.modalities.fingerprint.ready_impression import ReadyImpression
from mlid_desktop.modalities.fingerprint.templates import decode_impressions

Words = NDArray[np.uint64]
ABSENT = np.float32(9.0)  # of a place without a cylinder: more unlike than any


class FingerIndex:
    """The fingerprint references of a 1:N search. Of each, up to FIRST_STAGE_MINUTIAE cylinders stand as bits in one
    table (about 50 bytes a cylinder); each of a probe's cylinders is matched to the most similar in every finger
    (binary cylinders: Cappelli, Ferrara and Maltoni 2010, section 2.5). Only the payloads are kept beside: what is
    compared in full is made ready anew."""

    def __init__(
        self, extractor: Extractor, references: Sequence[Reference], table: _CylinderTable | None = None
    ) -> None:
        self._extractor = extractor
        self._references = tuple(references)
        self._table = _tabulate(extractor, self._references) if table is None else table
        self._filled = np.nonzero(self._table.sizes)[0]
        self._starts = np.concatenate([[0], np.cumsum(self._table.sizes[self._filled])]).astype(np.intp)

    def joined(self, other: SearchIndex) -> FingerIndex:
        """An index of these references and then those of another one; nothing of either is made ready again."""
        if not isinstance(other, FingerIndex) or other._extractor.key != self._extractor.key:
            raise TypeError("only indexes of one extractor can be joined")
        return FingerIndex(self._extractor, (*self._references, *other._references), self._table.joined(other._table))

    def __len__(self) -> int:
        return len(self._references)

    @property
    def bytes_used(self) -> int:
        """Bytes of memory that the first stage's table takes, without the references themselves."""
        table = self._table
        arrays = (table.words, table.set_bits, table.poses, table.sizes, self._starts, self._filled)
        return int(sum(array.nbytes for array in arrays))

    def search(self, probe: Template, limit: int) -> tuple[SearchHit, ...]:
        """Searches the fingerprint references: the best ``limit`` of them, best first. Raises ModelError for a foreign
        or malformed probe."""
        wanted = prepare_template(self._extractor, probe)
        likely = self.shortlist(wanted, max(limit, p.FIRST_STAGE_KEPT))
        scored = [(self._score(wanted, index), index) for index in likely]
        best = sorted(scored, key=lambda scored_index: (-scored_index[0], scored_index[1]))[:limit]
        return tuple(
            SearchHit(self._references[index].reference_id, self._references[index].subject_id, score)
            for score, index in best
        )

    def shortlist(self, wanted: ReadyFinger, count: int) -> list[int]:
        """Indices of the ``count`` references that both quick stages rank highest, best first."""
        probe = _binarise_finger(wanted)
        if not len(probe.bits) or not len(self._filled):
            return []
        worth = np.concatenate(
            [self._first_stage_scores(probe.bits, low) for low in range(0, len(self._filled), p.SEARCH_CHUNK)]
        )
        likely = np.argsort(-worth, kind="stable")[: max(count, p.SECOND_STAGE_KEPT)]
        agreed = worth[likely] + p.PAIRS_WEIGHT * pair_consistency(probe.poses, self._pairs(probe.bits, likely))
        best = likely[np.argsort(-agreed, kind="stable")[:count]]
        return [int(self._filled[index]) for index in best]

    def _pairs(self, probe_bits: Words, fingers: NDArray[np.intp]) -> CylinderPairs:
        """For each finger, its most similar cylinder to each of the probe's."""
        starts, ends = self._starts[fingers], self._starts[fingers + 1]
        rows = starts[:, None] + np.arange(int((ends - starts).max()))
        inside = rows < ends[:, None]
        rows = np.where(inside, rows, starts[:, None])
        table = self._table
        words, set_bits, poses = table.words[:, rows], table.set_bits[rows], table.poses[rows]
        unlike = np.empty((len(fingers), len(probe_bits)), np.float32)
        partner = np.empty((len(fingers), len(probe_bits), 3), np.float32)
        finger = np.arange(len(fingers))
        for row, cylinder in enumerate(probe_bits):
            share = np.where(inside, _hamming_shares(words, set_bits, cylinder), ABSENT)
            likest = share.argmin(axis=1)
            unlike[:, row], partner[:, row] = share[finger, likest], poses[finger, likest]
        return CylinderPairs(unlike, partner)

    def _score(self, wanted: ReadyFinger, index: int) -> float:
        return compare_cylinders(wanted, prepare(decode_impressions(self._references[index].template.payload)))

    def _first_stage_scores(self, probe_bits: Words, low: int) -> NDArray[np.float32]:
        """First-stage scores (fingers,) of a chunk: the mean similarity of the probe's best-matched cylinders in each
        finger."""
        high = min(low + p.SEARCH_CHUNK, len(self._filled))
        begin, end = self._starts[low], self._starts[high]
        words, set_bits = self._table.words[:, begin:end], self._table.set_bits[begin:end]
        starts = self._starts[low:high] - begin
        least_unlike = np.empty((len(probe_bits), high - low), np.float32)
        for row, cylinder in enumerate(probe_bits):
            least_unlike[row] = np.minimum.reduceat(_hamming_shares(words, set_bits, cylinder), starts)
        strongest = min(p.FIRST_STAGE_BEST, len(probe_bits))
        return np.asarray(-np.partition(least_unlike, strongest - 1, axis=0)[:strongest].mean(axis=0), np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class _CylinderTable:
    """The first stage's table of n cylinders of k fingers, one finger after another: ``words`` (WORDS, n) their bits,
    ``set_bits`` (n,) how many of them are set, ``poses`` (n, 3), ``sizes`` (k,) cylinders of each finger."""

    words: Words = field(repr=False)
    set_bits: NDArray[np.float32] = field(repr=False)
    poses: NDArray[np.float32] = field(repr=False)
    sizes: NDArray[np.intp] = field(repr=False)

    def joined(self, later: _CylinderTable) -> _CylinderTable:
        """A table of these fingers and then those of another one."""
        return _CylinderTable(
            np.concatenate([self.words, later.words], axis=1),
            np.concatenate([self.set_bits, later.set_bits]),
            np.concatenate([self.poses, later.poses]),
            np.concatenate([self.sizes, later.sizes]),
        )


def _tabulate(extractor: Extractor, references: Sequence[Reference]) -> _CylinderTable:
    templates = [_checked(extractor, reference) for reference in references]
    fingers = [_binarise_finger(prepare(decode_impressions(template.payload))) for template in templates]
    bits = np.concatenate([finger.bits for finger in fingers]) if fingers else np.zeros((0, WORDS), np.uint64)
    return _CylinderTable(
        np.ascontiguousarray(bits.T),
        np.bitwise_count(bits).sum(axis=1).astype(np.float32),
        np.concatenate([finger.poses for finger in fingers]) if fingers else np.zeros((0, 3), np.float32),
        np.array([len(finger.bits) for finger in fingers], np.intp),
    )


def _checked(extractor: Extractor, reference: Reference) -> Template:
    require_same_extractor(extractor, reference.template)
    return reference.template


def _hamming_shares(words: Words, set_bits: NDArray[np.float32], cylinder: Words) -> NDArray[np.float32]:
    """Share of set bits in which the cylinders of a table differ from one cylinder: ``words`` (WORDS, ...), ``ones``
    (...) bits set."""
    unlike = np.bitwise_count(words[0] ^ cylinder[0]).astype(np.uint16)
    for word in range(1, WORDS):
        unlike += np.bitwise_count(words[word] ^ cylinder[word])
    return np.asarray(unlike / (set_bits + np.float32(np.bitwise_count(cylinder).sum() + 1)), np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class _BinaryCylinders:
    """The best cylinders of a finger: ``bits`` (n, WORDS), one for each cell of the disc that is over half full;
    ``poses`` (n, 3) position and direction of their owners."""

    bits: Words = field(repr=False)
    poses: NDArray[np.float32] = field(repr=False)


def _binarise_finger(finger: ReadyFinger) -> _BinaryCylinders:
    tables = [_binarise_impression(impression) for impression in finger]
    return _BinaryCylinders(
        np.concatenate([table.bits for table in tables]), np.concatenate([table.poses for table in tables])
    )


def _binarise_impression(impression: ReadyImpression) -> _BinaryCylinders:
    cylinders, minutiae = impression.cylinders, impression.cylinders.minutiae
    worth = minutiae.quality[cylinders.owner] * impression.weight[cylinders.owner]
    best = np.argsort(-worth, kind="stable")[: p.FIRST_STAGE_MINUTIAE]
    cells = cylinders.cells[best].reshape(-1, DISC.size, p.SECTIONS)[:, DISC] > FULL
    padded = np.zeros((len(cells), WORDS * 64), np.bool_)
    padded[:, : cells.shape[1] * p.SECTIONS] = cells.reshape(len(cells), cells.shape[1] * p.SECTIONS)
    owner = cylinders.owner[best]
    poses = np.concatenate([minutiae.position[owner], minutiae.direction[owner, None]], axis=1).astype(np.float32)
    return _BinaryCylinders(np.packbits(padded, axis=1).view(np.uint64), poses)


FULL = 0.5
WORDS = -(-int(DISC.sum()) * p.SECTIONS // 64)
