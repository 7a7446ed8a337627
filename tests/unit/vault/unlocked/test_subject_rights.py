"""Consent, retention, erasure and what is held: what the vault owes to the people in it."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlid_desktop.domain.characteristics import FACE, Modality
from mlid_desktop.domain.errors import Code, UsageError, VaultError
from mlid_desktop.domain.subjects import (
    Consent,
    ConsentOutcome,
    DueRecord,
    ErasureReason,
    LedgerEntry,
    Standing,
    Withdrawal,
    new_identifier,
)
from mlid_desktop.vault.lifecycle import Vault
from mlid_desktop.vault.subjects.erasure_ledger import ledger_bytes, read_ledger
from tests.doubles import FixedClock
from tests.makers import ENROLLED
from tests.unit.vault.conftest import AGREED, enrolment, reopened, witness

AGAIN = Consent(ConsentOutcome.ACCEPTED, "2-later", "de", ENROLLED + timedelta(days=9), retention_days=30)
TAKEN_BACK = Withdrawal(ENROLLED + timedelta(days=3), "Eve Okoye", "moved away")


def test_who_withdrew_is_compared_with_nothing(vault: Vault, folder: Path, clock: FixedClock) -> None:
    gone, kept = vault.save(enrolment("1")), vault.save(enrolment("2"))
    vault.directory()
    vault.subject_rights.withdraw_consent(gone.subject_id, TAKEN_BACK)
    for each in (vault, None):
        opened = each or reopened(folder, clock)
        assert opened.references(gone.subject_id) == ()
        assert {reference.subject_id for reference in opened.all_references(Modality.FACE)} == {kept.subject_id}
        assert {person.number: person.standing for person in opened.directory()} == {
            "1": Standing.WITHDRAWN,
            "2": Standing.HELD,
        }
        assert opened.record(gone.subject_id).withdrawal == TAKEN_BACK
        opened.verify()
        opened.lock()


def test_consent_is_withdrawn_once_and_can_be_given_again(vault: Vault) -> None:
    person = vault.save(enrolment()).subject_id
    vault.subject_rights.withdraw_consent(person, TAKEN_BACK)
    with pytest.raises(UsageError) as fault:
        vault.subject_rights.withdraw_consent(person, TAKEN_BACK)
    assert fault.value.code is Code.USAGE_CONSENT_WITHDRAWN
    vault.subject_rights.renew_consent(person, AGAIN)
    record = vault.record(person)
    assert (record.consent, record.withdrawal, record.earlier) == (AGAIN, None, (AGREED,))
    assert vault.references(person)[0].template.characteristic == FACE
    vault.verify()
    for asked in (
        partial(vault.subject_rights.withdraw_consent, "nobody", TAKEN_BACK),
        partial(vault.subject_rights.renew_consent, "nobody", AGAIN),
    ):
        with pytest.raises(UsageError) as unknown:
            asked()
        assert unknown.value.code is Code.USAGE_UNKNOWN_SUBJECT


def test_the_clock_of_retention_starts_at_the_last_visit(vault: Vault, clock: FixedClock) -> None:
    first, second = vault.save(enrolment("1")).subject_id, vault.save(enrolment("2")).subject_id
    last_day = ENROLLED.date() + timedelta(days=AGREED.retention_days)
    assert vault.subject_rights.due(last_day - timedelta(days=1)) == ()
    assert {due.subject_id for due in vault.subject_rights.due(last_day)} == {first, second}
    clock.set_wall(ENROLLED + timedelta(days=100))
    vault.record_outcome(first, accepted=False)
    assert len(vault.subject_rights.due(last_day)) == 2  # a refusal is no visit
    vault.record_outcome(first, accepted=True)
    assert vault.subject_rights.due(last_day) == (DueRecord(second, last_day, ErasureReason.RETENTION),)
    vault.verify()


def test_due_are_who_withdrew_at_once_and_the_longest_overdue_first(vault: Vault) -> None:
    waits, withdrew = vault.save(enrolment("1")).subject_id, vault.save(enrolment("2")).subject_id
    vault.subject_rights.withdraw_consent(withdrew, TAKEN_BACK)
    assert vault.subject_rights.due(ENROLLED.date()) == (DueRecord(withdrew, ENROLLED.date(), ErasureReason.WITHDRAWN),)
    far = ENROLLED.date() + timedelta(days=5000)
    assert [due.subject_id for due in vault.subject_rights.due(far)] == [withdrew, waits]


def test_the_text_agreed_to_says_how_long(vault: Vault) -> None:
    person = vault.save(enrolment()).subject_id
    vault.subject_rights.renew_consent(person, AGAIN)
    day = AGAIN.given_at.date() + timedelta(days=30)
    assert vault.subject_rights.due(day) == (DueRecord(person, day, ErasureReason.RETENTION),)


def test_the_ledger_remembers_who_was_erased_and_nothing_that_names_them(vault: Vault, clock: FixedClock) -> None:
    people = [vault.save(enrolment(str(number))).subject_id for number in range(3)]
    for person, reason in zip(people[:2], (ErasureReason.REQUESTED, ErasureReason.RETENTION), strict=True):
        vault.subject_rights.erase(person, witness(vault), reason)
    entries = vault.subject_rights.erasures()
    assert entries == (
        LedgerEntry(1, people[0], clock.now(), ErasureReason.REQUESTED),
        LedgerEntry(2, people[1], clock.now(), ErasureReason.RETENTION),
    )
    assert read_ledger(ledger_bytes(entries)) == entries
    assert "Amara" not in str(ledger_bytes(entries))


def test_an_older_vault_put_back_is_rid_of_whom_the_later_ledger_names(
    vault: Vault, folder: Path, clock: FixedClock, tmp_path: Path
) -> None:
    gone, kept = vault.save(enrolment("1")).subject_id, vault.save(enrolment("2")).subject_id
    vault.lock()
    shutil.copytree(folder, tmp_path / "older")
    today = reopened(folder, clock)
    today.subject_rights.erase(gone, witness(today))
    later = today.subject_rights.erasures()
    today.lock()
    older = reopened(tmp_path / "older", clock)
    assert older.find("1") is not None
    assert older.subject_rights.replay_erasures(later, witness(older)) == (gone,)
    assert older.find("1") is None
    assert {person.subject_id for person in older.directory()} == {kept}
    assert [erasure.subject_id for erasure in older.subject_rights.erasures()] == [gone]
    assert older.subject_rights.replay_erasures(later, witness(older)) == ()
    older.verify()
    older.lock()
    again = reopened(tmp_path / "older", clock)
    assert again.find("1") is None
    again.lock()


@given(
    st.lists(
        st.tuples(st.datetimes(), st.sampled_from(ErasureReason)).map(
            lambda pair: LedgerEntry(0, new_identifier(), pair[0], pair[1])
        ),
        max_size=20,
    )
)
def test_a_ledger_reads_back_as_it_was_written(entries: list[LedgerEntry]) -> None:
    numbered = tuple(
        LedgerEntry(number, entry.subject_id, entry.erased_at, entry.reason)
        for number, entry in enumerate(entries, start=1)
    )
    assert read_ledger(ledger_bytes(numbered)) == numbered


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(
    st.one_of(
        st.binary(max_size=200),
        st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=40), st.lists, max_leaves=8).map(
            lambda rows: json.dumps({"format": 1, "erased": rows}).encode()
        ),
        st.integers(2, 9).map(lambda version: json.dumps({"format": version, "erased": []}).encode()),
    )
)
def test_what_is_no_ledger_is_refused(untrusted: bytes) -> None:
    code: Code | None = None
    try:
        found: object = read_ledger(untrusted)
    except VaultError as fault:
        code = fault.code
    else:
        assert found == ()
    assert code in {None, Code.VAULT_DAMAGED, Code.VAULT_UNSUPPORTED_VERSION}


def test_all_that_is_held_of_a_person_and_of_nobody_else(vault: Vault) -> None:
    person, other = vault.save(enrolment("1")), vault.save(enrolment("2", "Bram de Wit"))
    vault.count_attempt(person.subject_id)
    held = vault.subject_rights.holdings(person.subject_id, witness(vault))
    assert held.record.details.number == "1"
    assert len(held.references) == 2
    assert held.last_seen == ENROLLED.date()
    assert held.attempts.failed_in_a_row == 1
    assert [entry.event for entry in held.entries] == ["enrolment.saved", "subject.exported"]
    assert other.subject_id not in str(held.entries)
    vault.subject_rights.withdraw_consent(person.subject_id, TAKEN_BACK)
    assert (
        len(vault.subject_rights.holdings(person.subject_id, witness(vault)).references) == 2
    )  # they are held until erased


def test_a_second_persons_word_is_not_used_up_by_a_number_that_nobody_has(vault: Vault) -> None:
    person, second = vault.save(enrolment()).subject_id, witness(vault)
    for unknown in (
        lambda: vault.subject_rights.erase("nobody", second),
        lambda: vault.subject_rights.holdings("nobody", second),
    ):
        with pytest.raises(UsageError):
            unknown()
    vault.subject_rights.erase(person, second)


def test_what_was_left_out_stays_left_out_when_consent_is_renewed(
    vault: Vault, folder: Path, clock: FixedClock
) -> None:
    person = enrolment("77", "Leaves out a voice")
    vault.save(replace(person, consent=replace(person.consent, left_out=(Modality.VOICE,))))
    vault.subject_rights.renew_consent(person.subject_id, AGAIN)
    vault.lock()
    again = reopened(folder, clock)
    record = again.record(person.subject_id)
    again.lock()
    assert [consent.left_out for consent in (*record.earlier, record.consent)] == [(Modality.VOICE,)] * 2
