"""What is kept of an enrolment that does not end saved: a declined consent, a draft."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from mlid_desktop.domain.characteristics import FACE, Modality
from mlid_desktop.domain.errors import Code, UsageError, VaultError
from mlid_desktop.domain.subjects import (
    Consent,
    ConsentOutcome,
    Details,
    ExceptionReason,
    Standing,
    new_identifier,
)
from mlid_desktop.station.session import StationSession
from mlid_desktop.vault.lifecycle import Vault
from mlid_desktop.workflow import events
from mlid_desktop.workflow.enrolment import EnrolmentSession
from mlid_desktop.workflow.enrolment_steps import EnrolmentStage
from tests.makers import ENROLLED, evidence
from tests.unit.station.services.meanwhile import MEANWHILE, TAKEN_BACK, witness
from tests.unit.vault.conftest import AGREED, enrolment
from tests.unit.workflow.test_sessions import enrolling, reviewed


def agreed(session: StationSession, number: str) -> EnrolmentSession:
    """Consent and details of a new person."""
    consent = Consent(ConsentOutcome.ACCEPTED, "1-abc", "en", ENROLLED)
    begun = session.enrolment.begin().advance(events.ConsentAnswered(consent))
    return begun.advance(events.DetailsEntered(Details(number, f"Person {number}")))


def test_of_who_declined_only_that_it_happened_is_kept(session: StationSession, vault: Vault) -> None:
    consent = Consent(ConsentOutcome.DECLINED, "1-abc", "en", ENROLLED, "Eve Okoye", "I am Amara, leave me alone")
    session.enrolment.record_refusal(session.enrolment.begin().advance(events.ConsentAnswered(consent)))
    entry = vault.audit.entries()[-1]
    assert entry.event == "consent.declined"
    assert entry.facts["reason"] == "other"
    assert entry.facts["subject"] == ""
    assert "Amara" not in str(entry)
    assert len(vault.directory()) == 1


def test_what_was_saved_and_not_told_is_saved_once(session: StationSession, vault: Vault) -> None:
    """Saving was cut off after a register had it: whoever saves again is not asked for a second person."""
    confirmed = replace(reviewed(enrolling(demo=True)), subject_id=new_identifier()).advance(events.Confirmed())
    confirmed = replace(confirmed, details=Details("2001", "Ann"))
    for _ in range(2):
        assert session.enrolment.save(confirmed).stage is EnrolmentStage.SAVED
    assert len(vault.directory()) == 2


def test_who_is_enrolled_anew_agrees_anew_though_the_templates_are_the_old_ones(session: StationSession) -> None:
    confirmed = replace(reviewed(enrolling(demo=True)), subject_id=new_identifier()).advance(events.Confirmed())
    confirmed = replace(confirmed, details=Details("2001", "Ann"))
    session.enrolment.save(confirmed)
    assert confirmed.consent is not None
    anew = replace(confirmed, consent=replace(confirmed.consent, given_at=ENROLLED + timedelta(days=1)))
    corrected = replace(confirmed, details=Details("2001", "Anna"))
    for other in (anew, corrected):
        with pytest.raises(VaultError) as fault:
            session.enrolment.save(other)
        assert fault.value.code is Code.VAULT_SECOND_PERSON_NEEDED


def test_a_later_draft_of_a_person_takes_the_place_of_the_earlier(session: StationSession) -> None:
    enrolment = agreed(session, "2001")
    first = session.enrolment.save_draft(enrolment)
    later = session.enrolment.save_draft(enrolment, replaces=first)
    assert [draft.name for draft in session.pending_work().drafts] == [later]


def test_a_draft_is_never_replaced_by_another_persons(session: StationSession) -> None:
    first = session.enrolment.save_draft(agreed(session, "2001"))
    other = session.enrolment.save_draft(agreed(session, "2002"), replaces=first)
    waiting = {draft.name: draft.details.number for draft in session.pending_work().drafts}
    assert waiting == {first: "2001", other: "2002"}


def test_what_a_person_leaves_out_stays_left_out_in_a_draft(session: StationSession) -> None:
    consent = Consent(ConsentOutcome.ACCEPTED, "1-abc", "en", ENROLLED, left_out=(Modality.VOICE,))
    begun = session.enrolment.begin().advance(events.ConsentAnswered(consent))
    begun = begun.advance(events.DetailsEntered(Details("2001", "Ann")))
    resumed = session.enrolment.resume(session.enrolment.save_draft(begun))
    assert resumed.left_out == {Modality.VOICE}
    assert {told.reason for told in resumed.exceptions} == {ExceptionReason.DECLINED}


def anew(session: StationSession, number: str = "1001") -> EnrolmentSession:
    """A person who is enrolled agrees anew and is captured."""
    begun = session.enrolment.begin_re_enrolment(session.subjects.by_number(number))
    agreed_anew = begun.advance(events.ConsentAnswered(replace(AGREED, given_at=ENROLLED + timedelta(minutes=1))))
    return captured(agreed_anew)


def captured(session: EnrolmentSession) -> EnrolmentSession:
    """The face is captured."""
    session = session.advance(events.CaptureStarted(FACE))
    for _ in range(12):
        session = session.advance(evidence())
    return session.advance(events.CaptureKept())


def confirmed(session: EnrolmentSession) -> EnrolmentSession:
    """Nobody similar was found, and the operator looked through everything."""
    found = session.advance(events.CapturesFinished()).advance(events.CandidatesFound((), 10, 0.01))
    return found.advance(events.Attested()).advance(events.Confirmed())


@pytest.mark.parametrize("way", ["in the window", "from a draft", "after a suspicion"])
@pytest.mark.parametrize("happened", MEANWHILE)
def test_nobody_is_enrolled_anew_by_a_consent_of_before_the_record_changed(
    session: StationSession, vault: Vault, happened: str, way: str
) -> None:
    """What was said last stands, whichever clock says when: who took consent back did so, though they had agreed to be
    enrolled anew before; and nobody comes back by an enrolment that waited."""
    person = session.subjects.by_number("1001")
    begun = anew(session)
    if way == "after a suspicion":
        begun = captured(session.enrolment.begin_again(begun))
    draft = session.enrolment.save_draft(begun) if way == "from a draft" else ""
    MEANWHILE[happened](vault, person)
    before = vault.record(person.subject_id) if happened != "erased" else None
    if draft:
        if happened == "erased":  # the draft went with the person
            with pytest.raises(UsageError):
                session.enrolment.resume(draft)
            return
        begun = session.enrolment.resume(draft)
    with pytest.raises(UsageError) as fault:
        session.enrolment.save(confirmed(begun), witness(vault))
    assert fault.value.code is Code.USAGE_RECORD_CHANGED
    if before is None:
        assert not vault.people.is_enrolled(person.subject_id)
        with pytest.raises(UsageError):
            vault.save(replace(enrolment("1001"), subject_id=person.subject_id))
    else:
        assert vault.record(person.subject_id) == before
    vault.verify()


def test_who_agrees_anew_after_a_withdrawal_is_enrolled_anew(session: StationSession, vault: Vault) -> None:
    person = session.subjects.by_number("1001")
    vault.subject_rights.withdraw_consent(person.subject_id, TAKEN_BACK)
    resumed = session.enrolment.resume(session.enrolment.save_draft(anew(session)))
    vault.subject_rights.give_token(person.subject_id)  # a receipt changes nothing that anybody agreed to
    assert session.enrolment.save(confirmed(resumed), witness(vault)).stage is EnrolmentStage.SAVED
    assert vault.record(person.subject_id).withdrawal is None
    assert session.subjects.by_number("1001").standing is Standing.HELD


def test_what_was_saved_and_taken_back_is_not_brought_back_by_saving_it_again(
    session: StationSession, vault: Vault
) -> None:
    saved = replace(reviewed(enrolling(demo=True)), subject_id=new_identifier()).advance(events.Confirmed())
    saved = replace(saved, details=Details("2001", "Ann"))
    session.enrolment.save(saved)
    vault.subject_rights.withdraw_consent(saved.subject_id, TAKEN_BACK)
    with pytest.raises(UsageError) as fault:
        session.enrolment.save(saved, witness(vault))
    assert fault.value.code is Code.USAGE_RECORD_CHANGED
    assert vault.record(saved.subject_id).withdrawal == TAKEN_BACK
