"""The references of one modality made ready for 1:N search."""

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

SEARCH_MARGIN = 4  # several references of one person may fill the first places


class Gallery:
    """Built once from what the vault holds; references of another extractor are left out and counted."""

    def __init__(self, pipeline: Pipeline, references: Sequence[Reference]) -> None:
        known = pipeline.extractor.key
        usable = [one for one in references if one.template.extractor.key == known]
        self.left_out = len(references) - len(usable)
        self._subjects = len({one.subject_id for one in usable})
        self._index: SearchIndex = pipeline.index(usable)

    def __len__(self) -> int:
        return len(self._index)

    def search(
        self, observation: Observation, policy: Policy, calibrations: Calibrations, *, leave_out: str = ""
    ) -> CandidatesFound:
        """Candidates for review, never the subject ``leave_out``. Raises ModelError where nothing says what a score
        means."""
        characteristic = observation.characteristic
        calibration = calibrations.get(characteristic.modality)
        if calibration is None or observation.template is None:
            raise ModelError(Code.MODEL_UNCALIBRATED, modality=characteristic.modality.value)
        rules = policy.identification
        hits = () if not len(self) else self._index.search(observation.template, rules.candidates * SEARCH_MARGIN)
        others = [hit for hit in hits if hit.subject_id != leave_out]
        found = identification.candidates(others, characteristic, self._subjects, calibration, rules)
        expected = identification.expected_false_hits(self._subjects, rules, calibration)
        return CandidatesFound(found, self._subjects, expected)
