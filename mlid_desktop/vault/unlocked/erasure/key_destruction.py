"""Destroys keys in an unlocked vault: those of erased people, of portraits and of tests (FORMAT.md, section 5)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from mlid_desktop.domain.audit import AuditFact
from mlid_desktop.domain.subjects import BackupCopy, Erased, ErasureReason, LedgerEntry
from mlid_desktop.vault.callers import request_log
from mlid_desktop.vault.crypto.envelope import wipe
from mlid_desktop.vault.rebuild.key_wrapping import wrap_anew
from mlid_desktop.vault.store.transaction import Transaction
from mlid_desktop.vault.subjects import consent_and_retention, drafts, erasure_ledger, repository, suspicion_log
from mlid_desktop.vault.subjects.records import portraits, unsent_withdrawals
from mlid_desktop.vault.subjects.subject_keys import BUCKETS
from mlid_desktop.vault.unlocked.backups import Backups
from mlid_desktop.vault.unlocked.register.writing.attempt_notes import forget_noted
from mlid_desktop.vault.unlocked.register.writing.newcomers import forget_newcomer
from mlid_desktop.vault.unlocked.register.writing.visits import forget_visit
from mlid_desktop.vault.unlocked.state import VaultState


class KeyDestruction:
    """Makes keys impossible to get: the bucket keys that they are wrapped under are made anew, every key that remains
    in these buckets is wrapped anew in the same change in which rows go, the old bucket keys are overwritten, and the
    key parts of backups in reach follow."""

    def __init__(self, state: VaultState, backups: Backups) -> None:
        self._state = state
        self._backups = backups
        self._after: list[Callable[[], None]] = []

    def at_destruction(self, wipe: Callable[[], None]) -> None:
        """Runs this too whenever keys were destroyed."""
        self._after.append(wipe)

    @contextmanager
    def destroying(
        self, buckets: Collection[int], committed: Callable[[], None] = lambda: None
    ) -> Iterator[Transaction]:
        """One transaction in which rows with keys of these buckets are deleted; at its end all other keys in them are
        wrapped anew. The key file has the bucket keys of before and after until it is through. ``committed`` runs once
        it is in the database. Raises VaultError."""
        state = self._state
        with state.shared.held(is_long=len(buckets) == BUCKETS):
            state.settle_key_file()
            successor = state.keys.with_fresh_wraps(state.identity, buckets)
            state.write_key_file(state.key_file.with_wrap(state.keys.wrapped, pending=successor.wrapped))

            def adopt() -> None:
                wipe(state.keys.subjects.wrap)
                state.keys = successor
                committed()
                self.wipe_held()

            with state.changing(adopt, keys=successor) as transaction:
                yield transaction
                wrap_anew(transaction, state.keys.subjects, successor, buckets)
            state.settle_key_file()

    def wipe_held(self) -> None:
        """Drops what is held in memory of people, as keys were destroyed here or at another desk."""
        for wipe_held in self._after:
            wipe_held()

    def erase(
        self, buckets: Collection[int], delete: Callable[[Transaction], None], event: str, **facts: AuditFact
    ) -> None:
        """Erases what belongs to nobody who is enrolled, with its keys: what remains in these buckets is wrapped anew.
        The caller has asked whether this is permitted."""
        with self.destroying(buckets) as transaction:
            delete(transaction)
            self._state.record(transaction, event, **facts)
        self.renew_backups(self._state.identity.created_at)

    def delete_people(self, transaction: Transaction, erased: Sequence[str]) -> None:
        """Deletes everything of these people."""
        for subject_id in erased:
            repository.delete(transaction, subject_id, self._state.keys.subjects)
            suspicion_log.forget_person(transaction, subject_id)
            request_log.forget_person(transaction, subject_id)
            drafts.delete_of(transaction, subject_id)
            forget_visit(transaction, subject_id)
            forget_noted(transaction, subject_id)
            forget_newcomer(transaction, subject_id)
            unsent_withdrawals.drop(transaction, subject_id)

    def delete_portrait(
        self, transaction: Transaction, subject_id: str, portrait_id: str, reason: ErasureReason
    ) -> LedgerEntry:
        """Deletes a person's portrait and enters it in the ledger by its own identifier."""
        consent_and_retention.forget_portrait(transaction, subject_id, self._state.keys.subjects)
        portraits.delete_of(transaction, subject_id)
        return erasure_ledger.append(transaction, portrait_id, reason)

    def forget(self, erased: Sequence[str]) -> None:
        """Drops people from what is held in memory."""
        self._state.note_changed(*erased)

    def renew_backups(self, since: datetime) -> tuple[BackupCopy, ...]:
        """Replaces the key parts of backups in reach. Returns those out of reach that were made after ``since`` and may
        still hold what was destroyed."""
        unreached = [backup for backup in self._backups.renew() if backup.made_at >= since]
        return tuple(BackupCopy(backup.backup_id, backup.made_at, backup.location) for backup in unreached)

    def report(self, entry: LedgerEntry, since: datetime) -> Erased:
        """Renews the backups, and says what was destroyed and which of them may still hold it."""
        return Erased(entry, self.renew_backups(since))
