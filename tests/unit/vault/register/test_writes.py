"""Each desk of a register enrols, corrects, withdraws and erases: one chain, nothing lost and nothing double."""

from __future__ import annotations

import threading
from dataclasses import replace
from functools import partial

import pytest

from mlid_desktop.domain.characteristics import Characteristic, FingerPosition, Modality
from mlid_desktop.domain.errors import Code
from mlid_desktop.domain.subjects import Details, ErasureReason, Withdrawal, new_identifier
from mlid_desktop.domain.templates import Touch
from mlid_desktop.vault.lifecycle import Vault
from mlid_desktop.vault.store.transaction import read_facts
from mlid_desktop.vault.unlocked.register.writing import change_writer
from mlid_desktop.vault.unlocked.register.writing.visits import are_noted
from tests.unit.vault.conftest import enrolment, reopened, witness
from tests.unit.vault.register.conftest import (
    ANYBODY,
    NOBODY,
    PEOPLE,
    TURNED_AWAY,
    Desks,
    both_in_step,
    code_of,
    reopen,
    subject,
)

EACH = 12
INDEX = Characteristic(Modality.FINGERPRINT, FingerPosition.RIGHT_INDEX)


def touch(number: int) -> Touch:
    return Touch(INDEX, number.to_bytes(32), bytes([number]) * 40)


def test_whoever_enrols_is_in_step_first(desks: Desks) -> None:
    for number in range(6):
        vault = (desks.writing, desks.reading)[number % 2]
        vault.save(enrolment(f"n{number}", "New"))
        assert vault.find(f"n{number - 1}") is not None or not number  # of the other desk, which came with the act
    both_in_step(desks)
    assert len(desks.reading.directory()) == len(PEOPLE) + 6


