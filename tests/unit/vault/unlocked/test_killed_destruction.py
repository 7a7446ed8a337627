"""Portraits, values of a site's fields, people whom callers asked about: after a kill each is there or gone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from mlid_desktop.domain.errors import VaultError
from mlid_desktop.vault.backup.folder_target import FolderTarget
from mlid_desktop.vault.lifecycle import Vault
from mlid_desktop.vault.restore import restore_backup
from mlid_desktop.vault.store.schema import SUBJECTS
from mlid_desktop.vault.unlocked.erasure.key_destruction import KeyDestruction
from tests.doubles import FixedClock
from tests.site_schemas import clinic
from tests.unit.vault.conftest import enrolment, reopened, witness
from tests.unit.vault.rebuild.killed import die_in_child
from tests.unit.vault.unlocked.conftest import OWNER, SECOND
from tests.unit.vault.unlocked.shown_people import PICTURE, look, rows, shown_person
from tests.unit.vault.unlocked.test_callers import CALLER, taken
from tests.unit.vault.unlocked.test_site_fields import fewer, finish, having, kept
from tests.unit.vault.unlocked.test_wrap_buckets import AFTER, BEFORE

STEPS = {
    **{name: BEFORE[name] for name in ("after the key file", "before the commit")},
    **{name: AFTER[name] for name in ("before the head", "before the last key file", "within the backups")},
}


def wrapped_key(vault: Vault, subject_id: str) -> bytes:
    with vault._state.database.reading() as connection:
        wanted = sa.select(SUBJECTS.c.wrapped_key).where(SUBJECTS.c.subject == subject_id)
        return bytes(connection.execute(wanted).scalar_one())


@pytest.mark.parametrize("step", STEPS)
def test_a_portrait_is_there_or_gone(
    vault: Vault, folder: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    person, other = (found.subject_id for found in vault.save_all([shown_person("1"), shown_person("2")]))
    vault.backups.create(FolderTarget(folder.parent / "backup"))
    vault.lock()

    def withdraw() -> None:
        again = reopened(folder, clock)
        STEPS[step](monkeypatch)
        again.portraits.withdraw(person)

    die_in_child(withdraw)
    again = reopened(folder, clock)
    gone = step in AFTER
    assert look(again, person, other) == ({other: PICTURE} if gone else {person: PICTURE, other: PICTURE})
    assert rows(again) == ((1, 1) if gone else (2, 2))
    assert len(again.subject_rights.erasures()) == int(gone)
    assert again.references(person)
    again.verify()
    again.lock()


@pytest.mark.parametrize("step", STEPS)
def test_the_keys_of_values_that_were_given_up_go_with_the_last_of_them(
    vault: Vault, folder: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    vault.site_fields.store(clinic(), witness(vault))
    person = vault.save(having("1", "79927398713")).subject_id
    vault.backups.create(FolderTarget(folder.parent / "backup"))
    before = wrapped_key(vault, person)
    vault.site_fields.store(fewer("plan"), witness(vault))
    assert vault.site_fields.erase_next()  # this person's values; their bucket key is still the old one
    assert vault._state.keys.subjects.unwrapped(person, before)
    vault.lock()

    def destroy() -> None:
        again, really = reopened(folder, clock), KeyDestruction.erase

        def cut(*given: Any, **named: Any) -> None:  # not in the change before it, which finds nobody any more
            STEPS[step](monkeypatch)
            really(*given, **named)

        monkeypatch.setattr(KeyDestruction, "erase", cut)
        again.site_fields.erase_next()

    die_in_child(destroy)
    again = reopened(folder, clock)
    assert bool(again.site_fields.people_left()) is (step in BEFORE)
    finish(again)
    assert kept(again, "1") == (("membership.1", "79927398713"),)
    assert len(again.subject_rights.erasures()) == 1
    with pytest.raises(VaultError):
        again._state.keys.subjects.unwrapped(person, before)
    again.verify()
    again.lock()


@pytest.mark.parametrize("step", STEPS)
def test_a_request_about_somebody_is_theirs_or_nobodys(
    vault: Vault, folder: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    person = asked_about(vault)
    vault.backups.create(FolderTarget(folder.parent / "backup"))
    vault.lock()

    def erase() -> None:
        again = reopened(folder, clock)
        STEPS[step](monkeypatch)
        again.subject_rights.erase(person, witness(again))

    die_in_child(erase)
    again = reopened(folder, clock)
    (request,) = again.callers.recent_requests()
    assert request.subject_id == ("" if step in AFTER else person)
    assert (again.find("1") is None) is (step in AFTER)
    again.verify()
    again.lock()


def asked_about(vault: Vault) -> str:
    """Somebody who was enrolled because a caller asked for it."""
    vault.callers.turn(47263)
    vault.callers.admit(CALLER, witness(vault))
    vault.callers.take(taken())
    return vault.save(replace(enrolment("1"), asked_by=(CALLER.caller_id, taken().request_id))).subject_id


@pytest.mark.parametrize("is_erased", [False, True])
def test_a_backup_with_callers_is_restored_with_them(
    vault: Vault, folder: Path, clock: FixedClock, tmp_path: Path, *, is_erased: bool
) -> None:
    """Who was erased since comes back neither as a person nor in what a caller was answered."""
    person, trusted = asked_about(vault), vault.callers.pairing_key
    backup = FolderTarget(tmp_path / "backup")
    vault.backups.create(backup)
    if is_erased:
        vault.subject_rights.erase(person, witness(vault))
    vault.rotation.rotate()
    vault.lock()
    restore_backup(backup, tmp_path / "there", OWNER, clock, second=SECOND)
    there = reopened(tmp_path / "there", clock)
    assert there.callers.all() == (CALLER,)
    (request,) = there.callers.recent_requests()
    assert request.subject_id == ("" if is_erased else person)
    assert there.callers.pairing_key != trusted  # of the roots of today, which the key part has
    there.verify()
    there.lock()
