"""A vault of format 2 with 100,000 people brought to the present format, and then people erased from it."""

from __future__ import annotations

import shutil
import statistics
import tempfile
from functools import partial
from pathlib import Path

from mlid_desktop.site_fields.schema import NO_FIELDS
from mlid_desktop.vault.lifecycle import Vault, unlock_vault
from mlid_desktop.vault.store.schema import METADATA
from mlid_desktop.vault.subjects import repository
from tests.bench.bench_vault import StandingClock, batches, timed
from tests.bench.cost import spent
from tests.bench.report import Report
from tests.unit.vault.conftest import PASSPHRASE
from tests.vectors.vault.make_vault import CLERK

PEOPLE, ERASED = 100_000, 15
OLD = Path(__file__).resolve().parents[1] / "vectors" / "vault" / "format_2" / "vault"


class LeftAsItIsError(Exception):
    """The vault is not to be migrated yet."""


def run(report: Report) -> None:
    """Times of the migration, and of erasures in what it made."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as scratch:  # on the disk of the checkout, not in memory
        folder = Path(scratch) / "vault"
        shutil.copytree(OLD, folder)
        _fill(folder)
        own, took = spent(partial(_unlocking, folder))
        report.figure(f"{PEOPLE} people migrated", took, "s", at_most=60)
        report.figure(f"{PEOPLE} people migrated, processor time", own, "s")
        vault = _unlocked(folder)
        report.figure("unlocked afterwards", timed(lambda: _lock_and_unlock(vault, folder))[0], "s")
        _erasures(report, folder)


def _fill(folder: Path) -> None:
    """Enrols people while the vault is of format 2, as the program of then did."""

    def enrol(vault: Vault | None) -> None:
        assert vault is not None
        state = vault._state
        with state.database.changing() as connection:  # a migration begins so: what is empty changes nothing
            METADATA.create_all(connection)
        for batch in batches(PEOPLE, 10):
            with state.changing() as change:
                repository.insert(change, batch, state.keys.subjects, NO_FIELDS)
        raise LeftAsItIsError

    try:
        unlock_vault(folder, operator_name="sup", passphrase=PASSPHRASE, clock=StandingClock(), before_migration=enrol)
    except LeftAsItIsError:
        return


def _unlocked(folder: Path) -> Vault:
    return unlock_vault(folder, operator_name="sup", passphrase=PASSPHRASE, clock=StandingClock())


def _unlocking(folder: Path) -> float:
    seconds, vault = timed(lambda: _unlocked(folder))
    vault.lock()
    return seconds


def _lock_and_unlock(vault: Vault, folder: Path) -> None:
    vault.lock()
    _unlocked(folder).lock()


def _erasures(report: Report, folder: Path) -> None:
    vault = _unlocked(folder)
    took, own = [], []
    for person in vault.directory()[:: PEOPLE // ERASED][:ERASED]:
        erase = partial(vault.subject_rights.erase, person.subject_id, vault.operators.confirm_second(*CLERK))
        processor, (seconds, _) = spent(partial(timed, erase))
        took.append(seconds)
        own.append(processor)
    report.figure(f"one of {PEOPLE} erased, median of {ERASED}", statistics.median(took), "s", at_most=0.1)
    report.figure("the same, slowest", max(took), "s")
    report.figure("the same, processor time, median", statistics.median(own), "s")
    report.figure("everything verified", timed(vault.verify)[0], "s")
    vault.lock()
