"""A sample of what ``python3 dev.py bench vault_damage`` goes through whole: bytes flipped and files cut."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from mlid_desktop.vault.backup.folder_target import FolderTarget
from mlid_desktop.vault.backup.parts import BULK_FILE, KEYS_FILE
from mlid_desktop.vault.keys.key_file_codec import KEY_FILE
from mlid_desktop.vault.lifecycle import Vault
from mlid_desktop.vault.store.sqlcipher import PAGE_BYTES
from tests.unit.vault.conftest import enrolment
from tests.unit.vault.damaged_files import (
    Check,
    Damage,
    Ending,
    cut,
    flipped,
    journal_damaged,
    killed_in_a_change,
    pages_flipped,
)

OFFSETS = 60


@pytest.fixture
def damage(vault: Vault, folder: Path, tmp_path: Path) -> Damage:
    """A locked vault of thirty, and its backup."""
    vault.save_all([enrolment(str(number)) for number in range(30)])
    vault.backups.create(FolderTarget(tmp_path / "backup"))
    vault.lock()
    return Damage(folder, tmp_path / "backup")


def sample(path: Path) -> list[int]:
    """Some offsets in a file, its ends among them."""
    size = path.stat().st_size
    return [0, size - 1, *random.Random(5).sample(range(size), min(OFFSETS, size))]


def test_every_file_that_is_read_whole(damage: Damage, folder: Path, tmp_path: Path) -> None:
    checks: dict[Path, Check] = {
        folder / KEY_FILE: damage.key_file_check,
        folder / "head": damage.head_check,
        folder / "records.db": damage.database_check,
        tmp_path / "backup" / BULK_FILE: damage.bulk_check,
        tmp_path / "backup" / KEYS_FILE: damage.keys_check,
    }
    for path, check in checks.items():
        for endings in (flipped(path, sample(path), check), cut(path, sample(path), check)):
            assert endings[Ending.WHOLE] == 0, path
            assert endings[Ending.NAMED] >= OFFSETS


def test_every_page_of_the_database_is_authentic_by_itself(damage: Damage, folder: Path) -> None:
    pages = (folder / "records.db").stat().st_size // PAGE_BYTES
    assert pages_flipped(damage, folder / "records.db", (0, 99, 8000, PAGE_BYTES - 1)) == 4 * (pages - 1)


def test_a_damaged_or_cut_journal_costs_nobody_in_silence(damage: Damage, folder: Path, tmp_path: Path) -> None:
    people = killed_in_a_change(folder, tmp_path / "hot")
    size = (tmp_path / "hot" / "records.db-journal").stat().st_size
    chance = random.Random(6)
    offsets = [
        0,
        1,
        9,
        12,
        20,
        513,
        *(chance.randrange(size) for _ in range(15)),
        *(-chance.randrange(1, size) for _ in range(9)),
    ]
    endings = journal_damaged(damage, tmp_path / "hot", tmp_path / "scratch", offsets, people)
    assert sum(endings.values()) == len(offsets)
    assert endings[Ending.NAMED] > 0
