"""Navigates the steps of an enrolment, forwards and back: the session and the step that is shown next."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

from mlid_desktop.domain.characteristics import FACE, VOICE, Characteristic, FingerPosition, Modality
from mlid_desktop.domain.subjects import CaptureException, ExceptionReason
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
# The fingers that everybody is asked for: they give the best prints, and the reader is reached with them most easily.
FINGERS_ASKED: Final = (FingerPosition.RIGHT_INDEX, FingerPosition.LEFT_INDEX)


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


def step_forward(session: EnrolmentSession, step: EnrolmentStep, declined: Collection[Modality] = ()) -> Progress:
    """Goes from a step that is done to the next; past those that capture what the person ``declined``, as far as each
    has what it needs. After the last capturing step the search for duplicates is due."""
    if session.stage is EnrolmentStage.CAPTURE and is_last_capture(step):
        session = session.advance(events.CapturesFinished())
    after = step_of(session.stage, after=step)
    if STEPS[after].modality in declined and may_pass(session, after):
        return step_forward(session, after, declined)
    return session, after


def decline(session: EnrolmentSession, declined: Collection[Modality]) -> EnrolmentSession:
    """The session with nothing of these modalities: what was captured of them goes, and it is on record that the person
    declines them. Before anything can be captured nothing changes."""
    for modality in declined if session.stage is EnrolmentStage.CAPTURE else ():
        asked = FINGERS_ASKED if modality is Modality.FINGERPRINT else ()
        kept = [characteristic for characteristic in session.kept if characteristic.modality is modality]
        wanted = [_finger(position) for position in asked] or [Characteristic(modality)]
        for characteristic in dict.fromkeys((*wanted, *kept)):
            exception = CaptureException(characteristic, ExceptionReason.DECLINED)
            session = session.advance(events.CaptureSkipped(exception))
    return session


def is_declined(session: EnrolmentSession, modality: Modality) -> bool:
    """Whether the person declines that anything of this modality is captured: nothing of it may begin by itself."""
    kept = any(characteristic.modality is modality for characteristic in session.kept)
    told = [told.reason for told in session.exceptions if told.characteristic.modality is modality]
    return not kept and bool(told) and all(reason is ExceptionReason.DECLINED for reason in told)


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


def fingers_done(session: EnrolmentSession) -> tuple[int, int]:
    """How many fingers were captured, of how many that are asked for: fewer where one cannot be given, more where more
    were given."""
    done = sum(characteristic.modality is Modality.FINGERPRINT for characteristic in session.kept)
    return done, max(done, len([position for position in FINGERS_ASKED if _finger(position) not in _told(session)]))


def left_open(session: EnrolmentSession) -> tuple[Modality, ...]:
    """The modalities of which less was captured than is asked for, without a reason on record."""
    done, asked = fingers_done(session)
    asked_for = (FACE, VOICE, *(_finger(position) for position in FINGERS_ASKED if done < asked))
    told = {*session.kept, *_told(session, absent=True)}
    missing = {characteristic.modality for characteristic in asked_for if characteristic not in told}
    return tuple(modality for modality in Modality if modality in missing)


def modalities_absent(session: EnrolmentSession) -> tuple[Modality, ...]:
    """The modalities that were passed by because this desk could not capture them; they are offered once it can."""
    reasons = {(told.characteristic.modality, told.reason) for told in session.exceptions}
    return tuple(modality for modality in Modality if (modality, ExceptionReason.DEVICE_ABSENT) in reasons)


def pass_by(session: EnrolmentSession, step: EnrolmentStep, reason: ExceptionReason) -> EnrolmentSession:
    """Passes a capturing step by with one reason for the whole of it; of fingers, those that were captured or excepted
    stay. The session comes back with a suspicion where what was being captured showed one."""
    modality = STEPS[step].modality
    if modality is None:
        raise ValueError(f"{step} captures nothing")
    given = {*session.kept, *_told(session)}
    fingers = [_finger(position) for position in FINGERS_ASKED if _finger(position) not in given]
    for characteristic in fingers if modality is Modality.FINGERPRINT else [Characteristic(modality)]:
        if session.suspicion is None:
            session = session.advance(events.CaptureSkipped(CaptureException(characteristic, reason)))
    return session


def _finger(position: FingerPosition) -> Characteristic:
    return Characteristic(Modality.FINGERPRINT, position)


def _told(session: EnrolmentSession, *, absent: bool = False) -> Iterable[Characteristic]:
    """Characteristics with a reason on record why they were not captured; one that the desk could not capture can be
    captured later, and is among them where ``absent``."""
    return {
        told.characteristic for told in session.exceptions if absent or told.reason is not ExceptionReason.DEVICE_ABSENT
    }
