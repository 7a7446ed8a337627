"""How good the face comparison is on a labelled set: every image through the one road, every pair compared."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.domain.characteristics import FACE, Modality
from mlid_desktop.domain.errors import DeviceError
from mlid_desktop.domain.observations import Evidence, Observation
from mlid_desktop.domain.ports import Pipeline, Source
from mlid_desktop.domain.templates import Template
from mlid_desktop.evaluation.collecting import CollectingSession
from mlid_desktop.evaluation.datasets import ImageSet, Pair
from mlid_desktop.evaluation.metrics import ErrorRates, Interval, Trials, error_rates, fmr, fnmr, threshold_at
from mlid_desktop.station.errands import delivered
from mlid_desktop.station.runner import run_capture

OpenSource = Callable[[str, Modality], Source]
Progress = Callable[[float, str], None]

DISCARD_SHARES = (0.0, 0.05, 0.1, 0.2, 0.3)
GROUP_EXCESS = 1.25  # NIST SP 800-63A-4, 3.11: no group more than 25 % worse than overall
GROUP_FMR = 1e-3
GROUP_FMR_OF_SMALL_SETS = 1e-2


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """What one image gave; the picture itself is let go."""

    template: Template | None = field(repr=False)
    quality: int
    gates: dict[str, bool]
    components: dict[str, int]
    steps_ms: dict[str, float]
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class GroupRates:
    """One group at the threshold of the whole set; ``worse`` says that it exceeds the overall rate by over 25 %."""

    people: int
    genuine: int
    impostor: int
    fnmr: float
    fnmr_interval: Interval
    fmr: float
    fmr_interval: Interval
    worse: bool


@dataclass(frozen=True, slots=True, eq=False)
class FaceResult:
    """Everything the report says about a face comparison."""

    genuine: Trials
    impostor: Trials
    rates: ErrorRates
    rows: tuple[Row, ...]
    fta: float
    fte: float
    discard: dict[float, float]
    groups: dict[str, GroupRates]


def evaluate_faces(
    images: ImageSet,
    pairs: Sequence[Pair],
    pipeline: Pipeline,
    open_source: OpenSource,
    groups: dict[str, frozenset[int]],
    progress: Progress,
) -> FaceResult:
    """Observes every image (gates are reported, not applied), compares every pair, and counts the errors."""
    rows = []
    for place, path in enumerate(images.images):
        rows.append(observe_image(path, pipeline, open_source))
        progress((place + 1) / len(images.images), path.name)
    genuine, impostor = compare_pairs(rows, pairs, images, pipeline)
    rates = error_rates(genuine, impostor, len(images.people))
    return FaceResult(
        genuine,
        impostor,
        rates,
        tuple(rows),
        fta=float(np.mean([row.template is None for row in rows])),
        fte=_failure_to_enrol(rows, images),
        discard=discard_curve(rows, pairs, genuine, impostor),
        groups={name: _group_rates(members, genuine, impostor) for name, members in groups.items()},
    )


def observe_image(path: Path, pipeline: Pipeline, open_source: OpenSource) -> Row:
    """One image through the runner; a file that cannot be read is a failure to acquire with its code as the reason."""
    seen: list[Observation] = []

    def note(published: object) -> None:
        if isinstance(published, CollectingSession) and published.latest is not None and not seen:
            seen.append(published.latest.observation)

    try:
        with delivered(open_source(f"image:{path}", Modality.FACE)) as items:
            run_capture(CollectingSession(FACE), items, pipeline, publish=note)
    except DeviceError as fault:
        return Row(None, -1, {}, {}, {}, fault.code.value)
    observation = seen[0]
    components = observation.quality.components
    return Row(
        observation.template,
        observation.quality.unified,
        {one.measure.value: one.passed for one in components},
        {one.measure.value: one.value for one in components},
        dict(observation.steps_ms),
        "" if observation.reason is None else observation.reason.value,
    )


def compare_pairs(
    rows: Sequence[Row], pairs: Sequence[Pair], images: ImageSet, pipeline: Pipeline
) -> tuple[Trials, Trials]:
    """Genuine and impostor trials; a pair with an image that gave no template is left to the failure rates."""
    scored = [
        (pipeline.similarity(first, second), images.person_of[pair.first], images.person_of[pair.second], pair.same)
        for pair in pairs
        if (first := rows[pair.first].template) is not None and (second := rows[pair.second].template) is not None
    ]
    score = np.array([one[0] for one in scored], dtype=np.float64)
    people = np.array([one[1:3] for one in scored], dtype=np.intp).reshape(-1, 2)
    same = np.array([one[3] for one in scored], dtype=np.bool_)
    trials = Trials(score, people[:, 0], people[:, 1])
    return trials.where(same), trials.where(~same)


def discard_curve(rows: Sequence[Row], pairs: Sequence[Pair], genuine: Trials, impostor: Trials) -> dict[float, float]:
    """FNMR at the whole set's threshold of FMR 1e-3 (1e-2 for small sets) when the worst images are discarded: an
    image's place is by its unified quality (error versus discard, ISO/IEC 29794-1)."""
    point = GROUP_FMR if len(impostor) >= 3.0 / GROUP_FMR else GROUP_FMR_OF_SMALL_SETS
    threshold = threshold_at(impostor.score, point)
    quality = np.array([row.quality for row in rows], dtype=np.float64)
    usable = [pair for pair in pairs if rows[pair.first].template and rows[pair.second].template and pair.same]
    worst = np.array([min(quality[pair.first], quality[pair.second]) for pair in usable])
    curve: dict[float, float] = {}
    for share in DISCARD_SHARES:
        floor = np.quantile(quality, share)
        kept = worst >= floor
        curve[share] = fnmr(genuine.score[kept], threshold) if kept.any() else 0.0
    return curve


