"""What one desk writes the other has: people, corrections, erasures, keys; and days of visits back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from types import SimpleNamespace
from typing import cast

import pytest

from mlid_desktop.domain.characteristics import FACE, Modality
from mlid_desktop.domain.decisions import Journey, Suspicion
from mlid_desktop.domain.errors import Code
from mlid_desktop.domain.provenance import SourceKind
from mlid_desktop.domain.subjects import ErasureReason, Role, Withdrawal
from mlid_desktop.station.services.identification import IdentificationService
from mlid_desktop.station.services.recognition.gallery_preparation import GalleryPreparation
from mlid_desktop.station.services.recognition.recognition import Recognition
from mlid_desktop.station.services.suspicion_recorder import SuspicionRecorder
from mlid_desktop.station.services.vault_session import VaultSession
from mlid_desktop.vault.backup.kinds import target_at
from mlid_desktop.vault.keys.slots import FLOOR
from mlid_desktop.vault.restore import Credential, restore_backup
from mlid_desktop.vault.subjects.suspicion_log import Attempt, Marks
from mlid_desktop.workflow.identification import IdentificationSession
from tests.makers import CAMERA
from tests.unit.vault.conftest import PASSPHRASE, WITNESS, enrolment, reopened, witness
from tests.unit.vault.register.conftest import PEOPLE, Desks, code_of, subject

TOO_LONG_AGO = Code.REGISTER_TOO_LONG_AGO.value


def in_step(desks: Desks) -> None:
    desks.writing.register.send()
    desks.reading.register.fetch()


def test_a_desk_that_joined_has_everybody(desks: Desks) -> None:
    assert {person.number for person in desks.reading.directory()} == set(PEOPLE)
    for modality in (Modality.FACE, Modality.FINGERPRINT):
        there, here = (vault.all_references(modality) for vault in (desks.writing, desks.reading))
        assert there == here
        assert len(here) == len(PEOPLE)
    assert desks.reading.verify().subjects == len(PEOPLE)


def test_a_new_person_is_there_and_is_told_to_the_galleries(desks: Desks) -> None:
    saved = desks.writing.save(enrolment("9", "New"))
    assert desks.reading.find("9") is None
    in_step(desks)
    assert desks.reading.find("9") == saved
    assert set(desks.reading.searches.changed_references()) == {saved.subject_id}


def test_an_act_is_one_change_of_the_register_and_nothing_is_sent_twice(desks: Desks) -> None:
    ((before,),) = desks.sql("SELECT n FROM mlid.state")
    desks.writing.save(enrolment("9", "New"))
    desks.writing.register.send()
    desks.reopen_writing()
    desks.writing.register.send()
    assert desks.sql("SELECT n FROM mlid.state") == [(before + 1,)]
    assert desks.sql(f"SELECT count(*) FROM mlid.item WHERE changed = {before + 1}") == [(4,)]


def test_a_withdrawal_stops_comparisons_at_the_other_desk(desks: Desks) -> None:
    person = desks.writing.find("1")
    assert person is not None
    desks.writing.subject_rights.withdraw_consent(person.subject_id, Withdrawal(desks.clock.now()))
    in_step(desks)
    assert desks.reading.references(person.subject_id) == ()


def test_an_erased_person_is_gone_everywhere_and_the_keys_are_new(desks: Desks) -> None:
    person = desks.writing.find("1")
    assert person is not None
    before = desks.reading._state.keys.wrapped
    desks.writing.subject_rights.erase(person.subject_id, witness(desks.writing), ErasureReason.REQUESTED)
    in_step(desks)
    assert desks.reading.find("1") is None
    assert not desks.sql(f"SELECT FROM mlid.item WHERE encode(key, 'hex') LIKE '{person.subject_id}%'")
    assert desks.reading.verify().subjects == len(PEOPLE) - 1
    assert desks.reading._state.keys.wrapped != before
    desks.writing.save(enrolment("9", "New"))
    in_step(desks)
    assert desks.reading.find("9") is not None
    desks.reading.lock()
    desks.reading = reopened(desks.home / "reading", desks.clock)
    assert desks.reading.find("2") is not None


def test_who_may_open_the_vault_follows(desks: Desks) -> None:
    fresh = "another passphrase of the supervisor"
    desks.writing.operators.change_passphrase(PASSPHRASE, fresh, FLOOR)
    desks.writing.save(enrolment("9", "New"))
    in_step(desks)
    desks.reading.lock()
    desks.reading = reopened(desks.home / "reading", desks.clock, passphrase=fresh)
    assert desks.reading.find("9") is not None


def test_an_operator_who_was_admitted_there_opens_it_here(desks: Desks) -> None:
    added = "the operator's own passphrase"
    desks.writing.operators.add("olga", Role.OPERATOR, added, witness(desks.writing), cost=FLOOR)
    in_step(desks)
    desks.reading.lock()
    desks.reading = reopened(desks.home / "reading", desks.clock, "olga", added)
    assert {person.number for person in desks.reading.directory()} == set(PEOPLE)


def test_a_visit_at_the_reading_desk_counts_at_the_other(desks: Desks) -> None:
    person = desks.reading.find("1")
    assert person is not None
    desks.clock.advance(3 * 86400)
    desks.reading.register.fetch()
    desks.reading.count_attempt(person.subject_id)
    desks.reading.record_outcome(person.subject_id, accepted=True)
    desks.reading.register.fetch()
    before = desks.writing.subject_rights.due(desks.clock.now().date() + timedelta(days=20 * 365))
    desks.writing.register.send()
    after = desks.writing.subject_rights.due(desks.clock.now().date() + timedelta(days=20 * 365))
    days = [{record.subject_id: record for record in found}.get(person.subject_id) for found in (before, after)]
    assert days[0] != days[1]


def test_what_one_desk_does_for_all_is_refused_at_others(desks: Desks) -> None:
    for act in (
        partial(desks.reading.rotation.rotate),
        partial(desks.reading.register.send),
        partial(desks.reading.operators.change_passphrase, PASSPHRASE, "quite another passphrase", FLOOR),
    ):
        assert code_of(act) == Code.REGISTER_LED_ELSEWHERE.value
    assert desks.reading.verify().subjects == len(PEOPLE)


def test_checks_go_on_for_eight_hours_without_the_server_and_no_longer(desks: Desks) -> None:
    person = desks.reading.find("1")
    assert person is not None
    desks.clock.advance(8 * 3600 - 1)
    assert desks.reading.count_attempt(person.subject_id).failed_in_a_row == 1
    desks.clock.advance(2)
    count = partial(desks.reading.count_attempt, person.subject_id)
    assert code_of(count) == TOO_LONG_AGO
    desks.reading.register.fetch()
    assert desks.reading.count_attempt(person.subject_id).failed_in_a_row == 2


def test_a_policy_says_for_how_long_checks_go_on_without_the_server(desks: Desks) -> None:
    person = desks.reading.find("1")
    assert person is not None
    desks.clock.advance(2 * 3600 - 1)
    assert desks.reading.count_attempt(person.subject_id, timedelta(hours=2)).failed_in_a_row == 1
    desks.clock.advance(2)
    assert code_of(partial(desks.reading.count_attempt, person.subject_id, timedelta(hours=2))) == TOO_LONG_AGO
    assert desks.reading.count_attempt(person.subject_id).failed_in_a_row == 2


def test_without_the_server_somebody_fails_three_times_and_then_the_desk_has_to_be_connected(desks: Desks) -> None:
    person, other = (desks.reading.find(number) for number in "12")
    assert person is not None
    assert other is not None
    count = partial(desks.reading.count_attempt, person.subject_id)
    assert [count().failed_in_a_row for _ in range(4)] == [1, 2, 3, 4]  # in step: the policy's delays are what counts
    desks.reading.record_outcome(person.subject_id, accepted=True)
    desks.clock.advance(11 * 60)
    assert [count().failed_in_a_row for _ in range(3)] == [1, 2, 3]
    assert code_of(count) == Code.REGISTER_TRIED_ENOUGH.value
    assert desks.reading.count_attempt(other.subject_id).failed_in_a_row == 1
    desks.reading.register.fetch()
    assert count().failed_in_a_row == 4


def test_a_search_ends_when_checks_do(desks: Desks) -> None:
    policy = SimpleNamespace(without_register=timedelta(hours=3))
    session = cast(VaultSession, SimpleNamespace(vault=desks.reading, now=desks.clock.now, policy=policy))
    recorder = cast(SuspicionRecorder, SimpleNamespace(settle=lambda: None))
    service = IdentificationService(session, cast(Recognition, None), recorder, cast(GalleryPreparation, None))
    begun = cast(IdentificationSession, SimpleNamespace(attempt_id="a"))
    acts = (partial(service.require_no_wait, CAMERA), partial(service.require_unsuspected, begun))
    desks.clock.advance(3 * 3600 - 1)
    for act in acts:
        act()
    desks.clock.advance(2)
    for act in acts:
        assert code_of(act) == TOO_LONG_AGO
    desks.reading.register.fetch()
    for act in acts:
        act()


def test_no_clock_makes_an_old_copy_young(desks: Desks) -> None:
    person = desks.reading.find("1")
    assert person is not None
    count = partial(desks.reading.count_attempt, person.subject_id)
    desks.clock.set_wall(desks.clock.now() - timedelta(hours=1))
    assert code_of(count) == TOO_LONG_AGO
    desks.clock.set_wall(desks.clock.now() + timedelta(hours=2))
    assert count().failed_in_a_row == 1
    desks.clock.restart(60)
    assert code_of(count) == TOO_LONG_AGO


def test_both_founders_open_the_copy(desks: Desks) -> None:
    desks.reading.lock()
    desks.reading = reopened(desks.home / "reading", desks.clock, *WITNESS)
    assert desks.reading.operator.name == WITNESS[0]


def test_a_restored_vault_is_in_no_register_and_sends_everything_to_a_new_one(
    desks: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it remembers of the first register says nothing of another, which is empty."""
    target = target_at(str(desks.home / "backup"))
    desks.writing.backups.create(target)
    credentials = Credential("sup", PASSPHRASE), Credential(*WITNESS)
    restore_backup(target, desks.home / "restored", credentials[0], desks.clock, second=credentials[1])
    restored = reopened(desks.home / "restored", desks.clock)
    try:
        assert restored.register.link is None
        assert code_of(partial(restored.register.send)) == Code.REGISTER_NONE.value
        monkeypatch.setenv("PGDATABASE", desks.server.database())
        reached = {"host": "127.0.0.1", "port": str(desks.server.port)}
        made = restored.register.create({**reached, "user": "postgres"}, reached, "Front desk", witness(restored))
        desks.server.let_in(made.authority, ())
        restored.register.send()
        assert restored.register.verify().items == 4 * len(PEOPLE)
    finally:
        restored.lock()


