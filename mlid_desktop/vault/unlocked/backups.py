"""The part of an unlocked vault that makes backups and keeps their keys up to date with erasures (FORMAT.md, 12).

A backup is a folder with a bulk part, which holds what is sealed under people's own keys, and a small key part, which
holds those keys. At every erasure the key part is written anew without the erased person, wherever it can be reached.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from mlid_desktop.domain.errors import Code, UsageError, VaultError
from mlid_desktop.domain.subjects import new_identifier
from mlid_desktop.vault.audit import log as audit_log
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
from mlid_desktop.vault.crypto.envelope import new_key, wipe
from mlid_desktop.vault.crypto.vault_identity import VaultIdentity
from mlid_desktop.vault.keys.key_file_codec import KEY_FILE, MAXIMUM_KEY_FILE
from mlid_desktop.vault.keys.slots import Roots
from mlid_desktop.vault.rebuild.reencryption import Batch, batches
from mlid_desktop.vault.second_person import Act
from mlid_desktop.vault.store.atomic_files import make_folder, put_in_place, read_whole, retire
from mlid_desktop.vault.store.schema import DRAFTS, LEDGER, METADATA, SUBJECTS
from mlid_desktop.vault.store.transaction import Change, read_facts
from mlid_desktop.vault.subjects import erasure_ledger, repository
from mlid_desktop.vault.unlocked.state import Workings

KNOWN = "backups"  # the fact that lists them
MAXIMUM_BACKUPS = 256
KEPT_WITH_KEYS = (DRAFTS, LEDGER)  # a draft lives a day; the ledger is in the key part
NEXT = KEYS_FILE + ".next"


@dataclass(frozen=True, slots=True)
class BackupRecord:
    """A backup that this vault made. ``erasures`` is how many entries the ledger had, and ``epoch`` which roots were in
    force, when its keys were last renewed; ``sealed_key`` is the backup's own key under the data root."""

    backup_id: str
    made_at: datetime
    place: str
    erasures: int
    epoch: int
    sealed_key: bytes = field(repr=False)

    def may_hold(self, entry: int) -> bool:
        """Whether the person of this entry of the ledger can still be had from it, if they were enrolled by then."""
        return self.erasures < entry


class Backing(Workings):
    """Making backups, and keeping the erased out of them."""

    def back_up(self, place: Path) -> BackupRecord:
        """Writes a backup into a new folder (or over one that was never finished). What is complete has a key part,
        which is written last. Raises UsageError(USAGE_OUTPUT_UNWRITABLE) where there is something else, VaultError."""
        self._require(Act.BACK_UP)
        if (place / KEYS_FILE).exists() or (place.exists() and not place.is_dir()):
            raise UsageError(Code.USAGE_OUTPUT_UNWRITABLE, path=str(place))
        self.settle_key_file()
        make_folder(place)
        backup_key = new_key()
        head = BackupHead(new_identifier(), self.identity, self._clock.now(), self._generations.head.generation)
        with self._database.reading() as connection:
            key = head.key(backup_key, BULK)
            digest = write_stream(place / BULK_FILE, head.written(BULK), key, bulk_chunks(_bulk(connection)))
            wipe(key)
            erasures = len(erasure_ledger.entries(connection))
        made = BackupRecord(
            head.backup_id,
            head.made_at,
            str(place.resolve()),
            erasures,
            self._key_file.control.epoch,
            head.seal_key(backup_key, self._keys.roots),
        )
        with self._change() as change:
            remember(change, [*known_backups(change.facts), made])
            self._enter(change, "backup.made", backup=made.backup_id)
        self._write_keys(place / KEYS_FILE, head, backup_key, digest, among=None)
        wipe(backup_key)
        return made

    def backups(self) -> tuple[BackupRecord, ...]:
        """Those that this vault made and was not told to forget."""
        with self._reading(Act.BACK_UP) as connection:
            return known_backups(read_facts(connection))

    def forget_backup(self, backup_id: str) -> None:
        """The backup was destroyed: it is not named in certificates any more."""
        self._require(Act.BACK_UP)
        with self._change() as change:
            left = [one for one in known_backups(change.facts) if one.backup_id != backup_id]
            remember(change, left)
            self._enter(change, "backup.retired", backup=backup_id)

    def renew_backups(self) -> tuple[BackupRecord, ...]:
        """Writes the key part of every backup anew that was made before the newest erasure or rotation, without the
        erased and for the slots of today. Returns those that could not be reached and may still hold somebody."""
        self._require_open()
        with self._database.reading() as connection:
            known, erasures = known_backups(read_facts(connection)), len(erasure_ledger.entries(connection))
        epoch = self._key_file.control.epoch
        stale = [one for one in known if one.may_hold(erasures) or one.epoch < epoch]
        renewed = {one.backup_id: replace(one, erasures=erasures, epoch=epoch) for one in stale if self._renewed(one)}
        if renewed:
            with self._change() as change:
                remember(change, [renewed.get(one.backup_id, one) for one in known_backups(change.facts)])
                for backup_id in renewed:
                    self._enter(change, "backup.changed", backup=backup_id)
        return tuple(one for one in stale if one.backup_id not in renewed and one.may_hold(erasures))

    def _renewed(self, known: BackupRecord) -> bool:
        """Whether the key part could be replaced."""
        path = Path(known.place) / KEYS_FILE
        try:
            if not path.is_file():
                return False
            self._renew(path, known)
        except (VaultError, OSError):
            return False
        return True

    def _renew(self, path: Path, known: BackupRecord) -> None:
        reader = StreamReader(path)
        try:
            header = read_keys_header(reader.header)
            if header.head.backup_id != known.backup_id or header.head.identity != self.identity:
                raise VaultError(Code.VAULT_DAMAGED, what=BACKUP)
            backup_key = header.head.open_key(known.sealed_key, self._keys.roots)
            key = header.head.key(backup_key, KEYS)
            before = KeyPart.read(reader.chunks(key))
            wipe(key)
        finally:
            reader.close()
        self._write_keys(path, header.head, backup_key, header.bulk_digest, among=before.people)
        wipe(backup_key)

    def _write_keys(
        self,
        path: Path,
        head: BackupHead,
        backup_key: bytearray,
        bulk_digest: bytes,
        among: Mapping[str, bytes] | None,
    ) -> None:
        """The key part as of now: whole or not at all, and what was there before is overwritten. ``among`` are the keys
        that the bulk part is under, for the people of today those who are still here."""
        with self._database.reading() as connection:
            facts = read_facts(connection)
            people = repository.bare_keys(connection, self._keys.subjects)
            entries = erasure_ledger.entries(connection)
        staying = people if among is None else {who: key for who, key in among.items() if who in people}
        chain = {name: facts[name] for name in (audit_log.WRAPPED_ENTRIES, audit_log.WRAPPED_FIRST)}
        header = {
            **head.written(KEYS),
            "vault_keys": read_whole(self._folder / KEY_FILE, MAXIMUM_KEY_FILE).decode("ascii"),
            "backup_key": head.seal_key(backup_key, self._keys.roots).hex(),
            "bulk": bulk_digest.hex(),
        }
        key = head.key(backup_key, KEYS)
        beside = path.with_name(NEXT)
        try:
            write_stream(beside, header, key, KeyPart(chain, entries, staying).chunks())
            put_in_place(path)
        except BaseException:
            retire(beside)
            raise
        finally:
            wipe(key)


