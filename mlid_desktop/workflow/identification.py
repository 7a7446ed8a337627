"""The session of a search for a person among all who are enrolled (1:N): candidates for review, never "the person"."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum

from mlid_desktop.decision.policy import Policy
from mlid_desktop.decision.verdict import Calibrations, Circumstances
from mlid_desktop.domain.characteristics import Characteristic
from mlid_desktop.domain.decisions import Verdict
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
    """The state of one search by one characteristic."""

    policy: Policy
    calibrations: Calibrations = field(repr=False)
    circumstances: Circumstances
    characteristic: Characteristic
    stage: IdentificationStage = IdentificationStage.CAPTURE
    capture: CaptureState | None = None
    found: events.CandidatesFound | None = None
    review: events.CandidatesReviewed | None = None
    reason: Reason | None = None

    def advance(self, event: events.Event) -> IdentificationSession:
        """The session after the event. Raises OutOfOrderError for an event that this stage does not take."""
        match self.stage, event:
            case IdentificationStage.CAPTURE, events.CaptureStarted(characteristic):
                plan = self._plan(characteristic)
                return replace(self, characteristic=characteristic, capture=CaptureState(plan))
            case IdentificationStage.CAPTURE, Evidence() if self.capture is not None:
                return replace(self, capture=self.capture.advance(event))
            case IdentificationStage.CAPTURE, ChallengeEvent() if self.capture is not None:
                return replace(self, capture=after_challenge_event(self.capture, event))
            case IdentificationStage.CAPTURE, events.CaptureEnded() if self.capture is not None:
                return replace(self, capture=self.capture.end())
            case IdentificationStage.CAPTURE, events.BestTaken() if self.capture is not None:
                return replace(self, capture=self.capture.take_best_so_far())
            case IdentificationStage.CAPTURE, events.CaptureKept() if self.capture is not None:
                return self._after_capture(self.capture)
            case IdentificationStage.CAPTURE, events.SearchResumed(characteristic, take, found):
                return self._resumed(characteristic, take, found)
            case IdentificationStage.SEARCH, events.CandidatesFound():
                reason = Reason.CANDIDATES_TO_REVIEW if event.candidates else Reason.NO_CANDIDATE
                return replace(self, found=event, stage=IdentificationStage.REVIEW, reason=reason)
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

    def _plan(self, characteristic: Characteristic) -> CapturePlan:
        demanded = self.circumstances.challenge_demanded
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

    def _after_capture(self, capture: CaptureState) -> IdentificationSession:
        reason = refusal_of(capture.end(), self.circumstances)
        stage = IdentificationStage.SEARCH if reason is None else IdentificationStage.REFUSED
        return replace(self, capture=capture.end(), stage=stage, reason=reason)
