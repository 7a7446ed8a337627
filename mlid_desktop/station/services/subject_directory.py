"""Who is enrolled, and what is kept of one person, for whoever may read it."""

from __future__ import annotations

from mlid_desktop.domain.subjects import SubjectRecord, SubjectSummary
from mlid_desktop.domain.templates import Reference
from mlid_desktop.station.services.vault_session import VaultSession
from mlid_desktop.vault.subjects.statistics import Statistics
from mlid_desktop.vault.unlocked.subject_rights import History


class SubjectDirectory:
    """Call on the vault thread."""

    def __init__(self, session: VaultSession) -> None:
        self._session = session

    def everybody(self) -> tuple[SubjectSummary, ...]:
        """All who are enrolled."""
        return tuple(self._session.vault.directory())

    def by_number(self, number: str) -> SubjectSummary:
        """The person with this number. Raises UsageError(USAGE_UNKNOWN_SUBJECT)."""
        return self._session.subject(number)

    def record(self, subject_id: str) -> SubjectRecord:
        """What is kept of the person besides the references. Raises VaultError, UsageError(USAGE_UNKNOWN_SUBJECT)."""
        return self._session.vault.record(subject_id)

    def references(self, subject_id: str) -> tuple[Reference, ...]:
        """The person's templates as they are kept; none of somebody who withdrew consent. Raises VaultError."""
        return tuple(self._session.vault.references(subject_id))

    def history(self, subject_id: str) -> History:
        """What happened with the person, as far as whoever unlocked the vault may know. Raises VaultError."""
        return self._session.vault.subject_rights.history(subject_id)

    def statistics(self) -> Statistics:
        """Counts by month that point at nobody. Raises VaultError(VAULT_NOT_PERMITTED)."""
        return self._session.vault.audit.statistics()

    def issue_receipt_code(self, subject_id: str) -> str:
        """A new code that finds the record when it is scanned; the one before stops working. Raises VaultError."""
        return self._session.vault.subject_rights.give_token(subject_id)
