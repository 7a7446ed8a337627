"""What staff and subjects rely on: saved means saved, erased means gone, and only who may, may."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.errors import Code, MlidError, UsageError, VaultError
from mlid_desktop.domain.roles import Act, may
from mlid_desktop.domain.subjects import Role
from mlid_desktop.vault.keys import slots
from mlid_desktop.vault.keys.slots import CEILING, FLOOR, KdfCost, require_cost
from mlid_desktop.vault.lifecycle import Vault, create_vault, unlock_vault
from tests.doubles import FixedClock
from tests.makers import CAMERA, INDEX
from tests.unit.vault.conftest import PASSPHRASE, WITNESS, enrolment, reopened, witness


def code_of(fault: pytest.ExceptionInfo[MlidError]) -> Code:
    return fault.value.code


def test_what_was_saved_is_there_after_unlocking_again(vault: Vault, folder: Path, clock: FixedClock) -> None:
    saved = vault.save(enrolment())
    vault.lock()
    again = reopened(folder, clock)
    try:
        assert again.find(" 1001 ") == saved
        assert again.directory() == (saved,)
        record = again.record(saved.subject_id)
        assert (record.details.name, record.consent.text_version) == ("Amara Okoye", "1")
        references = again.references(saved.subject_id)
        assert {reference.template.characteristic for reference in references} == set(saved.characteristics)
        assert references[0].provenance.device == CAMERA
        assert [reference.template.characteristic for reference in again.all_references(Modality.FINGERPRINT)] == [
            INDEX
        ]
    finally:
        again.lock()


def test_creating_derives_the_key_of_a_passphrase_once_and_what_is_created_opens_by_it(
    tmp_path: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    derived: list[KdfCost] = []
    stretch = slots._stretch

    def counted(passphrase: bytes, latch: slots.Latch, *about: Any) -> bytearray:
        derived.append(latch.cost)
        return stretch(passphrase, latch, *about)

    monkeypatch.setattr(slots, "_stretch", counted)
    new = tmp_path / "new"
    made = create_vault(new, operator_name="Ada", passphrase=PASSPHRASE, demo=True, clock=clock, cost=FLOOR)
    saved = made.save(enrolment())
    assert derived == [made.operators.own_cost] == [FLOOR]
    made.lock()
    again = unlock_vault(new, operator_name="Ada", passphrase=PASSPHRASE, clock=clock)
    assert again.directory() == (saved,)
    again.lock()


def test_a_number_belongs_to_one_person(vault: Vault) -> None:
    vault.save(enrolment())
    with pytest.raises(UsageError) as fault:
        vault.save(enrolment(name="Another"))
    assert code_of(fault) is Code.USAGE_NUMBER_TAKEN
    assert len(vault.directory()) == 1


def test_erasing_leaves_the_others_and_nothing_of_the_person(vault: Vault, folder: Path, clock: FixedClock) -> None:
    gone, kept = vault.save(enrolment("1")), vault.save(enrolment("2"))
    before = (folder / "vault.keys").read_bytes()
    vault.subject_rights.erase(gone.subject_id, witness(vault))
    assert (folder / "vault.keys").read_bytes() != before
    assert vault.find("1") is None
    with pytest.raises(UsageError):
        vault.references(gone.subject_id)
    vault.lock()
    again = reopened(folder, clock)
    try:
        assert again.directory() == (kept,)
        assert len(again.references(kept.subject_id)) == 2
        assert again.save(enrolment("1")).number == "1"
    finally:
        again.lock()


def test_erasing_nobody_is_a_usage_fault_and_leaves_the_vault_whole(
    vault: Vault, folder: Path, clock: FixedClock
) -> None:
    vault.save(enrolment())
    with pytest.raises(UsageError):
        vault.subject_rights.erase("nobody", witness(vault))
    vault.lock()
    again = reopened(folder, clock)
    assert again.verify().subjects == 1
    again.lock()


@pytest.mark.parametrize(
    ("name", "passphrase", "code"),
    [
        ("sup", "wrong passphrase", Code.VAULT_WRONG_PASSPHRASE),
        (None, PASSPHRASE, Code.VAULT_UNKNOWN_OPERATOR),
        ("sup", PASSPHRASE + " ", Code.VAULT_WRONG_PASSPHRASE),
        ("nobody", PASSPHRASE, Code.VAULT_UNKNOWN_OPERATOR),
    ],
)
def test_only_the_right_passphrase_opens(
    vault: Vault, folder: Path, clock: FixedClock, name: str | None, passphrase: str, code: Code
) -> None:
    vault.lock()
    with pytest.raises(VaultError) as fault:
        reopened(folder, clock, name, passphrase)
    assert code_of(fault) is code
    reopened(folder, clock).lock()


def test_the_same_passphrase_typed_on_another_keyboard_opens(folder: Path, clock: FixedClock) -> None:
    create_vault(folder, operator_name="a", passphrase="caf\u00e9 au lait", demo=False, clock=clock, cost=FLOOR).lock()
    reopened(folder, clock, "a", "cafe\u0301 au lait").lock()


def test_a_short_passphrase_is_refused_before_anything_is_made(folder: Path, clock: FixedClock) -> None:
    with pytest.raises(VaultError) as fault:
        create_vault(folder, operator_name="a", passphrase="short", demo=False, clock=clock, cost=FLOOR)
    assert code_of(fault) is Code.VAULT_WEAK_PASSPHRASE
    assert not (folder / "vault.keys").exists()


def test_a_vault_is_not_made_over_another(vault: Vault, folder: Path, clock: FixedClock) -> None:
    with pytest.raises(VaultError) as fault:
        create_vault(folder, operator_name="a", passphrase=PASSPHRASE, demo=True, clock=clock, cost=FLOOR)
    assert code_of(fault) is Code.VAULT_EXISTS


def test_a_folder_without_a_vault_is_named_as_such(tmp_path: Path, clock: FixedClock) -> None:
    with pytest.raises(VaultError) as fault:
        unlock_vault(tmp_path, operator_name=None, passphrase=PASSPHRASE, clock=clock)
    assert code_of(fault) is Code.VAULT_NOT_FOUND


def test_a_second_opening_is_refused_and_the_lock_goes_with_the_vault(
    vault: Vault, folder: Path, clock: FixedClock
) -> None:
    with pytest.raises(VaultError) as fault:
        reopened(folder, clock)
    assert code_of(fault) is Code.VAULT_IN_USE
    vault.lock()
    reopened(folder, clock).lock()


def test_operators_open_the_vault_and_govern_nothing(vault: Vault, folder: Path, clock: FixedClock) -> None:
    vault.save(enrolment())
    vault.operators.add("clerk", Role.OPERATOR, "clerk's passphrase", witness(vault), FLOOR)
    vault.lock()
    clerk = reopened(folder, clock, "clerk", "clerk's passphrase")
    try:
        assert not may(clerk.operator, Act.SEE_SCORES)
        assert len(clerk.directory()) == 1
        with pytest.raises(VaultError) as fault:
            clerk.settings.register_device(CAMERA, witness(clerk))
        assert code_of(fault) is Code.VAULT_NOT_PERMITTED
        with pytest.raises(VaultError) as fault:
            clerk.operators.add("x", Role.SUPERVISOR, PASSPHRASE, witness(clerk), FLOOR)
        assert code_of(fault) is Code.VAULT_NOT_PERMITTED
    finally:
        clerk.lock()


def test_a_device_registered_by_a_supervisor_is_known_to_every_operator(
    vault: Vault, folder: Path, clock: FixedClock
) -> None:
    vault.settings.register_device(CAMERA, witness(vault))
    vault.operators.add("clerk", Role.OPERATOR, "clerk's passphrase", witness(vault), FLOOR)
    vault.lock()
    clerk = reopened(folder, clock, "clerk", "clerk's passphrase")
    assert clerk.settings.devices() == (CAMERA,)
    clerk.lock()


def test_the_second_person_is_another_one_with_a_passphrase(vault: Vault) -> None:
    assert vault.operators.confirm_second(*WITNESS).operator.name == WITNESS[0]
    for name, passphrase in (("sup", PASSPHRASE), (WITNESS[0], "something else")):
        with pytest.raises(VaultError):
            vault.operators.confirm_second(name, passphrase)


def test_attempts_survive_and_only_an_acceptance_clears_them(vault: Vault, folder: Path, clock: FixedClock) -> None:
    person = vault.save(enrolment()).subject_id
    for _ in range(3):
        vault.count_attempt(person)
    vault.record_outcome(person, accepted=False)
    vault.lock()
    again = reopened(folder, clock)
    try:
        assert again.attempts(person).failed_in_a_row == 3
        again.withdraw_attempt(person)
        assert again.attempts(person).failed_in_a_row == 2
        again.record_outcome(person, accepted=True)
        assert again.attempts(person).failed_in_a_row == 0
    finally:
        again.lock()


def test_a_clock_that_was_set_back_is_noticed(vault: Vault, clock: FixedClock) -> None:
    vault.count_attempt("person")
    clock.set_wall(clock.now() - timedelta(hours=1))
    assert vault.attempts("person").clock_set_back
    assert vault.attempts("somebody else").clock_set_back


def test_after_locking_nothing_answers(vault: Vault) -> None:
    vault.lock()
    vault.lock()
    for ask in (vault.directory, lambda: vault.find("1"), vault.verify, lambda: vault.save(enrolment())):
        with pytest.raises(VaultError) as fault:
            ask()
        assert code_of(fault) is Code.VAULT_LOCKED


def test_only_the_thread_that_unlocked_it_may_use_it(vault: Vault) -> None:
    seen: list[Exception] = []

    def use() -> None:
        try:
            vault.directory()
        except RuntimeError as error:
            seen.append(error)

    other = threading.Thread(target=use)
    other.start()
    other.join()
    assert len(seen) == 1


@pytest.mark.parametrize(
    "cost",
    [
        KdfCost(FLOOR.memory_kib - 1, FLOOR.passes, FLOOR.lanes),
        KdfCost(FLOOR.memory_kib, FLOOR.passes - 1, FLOOR.lanes),
        KdfCost(CEILING.memory_kib + 1, FLOOR.passes, FLOOR.lanes),
        KdfCost(FLOOR.memory_kib, CEILING.passes + 1, FLOOR.lanes),
        KdfCost(FLOOR.memory_kib, FLOOR.passes, 0),
    ],
)
def test_stretching_has_a_floor_and_a_ceiling(cost: KdfCost) -> None:
    with pytest.raises(VaultError) as fault:
        require_cost(cost)
    assert code_of(fault) is Code.VAULT_KDF_OUT_OF_BOUNDS


def test_verify_counts_what_it_read(vault: Vault) -> None:
    vault.save(enrolment())
    vault.audit.append("vault.verified", {"number": 1})
    report = vault.verify()
    assert (report.subjects, report.records, report.audit_entries) == (1, 3, 2)
