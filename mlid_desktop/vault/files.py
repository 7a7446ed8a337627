"""Files of the vault: owner only, written whole or not at all, one process at a time."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path
from typing import IO

from mlid_desktop.domain.errors import Code, VaultError

OWNER_FILE, OWNER_FOLDER = 0o600, 0o700
FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG}) if hasattr(errno, "EDQUOT") else frozenset({errno.ENOSPC})
MAX_READ = 4 * 1024 * 1024


def make_folder(folder: Path) -> None:
    """A folder for the owner alone. Raises VaultError."""
    try:
        folder.mkdir(mode=OWNER_FOLDER, parents=True, exist_ok=True)
        folder.chmod(OWNER_FOLDER)
    except OSError as fault:
        raise disk_fault(fault) from None


def read_whole(path: Path) -> bytes:
    """All bytes of a small file. Raises VaultError where it is missing, too large or unreadable."""
    try:
        with path.open("rb") as file:
            untrusted = file.read(MAX_READ + 1)
    except FileNotFoundError:
        raise VaultError(Code.VAULT_DAMAGED, what=path.name) from None
    except OSError as fault:
        raise disk_fault(fault) from None
    if len(untrusted) > MAX_READ:
        raise VaultError(Code.VAULT_DAMAGED, what=path.name)
    return untrusted


def write_whole(path: Path, content: bytes) -> None:
    """Replaces the file: a new one beside it, flushed, renamed over it, the folder flushed. A kill leaves either."""
    beside = path.with_name(path.name + ".new")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER_FILE)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
        flush_folder(path.parent)
    except OSError as fault:
        beside.unlink(missing_ok=True)
        raise disk_fault(fault) from None


def flush_folder(folder: Path) -> None:
    """Makes a rename durable; Windows has no such call and needs none."""
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def disk_fault(fault: OSError) -> VaultError:
    """A full disk is named as such: it is the one that the operator can mend at once."""
    return VaultError(Code.VAULT_DISK_FULL if fault.errno in FULL else Code.VAULT_UNWRITABLE)


class FolderLock:
    """Held while the vault is open. The operating system drops it with the process, so that none is ever stale."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "lock"
        self._file: IO[bytes] | None = None

    def take(self) -> None:
        """Raises VaultError(VAULT_IN_USE) where another process, or another window, holds it."""
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, OWNER_FILE)
        except OSError as fault:
            raise disk_fault(fault) from None
        file = os.fdopen(descriptor, "r+b")
        try:
            _lock(file)
        except OSError:
            file.close()
            raise VaultError(Code.VAULT_IN_USE) from None
        self._file = file

    def give_back(self) -> None:
        """Lets the next one in."""
        if self._file is not None:
            self._file.close()
            self._file = None


def _lock(file: IO[bytes]) -> None:
    if sys.platform == "win32":
        import msvcrt  # noqa: PLC0415 - Windows only

        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl  # noqa: PLC0415 - not on Windows

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
