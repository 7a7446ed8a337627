"""Keeps a backup in a folder: on this machine, a removable disk, or a share that the system has mounted."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from mlid_desktop.domain.errors import Code, UsageError, VaultError
from mlid_desktop.vault.backup.stream import BACKUP
from mlid_desktop.vault.backup.target import BackupTarget
from mlid_desktop.vault.store.atomic_files import (
    NEW_FILE,
    NEXT,
    OWNER_FILE,
    disk_fault,
    make_folder,
    open_regular,
    overwrite_and_remove,
    publish_prepared,
)


class FolderTarget(BackupTarget):
    """A backup target in a folder: a file for each part, for their owner alone."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def location(self) -> str:
        """The folder's absolute path."""
        return str(self._folder.resolve())

    def prepare(self, last_part: str) -> None:
        """Makes the folder. Raises UsageError(USAGE_OUTPUT_UNWRITABLE) where it cannot be made, with a name that its
        file system does not take either, VaultError(VAULT_DISK_FULL)."""
        try:
            if self.holds(last_part) or (self._folder.exists() and not self._folder.is_dir()):
                raise UsageError(Code.USAGE_OUTPUT_UNWRITABLE, path=str(self._folder))
            make_folder(self._folder)
        except (OSError, ValueError, VaultError) as fault:
            if isinstance(fault, VaultError) and fault.code is not Code.VAULT_UNWRITABLE:
                raise
            raise UsageError(Code.USAGE_OUTPUT_UNWRITABLE, path=str(self._folder)) from None

    def holds(self, part: str) -> bool:
        """Whether the part's file exists."""
        try:
            return (self._folder / part).is_file()
        except (OSError, ValueError):
            return False

    @contextmanager
    def writing(self, part: str) -> Iterator[IO[bytes]]:
        """A file for the part's bytes, which is written and flushed beside the earlier one, then renamed. Raises
        VaultError."""
        path = self._folder / part
        beside = path.with_name(path.name + NEXT)
        try:
            with _flushed(beside) as file:
                yield file
            _require_there(beside)
            publish_prepared(path)
        except BaseException:
            overwrite_and_remove(beside)
            raise

    def open(self, part: str) -> IO[bytes]:
        """Opens the part's file for reading. Raises VaultError (VAULT_DAMAGED, VAULT_UNWRITABLE)."""
        try:
            return open_regular(self._folder / part)
        except FileNotFoundError:
            raise VaultError(Code.VAULT_DAMAGED, what=BACKUP) from None
        except OSError as fault:
            raise disk_fault(fault) from None


@contextmanager
def _flushed(path: Path) -> Iterator[IO[bytes]]:
    try:
        descriptor = os.open(path, NEW_FILE, OWNER_FILE)
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
    except OSError as fault:
        raise disk_fault(fault) from None


def _require_there(written: Path) -> None:
    """Raises VaultError(VAULT_UNWRITABLE) for a drive that was pulled out: the folder where it was can be there still,
    and is empty."""
    if not written.exists():
        raise VaultError(Code.VAULT_UNWRITABLE)
