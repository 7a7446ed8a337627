"""The table of steps of an enrolment, and how faces go through it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mlid_desktop.decision.verdict import Circumstances
from mlid_desktop.domain.characteristics import FACE, Characteristic, Modality
from mlid_desktop.domain.subjects import CaptureException, Consent, ConsentOutcome, Details, ExceptionReason
from mlid_desktop.workflow import events
from mlid_desktop.workflow.enrolment import EnrolmentSession
from mlid_desktop.workflow.enrolment_navigation import (
    decline,
    first_open_step,
    is_declined,
    may_pass,
    step_back,
    step_forward,
)
from mlid_desktop.workflow.enrolment_steps import ORDER, STEPS, EnrolmentStage, EnrolmentStep, step_of
from tests.makers import ENROLLED, INDEX, calibrations, evidence, policy

AGREED = Consent(ConsentOutcome.ACCEPTED, "1", "en", ENROLLED)
NO_FACE = events.CaptureSkipped(CaptureException(FACE, ExceptionReason.DEVICE_ABSENT))


def begun() -> EnrolmentSession:
    circumstances = Circumstances("enrolment", demo=False, attested=True)
    return EnrolmentSession("subject", policy(), calibrations(), circumstances)


def at_captures() -> EnrolmentSession:
    session = begun().advance(events.ConsentAnswered(AGREED))
    return session.advance(events.DetailsEntered(Details("1001", "A B")))


def captured(session: EnrolmentSession, characteristic: Characteristic = FACE) -> EnrolmentSession:
    session = session.advance(events.CaptureStarted(characteristic))
    for _ in range(12):
        session = session.advance(evidence(characteristic=characteristic))
    return session.advance(events.CaptureKept())


def test_every_stage_has_a_step_and_every_modality_is_captured_once() -> None:
    assert {stage for row in STEPS.values() for stage in row.stages} == set(EnrolmentStage)
    assert [row.modality for row in STEPS.values() if row.modality] == list(Modality)
    assert set(ORDER) == set(EnrolmentStep)


def test_an_enrolment_goes_through_every_step_once() -> None:
    walked = [EnrolmentStep.CONSENT]

    def on(session: EnrolmentSession) -> EnrolmentSession:
        session, step = step_forward(session, walked[-1])
        walked.append(step)
        return session

    session = on(begun().advance(events.ConsentAnswered(AGREED)))
    session = on(session.advance(events.DetailsEntered(Details("1001", "A B"))))
    session = on(on(on(captured(session))))
    session = on(session.advance(events.CandidatesFound((), 10, 0.01)))
    on(session.advance(events.Confirmed()).advance(events.Saved()))
    assert tuple(walked) == ORDER


def test_who_declines_has_come_to_the_end() -> None:
    declined = replace(AGREED, outcome=ConsentOutcome.DECLINED)
    session = begun().advance(events.ConsentAnswered(declined))
    assert step_forward(session, EnrolmentStep.CONSENT)[1] is EnrolmentStep.ENDED


def test_what_the_person_leaves_out_is_passed_and_on_record() -> None:
    left_out = {Modality.FACE, Modality.VOICE}
    session = decline(at_captures(), left_out)
    assert {told.characteristic.modality for told in session.exceptions} == left_out
    session, step = step_forward(session, EnrolmentStep.DETAILS, left_out)
    assert step is EnrolmentStep.FINGERS  # nothing that decides is there yet: it is not passed
    session, step = step_forward(captured(session, INDEX), step, left_out)
    assert (step, session.stage) == (EnrolmentStep.DUPLICATES, EnrolmentStage.DUPLICATES)


def test_a_step_that_is_left_out_is_not_passed_while_nothing_can_decide_a_check() -> None:
    everything = set(Modality)
    session = decline(at_captures(), everything)
    assert step_forward(session, EnrolmentStep.DETAILS, everything)[1] is EnrolmentStep.FINGERS


def test_what_was_captured_goes_where_the_person_leaves_it_out_after_all() -> None:
    session = captured(captured(at_captures()), INDEX)
    left = decline(session, {Modality.FINGERPRINT})
    assert set(left.kept) == {FACE}
    assert is_declined(left, Modality.FINGERPRINT)
    assert not is_declined(left, Modality.FACE)
    assert not is_declined(captured(left, INDEX), Modality.FINGERPRINT)


def test_before_the_details_nothing_is_left_out() -> None:
    session = begun().advance(events.ConsentAnswered(AGREED))
    assert decline(session, {Modality.FACE}) is session


def test_what_the_desk_cannot_do_is_not_declined() -> None:
    assert not is_declined(at_captures().advance(NO_FACE), Modality.FACE)


def test_where_the_details_are_known_they_are_not_asked_again() -> None:
    known = replace(begun(), details=Details("1001", "A B")).advance(events.ConsentAnswered(AGREED))
    assert step_forward(known, EnrolmentStep.CONSENT)[1] is EnrolmentStep.FACE


@pytest.mark.parametrize("start", [EnrolmentStep.DUPLICATES, EnrolmentStep.REVIEW])
def test_going_back_ends_at_the_consent_and_keeps_what_was_gathered(start: EnrolmentStep) -> None:
    session = captured(at_captures()).advance(events.CapturesFinished())
    if start is EnrolmentStep.REVIEW:
        session = session.advance(events.CandidatesFound((), 10, 0.01))
    step, walked = start, []
    while STEPS[step].previous is not None:
        session, step = step_back(session, step)
        assert session.stage is STEPS[step].stages[0]
        walked.append(step)
    assert walked == list(reversed(ORDER[: ORDER.index(EnrolmentStep.DUPLICATES)]))
    assert FACE in session.kept
    with pytest.raises(events.OutOfOrderError):
        step_back(session, step)


def test_what_a_capturing_step_needs_before_it_is_passed() -> None:
    session = at_captures()
    assert not any(may_pass(session, step) for step in ORDER if STEPS[step].modality)
    without_face = session.advance(NO_FACE)
    assert may_pass(without_face, EnrolmentStep.FACE)
    assert not may_pass(without_face, EnrolmentStep.FINGERS)
    assert not may_pass(without_face, EnrolmentStep.VOICE)
    finger = captured(without_face, INDEX)
    assert may_pass(finger, EnrolmentStep.FINGERS)
    assert may_pass(finger, EnrolmentStep.VOICE)


def test_an_enrolment_taken_up_again_goes_on_at_the_face_unless_it_is_done_or_skipped() -> None:
    assert first_open_step(at_captures()) is EnrolmentStep.FACE
    assert first_open_step(captured(at_captures())) is EnrolmentStep.FINGERS
    assert first_open_step(at_captures().advance(NO_FACE)) is EnrolmentStep.FINGERS


@pytest.mark.parametrize("stage", EnrolmentStage)
def test_the_first_step_of_a_stage_is_found_without_knowing_where_one_was(stage: EnrolmentStage) -> None:
    assert stage in STEPS[step_of(stage)].stages


def test_what_was_interrupted_is_resumed_by_a_new_session_alone() -> None:
    before = captured(at_captures()).advance(events.CaptureSkipped(CaptureException(INDEX, ExceptionReason.MISSING)))
    takes = {characteristic: state.takes for characteristic, state in before.kept.items()}
    assert before.details is not None
    resumed = events.EnrolmentResumed("earlier", AGREED, before.details, takes, {}, before.exceptions)
    after = begun().advance(resumed)
    assert (after.stage, after.subject_id, after.details) == (EnrolmentStage.CAPTURE, "earlier", before.details)
    assert after.exceptions == before.exceptions
    assert after.kept[FACE].finished
    assert after.kept[FACE].takes == before.kept[FACE].takes
    with pytest.raises(events.OutOfOrderError):
        before.advance(resumed)


def test_captures_are_reopened_from_every_stage_that_has_details_and_is_not_over() -> None:
    capturing = captured(at_captures()).advance(events.CaptureStarted(INDEX))
    searching = captured(at_captures()).advance(events.CapturesFinished())
    reviewing = searching.advance(events.CandidatesFound((), 10, 0.01))
    for session in (capturing, searching, reviewing):
        again = session.advance(events.CapturesReopened())
        assert (again.stage, again.capturing, again.found) == (EnrolmentStage.CAPTURE, None, None)
        assert FACE in again.kept
    saving = reviewing.advance(events.Confirmed())
    for session in (begun(), saving, saving.advance(events.Saved())):
        with pytest.raises(events.OutOfOrderError):
            session.advance(events.CapturesReopened())


def test_what_could_not_be_written_is_confirmed_again() -> None:
    session = captured(at_captures()).advance(events.CapturesFinished()).advance(events.CandidatesFound((), 1, 0.0))
    with pytest.raises(events.OutOfOrderError):
        session.advance(events.SaveFailed())
    again = session.advance(events.Confirmed()).advance(events.SaveFailed())
    assert again.stage is EnrolmentStage.REVIEW
    assert again.advance(events.Confirmed()).stage is EnrolmentStage.SAVING
