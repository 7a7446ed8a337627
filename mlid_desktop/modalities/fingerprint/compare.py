"""Compares two fingers: aligns them, then counts how many minutiae agree of those that could, and how far the ridges
do."""

from __future__ import annotations

from collections import OrderedDict

import numpy as np

from mlid_desktop.domain.templates import Extractor, Template, require_same_extractor
from mlid_desktop.modalities.fingerprint import parameters as p
from mlid_desktop.modalities.fingerprint.alignment import Alignment, align
from mlid_desktop.modalities.fingerprint.cylinders import (
    Grid,
    local_similarities,
    make_cylinders,
    outside,
)
from mlid_desktop.modalities.fingerprint.orientation_grid import flow_agreement, flow_field
from mlid_desktop.modalities.fingerprint.ready_impression import ReadyImpression, rows_of
from mlid_desktop.modalities.fingerprint.sides import least_agreeing_side
from mlid_desktop.modalities.fingerprint.templates import Impression, decode_impressions

ReadyFinger = tuple[ReadyImpression, ...]
MOST_PREPARED = 512


def prepare(impressions: tuple[Impression, ...]) -> ReadyFinger:
    """A finger's impressions prepared for comparison, so that the work is done once for many comparisons."""
    return tuple(_ready(impression) for impression in impressions)


def prepare_template(extractor: Extractor, template: Template) -> ReadyFinger:
    """The fingerprint template prepared for comparison. Raises ModelError for another extractor or malformed bytes."""
    require_same_extractor(extractor, template)
    return prepare(decode_impressions(template.payload))


class PreparedTemplates:
    """Templates prepared for comparison, of which those used last are kept: for as long as whoever holds this is, which
    a pipeline does that goes with the vault it was opened for."""

    def __init__(self, extractor: Extractor) -> None:
        self._extractor = extractor
        self._kept: OrderedDict[bytes, ReadyFinger] = OrderedDict()

    def prepared(self, template: Template) -> ReadyFinger:
        """The template prepared as :func:`prepare_template` does it. Raises ModelError."""
        require_same_extractor(self._extractor, template)
        finger = self._kept.pop(template.payload, None) or prepare_template(self._extractor, template)
        self._kept[template.payload] = finger
        if len(self._kept) > MOST_PREPARED:
            self._kept.popitem(last=False)
        return finger


def compare_cylinders(first: ReadyFinger, second: ReadyFinger) -> float:
    """Comparison score of two fingers, 0..1, the same in either order: the best score of any two of their
    impressions."""
    return max(
        compare_impressions(probe_impression, reference_impression)
        for probe_impression in first
        for reference_impression in second
    )


def compare_impressions(first: ReadyImpression, second: ReadyImpression) -> float:
    """Comparison score of two finger impressions, 0..1, the same in either order: never above SIDE_SCORE where they
    agree on one side of their overlap and differ on the other."""
    if first.order > second.order:
        first, second = second, first
    if min(len(first.cylinders), len(second.cylinders)) < p.MIN_CYLINDERS:
        return 0.0
    similarity = local_similarities(first.cylinders, second.cylinders)
    laid = align(first.cylinders, second.cylinders, similarity)
    evidence = _evidence(first, second, similarity, laid)
    score = evidence / (evidence + p.SCORE_MIDDLE)
    if score > p.SIDE_SCORE and least_agreeing_side(first, second, similarity, laid) < p.SIDE_LEAST:
        return p.SIDE_SCORE
    return score


def _evidence(first: ReadyImpression, second: ReadyImpression, similarity: Grid, laid: Alignment) -> float:
    """Similarity of the paired minutiae, times the share paired of those that could be, times the agreement of the
    ridges."""
    met = laid.closeness * np.sqrt(first.weight[laid.first] * second.weight[laid.second])
    first_rank, second_rank = first.rank[laid.first], second.rank[laid.second]
    known = np.minimum(first_rank, second_rank) >= 0
    likeness = float(met @ (similarity[first_rank, second_rank] * known))
    second_could = outside(first.cylinders.border, laid.moved) <= p.COMMON_MARGIN
    back = first.cylinders.plane - np.complex64(laid.shift)
    back *= np.complex64(laid.turn.conjugate())
    first_could = outside(second.cylinders.border, back) <= p.COMMON_MARGIN
    could = float(first.weight @ first_could) * float(second.weight @ second_could)
    share = float(np.add.reduce(met)) / max(could, p.COMMON_LEAST) ** 0.5
    ridges = flow_agreement(first.flow, second.flow, laid.turn, laid.shift)
    return float(
        likeness * share**p.SHARE_POWER * max(p.FLOW_UNKNOWN if ridges is None else ridges, 0.0) ** p.FLOW_POWER
    )


def _ready(impression: Impression) -> ReadyImpression:
    cylinders = make_cylinders(impression.minutiae)
    rank = np.full(len(impression.minutiae), -1, np.intp)
    rank[cylinders.owner] = np.arange(len(cylinders))
    minutiae, blocks = impression.minutiae, impression.flow.blocks
    order = (len(cylinders), minutiae.position.tobytes() + minutiae.direction.tobytes() + blocks.tobytes())
    weight = impression.weight
    rows = rows_of(cylinders, weight, rank)
    return ReadyImpression(cylinders, flow_field(impression.flow), weight, rank, order, rows)
