"""The table of figures in words, for the screen and the terminal, and as a CSV file, row for row the same."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from typing import Final

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.decisions import ReleaseReason, Verdict
from mlid_desktop.domain.reasons import Reason
from mlid_desktop.domain.subjects import DeclineReason, ErasureReason
from mlid_desktop.station.figures.figure_table import EARLIER, REST, FigureRow, FigureSection, FigureTable
from mlid_desktop.station.text.attempt_terms import DECLINES, RELEASE_REASONS
from mlid_desktop.station.text.language import N_ as _
from mlid_desktop.station.text.language import Language
from mlid_desktop.station.text.measure_terms import MEASURES
from mlid_desktop.station.text.terms import ERASURES, MODALITIES, REASONS

COLUMNS = ("section", "when", "what", "kind", "device", "number", "more", "lower_quartile", "median", "upper_quartile")
HEADS: Final = (
    _("What"), _("When"), _("How many"), _("A quarter below"), _("Half below"), _("Three quarters below")
)  # fmt: skip
SECTIONS: Final = {
    FigureSection.ACTS: _("What was done"),
    FigureSection.QUALITY: _("Quality of the captures, 0 to 100"),
    FigureSection.TIMES: _("Time that a step takes"),
    FigureSection.SCORES: _("How alike accepted people were, as one in so many strangers is"),
}
ACTS: Final = {
    "enrolment.saved": _("Enrolled"),
    "enrolment.refused": _("Enrolment ended unsaved"),
    "consent.declined": _("Consent declined"),
    "consent.withdrawn": _("Consent withdrawn"),
    "attempts.released": _("Let try again by two people"),
    "verification.otherwise": _("Checked without biometrics"),
    "identification.closed": _("Search"),
    "search.delayed": _("Search that had to wait"),
    "subject.erased": _("Erased"),
}
CHECKS: Final = {
    Verdict.ACCEPTED: _("Check accepted"),
    Verdict.REJECTED: _("Check rejected"),
    Verdict.INCONCLUSIVE: _("Check inconclusive"),
}
OUTCOMES: Final = {
    "accepted": _("accepted"),
    "rejected": _("rejected"),
    "same": _("a candidate was the person"),
    "different": _("no candidate was the person"),
    "escalated": _("left open"),
}
STEPS: Final = {
    "capture": _("Whole capture"),
    "detect": _("Finding it in the picture"),
    "quality": _("Judging its quality"),
    "liveness": _("Check against copies"),
    "extract": _("Making the template"),
    "minutiae": _("Finding the detail points"),
    "sound": _("Listening"),
}
UNIFIED: Final = _("Quality in all")


def check_of(row: FigureRow) -> tuple[Verdict, Reason] | None:
    """The verdict and the reason of a row that counts checks; None for other rows."""
    if row.what != "verification.decided":
        return None
    verdict, _slash, reason = row.kind.partition("/")
    return Verdict(verdict), Reason(reason)


def figure_lines(table: FigureTable, language: Language) -> list[tuple[str, ...]]:
    """The rows in words, a text for each of :data:`HEADS`."""
    return [figure_line(row, language) for row in table.rows]


def figure_line(row: FigureRow, language: Language) -> tuple[str, ...]:
    """A row in words, a text for each of :data:`HEADS`."""
    shown = unit_of(row.section, language)
    spread = tuple("" if value is None else shown(value) for value in (row.low, row.middle, row.high))
    return (what_text(row, language), when_text(row, language), number_text(row, language), *spread)


def what_text(row: FigureRow, language: Language) -> str:
    """What a row counts or measures."""
    text = language.text
    check = check_of(row)
    if check is not None:
        return f"{text(CHECKS[check[0]])}: {text(REASONS[check[1]][0])}"
    if row.section is FigureSection.ACTS:
        detail = outcome_text(row.what, row.kind, language)
        return f"{text(ACTS[row.what])}: {detail}" if detail else text(ACTS[row.what])
    modality = text(MODALITIES[Modality(row.kind)])
    if row.section is FigureSection.SCORES:
        return modality
    device = row.device or text("other devices, recordings and simulations")
    return f"{modality} · {device} · {component_text(row, language)}"


def component_text(row: FigureRow, language: Language) -> str:
    """The component of quality, or the step, that a row measures."""
    if row.section is FigureSection.TIMES:
        return language.text(STEPS[row.what])
    names = {measure.value: words for measure, words in MEASURES.items()}
    return language.text(names.get(row.what, UNIFIED))


def when_text(row: FigureRow, language: Language) -> str:
    """The hour, day or period of a row."""
    text, when = language.text, row.when
    if when == EARLIER:
        return text("the three months before")
    if when.endswith(f"/{REST}"):
        return text("other hours of the day") if when.count("-") > 1 else text("other hours of the month")
    if "T" in when:
        hour = int(when.rpartition("T")[2])
        return f"{hour:02}:00–{(hour + 1) % 24:02}:00"
    return when.replace("/", " – ")


def number_text(row: FigureRow, language: Language) -> str:
    """The number of a row of figures in words; where it is too small to be told, that it is."""
    if row.number is None:
        return language.text("too few to show")
    number = language.number(row.number)
    if row.section is not FigureSection.ACTS:
        return language.text("{number} or a few more", number=number)
    return language.text("{number} and a few more", number=number) if row.more else number


def unit_of(section: FigureSection, language: Language) -> Callable[[float], str]:
    """How a measured value of a section is written."""
    if section is FigureSection.TIMES:
        return lambda value: _duration(value, language)
    if section is FigureSection.SCORES:
        return lambda value: language.text("1 in {number}", number=language.number(round(value)))
    return lambda value: language.number(round(value))


def figures_csv(table: FigureTable) -> bytes:
    """The table as CSV with a header, in codes."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(COLUMNS)
    for row in table.rows:
        cells: tuple[object, ...] = (row.section.value, row.when, row.what, row.kind, row.device, row.number)
        rows.writerow([*cells, int(row.more), row.low, row.middle, row.high])
    return out.getvalue().encode()


def _duration(milliseconds: float, language: Language) -> str:
    if milliseconds < 1000:
        return language.text("{number} ms", number=f"{milliseconds:g}")
    return language.text("{number} s", number=f"{milliseconds / 1000:g}")


def outcome_text(act: str, outcome: str, language: Language) -> str:
    """What an act came to, in words; empty where there is nothing to say."""
    known: Mapping[str, str] = OUTCOMES
    match act:
        case "enrolment.refused":
            known = {reason.value: words for reason, (words, _next) in REASONS.items()}
        case "consent.declined":
            known = {reason.value: DECLINES[reason] for reason in DeclineReason}
        case "attempts.released":
            known = {reason.value: RELEASE_REASONS[reason] for reason in ReleaseReason}
        case "subject.erased":
            known = {reason.value: ERASURES[reason] for reason in ErasureReason}
    words = known.get(outcome, "")
    return language.text(words) if words else ""
