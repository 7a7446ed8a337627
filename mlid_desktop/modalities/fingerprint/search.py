"""Searches fingerprints 1:N: cylinders as packed bits select likely fingers, their geometry the likeliest, which are
compared in full."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.domain.observations import SearchHit
from mlid_desktop.domain.ports import SearchIndex
from mlid_desktop.domain.templates import Extractor, Reference, Template, require_same_extractor
from mlid_desktop.modalities.fingerprint import parameters as p
from mlid_desktop.modalities.fingerprint.batches.preparation import prepare_fingers
from mlid_desktop.modalities.fingerprint.batches.scores import compare_fingers
from mlid_desktop.modalities.fingerprint.compare import prepare_template
from mlid_desktop.modalities.fingerprint.nearest_cylinders import LOCAL, Matches, dissimilarity, nearest_cylinders
from mlid_desktop.modalities.fingerprint.pair_consistency import CylinderPairs, pair_consistency
from mlid_desktop.modalities.fingerprint.ready_impression import ReadyFinger
from mlid_desktop.modalities.fingerprint.search_table import (
    BinaryCylinders,
    CylinderTable,
    Words,
    binarise_finger,
    content_of,
    unpacked_poses,
)
from mlid_desktop.modalities.fingerprint.templates import decode_impressions


class FingerIndex:
    """The fingerprint references of a 1:N search. Of each, up to FIRST_STAGE_MINUTIAE cylinders of an impression stand
    as bits in one table (about 50 bytes a cylinder); each of a probe's cylinders is matched to the most similar in
    every finger (binary cylinders: Cappelli, Ferrara and Maltoni 2010, section 2.5). Only the payloads are kept beside:
    what is compared in full is made ready anew, unless it was lately."""

    def __init__(self, extractor: Extractor, references: Sequence[Reference]) -> None:
        for reference in references:
            require_same_extractor(extractor, reference.template)
        owners = [(reference.reference_id, reference.subject_id) for reference in references]
        payloads = [reference.template.payload for reference in references]
        table = CylinderTable.of([content_of(reference.template) for reference in references])
        self._hold(extractor, owners, payloads, table, OrderedDict())

    def _hold(
        self,
        extractor: Extractor,
        owners: list[tuple[str, str]],
        payloads: list[bytes],
        table: CylinderTable,
        ready: OrderedDict[str, ReadyFinger],
    ) -> None:
        self._extractor = extractor
        self._owners, self._payloads, self._table = owners, payloads, table
        self._ready = ready
        self._filled = np.nonzero(table.sizes)[0]
        self._starts = np.concatenate([[0], np.cumsum(table.sizes[self._filled])]).astype(np.intp)

    def joined(self, *others: SearchIndex) -> FingerIndex:
        """An index of these references and then those of the others; nothing of any is made ready again."""
        parts = [self, *(self._of_the_same(other) for other in others)]
        made = FingerIndex.__new__(FingerIndex)
        owners = [owner for part in parts for owner in part._owners]
        payloads = [payload for part in parts for payload in part._payloads]
        table = CylinderTable.joined(part._table for part in parts)
        made._hold(self._extractor, owners, payloads, table, self._ready)
        return made

    def without(self, subjects: Collection[str]) -> FingerIndex:
        """An index of these references but those of these people."""
        kept = np.array([subject_id not in subjects for _, subject_id in self._owners], np.bool_)
        made = FingerIndex.__new__(FingerIndex)
        owners = [owner for owner, stays in zip(self._owners, kept, strict=True) if stays]
        payloads = [payload for payload, stays in zip(self._payloads, kept, strict=True) if stays]
        self._ready.clear()
        made._hold(self._extractor, owners, payloads, self._table.selected(kept), self._ready)
        return made

    def __len__(self) -> int:
        return len(self._owners)

    @property
    def bytes_used(self) -> int:
        """Bytes of memory that the first stage's table takes, without the references themselves."""
        return self._table.nbytes + self._starts.nbytes + self._filled.nbytes

    def search(self, probe: Template, limit: int) -> tuple[SearchHit, ...]:
        """Searches the fingerprint references: the best ``limit`` of them, best first. Raises ModelError for a foreign
        or malformed probe."""
        return _search((self,), prepare_template(self._extractor, probe), limit)

    def search_beside(self, newer: SearchIndex, probe: Template, limit: int) -> tuple[SearchHit, ...]:
        """Searches these fingerprint references and those of a newer index, of which together no more are compared in
        full than of one. Raises ModelError for a foreign or malformed probe."""
        return _search((self, self._of_the_same(newer)), prepare_template(self._extractor, probe), limit)

    def shortlist(self, wanted: ReadyFinger, count: int) -> list[int]:
        """Indices of the ``count`` references that the quick stages rank highest, best first."""
        return [index for _, index in self._ranked(binarise_finger(wanted), count)]

    def _of_the_same(self, other: SearchIndex) -> FingerIndex:
        if not isinstance(other, FingerIndex) or other._extractor.key != self._extractor.key:
            raise TypeError("only indexes of one extractor can be joined or searched beside one another")
        return other

    def _ranked(self, probe: BinaryCylinders, count: int) -> list[tuple[float, int]]:
        """What the ``count`` best references are worth by the quick stages, and their indices, best first: all fingers
        by the probe's best cylinders, the likeliest of them by all of its cylinders and by how the nearest lie to one
        another."""
        if not len(probe.bits) or not len(self._filled):
            return []
        looked_at = self._best_matches(probe.bits[: p.FIRST_LOOK_CYLINDERS], np.arange(len(self._filled)))
        likely = _largest(_worth(looked_at), max(count, p.SECOND_STAGE_KEPT))
        others = self._best_matches(probe.bits[p.FIRST_LOOK_CYLINDERS :], likely)
        matches = np.concatenate([looked_at[:, likely], others])
        agreed = _worth(matches) + p.PAIRS_WEIGHT * pair_consistency(probe.floats, self._pairs(matches, likely))
        best = np.argsort(-agreed, kind="stable")[:count]
        return [(float(agreed[rank]), int(self._filled[likely[rank]])) for rank in best]

    def _best_matches(self, probe_bits: Words, fingers: NDArray[np.intp]) -> Matches:
        """The nearest cylinder of each of these fingers, (n, fingers), for each of a probe's n cylinders."""
        matches = np.empty((len(probe_bits), len(fingers)), np.int32)
        everybody = len(fingers) == len(self._filled)
        for low in range(0, len(fingers) if len(probe_bits) else 0, p.SEARCH_CHUNK):
            chosen = fingers[low : low + p.SEARCH_CHUNK]
            sizes = self._starts[chosen + 1] - self._starts[chosen]
            starts = np.cumsum(sizes) - sizes
            begin = self._starts[chosen[0]]
            rows: slice | NDArray[np.intp] = slice(begin, begin + sizes.sum())
            if not everybody:
                rows = np.repeat(self._starts[chosen] - starts, sizes) + np.arange(sizes.sum())
            part = self._table.words[:, rows], self._table.set_bits[rows]
            matches[:, low : low + len(chosen)] = nearest_cylinders(probe_bits, *part, starts)
        return matches

    def _pairs(self, matches: Matches, fingers: NDArray[np.intp]) -> CylinderPairs:
        """For each of these fingers (f,), its most similar cylinder to each of the probe's, of ``matches`` (n, f)."""
        rows = (self._starts[fingers] + (matches & LOCAL)).T
        return CylinderPairs(np.ascontiguousarray(dissimilarity(matches).T), unpacked_poses(self._table.poses[rows]))

    def _made_ready(self, indices: Sequence[int]) -> list[ReadyFinger]:
        """References made ready for full comparison, those together that are not kept; the READY_KEPT used last are."""
        names = [self._owners[index][0] for index in indices]
        found = [self._ready.pop(name, None) for name in names]
        missing = [self._payloads[index] for index, kept in zip(indices, found, strict=True) if kept is None]
        made = iter(prepare_fingers([decode_impressions(payload) for payload in missing]))
        fingers = [next(made) if kept is None else kept for kept in found]
        self._ready.update(zip(names, fingers, strict=True))
        while len(self._ready) > p.READY_KEPT:
            self._ready.popitem(last=False)
        return fingers


