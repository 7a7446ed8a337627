"""Converts decisions, candidates and captures to JSON documents and lines of text. Raw scores only for roles that may
see them."""

from __future__ import annotations

from typing import Any

from mlid_desktop.domain.decisions import (
    AttemptState,
    Candidate,
    CharacteristicResult,
    Decision,
    Fusion,
    Meaning,
    Verdict,
)
from mlid_desktop.domain.roles import Act, may
from mlid_desktop.domain.subjects import Operator, SubjectSummary
from mlid_desktop.station.text.attempt_terms import elsewhere_words
from mlid_desktop.station.text.challenge_terms import attack_text, lips_text, outcome_text, signs_text
from mlid_desktop.station.text.language import Language
from mlid_desktop.station.text.results import fusion_text, result_text
from mlid_desktop.station.text.terms import (
    REASONS,
    SOURCES,
    TIERS,
    VERDICTS,
    characteristic_name,
    meaning_text,
)
from mlid_desktop.workflow.capture import CaptureState
from mlid_desktop.workflow.events import CandidatesFound

EXIT_CODES = {Verdict.ACCEPTED: 0, Verdict.REJECTED: 1, Verdict.INCONCLUSIVE: 3}


def decision_document(decision: Decision, attempts: AttemptState, operator: Operator) -> dict[str, Any]:
    """The JSON document of a decision, as ``mlid verify --json`` prints it."""
    return {
        "verdict": decision.verdict.value,
        "reasons": [reason.value for reason in decision.reasons],
        "evidence": [_evidence(result, operator) for result in decision.results],
        "fusion": _fusion(decision.fusion),
        "policy": {"name": decision.policy.name, "digest": decision.policy.digest},
        "attested": decision.attested,
        "without_movements": decision.without_movements,
        "attempts_left": attempts.left,
        "retry_after": round(attempts.retry_after, 1),
        "locked_out": attempts.locked_out,
        "suspicions": attempts.suspicions,
        "next_attempt": attempts.requirement.value,
        "may_release": attempts.may_release,
        "failed_elsewhere": attempts.elsewhere,
    }


def _evidence(result: CharacteristicResult, operator: Operator) -> dict[str, Any]:
    row: dict[str, Any] = {
        "characteristic": str(result.characteristic),
        "passed": result.passed,
        "reason": result.reason.value,
        "supporting_only": result.supporting_only,
        "source": result.source.value,
        "meaning": _meaning(result.meaning),
        "band": None if result.band is None else result.band.value,
        "attack": {
            "verdict": result.attack.verdict.value,
            "frames": result.attack.frames,
            "decides": result.attack.decides,
            "signs": [sign.value for sign in result.attack.signs],
        },
        "challenge": result.challenge.value,
        "prompt": _prompt(result),
        "lips": None if result.lips is None else result.lips.value,
        "quality": None if result.quality < 0 else result.quality,
        "reference_created_at": _moment(result),
    }
    if may(operator, Act.SEE_SCORES):
        row["score"] = result.score
        row["attack"]["liveness"] = result.attack.liveness
    return row


def _prompt(result: CharacteristicResult) -> dict[str, Any] | None:
    found = result.prompt
    return None if found is None else {"confirmed": found.confirmed, "same_voice": found.same_voice}


def _fusion(fusion: Fusion | None) -> dict[str, Any] | None:
    """The JSON document of fused modalities, None where each was asked by itself."""
    if fusion is None:
        return None
    band = None if fusion.band is None else fusion.band.value
    return {"asked_one_in": round(1 / fusion.asked_fmr), "meaning": _meaning(fusion.meaning), "band": band}


def _meaning(meaning: Meaning | None) -> dict[str, Any] | None:
    return None if meaning is None else {"one_in": meaning.one_in, "capped": meaning.capped}


def _moment(result: CharacteristicResult) -> str | None:
    return None if result.reference_created_at is None else result.reference_created_at.isoformat()


