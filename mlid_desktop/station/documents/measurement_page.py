"""Reports of measurements as files: ``report.json`` for machines, and ``report.html``, one self-contained page of the
same numbers and drawings."""

from __future__ import annotations

import html
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mlid_desktop.station.documents.output_files import make_folder, require_folder, write_private
from mlid_desktop.station.text.language import N_ as _
from mlid_desktop.station.text.language import Language

Rates = Mapping[str, tuple[float, tuple[float, float] | None]]

STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
       color: #17202B; background: #F5F7FA; }
h1 { font-size: 1.75rem; } h2 { font-size: 1.25rem; margin-top: 0.5rem; }
section { background: #fff; border: 1px solid #D6DDE6; border-radius: 12px; padding: 1rem 1.5rem; margin: 1rem 0;
          overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .35rem 1.25rem .35rem 0; border-bottom: 1px solid #D6DDE6; vertical-align: top; }
th { font-weight: 600; overflow-wrap: anywhere; }
.plots { display: flex; flex-wrap: wrap; gap: 1rem; } .plots figure { flex: 1 1 24rem; margin: 0; }
.plots svg { width: 100%; height: auto; background: #fff; } figcaption, .muted { color: #566273; }
.worse { color: #A8221B; font-weight: 600; }
@media (prefers-color-scheme: dark) {
  body { color: #E8EDF3; background: #11161D; } section { background: #18202A; border-color: #2C3846; }
  th, td { border-color: #2C3846; } figcaption, .muted { color: #9AA8B9; } .worse { color: #FF8F86; }
}
"""

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
    "groups": _("Groups"),
    "worse": _("Over 25 % worse than overall"),
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
}
SHARES = frozenset({"gates_failed", "quality_discard", "fnmr_at_fmr", "fnmr", "fmr", "before", "now", "change", "eer"})
IN_THE_HEAD = frozenset({"program", "commit", "made_on", "kind"})
IN_THE_TABLE = frozenset({"intervals", "eer", "fta", "fte", "bpcer", "fnmr_at_fmr", "apcer"})


def write_files(
    folder: Path,
    document: Mapping[str, Any],
    rates: Rates,
    drawings: Mapping[str, str],
    title: str,
    language: Language,
    lines: Sequence[str] = (),
    *,
    replace: bool = False,
) -> None:
    """Writes both files into a folder, which is made where it is not there. Raises UsageError: USAGE_OUTPUT_EXISTS,
    USAGE_OUTPUT_UNWRITABLE."""
    page = render_page(document, rates, drawings, title, language, lines)
    written = {"report.json": as_json(document).encode(), "report.html": page.encode()}
    require_folder(folder, written, replace=replace)
    make_folder(folder)
    for name, content in written.items():
        write_private(folder / name, content, replace=replace)


def as_json(document: Mapping[str, Any]) -> str:
    """The numbers as they are written for machines."""
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def step_medians(steps: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """The median milliseconds of each step of the pipeline, and of all steps together, over images that went
    through."""
    measured = [row for row in steps if row]
    names = list(dict.fromkeys(name for row in measured for name in row))
    medians = {name: float(np.median([row[name] for row in measured if name in row])) for name in names}
    totals = [sum(row.values()) for row in measured if len(row) == len(names)]
    return medians | ({"all": float(np.median(totals))} if totals else {})


def render_page(
    document: Mapping[str, Any],
    rates: Rates,
    drawings: Mapping[str, str],
    title: str,
    language: Language,
    lines: Sequence[str] = (),
) -> str:
    """Renders the whole report page as HTML. ``drawings`` are SVG by caption; ``rates`` are the figures of the first
    table, or ``lines`` say the same where a rate is nothing without what it rests on."""
    figures = "".join(
        f"<figure>{drawing}<figcaption>{html.escape(name)}</figcaption></figure>" for name, drawing in drawings.items()
    )
    lead = f"{document.get('program', '')} · {document.get('made_on', '')} · {str(document.get('commit', ''))[:12]}"
    return (
        f'<!doctype html>\n<html lang="{html.escape(language.code)}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{html.escape(title)}</title><style>{STYLE}</style></head><body>"
        f"<h1>{html.escape(title)}</h1><p class='muted'>{html.escape(lead)}</p>"
        f"<section>{_sentences(lines) if lines else _headline(document, rates, language)}</section>"
        f"<section class='plots'>{figures}</section>{_sections(document, language)}</body></html>\n"
    )


def _sentences(lines: Sequence[str]) -> str:
    return "<ul>" + "".join(f"<li>{html.escape(line)}</li>" for line in lines) + "</ul>"


def _headline(document: Mapping[str, Any], rates: Rates, language: Language) -> str:
    rows = [
        _row(
            _rate_name(name, language),
            percent(rate),
            "" if bounds is None else _span(bounds, language),
        )
        for name, (rate, bounds) in rates.items()
    ]
    rows += [
        _row(_heading(name, language), f"{document[name]:,}", "")
        for name in ("genuine", "impostor")
        if isinstance(document.get(name), int)
    ]
    head = _row(language.text(_("Figure")), language.text(_("Rate")), language.text(_("Interval of 95 %")), cell="th")
    return f"<table>{head}{''.join(rows)}</table>"


def _span(bounds: tuple[float, float], language: Language) -> str:
    return language.text("{low} to {high}", low=percent(bounds[0]), high=percent(bounds[1]))


def _row(name: str, value: str, note: str, cell: str = "td") -> str:
    return (
        f"<tr><th>{html.escape(name)}</th><{cell}>{html.escape(value)}</{cell}>"
        f"<{cell} class='muted'>{html.escape(note)}</{cell}></tr>"
    )


def _sections(document: Mapping[str, Any], language: Language) -> str:
    shown = [
        (key, value)
        for key, value in document.items()
        if key not in IN_THE_HEAD | IN_THE_TABLE and isinstance(value, dict | list) and value
    ]
    return "".join(
        f"<section><h2>{html.escape(_heading(key, language))}</h2>{_value(value, key, language)}</section>"
        for key, value in shown
    )


def _value(value: Any, key: str, language: Language) -> str:
    """A value of the report as HTML, mappings as nested tables; ``key`` is the nearest name above, which says whether a
    number is a share."""
    if isinstance(value, dict):
        rows = "".join(
            f"<tr><th>{html.escape(_heading(str(name), language))}</th>"
            f"<td>{_value(inner, key if key in SHARES else str(name), language)}</td></tr>"
            for name, inner in value.items()
        )
        return f"<table>{rows}</table>"
    if isinstance(value, list):
        if all(isinstance(item, float) for item in value):
            return html.escape(" – ".join(f"{item:.4g}" for item in value))
        return "".join(f"<div>{_value(inner, key, language)}</div>" for inner in value)
    if isinstance(value, bool):
        yes = language.text(_("yes")) if value else language.text(_("no"))
        return f"<span class='worse'>{html.escape(yes)}</span>" if value and key == "worse" else html.escape(yes)
    if isinstance(value, float):
        return percent(value) if key in SHARES else f"{value:.4g}"
    return html.escape("–" if value is None else str(value))


def _rate_name(name: str, language: Language) -> str:
    table, _space, point = name.partition(" ")
    return f"{_heading(table, language)} {point}".strip()


def _heading(key: str, language: Language) -> str:
    return language.text(HEADINGS[key]) if key in HEADINGS else key.replace("_", " ")


def percent(rate: float) -> str:
    """A rate as percent with three significant figures."""
    return f"{100 * rate:.3g} %"
