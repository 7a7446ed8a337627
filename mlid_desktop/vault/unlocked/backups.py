"""Backups of an unlocked vault, and keeping their keys up to date with erasures (FORMAT.md, 12).

A backup has a bulk part, which holds what is sealed under people's own keys, and a small key part, which holds those
keys. At every erasure the key part is written anew without the erased person, wherever it can be reached.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from mlid_desktop.domain.errors import Code, UsageError, VaultError
from mlid_desktop.domain.subjects import new_identifier
from mlid_desktop.vault.audit import log as audit_log
from mlid_desktop.vault.backup.kinds import target_at
from mlid_desktop.vault.backup.parts import (
    BULK,
    BULK_FILE,
    KEYS,
    KEYS_FILE,
    BackupHead,
    KeyPart,
    bulk_chunks,
    read_keys_header,
)
from mlid_desktop.vault.backup.stream import BACKUP, StreamReader, write_stream
from mlid_desktop.vault.backup.target import BackupTarget
from mlid_desktop.vault.crypto.envelope import new_key, wipe
from mlid_desktop.vault.crypto.vault_identity import VaultIdentity
from mlid_desktop.vault.keys.key_file_codec import key_file_bytes
from mlid_desktop.vault.keys.slots import Roots
from mlid_desktop.vault.rebuild.reencryption import Batch, batches
from mlid_desktop.vault.second_person import Act
from mlid_desktop.vault.store.schema import (
    ATTACK_TESTS,
    DRAFTS,
    FIELD_INDEX,
    LEDGER,
    METADATA,
    PORTRAIT_KEYS,
    REGISTER_CHANGES,
    SHARED_NUMBERS,
    SUBJECTS,
)
from mlid_desktop.vault.store.transaction import Transaction, read_facts
from mlid_desktop.vault.subjects import erasure_ledger, repository
from mlid_desktop.vault.subjects.records import portraits
from mlid_desktop.vault.unlocked.state import VaultState

KNOWN = "backups"  # the fact that lists them
MAXIMUM_BACKUPS = 256
# In none; live a day; in the key part, as are the keys of portraits; made anew; of a register, which a restored vault
# is not in.
LEFT_OUT = (ATTACK_TESTS, DRAFTS, LEDGER, PORTRAIT_KEYS, SHARED_NUMBERS, FIELD_INDEX, REGISTER_CHANGES)


@dataclass(frozen=True, slots=True)
class BackupRecord:
    """A backup that this vault made. ``erasures`` is how many entries the ledger had, and ``epoch`` which roots were in
    force, when its keys were last renewed; ``sealed_key`` is the backup's own key under the data root."""

    backup_id: str
    made_at: datetime
    location: str
    erasures: int
    epoch: int
    sealed_key: bytes = field(repr=False)

    def may_hold(self, entry: int) -> bool:
        """Whether the backup may still hold the person of this ledger entry, if they were enrolled by then."""
        return self.erasures < entry


