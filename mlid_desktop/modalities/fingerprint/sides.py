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
SUMMED = 0.01  # beyond what rounding changes in a sum


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
    at most 0. A side below SIDE_LEAST is laid again by itself first: where skin is bent it fits then. No side is below
    all that speaks for two fingers anywhere: where that is above SIDE_LEAST none is looked for, and 0 stands for it."""
    elements = _elements(first, second, similarity, laid)
    if float(np.minimum(elements.ratio, 0.0).sum()) > p.SIDE_LEAST + SUMMED:
        return 0.0
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
    if not len(elements.plane):
        return None
    along = (elements.plane * np.conj(NORMALS)[:, None]).real
    order = np.argsort(along, axis=1, kind="stable")
    sums = np.cumsum(elements.ratio[order], axis=1)
    number, last = divmod(int(sums.argmin()), sums.shape[1])
    if sums[number, last] >= 0.0:
        return None
    return _Side(complex(NORMALS[number]), float(along[number, order[number, last]]), float(sums[number, last]))


def overlap_of(
    first: ReadyImpression, second: ReadyImpression, similarity: Grid, laid: Alignment
) -> tuple[Plane, Grid, Plane, Grid]:
    """What is in the overlap of two impressions: positions (n,) of the minutiae of both in the plane of ``first`` with
    what became of each (n, 12), and positions (m,) of the blocks of ridge flow with the same of each (m, 7), as
    ``SIDE_MINUTIA`` and ``SIDE_FLOW`` weigh it."""
    back = np.complex64(np.conj(laid.turn)) * (first.cylinders.plane - np.complex64(laid.shift))
    depth = np.concatenate([outside(second.cylinders.border, back), outside(first.cylinders.border, laid.moved)])
    shared = depth <= p.COMMON_MARGIN
    positions = np.concatenate([first.cylinders.plane, laid.moved])[shared]
    minutiae = _became(first, second, similarity, laid, depth)[shared]
    blocks, cosine, weight = shared_flow(first.flow, second.flow, laid.turn, laid.shift)
    flow = np.empty((len(cosine), 7), np.float32)
    flow[:, 0], flow[:, 1], flow[:, 4] = 1.0, cosine, weight
    np.square(cosine, out=flow[:, 2])
    np.multiply(flow[:, 2], cosine, out=flow[:, 3])
    np.multiply(weight, cosine, out=flow[:, 5])
    np.multiply(weight, flow[:, 2], out=flow[:, 6])
    return positions, minutiae, blocks, flow


def _became(first: ReadyImpression, second: ReadyImpression, similarity: Grid, laid: Alignment, depth: Grid) -> Grid:
    """What became of the minutiae of both impressions, ``first``'s before ``second``'s, (n, 12)."""
    mine, count = len(first.weight), len(depth)
    paired = np.concatenate([laid.first, laid.second + mine])
    met, near, like = (np.zeros(count, np.float32) for _ in range(3))
    unknown, best = np.zeros(count, np.float32), np.full(count, p.SIDE_UNKNOWN, np.float32)
    met[paired], near[paired] = 1.0, np.tile(laid.closeness, 2)
    first_rank, second_rank = first.rank[laid.first], second.rank[laid.second]
    known = np.minimum(first_rank, second_rank) >= 0
    like[paired] = np.tile(np.where(known, similarity[first_rank, second_rank], np.float32(p.SIDE_UNKNOWN)), 2)
    unknown[paired] = np.tile(~known, 2)
    best[first.cylinders.owner], best[second.cylinders.owner + mine] = similarity.max(axis=1), similarity.max(axis=0)
    weight = np.concatenate([first.weight, second.weight])
    quality = np.concatenate([first.cylinders.minutiae.quality, second.cylinders.minutiae.quality])
    like -= np.float32(p.SIDE_MIDDLE)
    best -= np.float32(p.SIDE_MIDDLE)
    alone = np.float32(1.0) - met
    became = np.empty((count, 12), np.float32)
    became[:, 0], became[:, 1], became[:, 2], became[:, 11] = 1.0, met, near, unknown
    np.square(near, out=became[:, 3])
    np.multiply(met, like, out=became[:, 4])
    np.multiply(became[:, 4], like, out=became[:, 5])
    np.multiply(met, quality, out=became[:, 6])
    np.multiply(alone, best, out=became[:, 7])
    np.multiply(alone, weight, out=became[:, 8])
    np.multiply(became[:, 8], quality, out=became[:, 9])
    np.multiply(alone, np.clip(-depth, 0.0, p.SIDE_DEEP) / np.float32(p.SIDE_DEEP), out=became[:, 10])
    return became


def _log_ratio(values: Grid, weights: tuple[float, ...]) -> Grid:
    return np.asarray(np.clip(values @ np.array(weights), -p.SIDE_MOST, p.SIDE_MOST), np.float32)
