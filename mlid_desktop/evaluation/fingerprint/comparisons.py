"""Evaluation of the fingerprint comparison on folders of ``FINGER_IMPRESSION`` images, as the FVC sets are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np

from mlid_desktop.domain.characteristics import Characteristic, FingerPosition, Modality
from mlid_desktop.domain.ports import Pipeline
from mlid_desktop.evaluation.comparisons import (
    ComparisonResult,
    ReadingConditions,
    evaluate_comparisons,
    working_threshold,
)
from mlid_desktop.evaluation.datasets import ImageSet
from mlid_desktop.evaluation.metrics import fnmr
from mlid_desktop.evaluation.observations import OpenSource, Progress
from mlid_desktop.evaluation.pairs import PairList, all_pairs
from mlid_desktop.evaluation.report.report import comparison_document

ANY_FINGER = Characteristic(Modality.FINGERPRINT, FingerPosition.RIGHT_INDEX)  # which one makes no difference here
MATCHES_NOTHING = 0.0  # the score of an image that gave no template, as FVC counts it (Maio et al. 2002, section 3)


class Protocol(StrEnum):
    """Which pairs of different fingers are compared; of the same finger, every pair is."""

    ALL = "all"
    FVC = "fvc"


@dataclass(frozen=True, slots=True)
class FingerRates:
    """False non-matches of one finger at the threshold of the whole set."""

    images: int
    without_template: int
    fnmr: float


def choose_pairs(images: ImageSet, protocol: Protocol) -> PairList:
    """The pairs of impressions to compare: every one, or with the FVC protocol of different fingers only the first
    impressions (Maio et al. 2002)."""
    pairs = all_pairs(images)
    if protocol is Protocol.ALL:
        return pairs
    finger = np.array(images.person_of, dtype=np.intp)
    _, first_of = np.unique(finger, return_index=True)
    first = np.zeros(len(finger), np.bool_)
    first[first_of] = True
    kept = pairs.same | (first[pairs.first] & first[pairs.second])
    return PairList(pairs.first[kept], pairs.second[kept], pairs.same[kept])


def evaluate_fingers(
    images: ImageSet,
    pairs: PairList,
    pipeline: Pipeline,
    open_source: OpenSource,
    progress: Progress,
    dpi: int | None = None,
) -> ComparisonResult:
    """Observes every impression and compares the pairs; an image without a template counts as one that matches nothing.

    ``dpi`` overrides what the files say. Raises UsageError(USAGE_BAD_DATASET) where no pair can be compared.
    """

    def address(path: Path) -> str:
        return f"image:{path}" if dpi is None else f"image:{path}?dpi={dpi}"

    conduct = ReadingConditions(ANY_FINGER, address, MATCHES_NOTHING)
    return evaluate_comparisons(images, pairs, pipeline, open_source, {}, progress, conduct=conduct)


def finger_document(
    result: ComparisonResult, images: ImageSet, protocol: Protocol, around: Mapping[str, Any]
) -> dict[str, Any]:
    """The numbers of a fingerprint report: those of every comparison, with the speeds and each finger's own rates."""
    document = comparison_document("fingerprint", result, around)
    fingers = finger_rates(result, images)
    return document | {
        "protocol": protocol.value,
        "extract_ms": document["step_ms"].get("all"),
        "compare_per_s": result.compare_per_s,
        "template_bytes": _median_size(result),
        "fingers": {
            name: {"images": rates.images, "without_template": rates.without_template, "fnmr": rates.fnmr}
            for name, rates in fingers.items()
        },
    }


def finger_rates(result: ComparisonResult, images: ImageSet) -> dict[str, FingerRates]:
    """Each finger's false non-match rate at the working threshold of the whole set."""
    threshold = working_threshold(result.impostor)
    finger = np.array(images.person_of, dtype=np.intp)
    absent = np.array([row.template is None for row in result.rows])
    rates = {}
    for number, name in enumerate(images.people):
        own = result.genuine.score[result.genuine.first == number]
        shown = finger == number
        rates[name] = FingerRates(int(shown.sum()), int(absent[shown].sum()), fnmr(own, threshold) if len(own) else 0.0)
    return rates


def _median_size(result: ComparisonResult) -> float:
    sizes = [len(row.template.payload) for row in result.rows if row.template is not None]
    return float(np.median(sizes)) if sizes else 0.0
