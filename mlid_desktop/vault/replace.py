"""Replaces a vault that is damaged, or lost what it held, by a backup of it; the old one is put aside, not deleted.

The backup is restored beside it, whole, and then two folders are renamed. A kill between the two leaves the restored
vault beside an empty place: whoever opens the vault next puts it there first
(:func:`~mlid_desktop.vault.rebuild.vault_folder.finish_replacement`).
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.domain.ports import Clock
from mlid_desktop.domain.subjects import LedgerEntry
from mlid_desktop.vault.backup.target import BackupTarget
from mlid_desktop.vault.keys.key_file import KEY_FILE
from mlid_desktop.vault.keys.key_file_codec import MAXIMUM_KEY_FILE, read_key_file
from mlid_desktop.vault.lifecycle import recover_vault, unlock_vault
from mlid_desktop.vault.rebuild.vault_folder import finish_replacement, rename_folder, restoring_folder_of
from mlid_desktop.vault.restore import BackupReport, Credential, restore_backup, verify_backup
from mlid_desktop.vault.store.atomic_files import FolderLock, disk_fault, overwrite_and_remove, read_whole
from mlid_desktop.vault.store.engines import DATABASE_FILE

SET_ASIDE = ".set-aside-{moment:%Y%m%dT%H%M%S}"


@dataclass(frozen=True, slots=True)
class Replacement:
    """Result of a replacement: the restored backup, and the folder in which the old vault is now."""

    report: BackupReport
    set_aside: Path


def replace_vault(
    target: BackupTarget,
    folder: Path,
    credential: Credential,
    clock: Clock,
    *,
    second: Credential | None = None,
    later: Sequence[LedgerEntry] = (),
) -> Replacement:
    """Replaces the vault in ``folder`` by this backup. Where the present one can still be opened by the same person,
    people whom it erased are not restored. A backup of another vault is refused, as long as the present key file can be
    read: nobody slips another vault under the staff's hands.

    Raises VaultError: what :func:`restore_backup` raises, VAULT_ANOTHER, VAULT_NOT_FOUND, in use, disk.
    """
    finish_replacement(folder)
    if not any((folder / name).exists() for name in (KEY_FILE, DATABASE_FILE)):
        raise VaultError(Code.VAULT_NOT_FOUND)
    report = verify_backup(target, credential)
    _require_same(folder, report.vault_id)
    erased = (*later, *_erased_since(folder, credential, clock))
    lock = FolderLock(folder)
    lock.acquire()
    try:
        beside = restoring_folder_of(folder)
        discard_restoring(folder)
        made = restore_backup(target, beside, credential, clock, second=second, later=erased)
        aside = _free_name(folder, clock)
        if sys.platform == "win32":
            lock.release()  # an open file there holds its folder in place
        rename_folder(folder, aside)
    finally:
        lock.release()
    finish_replacement(folder)
    return Replacement(made, aside)


def discard_restoring(folder: Path) -> None:
    """Removes what an interrupted restore left beside the vault, its keys first; the backup still has it."""
    beside = restoring_folder_of(folder)
    if not beside.exists():
        return
    overwrite_and_remove(beside / KEY_FILE)
    try:
        shutil.rmtree(beside)
    except OSError as fault:
        raise disk_fault(fault) from None


def _free_name(folder: Path, clock: Clock) -> Path:
    whole = folder.absolute()
    wanted = whole.with_name(whole.name + SET_ASIDE.format(moment=clock.now()))
    names = [wanted, *(wanted.with_name(f"{wanted.name}-{number}") for number in range(2, 100))]
    return next(name for name in names if not name.exists())


def _require_same(folder: Path, vault_id: str) -> None:
    """Refuses a backup of another vault; with an unreadable key file only what a restore requires is required."""
    try:
        present = read_key_file(read_whole(folder / KEY_FILE, MAXIMUM_KEY_FILE))
    except VaultError:
        return
    if present.identity.vault_id != vault_id:
        raise VaultError(Code.VAULT_ANOTHER)


def _erased_since(folder: Path, credential: Credential, clock: Clock) -> tuple[LedgerEntry, ...]:
    """The erasures that the present vault lists, where it opens. Raises VaultError(VAULT_IN_USE, VAULT_TRY_LATER)."""
    try:
        if credential.is_recovery_code:
            vault = recover_vault(folder, code=credential.secret, clock=clock)
        else:
            vault = unlock_vault(folder, operator_name=credential.name, passphrase=credential.secret, clock=clock)
    except VaultError as fault:
        if fault.code in {Code.VAULT_IN_USE, Code.VAULT_TRY_LATER}:
            raise
        return ()
    try:
        return vault.subject_rights.erasures()
    except VaultError:
        return ()
    finally:
        vault.lock()
