"""Redacts results: scores and error rates are taken out before a user interface gets them, by the one table of
roles, and of a decision the audit keeps codes alone."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from mlid_desktop.domain.decisions import Candidate, ChallengeOutcome, CharacteristicResult, Decision, Verdict
from mlid_desktop.domain.provenance import SourceKind
from mlid_desktop.domain.reasons import Reason
from mlid_desktop.domain.roles import Act, may
from mlid_desktop.domain.subjects import Operator
from mlid_desktop.vault.audit.log import Note
from mlid_desktop.workflow.enrolment import EnrolmentSession
from mlid_desktop.workflow.identification import IdentificationSession
from mlid_desktop.workflow.verification import VerificationSession

Searching = TypeVar("Searching", EnrolmentSession, IdentificationSession)


def decision_for(operator: Operator, decision: Decision) -> Decision:
    """The decision as this operator may see it: verdict and reasons for all; of an acceptance scores and error rates
    for some, and for others whether it was better than asked or far better. Of a refusal nobody, whatever the role,
    sees how near it was or what gave a copy away."""
    if decision.verdict is not Verdict.ACCEPTED:
        return replace(decision, results=tuple(map(_refused, decision.results)), fusion=None)
    if may(operator, Act.SEE_SCORES):
        return decision
    fusion = None if decision.fusion is None else replace(decision.fusion, meaning=None)
    return replace(decision, results=tuple(map(_without_figures, decision.results)), fusion=fusion)


def search_for(operator: Operator, session: Searching) -> Searching:
    """The session with the candidates of its search as this operator may see them."""
    found = session.found
    if found is None or may(operator, Act.SEE_SCORES):
        return session
    candidates = tuple(candidate_for(operator, candidate) for candidate in found.candidates)
    return replace(session, found=replace(found, candidates=candidates))


def _without_figures(result: CharacteristicResult) -> CharacteristicResult:
    return replace(result, score=None, meaning=None, attack=replace(result.attack, liveness=None))


def _refused(result: CharacteristicResult) -> CharacteristicResult:
    bare = _without_figures(result)
    return replace(bare, band=None, quality=-1, lips=None, attack=replace(bare.attack, signs=()))


def candidate_for(operator: Operator, candidate: Candidate) -> Candidate:
    """The candidate as this operator may see it: the tier for all, error rate and score for some."""
    return candidate if may(operator, Act.SEE_SCORES) else replace(candidate, score=None, meaning=None)


def _challenge_of(session: VerificationSession, decision: Decision) -> str:
    """What became of the active challenge of whichever characteristic had one; not met where its capture was left after
    an action was shown."""
    outcomes = {result.challenge for result in decision.results} - {ChallengeOutcome.NOT_NEEDED}
    usual = ChallengeOutcome.NOT_MET if session.challenges > 0 else ChallengeOutcome.NOT_NEEDED
    return next((outcome.value for outcome in ChallengeOutcome if outcome in outcomes), usual.value)


def _source_of(decision: Decision) -> str:
    """What the sources were: the one that stands furthest from a live device, where there were several; empty without
    any."""
    kinds = {result.source for result in decision.results}
    order = (SourceKind.VIRTUAL, SourceKind.SIMULATED, SourceKind.RECORDED, SourceKind.LIVE)
    return next((kind.value for kind in order if kind in kinds), "")


def _lips_of(decision: Decision) -> dict[str, str]:
    """Whether the lips of who spoke moved with the speech, where somebody watched them."""
    found = [result.lips.value for result in decision.results if result.lips is not None]
    return {"lips": found[0]} if found else {}


def note_of_leaving(session: VerificationSession) -> Note:
    """What the audit keeps of an attempt that was left once an action of the active challenge was shown."""
    facts: dict[str, str | bool] = {
        "subject": session.subject_id,
        "verdict": Verdict.INCONCLUSIVE.value,
        "reason": Reason.CHALLENGE_NOT_MET.value,
        "policy": session.policy.identity.digest,
        "attested": session.circumstances.attested,
        "challenge": ChallengeOutcome.NOT_MET.value,
    }
    return Note("verification.decided", facts)


def note_of(session: VerificationSession, decision: Decision) -> Note:
    """What the audit keeps of a decision: codes alone."""
    facts = {
        "subject": session.subject_id,
        "verdict": decision.verdict.value,
        "reason": decision.reasons[0].value,
        "policy": decision.policy.digest,
        "attested": decision.attested,
        "challenge": _challenge_of(session, decision),
        "source": _source_of(decision),
        **_lips_of(decision),
        **({"how": "without_movements"} if decision.without_movements else {}),
        **({} if session.instead is None else {"instead": session.instead.value}),
    }
    return Note("verification.decided", facts)
