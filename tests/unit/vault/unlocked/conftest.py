"""A vault with three people and its backup, for the tests of what an open vault offers."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlid_desktop.domain.provenance import DeviceIdentity
from mlid_desktop.domain.subjects import Role
from mlid_desktop.vault.backup.folder_target import FolderTarget
from mlid_desktop.vault.keys.slots import FLOOR
from mlid_desktop.vault.lifecycle import Vault
from mlid_desktop.vault.restore import Credential, restore_backup
from tests.doubles import FixedClock
from tests.unit.vault.conftest import PASSPHRASE, WITNESS, enrolment, reopened, witness

CLERK = "clerk's passphrase"
OWNER, SECOND = Credential("sup", PASSPHRASE), Credential(*WITNESS)
CAMERA = DeviceIdentity("camera", "usb-7", "Desk camera")


@pytest.fixture
def kept(vault: Vault) -> Vault:
    """A vault of two staff and three people."""
    vault.operators.add("clerk", Role.OPERATOR, CLERK, witness(vault), FLOOR)
    vault.save_all([enrolment(number) for number in ("1", "2", "3")])
    vault.settings.register_device(CAMERA, witness(vault))
    return vault


@pytest.fixture
def backup(kept: Vault, tmp_path: Path) -> Path:
    """Its backup."""
    kept.backups.create(FolderTarget(tmp_path / "backup"))
    return tmp_path / "backup"


def erase(vault: Vault, number: str) -> tuple[str, ...]:
    """Erases somebody, and says which backups may still hold them."""
    found = vault.find(number)
    assert found is not None
    erased = vault.subject_rights.erase(found.subject_id, witness(vault))
    return tuple(backup.backup_id for backup in erased.backups)


def restored(backup: Path, folder: Path, clock: FixedClock) -> set[str]:
    """Who is in the vault that the backup makes, everything verified."""
    restore_backup(FolderTarget(backup), folder, OWNER, clock, second=SECOND)
    return people(folder, clock)


def people(folder: Path, clock: FixedClock) -> set[str]:
    """Who is in a vault."""
    again = reopened(folder, clock, "sup")
    try:
        again.verify()
        assert again.audit.check().finding is None
        return {person.number for person in again.directory()}
    finally:
        again.lock()
