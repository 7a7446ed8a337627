"""What a report of measurements shows, whatever it is written as: its parts, their headings, and values in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from mlid_desktop.domain.quality import Measure
from mlid_desktop.station.text.language import N_ as _
from mlid_desktop.station.text.language import Language
from mlid_desktop.station.text.measure_terms import MEASURES

Rates = Mapping[str, tuple[float, tuple[float, float] | None]]
REPORT_FILES = ("report.json", "report.html", "report.pdf")
COMMIT_SHOWN, DIGEST_SHOWN = 12, 16  # characters: enough to tell them apart
MAX_COLUMNS = 6  # of a table that fits on paper

MEASURED = frozenset(measure.value for measure in MEASURES)
HEADINGS = {
    "eer": _("Equal error rate"),
    "fta": _("Failure to acquire"),
    "fte": _("Failure to enrol"),
    "bpcer": _("Bona fide refused (BPCER)"),
    "apcer": _("Attack accepted (APCER)"),
    "fnmr_at_fmr": _("FNMR at FMR"),
    "threshold_at_fmr": _("Threshold at FMR"),
    "genuine": _("Comparisons of the same person"),
    "impostor": _("Comparisons of different people"),
    "dataset": _("Data set"),
    "models": _("Models"),
    "plain": _("Baseline on the same pairs"),
    "change": _("Change against the baseline"),
    "failures": _("Why images gave no template"),
    "gates_failed": _("Images below a quality gate (reported, not applied)"),
    "quality_discard": _("FNMR when the worst images are discarded"),
    "groups": _("Groups (worse: above overall by more than 25 %)"),
    "worse": _("Worse"),
    "step_ms": _("Milliseconds a step (median)"),
    "windows": _("Windows"),
    "iapar": _("Accepted and taken for the person (IAPAR)"),
    "people": _("People"),
    "non_response": _("Frames that could not be judged"),
    "single_pictures": _("Single pictures, which are no windows"),
    "not_tested": _("Species not tested"),
    "equal_error": _("Equal error rate"),
    "accepted": _("Accepted, by who brings what and by rule"),
    "window": _("Frames a window"),
    "threshold": _("Threshold"),
    "leave_one_out": _("Threshold found without the person"),
    "compared": _("Compared with the baseline file"),
    "intervals": _("Intervals of 95 %"),
    "series": _("Quality by degradation"),
    "falls": _("Falls monotonically"),
    "protocol": _("Pairs of different fingers"),
    "extract_ms": _("Milliseconds from image to template (median)"),
    "compare_per_s": _("Comparisons a second"),
    "template_bytes": _("Bytes of a template (median)"),
    "fingers": _("Each finger"),
    "generalised": _("With failures to enrol and acquire"),
    "gfar": _("False acceptances (GFAR)"),
    "gfrr": _("False rejections (GFRR)"),
    "refused": _("Own face and finger refused, by rule"),
    "before": _("Before"),
    "now": _("Now"),
    "difference": _("Difference, interval of 95 %"),
    "images": _("Images"),
    "without_template": _("Without a template"),
    "fnmr": _("FNMR"),
    "fmr": _("FMR"),
    "fnmr_interval": _("Interval of FNMR"),
    "fmr_interval": _("Interval of FMR"),
    "rate": _("Rate"),
    "low": _("From"),
    "high": _("To"),
}
RATES = frozenset({"fnmr_at_fmr", "apcer", "equal_error", "refused", "accepted"})  # each at several points
SHARES = frozenset(
    {"gates_failed", "quality_discard", "fnmr_at_fmr", "fnmr", "fmr", "before", "now", "change", "eer", "difference"}
    | {"gfar", "gfrr", "rate", "low", "high", "equal_error", "refused", "accepted", "fnmr_interval", "fmr_interval"}
)
IN_THE_HEAD = frozenset({"program", "commit", "made_on", "kind"})
IN_THE_TABLE = frozenset({"intervals", "eer", "fta", "fte", "bpcer", "fnmr_at_fmr", "apcer"})
FOR_MACHINES = frozenset({"draws"})  # what a later run compares with, and nobody reads


@dataclass(frozen=True, slots=True)
class MeasurementPage:
    """A report: the ``document`` of its numbers, the ``rates`` of its first table, or ``lines`` that say the same where
    a rate is nothing without what it rests on; ``drawings`` as SVG by caption; ``notes`` on how it was measured."""

    document: Mapping[str, Any]
    rates: Rates
    drawings: Mapping[str, str]
    title: str
    lines: Sequence[str] = ()
    notes: Sequence[str] = ()

    @property
    def origin(self) -> str:
        """The program, the day, and the commit of its checkout."""
        program, day, commit = (str(self.document.get(name, "")) for name in ("program", "made_on", "commit"))
        return f"{program} · {day} · {commit[:COMMIT_SHOWN]}"

    def sections(self) -> dict[str, Any]:
        """What comes after the first table, by key."""
        hidden = IN_THE_HEAD | IN_THE_TABLE | FOR_MACHINES
        return {
            key: value
            for key, value in self.document.items()
            if key not in hidden and isinstance(value, dict | list) and value
        }

    def headline(self, language: Language) -> list[tuple[str, str, str]]:
        """The rows of the first table under their heads: figure, rate, interval."""
        rows = [(language.text(_("Figure")), language.text(_("Rate")), language.text(_("Interval of 95 %")))]
        rows += [
            (heading(name, language), percent(rate), "" if bounds is None else span(bounds, language))
            for name, (rate, bounds) in self.rates.items()
        ]
        return rows + [
            (heading(name, language), f"{self.document[name]:,}", "")
            for name in ("genuine", "impostor")
            if isinstance(self.document.get(name), int)
        ]


def percent(rate: float) -> str:
    """A rate as percent with three significant figures."""
    return f"{100 * rate:.3g} %"


def span(bounds: tuple[float, float], language: Language) -> str:
    """An interval of rates in words."""
    return language.text("{low} to {high}", low=percent(bounds[0]), high=percent(bounds[1]))


def heading(key: str, language: Language) -> str:
    """The heading of a part of a report, or of a row in it; of a rate at a point, such as ``fnmr_at_fmr 1e-3``, that of
    the rate and the point."""
    table, space, point = key.partition(" ")
    if key in HEADINGS or (space and table in RATES):
        return f"{language.text(HEADINGS[table])}{space}{point}"
    return language.text(MEASURES[Measure(key)]) if key in MEASURED else key.replace("_", " ")


def columns_of(value: Mapping[str, Any]) -> tuple[str, ...]:
    """The columns of a value that is a table: rows by name, all of the same few cells; empty for one that is none."""
    rows = list(value.values())
    if len(rows) < 2 or not all(isinstance(row, dict) for row in rows):
        return ()
    names = tuple(rows[0])
    plain = all(
        tuple(row) == names and not any(isinstance(cell, dict) or is_list_of_parts(cell) for cell in row.values())
        for row in rows
    )
    return names if plain and 0 < len(names) <= MAX_COLUMNS else ()


def is_list_of_parts(value: Any) -> bool:
    """Whether a value is a list of more than numbers."""
    return isinstance(value, list) and not all(isinstance(item, float) for item in value)


def value_text(value: Any, key: str, language: Language) -> str:
    """A single value, or a list of numbers, in words; ``key`` is the nearest name, which says whether a number is a
    share."""
    if isinstance(value, list):
        return " – ".join(percent(item) if key in SHARES else f"{item:.4g}" for item in value)
    if isinstance(value, bool):
        return language.text(_("yes")) if value else language.text(_("no"))
    if isinstance(value, float):
        return percent(value) if key in SHARES else f"{value:.4g}"
    if key == "digest":
        return str(value)[:DIGEST_SHOWN]
    return "–" if value is None else str(value)


def step_medians(steps: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """The median milliseconds of each step of the pipeline, and of all steps together, over images that went
    through."""
    measured = [row for row in steps if row]
    names = list(dict.fromkeys(name for row in measured for name in row))
    medians = {name: float(median(row[name] for row in measured if name in row)) for name in names}
    totals = [sum(row.values()) for row in measured if len(row) == len(names)]
    return medians | ({"all": float(median(totals))} if totals else {})
