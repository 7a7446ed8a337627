"""A backup takes the place of the vault it was made of; that is put aside as it was, whatever happens meanwhile."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.vault import replace
from mlid_desktop.vault.backup.folder_target import FolderTarget
from mlid_desktop.vault.keys.key_file import KEY_FILE
from mlid_desktop.vault.lifecycle import Vault
from mlid_desktop.vault.rebuild.vault_folder import restoring_folder_of
from mlid_desktop.vault.replace import Replacement, replace_vault
from mlid_desktop.vault.restore import Credential
from mlid_desktop.vault.store.sqlcipher import DATABASE_FILE
from tests.doubles import FixedClock
from tests.unit.vault.conftest import enrolment, reopened
from tests.unit.vault.unlocked.conftest import OWNER, SECOND, backup, erase, kept, people

__all__ = ["backup", "kept"]  # fixtures: a vault of two staff and three people, and its backup

Files = dict[str, bytes]


def files(folder: Path) -> Files:
    """Everything but the lock."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file() and path.name != "lock"}


def damage(folder: Path) -> None:
    database = folder / DATABASE_FILE
    content = bytearray(database.read_bytes())
    content[len(content) // 2] ^= 1
    database.write_bytes(content)


def replaced(backup: Path, folder: Path, clock: FixedClock) -> Replacement:
    return replace_vault(FolderTarget(backup), folder, OWNER, clock, second=SECOND)


def code_of(
    backup: Path, folder: Path, clock: FixedClock, who: Credential = OWNER, second: Credential | None = SECOND
) -> Code:
    with pytest.raises(VaultError) as fault:
        replace_vault(FolderTarget(backup), folder, who, clock, second=second)
    return fault.value.code


def test_a_damaged_vault_gives_its_place_and_is_put_aside_as_it_was(
    kept: Vault, backup: Path, folder: Path, clock: FixedClock
) -> None:
    kept.save_all([enrolment("4")])
    kept.lock()
    damage(folder)
    before = files(folder)
    made = replaced(backup, folder, clock)
    assert people(folder, clock) == {"1", "2", "3"}
    assert made.report.subjects == 3
    assert files(made.set_aside).items() >= {name: before[name] for name in (DATABASE_FILE, KEY_FILE, "head")}.items()
    assert not restoring_folder_of(folder).exists()
    again = replaced(backup, folder, clock)
    assert again.set_aside != made.set_aside


def test_whom_the_present_vault_erased_does_not_come_back_though_the_backup_was_out_of_reach(
    kept: Vault, backup: Path, folder: Path, clock: FixedClock, tmp_path: Path
) -> None:
    away = tmp_path / "away"
    backup.rename(away)
    erase(kept, "2")
    kept.lock()
    made = replaced(away, folder, clock)
    assert people(folder, clock) == {"1", "3"}
    assert made.report.left_out == 1


def test_a_backup_of_another_vault_is_refused_unless_nobody_can_tell(
    kept: Vault, backup: Path, folder: Path, clock: FixedClock, other_folder: Path
) -> None:
    kept.lock()
    before = files(other_folder)
    assert code_of(backup, other_folder, clock) is Code.VAULT_ANOTHER
    assert files(other_folder) == before
    (other_folder / KEY_FILE).write_bytes(b"gone")
    replaced(backup, other_folder, clock)
    assert people(other_folder, clock) == {"1", "2", "3"}
    (folder / KEY_FILE).unlink()
    replaced(backup, folder, clock)
    assert people(folder, clock) == {"1", "2", "3"}


def test_it_takes_what_a_restore_takes_and_changes_nothing_where_it_is_refused(
    kept: Vault, backup: Path, folder: Path, clock: FixedClock, tmp_path: Path
) -> None:
    assert code_of(backup, folder, clock) is Code.VAULT_IN_USE
    kept.lock()
    damage(folder)
    assert code_of(backup, folder, clock, second=None) is Code.VAULT_SECOND_PERSON_NEEDED
    assert code_of(backup, folder, clock, Credential("witness", SECOND.secret), OWNER) is Code.VAULT_NOT_PERMITTED
    assert code_of(backup, folder, clock, Credential("sup", "not the passphrase")) is Code.VAULT_WRONG_PASSPHRASE
    assert code_of(tmp_path / "nothing", folder, clock) is Code.VAULT_DAMAGED
    assert code_of(backup, tmp_path / "nowhere", clock) is Code.VAULT_NOT_FOUND
    assert not list(folder.parent.glob("*set-aside*"))
    replaced(backup, folder, clock)
    assert people(folder, clock) == {"1", "2", "3"}


class KilledError(BaseException):
    """As if the process had ended there."""


@pytest.mark.parametrize("at", ["restore_backup", "rename_folder", "finish_replacement"])
def test_killed_anywhere_one_whole_vault_is_there(
    kept: Vault, backup: Path, folder: Path, clock: FixedClock, at: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept.save_all([enrolment("4")])
    kept.lock()
    calls = iter(range(10))

    def killed(*_given: object, **_named: object) -> None:
        if at == "finish_replacement" and next(calls) == 0:
            return  # the first one is at the beginning, where there is nothing to finish
        raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr(replace, at, killed)
        with pytest.raises(KilledError):
            replaced(backup, folder, clock)
    came = people(folder, clock)
    assert came == ({"1", "2", "3"} if at == "finish_replacement" else {"1", "2", "3", "4"})
    assert not restoring_folder_of(folder).exists() or at == "rename_folder"
    replaced(backup, folder, clock)
    assert people(folder, clock) == {"1", "2", "3"}
    assert not restoring_folder_of(folder).exists()


def test_a_disk_that_is_full_meanwhile_leaves_the_vault_where_it_was(
    kept: Vault, backup: Path, folder: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept.lock()

    def full(*_given: object, **_named: object) -> None:
        raise VaultError(Code.VAULT_DISK_FULL)

    with monkeypatch.context() as patch:
        patch.setattr(replace, "restore_backup", full)
        assert code_of(backup, folder, clock) is Code.VAULT_DISK_FULL
    again = reopened(folder, clock, "sup")
    again.lock()


@pytest.fixture
def other_folder(folder: Path, clock: FixedClock, tmp_path: Path) -> Path:
    """Another vault."""
    from mlid_desktop.vault.keys.slots import FLOOR
    from mlid_desktop.vault.lifecycle import create_vault

    made = tmp_path / "other"
    create_vault(made, operator_name="sup", passphrase=OWNER.secret, demo=False, clock=clock, cost=FLOOR).lock()
    shutil.rmtree(restoring_folder_of(made), ignore_errors=True)
    return made
