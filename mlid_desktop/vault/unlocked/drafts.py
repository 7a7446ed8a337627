"""Drafts in an unlocked vault: work in progress that is kept for a day (FORMAT.md, 11)."""

from __future__ import annotations

from mlid_desktop.vault.second_person import Act
from mlid_desktop.vault.subjects import drafts
from mlid_desktop.vault.subjects.drafts import DraftKind, DraftSummary
from mlid_desktop.vault.unlocked.state import VaultState


class Drafts:
    """Saved, taken up again or discarded by whoever may enrol."""

    def __init__(self, state: VaultState) -> None:
        self._state = state

    def save(self, kind: DraftKind, subject_id: str, content: bytes, replaces: str | None = None) -> DraftSummary:
        """Keeps work in progress, in the place of an earlier draft of it where ``replaces`` names one; durable when
        this returns. ``subject_id`` is whom an enrolment would enrol, "" for a search. Raises
        UsageError(USAGE_BAD_ARGUMENT) beyond 16 drafts or 15 MiB."""
        self._state.require(Act.ENROL)
        with self._state.changing() as transaction:
            drafts.drop_expired(transaction)
            if replaces is not None:
                drafts.delete(transaction, replaces)
            made = drafts.insert(transaction, kind, subject_id, content, self._state.keys.subjects)
            self._state.record(transaction, "draft.saved", draft=made.draft_id, subject=subject_id)
        return made

    def all(self) -> tuple[DraftSummary, ...]:
        """Those that are not expired, the oldest first."""
        with self._state.reading(Act.ENROL) as connection:
            now = self._state.clock.now()
            return tuple(draft for draft in drafts.listed(connection) if draft.expires_at > now)

    def load(self, draft_id: str) -> bytes:
        """What was saved. Raises UsageError(USAGE_UNKNOWN_DRAFT) where it is expired or was never there, VaultError."""
        with self._state.reading(Act.ENROL) as connection:
            return drafts.opened(connection, draft_id, self._state.keys.subjects, self._state.clock.now())

    def discard(self, draft_id: str) -> None:
        """Takes it out: it was finished or given up. Whether it was there does not matter."""
        self._state.require(Act.ENROL)
        with self._state.changing() as transaction:
            if drafts.delete(transaction, draft_id):
                self._state.record(transaction, "draft.dropped", draft=draft_id)

    def drop_expired(self) -> None:
        """Takes out what is older than a day. Part of unlocking."""
        state = self._state
        state.require_open()
        with state.database.reading() as connection:
            expired = any(draft.expires_at <= state.clock.now() for draft in drafts.listed(connection))
        if expired:
            with state.changing() as transaction:
                drafts.drop_expired(transaction)
