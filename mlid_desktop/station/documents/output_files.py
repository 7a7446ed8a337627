"""Writes the files that an operator asked for: whole or not at all, readable by their owner alone, over another file
only where that was asked for too, never over an input, and never into a vault or a backup. Devices, pipes and
what a shell opened are written into."""

from __future__ import annotations

import os
import re
import stat
import tempfile
from collections.abc import Iterable
from pathlib import Path

from mlid_desktop.domain.errors import Code, UsageError

OPEN_FILE = re.compile(r"/(?:dev|proc/self)/(?:(stdout)|(stderr)|fd/(\d{1,4}))")  # names of what a shell opened for us
MAX_SHOWN = 200  # characters of a path in a message


def require_writable(path: Path, inputs: Iterable[Path] = (), *, replace: bool = False) -> None:
    """Checks that an output file can be written, before anything is captured or saved. Raises UsageError:
    USAGE_OUTPUT_IS_INPUT for one of ``inputs`` or a file in a folder among them, USAGE_OUTPUT_IN_VAULT for a file in a
    vault or a backup, USAGE_OUTPUT_EXISTS for a file that is there where ``replace`` is not asked,
    USAGE_OUTPUT_UNWRITABLE for a folder that is not there or cannot be written."""
    try:
        if (opened := open_descriptor(path)) is not None:
            os.fstat(opened)
            return
        there = _kind(path)
        if there is not None and not stat.S_ISREG(there):
            if stat.S_ISDIR(there) or not os.access(path, os.W_OK):
                raise _unwritable(path)
            return
        if there is not None and any(_is_of(path, source) for source in inputs):
            raise UsageError(Code.USAGE_OUTPUT_IS_INPUT, path=_shown(path))
        if _holds_vault(path.resolve().parent):
            raise UsageError(Code.USAGE_OUTPUT_IN_VAULT, path=_shown(path))
        if there is not None and not replace:
            raise UsageError(Code.USAGE_OUTPUT_EXISTS, path=_shown(path))
        folder = path.resolve().parent
        if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
            raise _unwritable(path)
    except (OSError, ValueError, RuntimeError):
        raise _unwritable(path) from None


def open_descriptor(path: Path) -> int | None:
    """The descriptor that a path such as ``/dev/stdout`` stands for: whatever it was redirected to was opened by
    whoever called, and is written on where it stands. None for every other path, and where there are no such names."""
    found = OPEN_FILE.fullmatch(str(path)) if os.name == "posix" else None
    return None if found is None else 1 if found[1] else 2 if found[2] else int(found[3])


def path_of_source(address: str) -> Path:
    """The path that the address of a recorded source names; of another source, one that is not there. Raises
    DeviceError(DEVICE_BAD_ADDRESS)."""
    from mlid_desktop.devices.catalog import parse_address  # noqa: PLC0415 - late: start-up of all commands

    return Path(parse_address(address).target)


def require_folder(folder: Path, names: Iterable[str], *, replace: bool = False) -> None:
    """Checks as :func:`require_writable` that files of these names can be written into a folder, which may not be there
    yet."""
    there = folder
    try:
        while not there.exists() and there != there.parent:
            there = there.parent
    except (OSError, ValueError):
        raise _unwritable(folder) from None
    for name in names:
        require_writable(there / name, replace=replace or there != folder)


def make_folder(folder: Path) -> None:
    """Makes a folder with those above it, where it is not there. Raises UsageError(USAGE_OUTPUT_UNWRITABLE)."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError):
        raise _unwritable(folder) from None


def write_private(path: Path, content: bytes, *, replace: bool = False) -> None:
    """Writes ``content`` to a file that its owner alone may read. Raises UsageError: USAGE_OUTPUT_EXISTS,
    USAGE_OUTPUT_UNWRITABLE; then what was there before is there still."""
    require_writable(path, replace=replace)
    try:
        opened = open_descriptor(path)
        there = None if opened is not None else _kind(path)
        if opened is not None:
            _write_into(os.dup(opened), content)
        elif there is not None and not stat.S_ISREG(there):
            _write_into(path, content)
        else:
            _write_whole(path.resolve(), content, replace=replace)
    except FileExistsError:
        raise UsageError(Code.USAGE_OUTPUT_EXISTS, path=_shown(path)) from None
    except (OSError, ValueError):
        raise _unwritable(path) from None


def _write_into(device: Path | int, content: bytes) -> None:
    with open(device, "wb", buffering=0) as file:  # noqa: PTH123 - a descriptor is no path
        left = memoryview(content)
        while left:
            left = left[file.write(left) or 0 :]


def _write_whole(path: Path, content: bytes, *, replace: bool) -> None:
    """Writes a file in one step; without ``replace`` the name is reserved first, so that a file created meanwhile is
    not lost."""
    taken = False
    descriptor, made = tempfile.mkstemp(dir=path.parent, prefix=".mlid-")  # for its owner alone
    part = Path(made)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if not replace:
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            taken = True
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        if taken:
            path.unlink(missing_ok=True)
        raise


def _kind(path: Path) -> int | None:
    try:
        return path.stat().st_mode
    except FileNotFoundError:
        return None


def _holds_vault(folder: Path) -> bool:
    from mlid_desktop.vault.backup.parts import BULK_FILE, KEYS_FILE  # noqa: PLC0415 - late: start-up of all commands
    from mlid_desktop.vault.keys.key_file import KEY_FILE  # noqa: PLC0415 - as above

    return any((folder / name).exists() for name in (KEY_FILE, KEYS_FILE, BULK_FILE))


def _is_of(path: Path, source: Path) -> bool:
    """Whether a file is this one, under any name, or lies in this folder."""
    try:
        return path.samefile(source) or (source.is_dir() and source.resolve() in path.resolve().parents)
    except (OSError, ValueError):
        return False


def _unwritable(path: Path) -> UsageError:
    return UsageError(Code.USAGE_OUTPUT_UNWRITABLE, path=_shown(path))


def _shown(path: Path) -> str:
    shown = str(path)
    return shown if len(shown) <= MAX_SHOWN else f"{shown[:MAX_SHOWN]}…"