def _search(indexes: Sequence[FingerIndex], wanted: ReadyFinger, limit: int) -> tuple[SearchHit, ...]:
    """Searches indexes as if they were one: those that the quick stages rank highest in all of them are compared in
    full."""
    probe, count = binarise_finger(wanted), max(limit, p.FIRST_STAGE_KEPT)
    ranked = [
        (-worth, which, index) for which, part in enumerate(indexes) for worth, index in part._ranked(probe, count)
    ]
    likely = [(which, index) for _, which, index in sorted(ranked)[:count]]
    ready = [
        iter(part._made_ready([index for of_part, index in likely if of_part == which]))
        for which, part in enumerate(indexes)
    ]
    scores = compare_fingers([(wanted, next(ready[which])) for which, _ in likely])
    scored = [(-score, which, index) for score, (which, index) in zip(scores.tolist(), likely, strict=True)]
    best = sorted(scored)[:limit]
    return tuple(SearchHit(*indexes[which]._owners[index], -negative) for negative, which, index in best)


def _worth(matches: Matches) -> NDArray[np.float32]:
    """How like each finger is by the cylinders that found the nearest in it, from 0 for the same down."""
    strongest = min(p.FIRST_STAGE_BEST, len(matches))
    return np.asarray(-np.partition(dissimilarity(matches), strongest - 1, axis=0)[:strongest].mean(axis=0))


def _largest(worth: NDArray[np.float32], count: int) -> NDArray[np.intp]:
    """The places of the ``count`` largest numbers, in their order; of equal ones the first."""
    return np.sort(np.argsort(-worth, kind="stable")[:count])
