"""Compares many pairs of fingers at once, with the scores that ``compare`` gives one at a time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.modalities.fingerprint import parameters as p
from mlid_desktop.modalities.fingerprint.alignment import Alignment
from mlid_desktop.modalities.fingerprint.batches.movements import stacked_similarities
from mlid_desktop.modalities.fingerprint.batches.overlaps import against_one_finger, evidence_of, overlaps_of
from mlid_desktop.modalities.fingerprint.batches.stack import Pair, stack_of
from mlid_desktop.modalities.fingerprint.batches.stacked_alignment import StackedAlignment, stacked_alignment
from mlid_desktop.modalities.fingerprint.cylinders import from_coordinates
from mlid_desktop.modalities.fingerprint.ready_impression import ReadyFinger, ReadyImpression
from mlid_desktop.modalities.fingerprint.sides import least_agreeing_side

Floats = NDArray[np.float64]
BESIDE = 1.0  # beyond what rounding changes in what speaks for two fingers, a block of ridges or two on other ground
BLOCK = 32  # pairs at a time, so that what is between two steps stays in the processor's cache


def compare_fingers(pairs: Sequence[tuple[ReadyFinger, ReadyFinger]]) -> Floats:
    """Comparison scores (b,), 0..1, of pairs of fingers, each the best of any two of their impressions, as
    ``compare_cylinders`` gives it, but for what rounding makes of sums in another order."""
    impressions = [(left, right) for first, second in pairs for left in first for right in second]
    counts = np.array([len(first) * len(second) for first, second in pairs], np.intp)
    scores = compare_pairs(impressions)
    return np.maximum.reduceat(scores, np.cumsum(counts) - counts) if len(pairs) else scores


def compare_pairs(pairs: Sequence[Pair]) -> Floats:
    """Comparison scores (b,) of pairs of finger impressions, each as ``compare_impressions`` gives it, but for what
    rounding makes of sums in another order."""
    ordered = [pair if pair[0].order <= pair[1].order else (pair[1], pair[0]) for pair in pairs]
    scores = np.zeros(len(pairs), np.float64)
    for block in _blocks(ordered):
        scores[block] = _scores([ordered[number] for number in block])
    return scores


def _blocks(pairs: Sequence[Pair]) -> list[list[int]]:
    """The numbers of the pairs that can be compared, in blocks of pairs of like sizes, so that little is padding: by
    the size of the one in broad bands, by that of the other within a band."""
    sizes = np.array([[len(left.cylinders), len(right.cylinders)] for left, right in pairs], np.intp).reshape(-1, 2)
    able = np.flatnonzero(sizes.min(axis=1) >= p.MIN_CYLINDERS)
    able = able[np.argsort(sizes[able, 0], kind="stable")]
    band = BLOCK * max(1, round((len(able) / BLOCK) ** 0.5))
    order = np.lexsort((sizes[able, 1], np.arange(len(able)) // band))
    return [able[order[low : low + BLOCK]].tolist() for low in range(0, len(able), BLOCK)]


def _scores(pairs: Sequence[Pair]) -> Floats:
    first, second = stack_of([left for left, _ in pairs]), stack_of([right for _, right in pairs])
    similarity = stacked_similarities(pairs)
    laid = stacked_alignment(first, second, similarity)
    shared = overlaps_of(first, second, similarity, laid)
    evidence = evidence_of(first, second, laid, shared)
    scores = evidence / (evidence + p.SCORE_MIDDLE)
    high = np.flatnonzero(scores > p.SIDE_SCORE)
    if not len(high):
        return scores
    against = against_one_finger(first, second, similarity, laid, shared)
    for number in high[against[high] <= p.SIDE_LEAST + BESIDE]:
        left, right = pairs[number]
        alike = similarity[number, : len(left.cylinders), : len(right.cylinders)]
        if least_agreeing_side(left, right, alike, _alignment(left, right, laid, number)) < p.SIDE_LEAST:
            scores[number] = p.SIDE_SCORE
    return scores


def _alignment(first: ReadyImpression, second: ReadyImpression, laid: StackedAlignment, number: int) -> Alignment:
    """How one of the pairs lies."""
    found = np.flatnonzero(laid.closeness[number])
    moved = from_coordinates(laid.moved[number, :, : len(second.weight)])
    moved += first.cylinders.middle
    return Alignment(
        complex(laid.turn[number]),
        complex(laid.shift[number]),
        moved,
        found,
        laid.second[number, found],
        laid.closeness[number, found],
    )
