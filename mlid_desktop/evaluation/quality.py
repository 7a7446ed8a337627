"""Evaluation of face quality: rendered people get worse step by step, and the quality components must follow."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from mlid_desktop.domain.ports import Pipeline
from mlid_desktop.domain.provenance import DeviceIdentity, Provenance, SourceKind
from mlid_desktop.domain.quality import Measure
from mlid_desktop.domain.samples import FrameSample, Image
from mlid_desktop.evaluation.observations import Progress
from mlid_desktop.station.documents.measurement import step_medians
from mlid_desktop.station.text.language import N_ as _
from mlid_desktop.synthetic.face.portrait import HeadPose, SyntheticPortrait
from mlid_desktop.synthetic.face.sampling import sample_person
from mlid_desktop.synthetic.face.shading import Lighting

SEEDS = (1, 3, 7)
FRAME_SIZE = (960, 720)
LIGHTING = Lighting((0.0, 0.5, 0.8))
LEEWAY = 2.0  # points by which a value may rise between two steps: detector and nets are not exact
UNIFIED = "unified"
PROVENANCE = Provenance(SourceKind.SIMULATED, DeviceIdentity("simulated", "face", "Rendered person"))

Render = Callable[[SyntheticPortrait, float], Image]


@dataclass(frozen=True, slots=True)
class Degradation:
    """One way in which a rendered face gets worse: ``amounts`` from good to bad in a unit, and the components that must
    fall."""

    name: str
    unit: str
    amounts: tuple[float, ...]
    watched: tuple[Measure, ...]
    render: Render


@dataclass(frozen=True, slots=True)
class Series:
    """Mean quality over the people at each amount of a degradation, by component and unified; 0 where no face was
    found.

    ``falls`` says of each watched component whether it falls for every person.
    """

    degradation: Degradation
    values: dict[str, tuple[float, ...]]
    falls: dict[str, bool]


@dataclass(frozen=True, slots=True)
class QualityResult:
    """The series of every degradation, and the milliseconds that the pipeline's steps took."""

    series: tuple[Series, ...]
    steps_ms: dict[str, float]


def evaluate_quality(pipeline: Pipeline, progress: Progress, seeds: Sequence[int] = SEEDS) -> QualityResult:
    """Renders every degradation of every person and observes it."""
    kinds = degradations()
    portraits = [SyntheticPortrait(sample_person(seed), LIGHTING, FRAME_SIZE) for seed in seeds]
    total = sum(len(kind.amounts) for kind in kinds) * len(seeds)
    steps: list[dict[str, float]] = []
    found = []
    for degradation in kinds:
        rows = []
        for portrait in portraits:
            row = []
            for amount in degradation.amounts:
                sample = FrameSample(0, 0.0, PROVENANCE, degradation.render(portrait, amount))
                observation = pipeline.observe(sample)
                steps.append(dict(observation.steps_ms))
                values = {
                    component.measure.value: max(0, component.value) for component in observation.quality.components
                }
                row.append(values | {UNIFIED: max(0, observation.quality.unified)})
                progress(len(steps) / total, degradation.name)
            rows.append(row)
        found.append(mean_series(degradation, rows))
    return QualityResult(tuple(found), step_medians(steps))


def mean_series(degradation: Degradation, rows: Sequence[Sequence[Mapping[str, float]]]) -> Series:
    """The mean quality over people; ``rows`` are the values of each person at each amount."""
    names = [*(measure.value for measure in degradation.watched), UNIFIED]
    table = {name: np.array([[values.get(name, 0) for values in row] for row in rows], np.float64) for name in names}
    return Series(
        degradation,
        {name: tuple(values.mean(axis=0).tolist()) for name, values in table.items()},
        {measure.value: all(is_falling(row) for row in table[measure.value]) for measure in degradation.watched},
    )


def is_falling(values: Sequence[float]) -> bool:
    """Whether values never rise by more than the leeway, and end lower than they start."""
    return all(after <= before + LEEWAY for before, after in pairwise(values)) and values[-1] < values[0]


def degradations() -> tuple[Degradation, ...]:
    """The degradations of a quality evaluation: blur, darkness, turn and distance, each of a person who looks into the
    camera otherwise."""
    front = HeadPose(pitch=6.0)
    return (
        Degradation(
            _("Blur"),
            _("Standard deviation, pixels"),
            (0.0, 1.0, 2.0, 3.0, 4.0, 6.0),
            (Measure.SHARPNESS,),
            lambda portrait, amount: _blurred(portrait.frame(front), amount),
        ),
        Degradation(
            _("Darkness"),
            _("Share of the light taken away"),
            (0.0, 0.3, 0.5, 0.65, 0.75, 0.85),
            (Measure.UNDER_EXPOSURE,),
            lambda portrait, amount: (portrait.frame(front) * (1.0 - amount)).astype(np.uint8),
        ),
        Degradation(
            _("Turn"),
            _("Yaw, degrees"),
            (0.0, 10.0, 20.0, 30.0, 40.0, 50.0),
            (Measure.YAW,),
            lambda portrait, amount: portrait.frame(HeadPose(yaw=amount, pitch=6.0)),
        ),
        Degradation(
            _("Distance"),
            _("Distance from the camera, millimetres"),
            (700.0, 1000.0, 1400.0, 2000.0, 2800.0),
            (Measure.EYE_DISTANCE, Measure.FACE_SIZE),
            lambda portrait, amount: portrait.frame(HeadPose(pitch=6.0, distance=amount)),
        ),
    )


def quality_document(result: QualityResult, around: Mapping[str, Any]) -> dict[str, Any]:
    """The numbers of a quality report."""
    return {
        "kind": "quality",
        **around,
        "falls": {row.degradation.name: row.falls for row in result.series},
        "series": {
            row.degradation.name: {
                "unit": row.degradation.unit,
                "amounts": list(row.degradation.amounts),
                **{name: list(values) for name, values in row.values.items()},
            }
            for row in result.series
        },
        "step_ms": result.steps_ms,
    }


def _blurred(image: Image, deviation: float) -> Image:
    from scipy.ndimage import gaussian_filter  # noqa: PLC0415 - late: heavy and needed for this report alone

    return np.asarray(gaussian_filter(image, (deviation, deviation, 0.0)), np.uint8)
