"""Nobody is enrolled again when an extractor is replaced: earlier references are compared by the one that made them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest

from mlid_desktop.decision.calibration_set import CalibrationSet
from mlid_desktop.domain import ports
from mlid_desktop.domain.characteristics import FACE, Modality
from mlid_desktop.domain.observations import Evidence, FrameChange, Observation, SearchHit
from mlid_desktop.domain.ports import BackwardCompatible, ChangeMeasuring, RepeatDetecting
from mlid_desktop.domain.samples import Sample
from mlid_desktop.domain.templates import Extractor, Reference, Template, Touch, require_same_extractor
from mlid_desktop.modalities.backward_compatibility import BackwardCompatiblePipeline
from mlid_desktop.modalities.best_match import best_match
from mlid_desktop.station.services.recognition.gallery import Gallery
from tests.makers import ENROLLED, calibration, observation, policy

TODAY, BEFORE, UNKNOWN = Extractor("code", 2, "new"), Extractor("code", 1, "old"), Extractor("code", 0, "lost")
SCORES = {TODAY: 0.55, BEFORE: 0.29}


@dataclass
class OneExtractor:
    """A pipeline whose every comparison has one score; a template of another extractor is refused."""

    extractor: Extractor
    observed: list[Sample] = field(default_factory=list)
    modality: Modality = Modality.FACE

    def observe(self, sample: Sample) -> Observation:
        self.observed.append(sample)
        seen = observation()
        assert seen.template is not None
        return replace(seen, sample=sample, template=replace(seen.template, extractor=self.extractor))

    def compare(self, observation: Observation, references: Sequence[Reference]) -> Evidence:
        return best_match(observation, references, self.similarity)

    def similarity(self, first: Template, second: Template) -> float:
        require_same_extractor(self.extractor, first)
        require_same_extractor(self.extractor, second)
        return SCORES[self.extractor]

    def consolidate(self, templates: Sequence[Template]) -> Template:
        return templates[0]

    def index(self, references: Sequence[Reference]) -> OneIndex:
        for reference in references:
            require_same_extractor(self.extractor, reference.template)
        return OneIndex(self.extractor, tuple(references))


@dataclass
class OneIndex:
    extractor: Extractor
    references: tuple[Reference, ...]

    def __len__(self) -> int:
        return len(self.references)

    def search(self, probe: Template, limit: int) -> tuple[SearchHit, ...]:
        require_same_extractor(self.extractor, probe)
        return tuple(
            SearchHit(reference.reference_id, reference.subject_id, SCORES[self.extractor])
            for reference in self.references
        )


def reference(extractor: Extractor, name: str = "a") -> Reference:
    seen = observation()
    assert seen.template is not None
    template = replace(seen.template, extractor=extractor)
    return Reference(f"{name}-{extractor.version}", name, template, 80, seen.provenance, ENROLLED)


@pytest.fixture
def before() -> OneExtractor:
    return OneExtractor(BEFORE)


@pytest.fixture
def pipeline(before: OneExtractor) -> BackwardCompatiblePipeline:
    return BackwardCompatiblePipeline(OneExtractor(TODAY), [before], lambda probe, earlier: probe if earlier else None)


def seen_by(pipeline: BackwardCompatiblePipeline) -> Observation:
    return pipeline.observe(observation().sample)


def test_a_reference_of_today_is_compared_by_today_alone(
    pipeline: BackwardCompatiblePipeline, before: OneExtractor
) -> None:
    seen = seen_by(pipeline)
    found = pipeline.compare(seen, [reference(BEFORE), reference(TODAY)])
    assert found.comparison is not None
    assert (found.comparison.score, found.comparison.reference_id) == (0.55, "a-2")
    assert (found.extractor, found.renewal, before.observed) == (TODAY.key, None, [])


def test_an_earlier_reference_is_compared_by_its_own_extractor_on_the_same_sample(
    pipeline: BackwardCompatiblePipeline, before: OneExtractor
) -> None:
    seen = seen_by(pipeline)
    found = pipeline.compare(seen, [reference(BEFORE)])
    assert found.comparison is not None
    assert (found.comparison.score, found.extractor) == (0.29, BEFORE.key)
    assert found.observation is seen
    assert before.observed == [seen.sample]
    assert found.renewal is not None
    assert (found.renewal.replaced, found.renewal.template) == (("a-1",), seen.template)


def test_a_sample_that_does_not_hold_enough_renews_nothing(before: OneExtractor) -> None:
    pipeline = BackwardCompatiblePipeline(OneExtractor(TODAY), [before], lambda probe, earlier: None)
    found = pipeline.compare(seen_by(pipeline), [reference(BEFORE)])
    assert found.comparison is not None
    assert found.renewal is None


def test_a_gallery_finds_people_of_both_and_judges_each_by_its_own_calibration(
    pipeline: BackwardCompatiblePipeline, before: OneExtractor
) -> None:
    assert isinstance(pipeline, BackwardCompatible)
    references = [
        reference(TODAY, "new"),
        reference(BEFORE, "old"),
        reference(BEFORE, "both"),
        reference(TODAY, "both"),
    ]
    gallery = Gallery(pipeline, [*references, reference(UNKNOWN, "nobody")])
    assert (len(gallery), gallery.without_model(FACE)) == (4, frozenset({"nobody"}))
    today = calibration().model_copy(update={"extractor": TODAY.key})
    earlier = calibration().model_copy(
        update={"extractor": BEFORE.key, "score": tuple(score / 2 for score in today.score)}
    )
    side_by_side = CalibrationSet({Modality.FACE: today}, (earlier,))
    found = gallery.search(seen_by(pipeline), policy(), side_by_side)
    assert found.gallery_size == 3
    assert [row.subject_id for row in found.candidates] == ["old", "both", "new"]
    by_name = {row.subject_id: row.score for row in found.candidates}
    assert (by_name["old"], by_name["new"]) == (0.29, 0.55)
    assert gallery.add([reference(BEFORE, "late")])
    assert "late" in {row.subject_id for row in gallery.search(seen_by(pipeline), policy(), side_by_side).candidates}


def test_nothing_is_extracted_twice_where_nobody_is_left_on_the_earlier_one(
    pipeline: BackwardCompatiblePipeline, before: OneExtractor
) -> None:
    gallery = Gallery(pipeline, [reference(TODAY)])
    today = calibration().model_copy(update={"extractor": TODAY.key})
    gallery.search(seen_by(pipeline), policy(), {Modality.FACE: today})
    assert before.observed == []


class ManySided(OneExtractor):
    """A pipeline that can all that one may be able to besides comparing."""

    sees_mouth = True

    def repeats(self, touch: Touch, earlier: Sequence[Touch], sample: Sample | None = None) -> bool:
        return touch in earlier or sample is not None

    def measure_mouth(self, sample: Sample) -> float:
        return 0.25

    def measure_change(self, first: Observation, later: Observation) -> FrameChange:
        return FrameChange(1.0, 0.0 if first.sample is later.sample else 1.0)


def test_what_todays_pipeline_can_besides_it_does_with_earlier_ones_beside_it(before: OneExtractor) -> None:
    pipeline = BackwardCompatiblePipeline(ManySided(TODAY), [before], lambda probe, earlier: None)
    assert isinstance(pipeline, RepeatDetecting)
    assert isinstance(pipeline, ChangeMeasuring)
    touch = Touch(FACE, b"digest", b"geometry")
    assert pipeline.repeats(touch, [touch])
    assert not pipeline.repeats(touch, [])
    seen = seen_by(pipeline)
    assert pipeline.repeats(touch, [], seen.sample)
    assert pipeline.sees_mouth
    assert pipeline.measure_mouth(seen.sample) == 0.25
    assert pipeline.measure_change(seen, seen) == FrameChange(1.0, 0.0)


def test_what_todays_pipeline_cannot_changes_nothing(pipeline: BackwardCompatiblePipeline) -> None:
    touch = Touch(FACE, b"digest", b"geometry")
    assert not pipeline.repeats(touch, [touch])
    assert pipeline.measure_change(seen_by(pipeline), seen_by(pipeline)) is None
    assert not pipeline.sees_mouth
    assert pipeline.measure_mouth(seen_by(pipeline).sample) is None


def test_nothing_that_a_pipeline_may_be_able_to_is_lost_with_earlier_ones_beside_it() -> None:
    capabilities = [
        port
        for port in vars(ports).values()
        if getattr(port, "_is_runtime_protocol", False)
        and port.__doc__.startswith("A pipeline")
        and port is not ports.Deriving  # which earlier ones are
    ]
    assert len(capabilities) >= 3
    for port in capabilities:
        members = [name for name in vars(port) if not name.startswith("_")]
        assert members
        assert all(hasattr(BackwardCompatiblePipeline, name) for name in members), port.__name__
