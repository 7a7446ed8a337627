"""Reads backups: checks one without restoring it, and restores a vault from one (FORMAT.md, section 12)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.domain.ports import Clock
from mlid_desktop.domain.roles import Act
from mlid_desktop.domain.subjects import LedgerEntry, Operator
from mlid_desktop.vault.audit import log as audit_log
from mlid_desktop.vault.audit.notices import NoticeKind, give_notice
from mlid_desktop.vault.backup.parts import (
    BULK,
    BULK_FILE,
    KEYS,
    KEYS_FILE,
    BackupHead,
    KeyPart,
    KeysHeader,
    read_batch,
    read_head,
    read_keys_header,
)
from mlid_desktop.vault.backup.stream import BACKUP, StreamReader
from mlid_desktop.vault.backup.target import BackupTarget
from mlid_desktop.vault.callers import request_log
from mlid_desktop.vault.crypto.envelope import wipe
from mlid_desktop.vault.keyring import VaultKeys, head_key, new_wraps
from mlid_desktop.vault.keys import slot_register
from mlid_desktop.vault.keys.accounts import accounts_of
from mlid_desktop.vault.keys.desk_keys import DeskKeys
from mlid_desktop.vault.keys.desk_register import join
from mlid_desktop.vault.keys.device_secret import OpenStore, open_store
from mlid_desktop.vault.keys.key_file import KeyFile
from mlid_desktop.vault.keys.key_file_codec import require_authentic, write_key_file
from mlid_desktop.vault.keys.recovery_code import checked_code
from mlid_desktop.vault.keys.slot_operations import RECOVERY, RECOVERY_NAME, open_roots, signing_key
from mlid_desktop.vault.keys.slots import Roots
from mlid_desktop.vault.rebuild import migration_format_3
from mlid_desktop.vault.rebuild.reencryption import DiscardedRows, RecordTransfer, Reencryption, build_database
from mlid_desktop.vault.rebuild.vault_folder import creation
from mlid_desktop.vault.second_person import Account, Desk, judge, require_permitted, require_ruling
from mlid_desktop.vault.store.engines import DATABASE_FILE
from mlid_desktop.vault.store.rollback_head import Head, stage_head
from mlid_desktop.vault.store.transaction import START, Transaction
from mlid_desktop.vault.subjects import erasure_ledger, founding, suspicion_log
from mlid_desktop.vault.subjects.records import unsent_withdrawals
from mlid_desktop.vault.unlocked.backups import BackupRecord, remember
from mlid_desktop.vault.unlocked.register.link import forget_link


@dataclass(frozen=True, slots=True)
class Credential:
    """A credential that opens a backup: an operator's passphrase, or the recovery code without a name."""

    name: str | None
    secret: str = field(repr=False)
    is_recovery_code: bool = False


@dataclass(frozen=True, slots=True)
class BackupReport:
    """Report of a backup that was read and found whole; ``left_out`` people were erased after it was made;
    ``needs_second``: whoever opened it does not restore it alone."""

    backup_id: str
    vault_id: str
    made_at: datetime
    subjects: int
    records: int
    left_out: int
    needs_second: bool


@dataclass(frozen=True, slots=True)
class _Opened:
    target: BackupTarget
    header: KeysHeader
    operator: Operator
    roots: Roots = field(repr=False)
    backup_key: bytearray = field(repr=False)
    part: KeyPart = field(repr=False)


def verify_backup(target: BackupTarget, credential: Credential) -> BackupReport:
    """Verifies a backup: reads every chunk of both parts and opens every record. Raises VaultError(VAULT_DAMAGED) where
    one bit is not as it was written, VaultError(VAULT_WRONG_PASSPHRASE, VAULT_BAD_RECOVERY_CODE,
    VAULT_UNKNOWN_OPERATOR)."""
    with _opened(target, credential) as backup:
        keys = _keys_to_come(backup)
        transfer = RecordTransfer(DiscardedRows(), _plan_of(backup, keys, ()))
        _transfer_bulk(backup, transfer)
        return _report(backup, transfer)


