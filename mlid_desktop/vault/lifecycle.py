"""Creates vaults, and unlocks them by passphrase."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.domain.ports import Clock
from mlid_desktop.domain.subjects import Operator, Role
from mlid_desktop.vault.audit import log as audit_log
from mlid_desktop.vault.audit.notices import NoticeKind, give_notice, read_notices
from mlid_desktop.vault.crypto.envelope import derive, new_key, wipe
from mlid_desktop.vault.crypto.multiset_hash import Marker
from mlid_desktop.vault.crypto.vault_identity import VAULT_ID_BYTES, VaultIdentity
from mlid_desktop.vault.keyring import (
    IN_FORCE,
    database_key,
    head_key,
    new_wraps,
    wraps_name,
)
from mlid_desktop.vault.keys import desk_register, slot_register
from mlid_desktop.vault.keys.device_secret import OpenStore, open_store
from mlid_desktop.vault.keys.key_file import VAULT_FORMAT
from mlid_desktop.vault.keys.key_file_codec import (
    KEY_FILE,
    MAXIMUM_KEY_FILE,
    KeyFile,
    read_key_file,
    require_authentic,
    write_key_file,
)
from mlid_desktop.vault.keys.recovery_code import checked_code
from mlid_desktop.vault.keys.slot_operations import (
    RECOVERY_NAME,
    Admission,
    OpenedSlot,
    add_operator_slot,
    first_key_file,
    signing_key,
)
from mlid_desktop.vault.keys.slot_register import SlotOrigin
from mlid_desktop.vault.keys.slots import DEFAULT_COST, NOTHING_ADDED, KdfCost, Roots, checked_passphrase, require_cost
from mlid_desktop.vault.keys.unlock_throttle import open_slot_counted
from mlid_desktop.vault.opening import BeforeMigration, migrate_at_once, open_state
from mlid_desktop.vault.rebuild.staged_database import discard_staged_database, publish_staged_database
from mlid_desktop.vault.rebuild.vault_folder import CREATING_FILE, creation, finish_replacement
from mlid_desktop.vault.second_person import Founding
from mlid_desktop.vault.store import own_time
from mlid_desktop.vault.store.atomic_files import FolderLock, read_whole
from mlid_desktop.vault.store.changes.change_log import log_change
from mlid_desktop.vault.store.engines import DATABASE_FILE, create_database
from mlid_desktop.vault.store.rollback_head import Head, stage_head
from mlid_desktop.vault.store.transaction import (
    FORMAT,
    START,
    Transaction,
)
from mlid_desktop.vault.store.vault_time import advance_latest
from mlid_desktop.vault.subjects.attempt_counter import AttemptRecord, notice_time
from mlid_desktop.vault.subjects.founding import write_founding
from mlid_desktop.vault.unlocked.state import VaultState
from mlid_desktop.vault.unlocked.vault import Vault, VerifyReport

__all__ = [
    "AttemptRecord",
    "KdfCost",
    "SecondFounder",
    "Vault",
    "VaultIdentity",
    "VerifyReport",
    "create_vault",
    "recover_vault",
    "unlock_vault",
]


@dataclass(frozen=True, slots=True)
class SecondFounder:
    """Who founds a vault together with the first supervisor, and typed a passphrase that the other did not see."""

    name: str
    role: Role
    passphrase: str = field(repr=False)


def create_vault(
    folder: Path,
    *,
    operator_name: str,
    passphrase: str,
    demo: bool,
    clock: Clock,
    cost: KdfCost = DEFAULT_COST,
    second: SecondFounder | None = None,
    store: OpenStore = open_store,
) -> Vault:
    """A new vault; the first person is a supervisor. Two who found it together confirm for one another at once; one
    who founds it alone may do little until a second is admitted (``second_person.judge``).

    Raises VaultError: weak passphrase, KDF out of bounds, exists already, in use, disk full, not writable; UsageError
    where the two have one name.
    """
    checked_passphrase(passphrase)
    if second is not None:
        checked_passphrase(second.passphrase)
        if second.passphrase == passphrase:
            raise VaultError(Code.VAULT_SAME_PASSPHRASE)
    require_cost(cost)
    with creation(folder):
        roots = Roots(new_key(), new_key())
        identity = VaultIdentity(os.urandom(VAULT_ID_BYTES).hex(), demo, clock.now())
        key_file = first_key_file(identity, roots, operator_name, passphrase, cost, new_wraps(roots, identity))
        if second is not None:
            joining = Operator(second.name, second.role)
            key_file = add_operator_slot(key_file, joining, Admission(second.passphrase, cost), roots)
        _write_new(folder, key_file, roots, clock, store)
    return _open_new(folder, operator_name, roots, clock, store)


def _open_new(folder: Path, operator_name: str, roots: Roots, clock: Clock, store: OpenStore) -> Vault:
    """Opens a vault that was written a moment ago, as far as it can be told from its files, without deriving the key of
    the passphrase a second time. Raises what :func:`unlock_vault` raises."""
    lock = FolderLock(folder)
    lock.acquire()
    try:
        untrusted = read_whole(folder / KEY_FILE, MAXIMUM_KEY_FILE)
        key_file = read_key_file(untrusted)
        require_authentic(untrusted, key_file, roots.data)
        operator = key_file.grant(operator_name).operator
        opened = OpenedSlot(operator, roots, bytearray(), key_file.control.verify_key, NOTHING_ADDED)
        state = open_state(folder, lock, key_file, opened, clock, store)
    except BaseException:
        lock.release()
        raise
    try:
        _settle_desk(state, store)
    except BaseException:
        state.lock()
        raise
    return Vault(state)


def unlock_vault(
    folder: Path,
    *,
    operator_name: str | None,
    passphrase: str,
    clock: Clock,
    store: OpenStore = open_store,
    before_migration: BeforeMigration = migrate_at_once,
    progress: Callable[[float], None] = lambda _: None,
) -> Vault:
    """Unlocks an existing vault by the named operator's passphrase (the only one's where no name is given). An
    interrupted erasure or rotation is finished first. ``store`` opens the key store of a device secret and of the
    desk's keys.
    ``before_migration`` is called where the vault is of an earlier format, with the vault as far as it can be used
    then: for a backup. It is None where none can be made of that format. Raising there leaves the vault as it is.
    ``progress`` is told how much of a migration is done, from 0 to 1.

    Raises VaultError: not found, in use, unknown operator, wrong passphrase, to be tried later, no device secret,
    damaged, rolled back, another version, KDF out of bounds.
    """
    finish_replacement(folder)
    _require_key_file(folder)
    lock = FolderLock(folder)
    lock.acquire()
    try:
        untrusted = read_whole(folder / KEY_FILE, MAXIMUM_KEY_FILE)
        key_file = read_key_file(untrusted)
        opened, refused = open_slot_counted(folder, key_file, operator_name, passphrase, clock.now(), store)
        require_authentic(untrusted, key_file, opened.roots.data)
        if key_file.rotation:
            publish_staged_database(folder, key_file)
        discard_staged_database(folder)
        state = open_state(folder, lock, key_file, opened, clock, store, before_migration, progress)
    except BaseException:
        lock.release()
        raise
    try:
        vault = Vault(state)
        state.settle_key_file()
        _settle_desk(state, store)
        vault.operators.renew_pinned_key(passphrase, opened)
        vault.operators.settle_register()
        vault.drafts.drop_expired()
        vault.backups.renew()
        if refused:
            vault.audit.append("passphrase.refused", {"failed": refused})
    except BaseException:
        state.lock()
        raise
    return vault


def recover_vault(
    folder: Path, *, code: str, clock: Clock, before_migration: BeforeMigration = migrate_at_once
) -> Vault:
    """Unlocks an existing vault by its recovery code, with a supervisor's rights, for giving out new passphrases. Noted
    in the audit. Raises what :func:`unlock_vault` raises, and VaultError(VAULT_BAD_RECOVERY_CODE)."""
    checked = checked_code(code)
    vault = unlock_vault(
        folder, operator_name=RECOVERY_NAME, passphrase=checked, clock=clock, before_migration=before_migration
    )
    vault.audit.append("recovery.used", {})
    return vault


def _settle_desk(state: VaultState, store: OpenStore) -> None:
    """Enters, when unlocking, this machine's desk where the vault was never opened here, which is recorded and told
    to everybody; a supervisor vouches for the desks that nobody vouched for yet, and those that nobody was told of
    are told then. Raises VaultError."""
    control, found = state.keys.roots.control, state.desk_keys
    with state.database.reading() as connection:
        is_known = found is not None and desk_register.is_registered(connection, found)
        lacking = control is not None and desk_register.lacks_certificates(connection)
    if is_known and not lacking:
        return
    with state.changing() as transaction:
        number = state.commits.head.generation + 1
        keys, has_joined = desk_register.join(transaction, state.keys.roots, state.identity, store, number)
        state.adopt_desk(keys)
        if has_joined:
            state.record(transaction, "desk.joined", desk=keys.desk)
            give_notice(transaction, NoticeKind.DESK_JOINED, state.operator.name, keys.desk)
        if control is None:
            return
        signing, epoch = signing_key(state.keys.roots, state.identity), state.key_file.control.epoch
        told = {notice.about for notice in read_notices(transaction.connection)}
        for desk in desk_register.certify(transaction, signing, epoch, state.identity):
            if desk not in told:
                give_notice(transaction, NoticeKind.DESK_FOUND, "", desk)


def _require_key_file(folder: Path) -> None:
    if (folder / KEY_FILE).is_file():
        return
    lost = (folder / DATABASE_FILE).exists() and not (folder / CREATING_FILE).exists()
    raise VaultError(Code.VAULT_DAMAGED, what=KEY_FILE) if lost else VaultError(Code.VAULT_NOT_FOUND)


def _write_new(folder: Path, key_file: KeyFile, roots: Roots, clock: Clock, store: OpenStore) -> None:
    """Writes a new vault's database and head, then the key file, which makes the vault exist."""
    identity = key_file.identity
    key, marks = database_key(roots, identity), derive(roots.data, "tally", identity.number)
    database = create_database(folder, key)
    try:
        with database.changing() as connection:
            transaction = Transaction(database, connection, Marker(marks), clock.now())
            notice_time(transaction)
            audit_log.begin(transaction, roots, identity)
            transaction.facts[IN_FORCE] = wraps_name(key_file.subject_wrap)
            transaction.set_counter(FORMAT, VAULT_FORMAT)
            own_time.advance(transaction, clock)
            advance_latest(transaction)
            for grant in key_file.control.grants:
                slot_register.register(transaction, grant, SlotOrigin.FOUNDED)
            alone = len(key_file.control.grants) == 1
            write_founding(transaction, Founding.BY_ONE if alone else Founding.BY_TWO)
            desk, _ = desk_register.join(transaction, roots, identity, store, 1)
            desk_register.certify(transaction, signing_key(roots, identity), key_file.control.epoch, identity)
            transaction.name_act("vault.made", "")
            log_change(transaction, 1, identity.header, desk)
            head = transaction.close(Head(0, START), key_file.generation)
    finally:
        database.close()
        wipe(key, marks)
    stage_head(folder, head, head_key(roots, identity), identity).publish()
    write_key_file(folder, key_file, roots.data)
