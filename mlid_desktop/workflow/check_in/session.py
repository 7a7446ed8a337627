"""Checking people in from a queue: a code finds the person and the face confirms; a face alone only proposes somebody,
whom a code or a further modality confirms. One person at a time, and nothing of the person before."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.decisions import Tier, Verdict
from mlid_desktop.domain.reasons import Reason
from mlid_desktop.workflow.events import OutOfOrderError
from mlid_desktop.workflow.identification import IdentificationSession, IdentificationStage
from mlid_desktop.workflow.verification import VerificationSession

MOST_RECENT = 20


class CheckInStage(StrEnum):
    """The stages of checking in: nobody is looked at; a person is checked; a face is searched for; the search proposed
    somebody; a verdict is shown."""

    WAITING = "waiting"
    CHECKING = "checking"
    SEARCHING = "searching"
    PROPOSED = "proposed"
    SHOWN = "shown"


class Proof(StrEnum):
    """What says who a person is, beside the face: a code that was typed or scanned, or a further modality."""

    CODE = "code"
    FURTHER_MODALITY = "further_modality"


@dataclass(frozen=True, slots=True)
class CodeGiven:
    """A number, barcode or receipt code was given that is this person's."""

    subject_id: str


@dataclass(frozen=True, slots=True)
class SearchAsked:
    """The operator, or whoever stepped forward, asks to be searched for by the face."""


@dataclass(frozen=True, slots=True)
class FurtherModalityAsked:
    """Whom the search proposed is to be confirmed by another modality than the face."""


@dataclass(frozen=True, slots=True, eq=False)
class CheckEnded:
    """The verification of a person has come to its end, or was left."""

    session: VerificationSession


@dataclass(frozen=True, slots=True, eq=False)
class SearchEnded:
    """The search for a face has come to its end, or was left."""

    session: IdentificationSession


@dataclass(frozen=True, slots=True)
class Cleared:
    """Whoever was there has gone on, or the check was left; ``by_operator`` where somebody at the desk said so, and not
    the clock."""

    by_operator: bool


CheckInEvent = CodeGiven | SearchAsked | FurtherModalityAsked | CheckEnded | SearchEnded | Cleared


@dataclass(frozen=True, slots=True)
class CheckInOutcome:
    """What is shown of one check: the verdict and why. ``subject_id`` is "" where nobody was meant."""

    verdict: Verdict
    reason: Reason
    subject_id: str = field(default="", repr=False)
    suspicion: bool = False


@dataclass(frozen=True, slots=True)
class CheckInSession:
    """The state of checking people in. ``subject_id`` is who is checked or proposed, ``proof`` what beside the face
    will confirm it; ``next_id`` whose code was given while somebody else is looked at; ``outcome`` what is shown;
    ``recent`` the newest outcomes, the newest first. After a suspicion everything waits for the operator."""

    stage: CheckInStage = CheckInStage.WAITING
    subject_id: str = field(default="", repr=False)
    proof: Proof | None = None
    next_id: str = field(default="", repr=False)
    outcome: CheckInOutcome | None = None
    recent: tuple[CheckInOutcome, ...] = ()

    def advance(self, event: CheckInEvent) -> CheckInSession:
        """The session after the event. Raises OutOfOrderError for an event that this stage does not take."""
        match self.stage, event:
            case CheckInStage.CHECKING | CheckInStage.SEARCHING, CodeGiven(subject_id):
                return replace(self, next_id=subject_id)
            case _, CodeGiven(subject_id):
                return replace(self, next_id=subject_id) if self.halted else self._begin(subject_id, Proof.CODE)
            case CheckInStage.WAITING | CheckInStage.SHOWN, SearchAsked() if not self.halted:
                return replace(self._empty(), stage=CheckInStage.SEARCHING)
            case CheckInStage.PROPOSED, FurtherModalityAsked():
                return self._begin(self.subject_id, Proof.FURTHER_MODALITY)
            case CheckInStage.CHECKING, CheckEnded(session) if session.subject_id == self.subject_id:
                return self._after_check(session)
            case CheckInStage.SEARCHING, SearchEnded(session):
                return self._after_search(session)
            case CheckInStage.CHECKING | CheckInStage.SEARCHING, Cleared(by_operator=True):
                return self._go_on()
            case CheckInStage.PROPOSED | CheckInStage.SHOWN, Cleared(by_operator):
                return self if self.halted and not by_operator else self._go_on()
        raise OutOfOrderError(f"{type(event).__name__} in stage {self.stage}")

    @property
    def halted(self) -> bool:
        """Whether a suspicion waits for the operator."""
        return self.outcome is not None and self.outcome.suspicion

    def _begin(self, subject_id: str, proof: Proof) -> CheckInSession:
        """The check of a person, with nothing of anybody before."""
        return replace(self._empty(), stage=CheckInStage.CHECKING, subject_id=subject_id, proof=proof)

    def _empty(self) -> CheckInSession:
        return CheckInSession(recent=self.recent)

    def _go_on(self) -> CheckInSession:
        """Whose code was given meanwhile is next; a code that was given before a suspicion is not taken up."""
        if self.next_id and not self.halted:
            return self._begin(self.next_id, Proof.CODE)
        return self._empty()

    def _after_check(self, session: VerificationSession) -> CheckInSession:
        if session.decision is None:
            return self._go_on()
        verdict, reason = session.decision.verdict, session.decision.reasons[0]
        passed = {result.characteristic.modality for result in session.decision.results if result.passed}
        alone = self.proof is not Proof.CODE and not passed - {Modality.FACE, Modality.VOICE}
        if verdict is Verdict.ACCEPTED and (alone or session.suspicion is not None):
            verdict, reason = Verdict.INCONCLUSIVE, Reason.REQUIRED_MODALITY_MISSING
        return self._show(CheckInOutcome(verdict, reason, self.subject_id, session.suspicion is not None))

    def _after_search(self, session: IdentificationSession) -> CheckInSession:
        suspected = session.suspicion is not None
        if suspected or session.stage is IdentificationStage.REFUSED:
            reason = session.reason or Reason.NO_USABLE_CAPTURE
            verdict = Verdict.INCONCLUSIVE if session.verdict is None else session.verdict
            return self._show(CheckInOutcome(verdict, reason, suspicion=suspected))
        if session.found is None:
            return self._go_on()
        standing_out = [found for found in session.found.candidates if found.tier is Tier.STRONG]
        if len(standing_out) != 1:
            return self._show(CheckInOutcome(Verdict.INCONCLUSIVE, Reason.NO_CANDIDATE))
        proposed = replace(self._empty(), stage=CheckInStage.PROPOSED, subject_id=standing_out[0].subject_id)
        return proposed._begin(self.next_id, Proof.CODE) if self.next_id else proposed

    def _show(self, outcome: CheckInOutcome) -> CheckInSession:
        recent = (outcome, *self.recent)[:MOST_RECENT]
        return CheckInSession(CheckInStage.SHOWN, next_id=self.next_id, outcome=outcome, recent=recent)
