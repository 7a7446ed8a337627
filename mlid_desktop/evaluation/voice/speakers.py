"""Evaluation of the speaker comparison: several recordings enrolled, one probed, in every choice."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from math import comb
from pathlib import Path
from time import perf_counter

import numpy as np

from mlid_desktop.domain.errors import Code, UsageError
from mlid_desktop.domain.ports import Pipeline
from mlid_desktop.domain.templates import Template
from mlid_desktop.evaluation.calibration import ScoreBins, calibrate
from mlid_desktop.evaluation.calibration_run import CalibrationRun
from mlid_desktop.evaluation.comparisons import ComparisonResult
from mlid_desktop.evaluation.datasets import ImageSet
from mlid_desktop.evaluation.metrics import Trials, error_rates, share_interval
from mlid_desktop.evaluation.observations import ImageRow, OpenSource, Progress
from mlid_desktop.evaluation.voice.datasets import read_sound
from mlid_desktop.modalities.voice.pipeline import open_voice_pipeline
from mlid_desktop.models.store import ModelStore

ENROLLED = 3
MAX_CHOICES = 200
NO_SCORE = -2.5  # below: the pipeline says that there was too little speech


def voice_pipeline(store: ModelStore, cohorts: Path) -> Pipeline:
    """Opens the voice pipeline with all models that are installed. Raises ModelError as its opening does."""
    return open_voice_pipeline(store, cohorts)


def evaluate_voices(
    sounds: ImageSet, pipeline: Pipeline, open_source: OpenSource, progress: Progress, enrolled: int = ENROLLED
) -> ComparisonResult:
    """Compares every choice of ``enrolled`` recordings a speaker (evenly spread where there are very many) with every
    other recording. One with too little speech is a failure to acquire and takes part in no trial.

    Raises UsageError(USAGE_BAD_DATASET) where no genuine or no impostor trial is left.
    """
    rows = _observe(sounds.images, pipeline, open_source, progress)
    templates = [row.template for row in rows]
    started = perf_counter()
    scores, owners, probes = [], [], []
    for person in range(len(sounds.people)):
        own = [
            index for index, number in enumerate(sounds.person_of) if number == person and templates[index] is not None
        ]
        for chosen in spread_choices(own, enrolled):
            reference = pipeline.consolidate(_known(templates, chosen))
            for index, template in enumerate(templates):
                if template is None or index in chosen:
                    continue
                score = pipeline.similarity(reference, template)
                if score > NO_SCORE:
                    scores.append(score)
                    owners.append(person)
                    probes.append(sounds.person_of[index])
    trials = Trials(np.array(scores, np.float64), np.array(owners, np.intp), np.array(probes, np.intp))
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
) -> CalibrationRun:
    """Makes the calibration of the speaker comparison from the trials of :func:`evaluate_voices`. Raises
    UsageError(USAGE_BAD_DATASET) where they carry none."""
    result = evaluate_voices(sounds, pipeline, open_source, progress, enrolled)
    bins = ScoreBins.of(result.genuine, result.impostor, len(sounds.people))
    made = calibrate(bins, pipeline.modality, pipeline.extractor.key, dataset)
    return CalibrationRun(made, (), sum(row.template is None for row in result.rows))


def spread_choices(indices: Sequence[int], size: int) -> list[tuple[int, ...]]:
    """All choices of ``size`` of the indices, or MAX_CHOICES of them evenly spread in their order."""
    step = -(-comb(len(indices), size) // MAX_CHOICES) if len(indices) >= size else 1
    return [choice for number, choice in enumerate(combinations(indices, size)) if number % step == 0]


def _observe(
    paths: Sequence[Path], pipeline: Pipeline, open_source: OpenSource, progress: Progress
) -> tuple[ImageRow, ...]:
    rows = []
    for number, path in enumerate(paths, 1):
        sample = read_sound(path, open_source)
        if sample is None:
            rows.append(ImageRow(None, -1, {}, {}, {}, Code.DEVICE_BAD_MEDIA.value))
        else:
            seen = pipeline.observe(sample)
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