def restore_backup(
    target: BackupTarget,
    folder: Path,
    credential: Credential,
    clock: Clock,
    *,
    second: Credential | None = None,
    later: Sequence[LedgerEntry] = (),
    store: OpenStore = open_store,
) -> BackupReport:
    """Restores a backup as a vault in ``folder``; people who were erased since, by the key part's ledger or by
    ``later``, are not restored. Nothing is overwritten: where there is a vault already it is refused, and the new one
    is there only once everything was read and found whole. Needs a supervisor and, by passphrase, a second person where
    there is one.

    Raises VaultError: what :func:`verify_backup` raises, not permitted, second person needed, exists, in use, disk.
    """
    with _opened(target, credential) as backup, creation(folder):
        require_permitted(backup.operator, Act.RESTORE)
        opened_second = _second(backup, second)
        keys = _keys_to_come(backup)
        key_file = backup.header.key_file.with_wrap(keys.wrapped, pending=b"").in_present_format()
        plan = _plan_of(backup, keys, later)
        reports: list[BackupReport] = []
        before = Head(backup.header.head.generation, START)

        def fill(transfer: RecordTransfer, transaction: Transaction) -> DeskKeys:
            _transfer_bulk(backup, transfer)
            for subject_id in transfer.left_out:
                suspicion_log.forget_person(transaction, subject_id)
                request_log.forget_person(transaction, subject_id)
                unsent_withdrawals.drop(transaction, subject_id)
            transaction.facts.update(backup.part.audit_keys)
            forget_link(transaction)
            migration_format_3.complete(transaction, key_file, keys.audit)
            second_name = _confirmed_by(backup, opened_second, transaction, clock)
            slot_register.settle(transaction, key_file.control.grants)
            by_code = backup.operator == RECOVERY
            if by_code or not second_name:
                kind = NoticeKind.RESTORED_BY_CODE if by_code else NoticeKind.RESTORED_BY_ONE
                give_notice(transaction, kind, "" if by_code else backup.operator.name)
            erasure_ledger.merge(transaction, backup.part.ledger)
            erasure_ledger.merge(transaction, later)
            made = _report(backup, transfer)
            remember(transaction, [_itself(backup)])
            facts = {"operator": backup.operator.name, "second": second_name, "backup": made.backup_id}
            audit_log.append(transaction, keys.audit, "backup.restored", {**facts, "subjects": made.subjects})
            desk, has_joined = join(transaction, backup.roots, key_file.identity, store, before.generation + 1)
            if has_joined:
                audit_log.append(transaction, keys.audit, "desk.joined", {"desk": desk.desk})
                give_notice(transaction, NoticeKind.DESK_JOINED, backup.operator.name, desk.desk)
            reports.append(made)
            return desk

        head = build_database(folder, DATABASE_FILE, plan, fill, before, key_file.generation, clock.now())
        key = head_key(backup.roots, key_file.identity)
        stage_head(folder, head, key, key_file.identity).publish()
        wipe(key)
        write_key_file(folder, key_file, backup.roots.data)
        keys.wipe()
        return reports[0]


@contextmanager
def _opened(target: BackupTarget, credential: Credential) -> Iterator[_Opened]:
    """Opens a backup's key part, read whole and found authentic."""
    reader = StreamReader(target.open(KEYS_FILE))
    try:
        header = read_keys_header(reader.header)
        operator, roots = _unlocked(header.key_file, credential)
        require_authentic(header.vault_keys, header.key_file, roots.data)
        backup_key = header.head.open_key(header.backup_key, roots)
        key = header.head.key(backup_key, KEYS)
        part = KeyPart.read(reader.chunks(key))
        wipe(key)
    finally:
        reader.close()
    try:
        yield _Opened(target, header, operator, roots, backup_key, part)
    finally:
        wipe(backup_key)
        roots.wipe()


def _unlocked(key_file: KeyFile, credential: Credential) -> tuple[Operator, Roots]:
    name = RECOVERY_NAME if credential.is_recovery_code else credential.name
    secret = checked_code(credential.secret) if credential.is_recovery_code else credential.secret
    return open_roots(key_file, name, secret)


