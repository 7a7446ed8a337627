"""Suspicions in a vault: counted once, audited, kept through rotation and erasure, released by two."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mlid_desktop.decision.lockout import MOST_IN_SEARCHES, SEARCH_DELAY, search_wait
from mlid_desktop.domain.characteristics import FACE
from mlid_desktop.domain.decisions import Journey, ReleaseReason, Suspicion, SuspicionStanding
from mlid_desktop.domain.errors import Code, MlidError, UsageError, VaultError
from mlid_desktop.domain.provenance import DeviceIdentity, SourceKind
from mlid_desktop.domain.subjects import Operator, Role, ShownInstead
from mlid_desktop.vault.lifecycle import Vault
from mlid_desktop.vault.subjects.drafts import DraftKind
from mlid_desktop.vault.subjects.suspicion_log import CANDIDATE, KEPT, Attempt
from tests.doubles import FixedClock
from tests.makers import CAMERA
from tests.unit.vault.conftest import enrolment, witness

SHOWN = Suspicion(FACE, SourceKind.LIVE, CAMERA)
PASSPORT = ShownInstead.IDENTITY_DOCUMENT


def attempt(number: int, subject_id: str, journey: Journey = Journey.RE_ENROLMENT) -> Attempt:
    return Attempt(f"{number:032x}", journey, subject_id, subject_id)


def test_a_suspicion_is_counted_and_audited_once_however_often_it_is_noted(vault: Vault) -> None:
    person = vault.save(enrolment()).subject_id
    for _ in range(3):
        vault.suspicions.note(SHOWN, attempt(1, person))
    (noted,) = vault.suspicions.of_person(person)
    assert (noted.journey, noted.standing, noted.device_name) == (
        Journey.RE_ENROLMENT,
        SuspicionStanding.OPEN,
        CAMERA.name,
    )
    assert vault.attempts(person).failed_in_a_row == 1
    entries = [entry for entry in vault.audit.entries() if entry.event == "suspicion.noted"]
    assert [(entry.facts["subject"], entry.facts["purpose"]) for entry in entries] == [(person, "re_enrolment")]


def test_an_attempt_that_a_suspicion_ended_is_never_accepted_saved_kept_or_withdrawn(vault: Vault) -> None:
    person = vault.save(enrolment("1")).subject_id
    vault.count_attempt(person)
    vault.suspicions.note(SHOWN, attempt(1, person, Journey.VERIFICATION))
    ended = attempt(1, person).attempt_id
    vault.withdraw_attempt(person, attempt_id=ended)
    assert vault.attempts(person).failed_in_a_row == 1
    with pytest.raises(UsageError) as accepted:
        vault.record_outcome(person, accepted=True, attempt_id=ended)
    with pytest.raises(UsageError) as kept:
        vault.drafts.save(DraftKind.ENROLMENT, person, b"x", attempt_id=ended)
    assert {accepted.value.code, kept.value.code} == {Code.USAGE_ATTEMPT_ENDED}
    assert vault.attempts(person).failed_in_a_row == 1


def test_the_draft_of_the_attempt_goes_with_the_suspicion(vault: Vault) -> None:
    candidate = enrolment("7")
    vault.drafts.save(DraftKind.ENROLMENT, candidate.subject_id, b"x", attempt_id=attempt(1, "").attempt_id)
    key = vault.suspicions.key_of(candidate.subject_id, "7")
    vault.suspicions.note(SHOWN, Attempt("1" * 32, Journey.ENROLMENT, key, candidate.subject_id))
    assert vault.drafts.all() == ()
    assert key.startswith(CANDIDATE)
    assert vault.attempts(key).failed_in_a_row == 1
    assert vault.suspicions.key_of("", " 7 ") == key


def test_who_is_enrolled_later_takes_over_what_was_counted_of_the_number(vault: Vault) -> None:
    later = enrolment("7")
    key = vault.suspicions.key_of(later.subject_id, "7")
    vault.suspicions.note(SHOWN, attempt(1, key, Journey.ENROLMENT))
    vault.save(later)
    (noted,) = vault.suspicions.of_person(later.subject_id)
    assert noted.standing is SuspicionStanding.MET
    assert vault.attempts(later.subject_id).failed_in_a_row == 1


def test_two_people_one_of_them_a_supervisor_release_with_a_document(vault: Vault) -> None:
    person = vault.save(enrolment()).subject_id
    vault.suspicions.note(SHOWN, attempt(1, person))
    refused: list[Code] = []
    for document, second in ((ShownInstead.KNOWN_TO_STAFF, witness(vault)), (PASSPORT, None)):
        with pytest.raises(MlidError) as fault:
            vault.suspicions.release(person, ReleaseReason.POOR_LIGHT, document, second)
        refused.append(fault.value.code)
    assert refused == [Code.USAGE_BAD_ARGUMENT, Code.VAULT_SECOND_PERSON_NEEDED]
    vault.suspicions.release(person, ReleaseReason.POOR_LIGHT, PASSPORT, witness(vault))
    (noted,) = vault.suspicions.of_person(person)
    assert noted.standing is SuspicionStanding.RELEASED
    assert vault.attempts(person).failed_in_a_row == 0
    entry = vault.audit.entries()[-1]
    assert (entry.event, entry.facts["reason"], entry.facts["second"]) == ("attempts.released", "poor_light", "witness")


def test_two_operators_release_nobody(vault: Vault) -> None:
    person = vault.save(enrolment()).subject_id
    vault.suspicions.note(SHOWN, attempt(1, person))
    vault._state.operator = Operator("clerk", Role.OPERATOR)
    other = vault._state.second_persons.confirmed(Operator("olga", Role.OPERATOR), "")
    with pytest.raises(VaultError) as fault:
        vault.suspicions.release(person, ReleaseReason.OTHER, PASSPORT, other)
    assert fault.value.code is Code.VAULT_NOT_PERMITTED
    assert vault.attempts(person).failed_in_a_row == 1


def test_counts_outlive_a_rotation_and_belong_to_nobody_after_an_erasure(vault: Vault) -> None:
    person = vault.save(enrolment("1")).subject_id
    vault.suspicions.note(SHOWN, attempt(1, person))
    key = vault.suspicions.key_of("", "7")
    vault.suspicions.note(SHOWN, attempt(2, key, Journey.ENROLMENT))
    vault.rotation.rotate(deep=True)
    assert vault.suspicions.key_of("", "7") == key
    assert [vault.attempts(subject_id).failed_in_a_row for subject_id in (person, key)] == [1, 1]
    vault.subject_rights.erase(person, witness(vault))
    assert [noted.subject_id for noted in vault.suspicions.recent()] == ["", key]
    vault.verify()


def test_what_bears_on_nobody_goes_after_a_month_and_what_is_open_stays(vault: Vault, clock: FixedClock) -> None:
    person = vault.save(enrolment("1")).subject_id
    vault.suspicions.note(SHOWN, attempt(1, person))
    vault.suspicions.note(SHOWN, attempt(2, "", Journey.IDENTIFICATION))
    clock.set_wall(clock.now() + KEPT + timedelta(days=1))
    other = Suspicion(FACE, SourceKind.RECORDED, DeviceIdentity("file", "x", "a name in a file"))
    vault.suspicions.note(other, attempt(3, "", Journey.IDENTIFICATION))
    kept = [(noted.attempt_id, noted.device_name) for noted in vault.suspicions.recent()]
    assert kept == [(attempt(1, "").attempt_id, CAMERA.name), (attempt(3, "").attempt_id, "")]


def test_a_clock_that_ran_ahead_delays_no_search_once_it_is_right(vault: Vault, clock: FixedClock) -> None:
    right = clock.now()
    clock.set_wall(right + timedelta(days=365))
    for number in range(MOST_IN_SEARCHES):
        vault.suspicions.note(SHOWN, attempt(number, "", Journey.IDENTIFICATION))
    clock.set_wall(right)
    vault.trust_clock()
    times = [noted.at for noted in vault.suspicions.of_searches_with(CAMERA)]
    assert times == [right] * MOST_IN_SEARCHES
    assert search_wait(times, right + SEARCH_DELAY) == 0.0
    vault.verify()


def test_searches_are_told_by_device_and_by_who_was_at_the_desk(vault: Vault) -> None:
    vault.suspicions.note(SHOWN, attempt(1, "", Journey.IDENTIFICATION))
    vault._state.operator = Operator("clerk", Role.OPERATOR)
    another = DeviceIdentity("camera", "usb-9", "Another")
    vault.suspicions.note(Suspicion(FACE, SourceKind.LIVE, another), attempt(2, "", Journey.IDENTIFICATION))
    assert [len(vault.suspicions.of_searches_with(device)) for device in (CAMERA, another)] == [1, 1]
    assert len(vault.suspicions.of_own_searches()) == 1
