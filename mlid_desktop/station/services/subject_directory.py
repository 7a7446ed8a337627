"""The directory of enrolled people, and what is kept of each, for those who may read it."""

from __future__ import annotations

from collections.abc import Collection

from mlid_desktop.domain.roles import Act, SecondPerson
from mlid_desktop.domain.subjects import SubjectRecord, SubjectSummary
from mlid_desktop.domain.templates import Reference
from mlid_desktop.station.services.vault_session import VaultSession
from mlid_desktop.vault.unlocked.subject_rights import History

__all__ = ["History", "SubjectDirectory"]


class SubjectDirectory:
    """Reads who is enrolled and what is kept of them. Call on the vault thread."""

    def __init__(self, session: VaultSession) -> None:
        self._session = session

    def everybody(self) -> tuple[SubjectSummary, ...]:
        """The summaries of all people who are enrolled."""
        return tuple(self._session.vault.directory())

    def people(self, subject_ids: Collection[str]) -> dict[str, SubjectSummary]:
        """The summaries of those of these people who are enrolled, by identifier: nobody else's record is opened."""
        return self._session.vault.people.those(subject_ids)

    def count(self) -> int:
        """How many people are enrolled. No record is opened."""
        return self._session.vault.people.count()

    def by_number(self, number: str) -> SubjectSummary:
        """The person with this number. Raises UsageError(USAGE_UNKNOWN_SUBJECT)."""
        return self._session.subject(number)

    def record(self, subject_id: str) -> SubjectRecord:
        """The kept record of a person besides the references. Raises VaultError, UsageError(USAGE_UNKNOWN_SUBJECT)."""
        return self._session.vault.record(subject_id)

    def references(self, subject_id: str) -> tuple[Reference, ...]:
        """A person's kept templates; none of somebody who withdrew consent. Raises VaultError."""
        return tuple(self._session.vault.references(subject_id))

    def history(self, subject_id: str) -> History:
        """The audit entries about a person, as far as the operator may know of them. Raises VaultError."""
        return self._session.vault.subject_rights.history(subject_id)

    def export(self, second: SecondPerson | None) -> tuple[SubjectSummary, ...]:
        """Everybody, to be handed out as a list: two people answer for it, and the audit has how many. Raises
        VaultError(VAULT_NOT_PERMITTED, VAULT_SECOND_PERSON_NEEDED)."""
        vault = self._session.vault
        confirmed = vault.require_two(Act.EXPORT_PERSON, second)
        people = tuple(sorted(vault.directory(), key=lambda person: person.number))
        vault.audit.append("people.exported", {"entries": len(people), "second": confirmed})
        return people

    def issue_receipt_code(self, subject_id: str) -> str:
        """Issues a new receipt code, which finds the record when it is scanned; the one before stops working. Raises
        VaultError."""
        return self._session.vault.subject_rights.give_token(subject_id)
