"""Rotates the root keys: at a supervisor's wish, and when an operator is removed (FORMAT.md, 3)."""

from __future__ import annotations

from mlid_desktop.domain.errors import VaultError
from mlid_desktop.vault.audit.log import AuditKeys
from mlid_desktop.vault.audit.notices import NoticeKind, give_notice
from mlid_desktop.vault.crypto.envelope import new_key, wipe
from mlid_desktop.vault.keyring import VaultKeys, database_key, new_wraps
from mlid_desktop.vault.keys import slot_register
from mlid_desktop.vault.keys.desk_keys import DeskKeys, seal_under
from mlid_desktop.vault.keys.key_file_codec import KEY_FILE, MAXIMUM_KEY_FILE, KeyFile, key_file_bytes
from mlid_desktop.vault.keys.slot_operations import rotate_slots, signing_key
from mlid_desktop.vault.keys.slots import Roots
from mlid_desktop.vault.rebuild.reencryption import RecordTransfer, Reencryption, batches, build_database
from mlid_desktop.vault.rebuild.staged_database import (
    STAGED_DATABASE,
    STAGED_HEAD,
    discard_staged_database,
    publish_staged_database,
    staged_head_digest,
)
from mlid_desktop.vault.second_person import Act
from mlid_desktop.vault.store.atomic_files import StagedFile, read_whole
from mlid_desktop.vault.store.commit import Commits
from mlid_desktop.vault.store.engines import open_database
from mlid_desktop.vault.store.rollback_head import Head, head_bytes
from mlid_desktop.vault.store.transaction import Transaction
from mlid_desktop.vault.subjects import repository
from mlid_desktop.vault.subjects.records import portraits
from mlid_desktop.vault.unlocked.backups import Backups, seal_keys_under
from mlid_desktop.vault.unlocked.callers import renew_chain
from mlid_desktop.vault.unlocked.register.link import rewrap_link
from mlid_desktop.vault.unlocked.state import VaultState


class Rotation:
    """Rotates both root keys together; operators who are away need nothing but the passphrase they have."""

    def __init__(self, state: VaultState, backups: Backups) -> None:
        self._state = state
        self._backups = backups

    def rotate(self, *, deep: bool = False) -> None:
        """New roots, and a new database under them; ``deep`` also gives every subject a new key and encrypts every
        record anew. A kill leaves the vault as it was, or as it is to be. Needs room for a second database. Raises
        VaultError."""
        self._state.require(Act.ROTATE_KEYS)
        self.rotate_without(None, deep=deep)

    def rotate_without(self, leaving: str | None, *, deep: bool, second: str = "") -> None:
        """As :meth:`rotate`, without the slot of the operator ``leaving``; whether that may be, whoever calls has
        checked."""
        state = self._state
        state.require_sole()
        state.shared.close()
        state.settle_key_file()
        discard_staged_database(state.folder)
        roots = Roots(new_key(), new_key())
        wrapped = new_wraps(roots, state.identity)
        present = state.keys.audit
        chain = AuditKeys(state.identity, bytearray(present.entries), bytearray(present.first or b""))
        keys = VaultKeys.of(roots, state.identity, wrapped, chain)
        key_file = rotate_slots(state.key_file, state.keys.roots, roots, wrapped, leaving)
        head = self._prepare(keys, key_file, leaving, second, deep=deep)
        committed = key_file.with_rotation(staged_head_digest(state.folder))
        self._commit(keys, committed, head)

    def _prepare(self, keys: VaultKeys, key_file: KeyFile, leaving: str | None, second: str, *, deep: bool) -> Head:
        """The staged database and its head, flushed: all that needs room and time."""
        state = self._state
        desk = state.signing_desk()
        with state.database.reading() as connection:
            people = repository.bare_keys(connection, state.keys.subjects)
            plan = Reencryption(
                state.identity,
                people,
                state.key_file.control.trusted_keys,
                keys,
                signing_key(keys.roots, state.identity),
                state.keys.subjects,
                deep,
                portraits=portraits.bare_keys(connection, state.keys.subjects),
            )

            def fill(transfer: RecordTransfer, transaction: Transaction) -> DeskKeys:
                for batch in batches(connection):
                    transfer.add(batch)
                transfer.finish()
                keys.audit.wrap(transaction, keys.roots)
                renew_chain(transaction, connection, state, keys.roots)
                seal_keys_under(transaction, state.identity, state.keys.roots, keys.roots)
                rewrap_link(transaction, state.identity, state.keys.roots, keys.roots)
                state.record(transaction, "roots.rotated", epoch=key_file.control.epoch, full=deep)
                slot_register.settle(transaction, key_file.control.grants)
                if leaving is not None:
                    state.record(transaction, "operator.removed", removed=leaving, second=second)
                    if not second:
                        give_notice(transaction, NoticeKind.OPERATOR_REMOVED_BY_ONE, state.operator.name, leaving)
                transaction.facts.update(seal_under(transaction.facts, state.keys.roots, keys.roots, state.identity))
                return desk

            try:
                head = build_database(
                    state.folder,
                    STAGED_DATABASE,
                    plan,
                    fill,
                    state.commits.head,
                    key_file.generation,
                    state.time().now,
                )
                StagedFile(state.folder / STAGED_HEAD, head_bytes(head, keys.head, state.identity)).publish()
            except BaseException:
                discard_staged_database(state.folder)
                raise
        return head

    def _commit(self, keys: VaultKeys, key_file: KeyFile, head: Head) -> None:
        """Commits the rotation by writing the key file. What fails after it is finished by the next unlock, and this
        vault is closed: nothing may be written into the old database any more."""
        state = self._state
        old, state.keys = state.keys, keys
        try:
            state.write_key_file(key_file)
        except BaseException:
            if self._is_written(key_file):
                old.wipe()
                state.lock()
            else:
                state.keys = old
                keys.wipe()
                discard_staged_database(state.folder)
            raise
        try:
            state.database.close()
            publish_staged_database(state.folder, key_file)
            key = database_key(keys.roots, state.identity)
            state.database = open_database(state.folder, key)
            wipe(key)
            state.commits = Commits(state.folder, state.database, head, keys.head, state.identity, state.desk_keys)
            state.settle_key_file()
        except BaseException:
            state.lock()
            raise
        finally:
            old.wipe()
        self._backups.renew()

    def _is_written(self, key_file: KeyFile) -> bool:
        """Whether this key file is the one on disk; also True where it cannot be read."""
        path = self._state.folder / KEY_FILE
        try:
            return read_whole(path, MAXIMUM_KEY_FILE) == key_file_bytes(key_file, self._state.keys.roots.data)
        except VaultError:
            return True
