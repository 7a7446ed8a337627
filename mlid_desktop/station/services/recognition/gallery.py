"""Galleries: the references of one modality prepared for 1:N search."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from mlid_desktop.decision import identification
from mlid_desktop.decision.calibration_set import Calibrations, calibration_for
from mlid_desktop.decision.policy import Policy
from mlid_desktop.domain.characteristics import Characteristic
from mlid_desktop.domain.decisions import Candidate
from mlid_desktop.domain.errors import Code, ModelError
from mlid_desktop.domain.observations import Observation, SearchHit
from mlid_desktop.domain.ports import BackwardCompatible, JoinableIndex, Pipeline, SearchIndex, Tabulating
from mlid_desktop.domain.templates import Reference, Template
from mlid_desktop.workflow.events import CandidatesFound

MERGED_FROM = 4096  # references; fewer newer ones are joined with each person who is added, which copies their tables
REBUILT_FROM = 200  # references of a kind of index that cannot be joined: it is built anew for each person
SEARCH_MARGIN = 4  # several references of one person may fill the first places


class Gallery:
    """The searchable references of one modality, by the extractor that made them; :meth:`without_model` tells who has
    none but of an extractor that the pipeline does not know. Newer ones stand in a small index of their own, so that
    one more person does not copy the large one, and are merged into it once they are many."""

    def __init__(self, pipeline: Pipeline, references: Sequence[Reference] = ()) -> None:
        self._pipeline = pipeline
        earlier = pipeline.earlier if isinstance(pipeline, BackwardCompatible) else ()
        self._indexes = tuple(_ExtractorIndex(part) for part in (pipeline, *earlier))
        self._known = frozenset(part.extractor.key for part in (pipeline, *earlier))
        self._own: dict[Characteristic, set[str]] = {}
        self._foreign: dict[Characteristic, set[str]] = {}
        self._tabulated: list[Reference] = []
        self.load(references)
        self.settle()

    def __len__(self) -> int:
        return sum(len(index) for index in self._indexes)

    def load(self, references: Sequence[Reference]) -> None:
        """Makes a part of the references ready that a gallery is begun with. They are found once :meth:`settle` was
        called."""
        for index in self._indexes:
            self._tabulated += index.load(references)
        self._note_given(references)

    def settle(self) -> None:
        """Joins the parts that were loaded."""
        for index in self._indexes:
            index.settle()

    def add(self, references: Sequence[Reference]) -> bool:
        """Adds references that were made here since; False where they are so many that the gallery is better built
        again."""
        self._note_given(references)
        added = []
        for index in self._indexes:
            is_added, tabulated = index.add(references)
            added.append(is_added)
            self._tabulated += tabulated
        return all(added)

    def renew(self, changed: Mapping[str, Sequence[Reference]]) -> bool:
        """Puts the present references of people, none of those who are gone, in the place of what is held of them;
        False where the gallery cannot leave anybody out and has to be built again."""
        for subjects in (*self._foreign.values(), *self._own.values()):
            subjects.difference_update(changed)
        if any(not index.can_leave_out(changed.keys()) for index in self._indexes):
            return False
        for index in self._indexes:
            index.leave_out(changed.keys())
        self._tabulated = [reference for reference in self._tabulated if reference.subject_id not in changed]
        return self.add([reference for references in changed.values() for reference in references])

    def take_tabulated(self) -> tuple[Reference, ...]:
        """The references whose search tables were made here and are not kept yet, with them; not told twice."""
        tabulated, self._tabulated = tuple(self._tabulated), []
        return tabulated

    def without_model(self, characteristic: Characteristic) -> frozenset[str]:
        """The people who gave this characteristic and cannot be found by it: their references of it are all of
        extractors that this station has not got."""
        return frozenset(self._foreign.get(characteristic, set()) - self._own.get(characteristic, set()))

    def search(self, observation: Observation, policy: Policy, calibrations: Calibrations) -> CandidatesFound:
        """Searches the gallery for candidates; references of earlier extractors by those, on the very sample that was
        observed. Raises ModelError where the modality has no calibration."""
        modality = observation.characteristic.modality
        if observation.template is None or modality not in calibrations:
            raise ModelError(Code.MODEL_UNCALIBRATED, modality=modality.value)
        filled = [index for index in self._indexes if len(index)]
        people = len(filled[0].subjects if len(filled) == 1 else _united(filled))
        rules, found, expected = policy.identification, list[Candidate](), 0.0
        for index in filled:
            probe = observation.template if index is self._indexes[0] else self._probe(index.pipeline, observation)
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

    def _note_given(self, references: Iterable[Reference]) -> None:
        for reference in references:
            given = self._own if reference.template.extractor.key in self._known else self._foreign
            given.setdefault(reference.template.characteristic, set()).add(reference.subject_id)

    def _probe(self, earlier: Pipeline, observation: Observation) -> Template | None:
        """The observed sample's template by an earlier extractor."""
        pipeline = self._pipeline
        return pipeline.observed_by(earlier, observation).template if isinstance(pipeline, BackwardCompatible) else None


