"""A pipeline beside those of earlier extractors, so that nobody has to be enrolled again when a model is replaced."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.observations import Evidence, FrameChange, Observation
from mlid_desktop.domain.ports import (
    ChangeMeasuring,
    ComparingMany,
    Deriving,
    FaceSighting,
    MouthMeasuring,
    Pipeline,
    RepeatDetecting,
    SearchIndex,
    Tabulating,
)
from mlid_desktop.domain.samples import Sample
from mlid_desktop.domain.templates import Extractor, Reference, Renewal, Template, Touch

Renew = Callable[[Template, Sequence[Template]], Template | None]
"""Makes of a probe's template and of a person's templates of an earlier extractor the one that takes their place; None
where the probe does not hold enough for that."""


class BackwardCompatiblePipeline:
    """Implements ``domain.ports.Pipeline`` and ``BackwardCompatible``: everything is made by ``today``'s extractor. A
    person whose references are all of an earlier one is compared by that one, on the very sample that was observed; the
    score then has that extractor's meaning. What ``today`` can besides (``RepeatDetecting``, ``ChangeMeasuring``) it
    does."""

    def __init__(self, today: Pipeline, earlier: Sequence[Pipeline], renew: Renew) -> None:
        self._today = today
        self._earlier = tuple(earlier)
        self._renew = renew

    @property
    def today(self) -> Pipeline:
        """The pipeline of today's extractor alone."""
        return self._today

    @property
    def earlier(self) -> Sequence[Pipeline]:
        """The pipelines of the earlier extractors, the newest first."""
        return self._earlier

    @property
    def modality(self) -> Modality:
        """The modality of all of them."""
        return self._today.modality

    @property
    def extractor(self) -> Extractor:
        """Today's extractor."""
        return self._today.extractor

    def observe(self, sample: Sample) -> Observation:
        """Today's observation of a sample."""
        return self._today.observe(sample)

    def compare(self, observation: Observation, references: Sequence[Reference]) -> Evidence:
        """Compares with the references of today's extractor where there are any of this characteristic; else with those
        of the newest earlier one that there are, and with what would take their place. Raises ModelError."""
        own = [reference for reference in references if reference.template.characteristic == observation.characteristic]
        if observation.template is None or _made_by(self._today, own):
            return self._today.compare(observation, _made_by(self._today, own) or own)
        for pipeline in self._earlier:
            kept = _made_by(pipeline, own)
            if kept:
                return self._compared_by(pipeline, observation, kept)
        return self._today.compare(observation, own)

    def similarity(self, first: Template, second: Template) -> float:
        """Comparison score of two templates of today's extractor. Raises ModelError for one of another."""
        return self._today.similarity(first, second)

    def similarities(self, pairs: Sequence[tuple[Template, Template]]) -> Sequence[float]:
        """Comparison scores of pairs of today's extractor, in one call where it takes many. Raises ModelError for one
        of another."""
        return scores_of_pairs(self._today, pairs)

    def consolidate(self, templates: Sequence[Template]) -> Template:
        """One template made of several of today's extractor. Raises ModelError for one of another."""
        return self._today.consolidate(templates)

    def index(self, references: Sequence[Reference]) -> SearchIndex:
        """An index over references of today's extractor; those of earlier ones are indexed by their own pipelines.
        Raises ModelError for a reference of another."""
        return self._today.index(references)

    def tabulated(self, template: Template) -> Template:
        """A template of today's extractor with its search table, where that extractor keeps any. Raises ModelError."""
        return self._today.tabulated(template) if isinstance(self._today, Tabulating) else template

    def observed_by(self, earlier: Pipeline, observation: Observation) -> Observation:
        """What an earlier extractor makes of the sample that today's observed; taken from today's template where that
        holds it. Raises ModelError for a malformed template."""
        if isinstance(earlier, Deriving):
            return earlier.derive(observation)
        return earlier.observe(observation.sample).for_characteristic(observation.characteristic)

    def repeats(self, touch: Touch, earlier: Sequence[Touch], sample: Sample | None = None) -> bool:
        """Whether today's extractor knows an image as one of the earlier ones; False where it knows none again."""
        return isinstance(self._today, RepeatDetecting) and self._today.repeats(touch, earlier, sample)

    def measure_change(self, first: Observation, later: Observation) -> FrameChange | None:
        """What today's extractor sees changed between two frames; None where it sees no changes."""
        return self._today.measure_change(first, later) if isinstance(self._today, ChangeMeasuring) else None

    def sight_faces(self, sample: Sample) -> Sequence[tuple[float, float, float, float]]:
        """Where faces are in a frame, as far as today's extractor sights any."""
        return self._today.sight_faces(sample) if isinstance(self._today, FaceSighting) else ()

    @property
    def sees_mouth(self) -> bool:
        """Whether today's extractor sees a mouth."""
        return isinstance(self._today, MouthMeasuring) and self._today.sees_mouth

    def measure_mouth(self, sample: Sample) -> float | None:
        """How far the mouth in a frame is open, as far as today's extractor sees one."""
        return self._today.measure_mouth(sample) if isinstance(self._today, MouthMeasuring) else None

    def _compared_by(self, pipeline: Pipeline, observation: Observation, kept: Sequence[Reference]) -> Evidence:
        found = pipeline.compare(self.observed_by(pipeline, observation), kept)
        if found.comparison is None:
            return replace(found, observation=observation)
        comparison = replace(found.comparison, extractor=pipeline.extractor.key)
        assert observation.template is not None
        template = self._renew(observation.template, [reference.template for reference in kept])
        renewal = None if template is None else Renewal(tuple(reference.reference_id for reference in kept), template)
        return replace(found, observation=observation, comparison=comparison, renewal=renewal)


def _made_by(pipeline: Pipeline, references: Sequence[Reference]) -> list[Reference]:
    return [reference for reference in references if reference.template.extractor.key == pipeline.extractor.key]


def scores_of_pairs(pipeline: Pipeline, pairs: Sequence[tuple[Template, Template]]) -> Sequence[float]:
    """The comparison score of each pair of templates: in one call where a pipeline takes many, else one after another.
    Raises ModelError for a template of another extractor or a malformed one."""
    if isinstance(pipeline, ComparingMany):
        return pipeline.similarities(pairs)
    return [pipeline.similarity(first, second) for first, second in pairs]
