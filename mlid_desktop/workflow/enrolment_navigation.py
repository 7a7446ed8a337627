"""Navigates the steps of an enrolment, forwards and back: the session and the step that is shown next."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from mlid_desktop.domain.characteristics import Characteristic, FingerPosition, Modality
from mlid_desktop.domain.subjects import CaptureException, ExceptionReason
from mlid_desktop.workflow import events
from mlid_desktop.workflow.enrolment import EnrolmentSession
from mlid_desktop.workflow.enrolment_steps import (
    ORDER,
    STEPS,
    EnrolmentStage,
    EnrolmentStep,
    Needs,
    asked_of,
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
    """Goes from a step that is done to the next; past those that capture what the person leaves out, as far as each has
    what it needs. After the last capturing step the search for duplicates is due."""
    if session.stage is EnrolmentStage.CAPTURE and is_last_capture(step):
        session = session.advance(events.CapturesFinished())
    after = step_of(session.stage, after=step)
    if STEPS[after].modality in session.left_out and may_pass(session, after):
        return step_forward(session, after)
    return session, after


def step_back(session: EnrolmentSession, step: EnrolmentStep) -> Progress:
    """Goes to the step before, past what the person leaves out, keeping what was gathered. Raises OutOfOrderError where
    there is no way back."""
    previous = STEPS[step].previous
    while previous is not None and STEPS[previous].modality in session.left_out:
        previous = STEPS[previous].previous
    if previous is None:
        raise events.OutOfOrderError(f"no way back from {step}")
    if session.stage not in STEPS[previous].stages:
        session = session.advance(events.SteppedBack())
    return session, previous


def first_open_step(session: EnrolmentSession) -> EnrolmentStep:
    """The step at which a resumed enrolment goes on: the first whose required capture is missing."""
    here = step_of(session.stage)
    while _is_past(session, here):
        here = ORDER[ORDER.index(here) + 1]
    return here


def _is_past(session: EnrolmentSession, step: EnrolmentStep) -> bool:
    row = STEPS[step]
    settled = row.needs is Needs.CAPTURE_OR_EXCEPTION or row.modality in session.left_out
    return settled and not is_last_capture(step) and may_pass(session, step)


def fingers_done(session: EnrolmentSession) -> tuple[int, int]:
    """How many fingers were captured, of how many that are asked for: fewer where one cannot be given, more where more
    were given."""
    done = sum(characteristic.modality is Modality.FINGERPRINT for characteristic in session.kept)
    told = _told(session)
    return done, max(done, sum(finger not in told for finger in asked_of(Modality.FINGERPRINT)))


def left_open(session: EnrolmentSession) -> tuple[Modality, ...]:
    """The modalities of which less was captured than is asked for, without a reason on record."""
    missing = {characteristic.modality for characteristic in find_unexplained(session.kept, session.exceptions)}
    return tuple(modality for modality in Modality if modality in missing)


def find_unexplained(
    captured: Collection[Characteristic], exceptions: Collection[CaptureException]
) -> tuple[Characteristic, ...]:
    """What is asked for at an enrolment and was neither captured nor has a reason on record; any other finger stands
    for one of those that are asked for."""
    told = {exception.characteristic: exception.reason for exception in exceptions}
    whole = {characteristic.modality for characteristic in told if characteristic.position is None}
    asked = [each for modality in Modality if modality not in whole for each in asked_of(modality)]
    fingers = [
        each for each in asked_of(Modality.FINGERPRINT) if told.get(each) in (None, ExceptionReason.DEVICE_ABSENT)
    ]
    if sum(each.modality is Modality.FINGERPRINT for each in captured) >= len(fingers):
        asked = [each for each in asked if each.modality is not Modality.FINGERPRINT]
    return tuple(each for each in asked if each not in told and each not in captured)


def modalities_absent(session: EnrolmentSession) -> tuple[Modality, ...]:
    """The modalities that were passed by because this desk could not capture them; they are offered once it can."""
    reasons = {(told.characteristic.modality, told.reason) for told in session.exceptions}
    return tuple(modality for modality in Modality if (modality, ExceptionReason.DEVICE_ABSENT) in reasons)


def modalities_declined(session: EnrolmentSession) -> tuple[Modality, ...]:
    """The modalities of which nothing was captured because the person declined, at the consent or at the step itself;
    none of them is captured before the person agrees."""
    kept = {characteristic.modality for characteristic in session.kept}
    told = session.exceptions
    declined = {each.characteristic.modality for each in told if each.reason is ExceptionReason.DECLINED} - kept
    return tuple(modality for modality in Modality if modality in declined or modality in session.left_out)


def pass_by(session: EnrolmentSession, step: EnrolmentStep, reason: ExceptionReason) -> EnrolmentSession:
    """Passes a capturing step by with one reason for the whole of it; what the person declines stays declined, and of
    fingers those that were captured or excepted stay. The session comes back with a suspicion where what was being
    captured showed one."""
    modality = STEPS[step].modality
    if modality is None:
        raise ValueError(f"{step} captures nothing")
    told = {exception.characteristic: exception.reason for exception in session.exceptions}
    stays = {each for each, why in told.items() if why is ExceptionReason.DECLINED}
    if modality is Modality.FINGERPRINT:
        stays |= {*session.kept, *_told(session)}
    return _skip([each for each in asked_of(modality) if each not in stays], reason, session)


def skip_hand(session: EnrolmentSession, finger: FingerPosition, reason: ExceptionReason) -> EnrolmentSession:
    """Skips the whole hand of a finger with one reason; of its fingers those that were captured, or have a reason
    already, stay as they are. The session comes back with a suspicion where what was being captured showed one."""
    stays = {*session.kept, *_told(session)}
    hand = [each for each in FingerPosition if each.is_left is finger.is_left]
    skipped = [Characteristic(Modality.FINGERPRINT, each) for each in hand]
    return _skip([each for each in skipped if each not in stays], reason, session)


def fingers_skipped(session: EnrolmentSession) -> int:
    """How many of the fingers that everybody is asked for were skipped with no other finger in their place."""
    done, asked = fingers_done(session)
    return max(0, len(asked_of(Modality.FINGERPRINT)) - max(done, asked))


def _skip(
    characteristics: Iterable[Characteristic], reason: ExceptionReason, session: EnrolmentSession
) -> EnrolmentSession:
    for characteristic in characteristics:
        if session.suspicion is None:
            session = session.advance(events.CaptureSkipped(CaptureException(characteristic, reason)))
    return session


def _told(session: EnrolmentSession) -> set[Characteristic]:
    """Characteristics with a reason on record why they were not captured, but one that the desk could not capture: it
    can be captured later."""
    return {told.characteristic for told in session.exceptions if told.reason is not ExceptionReason.DEVICE_ABSENT}
