"""Stages a database and head under new roots beside the old ones, until the key file puts them in place (FORMAT.md, 3).

Before the key file names the staged head nothing has changed; from then on the next unlock finishes the work.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.vault.keys.key_file import KeyFile
from mlid_desktop.vault.store.atomic_files import NEW, NEXT, disk_fault, flush_folder, publish_prepared, read_whole
from mlid_desktop.vault.store.engines import DATABASE_FILE, JOURNAL
from mlid_desktop.vault.store.rollback_head import HEAD_FILE, MAXIMUM_HEAD

STAGED_DATABASE, STAGED_HEAD = DATABASE_FILE + NEXT, HEAD_FILE + NEXT


def staged_head_digest(folder: Path) -> bytes:
    """The name of the staged head in the key file: its SHA-256."""
    return hashlib.sha256(read_whole(folder / STAGED_HEAD, MAXIMUM_HEAD)).digest()


def publish_staged_database(folder: Path, key_file: KeyFile) -> None:
    """Finishes a rotation that the key file has committed to, as far as it is not done. Raises VaultError."""
    if (folder / STAGED_HEAD).exists() and staged_head_digest(folder) != key_file.rotation:
        raise VaultError(Code.VAULT_DAMAGED, what=STAGED_HEAD)
    try:
        (folder / (DATABASE_FILE + JOURNAL)).unlink(missing_ok=True)  # of the old database, which was at rest
    except OSError as fault:
        raise disk_fault(fault) from None
    publish_prepared(folder / DATABASE_FILE)
    publish_prepared(folder / HEAD_FILE)


def discard_staged_database(folder: Path) -> None:
    """Discards the database of a rotation that was interrupted before the key file named it: nobody has keys for it."""
    gone = [folder / name for name in (STAGED_DATABASE, STAGED_DATABASE + JOURNAL, STAGED_HEAD, STAGED_HEAD + NEW)]
    try:
        found = [path for path in gone if path.exists()]
        for path in found:
            path.unlink()
        if found:
            flush_folder(folder)
    except OSError as fault:
        raise disk_fault(fault) from None
