"""Drafts of an earlier program (``tests/vectors/drafts``): their words are taken up, their captures are made anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlid_desktop.decision.verdict import Circumstances
from mlid_desktop.domain.characteristics import FACE
from mlid_desktop.domain.errors import Code, UsageError
from mlid_desktop.domain.subjects import ConsentOutcome
from mlid_desktop.station.drafts.enrolment_draft import (
    details_in,
    draft_of,
    head_and_body,
    join_head_and_body,
    session_of,
)
from mlid_desktop.station.drafts.search_draft import candidates_in, search_draft_of, search_of
from mlid_desktop.station.drafts.value_codec import pack, unpack
from mlid_desktop.workflow import events
from mlid_desktop.workflow.enrolment import EnrolmentSession
from mlid_desktop.workflow.enrolment_steps import EnrolmentStage
from mlid_desktop.workflow.identification import IdentificationSession, IdentificationStage
from tests.makers import ROOT, calibrations, evidence, policy

KEPT = ROOT / "tests" / "vectors" / "drafts" / "format_1"


def fresh_enrolment() -> EnrolmentSession:
    circumstances = Circumstances("enrolment", demo=False, attested=True)
    return EnrolmentSession("new", policy(), calibrations(), circumstances, attempt_id="a1")


def fresh_search() -> IdentificationSession:
    return IdentificationSession(policy(), calibrations(), Circumstances("identification", demo=False), FACE)


def kept(name: str) -> bytes:
    return Path(KEPT / f"{name}.bin").read_bytes()


def test_an_enrolment_of_before_keeps_who_it_is_and_what_was_agreed_to() -> None:
    assert details_in(kept("enrolment")).number == "1001"
    resumed = session_of(kept("enrolment"), fresh_enrolment())
    assert resumed.stage is EnrolmentStage.CAPTURE
    assert resumed.consent is not None
    assert resumed.consent.outcome is ConsentOutcome.ACCEPTED
    assert (resumed.subject_id, dict(resumed.kept), dict(resumed.templates)) == ("subject", {}, {})


def test_an_enrolment_of_now_keeps_what_was_captured() -> None:
    session = session_of(kept("enrolment"), fresh_enrolment()).advance(events.CaptureStarted(FACE))
    for _ in range(12):
        session = session.advance(evidence())
    session = session.advance(events.CaptureKept())
    assert set(session_of(draft_of(session), fresh_enrolment()).kept) == {FACE}


def test_a_search_of_before_is_begun_anew_with_the_same_characteristic() -> None:
    assert candidates_in(kept("search")) == 1
    resumed = search_of(kept("search"), fresh_search())
    assert (resumed.stage, resumed.capturing, resumed.found) == (IdentificationStage.CAPTURE, FACE, None)


def test_a_search_of_now_stands_before_its_answer() -> None:
    searched = fresh_search().advance(events.CaptureStarted(FACE))
    for _ in range(12):
        searched = searched.advance(evidence())
    searched = searched.advance(events.CaptureKept()).advance(events.CandidatesFound((), 1, 0.0))
    assert search_of(search_draft_of(searched), fresh_search()).stage is IdentificationStage.REVIEW


@pytest.mark.parametrize("number", [3, 0, "1", True, None])
def test_a_draft_of_another_program_is_not_read(number: object) -> None:
    head, body = head_and_body(kept("enrolment"))
    altered = {**unpack(head), "format": number}
    with pytest.raises(UsageError) as fault:
        session_of(join_head_and_body(pack(altered), body), fresh_enrolment())
    assert fault.value.code is Code.USAGE_UNKNOWN_DRAFT
