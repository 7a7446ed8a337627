"""Compares two fingers: aligns them, then counts how many minutiae agree of those that could, and how far the ridges
do."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

import numpy as np

from mlid_desktop.domain.templates import Extractor, Template, require_same_extractor
from mlid_desktop.modalities.fingerprint import parameters as p
from mlid_desktop.modalities.fingerprint.alignment import Alignment, align
from mlid_desktop.modalities.fingerprint.batches.preparation import prepare_fingers
from mlid_desktop.modalities.fingerprint.cylinders import (
    Grid,
    local_similarities,
    make_cylinders,
    outside,
)
from mlid_desktop.modalities.fingerprint.orientation_grid import flow_agreement
from mlid_desktop.modalities.fingerprint.ready_impression import ReadyFinger, ReadyImpression, ready_impression
from mlid_desktop.modalities.fingerprint.sides import least_agreeing_side
from mlid_desktop.modalities.fingerprint.templates import Impression, decode_impressions

MOST_PREPARED = 512


def prepare(impressions: tuple[Impression, ...]) -> ReadyFinger:
    """A finger's impressions prepared for comparison, so that the work is done once for many comparisons."""
    return tuple(ready_impression(impression, make_cylinders(impression.minutiae)) for impression in impressions)


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
        finger = self._kept.get(template.payload) or prepare_template(self._extractor, template)
        self._keep(template, finger)
        return finger

    def prepared_all(self, templates: Sequence[Template]) -> list[ReadyFinger]:
        """Many templates prepared, those together that were not kept. Raises ModelError."""
        for template in templates:
            require_same_extractor(self._extractor, template)
        found = {template.payload: self._kept.get(template.payload) for template in templates}
        missing = [payload for payload, finger in found.items() if finger is None]
        made = dict(zip(missing, prepare_fingers([decode_impressions(payload) for payload in missing]), strict=True))
        ready = [found[template.payload] or made[template.payload] for template in templates]
        for template, finger in zip(templates, ready, strict=True):
            self._keep(template, finger)
        return ready

    def _keep(self, template: Template, finger: ReadyFinger) -> None:
        self._kept[template.payload] = finger
        self._kept.move_to_end(template.payload)
        if len(self._kept) > MOST_PREPARED:
            self._kept.popitem(last=False)


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
