"""A database and head under new roots, prepared beside the old ones and put in place by the key file (FORMAT.md, 3).

Before the key file names the successor nothing has happened; from then on whoever opens the vault finishes the work.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.vault.keys.key_file import KeyFile
from mlid_desktop.vault.store.atomic_files import NEW, NEXT, disk_fault, flush_folder, put_in_place, read_whole
from mlid_desktop.vault.store.engines import DATABASE_FILE, JOURNAL
from mlid_desktop.vault.store.rollback_head import HEAD_FILE, MAXIMUM_HEAD

NEXT_DATABASE, NEXT_HEAD = DATABASE_FILE + NEXT, HEAD_FILE + NEXT


def prepared_digest(folder: Path) -> bytes:
    """What the key file names the successor by: SHA-256 of its head."""
    return hashlib.sha256(read_whole(folder / NEXT_HEAD, MAXIMUM_HEAD)).digest()


def put_successor_in_place(folder: Path, key_file: KeyFile) -> None:
    """Finishes a rotation that the key file has committed to, as far as it is not done. Raises VaultError."""
    if (folder / NEXT_HEAD).exists() and prepared_digest(folder) != key_file.rotation:
        raise VaultError(Code.VAULT_DAMAGED, what=NEXT_HEAD)
    try:
        (folder / (DATABASE_FILE + JOURNAL)).unlink(missing_ok=True)  # of the old database, which was at rest
    except OSError as fault:
        raise disk_fault(fault) from None
    put_in_place(folder / DATABASE_FILE)
    put_in_place(folder / HEAD_FILE)


def forget_successor(folder: Path) -> None:
    """Takes away what a rotation left that was killed before the key file named it: nobody has keys for it."""
    gone = [folder / name for name in (NEXT_DATABASE, NEXT_DATABASE + JOURNAL, NEXT_HEAD, NEXT_HEAD + NEW)]
    try:
        found = [path for path in gone if path.exists()]
        for path in found:
            path.unlink()
        if found:
            flush_folder(folder)
    except OSError as fault:
        raise disk_fault(fault) from None