class Backups:
    """Makes backups, keeps erased people out of them, and lists them."""

    def __init__(self, state: VaultState, target_of: Callable[[str], BackupTarget] = target_at) -> None:
        self._state = state
        self._target_of = target_of

    def create(self, target: BackupTarget) -> BackupRecord:
        """Writes a backup to a new target (or over one that was never finished). What is complete has a key part,
        which is written last. Raises UsageError(USAGE_OUTPUT_UNWRITABLE) where there is something else, VaultError."""
        state = self._state
        state.require(Act.BACK_UP)
        target.prepare(KEYS_FILE)
        state.settle_key_file()
        backup_key = new_key()
        head = BackupHead(new_identifier(), state.identity, state.time().now, state.commits.head.generation)
        with state.database.reading() as connection:
            key = head.key(backup_key, BULK)
            with target.writing(BULK_FILE) as file:
                digest = write_stream(file, head.written(BULK), key, bulk_chunks(_bulk(connection)))
            wipe(key)
            erasures = len(erasure_ledger.entries(connection))
        made = BackupRecord(
            head.backup_id,
            head.made_at,
            target.location,
            erasures,
            state.key_file.control.epoch,
            head.seal_key(backup_key, state.keys.roots),
        )
        with state.changing() as transaction:
            remember(transaction, [*known_backups(transaction.facts), made])
            state.record(transaction, "backup.made", backup=made.backup_id)
        self._write_keys(target, head, backup_key, digest, among=None)
        wipe(backup_key)
        return made

    def all(self) -> tuple[BackupRecord, ...]:
        """The backups that this vault made and was not told to forget."""
        with self._state.reading(Act.BACK_UP) as connection:
            return known_backups(read_facts(connection))

    def forget(self, backup_id: str) -> None:
        """Removes a destroyed backup from the list: certificates do not name it any more. Raises
        UsageError(USAGE_BAD_ARGUMENT) where the list has none of this identifier."""
        self._state.require(Act.BACK_UP)
        with self._state.changing() as transaction:
            known = known_backups(transaction.facts)
            left = [backup for backup in known if backup.backup_id != backup_id]
            if len(left) == len(known):
                raise UsageError(Code.USAGE_BAD_ARGUMENT, what=BACKUP)
            remember(transaction, left)
            self._state.record(transaction, "backup.retired", backup=backup_id)

    def renew(self) -> tuple[BackupRecord, ...]:
        """Rewrites the key part of every backup made before the newest erasure or rotation, without the erased people
        and for the slots of today. Returns the backups that could not be reached and may still hold a person who was
        erased."""
        state = self._state
        state.require_open()
        with state.database.reading() as connection:
            known, erasures = known_backups(read_facts(connection)), len(erasure_ledger.entries(connection))
        epoch = state.key_file.control.epoch
        stale = [backup for backup in known if backup.may_hold(erasures) or backup.epoch < epoch]
        reached = [backup for backup in stale if self._is_renewed(backup)]
        renewed = {backup.backup_id: replace(backup, erasures=erasures, epoch=epoch) for backup in reached}
        if renewed:
            with state.changing() as transaction:
                remember(
                    transaction, [renewed.get(backup.backup_id, backup) for backup in known_backups(transaction.facts)]
                )
                for backup_id in renewed:
                    state.record(transaction, "backup.changed", backup=backup_id)
        return tuple(backup for backup in stale if backup.backup_id not in renewed and backup.may_hold(erasures))

    def _is_renewed(self, known: BackupRecord) -> bool:
        """Rewrites a backup's key part; gives whether it could be replaced."""
        target = self._target_of(known.location)
        try:
            if not target.holds(KEYS_FILE):
                return False
            self._renew(target, known)
        except (VaultError, OSError):
            return False
        return True

    def _renew(self, target: BackupTarget, known: BackupRecord) -> None:
        reader = StreamReader(target.open(KEYS_FILE))
        try:
            header = read_keys_header(reader.header)
            if header.head.backup_id != known.backup_id or header.head.identity != self._state.identity:
                raise VaultError(Code.VAULT_DAMAGED, what=BACKUP)
            backup_key = header.head.open_key(known.sealed_key, self._state.keys.roots)
            key = header.head.key(backup_key, KEYS)
            before = KeyPart.read(reader.chunks(key))
            wipe(key)
        finally:
            reader.close()
        self._write_keys(target, header.head, backup_key, header.bulk_digest, among=before)
        wipe(backup_key)

    def _write_keys(
        self,
        target: BackupTarget,
        head: BackupHead,
        backup_key: bytearray,
        bulk_digest: bytes,
        among: KeyPart | None,
    ) -> None:
        """Writes the key part as of now: whole or not at all, and the earlier one is overwritten. ``among`` are the
        keys that the bulk part is under: of these those stay whose people and portraits are still here."""
        state = self._state
        with state.database.reading() as connection:
            facts = read_facts(connection)
            people = repository.bare_keys(connection, state.keys.subjects)
            pictures = portraits.bare_keys(connection, state.keys.subjects)
            entries = erasure_ledger.entries(connection)
        if among is not None:
            people = {who: key for who, key in among.people.items() if who in people}
            pictures = {which: key for which, key in among.portraits.items() if which in pictures}
        chain = {name: facts[name] for name in (audit_log.WRAPPED_ENTRIES, audit_log.WRAPPED_FIRST)}
        header = {
            **head.written(KEYS),
            "vault_keys": key_file_bytes(state.key_file.without_wraps(), state.keys.roots.data).decode("ascii"),
            "backup_key": head.seal_key(backup_key, state.keys.roots).hex(),
            "bulk": bulk_digest.hex(),
        }
        key = head.key(backup_key, KEYS)
        try:
            with target.writing(KEYS_FILE) as file:
                write_stream(file, header, key, KeyPart(chain, entries, people, pictures).chunks())
        finally:
            wipe(key)


def known_backups(facts: Mapping[str, bytes]) -> tuple[BackupRecord, ...]:
    """Parses the list of backups in the facts. Raises VaultError(VAULT_DAMAGED)."""
    try:
        rows = json.loads(facts.get(KNOWN, b"[]"))
        return tuple(
            BackupRecord(backup_id, datetime.fromisoformat(at), location, erasures, epoch, bytes.fromhex(sealed))
            for backup_id, at, location, erasures, epoch, sealed in rows
        )
    except (ValueError, TypeError):
        raise VaultError(Code.VAULT_DAMAGED, what=KNOWN) from None


def remember(transaction: Transaction, known: Iterable[BackupRecord]) -> None:
    """Replaces the list of backups in the facts. Raises UsageError(USAGE_BAD_ARGUMENT) where it becomes too long."""
    rows = [
        [
            backup.backup_id,
            backup.made_at.isoformat(),
            backup.location,
            backup.erasures,
            backup.epoch,
            backup.sealed_key.hex(),
        ]
        for backup in known
    ]
    if len(rows) > MAXIMUM_BACKUPS:
        raise UsageError(Code.USAGE_BAD_ARGUMENT, what=BACKUP)
    transaction.facts[KNOWN] = json.dumps(rows, separators=(",", ":")).encode()


def seal_keys_under(transaction: Transaction, identity: VaultIdentity, old: Roots, new: Roots) -> None:
    """Seals the keys of the known backups under new roots: part of a rotation. Raises VaultError(VAULT_DAMAGED)."""

    def sealed_again(backup: BackupRecord) -> BackupRecord:
        head = BackupHead(backup.backup_id, identity, backup.made_at, 0)
        key = head.open_key(backup.sealed_key, old)
        again = replace(backup, sealed_key=head.seal_key(key, new))
        wipe(key)
        return again

    remember(transaction, [sealed_again(backup) for backup in known_backups(transaction.facts)])


def _bulk(connection: Connection) -> Iterable[Batch]:
    """The rows of the bulk part: everything but what the key part holds, so that nobody's key is in it."""
    tables: list[sa.Table] = [table for table in METADATA.sorted_tables if table not in LEFT_OUT]
    for batch in batches(connection, tables):
        yield _without_keys(batch) if batch.table == SUBJECTS.name else batch


def _without_keys(batch: Batch) -> Batch:
    hidden = {batch.columns.index(name) for name in ("blind_number", "wrapped_key", "records_tally")}
    rows = tuple(tuple(b"" if at in hidden else cell for at, cell in enumerate(row)) for row in batch.rows)
    return replace(batch, rows=rows)
