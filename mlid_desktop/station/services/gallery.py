"""Galleries: the references of one modality prepared for 1:N search."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mlid_desktop.decision import identification
from mlid_desktop.decision.calibration_set import Calibrations, calibration_for
from mlid_desktop.decision.policy import Policy
from mlid_desktop.domain.characteristics import Characteristic
from mlid_desktop.domain.decisions import Candidate
from mlid_desktop.domain.errors import Code, ModelError
from mlid_desktop.domain.observations import Observation, SearchHit
from mlid_desktop.domain.ports import JoinableIndex, Pipeline, SearchIndex, Succeeding
from mlid_desktop.domain.templates import Reference, Template
from mlid_desktop.workflow.events import CandidatesFound

MERGED_FROM = 4096  # references; fewer newer ones are joined with each person who is added, which copies their tables
REBUILT_FROM = 200  # references of a kind of index that cannot be joined: it is built anew for each person
SEARCH_MARGIN = 4  # several references of one person may fill the first places


class Gallery:
    """The searchable references of one modality, by the extractor that made them; :meth:`without_model` tells who has
    none but of an extractor that the pipeline does not know. Newer ones stand in a small index of their own, so that
    one more person does not copy the large one, and are merged into it once they are many."""

    def __init__(self, pipeline: Pipeline, references: Sequence[Reference]) -> None:
        self._pipeline = pipeline
        earlier = pipeline.earlier if isinstance(pipeline, Succeeding) else ()
        self._indexes = tuple(_ExtractorIndex(part, references) for part in (pipeline, *earlier))
        known = {part.extractor.key for part in (pipeline, *earlier)}
        foreign = [reference for reference in references if reference.template.extractor.key not in known]
        own = [reference for reference in references if reference.template.extractor.key in known]
        self._without_model = _given(foreign) - _given(own)

    def __len__(self) -> int:
        return sum(len(index) for index in self._indexes)

    def add(self, references: Sequence[Reference]) -> bool:
        """Adds references that were made here since; False where they are so many that the gallery is better built
        again."""
        self._without_model -= _given(references)
        return all(index.add(references) for index in self._indexes)

    def without_model(self, characteristic: Characteristic) -> frozenset[str]:
        """The people who gave this characteristic and cannot be found by it: their references of it are all of
        extractors that this station has not got."""
        return frozenset(subject_id for subject_id, given in self._without_model if given == characteristic)

    def search(self, observation: Observation, policy: Policy, calibrations: Calibrations) -> CandidatesFound:
        """Searches the gallery for candidates; references of earlier extractors by those, on the very sample that was
        observed. Raises ModelError where the modality has no calibration."""
        modality = observation.characteristic.modality
        if observation.template is None or modality not in calibrations:
            raise ModelError(Code.MODEL_UNCALIBRATED, modality=modality.value)
        people = len(frozenset[str]().union(*(index.subjects for index in self._indexes)))
        rules, found, expected = policy.identification, list[Candidate](), 0.0
        for number, index in enumerate(self._indexes):
            if not len(index):
                continue
            probe = observation.template if number == 0 else self._probe(index.pipeline, observation)
            if probe is None:
                continue
            calibration = calibration_for(calibrations, modality, probe.extractor.key)
            if calibration is None:
                raise ModelError(Code.MODEL_UNCALIBRATED, modality=modality.value)
            hits = index.search(probe, rules.candidates * SEARCH_MARGIN)
            found += identification.rank_candidates(hits, observation.characteristic, people, calibration, rules)
            expected += identification.expected_false_hits(len(index.subjects), rules, calibration)
        missed = len(self.without_model(observation.characteristic))
        return CandidatesFound(identification.best_of_each(found, rules), people, expected, without_model=missed)

    def _probe(self, earlier: Pipeline, observation: Observation) -> Template | None:
        """The observed sample's template by an earlier extractor."""
        pipeline = self._pipeline
        return pipeline.observed_by(earlier, observation).template if isinstance(pipeline, Succeeding) else None


def _given(references: Iterable[Reference]) -> frozenset[tuple[str, Characteristic]]:
    """Who gave what, of these references."""
    return frozenset((reference.subject_id, reference.template.characteristic) for reference in references)


class _ExtractorIndex:
    """The references that one extractor made, and its pipeline."""

    def __init__(self, pipeline: Pipeline, references: Sequence[Reference]) -> None:
        self.pipeline = pipeline
        usable = self._usable(references)
        self.subjects = frozenset(reference.subject_id for reference in usable)
        self._index: SearchIndex = pipeline.index(usable)
        self._newer: tuple[Reference, ...] = ()
        self._newer_index: SearchIndex = pipeline.index(())

    def __len__(self) -> int:
        return len(self._index) + len(self._newer_index)

    def add(self, references: Sequence[Reference]) -> bool:
        usable = self._usable(references)
        if not usable:
            return True
        self.subjects |= {reference.subject_id for reference in usable}
        if not isinstance(self._newer_index, JoinableIndex):
            return self._rebuild_newer(usable)
        self._newer_index = self._newer_index.joined(self.pipeline.index(usable))
        if len(self._newer_index) >= MERGED_FROM and isinstance(self._index, JoinableIndex):
            self._index = self._index.joined(self._newer_index)
            self._newer_index = self.pipeline.index(())
        return True

    def _rebuild_newer(self, usable: Sequence[Reference]) -> bool:
        """Builds the small index anew; False where it would be too large for that."""
        self._newer = (*self._newer, *usable)
        self._newer_index = self.pipeline.index(self._newer)
        return len(self._newer) <= REBUILT_FROM

    def search(self, probe: Template, limit: int) -> list[SearchHit]:
        indexes = [index for index in (self._index, self._newer_index) if len(index)]
        return [hit for index in indexes for hit in index.search(probe, limit)]

    def _usable(self, references: Sequence[Reference]) -> list[Reference]:
        return [
            reference for reference in references if reference.template.extractor.key == self.pipeline.extractor.key
        ]
