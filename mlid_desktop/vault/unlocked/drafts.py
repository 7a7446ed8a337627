"""Drafts in an unlocked vault: work in progress that is kept for a day (FORMAT.md, 11)."""

from __future__ import annotations

from mlid_desktop.vault.second_person import Act
from mlid_desktop.vault.subjects import drafts, suspicion_log
from mlid_desktop.vault.subjects.drafts import DraftKind, DraftSummary
from mlid_desktop.vault.unlocked.state import VaultState


class Drafts:
    """The drafts of an unlocked vault: saved, resumed or discarded by those who may enrol."""

    def __init__(self, state: VaultState) -> None:
        self._state = state

    def save(
        self, kind: DraftKind, subject_id: str, content: bytes, replaces: str | None = None, *, attempt_id: str = ""
    ) -> DraftSummary:
        """Saves work in progress as a draft, in place of an earlier one where ``replaces`` names one; durable when
        this returns. ``subject_id`` is whom an enrolment would enrol, "" for a search. Raises
        UsageError: USAGE_BAD_ARGUMENT beyond 16 drafts or 15 MiB, USAGE_ATTEMPT_ENDED where a suspicion ended the
        attempt that it is of."""
        self._state.require(Act.ENROL)
        with self._state.changing() as transaction:
            suspicion_log.require_none(transaction.connection, attempt_id)
            drafts.drop_expired(transaction)
            if replaces is not None:
                drafts.delete(transaction, replaces)
            made = drafts.insert(transaction, kind, subject_id, content, self._state.keys.subjects)
            self._state.record(transaction, "draft.saved", draft=made.draft_id, subject=subject_id)
        return made

    def all(self) -> tuple[DraftSummary, ...]:
        """The drafts that are not expired, the oldest first."""
        with self._state.reading(Act.ENROL) as connection:
            now = self._state.time_in(connection).now
            return tuple(draft for draft in drafts.list_drafts(connection) if draft.expires_at > now)

    def load(self, draft_id: str) -> bytes:
        """Reads the content of a draft. Raises UsageError(USAGE_UNKNOWN_DRAFT) where it is expired or was never there,
        VaultError."""
        with self._state.reading(Act.ENROL) as connection:
            now = self._state.time_in(connection).now
            return drafts.open_draft(connection, draft_id, self._state.keys.subjects, now)

    def discard(self, draft_id: str) -> None:
        """Deletes the draft of work that was finished or given up, where there is one."""
        self._state.require(Act.ENROL)
        with self._state.changing() as transaction:
            if drafts.delete(transaction, draft_id):
                self._state.record(transaction, "draft.dropped", draft=draft_id)

    def drop_expired(self) -> None:
        """Deletes drafts older than a day, as part of unlocking."""
        state = self._state
        state.require_open()
        with state.database.reading() as connection:
            now = state.time_in(connection).now
            expired = any(draft.expires_at <= now for draft in drafts.list_drafts(connection))
        if expired:
            with state.changing() as transaction:
                drafts.drop_expired(transaction)
