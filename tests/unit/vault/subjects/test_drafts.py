"""An enrolment in progress is kept for a day, under a key of its own, and goes with the person."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlid_desktop.domain.errors import Code, UsageError, VaultError
from mlid_desktop.vault.lifecycle import Vault
from mlid_desktop.vault.subjects.drafts import MAXIMUM_DRAFT, MAXIMUM_DRAFTS, DraftKind
from tests.doubles import FixedClock
from tests.unit.vault.conftest import FILES, enrolment, reopened, witness

CONTENT = b"Amara Okoye, half way through"
SUBJECT = "5a" * 16
DAY = 24 * 3600


def test_a_draft_is_there_after_a_crash(vault: Vault, folder: Path, clock: FixedClock) -> None:
    made = vault.drafts.save(DraftKind.ENROLMENT, SUBJECT, CONTENT)
    vault._state.database.close()
    vault._state.folder_lock.release()
    again = reopened(folder, clock)
    assert again.drafts.all() == (made,)
    assert again.drafts.load(made.draft_id) == CONTENT
    assert all(CONTENT not in (folder / name).read_bytes() for name in FILES)
    again.lock()


def test_it_is_gone_after_a_day(vault: Vault, folder: Path, clock: FixedClock) -> None:
    made = vault.drafts.save(DraftKind.ENROLMENT, SUBJECT, CONTENT)
    clock.advance(DAY)
    assert vault.drafts.all() == ()
    with pytest.raises(UsageError) as fault:
        vault.drafts.load(made.draft_id)
    assert fault.value.code is Code.USAGE_UNKNOWN_DRAFT
    vault.lock()
    again = reopened(folder, clock)
    with again._state.database.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM drafts").scalar() == 0
    again.lock()


def test_saving_again_takes_the_place_of_the_one_before(vault: Vault) -> None:
    first = vault.drafts.save(DraftKind.ENROLMENT, SUBJECT, CONTENT)
    second = vault.drafts.save(DraftKind.ENROLMENT, SUBJECT, CONTENT + b", further", replaces=first.draft_id)
    assert vault.drafts.all() == (second,)
    vault.drafts.discard(second.draft_id)
    vault.drafts.discard(second.draft_id)  # once more does not matter
    assert vault.drafts.all() == ()
    vault.verify()


def test_erasing_takes_the_drafts_of_the_person_and_their_keys(vault: Vault, clock: FixedClock) -> None:
    person = vault.save(enrolment())
    beside = person.subject_id[:2] + SUBJECT[2:]  # of the same bucket
    gone, stays = (
        vault.drafts.save(DraftKind.ENROLMENT, person.subject_id, CONTENT),
        vault.drafts.save(DraftKind.ENROLMENT, beside, CONTENT),
    )
    with vault._state.database.reading() as connection:
        kept = connection.exec_driver_sql("SELECT draft, wrapped_key FROM drafts").all()
    old = dict(tuple(row) for row in kept)
    vault.subject_rights.erase(person.subject_id, witness(vault))
    assert vault.drafts.all() == (stays,)
    assert vault.drafts.load(stays.draft_id) == CONTENT
    with vault._state.database.changing() as connection:  # the row of yesterday put back under the keys of today
        connection.exec_driver_sql(
            "UPDATE drafts SET wrapped_key = ? WHERE draft = ?", (old[stays.draft_id], stays.draft_id)
        )
    with pytest.raises(VaultError) as fault:
        vault.drafts.load(stays.draft_id)
    assert fault.value.code is Code.VAULT_DAMAGED
    assert gone.draft_id != stays.draft_id


def test_a_draft_cannot_be_given_another_day_or_person(vault: Vault) -> None:
    made = vault.drafts.save(DraftKind.ENROLMENT, SUBJECT, CONTENT)
    for column, value in (("expires_at", "2030-01-01T00:00:00+00:00"), ("subject", "00" * 16)):
        with vault._state.database.changing() as connection:
            before = connection.exec_driver_sql(f"SELECT {column} FROM drafts").scalar()
            connection.exec_driver_sql(f"UPDATE drafts SET {column} = ?", (value,))
        with pytest.raises(VaultError):
            vault.drafts.load(made.draft_id)
        with vault._state.database.changing() as connection:
            connection.exec_driver_sql(f"UPDATE drafts SET {column} = ?", (before,))
    assert vault.drafts.load(made.draft_id) == CONTENT


def test_there_is_a_limit(vault: Vault) -> None:
    with pytest.raises(UsageError):
        vault.drafts.save(DraftKind.ENROLMENT, SUBJECT, bytes(MAXIMUM_DRAFT + 1))
    for _ in range(MAXIMUM_DRAFTS):
        vault.drafts.save(DraftKind.ENROLMENT, SUBJECT, CONTENT)
    with pytest.raises(UsageError):
        vault.drafts.save(DraftKind.ENROLMENT, SUBJECT, CONTENT)


def test_a_rotation_keeps_them(vault: Vault) -> None:
    made = vault.drafts.save(DraftKind.ENROLMENT, SUBJECT, CONTENT)
    vault.rotation.rotate(deep=True)
    assert vault.drafts.load(made.draft_id) == CONTENT
