"""The list of people as CSV, for another program or a spreadsheet: number, name, and the site's fields that are
exported."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from mlid_desktop.domain.subjects import SubjectSummary
from mlid_desktop.site_fields.schema import FieldSchema, Shown

FORMULA_BEGINS = ("=", "+", "-", "@", "\t", "\r")  # what spreadsheets run: an apostrophe keeps it text


def people_csv(people: Iterable[SubjectSummary], schema: FieldSchema) -> bytes:
    """The list in UTF-8 with a byte order mark, by which spreadsheets know it; a cell that a spreadsheet would run
    begins with an apostrophe, which an import takes away again."""
    exported = schema.shown_in(Shown.EXPORT)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(["number", "name", "enrolled_at", "standing", *(known.name for known in exported)])
    for person in people:
        given = dict(person.fields)
        cells = (person.number, person.name, person.enrolled_at.isoformat(), person.standing.value)
        writer.writerow([harmless_cell(cell) for cell in (*cells, *(given.get(known.key, "") for known in exported))])
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def harmless_cell(cell: str) -> str:
    """A cell that no spreadsheet runs: an apostrophe before what begins like a formula."""
    return f"'{cell}" if cell.startswith(FORMULA_BEGINS) else cell
