"""Galleries: the references of one modality prepared for 1:N search."""

from __future__ import annotations

from collections.abc import Sequence

from mlid_desktop.decision import identification
from mlid_desktop.decision.policy import Policy
from mlid_desktop.decision.verdict import Calibrations
from mlid_desktop.domain.errors import Code, ModelError
from mlid_desktop.domain.observations import Observation
from mlid_desktop.domain.ports import Pipeline, SearchIndex
from mlid_desktop.domain.templates import Reference
from mlid_desktop.workflow.events import CandidatesFound

NEWER_MAX = 200  # references; a small index is built anew for each person that is added
SEARCH_MARGIN = 4  # several references of one person may fill the first places


class Gallery:
    """The searchable references of one modality; those of another extractor are left out and counted. ``newer`` stand
    in a small index of their own, so that one more person does not build the large one anew."""

    def __init__(self, pipeline: Pipeline, references: Sequence[Reference]) -> None:
        self._pipeline = pipeline
        usable = self._usable(references)
        self.left_out = len(references) - len(usable)
        self._subjects = {reference.subject_id for reference in usable}
        self._index: SearchIndex = pipeline.index(usable)
        self._newer: tuple[Reference, ...] = ()
        self._newer_index: SearchIndex = pipeline.index(())

    def __len__(self) -> int:
        return len(self._index) + len(self._newer_index)

    def add(self, references: Sequence[Reference]) -> bool:
        """Adds references saved since; False where they are so many that the gallery is better built again."""
        self._newer = (*self._newer, *self._usable(references))
        if len(self._newer) > NEWER_MAX:
            return False
        self._subjects |= {reference.subject_id for reference in self._newer}
        self._newer_index = self._pipeline.index(self._newer)
        return True

    def search(
        self, observation: Observation, policy: Policy, calibrations: Calibrations, *, leave_out: str = ""
    ) -> CandidatesFound:
        """Searches the gallery for candidates, never the subject ``leave_out``. Raises ModelError where the modality
        has no calibration."""
        characteristic = observation.characteristic
        calibration = calibrations.get(characteristic.modality)
        if calibration is None or observation.template is None:
            raise ModelError(Code.MODEL_UNCALIBRATED, modality=characteristic.modality.value)
        rules = policy.identification
        limit, people = rules.candidates * SEARCH_MARGIN, len(self._subjects)
        indexes = [index for index in (self._index, self._newer_index) if len(index)]
        hits = [hit for index in indexes for hit in index.search(observation.template, limit)]
        others = [hit for hit in hits if hit.subject_id != leave_out]
        found = identification.rank_candidates(others, characteristic, people, calibration, rules)
        expected = identification.expected_false_hits(people, rules, calibration)
        return CandidatesFound(found, people, expected)

    def _usable(self, references: Sequence[Reference]) -> list[Reference]:
        return [
            reference for reference in references if reference.template.extractor.key == self._pipeline.extractor.key
        ]
