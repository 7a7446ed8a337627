"""Creates the folder of a vault: the key file is written last, and until then nothing in it counts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.vault.keys.key_file import KEY_FILE
from mlid_desktop.vault.store.atomic_files import (
    OWNER_FILE,
    FolderLock,
    disk_fault,
    flush_folder,
    make_folder,
    overwrite_and_remove,
)
from mlid_desktop.vault.store.engines import DATABASE_FILE, JOURNAL
from mlid_desktop.vault.store.rollback_head import HEAD_FILE

CREATING_FILE = "creating"  # there while a vault is being made: what lies beside it then was never in use

RESTORING = ".restoring"  # beside a vault that gives its place to a backup of itself: what is to come


def require_no_vault(folder: Path) -> None:
    """Raises VaultError(VAULT_EXISTS) where a vault is in a folder, or seems to be, and VAULT_UNWRITABLE where the
    folder has a name that none can have."""
    try:
        if (folder / KEY_FILE).exists():
            raise VaultError(Code.VAULT_EXISTS)
    except (OSError, ValueError) as fault:
        raise disk_fault(fault) from None


@contextmanager
def creation(folder: Path) -> Iterator[None]:
    """Context in which a vault is made in a folder: holds the folder's lock. Raises VaultError: exists already, in use,
    not writable."""
    require_no_vault(folder)
    make_folder(folder)
    lock = FolderLock(folder)
    lock.acquire()
    try:
        _remove_interrupted_creation(folder)
        yield
        overwrite_and_remove(folder / CREATING_FILE)
    finally:
        lock.release()


def _remove_interrupted_creation(folder: Path) -> None:
    """Removes what an interrupted creation left, which nobody could open; nothing else of a vault is ever
    overwritten."""
    marker = folder / CREATING_FILE
    held = [name for name in (KEY_FILE, DATABASE_FILE, HEAD_FILE) if (folder / name).exists()]
    if KEY_FILE in held or (held and not marker.exists()):
        raise VaultError(Code.VAULT_EXISTS)
    try:
        marker.touch(mode=OWNER_FILE)
        flush_folder(folder)
        for name in held:
            (folder / name).unlink()
        (folder / (DATABASE_FILE + JOURNAL)).unlink(missing_ok=True)
    except OSError:
        raise VaultError(Code.VAULT_UNWRITABLE) from None


def restoring_folder_of(folder: Path) -> Path:
    """The folder in which a replacement of the vault in ``folder`` is restored."""
    whole = folder.absolute()
    return whole.with_name(whole.name + RESTORING)


def finish_replacement(folder: Path) -> None:
    """Finishes an interrupted replacement: renames a vault that was restored whole into its place. Raises
    VaultError(VAULT_UNWRITABLE)."""
    beside = restoring_folder_of(folder)
    if not folder.exists() and (beside / KEY_FILE).exists():
        rename_folder(beside, folder)


def rename_folder(present: Path, wanted: Path) -> None:
    """Renames a folder durably. Raises VaultError(VAULT_UNWRITABLE)."""
    try:
        present.rename(wanted)
        flush_folder(wanted.parent)
    except OSError as fault:
        raise disk_fault(fault) from None
