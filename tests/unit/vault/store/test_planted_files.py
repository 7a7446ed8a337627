"""What somebody put into the folder of a vault or backup under the name of one of its files: nobody waits for a pipe,
and nothing that a link leads to is written or overwritten."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mlid_desktop.domain.errors import VaultError
from mlid_desktop.vault.backup.folder_target import FolderTarget
from mlid_desktop.vault.backup.parts import BULK_FILE, KEYS_FILE
from mlid_desktop.vault.restore import Credential, restore_backup
from mlid_desktop.vault.store.atomic_files import StagedFile, overwrite_and_remove, read_whole
from tests.doubles import FixedClock
from tests.unit.vault.conftest import FILES, PASSPHRASE, WITNESS, enrolment, new_vault, reopened

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="pipes and links as other systems have them")

PRECIOUS = "what somebody wrote"
BESIDE = (".new", ".old", ".next")


def pipe(path: Path, _: Path) -> None:
    os.mkfifo(path)


def link(path: Path, victim: Path) -> None:
    path.symlink_to(victim)


def folder(path: Path, _: Path) -> None:
    path.mkdir()


def device(path: Path, _: Path) -> None:
    path.symlink_to("/dev/zero")


PLANTED: dict[str, Callable[[Path, Path], None]] = {"pipe": pipe, "link": link, "folder": folder, "device": device}


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    """A file of whoever opens the vault, which is none of its business."""
    made = tmp_path / "precious"
    made.write_text(PRECIOUS)
    return made


@pytest.mark.parametrize("kind", PLANTED)
@pytest.mark.parametrize("name", [*FILES, "tries", "lock", *(f"{name}{end}" for name in FILES for end in BESIDE)])
def test_a_vault_is_opened_or_says_why_not(
    tmp_path: Path, victim: Path, clock: FixedClock, kind: str, name: str
) -> None:
    home = tmp_path / "vault"
    vault = new_vault(home, clock)
    vault.save(enrolment())
    vault.lock()
    if (home / name).exists():
        (home / name).unlink()
    PLANTED[kind](home / name, victim)
    try:
        opened = reopened(home, clock)
    except VaultError:
        pass
    else:
        opened.save(enrolment("2"))
        opened.verify()
        opened.lock()
    assert victim.read_text() == PRECIOUS


@pytest.mark.parametrize("kind", PLANTED)
@pytest.mark.parametrize("part", [KEYS_FILE, BULK_FILE, KEYS_FILE + ".next", KEYS_FILE + ".old", BULK_FILE + ".next"])
def test_a_backup_is_read_and_written_or_says_why_not(
    tmp_path: Path, victim: Path, clock: FixedClock, kind: str, part: str
) -> None:
    vault = new_vault(tmp_path / "vault", clock)
    vault.save(enrolment())
    kept = tmp_path / "backup"
    vault.backups.create(FolderTarget(kept))
    vault.lock()
    copy = Path(shutil.copytree(kept, tmp_path / "copy"))
    if (copy / part).exists():
        (copy / part).unlink()
    PLANTED[kind](copy / part, victim)
    owner, second = Credential("sup", PASSPHRASE), Credential(*WITNESS)
    if part in {KEYS_FILE, BULK_FILE}:
        with pytest.raises(VaultError):
            restore_backup(FolderTarget(copy), tmp_path / "there", owner, clock, second=second)
    try:
        with FolderTarget(copy).writing(part.removesuffix(".next").removesuffix(".old")) as file:
            file.write(b"newer")
    except VaultError:
        pass
    assert victim.read_text() == PRECIOUS


@pytest.mark.parametrize("kind", ["pipe", "link"])
def test_what_is_in_the_way_of_a_new_file_goes_and_the_next_write_stands(
    tmp_path: Path, victim: Path, kind: str
) -> None:
    path = tmp_path / "head"
    PLANTED[kind](tmp_path / "head.new", victim)
    with pytest.raises(VaultError):
        StagedFile(path, b"newer")
    StagedFile(path, b"newer").publish()
    assert read_whole(path, 10) == b"newer"
    PLANTED[kind](tmp_path / "head.old", victim)
    overwrite_and_remove(tmp_path / "head.old")
    assert not (tmp_path / "head.old").is_symlink()
    assert not (tmp_path / "head.old").exists()
    assert victim.read_text() == PRECIOUS
