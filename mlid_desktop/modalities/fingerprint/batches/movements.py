"""The movements that the nearest cylinders of two impressions propose, of many pairs of impressions at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.modalities.fingerprint import parameters as p
from mlid_desktop.modalities.fingerprint.alignment import HALVES, LEAST_WEIGHT, support_of
from mlid_desktop.modalities.fingerprint.batches.stack import NOWHERE, Indices, Pair, Stack, at, parts_in_cache
from mlid_desktop.modalities.fingerprint.cylinders import (
    Grid,
    Plane,
    similarity_of,
)


def stacked_similarities(pairs: Sequence[Pair]) -> Grid:
    """Similarity (b, k, l) of the cylinders of each pair of impressions, as ``local_similarities`` has it; 0 beyond
    them."""
    height, width = (max(len(pair[side].cylinders) for pair in pairs) for side in (0, 1))
    similarity = np.empty((len(pairs), height, width), np.float32)
    for part in parts_in_cache(len(pairs), 4 * height * width):
        products = np.zeros((4, *similarity[part].shape), np.float32)
        for number, (left, right) in enumerate(pairs[part]):
            first, second = left.cylinders, right.cylinders
            product, first_square, second_square, shared = products[:, number, : len(first), : len(second)]
            np.matmul(first.cells, second.cells.T, out=product)
            np.matmul(first.energy, second.valid.T, out=first_square)
            np.matmul(first.valid, second.energy.T, out=second_square)
            np.matmul(first.valid, second.valid.T, out=shared)
        similarity[part] = similarity_of(*products)
    return similarity


def stacked_movements(first: Stack, second: Stack, similarity: Grid) -> tuple[Plane, Plane, Plane]:
    """For each pair of impressions the movements (b, MOVEMENTS) that its best supported cylinder pairs propose: the
    rotation as a unit number, with the centres that it maps to one another."""
    rows, columns, real = _candidates(first, second, similarity)
    count, kept = rows.shape
    likeness = _cells_at(similarity, rows, columns)
    likeness *= real
    mine, theirs = at(first.owner, rows), at(second.owner, columns)
    pairs = np.ones((count, kept, 5), np.complex64)
    pairs[:, :, 0], pairs[:, :, 1] = at(first.plane, mine), at(second.plane, theirs)
    np.multiply(np.conj(pairs[:, :, 1]), pairs[:, :, 0], out=pairs[:, :, 2])
    np.multiply(at(first.aim, mine), np.conj(at(second.aim, theirs)), out=pairs[:, :, 3])
    support = np.empty((count, kept, kept), np.float32)
    for part in parts_in_cache(count, 6 * kept * kept):
        support[part] = support_of(pairs[part, :, 0], pairs[part, :, 1], pairs[part, :, 3])
    backing = np.matmul(support, np.square(likeness)[:, :, None])[:, :, 0] * likeness
    backing -= ~real
    anchors = np.argsort(-backing, axis=1)[:, : p.MOVEMENTS]
    support.reshape(count, -1)[:, :: kept + 1] = 1.0
    weight = support[np.arange(count)[:, None], anchors]
    weight *= ((likeness + LEAST_WEIGHT) * real)[:, None, :]
    sums = weight @ pairs.view(np.float32)
    sums /= np.maximum(sums[:, :, 8:9], LEAST_SUM)
    target, origin, turn, turned, _ = np.moveaxis(sums.view(np.complex64), 2, 0)
    turn = turn - np.conj(origin) * target + np.float32(p.DIRECTION_ARM**2) * turned
    return turn / np.maximum(np.abs(turn), LEAST_WEIGHT), origin, target


def _candidates(first: Stack, second: Stack, similarity: Grid) -> tuple[Indices, Indices, NDArray[np.bool_]]:
    """Rows and columns (b, c) of the cylinder pairs whose similarity stands out most, and which of them are real."""
    count, height, width = similarity.shape
    usual = HALVES[:height] @ similarity / first.count[:, None].astype(np.float32)
    usual += second.without
    standing_out = similarity - usual[:, None, :]
    usual = similarity @ HALVES[:width] / second.count[:, None].astype(np.float32)
    usual += first.without
    standing_out -= usual[:, :, None]
    worth = np.asarray(standing_out.reshape(count, -1), np.float32)
    best = largest_of(worth, min(p.CANDIDATE_PAIRS, height * width))
    rows, columns = np.divmod(best, width)
    return rows, columns, at(worth, best) > NOWHERE * np.float32(-0.5)


def largest_of(values: Grid, count: int) -> Indices:
    """The places (b, count) of the largest numbers of each row (b, s), in no order. No fewer are as large as the least
    of the largest of so many groups of a row: only these are looked at."""
    size = values.shape[1]
    high = max(count, size // GROUP)
    each = size // high
    groups = np.maximum.reduce(values[:, : each * high].reshape(-1, each, high), axis=1)
    least = np.partition(groups, high - count, axis=1)[:, high - count]
    large = np.flatnonzero(values >= least[:, None])
    row = large // size
    found = np.bincount(row, minlength=len(values))
    real = np.arange(found.max()) < found[:, None]
    spots = np.zeros(real.shape, np.intp)
    spots[real] = large - row * size
    likely = np.where(real, at(values, spots), np.float32(-np.inf))
    beside = likely.shape[1] - count
    return at(spots, np.argpartition(likely, beside, axis=1)[:, beside:])


def _cells_at(values: Grid, rows: Indices, columns: Indices) -> Grid:
    """Of each table (b, k, l) the values at its rows and columns (b, c)."""
    return np.asarray(at(values.reshape(len(values), -1), rows * values.shape[2] + columns), np.float32)


LEAST_SUM = np.float32(1e-12)
GROUP = 8  # numbers of a row of which only the largest is asked at first
