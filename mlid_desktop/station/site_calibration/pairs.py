"""Compares the people of a vault with one another, by their references, as calibration needs it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, islice

import numpy as np

from mlid_desktop.decision.site_calibration.measurement import SitePairs
from mlid_desktop.domain.characteristics import Characteristic
from mlid_desktop.domain.errors import Code, ModelError
from mlid_desktop.domain.ports import Pipeline
from mlid_desktop.domain.templates import Reference, Template
from mlid_desktop.modalities.backward_compatibility import BackwardCompatiblePipeline, scores_of_pairs
from mlid_desktop.modalities.face.embedding.compare import RowReading, row_scores

MOST_PEOPLE = 2500  # whose rows are compared at once: three million pairs
MOST_COMPARISONS = 40_000  # template by template: some minutes of fingers

TRIALS_IN_A_CALL = 100  # between two words of progress

Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class SiteReferences:
    """The templates of a vault's people by characteristic, of one extractor; nobody is named. Of too many people those
    whose random identifiers come first: nobody chooses who is measured."""

    extractor: str
    people: tuple[Mapping[Characteristic, tuple[Template, ...]], ...] = field(repr=False)

    @classmethod
    def of(cls, references: Iterable[Reference], extractor: str) -> SiteReferences:
        """The references of this extractor, by person."""
        found: dict[str, dict[Characteristic, tuple[Template, ...]]] = {}
        for reference in references:
            template = reference.template
            if template.extractor.key == extractor:
                own = found.setdefault(reference.subject_id, {})
                own[template.characteristic] = (*own.get(template.characteristic, ()), template)
        chosen = [found[subject_id] for subject_id in sorted(found)]
        return cls(extractor, tuple(chosen[:MOST_PEOPLE]))


def compare_people(references: SiteReferences, pipeline: Pipeline, progress: Progress) -> SitePairs:
    """The score of every two people for each characteristic that both gave: the first template of the one against all
    of the other, the best of which counts, as at a verification; ``progress`` is told the share done. Raises ModelError
    for a malformed template.
    """
    engine = _engine_of(pipeline, references.extractor)
    if isinstance(engine, RowReading):
        return _by_rows(references, engine, progress)
    return _one_by_one(references, engine, progress)


def _engine_of(pipeline: Pipeline, extractor: str) -> Pipeline:
    """The pipeline that made the templates: today's, or an earlier one beside it."""
    engines = (pipeline.today, *pipeline.earlier) if isinstance(pipeline, BackwardCompatiblePipeline) else (pipeline,)
    found = next((engine for engine in engines if engine.extractor.key == extractor), None)
    if found is None:
        raise ModelError(Code.MODEL_EXTRACTOR_MISMATCH, expected=extractor, found=pipeline.extractor.key)
    return found


def _by_rows(references: SiteReferences, engine: RowReading, progress: Progress) -> SitePairs:
    templates = [next(iter(own.values()))[0] for own in references.people]
    matrix = engine.rows(templates)
    first, second = np.triu_indices(len(templates), 1)
    scores = np.empty(len(first), np.float64)
    parts = np.array_split(np.arange(len(first)), 20)
    for number, part in enumerate(parts, start=1):
        scores[part] = row_scores(matrix[first[part]], matrix[second[part]])
        progress(number / len(parts))
    return SitePairs.of(first, second, scores, np.asarray(row_scores(matrix, matrix), np.float64))


def _one_by_one(references: SiteReferences, engine: Pipeline, progress: Progress) -> SitePairs:
    """Whose template is nothing like itself, such as that of a voice with too little speech, can be compared with
    nobody and is no person here."""
    likeness = [_own(person, engine) for person in references.people]
    comparable = [person for person, own in zip(references.people, likeness, strict=True) if own > 0.0]
    own = [own for own in likeness if own > 0.0]
    people = _within_reach(comparable)
    trials = [
        (first, second, characteristic)
        for first, second in combinations(range(len(people)), 2)
        for characteristic in people[first]
        if characteristic in people[second]
    ]
    scores = np.empty(len(trials), np.float64)
    for start in range(0, len(trials), TRIALS_IN_A_CALL):
        part = trials[start : start + TRIALS_IN_A_CALL]
        probes = [people[first][characteristic][0] for first, _, characteristic in part]
        others = [people[second][characteristic] for _, second, characteristic in part]
        scores[start : start + len(part)] = _best_scores(engine, probes, others)
        progress((start + len(part)) / len(trials))
    numbers = np.array([trial[:2] for trial in trials], dtype=np.intp).reshape(-1, 2)
    return SitePairs.of(numbers[:, 0], numbers[:, 1], scores, np.array(own[: len(people)], np.float64))


def _best_scores(engine: Pipeline, probes: Sequence[Template], others: Sequence[Sequence[Template]]) -> list[float]:
    """The best score of each probe against some templates."""
    pairs = [(probe, template) for probe, own in zip(probes, others, strict=True) for template in own]
    scores = iter(scores_of_pairs(engine, pairs))
    return [max(islice(scores, len(own))) for own in others]


def _own(person: Mapping[Characteristic, tuple[Template, ...]], engine: Pipeline) -> float:
    return min(engine.similarity(templates[0], templates[0]) for templates in person.values())


def _within_reach(
    people: Sequence[Mapping[Characteristic, tuple[Template, ...]]],
) -> Sequence[Mapping[Characteristic, tuple[Template, ...]]]:
    """As many people as can be compared one by one in a few minutes."""
    most = len(people)
    each = max((sum(len(templates) for templates in person.values()) for person in people), default=1)
    while most > 2 and most * (most - 1) // 2 * each > MOST_COMPARISONS:
        most -= 1
    return people[:most]
