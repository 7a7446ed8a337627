"""What the decision card shows: verdict, what each characteristic contributed, the rule that fired, what to do next."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Final

from mlid_desktop.decision.policy import AttemptRules
from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.decisions import (
    AttackVerdict,
    AttemptRequirement,
    AttemptState,
    CharacteristicResult,
    Decision,
    Verdict,
)
from mlid_desktop.domain.reasons import Reason
from mlid_desktop.domain.subjects import Operator, SubjectSummary
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.station.services.redaction import decision_for
from mlid_desktop.station.text.attempt_terms import elsewhere_words, failed_words
from mlid_desktop.station.text.challenge_terms import attack_text, lips_text, outcome_text, signs_text
from mlid_desktop.station.text.language import Language, capitalised
from mlid_desktop.station.text.modality_terms import facts_of
from mlid_desktop.station.text.results import fusion_ground, policy_name, result_text
from mlid_desktop.station.text.terms import FINGERS, MODALITIES, REASONS, SOURCES, VERDICTS

TONES: Final = {
    Verdict.ACCEPTED: Tone.ACCEPTED,
    Verdict.REJECTED: Tone.REJECTED,
    Verdict.INCONCLUSIVE: Tone.INCONCLUSIVE,
}


class NextAct(Enum):
    """What an operator is asked to do next after a decision; exactly one, and Enter does it."""

    DONE = auto()
    TRY_AGAIN = auto()
    BY_FINGER = auto()
    DOCUMENT = auto()


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """One characteristic on the decision card. ``figures`` are for who asks for details, and end in the score for roles
    that may see it; ``attack`` is the copy check."""

    name: str
    meaning: str
    figures: str
    attack: str
    source: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class DecisionActs:
    """What can be done after a decision: ``first`` is asked for, the ``others`` are open beside it. ``may_release``:
    two people may let the person try anew."""

    first: NextAct
    others: frozenset[NextAct] = frozenset()
    may_release: bool = False


@dataclass(frozen=True, slots=True)
class DecisionScreen:
    """The decision card as it is drawn, and what can be done after it. ``caution`` is what an acceptance rests on that
    nothing looked at, and what to do about it; ``details`` are for who asks for them."""

    verdict: str
    tone: Tone
    subtitle: str
    name: str = field(repr=False)
    number: str = field(repr=False)
    rows: tuple[DecisionRow, ...]
    why: str
    next_step: str
    footnote: str
    details: str
    acts: DecisionActs
    caution: str = ""

    @property
    def announcement(self) -> str:
        """What a screen reader says when the decision card appears."""
        parts = (self.verdict, self.subtitle, self.caution, self.next_step)
        return ". ".join(part.removesuffix(".") for part in parts if part)


def decision_screen(
    decision: Decision,
    subject: SubjectSummary,
    attempts: AttemptState,
    asked_fmr: float,
    operator: Operator,
    language: Language,
    *,
    rules: AttemptRules,
    has_fingers: bool,
) -> DecisionScreen:
    """The card for a decision. ``attempts`` is the state after it by ``rules``; ``asked_fmr`` what is asked of each;
    ``has_fingers`` says whether the person has fingers that may stand in for movements."""
    decision = decision_for(operator, decision)
    advice = REASONS[decision.reasons[0]][1]
    accepted = decision.verdict is Verdict.ACCEPTED
    asked = asked_fmr if accepted and _decided_alone(decision) else None
    return DecisionScreen(
        verdict=language.text(VERDICTS[decision.verdict]),
        tone=TONES[decision.verdict],
        subtitle=_subtitle(decision, language),
        name=subject.name,
        number=language.text("No. {number}", number=subject.number),
        rows=tuple(_row(result, asked, language, accepted=accepted) for result in decision.results),
        why=_why_accepted(asked_fmr, decision, language) if accepted else _why_not(decision, attempts, language),
        next_step="" if accepted or not advice else _next_step(advice, attempts, language),
        footnote=_footnote(decision, attempts, rules, language),
        details=_details(decision, language),
        acts=acts_after(decision, attempts, has_fingers=has_fingers),
        caution=caution_text(decision, language) if accepted else "",
    )


def _may_try_again(decision: Decision, attempts: AttemptState) -> bool:
    """Whether a new attempt is open now, and may end otherwise than this one."""
    if decision.verdict is Verdict.ACCEPTED or attempts.locked_out or attempts.retry_after > 0:
        return False
    return bool(REASONS[decision.reasons[0]][1]) and bool(decision.results)


def acts_after(decision: Decision, attempts: AttemptState, *, has_fingers: bool) -> DecisionActs:
    """What to do next: an acceptance is done with, and whoever doubts it may look at a document too, which is noted by
    itself; an attack that is suspected, and a refusal after which no attempt is open, go on with a document.
    ``has_fingers`` says whether the person has fingers that may stand in for movements."""
    if decision.verdict is Verdict.ACCEPTED:
        return DecisionActs(NextAct.DONE, frozenset({NextAct.DOCUMENT}), attempts.may_release)
    again, finger = _may_try_again(decision, attempts), has_fingers and _may_try_by_finger(decision, attempts)
    first = NextAct.DOCUMENT
    if finger:
        first = NextAct.BY_FINGER
    elif again and decision.reasons[0] is not Reason.ATTACK_SUSPECTED:
        first = NextAct.TRY_AGAIN
    offered = ((NextAct.DOCUMENT, True), (NextAct.TRY_AGAIN, again), (NextAct.BY_FINGER, finger))
    others = frozenset(act for act, is_open in offered if is_open and act is not first)
    return DecisionActs(first, others, attempts.may_release)


def _may_try_by_finger(decision: Decision, attempts: AttemptState) -> bool:
    """Whether a new attempt is open now in which fingers decide in place of movements that were not made."""
    if attempts.locked_out or attempts.retry_after > 0 or attempts.requirement is not AttemptRequirement.ORDINARY:
        return False
    return decision.reasons[0] in (Reason.CHALLENGE_NOT_POSSIBLE, Reason.CHALLENGE_NOT_MET)


def _subtitle(decision: Decision, language: Language) -> str:
    if decision.verdict is Verdict.ACCEPTED:
        return language.text("Same person")
    if decision.reasons[0] is Reason.DIFFERENT_PERSON:
        return language.text("Not recognised")
    return language.text("Not accepted") if decision.verdict is Verdict.REJECTED else language.text("No decision")


def _meaning(result: CharacteristicResult, language: Language, *, accepted: bool) -> str:
    """What a characteristic said; of a refusal only whether it was similar enough, which its sign says too."""
    if accepted or result.prompt is not None or result.reason is Reason.ROOM_TOO_LOUD:
        return result_text(result, language)
    if result.passed:
        return language.text("similar enough")
    alike = result.reason in (Reason.DIFFERENT_PERSON, Reason.TOGETHER_TOO_WEAK)
    return language.text("not similar enough") if alike else language.text("not enough to decide")


def _decided_alone(decision: Decision) -> bool:
    """Whether one characteristic alone decided, by the rate that the policy asks: its row then says both figures."""
    alone = sum(result.passed for result in decision.results) == 1
    return alone and decision.fusion is None and not decision.without_movements


def _row(result: CharacteristicResult, asked_fmr: float | None, language: Language, *, accepted: bool) -> DecisionRow:
    modality = result.characteristic.modality
    position = result.characteristic.position
    meaning = _meaning(result, language, accepted=accepted)
    if position is not None:
        meaning = f"{meaning} ({language.text(FINGERS[position])})"
    if asked_fmr is not None and result.passed:
        number = language.number(round(1 / asked_fmr))
        meaning = language.text("{meaning}; the policy asks for 1 in {number}", meaning=meaning, number=number)
    if result.supporting_only and result.reason is not Reason.ROOM_TOO_LOUD:
        meaning = language.text("supports · {meaning}", meaning=meaning)
    details = [] if result.quality < 0 else [language.text("quality {value} of 100", value=result.quality)]
    if result.score is not None:
        details.append(language.text("score {value}", value=f"{result.score:.3f}"))
    return DecisionRow(
        name=language.text(MODALITIES[modality]),
        meaning=meaning,
        figures=" · ".join(details),
        attack=_attack(result, modality, language, accepted=accepted),
        source=language.text(SOURCES[result.source]),
        tone=row_tone(result),
    )


def caution_text(decision: Decision, language: Language) -> str:
    """What nothing looked for in what was accepted, each once."""
    said = (_unchecked(result, result.characteristic.modality, language) for result in decision.results)
    return " ".join(dict.fromkeys(capitalised(words) for words in said if words))


def _unchecked(result: CharacteristicResult, modality: Modality, language: Language) -> str:
    """That nothing looked for pictures and masks where that is expected, and what to do then; empty where it was looked
    for."""
    finding = result.attack
    shown_only = finding.verdict is AttackVerdict.INCOMPLETE and not finding.decides
    missing = finding.verdict is AttackVerdict.NOT_CHECKED and facts_of(modality).expects_attack_check
    if not shown_only and not missing:
        return ""
    look = language.text("Look yourself whether it is a living face.")
    return f"{attack_text(finding, language)}. {look}"


def _attack(result: CharacteristicResult, modality: Modality, language: Language, *, accepted: bool) -> str:
    finding = result.attack
    if finding.verdict is AttackVerdict.NOT_CHECKED and not facts_of(modality).expects_attack_check:
        return ""
    if not accepted and not finding.decides:  # that a demonstration is not judged explains no refusal
        return outcome_text(result.challenge, language)
    parts = (
        "" if accepted and _unchecked(result, modality, language) else attack_text(result.attack, language),
        *signs_text(result.attack, language),
        outcome_text(result.challenge, language),
        lips_text(result.lips, language),
    )
    return " · ".join(part for part in parts if part)


def row_tone(result: CharacteristicResult) -> Tone:
    """What a characteristic says for the decision: that it passed, that it refuses, or nothing sure."""
    if result.passed:
        return Tone.ACCEPTED
    refused = (Reason.DIFFERENT_PERSON, Reason.ATTACK_SUSPECTED, Reason.SOURCE_NOT_LIVE)
    return Tone.REJECTED if result.reason in refused else Tone.INCONCLUSIVE


def _why_accepted(asked_fmr: float, decision: Decision, language: Language) -> str:
    names = [language.text(MODALITIES[result.characteristic.modality]) for result in decision.results if result.passed]
    number = language.number(round(1 / asked_fmr))
    if decision.without_movements:
        return language.text(
            "Finger: at most 1 in {number} strangers would pass, and a second person confirmed it.", number=number
        )
    if _decided_alone(decision):
        return ""
    joined = language.text(" and ").join(names)
    if decision.fusion is not None:
        summed = [result.characteristic.modality for result in decision.results if not result.supporting_only]
        named = [language.text(MODALITIES[modality]) for modality in dict.fromkeys(summed)]
        return fusion_ground(language.text(" and ").join(named), decision.fusion, language)
    return language.text(
        "{names}, each: at most 1 in {number} strangers would pass, as the policy asks.", names=joined, number=number
    )


def _why_not(decision: Decision, attempts: AttemptState, language: Language) -> str:
    """Why somebody is not accepted, unless the verdict and its rows say it; where attempts stand in the way, that some
    of them were at other desks."""
    is_said = decision.reasons[0] is Reason.DIFFERENT_PERSON and bool(decision.results)
    reason = "" if is_said else language.text(REASONS[decision.reasons[0]][0])
    elsewhere = elsewhere_words(attempts, language) if attempts.has_to_wait else ""
    return f"{reason} {elsewhere}".strip()


def _next_step(advice: str, attempts: AttemptState, language: Language) -> str:
    if attempts.retry_after > 0:
        return language.text("Wait {seconds} seconds, then try again.", seconds=round(attempts.retry_after))
    return language.text(advice)


def _footnote(decision: Decision, attempts: AttemptState, rules: AttemptRules, language: Language) -> str:
    dates = [result.reference_created_at for result in decision.results if result.reference_created_at is not None]
    parts = []
    if dates:
        parts.append(language.text("Compared with what was captured on {date}", date=language.date(min(dates))))
    if attempts.locked_out:
        parts.append(language.text("locked until two people let the person try again"))
    elif decision.verdict is not Verdict.ACCEPTED and attempts.failed_in_a_row:
        counted = failed_words(attempts.failed_in_a_row, rules, language)
        parts.append(language.text("failed checks: {counted}", counted=counted))
    if attempts.requirement is not AttemptRequirement.ORDINARY:
        parts.append(language.text("the next attempt asks for two kinds of characteristics or for movements"))
    if decision.attested:
        parts.append(language.text("operator looked at the person"))
    return " · ".join(parts)


def _details(decision: Decision, language: Language) -> str:
    """By which policy was decided, and that it is noted."""
    policy = language.text("policy “{policy}”", policy=policy_name(decision.policy.name, language))
    return " · ".join((policy, language.text("noted in the audit")))
