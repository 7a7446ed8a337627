"""Who is enrolled in an open vault: everybody, those who are meant, and how many."""

from __future__ import annotations

from collections.abc import Collection

from mlid_desktop.domain.roles import Act
from mlid_desktop.domain.subjects import Enrolment, SubjectSummary
from mlid_desktop.vault.subjects import repository
from mlid_desktop.vault.unlocked.state import VaultState


class People:
    """Tells who is enrolled; refuses whom the operator's role does not permit to know."""

    def __init__(self, state: VaultState) -> None:
        self._state = state

    def everybody(self) -> tuple[SubjectSummary, ...]:
        """The summary of every person, from memory: built when first asked for, dropped when locked; of who changed
        since, read again. Raises VaultError."""
        state = self._state
        with state.reading(Act.READ_PEOPLE) as connection:
            if state.directory is None:
                found = repository.everybody(connection, state.keys.subjects)
                state.directory = {summary.subject_id: summary for summary in found}
            else:
                present = repository.summaries(connection, state.stale, state.keys.subjects)
                for subject_id in state.stale - present.keys():
                    state.directory.pop(subject_id, None)
                state.directory.update(present)
            state.stale.clear()
            return tuple(state.directory.values())

    def those(self, subject_ids: Collection[str]) -> dict[str, SubjectSummary]:
        """The summaries of those of these people who are enrolled, by identifier: nobody else's record is opened.
        Raises VaultError."""
        with self._state.reading(Act.READ_PEOPLE) as connection:
            return repository.summaries(connection, subject_ids, self._state.keys.subjects)

    def is_enrolled(self, subject_id: str) -> bool:
        """Whether this person is enrolled. No record is opened."""
        with self._state.reading(Act.READ_PEOPLE) as connection:
            return repository.is_known(connection, subject_id)

    def holds(self, enrolment: Enrolment) -> bool:
        """Whether this very enrolment is in the vault: the person with the same details, consent and templates.
        Somebody who is enrolled anew agrees anew, even where the new templates are the old ones. Raises VaultError."""
        subject_id = enrolment.subject_id
        with self._state.reading(Act.ENROL) as connection:
            if not repository.is_known(connection, subject_id):
                return False
            record = repository.profile(connection, subject_id, self._state.keys.subjects)
            held = repository.references(connection, subject_id, self._state.keys.subjects)
        if (record.details, record.consent) != (enrolment.details, enrolment.consent):
            return False
        made = {capture.template.payload for capture in enrolment.captures if capture.template is not None}
        return bool(made) and {reference.template.payload for reference in held} == made

    def count(self) -> int:
        """How many people are enrolled. No record is opened."""
        with self._state.reading(Act.READ_PEOPLE) as connection:
            return repository.count(connection)
