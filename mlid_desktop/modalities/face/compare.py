"""Comparing templates by the inner product of their vectors, one by one or against a gallery at once.

The score is a cosine, stretched a little where strangers score alike and shrunk where they do not: -1.5..1.5 at most.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.domain.observations import SearchHit
from mlid_desktop.domain.templates import Extractor, Reference, Template, require_same_extractor
from mlid_desktop.modalities.face import parameters as p
from mlid_desktop.modalities.face.extract import decode


def similarity(extractor: Extractor, first: Template, second: Template) -> float:
    """Score of two templates. Raises ModelError for one of another extractor or malformed."""
    return float(_vector(extractor, first) @ _vector(extractor, second))


class FaceIndex:
    """References as one (n, 256) float32 matrix: a search is one matrix product and a partial sort."""

    def __init__(self, extractor: Extractor, references: Sequence[Reference]) -> None:
        self._extractor = extractor
        self._owners = tuple((reference.reference_id, reference.subject_id) for reference in references)
        self._matrix = np.empty((len(references), p.EMBEDDING_SIZE), np.float32)
        for row, reference in zip(self._matrix, references, strict=True):
            row[:] = _vector(extractor, reference.template)
        self._scores = np.empty(len(references), np.float32)

    def __len__(self) -> int:
        return len(self._owners)

    def search(self, probe: Template, limit: int) -> tuple[SearchHit, ...]:
        """The best ``limit`` references, best first. Raises ModelError for a probe of another extractor or
        malformed."""
        np.matmul(self._matrix, _vector(self._extractor, probe), out=self._scores)
        best = best_first(self._scores, limit)
        return tuple(SearchHit(self._owners[row][0], self._owners[row][1], float(self._scores[row])) for row in best)


def best_first(scores: NDArray[np.float32], limit: int) -> NDArray[np.intp]:
    """Rows of the ``limit`` greatest scores, greatest first, equal ones in their order."""
    if limit <= 0 or not len(scores):
        return np.empty(0, np.intp)
    if limit >= len(scores):
        return np.argsort(-scores, kind="stable")
    least = np.partition(scores, len(scores) - limit)[len(scores) - limit]
    chosen = np.flatnonzero(scores >= least)
    return chosen[np.argsort(-scores[chosen], kind="stable")][:limit]


def _vector(extractor: Extractor, template: Template) -> NDArray[np.float32]:
    require_same_extractor(extractor, template)
    return decode(template.payload)