def test_desks_that_enrol_at_once_take_turns(desks: Desks) -> None:
    faults: list[BaseException] = []
    folders = (desks.home / "writing", desks.home / "reading")
    for vault in (desks.writing, desks.reading):
        vault.lock()

    def enrol(name: str) -> None:
        try:
            vault = reopened(desks.home / name, desks.clock)
            try:
                vault.register.listen(lambda: None)  # its connection lasts
                for number in range(EACH):
                    vault.save(enrolment(f"{name} {number}", "New"))
            finally:
                vault.lock()
        except BaseException as fault:
            faults.append(fault)
            raise

    threads = [threading.Thread(target=enrol, args=(folder.name,)) for folder in folders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    desks.writing, desks.reading = (reopened(folder, desks.clock) for folder in folders)
    assert not faults
    both_in_step(desks)
    assert len(desks.reading.directory()) == len(PEOPLE) + 2 * EACH


def test_of_two_who_enrol_one_number_the_first_holds_and_the_second_sees_whom(desks: Desks) -> None:
    first = desks.reading.save(enrolment("9", "First"))
    assert code_of(partial(desks.writing.save, enrolment("9", "Second"))) == Code.USAGE_NUMBER_TAKEN.value
    assert desks.writing.find("9") == first
    both_in_step(desks)


def test_a_desk_that_did_not_lead_does_what_is_done_to_people(desks: Desks) -> None:
    desk, second = desks.reading, witness(desks.reading)
    details = Details("1", "Another name")
    desk.corrections.correct(subject(desk, "1"), details, second)
    desk.subject_rights.withdraw_consent(subject(desk, "2"), Withdrawal(desks.clock.now()))
    desk.subject_rights.note_wish(subject(desk, "3"), without_movements=True)
    both_in_step(desks)
    found = desks.writing.find("1")
    assert found is not None
    assert found.name == "Another name"
    assert desks.writing.references(subject(desk, "2")) == ()
    assert desks.writing.record(subject(desk, "3")).details.without_movements


def test_of_two_corrections_of_one_person_none_is_lost(desks: Desks) -> None:
    desks.reading.corrections.correct(subject(desks.reading, "1"), Details("1", "Of one"), witness(desks.reading))
    late = partial(
        desks.writing.corrections.correct, subject(desks.writing, "1"), Details("1", "Of two"), witness(desks.writing)
    )
    assert code_of(late) == Code.REGISTER_MOVED_ON.value
    both_in_step(desks)
    found = desks.writing.find("1")
    assert found is not None
    assert found.name == "Of one"


def test_any_desk_erases_and_the_others_get_new_keys(desks: Desks) -> None:
    both_in_step(desks)  # each has left one-time keys
    gone, before = subject(desks.reading, "1"), desks.writing._state.keys.wrapped
    desks.reading.subject_rights.erase(gone, witness(desks.reading), ErasureReason.REQUESTED)
    assert desks.sql(f"SELECT count(*) FROM mlid.item WHERE encode(key, 'hex') LIKE '{gone}%'") == [(0,)]
    desks.writing.save(enrolment("9", "New"))
    assert desks.writing._state.keys.wrapped == desks.reading._state.keys.wrapped != before
    assert desks.writing.find("1") is None
    both_in_step(desks)
    for name in ("writing", "reading"):
        reopen(desks, name)
    both_in_step(desks)
    (erasure,) = desks.writing.register.desks.erasures()
    assert (len(erasure.done), erasure.waiting) == (2, ())


def test_who_is_enrolled_as_another_desk_renews_keys_stands_under_the_new_ones(desks: Desks) -> None:
    """Of the very bucket whose key is renewed, while this desk has heard nothing of it: nobody's old key opens them."""
    both_in_step(desks)
    gone = subject(desks.reading, "1")
    desks.reading.subject_rights.erase(gone, witness(desks.reading), ErasureReason.REQUESTED)
    beside = replace(enrolment("9", "Of the same bucket"), subject_id=gone[:2] + new_identifier()[2:])
    before = desks.writing._state.keys.wrapped
    desks.writing.save(beside)
    assert desks.writing._state.keys.wrapped != before
    both_in_step(desks)
    for name in ("writing", "reading"):
        reopen(desks, name)
        vault = getattr(desks, name)
        assert vault.record(beside.subject_id).details.name == "Of the same bucket"
        assert len(vault.references(beside.subject_id)) == 2
        vault.verify()


def test_desks_that_erase_in_turn_keep_no_old_key(desks: Desks) -> None:
    both_in_step(desks)
    for number, vault in zip(PEOPLE, (desks.reading, desks.writing, desks.reading), strict=True):
        vault.register.fetch()
        vault.subject_rights.erase(subject(vault, number), witness(vault), ErasureReason.REQUESTED)
    desks.reading.save(enrolment("9", "New"))
    both_in_step(desks)
    assert len(desks.writing.register.desks.erasures()) == len(PEOPLE)
    assert {person.number for person in desks.writing.directory()} == {"9"}


def test_keys_that_could_not_be_mailed_are_owed(desks: Desks) -> None:
    both_in_step(desks)
    desks.sql("DELETE FROM mlid.prekey")
    vault = desks.reading
    vault.subject_rights.erase(subject(vault, "1"), witness(vault), ErasureReason.REQUESTED)
    for act in (desks.writing.register.fetch, partial(desks.writing.save, enrolment("9", "New"))):
        assert code_of(act) == Code.REGISTER_KEYS_AWAITED.value
    assert desks.writing.find("1") is not None
    vault.register.fetch()
    both_in_step(desks)
    assert desks.writing.find("1") is None


def test_without_the_server_nothing_that_desks_share_changes_and_checks_go_on(desks: Desks) -> None:
    desks.sql(NOBODY.format(desks.database))
    for vault in (desks.writing, desks.reading):
        person = subject(vault, "1")
        for act in (
            partial(vault.save, enrolment("9", "New")),
            partial(vault.subject_rights.erase, person, witness(vault), ErasureReason.REQUESTED),
        ):
            assert code_of(act) in TURNED_AWAY
        vault.count_attempt(person)
        vault.record_outcome(person, accepted=True)
        assert vault.verify().subjects == len(PEOPLE)
    desks.sql(ANYBODY.format(desks.database))
    both_in_step(desks)


@pytest.mark.parametrize("name", ["writing", "reading"])
def test_images_of_fingers_are_known_again_at_every_desk(desks: Desks, name: str) -> None:
    vault = getattr(desks, name)
    person = subject(vault, "1")
    for number in (1, 2):
        vault.record_outcome(person, accepted=True, touches=[touch(number)])
        assert vault.touches(person)[-1] == touch(number)  # before the register has it
    both_in_step(desks)
    assert desks.writing.touches(person) == desks.reading.touches(person) == (touch(1), touch(2))


def test_a_visit_of_who_was_erased_meanwhile_is_dropped(desks: Desks) -> None:
    person = subject(desks.reading, "1")
    desks.reading.record_outcome(person, accepted=True, touches=[touch(1)])
    desks.writing.subject_rights.erase(person, witness(desks.writing), ErasureReason.REQUESTED)
    both_in_step(desks)
    with desks.reading._state.database.reading() as local:
        assert not are_noted(read_facts(local))


def test_an_act_about_everybody_may_take_longer_than_a_desk_that_stopped(desks: Desks) -> None:
    shared = desks.writing._state.shared
    for is_long, expected in ((False, "10s"), (True, "10min")):
        with shared.held(is_long=is_long):
            connection = desks.writing.register._shared._turns.hold.connection  # type: ignore[union-attr]  # it is held
            assert connection.rows("SHOW idle_in_transaction_session_timeout") == [(expected,)]


def test_a_change_that_was_not_announced_is_refused_where_others_wrote_meanwhile(desks: Desks) -> None:
    """A transaction that did not hold the register from its beginning goes through only where nothing was changed."""
    desks.writing.save(enrolment("9", "New"))
    state, person = desks.reading._state, subject(desks.reading, "1")

    def change() -> None:
        from mlid_desktop.vault.subjects import consent_and_retention

        with state.changing() as transaction:
            consent_and_retention.note_seen(transaction, person, "2050-01-01")

    assert code_of(change) == Code.REGISTER_MOVED_ON.value
    desks.reading.register.fetch()
    change()
    both_in_step(desks)


def test_sending_and_reading_back_say_how_far_they_are(desks: Desks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(change_writer, "ITEMS_AT_A_TIME", 2)
    desks.writing.register.send()
    items = desks.writing.register.count_shared().total()
    mark_unsent(desks.writing)
    desks.sql("DELETE FROM mlid.item")
    heard: list[tuple[int, int]] = []
    desks.writing.register.send(lambda done, of: heard.append((done, of)))
    assert heard == [(min(done, items), items) for done in range(2, items + 2, 2)]
    heard.clear()
    desks.writing.register.verify(lambda done, of: heard.append((done, of)))
    assert heard == [(done, items) for done in range(2, items + 1, 2)]


def mark_unsent(vault: Vault) -> None:
    """The register has to be made the state of the vault."""
    with vault._state.changing() as transaction:
        transaction.facts[change_writer.UNSENT] = b"\x01"
