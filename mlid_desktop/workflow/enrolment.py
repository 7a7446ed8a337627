"""The session of an enrolment: consent, details, captures, duplicate check, review, saved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from math import inf

from mlid_desktop.decision.policy import Policy
from mlid_desktop.decision.verdict import Calibrations, Circumstances
from mlid_desktop.domain.characteristics import Characteristic
from mlid_desktop.domain.decisions import Verdict
from mlid_desktop.domain.observations import Evidence
from mlid_desktop.domain.provenance import SourceKind
from mlid_desktop.domain.reasons import Reason
from mlid_desktop.domain.subjects import CaptureException, Consent, ConsentOutcome, Details, Enrolment
from mlid_desktop.domain.templates import Template
from mlid_desktop.workflow import events
from mlid_desktop.workflow.capture import CaptureState
from mlid_desktop.workflow.capture_plan import plan_capture
from mlid_desktop.workflow.enrolment_steps import REOPENABLE, EnrolmentStage, stage_before
from mlid_desktop.workflow.face_challenge.events import ChallengeEvent, after_challenge_event
from mlid_desktop.workflow.refusal import refusal_of, source_kind_of
from mlid_desktop.workflow.set_aside import PassedOver, forgotten, passed_over, taken_up

SAME_FINGER_FMR = 1e-3  # of nine other fingers, less than one in a hundred is taken for the same
AGREEMENT_FMR = 1e-2  # one of two other takes is enough, so that a poor touch does not stop an enrolment


@dataclass(frozen=True, slots=True, eq=False)
class EnrolmentSession:
    """The state of one person's enrolment. ``kept`` holds the finished capture of each characteristic, in the order
    they were made, ``templates`` what was made of all its takes together; ``passed_over`` are other captures of it, for
    the review."""

    subject_id: str
    policy: Policy
    calibrations: Calibrations = field(repr=False)
    circumstances: Circumstances
    stage: EnrolmentStage = EnrolmentStage.CONSENT
    consent: Consent | None = None
    details: Details | None = field(default=None, repr=False)
    capturing: Characteristic | None = None
    capture: CaptureState | None = None
    kept: Mapping[Characteristic, CaptureState] = field(default_factory=dict)
    passed_over: PassedOver = field(default_factory=dict, repr=False)
    exceptions: tuple[CaptureException, ...] = ()
    examined: events.CaptureExamined | None = None
    templates: Mapping[Characteristic, Template] = field(default_factory=dict, repr=False)
    found: events.CandidatesFound | None = None
    review: events.CandidatesReviewed | None = None
    reason: Reason | None = None

    def advance(self, event: events.Event) -> EnrolmentSession:
        """The session after the event. Raises OutOfOrderError for an event that this stage does not take."""
        if isinstance(event, events.EnrolmentResumed | events.CapturesReopened | events.SteppedBack):
            return self._move(event)
        match self.stage, event:
            case EnrolmentStage.CONSENT, events.ConsentAnswered(consent):
                return self._after_consent(consent)
            case EnrolmentStage.DETAILS, events.DetailsEntered(details):
                return replace(self, details=details, stage=EnrolmentStage.CAPTURE)
            case EnrolmentStage.CAPTURE, _:
                return self._while_capturing(event)
            case EnrolmentStage.DUPLICATES, events.CandidatesFound():
                return self._after_search(event)
            case EnrolmentStage.DUPLICATES, events.CandidatesReviewed():
                return self._after_duplicate_review(event)
            case EnrolmentStage.REVIEW, events.Attested():
                return replace(self, circumstances=replace(self.circumstances, attested=True))
            case EnrolmentStage.REVIEW, events.Confirmed():
                return self._after_confirmation()
            case EnrolmentStage.SAVING, events.Saved() | events.SaveFailed():
                return self._after_saving(event)
        raise events.OutOfOrderError(f"{type(event).__name__} in stage {self.stage}")

    @property
    def verdict(self) -> Verdict | None:
        """The verdict of the enrolment; None while it goes on."""
        if self.stage is EnrolmentStage.SAVED:
            return Verdict.ACCEPTED
        if self.stage is EnrolmentStage.REFUSED:
            return Verdict.REJECTED if self.refused_outright else Verdict.INCONCLUSIVE
        return None

    @property
    def refused_outright(self) -> bool:
        """Whether the enrolment is refused for a reason that trying again does not change."""
        return self.reason in (Reason.ATTACK_SUSPECTED, Reason.SOURCE_NOT_LIVE, Reason.CONSENT_DECLINED)

    @property
    def needs_duplicate_review(self) -> bool:
        """Whether an operator must review candidates before the enrolment can go on."""
        return self.stage is EnrolmentStage.DUPLICATES and self.found is not None

    @property
    def needs_attestation(self) -> bool:
        """Whether the operator must attest to have looked at the subject before the enrolment can be saved."""
        live = any(state.best and source_kind_of(state) is SourceKind.LIVE for state in self.kept.values())
        return live and "enrolment" in self.policy.attestation and not self.circumstances.attested

    def enrolment(self, now: datetime) -> Enrolment:
        """The enrolment to be written to the vault. Raises OutOfOrderError before it was confirmed."""
        if self.stage is not EnrolmentStage.SAVING or self.consent is None or self.details is None:
            raise events.OutOfOrderError(f"nothing to save in stage {self.stage}")
        review = "" if self.review is None else self.review.outcome.value
        best = [state.best.observation for state in self.kept.values() if state.best is not None]
        captures = tuple(
            replace(capture, template=self.templates.get(capture.characteristic, capture.template)) for capture in best
        )
        return Enrolment(
            self.subject_id,
            self.details,
            self.consent,
            captures,
            self.exceptions,
            now,
            review,
            self.circumstances.attested,
        )

    @property
    def refusal(self) -> Reason | None:
        """Why the finished capture cannot be kept; None where it can."""
        if self.capture is None:
            return None
        return refusal_of(self.capture, self.circumstances) or self._sequence_error()

    @property
    def given_before(self) -> Characteristic | None:
        """The kept finger that the captured one matches, None where it matches none."""
        if self.examined is None:
            return None
        threshold = self._threshold(SAME_FINGER_FMR)
        other, score = max(self.examined.alike, key=lambda pair: pair[1], default=(None, -inf))
        return None if threshold is None or score < threshold else other

    def _move(self, event: events.EnrolmentResumed | events.CapturesReopened | events.SteppedBack) -> EnrolmentSession:
        """The session moved to another stage than the one that follows, keeping what was gathered."""
        before = stage_before(self.stage)
        match event:
            case events.EnrolmentResumed() if self.stage is EnrolmentStage.CONSENT:
                return self._resumed(event)
            case events.CapturesReopened() if self.stage in REOPENABLE and self.details is not None:
                return replace(self._put_aside(), stage=EnrolmentStage.CAPTURE, found=None, review=None)
            case events.SteppedBack() if before is not None:
                return replace(self._put_aside(), stage=before, found=None, review=None)
        raise events.OutOfOrderError(f"{type(event).__name__} in stage {self.stage}")

    def _resumed(self, event: events.EnrolmentResumed) -> EnrolmentSession:
        """The session with what was gathered before, under the rules of this one."""
        kept = {
            characteristic: CaptureState(
                plan_capture(characteristic, self.policy, self.calibrations, "enrolment"), takes, ended=True
            )
            for characteristic, takes in event.takes.items()
        }
        return replace(
            self,
            subject_id=event.subject_id,
            stage=EnrolmentStage.CAPTURE,
            consent=event.consent,
            details=event.details,
            kept=kept,
            templates=event.templates,
            exceptions=event.exceptions,
        )

    def _after_consent(self, consent: Consent) -> EnrolmentSession:
        if consent.outcome is ConsentOutcome.DECLINED:
            return replace(
                self,
                consent=consent,
                stage=EnrolmentStage.REFUSED,
                reason=Reason.CONSENT_DECLINED,
                kept={},
                passed_over={},
                capture=None,
            )
        after = EnrolmentStage.DETAILS if self.details is None else EnrolmentStage.CAPTURE
        return replace(self, consent=consent, stage=after)

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
                return self._keep(self.capturing, self.capture)
            case events.CaptureSkipped(exception):
                return self._skip(exception)
            case events.CapturesFinished() if self.kept:
                return replace(self._put_aside(), stage=EnrolmentStage.DUPLICATES, found=None)
        raise events.OutOfOrderError(f"{type(event).__name__} while capturing")

    def _start(self, event: events.CaptureStarted | events.AttemptChosen) -> EnrolmentSession:
        """The session with a new capture, or an earlier one that is resumed."""
        before, characteristic = self._put_aside(), event.characteristic
        if isinstance(event, events.AttemptChosen):
            capture, others = taken_up(before.passed_over, characteristic, event.place)
            return replace(before, capturing=characteristic, capture=capture, passed_over=others)
        plan = plan_capture(characteristic, self.policy, self.calibrations, "enrolment")
        return replace(before, capturing=characteristic, capture=CaptureState(plan))

    def _put_aside(self) -> EnrolmentSession:
        """The session without the capture that was begun; its takes can still be reviewed."""
        aside = self.passed_over
        if self.capturing is not None and self.capture is not None:
            aside = passed_over(aside, self.capturing, self.capture, self.refusal)
        return replace(self, passed_over=aside, capture=None, capturing=None, examined=None, reason=None)

    def _keep(self, characteristic: Characteristic, capture: CaptureState) -> EnrolmentSession:
        """The session with the capture kept, or with the reason why it cannot be."""
        if self.refusal is not None:
            return replace(self, reason=self.refusal)
        exceptions = tuple(exception for exception in self.exceptions if exception.characteristic != characteristic)
        templates = {other: template for other, template in self.templates.items() if other != characteristic}
        if self.examined is not None:
            templates[characteristic] = self.examined.template
        aside, before = self.passed_over, self.kept.get(characteristic)
        return replace(
            self,
            kept={**self.kept, characteristic: capture},
            passed_over=aside if before is None else passed_over(aside, characteristic, before, None),
            templates=templates,
            exceptions=exceptions,
            capture=None,
            capturing=None,
            examined=None,
            reason=None,
        )

    def _sequence_error(self) -> Reason | None:
        """The reason where another finger was given than was asked for, or the finger changed between the takes."""
        if self.examined is None:
            return None
        if self.given_before is not None:
            return Reason.FINGER_GIVEN_TWICE
        if self.capturing is None or self.capturing.modality not in self.policy.comparison.primary:
            return None  # takes of a voice may hold too little speech to be compared, and it decides nothing
        threshold = self._threshold(AGREEMENT_FMR)
        differ = threshold is not None and max(self.examined.agreement, default=inf) < threshold
        return Reason.TAKES_DIFFER if differ else None

    def _threshold(self, fmr: float) -> float | None:
        """The score threshold at a false match rate, or at the lowest that the calibration carries; None without a
        calibration."""
        calibration = None if self.capturing is None else self.calibrations.get(self.capturing.modality)
        return None if calibration is None else calibration.threshold(max(fmr, calibration.limit_fmr))

    def _skip(self, exception: CaptureException) -> EnrolmentSession:
        others = tuple(other for other in self.exceptions if other.characteristic != exception.characteristic)
        kept = {other: state for other, state in self.kept.items() if other != exception.characteristic}
        templates = {other: template for other, template in self.templates.items() if other != exception.characteristic}
        return replace(
            self,
            exceptions=(*others, exception),
            kept=kept,
            passed_over=forgotten(self.passed_over, exception.characteristic),
            templates=templates,
            capture=None,
            capturing=None,
            examined=None,
            reason=None,
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
        if self.needs_attestation:
            return replace(self, reason=Reason.ATTESTATION_MISSING)
        return replace(self, stage=EnrolmentStage.SAVING, reason=None)

    def _after_saving(self, event: events.Saved | events.SaveFailed) -> EnrolmentSession:
        if isinstance(event, events.SaveFailed):
            return replace(self, stage=EnrolmentStage.REVIEW)
        return replace(self, stage=EnrolmentStage.SAVED, reason=None, passed_over={})
