"""What is found when the people of a site are compared, in sentences that the command line and the window say alike."""

from __future__ import annotations

from mlid_desktop.decision.site_calibration.measurement import FEWEST_PEOPLE
from mlid_desktop.decision.site_calibration.score_history import Refusals
from mlid_desktop.station.documents.exact_interval import Interval, exact_interval
from mlid_desktop.station.text.language import Language


def left_out_text(number: int, language: Language) -> str:
    """How many samples were left out, and what to look for."""
    return language.plural(
        "{number} left out: one sample under two numbers. Look for people who are enrolled twice.",
        "{number} left out: one sample under two numbers. Look for people who are enrolled twice.",
        number,
    )


def carried_text(carried: float, language: Language) -> str:
    """Down to which share of confusions the people here say how often they are, and what speaks below it."""
    return language.text(
        "Down to 1 in {carried}: that often {people} people or more were taken for another. For rarer confusions the"
        " program's own table speaks.",
        carried=language.number(int(1 / carried)),
        people=FEWEST_PEOPLE,
    )


def raised_text(factor: float, language: Language) -> str:
    """That people here are confused more often than elsewhere, and what follows."""
    return language.text(
        "People here are confused more often than the program's table has it: it is made {factor} times as strict.",
        factor=f"{factor:.2g}",
    )


def would_pass_text(visits: Refusals, language: Language) -> str:
    """How many of past visits that were rejected would pass."""
    return language.text(
        "Of {rejected} that were rejected, rightly or wrongly, {accepted} would pass.",
        rejected=language.number(visits.rejected),
        accepted=language.number(visits.now_accepted),
    )


def refused_bounds(visits: Refusals) -> Interval:
    """Between which shares the right people who would be refused lie: of as many trials as people, rounded up."""
    errors = -(-visits.now_refused * visits.people // visits.accepted)
    return exact_interval(min(errors, visits.people), visits.people)
