"""Search tables in a vault: beside their references, under the person's key, and gone with them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from mlid_desktop.domain.characteristics import FACE, Modality
from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.domain.subjects import Enrolment, Withdrawal
from mlid_desktop.domain.templates import Reference, SearchTable
from mlid_desktop.vault.backup.folder_target import FolderTarget
from mlid_desktop.vault.lifecycle import Vault, unlock_vault
from mlid_desktop.vault.restore import Credential, restore_backup, verify_backup
from mlid_desktop.vault.store.schema import RECORDS, SEARCH_TABLES
from mlid_desktop.vault.subjects.records.search_table_codec import MAX_TABLE_BYTES, read_table, table_bytes
from mlid_desktop.vault.unlocked.enrolled import reference_reading
from tests.doubles import FixedClock
from tests.makers import ENROLLED, INDEX
from tests.unit.vault.conftest import AGREED, PASSPHRASE, WITNESS, enrolment, reopened, replacing, witness

FINGERS = Modality.FINGERPRINT
TABLE = SearchTable(1, b"made ready")
STORED = RECORDS[SEARCH_TABLES[FINGERS]]


def tabulated(number: str = "1", table: SearchTable = TABLE) -> Enrolment:
    """A person whose finger was made ready for searches at the enrolment."""
    made = enrolment(number)
    captures = tuple(
        capture if capture.template is None or capture.characteristic == FACE
        else replace(capture, template=replace(capture.template, search_table=table))
        for capture in made.captures
    )  # fmt: skip  # a face has none
    return replace(made, captures=captures)


def table_of(references: tuple[Reference, ...]) -> SearchTable | None:
    (finger,) = (reference for reference in references if reference.template.characteristic == INDEX)
    return finger.template.search_table


def stored(vault: Vault) -> int:
    """How many search tables the database holds, of whomever."""
    with vault._state.database.reading() as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(STORED)).scalar_one())


def test_a_table_of_the_enrolment_is_kept_and_read_with_its_reference(
    vault: Vault, folder: Path, clock: FixedClock
) -> None:
    person, other = vault.save_all([tabulated("1"), enrolment("2")])
    assert table_of(vault.references(person.subject_id)) == TABLE
    assert table_of(vault.references(other.subject_id)) is None
    vault.verify()
    vault.lock()
    again = reopened(folder, clock)
    try:
        held = {reference.subject_id: reference.template.search_table for reference in again.all_references(FINGERS)}
        assert held == {person.subject_id: TABLE, other.subject_id: None}
        again.verify()
    finally:
        again.lock()


def test_tables_made_later_are_kept_and_those_of_another_version_replaced(vault: Vault) -> None:
    person, other = vault.save_all([tabulated("1", SearchTable(0, b"of before")), enrolment("2")])
    made = [
        replace(reference, template=replace(reference.template, search_table=TABLE))
        for reference in vault.all_references(FINGERS)
    ]
    assert vault.searches.keep_tables(made) == 2
    assert vault.audit.entries()[-1].event == "search.prepared"
    assert vault.audit.entries()[-1].facts["records"] == 2
    assert [table_of(vault.references(who.subject_id)) for who in (person, other)] == [TABLE, TABLE]
    assert stored(vault) == 2
    vault.verify()


def test_nothing_is_kept_of_who_is_gone_or_withdrew_meanwhile(vault: Vault) -> None:
    gone, withdrawn, anew = vault.save_all([enrolment("1"), enrolment("2"), enrolment("3")])
    made = [
        replace(reference, template=replace(reference.template, search_table=TABLE))
        for reference in vault.all_references(FINGERS)
    ]
    vault.subject_rights.erase(gone.subject_id, witness(vault))
    vault.subject_rights.withdraw_consent(withdrawn.subject_id, Withdrawal(ENROLLED, "", ""))
    vault.subject_rights.enrol_anew(
        replacing(vault, replace(enrolment("3"), subject_id=anew.subject_id)), witness(vault)
    )
    assert vault.searches.keep_tables(made) == 0
    assert stored(vault) == 0
    vault.verify()


def test_a_table_goes_with_its_person_with_consent_and_with_its_reference(vault: Vault) -> None:
    erased, withdrawn, anew = vault.save_all([tabulated("1"), tabulated("2"), tabulated("3")])
    vault.subject_rights.erase(erased.subject_id, witness(vault))
    assert stored(vault) == 2
    vault.subject_rights.withdraw_consent(withdrawn.subject_id, Withdrawal(ENROLLED, "", ""))
    assert stored(vault) == 1
    vault.subject_rights.renew_consent(withdrawn.subject_id, AGREED)
    assert table_of(vault.references(withdrawn.subject_id)) is None
    vault.subject_rights.enrol_anew(
        replacing(vault, replace(enrolment("3"), subject_id=anew.subject_id)), witness(vault)
    )
    assert stored(vault) == 0
    vault.verify()


@pytest.mark.parametrize("deep", [False, True])
def test_a_rotation_keeps_tables(vault: Vault, folder: Path, clock: FixedClock, deep: bool) -> None:
    (person,) = vault.save_all([tabulated("1")])
    vault.rotation.rotate(deep=deep)
    vault.verify()
    vault.lock()
    again = reopened(folder, clock)
    try:
        assert table_of(again.references(person.subject_id)) == TABLE
    finally:
        again.lock()


def test_a_restored_backup_has_the_tables_of_those_who_are_left(
    vault: Vault, tmp_path: Path, clock: FixedClock
) -> None:
    person, erased = vault.save_all([tabulated("1"), tabulated("2")])
    target = FolderTarget(tmp_path / "backup")
    vault.backups.create(target)
    vault.subject_rights.erase(erased.subject_id, witness(vault))
    credential, second = Credential("sup", PASSPHRASE), Credential(*WITNESS)
    assert verify_backup(target, credential).left_out == 1
    restore_backup(target, tmp_path / "restored", credential, clock, second=second)
    again = unlock_vault(tmp_path / "restored", operator_name="sup", passphrase=PASSPHRASE, clock=clock)
    try:
        assert table_of(again.references(person.subject_id)) == TABLE
        assert stored(again) == 1
        again.verify()
    finally:
        again.lock()


def test_a_persons_own_copy_holds_the_table(vault: Vault) -> None:
    (person,) = vault.save_all([tabulated("1")])
    assert table_of(vault.subject_rights.holdings(person.subject_id, witness(vault)).references) == TABLE


def test_a_missing_or_changed_table_is_damage(vault: Vault, folder: Path, clock: FixedClock) -> None:
    (person,) = vault.save_all([tabulated("1")])
    with vault._state.database.changing() as connection:
        connection.execute(sa.delete(STORED))
    for read in (
        lambda: vault.all_references(FINGERS),
        lambda: vault.references(person.subject_id),
        vault.verify,
        lambda: read_in_parts(vault),
    ):
        with pytest.raises(VaultError) as fault:
            read()
        assert fault.value.code is Code.VAULT_DAMAGED


def read_in_parts(vault: Vault) -> tuple[Reference, ...]:
    reading = vault.searches.reading(FINGERS)
    while (found := reading.read_part()) is None:
        assert 0.0 <= reading.share <= 1.0
    return found


def test_a_reading_in_parts_gives_what_one_at_once_gives(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reference_reading, "ROWS_AT_A_TIME", 2)
    assert read_in_parts(vault) == ()
    _, withdrawn, *_ = vault.save_all([tabulated(str(number)) for number in range(4)])
    vault.subject_rights.withdraw_consent(withdrawn.subject_id, Withdrawal(ENROLLED, "", ""))
    found, whole = read_in_parts(vault), vault.all_references(FINGERS)
    assert found == whole
    assert [reference.template.search_table for reference in found] == [TABLE] * 3
    assert vault.searches.reading(Modality.FACE).read_part() is None


def test_a_reading_begins_anew_where_somebody_came_or_went_meanwhile(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reference_reading, "ROWS_AT_A_TIME", 2)
    gone, *_ = vault.save_all([tabulated(str(number)) for number in range(5)])
    reading = vault.searches.reading(FINGERS)
    assert [reading.read_part() for _ in range(4)] == [None] * 4
    vault.subject_rights.erase(gone.subject_id, witness(vault))
    vault.save(tabulated("6"))
    while (found := reading.read_part()) is None:
        pass
    assert found == vault.all_references(FINGERS)
    assert gone.subject_id not in {reference.subject_id for reference in found}


def test_whose_references_changed_is_told_once_with_what_is_held_now(vault: Vault) -> None:
    first, gone, withdrawn = vault.save_all([tabulated("1"), enrolment("2"), enrolment("3")])
    assert set(vault.searches.changed_references()) == {first.subject_id, gone.subject_id, withdrawn.subject_id}
    assert vault.searches.changed_references() == {}
    vault.subject_rights.erase(gone.subject_id, witness(vault))
    vault.subject_rights.withdraw_consent(withdrawn.subject_id, Withdrawal(ENROLLED, "", ""))
    vault.count_attempt(first.subject_id)
    assert vault.searches.changed_references() == {gone.subject_id: (), withdrawn.subject_id: ()}


@given(st.text(min_size=1), st.integers(0, 2**32 - 1), st.binary(max_size=300))
def test_tables_come_back_as_they_were_written(reference_id: str, version: int, content: bytes) -> None:
    table = SearchTable(version, content)
    assert read_table(table_bytes(reference_id, table)) == (reference_id, table)


def test_what_is_no_table_is_refused() -> None:
    with pytest.raises(ValueError, match="limit"):
        table_bytes("r", SearchTable(1, bytes(MAX_TABLE_BYTES + 1)))
    for untrusted in (b"", b"x", table_bytes("r", TABLE)[:-1], table_bytes("r", TABLE) + b"x"):
        with pytest.raises(VaultError) as fault:
            read_table(untrusted)
        assert fault.value.code is Code.VAULT_DAMAGED
