from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mlid_desktop.decision.calibration import band_of
from mlid_desktop.domain.characteristics import FACE, VOICE
from mlid_desktop.domain.decisions import (
    AttackFinding,
    AttackVerdict,
    AttemptState,
    CharacteristicResult,
    Decision,
    InjectionSign,
    Meaning,
    PolicyIdentity,
    Verdict,
)
from mlid_desktop.domain.provenance import SourceKind
from mlid_desktop.domain.reasons import Reason
from mlid_desktop.domain.subjects import Operator, Role, SubjectSummary
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.gui.verify.decision_presenter import (
    DecisionActs,
    DecisionScreen,
    NextAct,
    acts_after,
    decision_screen,
)
from mlid_desktop.station.text.language import open_language
from tests.makers import ENROLLED, INDEX, policy

ENGLISH = open_language(Path(), "en")
MARIA = SubjectSummary("a1", "1001", "Maria Okoye", ENROLLED, (FACE, INDEX))
CLERK = Operator("A. Clerk", Role.OPERATOR)
SUPERVISOR = Operator("B. Head", Role.SUPERVISOR)
RULES = policy().attempts
FRESH = AttemptState(0, 5, 0.0, locked_out=False)
LIVE = AttackFinding(AttackVerdict.BONA_FIDE, 0.9, 6)


def result(*, passed: bool = True, reason: Reason = Reason.SAME_PERSON, fmr: float = 1e-4) -> CharacteristicResult:
    return CharacteristicResult(
        FACE,
        passed,
        supporting_only=False,
        reason=reason,
        source=SourceKind.LIVE,
        meaning=Meaning(9.0, fmr, capped=True),
        band=band_of(Meaning(9.0, fmr, capped=True), 0.001),
        score=0.612345,
        attack=LIVE,
        quality=88,
        reference_created_at=datetime(2026, 3, 14, 12, tzinfo=UTC),
    )


def card(
    verdict: Verdict,
    reason: Reason,
    *results: CharacteristicResult,
    operator: Operator = CLERK,
    attempts: AttemptState = FRESH,
) -> DecisionScreen:
    decision = Decision(verdict, (reason,), results, PolicyIdentity("standard", "0" * 64))
    return decision_screen(decision, MARIA, attempts, 0.001, operator, ENGLISH, rules=RULES, has_fingers=False)


def test_an_acceptance_says_who_under_what_and_why() -> None:
    screen = card(Verdict.ACCEPTED, Reason.SAME_PERSON, result())
    assert (screen.verdict, screen.tone, screen.name) == ("Accepted", Tone.ACCEPTED, "Maria Okoye")
    assert screen.subtitle == "Same person"
    assert screen.rows[0].meaning == "far better than asked; the policy asks for 1 in 1,000"
    assert screen.rows[0].source == "live"
    assert screen.why == ""  # the row says it, with the figure that it is held against
    assert "Compared with what was captured on 14\u00a0Mar\u00a02026" in screen.footnote
    assert screen.details == "policy “standard” · noted in the audit"
    assert screen.next_step == ""


def test_a_voice_in_a_loud_room_is_said_to_say_nothing_beside_an_acceptance() -> None:
    voice = replace(
        result(passed=False, reason=Reason.ROOM_TOO_LOUD),
        characteristic=VOICE,
        supporting_only=True,
        meaning=None,
        band=None,
        score=None,
    )
    screen = card(Verdict.ACCEPTED, Reason.SAME_PERSON, result(), voice)
    assert screen.rows[1].meaning == "The room is too loud: the voice says nothing about who spoke."


def test_a_rejection_says_in_one_sentence_what_to_do_next_and_what_is_left() -> None:
    different = result(passed=False, reason=Reason.DIFFERENT_PERSON, fmr=0.4)
    screen = card(
        Verdict.REJECTED, Reason.DIFFERENT_PERSON, different, attempts=AttemptState(1, 4, 0.0, locked_out=False)
    )
    assert screen.tone is Tone.REJECTED
    assert (screen.subtitle, screen.why) == ("Not recognised", "")  # once, and once in its row
    assert screen.rows[0].meaning == "not similar enough"
    assert screen.next_step == "Try once more, or check the identity another way."
    assert "failed checks: 1 in a row (a wait after 10, locked after 100)" in screen.footnote


