"""The part of an unlocked vault that changes its roots: at a supervisor's wish, and when somebody is taken out."""

from __future__ import annotations

from sqlalchemy.engine import Connection

from mlid_desktop.domain.errors import Code, UsageError, VaultError
from mlid_desktop.domain.subjects import Role
from mlid_desktop.vault.audit.log import AuditKeys
from mlid_desktop.vault.crypto.envelope import new_key, wipe
from mlid_desktop.vault.crypto.multiset_hash import Marker
from mlid_desktop.vault.keyring import VaultKeys, database_key, new_wrap
from mlid_desktop.vault.keys.key_file_codec import KEY_FILE, MAXIMUM_KEY_FILE, KeyFile
from mlid_desktop.vault.keys.slot_operations import RECOVERY_NAME, rotated, signing_key
from mlid_desktop.vault.keys.slots import Roots
from mlid_desktop.vault.rebuild.reencryption import Carriage, Carrier, batches, build_database
from mlid_desktop.vault.rebuild.staged_database import (
    NEXT_DATABASE,
    NEXT_HEAD,
    forget_successor,
    prepared_digest,
    put_successor_in_place,
)
from mlid_desktop.vault.second_person import Act
from mlid_desktop.vault.store.atomic_files import StagedFile, read_whole
from mlid_desktop.vault.store.commit import Generations
from mlid_desktop.vault.store.rollback_head import Head, head_bytes
from mlid_desktop.vault.store.sqlcipher import Database
from mlid_desktop.vault.store.transaction import Change
from mlid_desktop.vault.subjects import repository
from mlid_desktop.vault.unlocked.backups import Backing, remember_under


class Rotating(Backing):
    """Both roots change together; people who are away need nothing but the passphrase they have."""

    def rotate(self, *, deep: bool = False) -> None:
        """New roots, and a new database under them; ``deep`` also gives every person a new key and encrypts every
        record anew. A kill leaves the vault as it was, or as it is to be. Needs room for a second database. Raises
        VaultError."""
        self._require(Act.ADMIT_OPERATOR)
        self._rotate(None, deep=deep)

    def remove_operator(self, name: str, *, deep: bool = True) -> None:
        """Takes somebody's slot away and rotates, so that what they knew opens nothing that comes after. Raises
        VaultError(VAULT_UNKNOWN_OPERATOR, VAULT_LAST_SUPERVISOR), UsageError for oneself."""
        self._require(Act.ADMIT_OPERATOR)
        leaving = self._key_file.grant(name).operator
        if name in {self._operator.name, RECOVERY_NAME}:
            raise UsageError(Code.USAGE_BAD_ARGUMENT, what="operator")
        staying = [one for one in self.operators if one != leaving]
        if not any(one.role is Role.SUPERVISOR for one in staying):
            raise VaultError(Code.VAULT_LAST_SUPERVISOR)
        self._rotate(name, deep=deep)

    def _rotate(self, without: str | None, *, deep: bool) -> None:
        self.settle_key_file()
        forget_successor(self._folder)
        roots = Roots(new_key(), new_key())
        wrapped = new_wrap(roots, self.identity)
        chain = AuditKeys(self.identity, bytearray(self._keys.audit.entries), bytearray(self._keys.audit.first or b""))
        keys = VaultKeys.of(roots, self.identity, wrapped, chain)
        key_file = rotated(self._key_file, self._keys.roots, roots, wrapped, without)
        head = self._prepare(keys, key_file, without, deep=deep)
        committed = key_file.with_rotation(prepared_digest(self._folder))
        self._commit(keys, committed, head)

    def _prepare(self, keys: VaultKeys, key_file: KeyFile, without: str | None, *, deep: bool) -> Head:
        """Database and head of the successor, flushed: all that needs room and time."""
        with self._database.reading() as connection:
            people = repository.bare_keys(connection, self._keys.subjects)
            carriage = Carriage(
                self.identity,
                people,
                self._key_file.control.trusted_keys,
                keys,
                signing_key(keys.roots, self.identity),
                self._keys.subjects,
                deep,
            )

            def fill(carrier: Carrier, change: Change) -> None:
                for batch in batches(connection):
                    carrier.add(batch)
                carrier.finish()
                keys.audit.wrap(change, keys.roots)
                remember_under(change, self.identity, self._keys.roots, keys.roots)
                self._enter(change, "roots.rotated", epoch=key_file.control.epoch, full=deep)
                if without is not None:
                    self._enter(change, "operator.removed", removed=without)

            def change_of(fresh: Connection) -> Change:
                return Change(fresh, Marker(keys.subjects.tally), self._clock.now())

            try:
                head = build_database(
                    self._folder,
                    NEXT_DATABASE,
                    carriage,
                    fill,
                    self._generations.head,
                    key_file.generation,
                    change_of,
                )
                StagedFile(self._folder / NEXT_HEAD, head_bytes(head, keys.head, self.identity)).publish()
            except BaseException:
                forget_successor(self._folder)
                raise
        return head

    def _commit(self, keys: VaultKeys, key_file: KeyFile, head: Head) -> None:
        """The key file decides. What fails after it is finished by the next unlock, and this vault is closed: nothing
        may be written into the database of before any more."""
        old, self._keys = self._keys, keys
        try:
            self._write_key_file(key_file)
        except BaseException:
            if self._is_written(key_file):
                old.wipe()
                self.lock()
            else:
                self._keys = old
                keys.wipe()
                forget_successor(self._folder)
            raise
        try:
            self._database.close()
            put_successor_in_place(self._folder, key_file)
            key = database_key(keys.roots, self.identity)
            self._database = Database(self._folder, key, create=False)
            wipe(key)
            self._generations = Generations(self._folder, self._database, head, keys.head, self.identity)
            self.settle_key_file()
        except BaseException:
            self.lock()
            raise
        finally:
            old.wipe()
        self.renew_backups()

    def _is_written(self, key_file: KeyFile) -> bool:
        """Whether the key file on disk is this one, or cannot be read to tell."""
        try:
            return read_whole(self._folder / KEY_FILE, MAXIMUM_KEY_FILE) == key_file.written(self._keys.roots.data)
        except VaultError:
            return True
