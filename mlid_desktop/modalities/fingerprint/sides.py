"""Whether two impressions agree over all that they share, or on one side of a line alone.

Two touches of one finger agree wherever they overlap. Where one of them was joined of two fingers, one side of the
overlap agrees and the other does as two strangers do. So each minutia and each block of ridge flow in the overlap is
asked how much likelier what became of it is with one finger than with two, and the sum is taken over every side of
every line: the least of these is what counts. Bent skin moves minutiae as another finger does: the side that agrees
least is laid again by itself, and what it says then is what counts of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.modalities.fingerprint import parameters as p
from mlid_desktop.modalities.fingerprint.alignment import Alignment, align_part
from mlid_desktop.modalities.fingerprint.cylinders import Grid, Plane, outside
from mlid_desktop.modalities.fingerprint.orientation_grid import shared_flow
from mlid_desktop.modalities.fingerprint.ready_impression import ReadyImpression

NORMALS: NDArray[np.complex128] = np.exp(2j * np.pi * np.arange(p.SIDE_DIRECTIONS) / p.SIDE_DIRECTIONS)
ROUNDING = 1e-3  # pixels


@dataclass(frozen=True, slots=True, eq=False)
class _Elements:
    """Minutiae and blocks of ridge flow in an overlap: where each is, (n,), and its log-likelihood ratio (n,)."""

    plane: Plane = field(repr=False)
    ratio: Grid = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Side:
    """What lies no farther than ``cut`` along ``normal``, with the sum of its log-likelihood ratios."""

    normal: complex
    cut: float
    ratio: float

    def has(self, plane: Plane, beyond: float = ROUNDING) -> NDArray[np.bool_]:
        """Mask of the positions that lie on this side, up to ``beyond`` across its line."""
        return np.asarray((plane * np.conj(self.normal)).real <= self.cut + beyond)


def least_agreeing_side(first: ReadyImpression, second: ReadyImpression, similarity: Grid, laid: Alignment) -> float:
    """The log-likelihood ratio of one finger against two of the side of a line through the overlap that agrees least,
    at most 0. A side below SIDE_LEAST is laid again by itself first: where skin is bent it fits then."""
    elements = _elements(first, second, similarity, laid)
    side = _least_side(elements)
    if side is None or side.ratio >= p.SIDE_LEAST:
        return 0.0 if side is None else side.ratio
    still, moving = (side.has(plane, p.PART_BEYOND) for plane in (first.cylinders.plane, laid.moved))
    again = _elements(first, second, similarity, align_part(first.cylinders, second.cylinders, laid, still, moving))
    before, after = side.has(elements.plane), side.has(again.plane)
    if float(again.ratio[after].sum()) <= float(elements.ratio[before].sum()):
        return side.ratio
    mended = _least_side(
        _Elements(
            np.concatenate([elements.plane[~before], again.plane[after]]),
            np.concatenate([elements.ratio[~before], again.ratio[after]]),
        )
    )
    return 0.0 if mended is None else mended.ratio


def _elements(first: ReadyImpression, second: ReadyImpression, similarity: Grid, laid: Alignment) -> _Elements:
    positions, minutiae, blocks, flow = overlap_of(first, second, similarity, laid)
    ratio = np.concatenate([_log_ratio(minutiae, p.SIDE_MINUTIA), p.SIDE_FLOW_SHARE * _log_ratio(flow, p.SIDE_FLOW)])
    return _Elements(np.concatenate([positions, blocks]), ratio)


def _least_side(elements: _Elements) -> _Side | None:
    """The side of a line that agrees least; None where none speaks for two fingers."""
    least: _Side | None = None
    for normal in NORMALS:
        along = (elements.plane * np.conj(normal)).real
        order = np.argsort(along, kind="stable")
        sums = np.cumsum(elements.ratio[order])
        last = int(sums.argmin()) if len(sums) else 0
        if len(sums) and sums[last] < (0.0 if least is None else least.ratio):
            least = _Side(complex(normal), float(along[order[last]]), float(sums[last]))
    return least


def overlap_of(
    first: ReadyImpression, second: ReadyImpression, similarity: Grid, laid: Alignment
) -> tuple[Plane, Grid, Plane, Grid]:
    """What is in the overlap of two impressions: positions (n,) of the minutiae of both in the plane of ``first`` with
    what became of each (n, 12), and positions (m,) of the blocks of ridge flow with the same of each (m, 7), as
    ``SIDE_MINUTIA`` and ``SIDE_FLOW`` weigh it."""
    back = np.complex64(np.conj(laid.turn)) * (first.cylinders.plane - np.complex64(laid.shift))
    first_depth, second_depth = outside(second.cylinders.border, back), outside(first.cylinders.border, laid.moved)
    first_rank, second_rank = first.rank[laid.first], second.rank[laid.second]
    known = (first_rank >= 0) & (second_rank >= 0)
    likeness = np.where(known, similarity[np.maximum(first_rank, 0), np.maximum(second_rank, 0)], np.float32(np.nan))
    mine = _became(first, similarity.max(axis=1), first_depth, laid.first, laid.closeness, likeness)
    theirs = _became(second, similarity.max(axis=0), second_depth, laid.second, laid.closeness, likeness)
    here, there = first_depth <= p.COMMON_MARGIN, second_depth <= p.COMMON_MARGIN
    positions = np.concatenate([first.cylinders.plane[here], laid.moved[there]])
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
