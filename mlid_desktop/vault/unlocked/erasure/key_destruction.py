"""Destroys keys in an unlocked vault: those of erased people, of portraits and of tests (FORMAT.md, section 5)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from mlid_desktop.domain.subjects import BackupCopy, Erased, ErasureReason, LedgerEntry
from mlid_desktop.vault.callers import request_log
from mlid_desktop.vault.crypto.envelope import wipe
from mlid_desktop.vault.keyring import IN_FORCE, VaultKeys, wrap_name
from mlid_desktop.vault.store.transaction import Transaction
from mlid_desktop.vault.subjects import (
    attack_tests,
    consent_and_retention,
    drafts,
    erasure_ledger,
    repository,
    suspicion_log,
)
from mlid_desktop.vault.subjects.records import portraits
from mlid_desktop.vault.unlocked.backups import Backups
from mlid_desktop.vault.unlocked.state import VaultState


class KeyDestruction:
    """Makes keys impossible to get: a new subject-wrap key is made, every key that remains is wrapped anew under it in
    the same change in which rows go, the old one is overwritten, and the key parts of backups in reach follow."""

    def __init__(self, state: VaultState, backups: Backups) -> None:
        self._state = state
        self._backups = backups
        self._after: list[Callable[[], None]] = []

    def at_destruction(self, wipe: Callable[[], None]) -> None:
        """Runs this too whenever keys were destroyed."""
        self._after.append(wipe)

    @contextmanager
    def destroying(self, committed: Callable[[], None] = lambda: None) -> Iterator[Transaction]:
        """One transaction in which rows with keys are deleted; at its end all other keys are wrapped anew. The key file
        names both subject-wrap keys until it is through. ``committed`` runs once it is in the database. Raises
        VaultError."""
        state = self._state
        state.settle_key_file()
        successor = state.keys.with_fresh_wrap(state.identity)
        state.write_key_file(state.key_file.with_wrap(state.keys.wrapped, pending=successor.wrapped))

        def adopt() -> None:
            wipe(state.keys.subjects.wrap)
            state.keys = successor
            committed()
            for wipe_held in self._after:
                wipe_held()

        with state.changing(adopt) as transaction:
            yield transaction
            self._wrap_anew(transaction, successor)
        state.settle_key_file()

    def delete_people(self, transaction: Transaction, erased: Sequence[str]) -> None:
        """Deletes everything of these people."""
        for subject_id in erased:
            repository.delete(transaction, subject_id, self._state.keys.subjects)
            suspicion_log.forget_person(transaction, subject_id)
            request_log.forget_person(transaction, subject_id)
            drafts.delete_of(transaction, subject_id)

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

    def _wrap_anew(self, transaction: Transaction, successor: VaultKeys) -> None:
        old, new = self._state.keys.subjects, successor.subjects
        repository.rewrap(transaction, old, new)
        portraits.rewrap(transaction, old, new)
        drafts.rewrap(transaction, old, new)
        attack_tests.rewrap(transaction, old, new)
        transaction.facts[IN_FORCE] = wrap_name(successor.wrapped)
