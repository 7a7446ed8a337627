"""Comparing two fingers: the most alike cylinders, made consistent with one another, averaged."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.domain.observations import SearchHit
from mlid_desktop.domain.templates import Extractor, Reference, Template, require_same_extractor
from mlid_desktop.modalities.fingerprint import parameters as p
from mlid_desktop.modalities.fingerprint.cylinders import Cylinders, Grid, local_similarities, make_cylinders, wrapped
from mlid_desktop.modalities.fingerprint.templates import decode

Pairs = NDArray[np.intp]


@lru_cache(maxsize=512)
def _cylinders_of(payload: bytes) -> Cylinders:
    return make_cylinders(decode(payload))


def cylinders_of(extractor: Extractor, template: Template) -> Cylinders:
    """The cylinders of a template; the newest are kept. Raises ModelError for another extractor or malformed bytes."""
    require_same_extractor(extractor, template)
    return _cylinders_of(template.payload)


def compare_cylinders(first: Cylinders, second: Cylinders) -> float:
    """0..1. Local similarity sort with relaxation (Cappelli, Ferrara and Maltoni 2010, section 3.2)."""
    if min(len(first), len(second)) < p.MIN_PAIRS:
        return 0.0
    return _relaxed_score(first, second, local_similarities(first, second))


def _relaxed_score(first: Cylinders, second: Cylinders, similarity: Grid) -> float:
    wanted = _pair_count(len(first), len(second))
    rows, columns = _best_pairs(similarity, min(2 * wanted + len(first) // 2, similarity.size))
    start = similarity[rows, columns].astype(np.float64)
    support = _support(first, second, rows, columns)
    relaxed = start.copy()
    for _ in range(p.RELAX_ROUNDS):
        others = (support * relaxed[None, :]).sum(axis=1) / max(1, len(rows) - 1)
        relaxed = p.RELAX_WEIGHT * relaxed + (1 - p.RELAX_WEIGHT) * others
    efficiency = relaxed / np.maximum(start, 1e-9)
    chosen = np.argsort(-efficiency)[:wanted]
    return float(relaxed[chosen].mean())


def _support(first: Cylinders, second: Cylinders, rows: Pairs, columns: Pairs) -> Grid:
    """How well each two pairs agree in distance, in relative direction and in the direction of one to the other."""
    a, b = first.minutiae, second.minutiae
    gap_a = a.place[rows][:, None] - a.place[rows][None]
    gap_b = b.place[columns][:, None] - b.place[columns][None]
    distance = np.abs(np.hypot(gap_a[..., 0], gap_a[..., 1]) - np.hypot(gap_b[..., 0], gap_b[..., 1]))
    turn_a = wrapped(a.direction[rows][:, None] - a.direction[rows][None])
    turn_b = wrapped(b.direction[columns][:, None] - b.direction[columns][None])
    radial_a = wrapped(a.direction[rows][:, None] - np.arctan2(-gap_a[..., 1], gap_a[..., 0]))
    radial_b = wrapped(b.direction[columns][:, None] - np.arctan2(-gap_b[..., 1], gap_b[..., 0]))
    agreement = (
        _sigmoid(distance, p.RELAX_PLACE)
        * _sigmoid(np.abs(wrapped(turn_a - turn_b)), p.RELAX_DIRECTION)
        * _sigmoid(np.abs(wrapped(radial_a - radial_b)), p.RELAX_RADIAL)
    )
    distinct = (rows[:, None] != rows[None, :]) & (columns[:, None] != columns[None, :])
    return np.asarray(agreement * distinct, np.float32)


def _best_pairs(similarity: Grid, count: int) -> tuple[Pairs, Pairs]:
    flat = similarity.ravel()
    best = np.argpartition(-flat, count - 1)[:count]
    rows, columns = np.unravel_index(best, similarity.shape)
    return rows, columns


def _pair_count(first: int, second: int) -> int:
    """How many pairs speak: more for prints with more minutiae (same paper, equation 19)."""
    share = 1.0 / (1.0 + np.exp(-p.PAIRS_STEEPNESS * (min(first, second) - p.PAIRS_MIDDLE)))
    return int(np.clip(p.MIN_PAIRS + round(float(share) * (p.MAX_PAIRS - p.MIN_PAIRS)), 1, min(first, second)))


def _sigmoid(value: Grid, shape: tuple[float, float]) -> Grid:
    middle, steepness = shape
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(steepness * (value - middle), -60, 60))), np.float32)


class FingerIndex:
    """References of many fingers. Every cylinder stands in one matrix: a first stage asks how alike the probe's best
    cylinders find their best in each finger; the best fingers are compared in full."""

    def __init__(self, extractor: Extractor, references: Sequence[Reference]) -> None:
        self._extractor = extractor
        self._references = tuple(references)
        self._cylinders = tuple(make_cylinders(decode(_checked(extractor, one).payload)) for one in references)
        sizes = [min(len(one), p.FIRST_STAGE_MINUTIAE) for one in self._cylinders]
        self._starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.intp)
        parts = [_unit(one.cells[:size]) for one, size in zip(self._cylinders, sizes, strict=True)]
        self._matrix = np.concatenate(parts) if parts else np.zeros((0, 1), np.float32)

    def __len__(self) -> int:
        return len(self._references)

    def search(self, probe: Template, limit: int) -> tuple[SearchHit, ...]:
        """The best ``limit`` references, best first. Raises ModelError for a foreign or malformed probe."""
        wanted = cylinders_of(self._extractor, probe)
        if not len(self) or not len(wanted):
            return ()
        ranked = self._first_stage(wanted)[: max(limit, p.FIRST_STAGE_KEPT)]
        scored = [(compare_cylinders(wanted, self._cylinders[place]), place) for place in ranked]
        best = sorted(scored, key=lambda one: -one[0])[:limit]
        return tuple(
            SearchHit(self._references[place].reference_id, self._references[place].subject_id, score)
            for score, place in best
        )

    def _first_stage(self, wanted: Cylinders) -> list[int]:
        likeness = self._matrix @ _unit(wanted.cells[: p.FIRST_STAGE_MINUTIAE]).T
        filled = np.nonzero(np.diff(self._starts))[0]
        best_in = np.maximum.reduceat(likeness, self._starts[filled], axis=0)
        strongest = np.sort(best_in, axis=1)[:, -p.MIN_PAIRS * 2 :]
        order = np.argsort(-strongest.mean(axis=1))
        return [int(filled[place]) for place in order]


def _checked(extractor: Extractor, reference: Reference) -> Template:
    require_same_extractor(extractor, reference.template)
    return reference.template


def _unit(cells: Grid) -> Grid:
    return np.asarray(cells / np.maximum(np.linalg.norm(cells, axis=1, keepdims=True), 1e-9), np.float32)
