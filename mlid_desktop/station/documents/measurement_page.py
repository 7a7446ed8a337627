"""Reports of measurements as files: ``report.json`` for machines; ``report.html``, one self-contained page of the same
numbers and drawings; ``report.pdf`` for paper."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mlid_desktop.station.documents.measurement import (
    REPORT_FILES,
    SHARES,
    MeasurementPage,
    columns_of,
    heading,
    is_list_of_parts,
    value_text,
)
from mlid_desktop.station.documents.measurement_pdf import render_measurement
from mlid_desktop.station.documents.output_files import make_folder, require_folder, write_private
from mlid_desktop.station.text.language import N_ as _
from mlid_desktop.station.text.language import Language

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


def write_files(folder: Path, page: MeasurementPage, language: Language, *, replace: bool = False) -> None:
    """Writes the three files into a folder, which is made where it is not there. Raises UsageError:
    USAGE_OUTPUT_EXISTS, USAGE_OUTPUT_UNWRITABLE."""
    require_folder(folder, REPORT_FILES, replace=replace)
    texts = (encode_document(page.document), render_page(page, language))
    contents = (*(text.encode() for text in texts), render_measurement(page, language))
    make_folder(folder)
    for name, content in zip(REPORT_FILES, contents, strict=True):
        write_private(folder / name, content, replace=replace)


def encode_document(document: Mapping[str, Any]) -> str:
    """The numbers as they are written for machines."""
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def render_page(page: MeasurementPage, language: Language) -> str:
    """Renders the whole report as HTML."""
    figures = "".join(
        f"<figure>{drawing}<figcaption>{html.escape(name)}</figcaption></figure>"
        for name, drawing in page.drawings.items()
    )
    sections = "".join(
        f"<section><h2>{html.escape(heading(key, language))}</h2>{_value(value, key, language)}</section>"
        for key, value in page.sections().items()
    )
    direction = "rtl" if language.right_to_left else "ltr"
    return (
        f'<!doctype html>\n<html lang="{html.escape(language.code)}" dir="{direction}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{html.escape(page.title)}</title><style>{STYLE}</style></head><body>"
        f"<h1>{html.escape(page.title)}</h1><p class='muted'>{html.escape(page.origin)}</p>"
        f"<section>{_sentences(page.lines) if page.lines else _headline(page, language)}</section>"
        f"<section class='plots'>{figures}</section>{_notes(page.notes, language)}{sections}</body></html>\n"
    )


def _sentences(lines: Sequence[str]) -> str:
    return "<ul>" + "".join(f"<li>{html.escape(line)}</li>" for line in lines) + "</ul>"


def _notes(notes: Sequence[str], language: Language) -> str:
    if not notes:
        return ""
    return f"<section><h2>{html.escape(language.text(_('How this was tested')))}</h2>{_sentences(notes)}</section>"


def _headline(page: MeasurementPage, language: Language) -> str:
    head, *rows = page.headline(language)
    return f"<table>{_row(*head, cell='th')}{''.join(_row(*row) for row in rows)}</table>"


def _row(name: str, value: str, note: str, cell: str = "td") -> str:
    return (
        f"<tr><th>{html.escape(name)}</th><{cell}>{html.escape(value)}</{cell}>"
        f"<{cell} class='muted'>{html.escape(note)}</{cell}></tr>"
    )


def _value(value: Any, key: str, language: Language) -> str:
    """A value of the report as HTML, mappings as tables; ``key`` is the nearest name above, which says whether a number
    is a share."""
    if isinstance(value, dict):
        columns = columns_of(value)
        return _table(value, columns, language) if columns else _pairs(value, key, language)
    if is_list_of_parts(value):
        return "".join(f"<div>{_value(inner, key, language)}</div>" for inner in value)
    text = html.escape(value_text(value, key, language))
    return f"<span class='worse'>{text}</span>" if value is True and key == "worse" else text


def _pairs(value: Mapping[str, Any], key: str, language: Language) -> str:
    rows = "".join(
        f"<tr><th>{html.escape(heading(str(name), language))}</th>"
        f"<td>{_value(inner, key if key in SHARES else str(name), language)}</td></tr>"
        for name, inner in value.items()
    )
    return f"<table>{rows}</table>"


def _table(value: Mapping[str, Any], columns: Sequence[str], language: Language) -> str:
    head = "".join(f"<th>{html.escape(heading(name, language))}</th>" for name in columns)
    rows = "".join(
        f"<tr><th>{html.escape(heading(str(name), language))}</th>"
        + "".join(f"<td>{_value(row[column], column, language)}</td>" for column in columns)
        + "</tr>"
        for name, row in value.items()
    )
    return f"<table><tr><th></th>{head}</tr>{rows}</table>"
