"""Recognises an earlier image of a finger that is presented again: the same pixels, or the same minutiae at the same
positions after a rigid movement. Two touches of living skin never lie on one another so well: it stretches anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from mlid_desktop.domain.errors import ModelError
from mlid_desktop.domain.samples import Image
from mlid_desktop.domain.templates import Touch
from mlid_desktop.modalities.fingerprint import parameters as p
from mlid_desktop.modalities.fingerprint.alignment import align
from mlid_desktop.modalities.fingerprint.compare import prepare
from mlid_desktop.modalities.fingerprint.cylinders import (
    Grid,
    Plane,
    local_similarities,
    outside,
    wrap_angles,
)
from mlid_desktop.modalities.fingerprint.orientation_grid import shared_flow
from mlid_desktop.modalities.fingerprint.ready_impression import ReadyImpression
from mlid_desktop.modalities.fingerprint.templates import decode_impressions

LEAST = 1e-6  # divisors are at least
SPREAD_LEAST = 1e-3  # of a quality that says anything by its ups and downs


def is_repeat(touch: Touch, earlier: Sequence[Touch]) -> bool:
    """Whether an image is one of the earlier ones. Malformed geometry of an earlier one is like none."""
    if any(touch.digest == other.digest for other in earlier):
        return True
    here = _ready(touch)
    return here is not None and any(
        there is not None and copy_odds(here, there) >= p.REPEAT_LEAST for there in map(_ready, earlier)
    )


def sharpen(image: Image) -> Image:
    """A finger image with what a slight blur took from it given back (unsharp masking)."""
    plain = image.astype(np.float32)
    soft = cv2.GaussianBlur(plain, (0, 0), p.REPEAT_BLUR)
    return np.asarray(np.clip(plain + p.REPEAT_SHARPEN * (plain - soft), 0, 255).round(), np.uint8)


def copy_odds(first: ReadyImpression, second: ReadyImpression) -> float:
    """Log-odds that one impression is a copy of the other's image and not another touch; -inf where too few minutiae
    found one another."""
    measured = measure_likeness(first, second)
    return -np.inf if measured is None else float(measured @ np.array(p.REPEAT_WEIGHTS[1:]) + p.REPEAT_WEIGHTS[0])


def measure_likeness(first: ReadyImpression, second: ReadyImpression) -> NDArray[np.float64] | None:
    """What tells a copy from another touch, (14,) as ``REPEAT_WEIGHTS`` weighs it, after the best rigid movement: the
    share of minutiae found again, false ones among them; the gaps that are left, and whether neighbours share them, as
    they do where skin stretched; and whether minutiae are as clear, and of the same kind, as they were. None where too
    few minutiae found one another."""
    if min(len(first.cylinders), len(second.cylinders)) < p.MIN_CYLINDERS:
        return None
    similarity = local_similarities(first.cylinders, second.cylinders)
    laid = align(first.cylinders, second.cylinders, similarity)
    rigid = _lay_rigidly(first, second, laid.first, laid.second)
    if rigid is None:
        return None
    still, moving = first.cylinders.plane, second.cylinders.plane
    moved = rigid.turn * moving + rigid.shift
    back = np.conj(rigid.turn) * (still - rigid.shift)
    at, of = rigid.first, rigid.second
    here, there = first.cylinders.minutiae, second.cylinders.minutiae
    gap = still[at] - moved[of]
    distance = np.abs(gap)
    turned = np.abs(wrap_angles(here.direction[at] - there.direction[of] - np.float32(np.angle(rigid.turn))))
    first_could = int((outside(second.cylinders.border, np.asarray(back, np.complex64)) <= p.REPEAT_MARGIN).sum())
    second_could = int((outside(first.cylinders.border, np.asarray(moved, np.complex64)) <= p.REPEAT_MARGIN).sum())
    count = len(at)
    alike = np.arctanh(np.clip(_correlation(here.quality[at], there.quality[of]), -p.REPEAT_ALIKE, p.REPEAT_ALIKE))
    change = here.quality[at] - there.quality[of]
    _, cosine, weight = shared_flow(first.flow, second.flow, rigid.turn, rigid.shift)
    rows, columns = first.rank[at], second.rank[of]
    known = (rows >= 0) & (columns >= 0)
    cylinders = similarity[rows[known], columns[known]]
    return np.array(
        [
            count / max(np.sqrt(first_could * second_could), count),
            np.log(count),
            np.sqrt((distance**2).mean()),
            np.median(distance),
            np.sqrt((turned**2).mean()),
            np.median(turned),
            _shared_by_neighbours(still[at], gap),
            alike,
            alike * np.sqrt(max(count - 3, 1)),
            np.abs(change - change.mean()).mean(),
            (here.kind[at] == there.kind[of]).mean(),
            cylinders.mean() if len(cylinders) else 0.0,
            (weight * cosine).sum() / max(float(weight.sum()), LEAST),
            (distance < p.REPEAT_NEAR).mean(),
        ],
        np.float64,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _RigidAlignment:
    turn: complex
    shift: complex
    first: NDArray[np.intp] = field(repr=False)
    second: NDArray[np.intp] = field(repr=False)


def _lay_rigidly(
    first: ReadyImpression, second: ReadyImpression, at: NDArray[np.intp], of: NDArray[np.intp]
) -> _RigidAlignment | None:
    """The rigid movement of the second impression onto the first, fitted to the minutiae that it brings together, in
    turn; None where these are too few."""
    still, moving = first.cylinders.plane, second.cylinders.plane
    turn, shift = 1.0 + 0.0j, 0.0j
    for reach in p.REPEAT_REACH:
        if len(at) < p.REPEAT_MINUTIAE:
            return None
        target, origin = still[at], moving[of]
        turned = complex((np.conj(origin - origin.mean()) * (target - target.mean())).sum())
        turn = turned / max(abs(turned), LEAST)
        shift = complex(target.mean()) - turn * complex(origin.mean())
        distance = np.abs(still[:, None] - (turn * moving + shift)[None, :])
        nearest = distance.argmin(axis=1)
        rows = np.arange(len(still))
        found = (distance.argmin(axis=0)[nearest] == rows) & (distance[rows, nearest] < reach)
        at, of = rows[found], nearest[found]
    return _RigidAlignment(turn, shift, at, of) if len(at) >= p.REPEAT_MINUTIAE else None


def _shared_by_neighbours(position: Plane, gap: Plane) -> float:
    """How far the gaps of minutiae are those of the minutiae around them: 0 where they are chance's."""
    apart = np.abs(position[:, None] - position[None, :])
    kernel = np.exp(-(apart**2) / (2 * p.REPEAT_NEIGHBOURS**2))
    np.fill_diagonal(kernel, 0.0)
    around = (kernel @ gap) / np.maximum(kernel.sum(axis=1), LEAST)
    return float((gap * np.conj(around)).real.sum() / max(float((np.abs(gap) ** 2).sum()), LEAST))


def _correlation(first: Grid, second: Grid) -> float:
    if min(float(first.std()), float(second.std())) < SPREAD_LEAST:
        return 0.0
    return float(np.corrcoef(first, second)[0, 1])


def _ready(touch: Touch) -> ReadyImpression | None:
    try:
        return prepare(decode_impressions(touch.geometry))[0]
    except ModelError:
        return None
