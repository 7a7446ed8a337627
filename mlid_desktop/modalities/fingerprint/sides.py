"""Whether two impressions agree over all that they share, or on one side of a line alone.

Two touches of one finger agree wherever they overlap. Where one of them was joined of two fingers, one side of the
overlap agrees and the other does as two strangers do. So each minutia and each block of ridge flow in the overlap is
asked how much likelier what became of it is with one finger than with two, and the sum is taken over every side of
every line: the least of these is what counts.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.modalities.fingerprint import parameters as p
from mlid_desktop.modalities.fingerprint.alignment import Alignment
from mlid_desktop.modalities.fingerprint.cylinders import Grid, Plane, in_plane, outside
from mlid_desktop.modalities.fingerprint.orientation_grid import shared_flow
from mlid_desktop.modalities.fingerprint.ready_impression import ReadyImpression

NORMALS: NDArray[np.complex128] = np.exp(2j * np.pi * np.arange(p.SIDE_DIRECTIONS) / p.SIDE_DIRECTIONS)


def least_agreeing_side(first: ReadyImpression, second: ReadyImpression, similarity: Grid, laid: Alignment) -> float:
    """The log-likelihood ratio of one finger against two of the side of a line through the overlap that agrees least,
    at most 0."""
    positions, minutiae, blocks, flow = overlap_of(first, second, similarity, laid)
    ratio = np.concatenate([_log_ratio(minutiae, p.SIDE_MINUTIA), p.SIDE_FLOW_SHARE * _log_ratio(flow, p.SIDE_FLOW)])
    plane = np.concatenate([positions, blocks])
    least = 0.0
    for normal in NORMALS:
        along = np.argsort((plane * np.conj(normal)).real, kind="stable")
        least = min(least, float(np.cumsum(ratio[along]).min(initial=0.0)))
    return least


def overlap_of(
    first: ReadyImpression, second: ReadyImpression, similarity: Grid, laid: Alignment
) -> tuple[Plane, Grid, Plane, Grid]:
    """What is in the overlap of two impressions: positions (n,) of the minutiae of both in the plane of ``first`` with
    what became of each (n, 12), and positions (m,) of the blocks of ridge flow with the same of each (m, 7), as
    ``SIDE_MINUTIA`` and ``SIDE_FLOW`` weigh it."""
    back = np.complex64(np.conj(laid.turn)) * (in_plane(first.cylinders.minutiae.position) - np.complex64(laid.shift))
    first_depth, second_depth = outside(second.cylinders.border, back), outside(first.cylinders.border, laid.moved)
    first_rank, second_rank = first.rank[laid.first], second.rank[laid.second]
    known = (first_rank >= 0) & (second_rank >= 0)
    likeness = np.where(known, similarity[np.maximum(first_rank, 0), np.maximum(second_rank, 0)], np.float32(np.nan))
    mine = _became(first, similarity.max(axis=1), first_depth, laid.first, laid.closeness, likeness)
    theirs = _became(second, similarity.max(axis=0), second_depth, laid.second, laid.closeness, likeness)
    here, there = first_depth <= p.COMMON_MARGIN, second_depth <= p.COMMON_MARGIN
    positions = np.concatenate([in_plane(first.cylinders.minutiae.position)[here], laid.moved[there]])
    blocks, cosine, weight = shared_flow(first.flow, second.flow, laid.turn, laid.shift)
    flow = np.stack(
        [np.ones_like(cosine), cosine, cosine**2, cosine**3, weight, weight * cosine, weight * cosine**2], axis=1
    )
    return positions, np.concatenate([mine[here], theirs[there]]), blocks, flow


def _became(
    of: ReadyImpression,
    best: Grid,
    depth: Grid,
    paired: NDArray[np.intp],
    closeness: Grid,
    likeness: Grid,
) -> Grid:
    count = len(of.weight)
    near, alike = np.zeros(count, np.float32), np.full(count, np.nan, np.float32)
    near[paired], alike[paired] = closeness, likeness
    met = (near > 0).astype(np.float32)
    alone = 1.0 - met
    found = np.where(of.rank >= 0, best[np.maximum(of.rank, 0)], p.SIDE_UNKNOWN) - p.SIDE_MIDDLE
    like = np.nan_to_num(alike, nan=p.SIDE_UNKNOWN) - p.SIDE_MIDDLE
    quality, within = of.cylinders.minutiae.quality, np.clip(-depth, 0.0, p.SIDE_DEEP) / p.SIDE_DEEP
    return np.stack(
        [np.ones(count), met, near, near**2, met * like, met * like**2, met * quality, alone * found, alone * of.weight,
         alone * of.weight * quality, alone * within, met * np.isnan(alike)],
        axis=1,
    ).astype(np.float32)  # fmt: skip  # two rows


def _log_ratio(values: Grid, weights: tuple[float, ...]) -> Grid:
    return np.asarray(np.clip(values @ np.array(weights), -p.SIDE_MOST, p.SIDE_MOST), np.float32)
