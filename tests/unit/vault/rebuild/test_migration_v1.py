"""A vault of the first layout (``tests/vectors/vault/first_layout``) is brought forward, whenever the power fails."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.domain.subjects import USUAL_RETENTION_DAYS, Standing
from mlid_desktop.vault.lifecycle import Vault
from mlid_desktop.vault.rebuild import migration_v1
from tests.doubles import FixedClock
from tests.makers import ROOT
from tests.unit.vault.conftest import FILES, reopened
from tests.unit.vault.rebuild.killed import die_in_child, kill_this_process
from tests.unit.vault.second_reader import Reader

KEPT = ROOT / "tests" / "vectors" / "vault" / "first_layout"
CLERK = ("clerk", "clerk's passphrase")


@pytest.fixture
def old(folder: Path) -> Path:
    """The old vault: a supervisor, a clerk, two people, a device, an attempt, four entries of audit."""
    shutil.copytree(KEPT, folder)
    return folder


def require_everything(vault: Vault) -> None:
    """What the old vault held."""
    report = vault.verify()
    assert (report.subjects, report.records) == (2, 6)
    assert vault.audit.check().finding is None
    found = vault.find("1")
    assert found is not None
    assert (found.name, found.standing) == ("Amara Okoye", Standing.HELD)
    assert vault.record(found.subject_id).consent.retention_days == USUAL_RETENTION_DAYS
    assert vault.attempts(found.subject_id).failed_in_a_row == 1
    assert len(vault.all_references(Modality.FACE)) == 2
    assert [device.name for device in vault.settings.devices()] == ["Desk camera"]


def test_a_supervisor_brings_it_forward_and_everybody_opens_it(old: Path, clock: FixedClock) -> None:
    vault = reopened(old, clock, "sup")
    require_everything(vault)
    events = [entry.event for entry in vault.audit.entries()]
    assert events[:4] == ["operator.added", "device.registered", "enrolment.saved", "identification.closed"]
    vault.rotation.rotate()
    require_everything(vault)
    vault.lock()
    assert {path.name for path in old.iterdir()} == {*FILES, "lock", "tries"}
    clerk = reopened(old, clock, *CLERK)
    require_everything(clerk)
    clerk.lock()
    assert Reader(old, "sup", "correct horse battery").read().names == {"1": "Amara Okoye", "2": "Bo Ek"}


def test_a_clerk_is_told_and_changes_nothing(old: Path, clock: FixedClock) -> None:
    before = {name: (old / name).read_bytes() for name in FILES}
    with pytest.raises(VaultError) as fault:
        reopened(old, clock, *CLERK)
    assert fault.value.code is Code.VAULT_UNSUPPORTED_VERSION
    assert {name: (old / name).read_bytes() for name in FILES} == before


@pytest.mark.parametrize("step", ["build_database", "head_bytes", "write_key_file", "publish_staged_database"])
def test_a_kill_leaves_either(old: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    monkeypatch.setattr(migration_v1, step, kill_this_process)
    die_in_child(lambda: reopened(old, clock, "sup"))
    monkeypatch.undo()
    vault = reopened(old, clock, "sup")
    require_everything(vault)
    vault.lock()


@pytest.mark.parametrize("name", FILES)
def test_damage_is_not_carried_on(old: Path, clock: FixedClock, name: str) -> None:
    content = bytearray((old / name).read_bytes())
    content[len(content) // 2] ^= 1
    (old / name).write_bytes(content)
    with pytest.raises(VaultError):
        reopened(old, clock, "sup")
