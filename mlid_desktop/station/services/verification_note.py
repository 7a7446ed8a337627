"""The note of a decided verification in the audit."""

from __future__ import annotations

from mlid_desktop.domain.decisions import ChallengeOutcome, Decision
from mlid_desktop.domain.provenance import SourceKind
from mlid_desktop.vault.audit.log import Note
from mlid_desktop.workflow.verification import VerificationSession


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
        **({"how": "without_movements"} if decision.without_movements else {}),
        **({} if session.instead is None else {"instead": session.instead.value}),
    }
    return Note("verification.decided", facts)
