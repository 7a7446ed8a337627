"""A calibration run: observes a labelled set, compares every pair of it, and makes a calibration table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mlid_desktop.decision.calibration import Calibration
from mlid_desktop.domain.characteristics import Characteristic
from mlid_desktop.domain.errors import Code, UsageError
from mlid_desktop.domain.ports import Pipeline
from mlid_desktop.evaluation.calibration import ScoreBins, bins_within, calibrate, write_toml
from mlid_desktop.evaluation.datasets import ImageSet
from mlid_desktop.evaluation.groups import NO_GROUPS, Groups
from mlid_desktop.evaluation.metrics import Trials
from mlid_desktop.evaluation.observations import OpenSource, Progress, observe_images
from mlid_desktop.evaluation.pairs import PairList
from mlid_desktop.evaluation.scoring import compare_pairs
from mlid_desktop.station.documents.output_files import make_folder, write_private

SAME_PICTURE = 0.9  # share of the score of a picture with itself; docs/evaluation.md says what it finds in LFW


@dataclass(frozen=True, slots=True)
class CalibrationRun:
    """A calibration with what was noticed on the way; ``merged`` are names that turned out to show one person,
    ``missed`` images without a template."""

    calibration: Calibration
    merged: tuple[tuple[str, str], ...]
    missed: int


def run_calibration(
    images: ImageSet,
    pairs: PairList,
    characteristic: Characteristic,
    pipeline: Pipeline,
    open_source: OpenSource,
    progress: Progress,
    dataset: str,
    groups: Groups = NO_GROUPS,
) -> CalibrationRun:
    """Observes every image and calibrates on the pairs, and on those within each of the ``groups``. Two names that
    share one and the same picture are one person.

    Raises UsageError(USAGE_BAD_DATASET) where the set carries no calibration.
    """
    rows = observe_images([f"image:{path}" for path in images.images], characteristic, pipeline, open_source, progress)
    templates = [row.template for row in rows]
    genuine, impostor = compare_pairs(templates, pairs, images.person_of, pipeline)
    if not len(genuine) or not len(impostor):
        raise UsageError(Code.USAGE_BAD_DATASET, why="no pair of the same or of different people could be compared")
    own = [pipeline.similarity(template, template) for template in templates if template is not None]
    doubles = impostor.score >= SAME_PICTURE * float(np.median(own))
    merged = sorted(set(zip(impostor.first[doubles].tolist(), impostor.second[doubles].tolist(), strict=True)))
    person = _merged(len(images.people), merged)
    genuine, impostor = _relabelled(genuine, impostor, person)
    bins = ScoreBins.of(genuine, impostor, len(images.people))
    within = bins_within(bins, impostor, groups)
    made = calibrate(bins, characteristic.modality, pipeline.extractor.key, dataset, within)
    names = tuple((images.people[first], images.people[second]) for first, second in merged)
    return CalibrationRun(made, names, sum(template is None for template in templates))


def write_calibration(path: Path, calibration: Calibration, *, replace: bool = False) -> None:
    """Writes a calibration table as TOML, in a folder that is made where it is not there. Raises UsageError:
    USAGE_OUTPUT_EXISTS, USAGE_OUTPUT_UNWRITABLE."""
    make_folder(path.parent)
    write_private(path, write_toml(calibration).encode(), replace=replace)


def _merged(people: int, doubles: Sequence[tuple[int, int]]) -> np.ndarray:
    """The number under which each person counts once doubles are merged, (people,)."""
    person = np.arange(people)
    for first, second in doubles:
        person[person == person[second]] = person[first]
    return person


def _relabelled(genuine: Trials, impostor: Trials, person: np.ndarray) -> tuple[Trials, Trials]:
    """Trials with the numbers of merged persons. Pairs of merged names leave the impostors; they say nothing new about
    the person and join no one."""
    changed = [Trials(trials.score, person[trials.first], person[trials.second]) for trials in (genuine, impostor)]
    return changed[0], changed[1].where(changed[1].first != changed[1].second)
