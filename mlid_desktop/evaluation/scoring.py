"""Comparison scores of many templates at once, equal to those that the pipeline gives one by one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.domain.ports import Pipeline
from mlid_desktop.domain.templates import Template
from mlid_desktop.evaluation.metrics import Scores, Trials
from mlid_desktop.evaluation.pairs import PairList
from mlid_desktop.modalities.backward_compatibility import BackwardCompatiblePipeline, scores_of_pairs
from mlid_desktop.modalities.face.embedding.compare import RowReading, row_scores

PAIRS_AT_ONCE = 100_000
PAIRS_IN_A_CALL = 2000  # of a pipeline that compares template by template
PROBED_PAIRS = 32
TOLERANCE = 1e-4  # float32 sums in another order

Vectors = NDArray[np.float32]
Indices = NDArray[np.intp]


def compare_pairs(
    templates: Sequence[Template | None],
    pairs: PairList,
    people: Sequence[int],
    pipeline: Pipeline,
    missing: float | None = None,
) -> tuple[Trials, Trials]:
    """Compares pairs of templates, and returns genuine and impostor trials; a pair with an image that gave no template
    scores ``missing``, or is left to the failure rates where that is None.

    ``people[i]`` is the person on image ``i``. Raises ModelError for templates the pipeline cannot compare.
    """
    usable = np.array([template is not None for template in templates], dtype=np.bool_)

    def score(first: Indices, second: Indices) -> Scores:
        both = usable[first] & usable[second]
        scores = np.full(len(first), np.nan if missing is None else missing)
        scores[both] = _scores(templates, first[both], second[both], pipeline)
        return scores

    counted = usable if missing is None else np.ones_like(usable)
    return _trials(counted, pairs, people, score)


def compare_vectors(vectors: Sequence[Scores | None], pairs: PairList, people: Sequence[int]) -> tuple[Trials, Trials]:
    """Genuine and impostor trials of the cosines of bare vectors, all of one length."""
    usable = np.array([vector is not None for vector in vectors], dtype=np.bool_)
    width = max((len(vector) for vector in vectors if vector is not None), default=1)
    matrix = np.zeros((len(vectors), width), np.float32)
    for row, vector in zip(matrix, vectors, strict=True):
        if vector is not None:
            row[:] = vector / np.linalg.norm(vector)
    return _trials(usable, pairs, people, lambda first, second: _in_parts(matrix, first, second, _products))


def _trials(
    usable: NDArray[np.bool_], pairs: PairList, people: Sequence[int], score: Callable[[Indices, Indices], Scores]
) -> tuple[Trials, Trials]:
    chosen = usable[pairs.first] & usable[pairs.second]
    first, second, same = pairs.first[chosen], pairs.second[chosen], pairs.same[chosen]
    person = np.array(people, dtype=np.intp)
    trials = Trials(score(first, second), person[first], person[second])
    return trials.where(same), trials.where(~same)


def _scores(templates: Sequence[Template | None], first: Indices, second: Indices, pipeline: Pipeline) -> Scores:
    if not len(first):
        return np.empty(0)
    engine = pipeline.today if isinstance(pipeline, BackwardCompatiblePipeline) else pipeline
    if not isinstance(engine, RowReading):
        return _one_by_one(templates, first, second, engine)
    known = [template for template in templates if template is not None]
    matrix = engine.rows(known)
    _require_same_scores(known, matrix, pipeline)
    row = np.cumsum([template is not None for template in templates]) - 1
    return _in_parts(matrix, row[first], row[second], row_scores)


def _one_by_one(templates: Sequence[Template | None], first: Indices, second: Indices, engine: Pipeline) -> Scores:
    """Scores of a pipeline that compares template by template; of pairs without a template, nothing."""
    scores = np.full(len(first), np.nan)
    for start in range(0, len(first), PAIRS_IN_A_CALL):
        part = range(start, min(start + PAIRS_IN_A_CALL, len(first)))
        pairs = {number: (templates[first[number]], templates[second[number]]) for number in part}
        known = {number: (a, b) for number, (a, b) in pairs.items() if a is not None and b is not None}
        scores[list(known)] = scores_of_pairs(engine, list(known.values()))
    return scores


def _in_parts(matrix: Vectors, first: Indices, second: Indices, score: Callable[[Vectors, Vectors], Vectors]) -> Scores:
    scores = np.empty(len(first), np.float64)
    for start in range(0, len(first), PAIRS_AT_ONCE):
        part = slice(start, start + PAIRS_AT_ONCE)
        scores[part] = score(matrix[first[part]], matrix[second[part]])
    return scores


def _products(first: Vectors, second: Vectors) -> Vectors:
    return np.asarray(np.einsum("ij,ij->i", first, second), np.float32)


def _require_same_scores(templates: Sequence[Template], matrix: Vectors, pipeline: Pipeline) -> None:
    """Raises ValueError where comparing rows of the array would not give the pipeline's own scores; checks the
    extractor too."""
    indices = np.linspace(0, len(templates) - 1, PROBED_PAIRS).astype(np.intp)
    for first_index, second_index in zip(indices, indices[::-1], strict=True):
        own = pipeline.similarity(templates[first_index], templates[second_index])
        if abs(own - float(row_scores(matrix[first_index][None], matrix[second_index][None])[0])) > TOLERANCE:
            raise ValueError("the pipeline no longer compares face templates row by row")
