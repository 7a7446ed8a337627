"""An old page put back, or a row taken out, is noticed on use or by verify; no answer is ever partial."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.vault.lifecycle import Vault
from mlid_desktop.vault.store.schema import RECORDS, SUBJECTS
from mlid_desktop.vault.store.sqlcipher import PAGE_BYTES
from tests.doubles import FixedClock
from tests.makers import CAMERA
from tests.unit.vault.conftest import enrolment, reopened, witness


def verified(folder: Path, clock: FixedClock) -> None:
    vault = reopened(folder, clock)
    try:
        vault.verify()
    finally:
        vault.lock()


def test_any_old_page_put_back_is_noticed(vault: Vault, folder: Path, clock: FixedClock) -> None:
    first = vault.save(enrolment("1"))
    vault.save(enrolment("2"))
    vault.count_attempt(first.subject_id)
    vault.audit.append("vault.verified", {})
    old = (folder / "records.db").read_bytes()
    vault.count_attempt(first.subject_id)
    vault.save(enrolment("3"))
    vault.settings.register_device(CAMERA, witness(vault))
    vault.subject_rights.erase(first.subject_id, witness(vault))
    vault.lock()
    new = (folder / "records.db").read_bytes()
    offsets = [
        at
        for at in range(0, min(len(old), len(new)), PAGE_BYTES)
        if old[at : at + PAGE_BYTES] != new[at : at + PAGE_BYTES]
    ]
    assert len(offsets) > 5
    for at in offsets:
        (folder / "records.db").write_bytes(new[:at] + old[at : at + PAGE_BYTES] + new[at + PAGE_BYTES :])
        with pytest.raises(VaultError) as fault:
            verified(folder, clock)
        assert fault.value.code in {Code.VAULT_DAMAGED, Code.VAULT_ROLLED_BACK}
    (folder / "records.db").write_bytes(new)
    verified(folder, clock)


@pytest.mark.parametrize("kind", ["profile", "face", "fingerprint"])
def test_a_record_that_vanished_gives_no_partial_answer(vault: Vault, kind: str) -> None:
    kept, touched = vault.save(enrolment("1")), vault.save(enrolment("2"))
    table = RECORDS[kind]
    with vault._state.database.changing() as connection:  # behind the vault's back
        connection.execute(sa.delete(table).where(table.c.subject == touched.subject_id))
    asks: dict[str, Callable[[], object]] = {
        "profile": vault.directory,
        "face": lambda: vault.all_references(Modality.FACE),
        "fingerprint": lambda: vault.all_references(Modality.FINGERPRINT),
    }
    for ask in (asks[kind], lambda: vault.find("2"), lambda: vault.references(touched.subject_id), vault.verify):
        with pytest.raises(VaultError) as fault:
            ask()
        assert fault.value.code is Code.VAULT_DAMAGED
    assert len(vault.references(kept.subject_id)) == 2


def test_records_exchanged_between_people_do_not_open(vault: Vault) -> None:
    first, other = vault.save(enrolment("1")), vault.save(enrolment("2"))
    table = RECORDS["face"]
    with vault._state.database.changing() as connection:
        swap = {first.subject_id: other.subject_id, other.subject_id: first.subject_id}
        rows = connection.execute(sa.select(table.c.place, table.c.subject)).all()
        for row, subject in rows:
            connection.execute(sa.update(table).where(table.c.place == row).values(subject=swap[subject]))
    with pytest.raises(VaultError):
        vault.all_references(Modality.FACE)
    with pytest.raises(VaultError):
        vault.references(first.subject_id)


def test_a_person_taken_out_of_the_index_is_missed_at_unlock(vault: Vault, folder: Path, clock: FixedClock) -> None:
    saved = vault.save(enrolment())
    with vault._state.database.changing() as connection:
        connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        for table in RECORDS.values():
            connection.execute(sa.delete(table))
        connection.execute(sa.delete(SUBJECTS).where(SUBJECTS.c.subject == saved.subject_id))
    vault.lock()
    with pytest.raises(VaultError) as fault:
        reopened(folder, clock)
    assert fault.value.code is Code.VAULT_DAMAGED


def test_an_old_index_does_not_hide_a_person(vault: Vault, folder: Path, clock: FixedClock) -> None:
    """The index by number alone is of yesterday: unlocking must notice, or the person would count as unknown."""
    vault.save(enrolment("1"))
    old = (folder / "records.db").read_bytes()
    vault.save(enrolment("2"))
    with vault._state.database.reading() as connection:
        roots = connection.exec_driver_sql("SELECT rootpage FROM sqlite_master WHERE name LIKE '%autoindex_subjects%'")
        pages = [row[0] for row in roots]
    vault.lock()
    new = (folder / "records.db").read_bytes()
    for page in pages:
        at = (page - 1) * PAGE_BYTES
        (folder / "records.db").write_bytes(new[:at] + old[at : at + PAGE_BYTES] + new[at + PAGE_BYTES :])
        with pytest.raises(VaultError) as fault:
            reopened(folder, clock)
        assert fault.value.code is Code.VAULT_DAMAGED


def test_many_are_saved_together_or_not_at_all(vault: Vault) -> None:
    vault.save(enrolment("7"))
    with pytest.raises(Exception, match="number_taken"):
        vault.save_all([enrolment("8"), enrolment("7")])
    with pytest.raises(Exception, match="number_taken"):
        vault.save_all([enrolment("9"), enrolment(" 9 ")])
    assert {person.number for person in vault.directory()} == {"7"}
    assert len(vault.save_all([enrolment(str(number)) for number in range(20, 40)])) == 20
    assert vault.verify().subjects == 21
    assert len(vault.all_references(Modality.FACE)) == 21


def test_within_a_change_nothing_else_begins_that_would_take_it_back(vault: Vault) -> None:
    person = vault.save(enrolment("1")).subject_id

    def changing(within: Callable[[], object]) -> None:
        with vault._state.changing() as transaction:
            vault._state.record(transaction, "vault.verified")
            within()

    for within in (vault.verify, vault.directory, lambda: vault.count_attempt(person)):
        with pytest.raises(RuntimeError, match="a change is under way"):
            changing(within)
    assert vault.audit.entries()[-1].event == "enrolment.saved"
    vault.verify()
