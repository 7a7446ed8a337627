"""The table of steps of an enrolment, and how faces go through it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mlid_desktop.decision.verdict import Circumstances
from mlid_desktop.domain.characteristics import FACE, VOICE, Characteristic, FingerPosition, Modality
from mlid_desktop.domain.subjects import CaptureException, Consent, ConsentOutcome, Details, ExceptionReason
from mlid_desktop.workflow import events
from mlid_desktop.workflow.enrolment import EnrolmentSession
from mlid_desktop.workflow.enrolment_navigation import (
    fingers_done,
    fingers_skipped,
    first_open_step,
    left_open,
    may_pass,
    pass_by,
    skip_hand,
    step_back,
    step_forward,
)
from mlid_desktop.workflow.enrolment_steps import (
    ORDER,
    STEPS,
    EnrolmentStage,
    EnrolmentStep,
    agrees_to_enough,
    asked_of,
    step_capturing,
    step_of,
)
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


def leaving_out(*left_out: Modality) -> EnrolmentSession:
    session = begun().advance(events.ConsentAnswered(replace(AGREED, left_out=left_out)))
    return session.advance(events.DetailsEntered(Details("1001", "A B")))


def reasons(session: EnrolmentSession) -> dict[Characteristic, ExceptionReason]:
    return {told.characteristic: told.reason for told in session.exceptions}


def test_what_the_person_leaves_out_is_passed_both_ways_and_on_record() -> None:
    session = leaving_out(Modality.FACE, Modality.VOICE)
    assert reasons(session) == dict.fromkeys((FACE, VOICE), ExceptionReason.DECLINED)
    session, step = step_forward(session, EnrolmentStep.DETAILS)
    assert step is EnrolmentStep.FINGERS
    assert step_back(session, step)[1] is EnrolmentStep.DETAILS
    session, step = step_forward(captured(session, INDEX), step)
    assert (step, session.stage) == (EnrolmentStep.DUPLICATES, EnrolmentStage.DUPLICATES)
    assert step_back(session, step)[1] is EnrolmentStep.FINGERS


@pytest.mark.parametrize("modality", list(Modality))
def test_nothing_that_is_left_out_can_be_captured_on_any_road(modality: Modality) -> None:
    session = leaving_out(modality)
    for characteristic in asked_of(modality):
        with pytest.raises(events.OutOfOrderError):
            session.advance(events.CaptureStarted(characteristic))
    passed = pass_by(session, step_capturing(modality), ExceptionReason.DEVICE_ABSENT)
    assert set(reasons(passed).values()) == {ExceptionReason.DECLINED}, "that the desk could not do it is not said"
    assert modality not in left_open(session)
    resumed = events.EnrolmentResumed("subject", session.consent or AGREED, Details("1001", "A B"), {}, {}, ())
    again = begun().advance(resumed)  # the next attempt, or a draft: with nothing but the consent
    assert reasons(again) == reasons(session)
    with pytest.raises(events.OutOfOrderError):
        again.advance(events.CaptureStarted(asked_of(modality)[0]))


def test_a_step_that_is_left_out_is_not_passed_while_nothing_can_decide_a_check() -> None:
    session = leaving_out(Modality.FINGERPRINT).advance(NO_FACE)
    assert step_forward(session, EnrolmentStep.FACE)[1] is EnrolmentStep.FINGERS


def test_a_hand_is_skipped_whole_but_what_was_captured_or_told_of_it_stays() -> None:
    thumb = Characteristic(Modality.FINGERPRINT, FingerPosition.RIGHT_THUMB)
    session = captured(at_captures(), INDEX).advance(
        events.CaptureSkipped(CaptureException(thumb, ExceptionReason.MISSING))
    )
    skipped = skip_hand(session, FingerPosition.RIGHT_RING, ExceptionReason.BANDAGED)
    assert set(skipped.kept) == {INDEX}
    told = {each.position: reason for each, reason in reasons(skipped).items() if each.position}
    assert told == {
        FingerPosition.RIGHT_THUMB: ExceptionReason.MISSING,
        **dict.fromkeys(
            (FingerPosition.RIGHT_MIDDLE, FingerPosition.RIGHT_RING, FingerPosition.RIGHT_LITTLE),
            ExceptionReason.BANDAGED,
        ),
    }
    assert (fingers_done(skipped), fingers_skipped(skipped)) == ((1, 2), 0)
    both = skip_hand(skipped, FingerPosition.LEFT_THUMB, ExceptionReason.INJURED)
    assert (fingers_done(both), fingers_skipped(both)) == ((1, 1), 1)


def test_another_answer_drops_what_was_captured_and_opens_what_is_left_out_no_more() -> None:
    session = captured(captured(at_captures()), INDEX)
    session = session.advance(events.SteppedBack()).advance(events.SteppedBack())
    left = session.advance(events.ConsentAnswered(replace(AGREED, left_out=(Modality.FINGERPRINT,))))
    assert set(left.kept) == {FACE}
    assert set(reasons(left)) == set(asked_of(Modality.FINGERPRINT))
    back = left.advance(events.SteppedBack()).advance(events.SteppedBack())
    assert reasons(back.advance(events.ConsentAnswered(AGREED))) == {}


@pytest.mark.parametrize(
    ("name", "left_out", "enough"),
    [
        ("standard", (), True),
        ("standard", (Modality.FACE, Modality.VOICE), True),
        ("standard", (Modality.FACE, Modality.FINGERPRINT), False),
        ("strict", (Modality.FINGERPRINT,), False),
    ],
)
def test_what_is_left_has_to_be_enough_for_a_check(name: str, left_out: tuple[Modality, ...], *, enough: bool) -> None:
    assert agrees_to_enough(policy(name).comparison, left_out) is enough


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
