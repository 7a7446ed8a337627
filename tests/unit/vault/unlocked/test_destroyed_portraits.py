"""A portrait is destroyed like a person: its key is gone from pages, journal and the backups in reach."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from mlid_desktop.domain.errors import Code, UsageError, VaultError
from mlid_desktop.domain.templates import Portrait
from mlid_desktop.vault.backup.folder_target import FolderTarget
from mlid_desktop.vault.backup.parts import KEYS_FILE
from mlid_desktop.vault.keyring import VaultKeys, database_key
from mlid_desktop.vault.lifecycle import Vault
from mlid_desktop.vault.rebuild import key_wrapping
from mlid_desktop.vault.restore import Credential, restore_backup, verify_backup
from mlid_desktop.vault.store.schema import PORTRAIT_KEYS, PORTRAITS
from mlid_desktop.vault.store.transaction import Transaction
from mlid_desktop.vault.subjects.records import portraits
from mlid_desktop.vault.subjects.subject_keys import SubjectKeys
from mlid_desktop.vault.unlocked.erasure import key_destruction
from tests.doubles import FixedClock
from tests.makers import ENROLLED
from tests.unit.vault.conftest import PASSPHRASE, WITNESS, reopened, replacing, witness
from tests.unit.vault.unlocked.shown_people import CHOSEN, PICTURE, look, rows, shown_person

NOT_CHOSEN = replace(CHOSEN, portrait=False, given_at=ENROLLED + timedelta(days=2))
PAGE, RESERVED, IV, SALT = 16_384, 80, 16, 16
OWNER, SECOND = Credential("sup", PASSPHRASE), Credential(*WITNESS)


def test_agreeing_again_without_a_portrait_destroys_it(vault: Vault, folder: Path, clock: FixedClock) -> None:
    person = vault.save(shown_person()).subject_id
    portrait_id = vault.record(person).portrait
    vault.subject_rights.renew_consent(person, NOT_CHOSEN)
    assert vault.record(person).portrait == ""
    assert [entry.subject_id for entry in vault.subject_rights.erasures()] == [portrait_id]
    assert rows(vault) == (0, 0)
    vault.verify()
    vault.lock()
    reopened(folder, clock).lock()


def test_a_withdrawn_portrait_is_gone_from_pages_journal_and_an_earlier_backup(
    vault: Vault, folder: Path, clock: FixedClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    person, kept = vault.save_all([shown_person("1"), shown_person("2", PICTURE + b"other")])
    backup, away = FolderTarget(tmp_path / "backup"), FolderTarget(tmp_path / "away")
    vault.backups.create(backup)
    vault.backups.create(away)
    (tmp_path / "away").rename(tmp_path / "in the safe")
    with vault._state.database.reading() as connection:
        (sealed,) = connection.execute(
            PORTRAITS.select().with_only_columns(PORTRAITS.c.sealed).where(PORTRAITS.c.subject == person.subject_id)
        ).scalars()
        keys = PORTRAIT_KEYS.select().with_only_columns(PORTRAIT_KEYS.c.wrapped_key)
        wrapped = connection.execute(keys.where(PORTRAIT_KEYS.c.subject == person.subject_id)).scalars()
        gone = [sealed, *wrapped]
    names = {"subject": person.subject_id, "portrait": vault.record(person.subject_id).portrait}
    assert portraits.unwrapped_key({**names, "wrapped_key": gone[1]}, vault._state.keys.subjects)
    assert look(vault, person.subject_id) == {person.subject_id: PICTURE}
    before, journals = _pages(vault, (folder / "records.db").read_bytes()), list[bytes]()
    assert all(cell in before for cell in gone)
    wrap_anew = key_wrapping.wrap_anew

    def seen(transaction: Transaction, old: SubjectKeys, successor: VaultKeys, buckets: set[int]) -> None:
        wrap_anew(transaction, old, successor, buckets)
        journals.append((folder / "records.db-journal").read_bytes())

    monkeypatch.setattr(key_destruction, "wrap_anew", seen)
    erased = vault.portraits.withdraw(person.subject_id)
    monkeypatch.undo()
    assert [left.location for left in erased.backups] == [away.location]
    assert look(vault, person.subject_id, kept.subject_id) == {kept.subject_id: PICTURE + b"other"}
    assert vault.references(person.subject_id)  # the person stays
    pages = _pages(vault, (folder / "records.db").read_bytes())
    assert all(cell not in pages for cell in gone)
    journal = _journal(vault, journals[0])
    held = [cell for cell in gone[1:] if cell in journal]
    assert held  # whoever kept the journal has the wrapped key, and the key that opens it is nowhere any more
    for cell in held:
        with pytest.raises(VaultError):
            portraits.unwrapped_key({**names, "wrapped_key": cell}, vault._state.keys.subjects)
    with pytest.raises(UsageError) as fault:
        vault.portraits.withdraw(person.subject_id)
    assert fault.value.code is Code.USAGE_NO_PORTRAIT
    vault.verify()
    vault.lock()
    assert not (folder / "records.db-journal").exists()
    assert verify_backup(backup, OWNER).subjects == 2
    there = _restored(backup, tmp_path / "there", clock)
    assert look(there, person.subject_id, kept.subject_id) == {kept.subject_id: PICTURE + b"other"}
    there.verify()
    there.lock()
    safe = FolderTarget(tmp_path / "in the safe")
    came_back = _restored(safe, tmp_path / "again", clock)
    assert person.subject_id in look(came_back, person.subject_id)
    today = reopened(folder, clock)
    later = today.subject_rights.erasures()
    today.lock()
    assert came_back.subject_rights.replay_erasures(later, witness(came_back)) == ()
    assert look(came_back, person.subject_id, kept.subject_id) == {kept.subject_id: PICTURE + b"other"}
    came_back.verify()
    came_back.lock()
    without = _restored(safe, tmp_path / "third", clock, later)
    assert look(without, person.subject_id, kept.subject_id) == {kept.subject_id: PICTURE + b"other"}
    without.verify()
    without.lock()


def _pages(vault: Vault, encrypted: bytes) -> bytes:
    """The pages of a database file in clear, free ones too, as SQLCipher 4 lays them out."""
    key, found = bytes(database_key(vault._state.keys.roots, vault.identity)), []
    for at in range(0, len(encrypted) - PAGE + 1, PAGE):
        page = encrypted[at : at + PAGE]
        start = SALT if at == 0 else 0  # the first page begins with the salt
        body, iv = page[start:-RESERVED], page[-RESERVED : -RESERVED + IV]
        found.append(Cipher(algorithms.AES(key), modes.CBC(iv)).decryptor().update(body))
    return b"".join(found)


def _journal(vault: Vault, journal: bytes) -> bytes:
    """The pages of a rollback journal in clear: behind a sector of header, each between its number and a checksum."""
    sector = int.from_bytes(journal[20:24], "big")
    frame = 4 + PAGE + 4
    pages = [journal[at + 4 : at + 4 + PAGE] for at in range(sector, len(journal) - frame + 1, frame)]
    first = bytes(PAGE)  # so that none is taken for the one with the salt
    return _pages(vault, first + b"".join(pages))


def _restored(target: FolderTarget, folder: Path, clock: FixedClock, later: tuple = ()) -> Vault:  # type: ignore[type-arg]
    restore_backup(target, folder, OWNER, clock, second=SECOND, later=later)
    return reopened(folder, clock)


@pytest.mark.parametrize("act", ["wish", "consent", "enrolment"])
def test_who_came_back_without_the_portrait_can_be_asked_about_it_again(
    vault: Vault, clock: FixedClock, tmp_path: Path, act: str
) -> None:
    made = shown_person()
    person = vault.save(made).subject_id
    backup = FolderTarget(tmp_path / "backup")
    vault.backups.create(backup)
    vault.portraits.withdraw(person)
    vault.lock()
    there = _restored(backup, tmp_path / "there", clock)
    assert there.record(person).portrait == ""
    if act == "wish":
        with pytest.raises(UsageError):
            there.portraits.withdraw(person)
    elif act == "consent":
        there.subject_rights.renew_consent(person, NOT_CHOSEN)
    else:
        there.subject_rights.enrol_anew(replacing(there, replace(made, portrait=None)), witness(there))
    assert len(there.subject_rights.erasures()) == 1
    there.verify()
    there.lock()


def test_who_is_enrolled_anew_has_the_new_portrait_and_the_old_one_is_destroyed(vault: Vault, tmp_path: Path) -> None:
    first = shown_person()
    vault.save(first)
    backup = FolderTarget(tmp_path / "backup")
    vault.backups.create(backup)
    with (tmp_path / "backup" / KEYS_FILE).open("rb") as old:
        anew = replace(first, portrait=Portrait(b"\xff\xd8 newer", ENROLLED, "live"))
        vault.subject_rights.enrol_anew(replacing(vault, anew), witness(vault))
        assert set(old.read()) == {0}
    assert look(vault, first.subject_id) == {first.subject_id: b"\xff\xd8 newer"}
    assert first.portrait is not None
    assert [entry.subject_id for entry in vault.subject_rights.erasures()] == [first.portrait.portrait_id]
    vault.verify()


def test_the_person_and_the_portrait_go_together(vault: Vault) -> None:
    person = vault.save(shown_person()).subject_id
    vault.subject_rights.erase(person, witness(vault))
    assert rows(vault) == (0, 0)
    assert look(vault, person) == {}
    vault.verify()


def test_a_power_cut_leaves_the_portrait_or_destroys_it(
    vault: Vault, folder: Path, clock: FixedClock, tmp_path: Path
) -> None:
    person = vault.save(shown_person()).subject_id
    with vault._state.database.reading() as connection:
        connection.exec_driver_sql("PRAGMA query_only = ON")
    with pytest.raises(VaultError):
        vault.portraits.withdraw(person)
    vault._state.database.close()
    vault._state.folder_lock.release()
    shutil.copytree(folder, tmp_path / "copy")
    again = reopened(folder, clock)
    assert look(again, person) == {person: PICTURE}
    again.portraits.withdraw(person)
    again.lock()
