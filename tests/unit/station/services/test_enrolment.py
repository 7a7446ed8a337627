"""What is kept of an enrolment that does not end saved: a declined consent, a draft."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.domain.subjects import Consent, ConsentOutcome, Details, new_identifier
from mlid_desktop.station.session import StationSession
from mlid_desktop.vault.lifecycle import Vault
from mlid_desktop.workflow import events
from mlid_desktop.workflow.enrolment import EnrolmentSession
from mlid_desktop.workflow.enrolment_steps import EnrolmentStage
from tests.makers import ENROLLED
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
