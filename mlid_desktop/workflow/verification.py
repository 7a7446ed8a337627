"""The session of a verification: checks that a person is who they were enrolled as (1:1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from mlid_desktop.decision.asked_modalities import asked_rates
from mlid_desktop.decision.calibration_set import Calibrations
from mlid_desktop.decision.policy import Policy
from mlid_desktop.decision.renewal import may_renew
from mlid_desktop.decision.verdict import CapturedCharacteristic, Circumstances, decide
from mlid_desktop.domain.characteristics import Characteristic, Modality
from mlid_desktop.domain.decisions import (
    AttackFinding,
    AttackVerdict,
    AttemptState,
    Decision,
    InsteadReason,
    Suspicion,
    Verdict,
)
from mlid_desktop.domain.observations import Evidence
from mlid_desktop.domain.provenance import SourceKind
from mlid_desktop.domain.reasons import Reason
from mlid_desktop.domain.subjects import RenewedReference
from mlid_desktop.domain.templates import Grade, Touch
from mlid_desktop.workflow import events
from mlid_desktop.workflow.capture import CaptureState
from mlid_desktop.workflow.capture_plan import CapturePlan, plan_capture
from mlid_desktop.workflow.face_challenge.events import ChallengeEvent, after_challenge_event
from mlid_desktop.workflow.take import touches_of


class VerificationStage(StrEnum):
    """The stages of a verification."""

    CAPTURE = "capture"
    DECIDED = "decided"


@dataclass(frozen=True, slots=True, eq=False)
class VerificationSession:
    """The state of one verification attempt on one subject, which was counted before it began. ``wanted`` lists what is
    to be captured; ``challenges`` counts the active challenges that showed an action, in all captures of this attempt.
    A ``suspicion`` of an attack decides it at once, whatever was captured or is still to come; ``attempt_id`` is the
    name by which that is noted."""

    subject_id: str
    policy: Policy
    calibrations: Calibrations = field(repr=False)
    circumstances: Circumstances
    attempts: AttemptState
    wanted: tuple[Characteristic, ...]
    stage: VerificationStage = VerificationStage.CAPTURE
    capturing: Characteristic | None = None
    capture: CaptureState | None = None
    done: Mapping[Characteristic, CaptureState] = field(default_factory=dict)
    suspicion: Suspicion | None = None
    challenges: int = 0
    decision: Decision | None = None
    attempt_id: str = ""
    earlier: tuple[Touch, ...] = field(default=(), repr=False)
    instead: InsteadReason | None = None

    def advance(self, event: events.Event) -> VerificationSession:
        """The session after the event. Raises OutOfOrderError for an event that this stage does not take."""
        if self.stage is VerificationStage.DECIDED:
            raise events.OutOfOrderError(f"{type(event).__name__} after the decision")
        match event:
            case events.CaptureStarted(characteristic):
                before = self._with_ended_capture()
                return before if before.suspicion is not None else before._start(characteristic)
            case Evidence() if self.capture is not None:
                return self._with(self.capture.advance(event))
            case ChallengeEvent() if self.capture is not None:
                return self._with(after_challenge_event(self.capture, event))
            case events.CaptureEnded() if self.capture is not None:
                return self._with_ended_capture()
            case events.BestTaken() if self.capture is not None:
                return self._with(self.capture.take_best_so_far())
            case events.CaptureKept() if self.capture is not None and self.capturing is not None:
                ended = self._with_ended_capture()
                if ended.suspicion is not None or ended.capture is None:
                    return ended
                done = {**self.done, self.capturing: ended.capture}
                return replace(ended, done=done, capture=None, capturing=None)
            case events.Attested():
                return replace(self, circumstances=replace(self.circumstances, attested=True))
            case events.SecondConfirmed():
                return replace(self, circumstances=replace(self.circumstances, confirmed=True))
            case events.CapturesFinished():
                before = self._with_ended_capture()
                return before if before.suspicion is not None else before._decide()
        raise events.OutOfOrderError(f"{type(event).__name__} in stage {self.stage}")

    @property
    def next_wanted(self) -> Characteristic | None:
        """The characteristic to capture next; None when all are there."""
        return next((characteristic for characteristic in self.wanted if characteristic not in self.done), None)

    @property
    def verdict(self) -> Verdict | None:
        """The verdict of the attempt; None while it goes on."""
        return None if self.decision is None else self.decision.verdict

    def _plan(self, characteristic: Characteristic) -> CapturePlan:
        demanded = self.circumstances.challenge_demanded or self.challenges > 0
        plan = plan_capture(characteristic, self.policy, self.calibrations, "verification", challenge_demanded=demanded)
        return replace(plan, earlier=tuple(touch for touch in self.earlier if touch.characteristic == characteristic))

    @property
    def touches(self) -> tuple[Touch, ...]:
        """The images of fingers that this attempt took in whole takes."""
        return touches_of(take for capture in self.done.values() for take in capture.takes)

    @property
    def renewals(self) -> tuple[RenewedReference, ...]:
        """The references that an acceptance renews: of each characteristic that was recognised by itself, and compared
        by an earlier extractor, what was captured of it."""
        made = self.decision
        if made is None:
            return ()
        passed = {result.characteristic for result in made.results if may_renew(result, made, self.policy)}
        takes = [capture.best for characteristic, capture in self.done.items() if characteristic in passed]
        return tuple(
            RenewedReference(take.best.renewal.replaced, replace(take.observation, template=take.best.renewal.template))
            for take in takes
            if take is not None and take.comparison is not None and take.best.renewal is not None
        )

    @property
    def lacks_attestation_alone(self) -> bool:
        """Whether the person would be accepted with what was captured so far, if the operator looked at them and saw
        nothing artificial: of no other outcome is that asked."""
        return self._lacks_alone(Reason.ATTESTATION_MISSING)

    @property
    def lacks_confirmation_alone(self) -> bool:
        """Whether the person would be accepted with what was captured so far, if a second person confirmed it."""
        return self._lacks_alone(Reason.CONFIRMATION_MISSING)

    def asked_rate(self, modality: Modality) -> float:
        """The false match rate that is asked of a modality by itself in this attempt."""
        rules, here = self.policy.comparison, self.circumstances
        rates = asked_rates(rules, (modality,), replaced=here.replaced, without_movements=here.without_movements)
        return rates[modality]

    def _lacks_alone(self, reason: Reason) -> bool:
        if self.stage is VerificationStage.DECIDED:
            return False
        decision = self.advance(events.CapturesFinished()).decision
        return decision is not None and decision.reasons == (reason,)

    def refuse(self, reason: Reason) -> VerificationSession:
        """Decided before anything is captured, without a verdict."""
        decision = Decision(Verdict.INCONCLUSIVE, (reason,), (), self.policy.identity)
        return replace(self, decision=decision, stage=VerificationStage.DECIDED, capture=None, capturing=None)

    def _start(self, characteristic: Characteristic) -> VerificationSession:
        plan = self._plan(characteristic)
        return replace(self, capturing=characteristic, capture=CaptureState(plan, challenges=self.challenges))

    def _with_ended_capture(self) -> VerificationSession:
        """Whatever a capture is left for, what it has shown is judged first."""
        return self if self.capture is None else self._with(self.capture.end())

    def _with(self, capture: CaptureState) -> VerificationSession:
        """The session with the capture as it is now. A suspicion ends the attempt."""
        challenges = max(self.challenges, capture.challenges)
        if self.capturing is None or capture.suspicion is None:
            return replace(self, capture=capture, challenges=challenges)
        shown = {**self.done, self.capturing: capture}
        gathered = [gather(characteristic, state) for characteristic, state in shown.items()]
        decision = decide(gathered, self.policy, self.calibrations, self.circumstances)
        return replace(
            self,
            capture=capture,
            challenges=challenges,
            suspicion=capture.suspicion,
            decision=decision,
            stage=VerificationStage.DECIDED,
        )

    def _decide(self) -> VerificationSession:
        if self.attempts.locked_out or self.attempts.retry_after > 0:
            return self.refuse(Reason.LOCKED_OUT if self.attempts.locked_out else Reason.DELAYED)
        gathered = [gather(characteristic, self.done.get(characteristic)) for characteristic in self.wanted]
        decision = decide(gathered, self.policy, self.calibrations, self.circumstances)
        return replace(self, decision=decision, stage=VerificationStage.DECIDED, capture=None, capturing=None)


def gather(characteristic: Characteristic, capture: CaptureState | None) -> CapturedCharacteristic:
    """The result of a finished capture for the decision.

    Where no sample came, nothing was shown that could disqualify the source: only the missing capture speaks.
    """
    if capture is None or capture.latest is None:
        unchecked = AttackFinding(AttackVerdict.NOT_CHECKED)
        return CapturedCharacteristic(characteristic, SourceKind.LIVE, unchecked, obstacle=Reason.NO_USABLE_CAPTURE)
    best = capture.best
    if best is None:
        source = capture.latest.provenance.kind
        return CapturedCharacteristic(
            characteristic, source, capture.unusable_finding, obstacle=capture.obstacle or Reason.NO_USABLE_CAPTURE
        )
    observation = best.observation
    return CapturedCharacteristic(
        characteristic=characteristic,
        source=observation.provenance.kind,
        finding=best.finding,
        extractor=best.extractor,
        quality=observation.quality.unified,
        comparison=best.comparison,
        obstacle=capture.shortfall,
        prompt=best.best.prompt,
        challenge=best.challenge,
        lips=best.lips,
        grade=Grade.OPERATIONAL if observation.template is None else observation.template.extractor.grade,
    )
