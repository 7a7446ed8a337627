"""Navigates the steps of an enrolment, forwards and back: the session and the step that is shown next."""

from __future__ import annotations

from mlid_desktop.workflow import events
from mlid_desktop.workflow.enrolment import EnrolmentSession
from mlid_desktop.workflow.enrolment_steps import (
    ORDER,
    STEPS,
    EnrolmentStage,
    EnrolmentStep,
    Needs,
    is_last_capture,
    step_of,
)

Progress = tuple[EnrolmentSession, EnrolmentStep]


def may_pass(session: EnrolmentSession, step: EnrolmentStep) -> bool:
    """Whether a step has what it needs for the next one to be shown."""
    row = STEPS[step]
    match row.needs:
        case Needs.CAPTURE_OR_EXCEPTION:
            done = (*session.kept, *(exception.characteristic for exception in session.exceptions))
            return any(characteristic.modality is row.modality for characteristic in done)
        case Needs.DECIDING_CAPTURE:
            decides = any(
                characteristic.modality in session.policy.comparison.primary for characteristic in session.kept
            )
            return decides and (session.gives_enough or not is_last_capture(step))
    return True


def step_forward(session: EnrolmentSession, step: EnrolmentStep) -> Progress:
    """Goes from a step that is done to the next. After the last capturing step the search for duplicates is due."""
    if session.stage is EnrolmentStage.CAPTURE and is_last_capture(step):
        session = session.advance(events.CapturesFinished())
    return session, step_of(session.stage, after=step)


def step_back(session: EnrolmentSession, step: EnrolmentStep) -> Progress:
    """Goes to the step before, keeping what was gathered. Raises OutOfOrderError where there is no way back."""
    previous = STEPS[step].previous
    if previous is None:
        raise events.OutOfOrderError(f"no way back from {step}")
    if session.stage not in STEPS[previous].stages:
        session = session.advance(events.SteppedBack())
    return session, previous


def first_open_step(session: EnrolmentSession) -> EnrolmentStep:
    """The step at which a resumed enrolment goes on: the first whose required capture is missing."""
    here = step_of(session.stage)
    while STEPS[here].needs is Needs.CAPTURE_OR_EXCEPTION and may_pass(session, here):
        here = ORDER[ORDER.index(here) + 1]
    return here
