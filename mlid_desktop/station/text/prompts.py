"""Sentences about prompted speech: what is asked now, and what a check of it found."""

from __future__ import annotations

from typing import Final

from mlid_desktop.domain.decisions import CharacteristicResult
from mlid_desktop.domain.observations import PromptFinding
from mlid_desktop.domain.reasons import Reason
from mlid_desktop.station.text.language import N_ as _
from mlid_desktop.station.text.language import Language
from mlid_desktop.station.text.terms import comparison_text
from mlid_desktop.workflow.challenge import PromptedTake, PromptPhase

FINDINGS: Final = {
    None: _("the digits asked, in the enrolled voice"),
    Reason.WRONG_DIGITS: _("other digits than asked"),
    Reason.OTHER_VOICE: _("the digits asked, in another voice"),
}


def prompt_text(take: PromptedTake, language: Language) -> str:
    """One line that tells the speaker what to do now."""
    if take.phase is PromptPhase.QUIET:
        return language.text("Please be quiet for a moment")
    if take.digit is None:
        return language.text("Thank you")
    spoken, count = len(take.shown), len(take.prompt)
    return language.text("Say {digit}  ({place} of {count})", digit=take.digit, place=spoken, count=count)


def prompt_finding_text(finding: PromptFinding, language: Language) -> str:
    """A sentence on what the check of prompted speech found."""
    return language.text(FINDINGS[finding.reason])


def result_text(result: CharacteristicResult, language: Language) -> str:
    """The contribution of one characteristic to a decision: of prompted speech what was said and by whom, then the
    score as an error rate."""
    if result.prompt is None:
        return comparison_text(result, language)
    found = prompt_finding_text(result.prompt, language)
    unknown = result.meaning is None and result.band is None
    return found if unknown else f"{found} · {comparison_text(result, language)}"