class _ExtractorIndex:
    """The references that one extractor made, and its pipeline."""

    def __init__(self, pipeline: Pipeline) -> None:
        self.pipeline = pipeline
        self.subjects: set[str] = set()
        self._index: SearchIndex = pipeline.index(())
        self._newer: tuple[Reference, ...] = ()  # of an index that cannot be joined
        self._newer_index: SearchIndex = pipeline.index(())
        self._parts: list[JoinableIndex] = []
        self._waiting: list[Reference] = []  # for an index that cannot be joined

    def __len__(self) -> int:
        return len(self._index) + len(self._newer_index)

    def load(self, references: Sequence[Reference]) -> list[Reference]:
        """Makes references ready that are found once :meth:`settle` was called; gives those whose search tables had to
        be made."""
        usable, tabulated = self._usable(references)
        self.subjects.update(reference.subject_id for reference in usable)
        if not isinstance(self._index, JoinableIndex):
            self._waiting += usable
            return tabulated
        made = self.pipeline.index(usable)
        if isinstance(made, JoinableIndex) and usable:
            self._parts.append(made)
        return tabulated

    def settle(self) -> None:
        """Joins the parts that were loaded to one index."""
        if self._parts and isinstance(self._index, JoinableIndex):
            self._index = self._index.joined(*self._parts)
            self._parts = []
        elif self._waiting:
            self._index = self.pipeline.index(self._waiting)
            self._waiting = []

    def add(self, references: Sequence[Reference]) -> tuple[bool, list[Reference]]:
        """Adds newer references: whether that could be done, and those whose search tables had to be made."""
        usable, tabulated = self._usable(references)
        if not usable:
            return True, []
        self.subjects.update(reference.subject_id for reference in usable)
        if not isinstance(self._newer_index, JoinableIndex):
            return self._rebuild_newer(usable), tabulated
        self._newer_index = self._newer_index.joined(self.pipeline.index(usable))
        if len(self._newer_index) >= MERGED_FROM and isinstance(self._index, JoinableIndex):
            self._index = self._index.joined(self._newer_index)
            self._newer_index = self.pipeline.index(())
        return True, tabulated

    def can_leave_out(self, subjects: Collection[str]) -> bool:
        """Whether these people can be left out, or nothing is held of them."""
        both = isinstance(self._index, JoinableIndex) and isinstance(self._newer_index, JoinableIndex)
        return both or self.subjects.isdisjoint(subjects)

    def leave_out(self, subjects: Collection[str]) -> None:
        """Leaves these people out, where anything is held of them."""
        held = self.subjects.intersection(subjects)
        if held and isinstance(self._index, JoinableIndex) and isinstance(self._newer_index, JoinableIndex):
            self.subjects -= held
            self._index, self._newer_index = self._index.without(held), self._newer_index.without(held)

    def search(self, probe: Template, limit: int) -> list[SearchHit]:
        """The best references by score, the newer ones among them; those of an index that cannot be joined after the
        others."""
        large, newer = self._index, self._newer_index
        if len(large) and len(newer) and isinstance(large, JoinableIndex):
            return list(large.search_beside(newer, probe, limit))
        return [hit for index in (large, newer) if len(index) for hit in index.search(probe, limit)]

    def _rebuild_newer(self, usable: Sequence[Reference]) -> bool:
        """Builds the small index anew; False where it would be too large for that."""
        self._newer = (*self._newer, *usable)
        self._newer_index = self.pipeline.index(self._newer)
        return len(self._newer) <= REBUILT_FROM

    def _usable(self, references: Sequence[Reference]) -> tuple[list[Reference], list[Reference]]:
        """The references that the extractor made, with search tables where it keeps any, and those of them whose tables
        had to be made."""
        own = [reference for reference in references if reference.template.extractor.key == self.pipeline.extractor.key]
        if not isinstance(self.pipeline, Tabulating):
            return own, []
        made = [
            replace(reference, template=template)
            for reference in own
            if (template := self.pipeline.tabulated(reference.template)) is not reference.template
        ]
        if not made:
            return own, []
        renewed = {reference.reference_id: reference for reference in made}
        return [renewed.get(reference.reference_id, reference) for reference in own], made


def _united(indexes: Iterable[_ExtractorIndex]) -> set[str]:
    return {subject_id for index in indexes for subject_id in index.subjects}
