"""Compares face templates: cosine of their vectors, lowered by the density of similar strangers around both; 1:1 and
1:N.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.domain.observations import SearchHit
from mlid_desktop.domain.templates import Extractor, Reference, Template, require_same_extractor
from mlid_desktop.modalities.face import parameters as p
from mlid_desktop.modalities.face.extract import decode


def compare_templates(extractor: Extractor, first: Template, second: Template) -> float:
    """Comparison score of two face templates. Raises ModelError for one of another extractor or malformed."""
    first_vector, second_vector = _checked_vector(extractor, first), _checked_vector(extractor, second)
    return float(row_scores(first_vector[None], second_vector[None])[0])


def row_scores(first: NDArray[np.float32], second: NDArray[np.float32]) -> NDArray[np.float32]:
    """Comparison scores (n,) of two equally long lists of template vectors (n, 257), row by row."""
    cosines = np.einsum("ij,ij->i", first[:, :-1], second[:, :-1])
    return np.asarray(cosines - first[:, -1] - second[:, -1], np.float32)


class FaceIndex:
    """The face references of a 1:N search as one (n, 257) float32 matrix: a search is one matrix product and a partial
    sort."""

    def __init__(self, extractor: Extractor, references: Sequence[Reference]) -> None:
        self._extractor = extractor
        self._owners = tuple((reference.reference_id, reference.subject_id) for reference in references)
        self._matrix = np.empty((len(references), p.EMBEDDING_SIZE + 1), np.float32)
        for row, reference in zip(self._matrix, references, strict=True):
            row[:] = _checked_vector(extractor, reference.template)
        self._matrix[:, -1] *= -1.0
        self._scores = np.empty(len(references), np.float32)

    def __len__(self) -> int:
        return len(self._owners)

    def search(self, probe: Template, limit: int) -> tuple[SearchHit, ...]:
        """Searches the face references: the best ``limit`` of them, best first. Raises ModelError for a probe of
        another extractor or malformed."""
        wanted = _checked_vector(self._extractor, probe)
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


def _checked_vector(extractor: Extractor, template: Template) -> NDArray[np.float32]:
    require_same_extractor(extractor, template)
    return decode(template.payload)
