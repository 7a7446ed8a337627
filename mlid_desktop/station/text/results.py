"""Sentences about results: what a speaker is asked and was heard saying, what characteristics gave, alone or summed."""

from __future__ import annotations

from typing import Final

from mlid_desktop.domain.decisions import CharacteristicResult, Fusion
from mlid_desktop.domain.observations import PromptFinding
from mlid_desktop.domain.reasons import Reason
from mlid_desktop.station.text.language import N_ as _
from mlid_desktop.station.text.language import Language
from mlid_desktop.station.text.terms import BANDS, REASONS, comparison_text, meaning_text
from mlid_desktop.workflow.challenge import PromptedTake, PromptPhase
from mlid_desktop.workflow.events import CandidatesFound

POLICY_NAMES: Final = {
    "standard": _("standard"),
    "standard-all": _("standard, each by itself"),
    "strict": _("strict"),
    "evaluation": _("evaluation"),
}

FINDINGS: Final = {
    None: _("the digits asked, in the enrolled voice"),
    Reason.WRONG_DIGITS: _("other digits than asked"),
    Reason.OTHER_VOICE: _("the digits asked, in another voice"),
}


def policy_name(name: str, language: Language) -> str:
    """A policy's name as people read it: one that is shipped in their language, a site's own as it stands."""
    return language.text(POLICY_NAMES[name]) if name in POLICY_NAMES else name


def prompt_text(take: PromptedTake, language: Language) -> str:
    """One line that tells the speaker what to do now."""
    if take.phase is PromptPhase.QUIET:
        return language.text("Please be quiet for a moment")
    if take.digit is None:
        return language.text("Thank you")
    spoken, count = len(take.shown), len(take.prompt)
    return language.text("Say {digit}  ({index} of {count})", digit=take.digit, index=spoken, count=count)


def prompt_finding_text(finding: PromptFinding, language: Language) -> str:
    """A sentence on what the check of prompted speech found."""
    return language.text(FINDINGS[finding.reason])


def result_text(result: CharacteristicResult, language: Language) -> str:
    """The contribution of one characteristic to a decision: of prompted speech what was said and by whom, then the
    score as an error rate. A voice in a room that is too loud says nothing, and that is said."""
    if result.reason is Reason.ROOM_TOO_LOUD:
        return language.text(REASONS[result.reason][0])
    if result.prompt is None:
        return comparison_text(result, language)
    found = prompt_finding_text(result.prompt, language)
    unknown = result.meaning is None and result.band is None
    return found if unknown else f"{found} · {comparison_text(result, language)}"


def fusion_text(fusion: Fusion, language: Language) -> str:
    """A sentence on the combined result of several modalities, as far as the operator may see it; empty where that is
    nothing."""
    if fusion.meaning is not None:
        return meaning_text(fusion.meaning, language)
    return "" if fusion.band is None else language.text(BANDS[fusion.band])


def fusion_ground(names: str, fusion: Fusion, language: Language) -> str:
    """A sentence on why the combined result was enough; ``names`` are those of the modalities."""
    number = language.number(round(1 / fusion.asked_fmr))
    return language.text(
        "{names} counted together: at most 1 in {number} strangers would pass, as the policy asks, and each is above "
        "its minimum.",
        names=names,
        number=number,
    )


def not_compared_text(found: CandidatesFound, language: Language) -> str:
    """What a search could not do, and how it could; empty where it could all."""
    said = []
    if found.not_compared:
        said.append(
            language.plural(
                "{number} enrolled person gave nothing that was captured here and could not be compared: go back and "
                "capture what else the person agrees to.",
                "{number} enrolled people gave nothing that was captured here and could not be compared: go back and "
                "capture what else the person agrees to.",
                found.not_compared,
            )
        )
    if found.without_model:
        said.append(
            language.plural(
                "{number} enrolled person could not be compared, because the model of that reference is not installed "
                "here: install it under Administration, Models.",
                "{number} enrolled people could not be compared, because the models of their references are not "
                "installed here: install them under Administration, Models.",
                found.without_model,
            )
        )
    return " ".join(said)
