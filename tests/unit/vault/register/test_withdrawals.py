"""Consent that is taken back at a desk of a register while the server is away: at once there, at every desk after the
next contact, whatever happened in between."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.errors import Code
from mlid_desktop.domain.subjects import (
    Consent,
    ConsentOutcome,
    Details,
    ErasureReason,
    Standing,
    SubjectSummary,
    Withdrawal,
)
from mlid_desktop.vault.backup.folder_target import FolderTarget
from mlid_desktop.vault.callers.caller import RequestKind
from mlid_desktop.vault.callers.request_log import OPEN, STOPPED, WITHDRAWN, TakenRequest, UndoReason
from mlid_desktop.vault.lifecycle import Vault
from mlid_desktop.vault.restore import Credential, restore_backup
from mlid_desktop.vault.store.transaction import read_facts
from mlid_desktop.vault.subjects.records.unsent_withdrawals import ANOTHER_DESK, are_unsent
from tests.makers import ENROLLED
from tests.unit.vault.conftest import PASSPHRASE, WITNESS, enrolment, reopened, replacing, witness
from tests.unit.vault.register.conftest import (
    ANYBODY,
    NOBODY,
    PEOPLE,
    TURNED_AWAY,
    Desks,
    both_in_step,
    code_of,
    killed_before_the_vault_has_it,
    reopen,
    subject,
)

TAKEN_BACK = Withdrawal(ENROLLED + timedelta(days=3), "Eve Okoye", "moved away")
AGAIN = Consent(ConsentOutcome.ACCEPTED, "2", "en", ENROLLED + timedelta(days=2))
CALLER, REQUEST = "c" * 32, "d" * 32


def known(vault: Vault, number: str = "1") -> SubjectSummary:
    found = vault.find(number)
    assert found is not None
    return found


def is_unsent(vault: Vault) -> bool:
    with vault._state.database.reading() as local:
        return are_unsent(read_facts(local))


def away(desks: Desks) -> None:
    """The server lets nobody in from now on."""
    desks.sql(NOBODY.format(desks.database))


def back(desks: Desks) -> None:
    desks.sql(ANYBODY.format(desks.database))


def withdrawn_without_the_server(desks: Desks, vault: Vault) -> str:
    """The first person takes consent back while the server is away, which is back then; gives the person."""
    person = subject(vault, "1")
    away(desks)
    assert not vault.subject_rights.withdraw_consent(person, TAKEN_BACK)
    back(desks)
    return person


def is_compared(vault: Vault, person: str) -> bool:
    """Whether anything of the person is compared; every way there is says the same."""
    ways = {
        bool(vault.references(person)),
        person in {reference.subject_id for reference in vault.all_references(Modality.FACE)},
        known(vault).standing is Standing.HELD,
        {found.subject_id: found for found in vault.directory()}[person].standing is Standing.HELD,
        vault.people.those([person])[person].standing is Standing.HELD,
        person
        in vault.people_made_by(
            [reference.template.extractor.key for reference in vault.all_references(Modality.FACE)]
        ),
    }
    assert len(ways) == 1
    return ways.pop()


@pytest.mark.parametrize("name", ["writing", "reading"])
def test_a_withdrawal_holds_at_once_and_the_register_learns_of_it(desks: Desks, name: str) -> None:
    vault, person = getattr(desks, name), subject(desks.writing, "1")
    other = desks.reading if vault is desks.writing else desks.writing
    vault.directory()
    away(desks)
    vault.count_attempt(person)
    assert not vault.subject_rights.withdraw_consent(person, TAKEN_BACK)
    for _ in range(2):  # as it is, and as after a kill
        vault = getattr(desks, name)
        assert not is_compared(vault, person)
        assert vault.record(person).withdrawal == TAKEN_BACK
        assert known(vault).standing is Standing.WITHDRAWN
        assert [due.subject_id for due in vault.subject_rights.due(ENROLLED.date())] == [person]
        history = vault.subject_rights.history(person)
        assert (history.is_unsent, history.due.reason) == (True, ErasureReason.WITHDRAWN)
        assert vault.register.waiting == 1
        refused = (
            partial(vault.record_outcome, person, accepted=True),
            partial(vault.subject_rights.withdraw_consent, person, TAKEN_BACK),
        )
        assert [code_of(act) for act in refused] == [Code.USAGE_CONSENT_WITHDRAWN.value] * 2
        assert vault.verify().subjects == len(PEOPLE)
        reopen(desks, name)
    assert is_compared(other, person)
    back(desks)
    both_in_step(desks)
    for each in (desks.writing, desks.reading):
        assert not is_compared(each, person)
        assert each.record(person).withdrawal == TAKEN_BACK
        assert not each.subject_rights.history(person).is_unsent
    vault = getattr(desks, name)
    assert (is_unsent(vault), vault.register.waiting, vault.register.status().waiting) == (False, 0, 0)
    events = [entry.event for entry in vault.audit.entries(1, 10_000)]
    assert (events.count("consent.withdrawn"), events.count("withdrawal.brought")) == (1, 1)


@pytest.mark.parametrize("is_restarted", [True, False], ids=["unlocked again", "in the same session"])
def test_a_desk_that_is_killed_as_it_brings_a_withdrawal_brings_it_once(
    desks: Desks, monkeypatch: pytest.MonkeyPatch, *, is_restarted: bool
) -> None:
    person = withdrawn_without_the_server(desks, desks.reading)
    killed_before_the_vault_has_it(monkeypatch, desks.reading.register.fetch)
    if is_restarted:
        reopen(desks, "reading")
    assert not is_compared(desks.reading, person)
    assert is_unsent(desks.reading)
    both_in_step(desks)
    assert not is_compared(desks.writing, person)
    assert desks.writing.record(person).withdrawal == TAKEN_BACK
    assert not is_unsent(desks.reading)


def test_whatever_the_desk_does_next_the_withdrawal_goes_before_it(desks: Desks) -> None:
    person = withdrawn_without_the_server(desks, desks.reading)
    desks.reading.subject_rights.renew_consent(person, AGAIN)
    both_in_step(desks)
    for vault in (desks.writing, desks.reading):
        assert is_compared(vault, person)  # the person agreed after it, at the same desk
        assert vault.record(person).consent == AGAIN
    other = withdrawn_without_the_server(desks, desks.writing)
    desks.writing.save(enrolment("9", "New"))
    desks.reading.register.fetch()
    assert not is_compared(desks.reading, other)


def test_what_another_desk_changed_meanwhile_and_the_withdrawal_both_hold(desks: Desks) -> None:
    person = withdrawn_without_the_server(desks, desks.reading)
    desks.writing.corrections.correct(person, Details("1", "Another name"), witness(desks.writing))
    both_in_step(desks)
    for vault in (desks.writing, desks.reading):
        assert not is_compared(vault, person)
        assert (known(vault).name, vault.record(person).withdrawal) == ("Another name", TAKEN_BACK)


def test_who_was_erased_meanwhile_stays_erased(desks: Desks) -> None:
    both_in_step(desks)
    person = withdrawn_without_the_server(desks, desks.reading)
    desks.writing.subject_rights.erase(person, witness(desks.writing), ErasureReason.REQUESTED)
    both_in_step(desks)
    assert desks.reading.find("1") is None
    assert not is_unsent(desks.reading)


def test_who_was_withdrawn_at_two_desks_is_withdrawn(desks: Desks) -> None:
    person = withdrawn_without_the_server(desks, desks.reading)
    elsewhere = Withdrawal(ENROLLED + timedelta(days=4))
    assert desks.writing.subject_rights.withdraw_consent(person, elsewhere)
    both_in_step(desks)
    assert desks.reading.record(person).withdrawal == elsewhere
    assert not is_unsent(desks.reading)


@pytest.mark.parametrize("how", ["agreed again", "enrolled anew"])
@pytest.mark.parametrize("is_confirmed", [True, False], ids=["confirmed", "undone"])
def test_where_another_desk_took_a_new_consent_the_person_is_asked(
    desks: Desks, how: str, *, is_confirmed: bool
) -> None:
    """Which came later no two clocks can say: nothing is compared, anywhere, until an operator asked."""
    person = withdrawn_without_the_server(desks, desks.reading)
    rights = desks.writing.subject_rights
    if how == "agreed again":
        rights.renew_consent(person, AGAIN)
    else:
        rights.enrol_anew(replacing(desks.writing, replace(enrolment("1"), subject_id=person)), witness(desks.writing))
    both_in_step(desks)
    for vault in (desks.writing, desks.reading):
        assert not is_compared(vault, person)
        assert vault.record(person).withdrawal == Withdrawal(TAKEN_BACK.at, caller=ANOTHER_DESK)
        assert vault.requested_withdrawals.waiting() == (person,)
        assert not vault.subject_rights.due(ENROLLED.date())
    if is_confirmed:
        assert rights.withdraw_consent(person, TAKEN_BACK)
    else:
        desks.writing.requested_withdrawals.undo(person, UndoReason.PERSON_DISAGREES)
    both_in_step(desks)
    for vault in (desks.writing, desks.reading):
        assert is_compared(vault, person) is not is_confirmed
        assert not vault.requested_withdrawals.waiting()


@pytest.mark.parametrize("then", ["brought", "confirmed", "undone"])
def test_a_withdrawal_of_another_program_stops_at_once_too(desks: Desks, then: str) -> None:
    vault, person = desks.reading, subject(desks.reading, "1")
    request = TakenRequest(CALLER, REQUEST, RequestKind.WITHDRAW, "e" * 64, OPEN, vault.time.now, person)
    away(desks)
    for _ in range(2):
        vault.requested_withdrawals.stop(request)  # twice is once
    assert not is_compared(vault, person)
    assert vault.requested_withdrawals.waiting() == (person,)
    assert vault.callers.taken(CALLER, REQUEST).outcome == STOPPED  # type: ignore[union-attr]  # it was taken
    if then == "confirmed":
        assert not vault.subject_rights.withdraw_consent(person, TAKEN_BACK)
        assert vault.callers.taken(CALLER, REQUEST).outcome == WITHDRAWN  # type: ignore[union-attr]  # as above
    if then == "undone":
        vault.requested_withdrawals.undo(person, UndoReason.MISTAKE)
        assert is_compared(vault, person)
        assert code_of(partial(vault.requested_withdrawals.undo, person, UndoReason.MISTAKE)) in TURNED_AWAY
    back(desks)
    both_in_step(desks)
    expected = {"brought": Standing.STOPPED, "confirmed": Standing.WITHDRAWN, "undone": Standing.HELD}[then]
    for each in (desks.writing, desks.reading):
        assert known(each).standing is expected
        assert is_compared(each, person) is (then == "undone")


def test_a_backup_that_is_restored_keeps_what_the_register_did_not_have(desks: Desks, tmp_path: Path) -> None:
    """The server is lost, and the vault of the desk that leads is restored."""
    vault, person = desks.writing, subject(desks.writing, "1")
    away(desks)
    assert not vault.subject_rights.withdraw_consent(person, TAKEN_BACK)
    vault.backups.create(FolderTarget(tmp_path / "backup"))
    opens, second = Credential("sup", PASSPHRASE), Credential(*WITNESS)
    restore_backup(FolderTarget(tmp_path / "backup"), tmp_path / "restored", opens, desks.clock, second=second)
    restored = reopened(tmp_path / "restored", desks.clock)
    assert not is_compared(restored, person)
    assert restored.record(person).withdrawal == TAKEN_BACK
    restored.rotation.rotate(deep=True)
    assert restored.record(person).withdrawal == TAKEN_BACK
    restored.subject_rights.renew_consent(person, AGAIN)
    assert is_compared(restored, person)
    assert not is_unsent(restored)
    restored.verify()
    restored.lock()
    back(desks)
