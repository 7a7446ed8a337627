"""Erased means that the key is gone, whenever the power fails."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.vault.keys import key_file_codec
from mlid_desktop.vault.keys.key_file_codec import KEY_FILE, KeyFile, read_key_file
from mlid_desktop.vault.keys.slots import FLOOR
from mlid_desktop.vault.lifecycle import Vault, create_vault, unlock_vault
from mlid_desktop.vault.store import atomic_files
from mlid_desktop.vault.store.schema import SUBJECTS
from mlid_desktop.vault.unlocked import state as unlocked_state
from tests.doubles import FixedClock
from tests.unit.vault.conftest import enrolment, reopened, witness


class PowerCutError(Exception):
    """The machine stops here."""


def people(folder: Path, clock: FixedClock) -> set[str]:
    """Who is there after unlocking, everything verified, and the key file settled."""
    vault = reopened(folder, clock)
    try:
        vault.verify()
        assert len(vault.all_references(Modality.FACE)) == len(vault.directory())
        return {person.number for person in vault.directory()}
    finally:
        vault.lock()
        assert read_key_file((folder / KEY_FILE).read_bytes()).pending == b""
        assert not (folder / "vault.keys.old").exists()
        assert not (folder / "vault.keys.new").exists()


def stop(vault: Vault) -> None:
    """What a power cut leaves: files and the lock, let go by the system."""
    vault._state.database.close()
    vault._state.folder_lock.release()


def test_a_power_cut_before_the_rows_are_gone_leaves_everybody(vault: Vault, folder: Path, clock: FixedClock) -> None:
    gone = vault.save_all([enrolment("1"), enrolment("2")])[0]
    with vault._state.database.reading() as connection:
        connection.exec_driver_sql("PRAGMA query_only = ON")
    with pytest.raises(VaultError) as fault:
        vault.subject_rights.erase(gone.subject_id, witness(vault))
    assert fault.value.code is Code.VAULT_UNWRITABLE
    assert read_key_file((folder / KEY_FILE).read_bytes()).pending != b""
    stop(vault)
    assert people(folder, clock) == {"1", "2"}


def test_a_power_cut_after_the_rows_are_gone_finishes_the_erasure(
    vault: Vault, folder: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = vault.save_all([enrolment("1"), enrolment("2")])[0]
    before = (folder / KEY_FILE).read_bytes()
    really = key_file_codec.write_key_file

    def cut_at_the_second(where: Path, key_file: KeyFile, data_root: bytearray) -> None:
        if not key_file.pending:
            raise PowerCutError
        really(where, key_file, data_root)

    monkeypatch.setattr(unlocked_state, "write_key_file", cut_at_the_second)
    with pytest.raises(PowerCutError):
        vault.subject_rights.erase(gone.subject_id, witness(vault))
    monkeypatch.undo()
    stop(vault)
    assert people(folder, clock) == {"2"}
    (folder / KEY_FILE).write_bytes(before)
    with pytest.raises(VaultError) as fault:
        reopened(folder, clock)
    assert fault.value.code is Code.VAULT_ROLLED_BACK


def test_a_failed_last_step_does_not_spoil_the_next_erasure(
    vault: Vault, folder: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, _ = vault.save_all([enrolment("1"), enrolment("2"), enrolment("3")])
    really, calls = key_file_codec.write_key_file, []

    def full_at_the_second(where: Path, key_file: KeyFile, data_root: bytearray) -> None:
        calls.append(key_file)
        if len(calls) == 2:
            raise VaultError(Code.VAULT_DISK_FULL)
        really(where, key_file, data_root)

    monkeypatch.setattr(unlocked_state, "write_key_file", full_at_the_second)
    with pytest.raises(VaultError):
        vault.subject_rights.erase(first.subject_id, witness(vault))
    vault.subject_rights.erase(second.subject_id, witness(vault))
    assert {person.number for person in vault.directory()} == {"3"}
    vault.lock()
    assert people(folder, clock) == {"3"}


def test_the_erased_persons_key_cannot_be_had_from_what_remains(vault: Vault, folder: Path) -> None:
    gone, _ = vault.save_all([enrolment("1"), enrolment("2")])
    with vault._state.database.reading() as connection:
        wanted = sa.select(SUBJECTS.c.wrapped_key).where(SUBJECTS.c.subject == gone.subject_id)
        yesterday = connection.execute(wanted).scalar_one()
    assert vault._state.keys.subjects.unwrapped(gone.subject_id, yesterday)
    old_wrapped = vault._state.keys.wrapped
    vault.subject_rights.erase(gone.subject_id, witness(vault))
    now = (folder / KEY_FILE).read_bytes()
    assert old_wrapped.hex().encode() not in now
    with pytest.raises(VaultError):  # the row of yesterday with the keys of today
        vault._state.keys.subjects.unwrapped(gone.subject_id, yesterday)


def test_a_replaced_key_file_is_overwritten(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_bytes(b"old wrapped keys")
    beside = tmp_path / "still-open"
    with path.open("rb") as before:
        atomic_files.replace_secret(path, b"new wrapped keys")
        assert before.read() == bytes(len(b"old wrapped keys"))
    assert path.read_bytes() == b"new wrapped keys"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["secret"]
    assert not beside.exists()


def test_sweeping_spares_a_file_in_use(tmp_path: Path) -> None:
    """A kill between making the second name and the rename leaves two names of the file that is in use."""
    path = tmp_path / "secret"
    path.write_bytes(b"in use")
    (tmp_path / "secret.old").hardlink_to(path)
    atomic_files.remove_leftovers(tmp_path, "secret")
    assert path.read_bytes() == b"in use"
    assert not (tmp_path / "secret.old").exists()


def test_an_interrupted_creation_is_begun_anew_and_a_lost_key_file_is_not(folder: Path, clock: FixedClock) -> None:
    folder.mkdir()
    for name in ("creating", "records.db", "head"):
        (folder / name).write_bytes(b"left by a kill")
    with pytest.raises(VaultError) as fault:
        unlock_vault(folder, operator_name=None, passphrase="long enough", clock=clock)
    assert fault.value.code is Code.VAULT_NOT_FOUND
    create_vault(folder, operator_name="a", passphrase="long enough", demo=True, clock=clock, cost=FLOOR).lock()
    assert sorted(path.name for path in folder.iterdir()) == ["head", "lock", "records.db", "vault.keys"]
    (folder / "creating").touch()  # a kill at the very last step of creation
    unlock_vault(folder, operator_name=None, passphrase="long enough", clock=clock).lock()
    assert not (folder / "creating").exists()
    (folder / KEY_FILE).unlink()
    with pytest.raises(VaultError) as fault:
        create_vault(folder, operator_name="a", passphrase="long enough", demo=True, clock=clock, cost=FLOOR)
    assert fault.value.code is Code.VAULT_EXISTS
    with pytest.raises(VaultError) as fault:
        unlock_vault(folder, operator_name=None, passphrase="long enough", clock=clock)
    assert fault.value.code is Code.VAULT_DAMAGED
