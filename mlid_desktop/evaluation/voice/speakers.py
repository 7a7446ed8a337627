"""Evaluation of the speaker comparison: several recordings enrolled, one probed, in every choice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from math import comb
from pathlib import Path
from time import perf_counter
from types import MappingProxyType

import numpy as np

from mlid_desktop.domain.errors import Code, UsageError
from mlid_desktop.domain.ports import Pipeline
from mlid_desktop.domain.reasons import Reason
from mlid_desktop.domain.samples import SoundSample
from mlid_desktop.domain.templates import Template
from mlid_desktop.evaluation.calibration import ScoreBins, calibrate
from mlid_desktop.evaluation.calibration_run import CalibrationRun
from mlid_desktop.evaluation.comparisons import ComparisonResult, samples_by_person
from mlid_desktop.evaluation.datasets import ImageSet
from mlid_desktop.evaluation.metrics import Trials, error_rates, share_interval
from mlid_desktop.evaluation.observations import ImageRow, OpenSource, Progress
from mlid_desktop.evaluation.voice.datasets import read_sound
from mlid_desktop.evaluation.voice.lines_and_rooms import Surroundings, Wave, played, read_noises
from mlid_desktop.modalities.voice import parameters as p
from mlid_desktop.modalities.voice.pipeline import open_voice_pipeline
from mlid_desktop.modalities.voice.sound import checked_sound
from mlid_desktop.models.store import ModelStore

ENROLLED = 3
NO_NOISES: Mapping[str, Wave] = MappingProxyType({})
MAX_CHOICES = 200
NO_SCORE = -2.5  # below: the pipeline says that there was too little speech


def voice_pipeline(store: ModelStore, cohorts: Path) -> Pipeline:
    """Opens the voice pipeline with all models that are installed. Raises ModelError as its opening does."""
    return open_voice_pipeline(store, cohorts)


@dataclass(frozen=True, slots=True)
class ProbePlan:
    """Where the probes are heard: ``surroundings``, with the ``noises`` that a room may have. What is enrolled is heard
    as recorded."""

    surroundings: tuple[Surroundings, ...] = (Surroundings.PLAIN,)
    noises: Mapping[str, Wave] = field(default_factory=dict, repr=False)


def plan_probes(names: Sequence[str], noise: Path | None, open_source: OpenSource) -> ProbePlan:
    """The plan of these surroundings by name (none: as recorded). Raises UsageError(USAGE_BAD_ARGUMENT) for a name of
    none, or for a room without a folder of noises; (USAGE_BAD_DATASET) where that holds none."""
    known = {surroundings.value: surroundings for surroundings in Surroundings}
    unknown = next((name for name in names if name not in known), None)
    if unknown is not None:
        raise UsageError(Code.USAGE_BAD_ARGUMENT, what=f"--probes {unknown}")
    chosen = tuple(dict.fromkeys(known[name] for name in names)) or (Surroundings.PLAIN,)
    if Surroundings.ROOM not in chosen:
        return ProbePlan(chosen)
    if noise is None or not noise.is_dir():
        raise UsageError(Code.USAGE_BAD_ARGUMENT, what="--noise")
    return ProbePlan(chosen, read_noises(noise, open_source))


def evaluate_voices(
    sounds: ImageSet,
    pipeline: Pipeline,
    open_source: OpenSource,
    progress: Progress,
    enrolled: int = ENROLLED,
    probes: ProbePlan | None = None,
) -> ComparisonResult:
    """Compares every choice of ``enrolled`` recordings a speaker (evenly spread where there are very many) with every
    other recording, as the plan of the ``probes`` has them heard. One with too little speech is a failure to acquire
    and takes part in no trial.

    Raises UsageError(USAGE_BAD_DATASET) where no genuine or no impostor trial is left.
    """
    plan = probes or ProbePlan()
    rows = _observe(sounds.images, pipeline, open_source, progress)
    templates = [row.template for row in rows]
    heard = [
        rows
        if surroundings is Surroundings.PLAIN
        else _observe(sounds.images, pipeline, open_source, progress, surroundings, plan.noises)
        for surroundings in plan.surroundings
    ]
    started = perf_counter()
    scores, owners, others = [], [], []
    for person in range(len(sounds.people)):
        own = [
            index for index, number in enumerate(sounds.person_of) if number == person and templates[index] is not None
        ]
        for chosen in spread_choices(own, enrolled):
            reference = pipeline.consolidate(_known(templates, chosen))
            for index, template in _probes(heard):
                if index in chosen:
                    continue
                score = pipeline.similarity(reference, template)
                if score > NO_SCORE:
                    scores.append(score)
                    owners.append(person)
                    others.append(sounds.person_of[index])
    trials = Trials(np.array(scores, np.float64), np.array(owners, np.intp), np.array(others, np.intp))
    genuine, impostor = trials.where(trials.first == trials.second), trials.where(trials.first != trials.second)
    if not len(genuine) or not len(impostor):
        raise UsageError(Code.USAGE_BAD_DATASET, why="no trial of the same or of different speakers could be made")
    missing, people = sum(template is None for template in templates), len(sounds.people)
    lost = people - len(set(genuine.first.tolist()))
    return ComparisonResult(
        genuine,
        impostor,
        error_rates(genuine, impostor, people),
        None,
        rows,
        fta=missing / len(rows),
        fte=lost / people,
        fta_interval=share_interval(missing, len(rows)),
        fte_interval=share_interval(lost, people),
        discard={},
        groups={},
        samples=samples_by_person(sounds.person_of),
        failures_match_nothing=False,
        compare_per_s=len(trials) / max(perf_counter() - started, 1e-9),
    )


def calibrate_voices(
    sounds: ImageSet,
    pipeline: Pipeline,
    open_source: OpenSource,
    progress: Progress,
    dataset: str,
    *,
    enrolled: int = ENROLLED,
    probes: ProbePlan | None = None,
) -> CalibrationRun:
    """Makes the calibration of the speaker comparison from the trials of :func:`evaluate_voices`. Raises
    UsageError(USAGE_BAD_DATASET) where they carry none."""
    result = evaluate_voices(sounds, pipeline, open_source, progress, enrolled, probes)
    bins = ScoreBins.of(result.genuine, result.impostor, len(sounds.people))
    made = calibrate(bins, pipeline.modality, pipeline.extractor.key, dataset)
    return CalibrationRun(made, (), sum(row.template is None for row in result.rows))


def spread_choices(indices: Sequence[int], size: int) -> list[tuple[int, ...]]:
    """All choices of ``size`` of the indices, or MAX_CHOICES of them evenly spread in their order."""
    step = -(-comb(len(indices), size) // MAX_CHOICES) if len(indices) >= size else 1
    return [choice for number, choice in enumerate(combinations(indices, size)) if number % step == 0]


def _probes(heard: Sequence[Sequence[ImageRow]]) -> list[tuple[int, Template]]:
    """The templates of all probes, each with the number of its recording."""
    numbered = [(index, row.template) for rows in heard for index, row in enumerate(rows)]
    return [(index, template) for index, template in numbered if template is not None]


def _heard(sample: SoundSample, surroundings: Surroundings, noises: Mapping[str, Wave], name: str) -> SoundSample:
    """A sample as it is heard in these surroundings; unchanged where it cannot be read."""
    sound = checked_sound(sample)
    if isinstance(sound, Reason) or surroundings is Surroundings.PLAIN:
        return sample
    return replace(sample, block=played(sound.wave, surroundings, noises, name), rate=p.RATE)


def _observe(
    paths: Sequence[Path],
    pipeline: Pipeline,
    open_source: OpenSource,
    progress: Progress,
    surroundings: Surroundings = Surroundings.PLAIN,
    noises: Mapping[str, Wave] = NO_NOISES,
) -> tuple[ImageRow, ...]:
    rows = []
    for number, path in enumerate(paths, 1):
        sample = read_sound(path, open_source)
        if sample is None:
            rows.append(ImageRow(None, -1, {}, {}, {}, Code.DEVICE_BAD_MEDIA.value))
        else:
            seen = pipeline.observe(_heard(sample, surroundings, noises, path.name))
            components = seen.quality.components
            rows.append(
                ImageRow(
                    seen.template,
                    seen.quality.unified,
                    {component.measure.value: component.passed for component in components},
                    {component.measure.value: component.value for component in components},
                    dict(seen.steps_ms),
                    "" if seen.reason is None else seen.reason.value,
                )
            )
        progress(number / len(paths), path.name)
    return tuple(rows)


def _known(templates: Sequence[Template | None], chosen: Sequence[int]) -> list[Template]:
    return [template for index in chosen if (template := templates[index]) is not None]