def _second(backup: _Opened, second: Credential | None) -> Operator | None:
    """The second person, by passphrase; None for the recovery code, and for a desk of one. What the rule of two persons
    says of the two, :func:`_confirmed_by` asks once the register is read."""
    if second is None and _needs_second(backup):
        raise VaultError(Code.VAULT_SECOND_PERSON_NEEDED)
    if second is None or backup.operator == RECOVERY:
        return None
    other, roots = _unlocked(backup.header.key_file, second)
    roots.wipe()
    return other


def _confirmed_by(backup: _Opened, second: Operator | None, transaction: Transaction, clock: Clock) -> str:
    """The second person's name. Somebody whom the register of the backup does not know yet came after it, and counts
    as anybody. Raises what the rule of two persons refuses."""
    if second is None:
        return ""
    entries, grants = slot_register.read_slots(transaction.connection), backup.header.key_file.control.grants
    known = [grant for grant in grants if grant.public.hex() in entries]
    facts = transaction.facts
    accounts = accounts_of(known, entries, facts, clock)
    desk = Desk(accounts, founding.read_founding(facts), founding.has_real_people(facts))
    pair = (backup.operator, second)
    slots = [backup.header.key_file.grant(operator.name).public.hex() for operator in pair]
    strangers = [
        Account(operator.name, slot, is_recovery_code=operator == RECOVERY)
        for operator, slot in zip(pair, slots, strict=True)
        if desk.find(slot) is None
    ]
    whole = replace(desk, accounts=(*desk.accounts, *strangers))
    require_ruling(judge(Act.RESTORE, slots[0], slots[1], whole))
    return second.name


def _keys_to_come(backup: _Opened) -> VaultKeys:
    identity, roots = backup.header.head.identity, backup.roots
    chain = audit_log.AuditKeys.of(roots, identity, backup.part.audit_keys)
    return VaultKeys.of(roots, identity, new_wraps(roots, identity), chain)


def _plan_of(backup: _Opened, keys: VaultKeys, later: Sequence[LedgerEntry]) -> Reencryption:
    gone = {entry.subject_id for entry in (*backup.part.ledger, *later)}
    people, pictures = (
        {identifier: key for identifier, key in kept.items() if identifier not in gone}
        for kept in (backup.part.people, backup.part.portraits)
    )
    control, identity = backup.header.key_file.control, backup.header.head.identity
    signing = None if backup.roots.control is None else signing_key(backup.roots, identity)
    erased = frozenset(gone)
    return Reencryption(
        identity,
        people,
        control.trusted_keys,
        keys,
        signing,
        keys.subjects,
        deep=False,
        erased=erased,
        portraits=pictures,
    )


def _transfer_bulk(backup: _Opened, transfer: RecordTransfer) -> None:
    """Transfers the bulk part; that it is complete is known at its end alone."""
    reader = StreamReader(backup.target.open(BULK_FILE))
    try:
        head = backup.header.head
        if read_head(reader.header, BULK) != head:
            raise VaultError(Code.VAULT_DAMAGED, what=BACKUP)
        key = head.key(backup.backup_key, BULK)
        for chunk in reader.chunks(key):
            transfer.add(read_batch(chunk))
        wipe(key)
        if reader.digest != backup.header.bulk_digest:
            raise VaultError(Code.VAULT_DAMAGED, what=BACKUP)
        transfer.finish()
    finally:
        reader.close()


def _itself(backup: _Opened) -> BackupRecord:
    """The record of the backup for the restored vault. Others that the bulk part names may be under roots of before."""
    head, epoch = backup.header.head, backup.header.key_file.control.epoch
    sealed = head.seal_key(backup.backup_key, backup.roots)
    return BackupRecord(head.backup_id, head.made_at, backup.target.location, len(backup.part.ledger), epoch, sealed)


def _report(backup: _Opened, transfer: RecordTransfer) -> BackupReport:
    head: BackupHead = backup.header.head
    return BackupReport(
        head.backup_id,
        head.identity.vault_id,
        head.made_at,
        transfer.people,
        transfer.records,
        len(transfer.left_out),
        _needs_second(backup),
    )


def _needs_second(backup: _Opened) -> bool:
    """Whether a second person confirms that it is restored: not for the recovery code, nor at a desk of one."""
    return backup.operator != RECOVERY and len(backup.header.key_file.operators) > 1
