"""What many pairs of impressions that lie on one another have in common: the evidence of their minutiae and ridges, and
whether a side of the overlap could speak for two fingers."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.modalities.fingerprint import parameters as p
from mlid_desktop.modalities.fingerprint.batches.stack import Flows, Stack, at
from mlid_desktop.modalities.fingerprint.batches.stacked_alignment import StackedAlignment
from mlid_desktop.modalities.fingerprint.cylinders import Grid, Plane

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Overlaps:
    """What b pairs of impressions have in common. ``likeness`` (b, n) of the cylinders of those minutiae of the first
    that found one, where ``known`` (b, n); ``first_depth`` (b, n) and ``second_depth`` (b, m): how far the minutiae of
    either are outside the other's hull; ``unlike`` and ``weight`` (b, f) of the blocks of ridges that both have: unit
    numbers of twice the angle between them, and the product of their clarities, 0 elsewhere."""

    likeness: Grid = field(repr=False)
    known: NDArray[np.bool_] = field(repr=False)
    first_depth: Grid = field(repr=False)
    second_depth: Grid = field(repr=False)
    unlike: Plane = field(repr=False)
    weight: Grid = field(repr=False)


def overlaps_of(first: Stack, second: Stack, similarity: Grid, laid: StackedAlignment) -> Overlaps:
    """What each pair of impressions has in common as it lies."""
    rank = at(second.rank, laid.second)
    known = np.minimum(first.rank, rank) >= 0
    spots = (first.rank * similarity.shape[2] + rank) * known
    likeness = at(similarity.reshape(len(similarity), -1), spots)
    middle = first.middle.view(np.float32).reshape(-1, 2, 1)
    back = first.plane - laid.shift.astype(np.complex64)[:, None]
    back *= np.conj(laid.turn).astype(np.complex64)[:, None]
    return Overlaps(
        likeness,
        known,
        _outside(second.border, np.stack([back.real, back.imag], axis=1)),
        _outside(first.border, laid.moved + middle),
        *_shared_flow(first.flows, second.flows, laid.turn, laid.shift),
    )


def evidence_of(first: Stack, second: Stack, laid: StackedAlignment, shared: Overlaps) -> Floats:
    """The evidence (b,) that either is the other's finger: the similarity of the paired minutiae, times the share
    paired of those that could be, times the agreement of the ridges."""
    met = laid.closeness * np.sqrt(first.weight * at(second.weight, laid.second))
    likeness = np.add.reduce(met * shared.likeness * shared.known, axis=1, dtype=np.float64)
    first_could = _summed(first.weight * (shared.first_depth <= p.COMMON_MARGIN))
    second_could = _summed(second.weight * (shared.second_depth <= p.COMMON_MARGIN))
    share = _summed(met) / np.maximum(first_could * second_could, p.COMMON_LEAST) ** 0.5
    ridges = np.maximum(_flow_agreement(laid.turn, shared), 0.0)
    return np.asarray(likeness * share**p.SHARE_POWER * ridges**p.FLOW_POWER, np.float64)


def against_one_finger(
    first: Stack, second: Stack, similarity: Grid, laid: StackedAlignment, shared: Overlaps
) -> Floats:
    """All that speaks for two fingers anywhere in the overlap, (b,): the negative log-likelihood ratios of ``sides``,
    summed. No side of any line through the overlap is below it."""
    met = laid.closeness > 0.0
    alike = np.where(shared.known, shared.likeness, np.float32(p.SIDE_UNKNOWN)) * met
    unknown = met & ~shared.known
    back = np.full((len(met), second.rank.shape[1]), -1, np.intp)
    pair, minutia = met.nonzero()
    back[pair, laid.second[pair, minutia]] = minutia
    found = back >= 0
    near, like, nameless = (at(values, np.maximum(back, 0)) * found for values in (laid.closeness, alike, unknown))
    ratios = _minutia_ratios(first, met, laid.closeness, alike, unknown, similarity.max(axis=2), shared.first_depth)
    others = _minutia_ratios(second, found, near, like, nameless, similarity.max(axis=1), shared.second_depth)
    return _summed(ratios) + _summed(others) + p.SIDE_FLOW_SHARE * _summed(_flow_ratios(laid.turn, shared))


def _minutia_ratios(
    stack: Stack,
    met: NDArray[np.bool_],
    near: Grid,
    alike: Grid,
    unknown: NDArray[np.bool_],
    best: Grid,
    depth: Grid,
) -> Grid:
    """What of each minutia (b, n) speaks for two fingers, at most 0; ``best`` (b, k): the most that each cylinder is
    like another."""
    w = p.SIDE_MINUTIA
    middle = np.float32(p.SIDE_MIDDLE)
    most_alike = np.where(stack.rank >= 0, at(best, np.maximum(stack.rank, 0)), np.float32(p.SIDE_UNKNOWN)) - middle
    like = alike - middle
    deep = np.clip(-depth, 0.0, p.SIDE_DEEP) / np.float32(p.SIDE_DEEP)
    where_met = w[1] + (w[4] + w[5] * like) * like + w[6] * stack.quality
    where_not = w[7] * most_alike + (w[8] + w[9] * stack.quality) * stack.weight + w[10] * deep
    ratio = w[0] + (w[2] + w[3] * near) * near + w[11] * unknown + np.where(met, where_met, where_not)
    inside = (depth <= p.COMMON_MARGIN) & (stack.beyond == 0.0)
    return np.asarray(np.clip(ratio, -p.SIDE_MOST, 0.0) * inside, np.float32)


def _flow_ratios(turn: NDArray[np.complex128], shared: Overlaps) -> Grid:
    """What of each block of ridges (b, f) speaks for two fingers, at most 0."""
    w = p.SIDE_FLOW
    cosine = (shared.unlike * np.conj(turn * turn).astype(np.complex64)[:, None]).real
    weight = shared.weight
    ratio = w[0] + (w[1] + (w[2] + w[3] * cosine) * cosine) * cosine + weight * (w[4] + (w[5] + w[6] * cosine) * cosine)
    return np.asarray(np.clip(ratio, -p.SIDE_MOST, 0.0) * (weight > 0.0), np.float32)


def _outside(border: Grid, plane: Grid) -> Grid:
    """Distance (b, n) of points (b, 2, n) of the plane from the convex hull of the minutiae, negative inside."""
    away = border[:, :, :2] @ plane
    away -= border[:, :, 2:]
    return np.asarray(np.maximum.reduce(away, axis=1), np.float32)


def _shared_flow(
    first: Flows, second: Flows, turn: NDArray[np.complex128], shift: NDArray[np.complex128]
) -> tuple[Plane, Grid]:
    """The blocks of the first (b, f) against those of the second under them: unit numbers of twice the angle between
    them, not yet turned, and the product of their clarities."""
    turned = np.conj(turn)
    back = (turned * shift + second.corner) / p.FLOW_BLOCK - 1 + 1j
    spots = first.centres * (turned / p.FLOW_BLOCK).astype(np.complex64)[:, None]
    spots -= back.astype(np.complex64)[:, None]
    across, down = np.rint(spots.real), np.rint(-spots.imag)
    np.clip(across, 0.0, (second.width - 1)[:, None].astype(np.float32), out=across)
    np.clip(down, 0.0, (second.height - 1)[:, None].astype(np.float32), out=down)
    down *= second.width[:, None].astype(np.float32)
    down += across
    under = at(second.numbers, down.astype(np.intp))
    return first.double * np.conj(at(second.double, under)), at(second.clarity, under) * first.clarity


def _flow_agreement(turn: NDArray[np.complex128], shared: Overlaps) -> Floats:
    """Agreement (b,) of the ridge orientation where both were seen, -1..1; FLOW_UNKNOWN where too little is shared."""
    summed = np.matmul(shared.unlike[:, None, :], shared.weight.astype(np.complex64)[:, :, None])[:, 0, 0]
    agreed = (summed * np.conj(turn * turn)).real / np.maximum(np.add.reduce(shared.weight, axis=1), LEAST)
    enough = np.count_nonzero(shared.weight, axis=1) >= p.FLOW_MIN_SHARED
    return np.asarray(np.where(enough, agreed, p.FLOW_UNKNOWN), np.float64)


def _summed(values: Grid) -> Floats:
    return np.asarray(np.add.reduce(values, axis=1), np.float64)


LEAST = np.float32(1e-9)
