"""People who ask to be checked without movements: what a verification begins with, and who accepts them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mlid_desktop.domain.characteristics import FACE
from mlid_desktop.domain.decisions import AttemptRequirement, Journey, Suspicion, Verdict
from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.domain.provenance import SourceKind
from mlid_desktop.domain.reasons import Reason
from mlid_desktop.domain.roles import SecondPerson
from mlid_desktop.domain.subjects import Details, SubjectSummary
from mlid_desktop.station.session import StationSession
from mlid_desktop.vault.lifecycle import Vault
from mlid_desktop.vault.subjects.suspicion_log import Attempt
from mlid_desktop.workflow import events
from mlid_desktop.workflow.verification import VerificationSession
from tests.makers import CAMERA, INDEX, observation
from tests.unit.vault.conftest import enrolment
from tests.unit.workflow.test_without_movements import touched


@pytest.fixture
def person(session: StationSession, vault: Vault) -> SubjectSummary:
    """Somebody with a face and a finger, who asks to be checked without movements."""
    made = enrolment("1002")
    captures = (observation(), observation(characteristic=INDEX, liveness=None))
    details = Details(made.details.number, made.details.name, without_movements=True)
    vault.save(replace(made, captures=captures, details=details))
    return session.subjects.by_number("1002")


def confirmed(begun: VerificationSession, score: float = 0.5) -> VerificationSession:
    """The attempt after a finger that matches, and a second person."""
    started = begun.advance(events.CaptureStarted(INDEX)).advance(touched(INDEX, score, 1, repeated=False))
    kept = started.advance(events.CaptureKept()).advance(events.Attested())
    assert kept.lacks_confirmation_alone == (score >= 0.34)
    return kept.advance(events.SecondConfirmed()).advance(events.CapturesFinished())


def test_the_wish_is_part_of_the_record_and_is_heeded_from_the_beginning(
    session: StationSession, person: SubjectSummary
) -> None:
    assert person.without_movements
    assert session.subjects.record(person.subject_id).details.without_movements
    begun = session.verification.begin(person).session
    assert begun.wanted == (INDEX,)
    assert begun.circumstances.without_movements
    usual = session.verification.begin(person, (FACE,), without_movements=False).session
    assert usual.wanted == (FACE,)
    assert not usual.circumstances.without_movements


def test_it_is_changed_at_any_time_and_the_audit_does_not_say_to_what(
    session: StationSession, vault: Vault, person: SubjectSummary
) -> None:
    session.subject_rights.note_wish(person, without_movements=False)
    assert not session.subjects.by_number("1002").without_movements
    noted = vault.audit.entries()[-1]
    assert (noted.event, noted.facts["subject"]) == ("wish.noted", person.subject_id)
    assert set(noted.facts) <= {"subject", "operator"}
    assert session.verification.begin(session.subjects.by_number("1002")).session.wanted == (FACE,)
    assert vault.verify().subjects == 2


def test_enrolling_anew_keeps_the_wish(session: StationSession, person: SubjectSummary) -> None:
    details = session.enrolment.begin_re_enrolment(person).details
    assert details is not None
    assert details.without_movements


def test_only_two_people_accept(
    session: StationSession, vault: Vault, person: SubjectSummary, second: SecondPerson
) -> None:
    decided = confirmed(session.verification.begin(person).session)
    assert decided.verdict is Verdict.ACCEPTED
    with pytest.raises(VaultError) as fault:
        session.verification.record_outcome(person, decided)
    assert fault.value.code is Code.VAULT_SECOND_PERSON_NEEDED
    assert vault.attempts(person.subject_id).failed_in_a_row == 1
    session.verification.record_outcome(person, decided, second)
    assert vault.attempts(person.subject_id).failed_in_a_row == 0
    facts = vault.audit.entries()[-1].facts
    assert (facts["verdict"], facts["how"], facts["second"]) == ("accepted", "without_movements", "olga")


def test_a_finger_that_only_the_policy_would_take_is_refused(session: StationSession, person: SubjectSummary) -> None:
    decided = confirmed(session.verification.begin(person).session, 0.31)
    assert decided.verdict is Verdict.REJECTED


def test_without_a_finger_nothing_is_counted_and_the_person_is_checked_otherwise(
    session: StationSession, vault: Vault
) -> None:
    vault.save(replace(enrolment("1003"), captures=(observation(),)))
    session.subject_rights.note_wish(session.subjects.by_number("1003"), without_movements=True)
    person = session.subjects.by_number("1003")
    assert session.verification.fingers_in_place_of_movements(person) == ()
    begun = session.verification.begin(person).session
    assert begun.decision is not None
    assert begun.decision.reasons == (Reason.NO_ALTERNATIVE,)
    assert vault.attempts(person.subject_id).failed_in_a_row == 0


def test_after_a_suspicion_a_finger_alone_is_refused_and_two_people_may_release_at_once(
    session: StationSession, vault: Vault, person: SubjectSummary
) -> None:
    """The challenge, which somebody else could meet, is nothing that this person can be asked for."""
    suspicion = Suspicion(INDEX, SourceKind.LIVE, CAMERA)
    vault.suspicions.note(suspicion, Attempt("a" * 32, Journey.VERIFICATION, person.subject_id))
    state = session.verification.attempts(person)
    assert state.requirement is AttemptRequirement.CHALLENGE_OR_SECOND_MODALITY
    assert state.may_release
    counted = vault.attempts(person.subject_id).failed_in_a_row
    begun = session.verification.begin(person).session
    assert begun.decision is not None
    assert begun.decision.reasons == (Reason.MORE_IS_ASKED,)
    assert vault.attempts(person.subject_id).failed_in_a_row == counted
