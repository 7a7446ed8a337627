"""People whom another desk of the register enrolled while this one enrolled others: compared with those, as neither
desk had the other's when it searched for duplicates. What is alike waits for two people to decide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from mlid_desktop.decision.calibration_set import calibration_for
from mlid_desktop.decision.identification import rank_candidates
from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.errors import Code, UsageError
from mlid_desktop.domain.ports import Pipeline, Tabulating
from mlid_desktop.domain.roles import SecondPerson
from mlid_desktop.domain.subjects import SubjectSummary
from mlid_desktop.domain.templates import Reference
from mlid_desktop.station.services.pending_work import read_alike
from mlid_desktop.station.services.recognition.recognition import Recognition
from mlid_desktop.station.services.vault_session import VaultSession

AT_A_TIME: Final = 50  # newcomers


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A person of another desk, and those who were enrolled here before, with what is compared of both."""

    subject_id: str
    references: tuple[Reference, ...] = field(repr=False)
    others: tuple[Reference, ...] = field(repr=False)


class NewcomerService:
    """Compares people whom two desks of a register enrolled at once; call on the vault thread, but :meth:`compare`,
    which is for the inference thread."""

    def __init__(self, session: VaultSession, recognition: Recognition) -> None:
        self._session, self._recognition = session, recognition

    def read(self) -> tuple[Newcomer, ...]:
        """Some of those who are to be compared. Raises VaultError."""
        vault = self._session.vault
        asked = vault.register.newcomers.to_compare()[:AT_A_TIME]
        own = {person: vault.references(person) for person in {other for _, others in asked for other in others}}
        return tuple(
            Newcomer(person, vault.references(person), tuple(held for other in others for held in own[other]))
            for person, others in asked
        )

    def compare(self, newcomers: Sequence[Newcomer]) -> tuple[tuple[str, str], ...]:
        """The pairs that a search for duplicates would have shown to an operator. Raises ModelError: then nobody counts
        as compared."""
        pairs: dict[tuple[str, str], None] = {}
        for newcomer in newcomers:
            for modality in self._session.policy.comparison.primary:
                if modality in self._session.calibrations:
                    pairs |= dict.fromkeys((newcomer.subject_id, other) for other in self._alike(newcomer, modality))
        return tuple(pairs)

    def note(self, compared: Sequence[Newcomer], alike: Sequence[tuple[str, str]]) -> None:
        """Keeps what was found; those who were compared are so once. Raises VaultError."""
        people = {newcomer.subject_id for newcomer in compared}
        self._session.vault.register.newcomers.note_compared(people, alike)

    def bring_up_to_date(self) -> None:
        """Compares everybody who waits for it, on one thread that owns vault and pipelines. Raises VaultError,
        ModelError."""
        while newcomers := self.read():
            self.note(newcomers, self.compare(newcomers))

    def alike(self) -> tuple[tuple[SubjectSummary, SubjectSummary], ...]:
        """Pairs that may be one person under two numbers. Raises VaultError."""
        return read_alike(self._session)

    def tell_apart(self, pair: tuple[str, str], second: SecondPerson | None) -> None:
        """Two operators decide that a pair are two people. Raises UsageError(USAGE_UNKNOWN_SUBJECT) for one that does
        not wait, VaultError(VAULT_SECOND_PERSON_NEEDED)."""
        newcomers = self._session.vault.register.newcomers
        if not any(set(pair) == set(waiting) for waiting in newcomers.alike()):
            raise UsageError(Code.USAGE_UNKNOWN_SUBJECT)
        newcomers.tell_apart(pair, second)

    def _alike(self, newcomer: Newcomer, modality: Modality) -> list[str]:
        session, pipeline = self._session, self._recognition.pipelines.open(modality)
        others = _ready(newcomer.others, pipeline)
        calibration = calibration_for(session.calibrations, modality, pipeline.extractor.key)
        if not others or calibration is None:
            return []
        index, people = pipeline.index(others), len({reference.subject_id for reference in others})
        rules, found = session.policy.identification, list[str]()
        for probe in _ready(newcomer.references, pipeline):
            hits = index.search(probe.template, len(others))
            ranked = rank_candidates(hits, probe.template.characteristic, people, calibration, rules)
            found += [candidate.subject_id for candidate in ranked]
        return found


def _ready(references: Sequence[Reference], pipeline: Pipeline) -> list[Reference]:
    """Those that the pipeline's own extractor made, with search tables where it keeps any."""
    own = [held for held in references if held.template.extractor.key == pipeline.extractor.key]
    if not isinstance(pipeline, Tabulating):
        return own
    return [replace(held, template=pipeline.tabulated(held.template)) for held in own]