def decision_lines(decision: Decision, attempts: AttemptState, language: Language) -> list[str]:
    """The lines of text that show a decision: the verdict, each characteristic, and the reasons."""
    lines = [language.text(VERDICTS[decision.verdict]).upper()]
    for result in decision.results:
        parts = (
            characteristic_name(result.characteristic, language),
            result_text(result, language),
            " · ".join((attack_text(result.attack, language), *signs_text(result.attack, language))),
            outcome_text(result.challenge, language),
            lips_text(result.lips, language),
            language.text(SOURCES[result.source]),
        )
        lines.append("  " + "  ·  ".join(part for part in parts if part))
    together = "" if decision.fusion is None else fusion_text(decision.fusion, language)
    if decision.without_movements:
        said = language.text("In place of movements: fingers, compared more strictly, and a second person")
        lines.append(f"  {said}")
    if together:
        lines.append("  " + "  ·  ".join((language.text("Together"), together)))
    for reason in decision.reasons:
        why, advice = REASONS[reason]
        lines.append(" ".join(language.text(part) for part in (why, advice) if part))
    if decision.verdict is not Verdict.ACCEPTED:
        lines += [line for line in (attempts_line(attempts, language), elsewhere_words(attempts, language)) if line]
    return lines


def attempts_line(attempts: AttemptState, language: Language) -> str:
    """A line that says how many attempts are left, or how long to wait."""
    if attempts.locked_out:
        return language.text("No attempt is left until two people let the person try again.")
    if attempts.retry_after > 0:
        return language.text("Next try in {seconds} s.", seconds=int(attempts.retry_after + 0.999))
    return language.plural("{number} attempt left.", "{number} attempts left.", attempts.left)


def candidates_document(
    found: CandidatesFound, people: dict[str, SubjectSummary], operator: Operator
) -> dict[str, Any]:
    """The JSON document of candidates for review, with how many strangers a gallery of this size brings up."""
    return {
        "gallery_size": found.gallery_size,
        "expected_false_hits": round(found.expected_false_hits, 6),
        "not_compared": found.not_compared,
        "without_model": found.without_model,
        "candidates": [_candidate(candidate, people, operator) for candidate in found.candidates],
    }


def _candidate(candidate: Candidate, people: dict[str, SubjectSummary], operator: Operator) -> dict[str, Any]:
    person = people.get(candidate.subject_id)
    row: dict[str, Any] = {
        "number": "" if person is None else person.number,
        "name": "" if person is None else person.name,
        "characteristic": str(candidate.characteristic),
        "tier": candidate.tier.value,
        "meaning": _meaning(candidate.meaning),
    }
    if may(operator, Act.SEE_SCORES):
        row["score"] = candidate.score
    return row


def candidate_rows(
    found: CandidatesFound, people: dict[str, SubjectSummary], language: Language
) -> list[tuple[str, ...]]:
    """The table rows of a search's candidates, one for each."""
    return [
        (
            people[candidate.subject_id].number if candidate.subject_id in people else "",
            people[candidate.subject_id].name if candidate.subject_id in people else "",
            language.text(TIERS[candidate.tier]),
            characteristic_name(candidate.characteristic, language),
            "" if candidate.meaning is None else meaning_text(candidate.meaning, language),
        )
        for candidate in found.candidates
    ]


def capture_document(capture: CaptureState, operator: Operator) -> dict[str, Any]:
    """The JSON document of a finished capture: every take with its quality, the best marked."""
    takes = []
    for number, take in enumerate(capture.takes):
        row: dict[str, Any] = {
            "quality": take.quality,
            "best": number == capture.best_index,
            "frames": take.frames,
            "attack": take.finding.verdict.value,
            "challenge": take.challenge.value,
            "lips": None if take.lip_agreement is None else take.lip_agreement.value,
            "components": {
                component.measure.value: component.value for component in take.observation.quality.components
            },
        }
        if may(operator, Act.SEE_SCORES):
            row["liveness"] = take.finding.liveness
        takes.append(row)
    latest = None if capture.latest is None else capture.latest.quality
    failed = (
        []
        if latest is None or capture.takes
        else [component.measure.value for component in latest.components if not component.passed]
    )
    return {"characteristic": str(capture.plan.characteristic), "takes": takes, "failed_gates": failed}