def known_backups(facts: Mapping[str, bytes]) -> tuple[BackupRecord, ...]:
    """The list in the facts. Raises VaultError(VAULT_DAMAGED)."""
    try:
        rows = json.loads(facts.get(KNOWN, b"[]"))
        return tuple(
            BackupRecord(number, datetime.fromisoformat(at), place, erasures, epoch, bytes.fromhex(sealed))
            for number, at, place, erasures, epoch, sealed in rows
        )
    except (ValueError, TypeError):
        raise VaultError(Code.VAULT_DAMAGED, what=KNOWN) from None


def remember(change: Change, known: Iterable[BackupRecord]) -> None:
    """Replaces the list. Raises UsageError(USAGE_BAD_ARGUMENT) where it becomes too long."""
    rows = [
        [one.backup_id, one.made_at.isoformat(), one.place, one.erasures, one.epoch, one.sealed_key.hex()]
        for one in known
    ]
    if len(rows) > MAXIMUM_BACKUPS:
        raise UsageError(Code.USAGE_BAD_ARGUMENT, what=BACKUP)
    change.facts[KNOWN] = json.dumps(rows, separators=(",", ":")).encode()


def remember_under(change: Change, identity: VaultIdentity, old: Roots, new: Roots) -> None:
    """Seals the keys of the known backups under new roots: part of a rotation. Raises VaultError(VAULT_DAMAGED)."""

    def sealed_again(one: BackupRecord) -> BackupRecord:
        head = BackupHead(one.backup_id, identity, one.made_at, 0)
        key = head.open_key(one.sealed_key, old)
        again = replace(one, sealed_key=head.seal_key(key, new))
        wipe(key)
        return again

    remember(change, [sealed_again(one) for one in known_backups(change.facts)])


def _bulk(connection: Connection) -> Iterable[Batch]:
    """Everything but what the key part holds: nobody's key is in the bulk part."""
    tables: list[sa.Table] = [one for one in METADATA.sorted_tables if one not in KEPT_WITH_KEYS]
    for batch in batches(connection, tables):
        yield _without_keys(batch) if batch.table == SUBJECTS.name else batch


def _without_keys(batch: Batch) -> Batch:
    hidden = {batch.columns.index(name) for name in ("blind_number", "wrapped_key", "records_tally")}
    rows = tuple(tuple(b"" if at in hidden else cell for at, cell in enumerate(row)) for row in batch.rows)
    return replace(batch, rows=rows)
