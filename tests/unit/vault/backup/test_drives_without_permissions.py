"""A drive formatted with FAT as the target of a backup: no permissions, no second names of files, folders that cannot
be flushed, and names that it does not take."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from mlid_desktop.domain.errors import Code, UsageError, VaultError
from mlid_desktop.vault.backup.folder_target import FolderTarget
from mlid_desktop.vault.backup.parts import KEYS_FILE
from tests.command_line import AtVault, finger, mlid, new_vault

REFUSED = ":?*|<>"  # in names on FAT


def refuse(number: int) -> OSError:
    return OSError(number, os.strerror(number))


@pytest.fixture
def drive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that behaves as a FAT drive does under Linux, by vfat or through FUSE."""
    root = tmp_path / "USB"
    root.mkdir()
    chmod, mkdir, link, fsync, opened = Path.chmod, Path.mkdir, os.link, os.fsync, os.open

    def on_drive(path: object) -> bool:
        return isinstance(path, str | os.PathLike) and str(path).startswith(str(root))

    def chmod_there(path: Path, mode: int, **options: bool) -> None:
        if on_drive(path):
            raise refuse(errno.EPERM)
        chmod(path, mode, **options)

    def mkdir_there(path: Path, *arguments: int, **options: int | bool) -> None:
        if on_drive(path) and set(path.name) & set(REFUSED):
            raise refuse(errno.EINVAL)
        mkdir(path, *arguments, **options)  # type: ignore[arg-type]

    def link_there(source: Path, target: Path) -> None:
        if on_drive(target):
            raise refuse(errno.EPERM)
        link(source, target)

    def open_there(path: str | Path, flags: int, mode: int = 0o777) -> int:
        return opened(path, flags, 0o777 if on_drive(path) else mode)

    def fsync_there(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise refuse(errno.EINVAL)
        fsync(descriptor)

    monkeypatch.setattr(Path, "chmod", chmod_there)
    monkeypatch.setattr(Path, "mkdir", mkdir_there)
    monkeypatch.setattr(os, "link", link_there)
    monkeypatch.setattr(os, "fsync", fsync_there)
    monkeypatch.setattr(os, "open", open_there)
    return root


def back_up(desk: AtVault, target: Path) -> int:
    options = ("--passphrase-file", desk.passphrase_file, "--operator", desk.operator)
    return mlid("vault", "backup", desk.folder, target, *options).code


def test_a_backup_on_a_fat_drive_is_whole_and_follows_an_erasure(drive: Path, tmp_path: Path) -> None:
    desk = new_vault(tmp_path / "vault", demo=True)
    desk.enrol("1", "Ann", finger(7))
    desk.enrol("2", "Ben", finger(8))
    assert back_up(desk, drive / "backup") == 0
    erased = desk.mlid("records", "erase", "1", *desk.with_second, "--json")
    assert erased.code == 0, erased.err
    assert sorted(path.name for path in (drive / "backup").iterdir()) == ["bulk.mlid", KEYS_FILE]
    listed = mlid(
        "vault", "backups", desk.folder, "--json", "--passphrase-file", desk.passphrase_file,
        "--operator", desk.operator,
    )  # fmt: skip
    assert listed.code == 0, listed.err


@pytest.mark.parametrize("name", ["backup 10:30", "what?", "a" * 300, "a\0b"])
def test_a_name_that_the_drive_does_not_take_is_no_fault_of_the_vault(drive: Path, name: str) -> None:
    with pytest.raises(UsageError) as fault:
        FolderTarget(drive / name).prepare(KEYS_FILE)
    assert fault.value.code is Code.USAGE_OUTPUT_UNWRITABLE


def test_a_file_that_is_too_large_for_the_drive_is_told_as_a_full_one(
    drive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = FolderTarget(drive / "backup")
    target.prepare(KEYS_FILE)
    with pytest.raises(VaultError) as fault, target.writing("bulk.mlid"):
        raise refuse(errno.EFBIG)
    assert fault.value.code is Code.VAULT_DISK_FULL
    assert list((drive / "backup").iterdir()) == []


def test_a_drive_that_is_pulled_out_before_the_part_has_its_name_is_no_backup(drive: Path) -> None:
    target = FolderTarget(drive / "backup")
    target.prepare(KEYS_FILE)
    with pytest.raises(VaultError) as fault, target.writing("bulk.mlid"):
        (drive / "backup" / "bulk.mlid.next").unlink()  # what stands where the drive was is empty
    assert fault.value.code is Code.VAULT_UNWRITABLE


def test_a_drive_that_is_gone_while_a_part_is_written_is_a_fault_of_the_target(drive: Path) -> None:
    target = FolderTarget(drive / "backup")
    target.prepare(KEYS_FILE)
    for number in (errno.EIO, errno.ENODEV, errno.ENOTCONN, errno.ESTALE):
        with pytest.raises(VaultError) as fault, target.writing("bulk.mlid"):
            raise refuse(number)
        assert fault.value.code is Code.VAULT_UNWRITABLE