def _failure_to_enrol(rows: Sequence[Row], images: ImageSet) -> float:
    enrolled = {person for row, person in zip(rows, images.person_of, strict=True) if row.template is not None}
    return 1.0 - len(enrolled) / len(set(images.person_of))


def _group_rates(members: frozenset[int], genuine: Trials, impostor: Trials) -> GroupRates:
    """At one fixed threshold for all: genuine trials of the members, impostor trials among them."""
    point = GROUP_FMR if len(impostor) >= 3.0 / GROUP_FMR else GROUP_FMR_OF_SMALL_SETS
    threshold = threshold_at(impostor.score, point)
    numbers = np.array(sorted(members))
    of_group = genuine.where(np.isin(genuine.first, numbers))
    within = impostor.where(np.isin(impostor.first, numbers) & np.isin(impostor.second, numbers))
    refused, accepted = of_group.score < threshold, within.score >= threshold
    overall_fnmr, overall_fmr = fnmr(genuine.score, threshold), fmr(impostor.score, threshold)
    own_fnmr = float(refused.mean()) if len(of_group) else 0.0
    own_fmr = float(accepted.mean()) if len(within) else 0.0
    return GroupRates(
        len(members),
        len(of_group),
        len(within),
        own_fnmr,
        _by_person(refused, of_group, members),
        own_fmr,
        _by_person(accepted, within, members),
        own_fnmr > GROUP_EXCESS * overall_fnmr or own_fmr > GROUP_EXCESS * overall_fmr,
    )


def _by_person(errors: NDArray[np.bool_], trials: Trials, members: frozenset[int]) -> Interval:
    """Bootstrap over the members of the group."""
    if not len(trials):
        return Interval(0.0, 1.0)
    source = np.random.default_rng(0)
    people = np.array(sorted(members))
    place = {int(number): at for at, number in enumerate(people)}
    first = np.array([place[int(number)] for number in trials.first])
    second = np.array([place[int(number)] for number in trials.second])
    rates = []
    for _ in range(500):
        weights = np.bincount(source.integers(0, len(people), len(people)), minlength=len(people))
        of_pair = np.where(first == second, weights[first], weights[first] * weights[second])
        if of_pair.sum():
            rates.append(float((of_pair * errors).sum() / of_pair.sum()))
    low, high = np.quantile(rates, [0.025, 0.975])
    return Interval(float(low), float(high))


__all__ = ["Evidence", "FaceResult", "GroupRates", "Row", "compare_pairs", "evaluate_faces", "observe_image"]
