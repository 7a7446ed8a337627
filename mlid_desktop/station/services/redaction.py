"""What a role may be shown: raw scores are taken out of a result before a face gets it, by the one table of roles."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from mlid_desktop.domain.decisions import Candidate, CharacteristicResult, Decision
from mlid_desktop.domain.roles import Act, may
from mlid_desktop.domain.subjects import Operator
from mlid_desktop.workflow.enrolment import EnrolmentSession
from mlid_desktop.workflow.events import CandidatesFound
from mlid_desktop.workflow.identification import IdentificationSession

Searching = TypeVar("Searching", EnrolmentSession, IdentificationSession)


def decision_for(operator: Operator, decision: Decision) -> Decision:
    """The decision as this person may see it: verdict, reasons and error rates for all, scores for some."""
    if may(operator, Act.SEE_SCORES):
        return decision
    return replace(decision, results=tuple(_without_scores(one) for one in decision.results))


def search_for(operator: Operator, session: Searching) -> Searching:
    """The session with the candidates of its search as this person may see them."""
    found = session.found
    if found is None or may(operator, Act.SEE_SCORES):
        return session
    candidates = tuple(_unscored(one) for one in found.candidates)
    return replace(session, found=CandidatesFound(candidates, found.gallery_size, found.expected_false_hits))


def _without_scores(result: CharacteristicResult) -> CharacteristicResult:
    return replace(result, score=None, attack=replace(result.attack, liveness=None))


def _unscored(candidate: Candidate) -> Candidate:
    return replace(candidate, score=None)
