"""The session of a search for a person among all who are enrolled (1:N): candidates for review, never "the person"."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum

from mlid_desktop.decision.calibration_set import Calibrations
from mlid_desktop.decision.policy import Policy
from mlid_desktop.decision.verdict import Circumstances
from mlid_desktop.domain.characteristics import Characteristic
from mlid_desktop.domain.decisions import Suspicion, Verdict
from mlid_desktop.domain.observations import Evidence
from mlid_desktop.domain.reasons import Reason
from mlid_desktop.workflow import events
from mlid_desktop.workflow.capture import CaptureState
from mlid_desktop.workflow.capture_plan import CapturePlan, plan_capture
from mlid_desktop.workflow.face_challenge.events import ChallengeEvent, after_challenge_event
from mlid_desktop.workflow.refusal import refusal_of
from mlid_desktop.workflow.take import Take


class IdentificationStage(StrEnum):
    """The stages of an identification."""

    CAPTURE = "capture"
    SEARCH = "search"
    REVIEW = "review"
    CLOSED = "closed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, eq=False)
class IdentificationSession:
    """The state of one search by one characteristic. A ``suspicion`` of an attack ends it before anybody is shown;
    ``attempt_id`` is the name by which that is noted."""

    policy: Policy
    calibrations: Calibrations = field(repr=False)
    circumstances: Circumstances
    characteristic: Characteristic
    stage: IdentificationStage = IdentificationStage.CAPTURE
    capture: CaptureState | None = None
    found: events.CandidatesFound | None = None
    review: events.CandidatesReviewed | None = None
    reason: Reason | None = None
    suspicion: Suspicion | None = None
    attempt_id: str = ""

    def advance(self, event: events.Event) -> IdentificationSession:
        """The session after the event. Raises OutOfOrderError for an event that this stage does not take."""
        match self.stage, event:
            case IdentificationStage.CAPTURE, events.CaptureStarted(characteristic):
                before = self._with_ended_capture()
                return before if before.suspicion is not None else before._start(characteristic)
            case IdentificationStage.CAPTURE, Evidence() if self.capture is not None:
                return self._with(self.capture.advance(event))
            case IdentificationStage.CAPTURE, ChallengeEvent() if self.capture is not None:
                return self._with(after_challenge_event(self.capture, event))
            case IdentificationStage.CAPTURE, events.CaptureEnded() if self.capture is not None:
                return self._with_ended_capture()
            case IdentificationStage.CAPTURE, events.BestTaken() if self.capture is not None:
                return self._with(self.capture.take_best_so_far())
            case IdentificationStage.CAPTURE, events.CaptureKept() if self.capture is not None:
                return self._with_ended_capture()._after_capture()
            case IdentificationStage.CAPTURE, events.SearchResumed(characteristic, take, found):
                return self._resumed(characteristic, take, found)
            case IdentificationStage.SEARCH, events.CandidatesFound():
                reason = Reason.CANDIDATES_TO_REVIEW if event.candidates else Reason.NO_CANDIDATE
                return replace(self, found=event, stage=IdentificationStage.REVIEW, reason=reason)
            case IdentificationStage.SEARCH, events.CopyFound() if self.capture is not None:
                return self._with(self.capture.find_copied())
            case IdentificationStage.REVIEW, events.CandidatesReviewed():
                return replace(self, review=event, stage=IdentificationStage.CLOSED)
        raise events.OutOfOrderError(f"{type(event).__name__} in stage {self.stage}")

    @property
    def capturing(self) -> Characteristic | None:
        """The characteristic being captured; None before the capture was begun."""
        return self.characteristic if self.capture is not None else None

    @property
    def verdict(self) -> Verdict | None:
        """The verdict of a refused capture, rejected or inconclusive; None otherwise, as a search has candidates and no
        verdict."""
        if self.stage is not IdentificationStage.REFUSED:
            return None
        attack = self.reason in (Reason.ATTACK_SUSPECTED, Reason.SOURCE_NOT_LIVE)
        return Verdict.REJECTED if attack else Verdict.INCONCLUSIVE

    def _plan(self, characteristic: Characteristic, *, demanded: bool = False) -> CapturePlan:
        demanded = demanded or self.circumstances.challenge_demanded
        return plan_capture(
            characteristic, self.policy, self.calibrations, "identification", challenge_demanded=demanded
        )

    def _resumed(
        self, characteristic: Characteristic, take: Take, found: events.CandidatesFound
    ) -> IdentificationSession:
        """The session as it stood before the answer, under the rules of this one."""
        plan = self._plan(characteristic)
        return replace(
            self,
            characteristic=characteristic,
            stage=IdentificationStage.REVIEW,
            capture=CaptureState(plan, (take,), ended=True),
            found=found,
            reason=Reason.CANDIDATES_TO_REVIEW,
        )

    def _start(self, characteristic: Characteristic) -> IdentificationSession:
        challenges = 0 if self.capture is None else self.capture.challenges
        plan = self._plan(characteristic, demanded=challenges > 0)
        return replace(self, characteristic=characteristic, capture=CaptureState(plan, challenges=challenges))

    def _with_ended_capture(self) -> IdentificationSession:
        """Whatever a capture is left for, what it has shown is judged first."""
        return self if self.capture is None else self._with(self.capture.end())

    def _with(self, capture: CaptureState) -> IdentificationSession:
        """The capture as it is now. A suspicion ends the search."""
        if capture.suspicion is None:
            return replace(self, capture=capture)
        reason, stage = Reason.ATTACK_SUSPECTED, IdentificationStage.REFUSED
        return replace(self, capture=capture, suspicion=capture.suspicion, stage=stage, reason=reason)

    def _after_capture(self) -> IdentificationSession:
        if self.suspicion is not None or self.capture is None:
            return self
        reason = refusal_of(self.capture, self.circumstances)
        stage = IdentificationStage.SEARCH if reason is None else IdentificationStage.REFUSED
        return replace(self, stage=stage, reason=reason)
