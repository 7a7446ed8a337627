"""Searches faces 1:N: exactly among up to EXACT_UP_TO references; among more, the signs of what is compared choose a
few thousand, which are compared exactly."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.domain.observations import SearchHit
from mlid_desktop.domain.ports import SearchIndex
from mlid_desktop.domain.templates import Reference, Template
from mlid_desktop.modalities.face import parameters as p
from mlid_desktop.modalities.face.embedding.forms import Rows, TemplateForm
from mlid_desktop.modalities.face.embedding.held_arrays import held_join, held_rows
from mlid_desktop.modalities.face.embedding.sign_bits import SignBits

GATHERED = 256  # rows gathered at a time


class FaceIndex:
    """The face references of a 1:N search as one (n, width) float32 matrix: an exact search is one matrix product and a
    partial sort; beside a large matrix stand the signs of its numbers, a bit each."""

    def __init__(self, form: TemplateForm, references: Sequence[Reference]) -> None:
        owners = [(reference.reference_id, reference.subject_id) for reference in references]
        read = form.rows([reference.template for reference in references])
        read[:, -1] *= -1.0
        matrix = held_join([read])
        read.fill(0.0)
        self._hold(form, owners, matrix)

    def _hold(
        self, form: TemplateForm, owners: list[tuple[str, str]], matrix: Rows, signs: SignBits | None = None
    ) -> None:
        self._form, self._owners, self._matrix = form, owners, matrix
        large = len(owners) > p.EXACT_UP_TO
        self._signs = (signs or SignBits.of(matrix)) if large else None

    def joined(self, *others: SearchIndex) -> FaceIndex:
        """An index of these references and then those of the others, whose templates are not read again."""
        parts = [self]
        for other in others:
            if not isinstance(other, FaceIndex) or other._form.extractor.key != self._form.extractor.key:
                raise TypeError("only indexes of one extractor can be joined")
            parts.append(other)
        made = FaceIndex.__new__(FaceIndex)
        matrix = held_join([part._matrix for part in parts])
        signs = None if self._signs is None else self._signs.extended(matrix[len(self) :])
        made._hold(self._form, [owner for part in parts for owner in part._owners], matrix, signs)
        return made

    def search_beside(self, newer: SearchIndex, probe: Template, limit: int) -> tuple[SearchHit, ...]:
        """Searches these face references and those of a newer index. Raises ModelError for a probe of another extractor
        or malformed."""
        hits = (*self.search(probe, limit), *newer.search(probe, limit))
        return tuple(sorted(hits, key=lambda hit: -hit.score)[:limit])

    def without(self, subjects: Collection[str]) -> FaceIndex:
        """An index of these references but those of these people."""
        kept = np.array([subject_id not in subjects for _, subject_id in self._owners], np.bool_)
        owners = [owner for owner, stays in zip(self._owners, kept, strict=True) if stays]
        made = FaceIndex.__new__(FaceIndex)
        signs = None if self._signs is None else self._signs.selected(kept)
        made._hold(self._form, owners, held_rows(self._matrix, kept), signs)
        return made

    def __len__(self) -> int:
        return len(self._owners)

    def search(self, probe: Template, limit: int) -> tuple[SearchHit, ...]:
        """Searches the face references: the best ``limit`` of them, best first. Raises ModelError for a probe of
        another extractor or malformed."""
        wanted = self._form.rows([probe])[0]
        crowding, wanted[-1] = float(wanted[-1]), 1.0
        exactly = partial(self._products, wanted)
        rows = None if self._signs is None else self._signs.likely(wanted, limit, exactly)
        scores = self._matrix @ wanted if rows is None else exactly(rows)
        best = rank_best(scores, limit)
        found = best if rows is None else rows[best]
        return tuple(
            SearchHit(self._owners[row][0], self._owners[row][1], float(score) - crowding)
            for row, score in zip(found, scores[best], strict=True)
        )

    def _products(self, wanted: Rows, rows: NDArray[np.intp]) -> NDArray[np.float32]:
        """The products of these rows, gathered in parts that the cache holds."""
        scores, gathered = np.empty(len(rows), np.float32), np.empty((GATHERED, self._matrix.shape[1]), np.float32)
        for low in range(0, len(rows), GATHERED):
            part = gathered[: min(GATHERED, len(rows) - low)]
            self._matrix.take(rows[low : low + GATHERED], axis=0, out=part, mode="clip")  # "raise" copies once more
            np.matmul(part, wanted, out=scores[low : low + GATHERED])
        return scores


def rank_best(scores: NDArray[np.float32], limit: int) -> NDArray[np.intp]:
    """Row numbers of the ``limit`` greatest scores, greatest first; equal scores keep their order."""
    if limit <= 0 or not len(scores):
        return np.empty(0, np.intp)
    if limit >= len(scores):
        return np.argsort(-scores, kind="stable")
    least = np.partition(scores, len(scores) - limit)[len(scores) - limit]
    chosen = np.flatnonzero(scores >= least)
    return chosen[np.argsort(-scores[chosen], kind="stable")][:limit]
