"""Rotation, backup and restore of a vault of 20,000 people with a face and two fingers each."""

from __future__ import annotations

import tempfile
from pathlib import Path

from mlid_desktop.domain.subjects import Role
from mlid_desktop.vault.backup.folder_target import FolderTarget
from mlid_desktop.vault.keys.kdf_calibration import calibrated_cost
from mlid_desktop.vault.keys.slots import FLOOR
from mlid_desktop.vault.lifecycle import SecondFounder, create_vault, unlock_vault
from mlid_desktop.vault.restore import Credential, restore_backup, verify_backup
from tests.bench.bench_vault import PASSPHRASE, StandingClock, _argon2_seconds, batches, timed
from tests.bench.report import Report

SIZE = 20_000
OWNER = Credential("a", PASSPHRASE)
FOUNDER = SecondFounder("b", Role.OPERATOR, "another long passphrase")
SECOND = Credential(FOUNDER.name, FOUNDER.passphrase)


def run(report: Report, size: int = SIZE) -> None:
    """Times and sizes; nothing is claimed of them but the cost of a passphrase."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as scratch:  # on the disk of the checkout, not in memory
        home, clock = Path(scratch), StandingClock()
        cost = calibrated_cost()
        create_vault(home / "cost", operator_name="a", passphrase=PASSPHRASE, demo=True, clock=clock, cost=cost).lock()
        stretched = _argon2_seconds(home / "cost")
        report.figure("Argon2id at the cost measured for this machine", stretched, "s", at_most=3)
        report.figure("memory that it takes", cost.memory_kib / 1024, "MiB")
        vault = create_vault(
            home / "vault", operator_name="a", passphrase=PASSPHRASE, demo=True, clock=clock, cost=FLOOR, second=FOUNDER
        )
        for batch in batches(size):
            vault.save_all(batch)
        report.figure(f"{size}: roots rotated", timed(vault.rotation.rotate)[0], "s")
        report.figure(
            f"{size}: roots rotated, every record anew", timed(lambda: vault.rotation.rotate(deep=True))[0], "s"
        )
        report.figure(f"{size}: backed up", timed(lambda: vault.backups.create(FolderTarget(home / "backup")))[0], "s")
        for path in sorted((home / "backup").iterdir()):
            report.figure(f"{size}: {path.name}", path.stat().st_size / 1e6, "MB")
        report.figure(
            f"{size}: backup verified", timed(lambda: verify_backup(FolderTarget(home / "backup"), OWNER))[0], "s"
        )
        found, second = vault.find("7"), vault.operators.confirm_second(FOUNDER.name, FOUNDER.passphrase)
        assert found is not None
        erasing = timed(lambda: vault.subject_rights.erase(found.subject_id, second))[0]
        report.figure(f"{size}: one person erased, the backup's keys replaced", erasing, "s")
        vault.lock()
        restoring, told = timed(
            lambda: restore_backup(
                FolderTarget(home / "backup"),
                home / "there",
                OWNER,
                clock,
                second=SECOND,
            )
        )
        assert told.left_out == 1
        report.figure(f"{size}: restored", restoring, "s")
        again = unlock_vault(home / "there", operator_name="a", passphrase=PASSPHRASE, clock=clock)
        report.figure(f"{size}: people in it", again.verify().subjects, "people", at_least=size - 1)
        again.lock()
