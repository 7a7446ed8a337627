"""The session of an enrolment: consent, details, captures, duplicate check, review, saved."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from mlid_desktop.domain.characteristics import Characteristic, Modality
from mlid_desktop.domain.decisions import Suspicion
from mlid_desktop.domain.observations import Evidence
from mlid_desktop.domain.reasons import Reason
from mlid_desktop.domain.subjects import CaptureException, Consent, ConsentOutcome, Details, ExceptionReason
from mlid_desktop.workflow import events
from mlid_desktop.workflow.capture import CaptureState
from mlid_desktop.workflow.capture_plan import plan_capture
from mlid_desktop.workflow.enrolment_steps import REOPENABLE, EnrolmentStage, asked_of, stage_before
from mlid_desktop.workflow.face_challenge.events import ChallengeEvent, after_challenge_event
from mlid_desktop.workflow.records.enrolment_record import EnrolmentRecord
from mlid_desktop.workflow.records.unused_captures import add_unused, drop_unused, reuse

# Events that leave the capture that is going on as it is, or take it further.
GOES_ON_CAPTURING = (
    Evidence,
    events.CaptureResumed,
    events.CaptureEnded,
    events.BestTaken,
    events.CaptureExamined,
    ChallengeEvent,
)


H = TypeVar("H")


@dataclass(frozen=True, slots=True, eq=False)
class EnrolmentSession(EnrolmentRecord):
    """The session of one person's enrolment. Frozen: :meth:`advance` returns the next state."""

    def advance(self, event: events.Event) -> EnrolmentSession:
        """The session after the event. Raises OutOfOrderError for an event that this stage does not take."""
        if self.stage is EnrolmentStage.CAPTURE and self.capture and not isinstance(event, GOES_ON_CAPTURING):
            ended = self.capture.end()  # whatever it is left for, what it has shown is judged first
            if ended.suspicion is not None:
                return self._refuse(ended, ended.suspicion)
        after = self._advance(event)
        capture = after.capture
        if capture is None:
            return after
        counted = replace(after, challenges=capture.challenges)
        return counted if capture.suspicion is None else counted._refuse(capture, capture.suspicion)

    def _advance(self, event: events.Event) -> EnrolmentSession:
        if isinstance(event, events.EnrolmentResumed | events.CapturesReopened | events.SteppedBack):
            return self._move(event)
        match self.stage, event:
            case EnrolmentStage.CONSENT, events.ConsentAnswered(consent):
                return self._after_consent(consent)
            case EnrolmentStage.DETAILS, events.DetailsEntered(details):
                return replace(self, details=self._taken(details), stage=EnrolmentStage.CAPTURE)
            case EnrolmentStage.CAPTURE, _:
                return self._while_capturing(event)
            case EnrolmentStage.DUPLICATES, events.CandidatesFound():
                return self._after_search(event)
            case EnrolmentStage.DUPLICATES, events.CopyFound(characteristic) if characteristic in self.kept:
                return replace(self, capture=self.kept[characteristic].find_copied())
            case EnrolmentStage.DUPLICATES, events.CandidatesReviewed():
                return self._after_duplicate_review(event)
            case EnrolmentStage.REVIEW, events.Attested():
                return replace(self, circumstances=replace(self.circumstances, attested=True))
            case EnrolmentStage.REVIEW, events.Confirmed():
                return self._after_confirmation()
            case EnrolmentStage.SAVING, events.Saved() | events.SaveFailed():
                return self._after_saving(event)
        raise events.OutOfOrderError(f"{type(event).__name__} in stage {self.stage}")

    def _move(self, event: events.EnrolmentResumed | events.CapturesReopened | events.SteppedBack) -> EnrolmentSession:
        """The session moved to another stage than the one that follows, keeping what was gathered."""
        before = stage_before(self.stage)
        match event:
            case events.EnrolmentResumed() if self.stage is EnrolmentStage.CONSENT:
                return self._resumed(event)
            case events.CapturesReopened() if self.stage in REOPENABLE and self.details is not None:
                return self._back_to(EnrolmentStage.CAPTURE)
            case events.SteppedBack() if before is not None:
                return self._back_to(before)
        raise events.OutOfOrderError(f"{type(event).__name__} in stage {self.stage}")

    def _back_to(self, stage: EnrolmentStage) -> EnrolmentSession:
        """The session at an earlier stage. What was attested says nothing of what is captured from here on."""
        circumstances = replace(self.circumstances, attested=False)
        return replace(self._put_aside(), stage=stage, found=None, review=None, circumstances=circumstances)

    def _resumed(self, event: events.EnrolmentResumed) -> EnrolmentSession:
        """The session with what was gathered before, under the rules of this one."""
        kept = {
            characteristic: CaptureState(
                plan_capture(characteristic, self.policy, self.calibrations, "enrolment"), takes, ended=True
            )
            for characteristic, takes in event.takes.items()
        }
        resumed = replace(
            self,
            subject_id=event.subject_id,
            stage=EnrolmentStage.CAPTURE,
            consent=event.consent,
            details=replace(self, consent=event.consent)._taken(event.details),
            kept=kept,
            templates=event.templates,
            exceptions=event.exceptions,
            attempt_id=event.attempt_id or self.attempt_id,
            challenges=event.challenges,
            replaces=event.replaces,
        )
        resumed = resumed._leaving_out(())
        return replace(resumed, stage=EnrolmentStage.DETAILS) if resumed.missing_fields else resumed

    def _leaving_out(self, before: Collection[Modality]) -> EnrolmentSession:
        """The session with nothing of what the person leaves out, and that as the reason why it is not there; of what
        was left out ``before`` and is not any more, no reason is left on record."""
        about = {*before, *self.left_out}

        def others(held: Mapping[Characteristic, H]) -> dict[Characteristic, H]:
            return {
                characteristic: capture
                for characteristic, capture in held.items()
                if characteristic.modality not in about
            }

        told = [told for told in self.exceptions if told.characteristic.modality not in about]
        told += [
            CaptureException(characteristic, ExceptionReason.DECLINED)
            for modality in Modality
            if modality in self.left_out
            for characteristic in asked_of(modality)
        ]
        aside, templates = others(self.unused), others(self.templates)
        return replace(self, kept=others(self.kept), unused=aside, templates=templates, exceptions=tuple(told))

    def _after_consent(self, consent: Consent) -> EnrolmentSession:
        if consent.outcome is ConsentOutcome.DECLINED:
            return replace(
                self,
                consent=consent,
                stage=EnrolmentStage.REFUSED,
                reason=Reason.CONSENT_DECLINED,
                kept={},
                unused={},
                capture=None,
            )
        agreed = replace(self, consent=consent)._leaving_out(self.left_out)
        if agreed.details is not None:
            agreed = replace(agreed, details=agreed._taken(agreed.details))
        is_known = agreed.details is not None and not agreed.missing_fields
        return replace(agreed, stage=EnrolmentStage.CAPTURE if is_known else EnrolmentStage.DETAILS)

    def _taken(self, details: Details) -> Details:
        """The details without what the person has not agreed to, or the site does not record any more."""
        fields = self.agreed_fields.known(details.fields)
        return Details.kept(details.number, details.name, without_movements=details.without_movements, fields=fields)

    def _while_capturing(self, event: events.Event) -> EnrolmentSession:
        match event:
            case ChallengeEvent() if self.capture is not None:
                return replace(self, capture=after_challenge_event(self.capture, event))
            case Evidence() if self.capture is not None:
                return replace(self, capture=self.capture.advance(event))
            case events.CaptureStarted() | events.AttemptChosen():
                return self._start(event)
            case events.CaptureResumed() if self.capture is not None:
                return replace(self, capture=self.capture.resume())
            case events.CaptureExamined() if self.capture is not None:
                return replace(self, examined=event)
            case events.CaptureEnded() if self.capture is not None:
                return replace(self, capture=self.capture.end())
            case events.BestTaken() if self.capture is not None:
                return replace(self, capture=self.capture.take_best_so_far())
            case events.CaptureKept() if self.capture is not None and self.capturing is not None:
                ended = self.capture.end()
                return replace(self, capture=ended)._keep(self.capturing, ended)
            case events.CaptureSkipped(exception):
                return self._skip(exception)
            case events.CapturesFinished() if self.kept:
                finished = replace(self._put_aside(), stage=EnrolmentStage.DUPLICATES, found=None)
                return finished if self.gives_enough else replace(self._put_aside(), reason=Reason.MORE_IS_ASKED)
        raise events.OutOfOrderError(f"{type(event).__name__} while capturing")

    def _start(self, event: events.CaptureStarted | events.AttemptChosen) -> EnrolmentSession:
        """The session with a new capture, or an earlier one that is resumed."""
        before, characteristic = self._put_aside(), event.characteristic
        if characteristic.modality in self.left_out:
            raise events.OutOfOrderError(f"the person leaves out the {characteristic.modality.value}")
        if isinstance(event, events.AttemptChosen):
            earlier, others = reuse(before.unused, characteristic, event.index)
            capture = replace(earlier, challenges=self.challenges)
            return replace(before, capturing=characteristic, capture=capture, unused=others)
        demanded = self.circumstances.challenge_demanded or self.challenges > 0
        plan = plan_capture(characteristic, self.policy, self.calibrations, "enrolment", challenge_demanded=demanded)
        plan = replace(plan, earlier=tuple(touch for touch in self.earlier if touch.characteristic == characteristic))
        return replace(before, capturing=characteristic, capture=CaptureState(plan, challenges=self.challenges))

    def _put_aside(self) -> EnrolmentSession:
        """The session without the capture that was begun; its takes can still be reviewed."""
        aside = self.unused
        if self.capturing is not None and self.capture is not None:
            aside = add_unused(aside, self.capturing, self.capture, self.refusal)
        return replace(self, unused=aside, capture=None, capturing=None, examined=None, reason=None)

    def _keep(self, characteristic: Characteristic, capture: CaptureState) -> EnrolmentSession:
        """The session with the capture kept, or refused with a reason: without a take, of an attack, of a source that
        does not count or of a finger given before."""
        if self.refusal is not None:
            return replace(self, reason=self.refusal)
        exceptions = tuple(exception for exception in self.exceptions if exception.characteristic != characteristic)
        templates = {other: template for other, template in self.templates.items() if other != characteristic}
        if self.examined is not None:
            templates[characteristic] = self.examined.template
        aside, before = self.unused, self.kept.get(characteristic)
        return replace(
            self,
            kept={**self.kept, characteristic: capture},
            unused=aside if before is None else add_unused(aside, characteristic, before, None),
            templates=templates,
            exceptions=exceptions,
            capture=None,
            capturing=None,
            examined=None,
            reason=None,
        )

    def _skip(self, exception: CaptureException) -> EnrolmentSession:
        """The characteristic is not captured, for a reason; what was captured of it goes."""
        others = tuple(other for other in self.exceptions if other.characteristic != exception.characteristic)
        kept = {other: state for other, state in self.kept.items() if other != exception.characteristic}
        templates = {other: template for other, template in self.templates.items() if other != exception.characteristic}
        return replace(
            self,
            exceptions=(*others, exception),
            kept=kept,
            unused=drop_unused(self.unused, exception.characteristic),
            templates=templates,
            capture=None,
            capturing=None,
            examined=None,
            reason=None,
        )

    def _refuse(self, capture: CaptureState, suspicion: Suspicion) -> EnrolmentSession:
        """The session that a suspicion ended: nothing that was gathered beside it is kept either."""
        return replace(
            self,
            stage=EnrolmentStage.REFUSED,
            reason=Reason.ATTACK_SUSPECTED,
            suspicion=suspicion,
            capture=capture,
            kept={},
            unused={},
            templates={},
            examined=None,
            found=None,
            review=None,
        )

    def _after_search(self, found: events.CandidatesFound) -> EnrolmentSession:
        if not found.candidates:
            return replace(self, found=found, stage=EnrolmentStage.REVIEW)
        return replace(self, found=found, reason=Reason.DUPLICATE_TO_REVIEW)

    def _after_duplicate_review(self, review: events.CandidatesReviewed) -> EnrolmentSession:
        """The session after the review of duplicates: a 1:N hit never declines an enrolment without it (NIST SP
        800-63A-4, 3.11)."""
        if review.outcome is events.ReviewOutcome.DIFFERENT:
            return replace(self, review=review, stage=EnrolmentStage.REVIEW, reason=None)
        return replace(self, review=review, stage=EnrolmentStage.REFUSED, reason=Reason.DUPLICATE_TO_REVIEW)

    def _after_confirmation(self) -> EnrolmentSession:
        if self.missing_fields:
            return replace(self, reason=Reason.DETAILS_MISSING)
        if self.needs_attestation:
            return replace(self, reason=Reason.ATTESTATION_MISSING)
        return replace(self, stage=EnrolmentStage.SAVING, reason=None)

    def _after_saving(self, event: events.Saved | events.SaveFailed) -> EnrolmentSession:
        if isinstance(event, events.SaveFailed):
            return replace(self, stage=EnrolmentStage.REVIEW)
        return replace(self, stage=EnrolmentStage.SAVED, reason=None, unused={})