def test_an_attack_suspicion_is_said_to_the_operator() -> None:
    screen = card(Verdict.REJECTED, Reason.ATTACK_SUSPECTED, result(passed=False, reason=Reason.ATTACK_SUSPECTED))
    assert "may be a picture, a screen or a mask" in screen.why
    assert screen.rows[0].tone is Tone.REJECTED


def test_a_wait_is_given_in_seconds() -> None:
    waiting = AttemptState(5, 0, 29.6, locked_out=False)
    screen = card(Verdict.INCONCLUSIVE, Reason.DELAYED, attempts=waiting)
    assert screen.next_step == "Wait 30 seconds, then try again."


def test_the_raw_score_is_for_those_who_answer_for_the_thresholds() -> None:
    assert "0.612" not in str(card(Verdict.ACCEPTED, Reason.SAME_PERSON, result()).rows)
    seen = card(Verdict.ACCEPTED, Reason.SAME_PERSON, result(), operator=SUPERVISOR)
    assert "score 0.612" in seen.rows[0].figures
    assert seen.rows[0].meaning == "fewer than 1 in 10,000 strangers are this similar; the policy asks for 1 in 1,000"


@pytest.mark.parametrize("operator", [CLERK, SUPERVISOR])
@pytest.mark.parametrize("verdict", [Verdict.REJECTED, Verdict.INCONCLUSIVE])
def test_of_a_refusal_nobody_reads_how_near_it_was(verdict: Verdict, operator: Operator) -> None:
    near = result(passed=False, reason=Reason.DIFFERENT_PERSON, fmr=0.002)
    near = replace(near, attack=replace(LIVE, signs=(InjectionSign.STILL_PICTURE,)))
    far = result(passed=False, reason=Reason.DIFFERENT_PERSON, fmr=0.9)
    cards = [card(verdict, Reason.DIFFERENT_PERSON, each, operator=operator) for each in (near, far)]
    assert cards[0] == cards[1]
    assert not any(part in str(cards[0].rows) for part in ("1 in", "0.612", "88"))


def test_one_act_comes_next() -> None:
    def after(verdict: Verdict, why: Reason, state: AttemptState = FRESH, *, has_fingers: bool = True) -> DecisionActs:
        decision = Decision(verdict, (why,), (result(),), PolicyIdentity("standard", "0" * 64))
        return acts_after(decision, state, has_fingers=has_fingers)

    def acts(first: NextAct, *others: NextAct, may_release: bool = False) -> DecisionActs:
        return DecisionActs(first, frozenset(others), may_release)

    refused, unsure, waits = Verdict.REJECTED, Verdict.INCONCLUSIVE, AttemptState(5, 0, 29.6, locked_out=False)
    again, finger, document = NextAct.TRY_AGAIN, NextAct.BY_FINGER, NextAct.DOCUMENT
    immobile = Reason.CHALLENGE_NOT_POSSIBLE
    assert after(Verdict.ACCEPTED, Reason.SAME_PERSON) == acts(NextAct.DONE, document)
    assert after(refused, Reason.DIFFERENT_PERSON) == acts(again, document)
    assert after(refused, Reason.DIFFERENT_PERSON, waits) == acts(document)
    assert after(refused, Reason.ATTACK_SUSPECTED).first is document
    assert after(unsure, immobile).first is finger
    assert after(unsure, immobile, waits) == acts(document)
    assert finger not in {after(unsure, immobile, has_fingers=False).first, *after(refused, immobile, waits).others}
    locked = replace(FRESH, locked_out=True, may_release=True)
    assert after(refused, Reason.DIFFERENT_PERSON, locked) == acts(document, may_release=True)


def test_the_announcement_begins_with_the_verdict() -> None:
    assert card(Verdict.ACCEPTED, Reason.SAME_PERSON, result()).announcement.startswith("Accepted.")


def test_what_nothing_looked_for_stands_right_under_an_acceptance_and_is_spoken() -> None:
    unchecked = AttackFinding(AttackVerdict.INCOMPLETE, decides=False)
    screen = card(Verdict.ACCEPTED, Reason.SAME_PERSON, replace(result(), attack=unchecked))
    assert screen.caution.endswith("Look yourself whether it is a living face.")
    assert screen.caution[0].isupper()
    assert screen.caution.removesuffix(".") in screen.announcement
    assert card(Verdict.ACCEPTED, Reason.SAME_PERSON, result()).caution == ""
    refused = replace(result(passed=False, reason=Reason.DIFFERENT_PERSON), attack=unchecked)
    assert card(Verdict.REJECTED, Reason.DIFFERENT_PERSON, refused).caution == ""
