"""Evaluation of a modality's comparison on a labelled set: every image observed, every pair compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np

from mlid_desktop.domain.characteristics import FACE, Characteristic
from mlid_desktop.domain.errors import Code, UsageError
from mlid_desktop.domain.ports import Pipeline
from mlid_desktop.evaluation.datasets import ImageSet
from mlid_desktop.evaluation.groups import GroupRates, Groups, group_rates
from mlid_desktop.evaluation.metrics import (
    FEWEST_ERRORS,
    ErrorRates,
    Trials,
    error_rates,
    fnmr,
    share_interval,
    threshold_at,
)
from mlid_desktop.evaluation.observations import Embed, ImageRow, OpenSource, Progress, no_baseline, observe_images
from mlid_desktop.evaluation.pairs import PairList
from mlid_desktop.evaluation.scoring import compare_pairs, compare_vectors
from mlid_desktop.station.documents.exact_interval import Interval

DISCARD_SHARES = (0.0, 0.05, 0.1, 0.2, 0.3)
WORKING_FMR = 1e-3
WORKING_FMR_OF_SMALL_SETS = 1e-2


@dataclass(frozen=True, slots=True, eq=False)
class Baseline:
    """Trials and error rates of the baseline on the same pairs."""

    genuine: Trials
    impostor: Trials
    rates: ErrorRates


@dataclass(frozen=True, slots=True, eq=False)
class ComparisonResult:
    """Everything that a report says about a comparison; ``plain`` is the baseline on the same trials, where one was
    asked; ``samples`` are the samples of each person who took part; ``failures_match_nothing`` says that a pair with a
    sample without a template is among the trials; ``compare_per_s`` counts the pairs scored in a second."""

    genuine: Trials
    impostor: Trials
    rates: ErrorRates
    plain: Baseline | None
    rows: tuple[ImageRow, ...]
    fta: float
    fte: float
    fta_interval: Interval
    fte_interval: Interval
    discard: dict[float, float]
    groups: dict[str, GroupRates]
    samples: tuple[int, ...]
    failures_match_nothing: bool
    compare_per_s: float


@dataclass(frozen=True, slots=True)
class ReadingConditions:
    """How the images of a set are read: the ``characteristic`` they show, the ``address`` that opens one, and the score
    of a pair with an image that gave no template (``missing``; None leaves such pairs to the failure rates)."""

    characteristic: Characteristic = FACE
    address: Callable[[Path], str] = "image:{}".format
    missing: float | None = None


FACES = ReadingConditions()


def evaluate_comparisons(
    images: ImageSet,
    pairs: PairList,
    pipeline: Pipeline,
    open_source: OpenSource,
    groups: Groups,
    progress: Progress,
    plain: Embed = no_baseline,
    conduct: ReadingConditions = FACES,
) -> ComparisonResult:
    """Observes every image that takes part (gates are reported, not applied), compares every pair and counts the
    errors.

    Raises UsageError(USAGE_BAD_DATASET) where no genuine or no impostor pair is left.
    """
    used = pairs.images
    paths = [images.images[index] for index in used]
    people = [images.person_of[index] for index in used]
    pairs = PairList(np.searchsorted(used, pairs.first), np.searchsorted(used, pairs.second), pairs.same)
    addresses = [conduct.address(path) for path in paths]
    rows = observe_images(addresses, conduct.characteristic, pipeline, open_source, progress, plain)
    started = perf_counter()
    genuine, impostor = compare_pairs([row.template for row in rows], pairs, people, pipeline, conduct.missing)
    rate = len(pairs) / (perf_counter() - started)
    if not len(genuine) or not len(impostor):
        raise UsageError(Code.USAGE_BAD_DATASET, why="no pair of the same or of different people could be compared")
    missing = sum(row.template is None for row in rows)
    enrolled = {person for row, person in zip(rows, people, strict=True) if row.template is not None}
    people_count = len(set(people))
    return ComparisonResult(
        genuine,
        impostor,
        error_rates(genuine, impostor, len(images.people)),
        _baseline(rows, pairs, people, len(images.people)),
        rows,
        fta=missing / len(rows),
        fte=1.0 - len(enrolled) / people_count,
        fta_interval=share_interval(missing, len(rows)),
        fte_interval=share_interval(people_count - len(enrolled), people_count),
        discard=discard_curve(rows, pairs, genuine, impostor, missing_count=conduct.missing is not None),
        groups=group_rates(groups, genuine, impostor, working_threshold(impostor)),
        samples=samples_by_person(people),
        failures_match_nothing=conduct.missing is not None,
        compare_per_s=rate,
    )


def samples_by_person(people: Sequence[int]) -> tuple[int, ...]:
    """How many samples each person has who has any, rising; ``people`` are their numbers, sample by sample."""
    return tuple(sorted(Counter(people).values()))


def working_threshold(impostor: Trials) -> float:
    """The score at a false match rate of 1e-3, or of 1e-2 where the set is too small for that."""
    carried = len(impostor) >= FEWEST_ERRORS / WORKING_FMR
    return threshold_at(impostor.score, WORKING_FMR if carried else WORKING_FMR_OF_SMALL_SETS)


def discard_curve(
    rows: Sequence[ImageRow], pairs: PairList, genuine: Trials, impostor: Trials, *, missing_count: bool = False
) -> dict[float, float]:
    """FNMR at the whole set's working threshold when the worst images are discarded: an image's place is by its
    unified quality, a pair goes with its worse image (error versus discard, ISO/IEC 29794-1). A share that leaves no
    pair is left out. ``missing_count`` says that pairs with an image without a template are among the trials."""
    threshold = working_threshold(impostor)
    quality = np.array([row.quality for row in rows], dtype=np.float64)
    has_template = np.array([missing_count or row.template is not None for row in rows])
    usable = pairs.same & has_template[pairs.first] & has_template[pairs.second]
    worse = np.minimum(quality[pairs.first], quality[pairs.second])[usable]
    curve = {}
    for share in DISCARD_SHARES:
        kept = worse >= np.quantile(quality, share)
        if kept.any():
            curve[share] = fnmr(genuine.score[kept], threshold)
    return curve


def _baseline(rows: Sequence[ImageRow], pairs: PairList, people: Sequence[int], of_set: int) -> Baseline | None:
    vectors = [row.plain if row.template is not None else None for row in rows]
    if all(vector is None for vector in vectors):
        return None
    genuine, impostor = compare_vectors(vectors, pairs, people)
    if not len(genuine) or not len(impostor):
        return None
    return Baseline(genuine, impostor, error_rates(genuine, impostor, of_set))
