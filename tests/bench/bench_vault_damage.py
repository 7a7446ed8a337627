"""Every byte flipped and every prefix cut of key file, head, database, journal and both parts of a backup."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path

from mlid_desktop.vault.backup.folder_target import FolderTarget
from mlid_desktop.vault.backup.parts import BULK_FILE, KEYS_FILE
from mlid_desktop.vault.keys.key_file_codec import KEY_FILE
from mlid_desktop.vault.keys.slots import FLOOR
from mlid_desktop.vault.lifecycle import create_vault
from mlid_desktop.vault.store.sqlcipher import PAGE_BYTES
from tests.bench.report import Report
from tests.doubles import FixedClock
from tests.unit.vault.conftest import PASSPHRASE, enrolment
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

PEOPLE = 12
FIRST_PAGE_STEP = 1
JOURNAL_STEP = 61  # a whole unlock each: every 61st byte, and every byte of the header
JOURNAL_HEADER = 512


def run(report: Report) -> None:
    """An AssertionError says what was lost or passed for whole."""
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(scratch)
        folder, backup = home / "vault", home / "backup"
        vault = create_vault(
            folder, operator_name="sup", passphrase=PASSPHRASE, demo=True, clock=FixedClock(), cost=FLOOR
        )
        vault.save_all([enrolment(str(number)) for number in range(PEOPLE)])
        vault.backups.create(FolderTarget(backup))
        vault.lock()
        damage = Damage(folder, backup)
        _small_files(report, damage, folder, backup)
        _database(report, damage, folder / "records.db")
        _journal(report, damage, folder, home)


def _small_files(report: Report, damage: Damage, folder: Path, backup: Path) -> None:
    checks: dict[Path, Check] = {
        folder / KEY_FILE: damage.key_file_check,
        folder / "head": damage.head_check,
        backup / BULK_FILE: damage.bulk_check,
        backup / KEYS_FILE: damage.keys_check,
    }
    for path, check in checks.items():
        every = range(path.stat().st_size)
        _told(report, path.name, "byte flipped", flipped(path, every, check), every)
        _told(report, path.name, "prefix", cut(path, every, check), every)


def _database(report: Report, damage: Damage, path: Path) -> None:
    first = range(0, PAGE_BYTES, FIRST_PAGE_STEP)
    _told(report, "records.db, first page", "byte flipped", flipped(path, first, damage.database_check), first)
    pages = path.stat().st_size // PAGE_BYTES
    seen = pages_flipped(damage, path, range(PAGE_BYTES))
    report.figure("records.db, other pages: byte flipped, named", seen, "places", at_least=(pages - 1) * PAGE_BYTES)
    lengths = sorted({*range(0, path.stat().st_size, 997), *range(0, path.stat().st_size, PAGE_BYTES)})
    _told(report, "records.db", "prefix (every 997th, every page)", cut(path, lengths, damage.database_check), lengths)


def _journal(report: Report, damage: Damage, folder: Path, home: Path) -> None:
    people = killed_in_a_change(folder, home / "hot")
    size = (home / "hot" / "records.db-journal").stat().st_size
    offsets = [*range(JOURNAL_HEADER), *range(JOURNAL_HEADER, size, JOURNAL_STEP), *range(-size, 0, 4 * JOURNAL_STEP)]
    endings = journal_damaged(damage, home / "hot", home / "scratch", offsets, people)
    report.figure("journal: damaged or cut, named", endings[Ending.NAMED], "places")
    report.figure("journal: damaged or cut, everybody there and verified", endings[Ending.WHOLE], "places")
    report.figure("journal: somebody lost in silence", len(offsets) - sum(endings.values()), "places", at_most=0)


def _told(report: Report, name: str, how: str, endings: dict[Ending, int], offsets: Iterable[int]) -> None:
    number = len(list(offsets))
    report.figure(f"{name}: {how}, named", endings[Ending.NAMED], "places", at_least=number)
