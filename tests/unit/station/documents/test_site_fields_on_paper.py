"""Lists, receipts and subject access documents with the site's own fields: masked, whole, and never a formula."""

from __future__ import annotations

import csv
from datetime import UTC, datetime

import pytest

from mlid_desktop.domain.subjects import SubjectSummary
from mlid_desktop.station.documents.people_csv import people_csv
from mlid_desktop.station.documents.receipt import code_sheet
from mlid_desktop.station.text.language import Language
from tests.site_schemas import clinic

FIELDS = (("born.1", "1990-01-31"), ("membership.1", "79927398713"), ("phone.1", "+33612345678"), ("gone.1", "secret"))


def person(name: str = "Ann", fields: tuple[tuple[str, str], ...] = FIELDS) -> SubjectSummary:
    return SubjectSummary("a" * 32, "17", name, datetime(2026, 1, 1, tzinfo=UTC), (), fields=fields)


@pytest.mark.parametrize("name", ["=HYPERLINK(1)", "+1", "-1", "@SUM", "=cmd|' /C calc'!A0", 'Ann, "B"\n'])
def test_no_cell_of_a_list_runs_in_a_spreadsheet(name: str) -> None:
    content = people_csv([person(name)], clinic()).decode("utf-8-sig")
    (row,) = csv.DictReader(content.splitlines(keepends=True))
    assert not any(str(cell).startswith(("=", "+", "-", "@")) for cell in row.values())
    assert row["phone"] == "'+33612345678"
    assert row["membership"] == "79927398713"
    assert "secret" not in content


def test_a_receipt_shows_what_is_marked_masked() -> None:
    import gettext

    sheet = code_sheet(person(), "b" * 32, Language("en", gettext.NullTranslations()), clinic())
    rows = {row for section in sheet.sections for row in section.rows}
    assert rows == {("Membership", "••••13"), ("Phone", "••••78")}
