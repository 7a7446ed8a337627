"""Reads and writes model files: bounded, hashed, and replaced in one step."""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
from pathlib import Path

from mlid_desktop.models.pins import PinnedFile


class FileDiffersError(Exception):
    """Raised for a file that exists and is not the pinned one."""


def read_pinned(path: Path, pin: PinnedFile) -> bytes:
    """Reads a pinned file's bytes once and checks these very bytes.

    Raises FileDiffersError where size or SHA-256 differ, OSError where it cannot be read.
    """
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_size != pin.size:
            raise FileDiffersError(path.name)
        content = file.read(pin.size + 1)  # one more, should it grow meanwhile
    require_pinned(content, pin)
    return content


def require_pinned(content: bytes, pin: PinnedFile) -> None:
    """Raises FileDiffersError where the bytes are not the pinned ones."""
    if len(content) != pin.size or hashlib.sha256(content).hexdigest() != pin.sha256:
        raise FileDiffersError(pin.file)


def write_atomically(path: Path, content: bytes, work: Path) -> None:
    """Replaces the file ``path`` in one step: at any moment, also after a kill, there is the old file or the new one.

    ``work`` is a folder on the same disk; what a kill leaves behind lies there and nowhere else. Raises OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    work.mkdir(parents=True, exist_ok=True)
    temporary = work / f"{path.name}.{secrets.token_hex(4)}.tmp"
    try:
        with temporary.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Makes a rename in ``folder`` durable, where the system can."""
    if os.name == "nt":  # Windows opens no folder and journals renames itself
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as fault:
        if fault.errno not in {errno.EINVAL, errno.ENOTSUP, errno.ENOSYS}:  # drives that cannot: network, FAT by FUSE
            raise
    finally:
        os.close(handle)
