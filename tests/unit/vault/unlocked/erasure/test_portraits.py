"""Portraits in the vault: kept apart, shown with an entry each, destroyed like a person."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.domain.subjects import Withdrawal
from mlid_desktop.domain.templates import MOST_PORTRAIT_BYTES, Portrait, PortraitView
from mlid_desktop.vault.audit.notices import NoticeKind
from mlid_desktop.vault.backup.folder_target import FolderTarget
from mlid_desktop.vault.lifecycle import Vault
from mlid_desktop.vault.store.schema import PORTRAIT_KEYS, PORTRAITS
from mlid_desktop.vault.unlocked.erasure.portraits import MOST_HELD, MOST_IN_AN_HOUR
from tests.doubles import FixedClock
from tests.makers import ENROLLED
from tests.unit.vault.conftest import PASSPHRASE, WITNESS, enrolment, reopened
from tests.unit.vault.second_backup_reader import BackupReader
from tests.unit.vault.second_reader import Reader
from tests.unit.vault.unlocked.shown_people import CHOSEN, PICTURE, look, shown_person


def views(vault: Vault) -> list[tuple[object, object]]:
    shown = [entry for entry in vault.audit.entries(1, 9999) if entry.event == "portrait.shown"]
    return [(entry.facts["subject"], entry.facts["purpose"]) for entry in shown]


def test_a_portrait_is_shown_to_who_may_with_an_entry_for_each_view(
    vault: Vault, folder: Path, clock: FixedClock
) -> None:
    person, other = vault.save(shown_person()).subject_id, vault.save(enrolment("2")).subject_id
    assert look(vault, person, other) == {person: PICTURE}
    assert look(vault, person, view=PortraitView.RECORD) == {person: PICTURE}
    assert views(vault) == [(person, "decision"), (person, "record")]
    vault.verify()
    vault.lock()
    with pytest.raises(VaultError):
        look(vault, person)
    again = reopened(folder, clock)
    assert {found.subject_id: bool(found.portrait) for found in again.directory()} == {person: True, other: False}
    assert look(again, person) == {person: PICTURE}
    again.lock()
    auditor = reopened(folder, clock, *WITNESS)
    with pytest.raises(VaultError) as fault:
        look(auditor, person)
    assert fault.value.code is Code.VAULT_NOT_PERMITTED
    auditor.lock()


def test_neither_page_file_nor_journal_nor_head_has_the_picture_in_clear(vault: Vault, folder: Path) -> None:
    vault.save(shown_person())
    vault.lock()
    assert all(b"a picture" not in path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_nothing_is_shown_of_who_withdrew_and_it_is_shown_again_after_agreeing_again(vault: Vault) -> None:
    person = vault.save(shown_person()).subject_id
    vault.subject_rights.withdraw_consent(person, Withdrawal(ENROLLED))
    assert look(vault, person) == {}
    vault.subject_rights.renew_consent(person, CHOSEN)
    assert look(vault, person) == {person: PICTURE}


@pytest.mark.parametrize("deep", [False, True])
def test_a_rotation_keeps_portraits_under_new_keys(vault: Vault, folder: Path, clock: FixedClock, deep: bool) -> None:
    person = vault.save(shown_person()).subject_id
    vault.rotation.rotate(deep=deep)
    vault.verify()
    vault.lock()
    again = reopened(folder, clock)
    assert look(again, person) == {person: PICTURE}
    again.lock()


def test_a_missing_or_exchanged_portrait_is_damage(vault: Vault, folder: Path, clock: FixedClock) -> None:
    first, second = (vault.save(shown_person(number)).subject_id for number in "12")
    with vault._state.changing() as transaction:
        transaction.update(PORTRAITS, PORTRAITS.c.subject == first, subject=second)
    with pytest.raises(VaultError):
        look(vault, first)
    with pytest.raises(VaultError):
        vault.verify()
    with vault._state.changing() as transaction:
        transaction.delete(PORTRAITS, PORTRAITS.c.subject == second)
        transaction.delete(PORTRAIT_KEYS, PORTRAIT_KEYS.c.subject == second)
    with pytest.raises(VaultError):
        look(vault, second)


def test_more_than_sixty_views_in_an_hour_outside_checks_are_told_to_everybody(
    vault: Vault, folder: Path, clock: FixedClock
) -> None:
    person = vault.save(shown_person()).subject_id
    for _ in range(MOST_IN_AN_HOUR + 5):
        look(vault, person)
    for _ in range(MOST_IN_AN_HOUR):
        look(vault, person, view=PortraitView.RECORD)
    assert told(vault) == 0
    vault.lock()
    again = reopened(folder, clock)  # a new unlocking begins no new count
    look(again, person, view=PortraitView.RECORD)
    assert told(again) == 1
    clock.set_wall(clock.now() + timedelta(hours=2))
    for _ in range(MOST_IN_AN_HOUR):
        look(again, person, view=PortraitView.RECORD)
    assert told(again) == 1
    again.lock()


def told(vault: Vault) -> int:
    return sum(notice.kind is NoticeKind.PORTRAITS_SHOWN for notice in vault.operators.notices())


def test_at_most_fifty_are_held_and_all_are_wiped_at_lock(vault: Vault) -> None:
    people = vault.save_all([shown_person(str(number)) for number in range(MOST_HELD + 3)])
    assert len(look(vault, *(person.subject_id for person in people))) == MOST_HELD + 3
    held = list(vault.portraits._held.values())
    assert len(held) == MOST_HELD
    vault.lock()
    assert not any(any(picture) for picture in held)


def test_a_portrait_is_small() -> None:
    for picture in (b"", bytes(MOST_PORTRAIT_BYTES + 1)):
        with pytest.raises(ValueError, match="small"):
            Portrait(picture, ENROLLED, "live")


def test_who_has_the_description_of_the_format_alone_reads_a_portrait_and_its_backup(
    vault: Vault, folder: Path, tmp_path: Path
) -> None:
    kept, gone = vault.save_all([shown_person("1"), shown_person("2")])
    vault.rotation.rotate(deep=True)
    vault.backups.create(FolderTarget(tmp_path / "backup"))
    vault.portraits.withdraw(gone.subject_id)
    portrait_id = vault.record(kept.subject_id).portrait
    vault.lock()
    assert Reader(folder, "sup", PASSPHRASE).read().portraits == {kept.subject_id: ("live", PICTURE)}
    reader = BackupReader(tmp_path / "backup", tmp_path, "sup", PASSPHRASE)
    _contents, tables = reader.read()
    assert set(reader.portraits) == {portrait_id}
    assert len(tables["portraits"]) == 2
    assert "portrait_keys" not in tables