def test_what_was_noted_of_a_number_goes_on_as_whoever_is_enrolled_under_it_elsewhere(desks: Desks) -> None:
    """Who was suspected here under a number, and enrolled at another desk, begins with no clean slate here."""
    number = "77"
    marks = Marks(desks.reading._state.keys.audit.entries)
    candidate = marks.candidate(number)
    for attempt in ("a", "b"):
        found = Suspicion(FACE, SourceKind.LIVE, CAMERA)
        desks.reading.suspicions.note(found, Attempt(attempt * 32, Journey.ENROLMENT, candidate))
    desks.writing.save(enrolment(number, "New"))
    in_step(desks)
    person = subject(desks.reading, number)
    assert desks.reading.attempts(person).failed_in_a_row == 2
    assert len(desks.reading.suspicions.of_person(person)) == 2
    assert not desks.reading.suspicions.of_person(candidate)
    desks.reading.suspicions.note(
        Suspicion(FACE, SourceKind.LIVE, CAMERA), Attempt("c" * 32, Journey.ENROLMENT, marks.candidate("78"))
    )
    corrected = replace(desks.writing.record(person).details, number="78")
    desks.writing.corrections.correct(person, corrected, witness(desks.writing))
    in_step(desks)
    assert desks.reading.attempts(person).failed_in_a_row == 3
    assert len(desks.reading.suspicions.of_person(person)) == 3
    desks.reading.verify()
