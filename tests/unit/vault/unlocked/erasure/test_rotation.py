"""New roots: everything is there under them, nothing under the old ones, whenever the power fails."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.domain.provenance import DeviceIdentity
from mlid_desktop.domain.subjects import Role
from mlid_desktop.vault.keyring import database_key
from mlid_desktop.vault.keys import key_file_codec
from mlid_desktop.vault.keys.key_file_codec import KEY_FILE, KeyFile, read_key_file
from mlid_desktop.vault.keys.slot_operations import open_slot
from mlid_desktop.vault.keys.slots import FLOOR, Roots
from mlid_desktop.vault.lifecycle import Vault
from mlid_desktop.vault.rebuild import staged_database
from mlid_desktop.vault.store import atomic_files
from mlid_desktop.vault.store.rollback_head import HEAD_FILE
from mlid_desktop.vault.store.schema import SUBJECTS
from mlid_desktop.vault.store.sqlcipher import SqlCipherDatabase
from mlid_desktop.vault.unlocked import state as unlocked_state
from mlid_desktop.vault.unlocked.erasure import rotation
from tests.doubles import FixedClock
from tests.unit.vault.conftest import FILES, PASSPHRASE, enrolment, reopened, witness

CAMERA = DeviceIdentity("camera", "usb-7", "Desk camera")
CLERK = "clerk's passphrase"


class PowerCutError(Exception):
    """The machine stops here."""


def stop(vault: Vault) -> None:
    """What a power cut leaves: files and the lock, let go by the system."""
    vault._state.database.close()
    vault._state.folder_lock.release()


@pytest.mark.parametrize("deep", [False, True])
def test_everything_is_there_under_new_roots(vault: Vault, folder: Path, clock: FixedClock, deep: bool) -> None:
    vault.operators.add("clerk", Role.OPERATOR, CLERK, witness(vault), FLOOR)
    people = vault.save_all([enrolment("1"), enrolment("2")])
    vault.settings.register_device(CAMERA, witness(vault))
    vault.count_attempt(people[0].subject_id)
    faces = vault.all_references(Modality.FACE)
    before = vault._state.commits.head.generation
    vault.rotation.rotate(deep=deep)
    assert vault._state.commits.head.generation == before + 1
    vault.lock()
    for name, passphrase in (("sup", PASSPHRASE), ("clerk", CLERK)):
        again = reopened(folder, clock, name, passphrase)
        again.verify()
        assert again.all_references(Modality.FACE) == faces
        assert again.find("2") == people[1]
        assert again.settings.devices() == (CAMERA,)
        assert again.attempts(people[0].subject_id).failed_in_a_row == 1
        assert again.audit.check().finding is None
        again.lock()


def test_the_old_roots_open_nothing(vault: Vault, folder: Path, clock: FixedClock) -> None:
    vault.save(enrolment())
    old = Roots(bytearray(vault._state.keys.roots.data), None)
    key_files = [(folder / KEY_FILE).read_bytes()]
    vault.rotation.rotate()
    vault.lock()
    with pytest.raises(VaultError):
        SqlCipherDatabase(folder, database_key(old, vault.identity), create=False)
    (folder / KEY_FILE).write_bytes(key_files[0])  # the old key file put back
    with pytest.raises(VaultError) as fault:
        reopened(folder, clock)
    assert fault.value.code in {Code.VAULT_DAMAGED, Code.VAULT_ROLLED_BACK}


def test_only_a_deep_one_gives_people_new_keys(vault: Vault) -> None:
    vault.save(enrolment())

    def key_and_record() -> tuple[bytes, bytes]:
        with vault._state.database.reading() as connection:
            subject = connection.execute(SUBJECTS.select()).mappings().one()
            sealed = connection.exec_driver_sql("SELECT sealed FROM records_face").scalar_one()
            wrapped = vault._state.keys.subjects.unwrapped(subject["subject"], subject["wrapped_key"])
        return wrapped, bytes(sealed)

    first = key_and_record()
    vault.rotation.rotate()
    assert key_and_record() == first
    vault.rotation.rotate(deep=True)
    assert not set(key_and_record()) & set(first)


def test_the_pin_moves_on_at_the_next_unlock(vault: Vault, folder: Path, clock: FixedClock) -> None:
    vault.operators.add("clerk", Role.OPERATOR, CLERK, witness(vault), FLOOR)
    vault.rotation.rotate()
    vault.lock()
    away = read_key_file((folder / KEY_FILE).read_bytes())
    assert open_slot(away, "clerk", CLERK).pinned != away.control.verify_key
    reopened(folder, clock, "clerk", CLERK).lock()
    back = read_key_file((folder / KEY_FILE).read_bytes())
    assert open_slot(back, "clerk", CLERK).pinned == back.control.verify_key


def cut_before(module: object, name: str, monkeypatch: pytest.MonkeyPatch, call: int = 1) -> None:
    """The power fails before this call of the function."""
    really: Callable[..., object] = getattr(module, name)
    calls: list[None] = []

    def cutting(*given: object, **named: object) -> object:
        calls.append(None)
        if len(calls) >= call:
            raise PowerCutError
        return really(*given, **named)

    monkeypatch.setattr(module, name, cutting)


@pytest.mark.parametrize(
    ("module", "name", "call", "rotated"),
    [
        (rotation, "build_database", 1, False),
        (rotation, "head_bytes", 1, False),
        (rotation, "staged_head_digest", 1, False),
        (rotation, "publish_staged_database", 1, True),
        (staged_database, "publish_prepared", 1, True),
        (staged_database, "publish_prepared", 2, True),
        (atomic_files, "overwrite_and_remove", 4, True),
        (rotation, "open_database", 1, True),
    ],
)
def test_a_power_cut_leaves_the_old_state_or_the_new(
    vault: Vault,
    folder: Path,
    clock: FixedClock,
    monkeypatch: pytest.MonkeyPatch,
    module: object,
    name: str,
    call: int,
    rotated: bool,
) -> None:
    vault.operators.add("clerk", Role.OPERATOR, CLERK, witness(vault), FLOOR)
    vault.save_all([enrolment("1"), enrolment("2")])
    monkeypatch.setattr(rotation, "discard_staged_database", lambda _folder: None)  # a power cut tidies nothing up
    cut_before(module, name, monkeypatch, call)
    with pytest.raises(PowerCutError):
        vault.rotation.rotate(deep=True)
    monkeypatch.undo()
    stop(vault)
    for who, passphrase in (("clerk", CLERK), ("sup", PASSPHRASE)):
        again = reopened(folder, clock, who, passphrase)
        assert again.verify().subjects == 2
        again.lock()
    settled = read_key_file((folder / KEY_FILE).read_bytes())
    assert (settled.control.epoch == 2) is rotated
    assert settled.rotation == b""
    assert {path.name for path in folder.iterdir()} == {*FILES, "lock", "tries"}


def test_a_foreign_successor_is_not_put_in_place(vault: Vault, folder: Path, clock: FixedClock) -> None:
    """What lies beside the database counts only where the key file names it."""
    vault.save(enrolment())
    vault.lock()
    shutil.copy(folder / "records.db", folder / "records.db.next")
    shutil.copy(folder / HEAD_FILE, folder / "head.next")
    again = reopened(folder, clock)
    assert again.verify().subjects == 1
    again.lock()
    assert not (folder / "records.db.next").exists()


def test_a_full_disk_leaves_the_vault_as_it_was(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    vault.save(enrolment())

    def full(*_given: object) -> object:
        raise VaultError(Code.VAULT_DISK_FULL)

    monkeypatch.setattr(rotation, "build_database", full)
    with pytest.raises(VaultError) as fault:
        vault.rotation.rotate()
    assert fault.value.code is Code.VAULT_DISK_FULL
    monkeypatch.undo()
    assert vault.verify().subjects == 1
    vault.rotation.rotate()
    assert vault.verify().subjects == 1


@pytest.mark.parametrize("written", [False, True])
def test_a_fault_around_the_commit_never_leaves_two_minds(
    vault: Vault, folder: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch, written: bool
) -> None:
    """The disk fails just before, or just after, the key file is in place: nothing that is saved afterwards is lost."""
    vault.save(enrolment("1"))
    really = key_file_codec.write_key_file

    def failing(where: Path, key_file: KeyFile, data_root: bytearray) -> None:
        if written:
            really(where, key_file, data_root)
        raise VaultError(Code.VAULT_UNWRITABLE)

    monkeypatch.setattr(unlocked_state, "write_key_file", failing)
    with pytest.raises(VaultError) as fault:
        vault.rotation.rotate()
    assert fault.value.code is Code.VAULT_UNWRITABLE
    monkeypatch.undo()
    if written:
        with pytest.raises(VaultError) as fault:
            vault.save(enrolment("2"))
        assert fault.value.code is Code.VAULT_LOCKED
    else:
        vault.save(enrolment("2"))
        vault.lock()
    again = reopened(folder, clock)
    assert again.verify().subjects == (1 if written else 2)
    assert read_key_file((folder / KEY_FILE).read_bytes()).control.epoch == (2 if written else 1)
    again.lock()
