"""What the line of steps says once a check is decided: a step that refuses has no tick."""

from __future__ import annotations

from pathlib import Path

from mlid_desktop.decision.verdict import Circumstances
from mlid_desktop.domain.characteristics import FACE, Characteristic
from mlid_desktop.domain.decisions import (
    AttemptState,
    CharacteristicResult,
    Decision,
    PolicyIdentity,
    Verdict,
)
from mlid_desktop.domain.provenance import SourceKind
from mlid_desktop.domain.reasons import Reason
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.gui.verify.check_page import decided_steps
from mlid_desktop.station.text.language import open_language
from mlid_desktop.workflow.verification import VerificationSession
from tests.makers import INDEX, calibrations, policy

ENGLISH = open_language(Path(), "en")
FREE = AttemptState(0, 5, 0.0, locked_out=False)


def tones(*results: tuple[Characteristic, Reason]) -> tuple[list[Tone], str]:
    """What became of the steps of a check of a face and a finger that was refused, and what is spoken of it."""
    circumstances = Circumstances("verification", False, True)
    session = VerificationSession("a1", policy(), calibrations(), circumstances, FREE, (FACE, INDEX))
    found = tuple(
        CharacteristicResult(part, reason is Reason.SAME_PERSON, False, reason, SourceKind.LIVE)
        for part, reason in results
    )
    decision = Decision(Verdict.REJECTED, (found[-1].reason,), found, PolicyIdentity("p", "d"))
    steps = decided_steps(session, decision, ENGLISH)
    return [steps.tones[index] for index in range(len(steps.names) - 1)], steps.spoken


def test_a_step_that_did_not_match_has_a_cross_and_the_word_for_it() -> None:
    assert tones((FACE, Reason.DIFFERENT_PERSON)) == (
        [Tone.REJECTED, Tone.NEUTRAL],
        "Face: did not pass. Decision",
    ), "what was not captured or not compared has neither tick nor cross"


def test_a_step_that_passed_keeps_its_tick_beside_the_failed_step() -> None:
    said, spoken = tones((FACE, Reason.SAME_PERSON), (INDEX, Reason.DIFFERENT_PERSON))
    assert said == [Tone.ACCEPTED, Tone.REJECTED]
    assert spoken.endswith(": did not pass. Decision")


def test_what_was_too_poor_to_judge_was_captured_and_no_more() -> None:
    assert tones((FACE, Reason.NO_USABLE_CAPTURE))[0][0] is Tone.NEUTRAL
