"""Tests of attack detection in a vault: two begin and erase them, nothing opens without their keys, nothing is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlid_desktop.domain.errors import Code, UsageError, VaultError
from mlid_desktop.domain.roles import SecondPerson
from mlid_desktop.vault.backup.folder_target import FolderTarget
from mlid_desktop.vault.keys.slots import FLOOR
from mlid_desktop.vault.lifecycle import Vault, create_vault
from mlid_desktop.vault.subjects.attack_tests import MAXIMUM_ENTRY
from tests.doubles import FixedClock
from tests.unit.vault.conftest import FILES, PASSPHRASE, enrolment, reopened, witness

PLAN, SHOWN = b"a plan of two species", b"what a printed photograph gave"


@pytest.fixture
def demo(vault: Vault) -> Vault:
    return vault


def second(vault: Vault) -> SecondPerson:
    return witness(vault)


def code_of(fault: pytest.ExceptionInfo[UsageError] | pytest.ExceptionInfo[VaultError]) -> Code:
    return fault.value.code


def test_an_operational_vault_takes_no_test(tmp_path: Path, clock: FixedClock) -> None:
    made = create_vault(
        tmp_path / "real", operator_name="sup", passphrase=PASSPHRASE, demo=False, clock=clock, cost=FLOOR
    )
    with pytest.raises(UsageError) as usage:
        made.attack_tests.begin(PLAN, None)
    assert code_of(usage) is Code.USAGE_NEEDS_DEMO_VAULT
    made.lock()


def test_a_test_is_begun_by_two(demo: Vault) -> None:
    with pytest.raises(VaultError) as alone:
        demo.attack_tests.begin(PLAN, None)
    assert code_of(alone) is Code.VAULT_SECOND_PERSON_NEEDED
    with pytest.raises(UsageError) as before:
        demo.attack_tests.append(SHOWN, "print")
    assert code_of(before) is Code.USAGE_NO_TEST
    demo.attack_tests.begin(PLAN, second(demo))
    with pytest.raises(UsageError) as again:
        demo.attack_tests.begin(PLAN, second(demo))
    assert code_of(again) is Code.USAGE_TEST_UNDER_WAY


def test_what_was_recorded_is_there_after_a_crash_and_readable_nowhere(demo: Vault, clock: FixedClock) -> None:
    demo.attack_tests.begin(PLAN, second(demo))
    assert [demo.attack_tests.append(SHOWN + bytes([number]), "print") for number in range(3)] == [1, 2, 3]
    folder = demo._state.folder
    demo._state.database.close()
    demo._state.folder_lock.release()
    again = reopened(folder, clock)
    assert again.attack_tests.entries() == (PLAN, *(SHOWN + bytes([number]) for number in range(3)))
    assert all(SHOWN not in (folder / name).read_bytes() for name in FILES)
    again.verify()
    again.lock()


def test_erasing_takes_two_and_leaves_no_key_behind(demo: Vault) -> None:
    demo.attack_tests.begin(PLAN, second(demo))
    demo.attack_tests.append(SHOWN, "print")
    person = demo.save(enrolment())
    with demo._state.database.reading() as connection:
        rows = connection.exec_driver_sql("SELECT entry, sequence, wrapped_key, sealed FROM attack_tests").all()
    with pytest.raises(VaultError) as alone:
        demo.attack_tests.erase(None)
    assert code_of(alone) is Code.VAULT_SECOND_PERSON_NEEDED
    demo.attack_tests.erase(second(demo))
    assert demo.attack_tests.entries() == ()
    demo.verify()
    assert demo.find("1001") == person
    with demo._state.database.changing() as connection:  # the rows of before put back
        for row in rows:
            connection.exec_driver_sql("INSERT INTO attack_tests VALUES (?, ?, ?, ?)", tuple(row))
    with pytest.raises(VaultError) as damaged:
        demo.attack_tests.entries()
    assert code_of(damaged) is Code.VAULT_DAMAGED


def test_a_presentation_that_was_taken_out_or_moved_is_noticed(demo: Vault) -> None:
    demo.attack_tests.begin(PLAN, second(demo))
    for _ in range(3):
        demo.attack_tests.append(SHOWN, "print")
    with demo._state.database.changing() as connection:
        connection.exec_driver_sql("DELETE FROM attack_tests WHERE sequence = 2")
    with pytest.raises(VaultError):
        demo.attack_tests.entries()
    with demo._state.database.changing() as connection:
        connection.exec_driver_sql("UPDATE attack_tests SET sequence = 2 WHERE sequence = 3")
    with pytest.raises(VaultError):
        demo.attack_tests.entries()


def test_erasing_a_person_and_changing_the_keys_leave_the_test_readable(demo: Vault, clock: FixedClock) -> None:
    demo.attack_tests.begin(PLAN, second(demo))
    person = demo.save(enrolment())
    demo.subject_rights.erase(person.subject_id, second(demo))
    assert demo.attack_tests.entries() == (PLAN,)
    demo.rotation.rotate()
    assert demo.attack_tests.entries() == (PLAN,)
    folder = demo._state.folder
    demo.lock()
    again = reopened(folder, clock)
    assert again.attack_tests.entries() == (PLAN,)
    again.lock()


def test_no_backup_holds_a_test(demo: Vault, tmp_path: Path) -> None:
    demo.attack_tests.begin(PLAN, second(demo))
    demo.backups.create(FolderTarget(tmp_path / "backup"))
    assert all(b"attack_tests" not in path.read_bytes() for path in (tmp_path / "backup").rglob("*") if path.is_file())


def test_an_entry_has_a_limit_and_every_presentation_stands_in_the_audit(demo: Vault) -> None:
    demo.attack_tests.begin(PLAN, second(demo))
    with pytest.raises(UsageError):
        demo.attack_tests.append(bytes(MAXIMUM_ENTRY + 1), "print")
    demo.attack_tests.append(SHOWN, "print")
    events = [(entry.event, entry.facts.get("name")) for entry in demo.audit.entries()]
    assert ("attack_test.begun", None) in events
    assert events.count(("attack_test.presented", "print")) == 1


def test_a_test_that_lost_its_last_entry_is_damaged(demo: Vault) -> None:
    demo.attack_tests.begin(PLAN, second(demo))
    demo.attack_tests.append(SHOWN, "print")
    with demo._state.database.changing() as connection:
        connection.exec_driver_sql("DELETE FROM attack_tests WHERE sequence = 1")
    for read in (demo.attack_tests.entries, demo.verify):
        with pytest.raises(VaultError) as lost:
            read()
        assert (code_of(lost), lost.value.facts["what"]) == (Code.VAULT_DAMAGED, "attack_tests")
