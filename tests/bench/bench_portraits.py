"""Portraits of 100,000 people beside the same vault without: size, unlock, list, references, backup, one view."""

from __future__ import annotations

import secrets
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.subjects import Consent, ConsentOutcome, ConsentUse, Details, Enrolment, new_identifier
from mlid_desktop.domain.templates import Portrait, PortraitView
from mlid_desktop.station.assemble import SystemClock
from mlid_desktop.station.capture.portrait_crop import MOST_BYTES
from mlid_desktop.vault.backup.folder_target import FolderTarget
from mlid_desktop.vault.keys.slots import FLOOR
from mlid_desktop.vault.lifecycle import Vault, create_vault, unlock_vault
from tests.bench.report import Report
from tests.makers import observation

PEOPLE = 100_000
AT_A_TIME = 2_000
PASSPHRASE = "a passphrase of the bench"
ENROLLED = datetime(2026, 1, 1, tzinfo=UTC)
CHOSEN = Consent(ConsentOutcome.ACCEPTED, "3", "en", ENROLLED, uses=tuple(ConsentUse), portrait=True)
MOST_MORE_GB = 1.6
RUNS = 3


def run(report: Report, people: int = PEOPLE) -> None:
    """Fills two vaults with the same people and does the same with each in turn."""
    with tempfile.TemporaryDirectory() as home:
        folders = {name: Path(home) / name for name in ("without", "with")}
        for name, folder in folders.items():
            _fill(folder, people, pictures=name == "with")
        sizes = {name: (folder / "records.db").stat().st_size for name, folder in folders.items()}
        more = (sizes["with"] - sizes["without"]) / 1e9
        report.figure("vault without portraits", sizes["without"] / 1e9, "GB")
        report.figure("portraits add to the vault", more, "GB", at_most=MOST_MORE_GB)
        for what, measured in _measured(folders).items():
            report.figure(f"{what}, with over without", measured["with"] / measured["without"], "times")
            report.figure(f"{what}, with", measured["with"], "s")
        _back_up(report, folders, Path(home))
        _look(report, folders["with"])


def _measured(folders: dict[str, Path]) -> dict[str, dict[str, float]]:
    """Medians of the same work in each vault, in turn."""
    times: dict[str, dict[str, list[float]]] = {}
    for _ in range(RUNS):
        for name, folder in folders.items():
            begun = time.perf_counter()
            vault = _opened(folder)
            taken = {"unlocking": time.perf_counter() - begun}
            taken["reading the list"] = _timed(vault.directory)
            taken["reading all faces to search"] = _timed(partial(vault.all_references, Modality.FACE))
            vault.lock()
            for what, seconds in taken.items():
                times.setdefault(what, {}).setdefault(name, []).append(seconds)
    return {
        what: {name: statistics.median(found) for name, found in by_name.items()} for what, by_name in times.items()
    }


def _back_up(report: Report, folders: dict[str, Path], home: Path) -> None:
    for name, folder in folders.items():
        vault, target = _opened(folder), home / f"backup-{name}"
        seconds = _timed(partial(vault.backups.create, FolderTarget(target)))
        vault.lock()
        size = sum(path.stat().st_size for path in target.iterdir()) / 1e9
        report.figure(f"backup {name} portraits", size, "GB")
        report.figure(f"backup {name} portraits, time", seconds, "s")


def _look(report: Report, folder: Path) -> None:
    vault = _opened(folder)
    people = [person.subject_id for person in vault.directory()]
    looked_at = people[:: len(people) // 40]
    views = [_timed(partial(vault.portraits.show, [who], PortraitView.DECISION)) for who in looked_at]
    ten = _timed(partial(vault.portraits.show, people[5:15], PortraitView.CANDIDATES))
    report.figure("one portrait fetched, median", 1000 * statistics.median(views), "ms", at_most=100)
    report.figure("one portrait fetched, longest of 41", 1000 * max(views), "ms", at_most=100)
    report.figure("ten portraits fetched together", 1000 * ten, "ms")
    gone = _timed(partial(vault.portraits.withdraw, people[7]))
    report.figure("one portrait destroyed", gone, "s")
    vault.lock()


def _timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _opened(folder: Path) -> Vault:
    return unlock_vault(folder, operator_name="sup", passphrase=PASSPHRASE, clock=SystemClock())


def _fill(folder: Path, people: int, *, pictures: bool) -> None:
    vault = create_vault(folder, operator_name="sup", passphrase=PASSPHRASE, demo=True, clock=SystemClock(), cost=FLOOR)
    for start in range(0, people, AT_A_TIME):
        vault.save_all(_batch(start, min(people, start + AT_A_TIME), pictures=pictures))
    vault.lock()


def _batch(start: int, end: int, *, pictures: bool) -> Iterator[Enrolment]:
    face = (observation(),)
    for number in range(start, end):
        at = ENROLLED + timedelta(minutes=number)
        portrait = Portrait(secrets.token_bytes(MOST_BYTES), at, "live") if pictures else None
        details = Details(str(100_000 + number), f"Person {number}")
        yield Enrolment(new_identifier(), details, CHOSEN, face, (), at, portrait=portrait)
