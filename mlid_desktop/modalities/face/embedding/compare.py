"""Compares face templates: the product of their vectors, lowered by the density of similar strangers around both; 1:1
and 1:N.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.domain.observations import SearchHit
from mlid_desktop.domain.ports import SearchIndex
from mlid_desktop.domain.templates import Reference, Template
from mlid_desktop.modalities.face.embedding.forms import TemplateForm


@runtime_checkable
class RowReading(Protocol):
    """A pipeline whose templates can be read into rows that compare by :func:`row_scores`, many at once."""

    def rows(self, templates: Sequence[Template]) -> NDArray[np.float32]:
        """Templates as rows (n, width). Raises ModelError for one of another extractor or malformed."""
        ...


def compare_templates(form: TemplateForm, first: Template, second: Template) -> float:
    """Comparison score of two face templates. Raises ModelError for one of another extractor or malformed."""
    rows = form.rows([first, second])
    return float(row_scores(rows[:1], rows[1:])[0])


def row_scores(first: NDArray[np.float32], second: NDArray[np.float32]) -> NDArray[np.float32]:
    """Comparison scores (n,) of two equally long lists of read templates (n, width), row by row."""
    cosines = np.einsum("ij,ij->i", first[:, :-1], second[:, :-1])
    return np.asarray(cosines - first[:, -1] - second[:, -1], np.float32)


class FaceIndex:
    """The face references of a 1:N search as one (n, width) float32 matrix: a search is one matrix product and a
    partial sort."""

    def __init__(self, form: TemplateForm, references: Sequence[Reference]) -> None:
        self._form = form
        self._owners = tuple((reference.reference_id, reference.subject_id) for reference in references)
        self._matrix = form.rows([reference.template for reference in references])
        self._matrix[:, -1] *= -1.0
        self._scores = np.empty(len(references), np.float32)

    def __len__(self) -> int:
        return len(self._owners)

    def joined(self, other: SearchIndex) -> FaceIndex:
        """An index of these references and then those of another one, whose templates are not read again."""
        if not isinstance(other, FaceIndex) or other._form.extractor.key != self._form.extractor.key:
            raise TypeError("only indexes of one extractor can be joined")
        made = FaceIndex(self._form, ())
        made._owners = (*self._owners, *other._owners)
        made._matrix = np.concatenate([self._matrix, other._matrix])
        made._scores = np.empty(len(made._owners), np.float32)
        return made

    def search(self, probe: Template, limit: int) -> tuple[SearchHit, ...]:
        """Searches the face references: the best ``limit`` of them, best first. Raises ModelError for a probe of
        another extractor or malformed."""
        wanted = self._form.rows([probe])[0]
        crowding, wanted[-1] = float(wanted[-1]), 1.0
        np.matmul(self._matrix, wanted, out=self._scores)
        best = rank_best(self._scores, limit)
        return tuple(
            SearchHit(self._owners[row][0], self._owners[row][1], float(self._scores[row]) - crowding) for row in best
        )


def rank_best(scores: NDArray[np.float32], limit: int) -> NDArray[np.intp]:
    """Row numbers of the ``limit`` greatest scores, greatest first; equal scores keep their order."""
    if limit <= 0 or not len(scores):
        return np.empty(0, np.intp)
    if limit >= len(scores):
        return np.argsort(-scores, kind="stable")
    least = np.partition(scores, len(scores) - limit)[len(scores) - limit]
    chosen = np.flatnonzero(scores >= least)
    return chosen[np.argsort(-scores[chosen], kind="stable")][:limit]
