"""Reasons to refuse a finished capture, the same for enrolment and identification."""

from __future__ import annotations

from mlid_desktop.decision.challenge import challenge_obstacle, challenge_outcome
from mlid_desktop.decision.verdict import Circumstances, capture_obstacle
from mlid_desktop.domain.decisions import AttackVerdict
from mlid_desktop.domain.provenance import SourceKind
from mlid_desktop.domain.reasons import Reason
from mlid_desktop.domain.templates import Grade
from mlid_desktop.workflow.capture import CaptureState


def refusal_of(capture: CaptureState, circumstances: Circumstances) -> Reason | None:
    """Why a finished capture cannot be used; None where it can."""
    best = capture.best
    if best is None:
        finding = capture.unusable_finding
        suspected = finding.decides and finding.verdict is AttackVerdict.SUSPECTED
        return Reason.ATTACK_SUSPECTED if suspected else capture.obstacle or Reason.NO_USABLE_CAPTURE
    made = best.observation.template
    grade = Grade.OPERATIONAL if made is None else made.extractor.grade
    refused = capture_obstacle(source_kind_of(capture), best.finding, circumstances, grade)
    if refused is None:
        return _unmet_challenge(capture, circumstances, grade)
    return capture.shortfall or refused if refused is Reason.ATTACK_CHECK_INCOMPLETE else refused


def _unmet_challenge(capture: CaptureState, circumstances: Circumstances, grade: Grade) -> Reason | None:
    """Any take that had to be followed by the challenge refuses the capture, whichever is the best."""
    plan = capture.plan
    modality, demanded = plan.characteristic.modality, plan.challenge_demanded or circumstances.challenge_demanded
    for take in capture.takes:
        kind = take.observation.provenance.kind
        outcome = challenge_outcome(
            modality, plan.challenge_rules, take.finding, kind, take.challenge, demanded=demanded
        )
        refused = challenge_obstacle(outcome, grade, demo=circumstances.demo)
        if refused is not None:
            return refused
    return None


def source_kind_of(capture: CaptureState) -> SourceKind:
    """The kind of source of the best take; simulated where there is none, so that an absent take never counts as
    live."""
    best = capture.best
    return SourceKind.SIMULATED if best is None else best.observation.provenance.kind
