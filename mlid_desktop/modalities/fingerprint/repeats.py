"""Recognises an earlier image of a finger that is presented again: the same pixels, or the same minutiae at the same
positions after a rigid movement. Two touches of living skin never lie on one another so well: it stretches anew."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mlid_desktop.domain.errors import ModelError
from mlid_desktop.domain.templates import Touch
from mlid_desktop.modalities.fingerprint import parameters as p
from mlid_desktop.modalities.fingerprint.alignment import align
from mlid_desktop.modalities.fingerprint.compare import prepare
from mlid_desktop.modalities.fingerprint.cylinders import in_plane, local_similarities
from mlid_desktop.modalities.fingerprint.ready_impression import ReadyImpression
from mlid_desktop.modalities.fingerprint.templates import decode_impressions


def is_repeat(touch: Touch, earlier: Sequence[Touch]) -> bool:
    """Whether an image is one of the earlier ones. Malformed geometry of an earlier one is like none."""
    if any(touch.digest == other.digest for other in earlier):
        return True
    here = _ready(touch)
    return here is not None and any(
        there is not None and likeness_to_copy(here, there) >= p.REPEAT_LEAST for there in map(_ready, earlier)
    )


def likeness_to_copy(first: ReadyImpression, second: ReadyImpression) -> float:
    """The log-likelihood ratio, a minutia, that the gaps between the minutiae of two impressions after the best rigid
    movement are those of a copy (Rayleigh, REPEAT_GAP) and not of chance; minutiae without a partner count nothing.
    -inf where too few found one."""
    if min(len(first.cylinders), len(second.cylinders)) < p.MIN_CYLINDERS:
        return -np.inf
    laid = align(first.cylinders, second.cylinders, local_similarities(first.cylinders, second.cylinders))
    still, moving = in_plane(first.cylinders.minutiae.position), in_plane(second.cylinders.minutiae.position)
    at, of = laid.first, laid.second
    gaps = np.zeros(0)
    for reach in p.REPEAT_REACH:
        if len(at) < p.REPEAT_MINUTIAE:
            return -np.inf
        target, origin = still[at], moving[of]
        turn = (np.conj(origin - origin.mean()) * (target - target.mean())).sum()
        turn = turn / max(abs(turn), 1e-9)
        moved = turn * (moving - origin.mean()) + target.mean()
        distance = np.abs(still[:, None] - moved[None, :])
        nearest = distance.argmin(axis=1)
        rows = np.arange(len(still))
        found = (distance.argmin(axis=0)[nearest] == rows) & (distance[rows, nearest] < reach)
        at, of = rows[found], nearest[found]
        gaps = distance[at, of]
    if len(gaps) < p.REPEAT_MINUTIAE:
        return -np.inf
    chance = np.log(p.REPEAT_REACH[-1] ** 2 / 2 / p.REPEAT_GAP**2) - gaps**2 / (2 * p.REPEAT_GAP**2)
    return float(chance.sum() / min(len(still), len(moving)))


def _ready(touch: Touch) -> ReadyImpression | None:
    try:
        return prepare(decode_impressions(touch.geometry))[0]
    except ModelError:
        return None
