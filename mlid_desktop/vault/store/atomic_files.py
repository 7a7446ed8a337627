"""Reads and writes the vault's files: for the owner only, written whole or not at all, one process at a time."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import sys
from pathlib import Path
from typing import IO

from mlid_desktop.domain.errors import Code, VaultError

OWNER_FILE, OWNER_FOLDER = 0o600, 0o700
NOT_KNOWN_HERE = {errno.EPERM, errno.EINVAL, errno.ENOTSUP, errno.ENOSYS}  # file systems that lack an act
FULL = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}
NEW, OLD, NEXT = ".new", ".old", ".next"
OVERWRITTEN_AT_A_TIME = 1024 * 1024
BINARY, NO_WAITING, NO_FOLLOWING = (getattr(os, name, 0) for name in ("O_BINARY", "O_NONBLOCK", "O_NOFOLLOW"))
# A link or a pipe under the name of a new file is somebody's trick: nothing is written where it leads.
NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | BINARY | NO_WAITING | NO_FOLLOWING
LOCK_FILE = "lock"


def make_folder(folder: Path) -> None:
    """Makes a folder that its owner alone may enter, where the file system knows who may (FAT does not). Raises
    VaultError."""
    try:
        folder.mkdir(mode=OWNER_FOLDER, parents=True, exist_ok=True)
        try:
            folder.chmod(OWNER_FOLDER)
        except OSError as fault:
            if fault.errno not in NOT_KNOWN_HERE:
                raise
    except (OSError, ValueError) as fault:
        raise disk_fault(fault) from None


def open_regular(path: Path) -> IO[bytes]:
    """Opens a file of a vault or backup for reading. Raises OSError, and VaultError(VAULT_DAMAGED) for a pipe, device
    or folder in its place: nobody waits for what never writes."""
    descriptor = os.open(path, os.O_RDONLY | BINARY | NO_WAITING)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise VaultError(Code.VAULT_DAMAGED, what=path.name)
    return os.fdopen(descriptor, "rb")


def read_whole(path: Path, most: int) -> bytes:
    """Reads all bytes of a small file. Raises VaultError where it is missing, larger than ``most`` or unreadable."""
    try:
        with open_regular(path) as file:
            untrusted = file.read(most + 1)
    except FileNotFoundError:
        raise VaultError(Code.VAULT_DAMAGED, what=path.name) from None
    except OSError as fault:
        raise disk_fault(fault) from None
    if len(untrusted) > most:
        raise VaultError(Code.VAULT_DAMAGED, what=path.name)
    return untrusted


class StagedFile:
    """A file's new content, written and flushed beside the old one. :meth:`publish` puts it in place: a full disk is
    met before anything changes, and a kill leaves the old file or the new one."""

    def __init__(self, path: Path, content: bytes) -> None:
        self._path = path
        self._beside = path.with_name(path.name + NEW)
        try:
            descriptor = os.open(self._beside, NEW_FILE, OWNER_FILE)
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        except OSError as fault:
            with contextlib.suppress(OSError):
                self._beside.unlink(missing_ok=True)
            raise disk_fault(fault) from None

    def publish(self) -> None:
        """Puts the staged file in place, durably when this returns. Raises VaultError(VAULT_UNWRITABLE)."""
        try:
            self._beside.replace(self._path)
            flush_folder(self._path.parent)
        except OSError as fault:
            raise disk_fault(fault) from None


def replace_secret(path: Path, content: bytes) -> None:
    """Replaces a file that holds wrapped keys, then overwrites the earlier content. Raises VaultError."""
    staged = StagedFile(path, content)
    old = _second_name(path)
    staged.publish()
    overwrite_and_remove(old)


def publish_prepared(path: Path) -> None:
    """Replaces a file by the one prepared as ``NEXT`` beside it, where there is one, then overwrites the earlier
    content. Raises VaultError."""
    prepared = path.with_name(path.name + NEXT)
    if not prepared.exists():
        return
    old = _second_name(path)
    try:
        prepared.replace(path)
        flush_folder(path.parent)
    except OSError as fault:
        raise disk_fault(fault) from None
    overwrite_and_remove(old)


def _second_name(path: Path) -> Path:
    """Makes a second link to a file that is about to be replaced, so that it can be overwritten then."""
    old = path.with_name(path.name + OLD)
    overwrite_and_remove(old)
    with contextlib.suppress(OSError):  # no hard links here: the old content is only unlinked
        os.link(path, old)
    return old


def overwrite_and_remove(path: Path) -> None:
    """Overwrites a file and removes it, unless it is still another name of a file in use. Of a link or pipe in its
    place that alone is removed, and nothing that it leads to is touched. Raises VaultError."""
    try:
        if stat.S_ISREG(path.lstat().st_mode):
            with os.fdopen(os.open(path, os.O_RDWR | BINARY | NO_WAITING | NO_FOLLOWING), "r+b") as file:
                if os.fstat(file.fileno()).st_nlink == 1:
                    _overwrite(file, os.fstat(file.fileno()).st_size)
                    file.flush()
                    os.fsync(file.fileno())
        path.unlink()
    except FileNotFoundError:
        return
    except OSError as fault:
        raise disk_fault(fault) from None


def _overwrite(file: IO[bytes], size: int) -> None:
    for start in range(0, size, OVERWRITTEN_AT_A_TIME):
        file.write(bytes(min(OVERWRITTEN_AT_A_TIME, size - start)))


def remove_leftovers(folder: Path, *names: str) -> None:
    """Removes what an interrupted write left beside these files. Raises VaultError."""
    for name in names:
        overwrite_and_remove(folder / (name + NEW))
        overwrite_and_remove(folder / (name + OLD))


def flush_folder(folder: Path) -> None:
    """Makes a rename durable, where the file system can; Windows has no such call and needs none."""
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as fault:
        if fault.errno not in NOT_KNOWN_HERE:
            raise
    finally:
        os.close(descriptor)


def disk_fault(fault: OSError | ValueError) -> VaultError:
    """The error for a disk fault or a name that no file can have; a full disk is named as such, because the operator
    can correct it at once."""
    is_full = isinstance(fault, OSError) and fault.errno in FULL
    return VaultError(Code.VAULT_DISK_FULL if is_full else Code.VAULT_UNWRITABLE)


class FolderLock:
    """The lock on a vault's folder, held while the vault is open. The operating system drops it with the process: a
    lock file left behind by a crash stops nobody, whatever it contains."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / LOCK_FILE
        self._file: IO[bytes] | None = None

    def acquire(self) -> None:
        """Takes the lock; raises VaultError(VAULT_IN_USE) where another process, or another window, holds it."""
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | BINARY | NO_WAITING | NO_FOLLOWING, OWNER_FILE)
        except OSError as fault:
            raise disk_fault(fault) from None
        file = os.fdopen(descriptor, "r+b", buffering=0)
        try:
            _lock(file)
        except OSError:
            file.close()
            raise VaultError(Code.VAULT_IN_USE) from None
        self._file = file

    def keep(self) -> None:
        """Takes the lock anew where somebody removed its file meanwhile, so that another process could take one too.
        Raises VaultError(VAULT_IN_USE) where one did."""
        if self._file is None:
            raise VaultError(Code.VAULT_IN_USE)
        try:
            there, held = self._path.lstat(), os.fstat(self._file.fileno())
            if (there.st_dev, there.st_ino) == (held.st_dev, held.st_ino):
                return
        except OSError:
            pass
        self.release()
        self.acquire()

    def release(self) -> None:
        """Releases the lock."""
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
