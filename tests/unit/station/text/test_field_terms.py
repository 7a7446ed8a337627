"""A date in a site's field is read as the language writes it, and kept as it was."""

from __future__ import annotations

from datetime import date

import pytest

from mlid_desktop.site_fields.schema import FieldKind, SiteField
from mlid_desktop.site_fields.values import check
from mlid_desktop.station.configuration.resources import resource_folder
from mlid_desktop.station.text.field_terms import field_hint, problem_text
from mlid_desktop.station.text.language import open_language

BORN = SiteField("born", FieldKind.DATE, {"en": "Born"}, {"en": "Tells apart."}, 30, earliest="1900-01-01")


@pytest.mark.parametrize(("code", "shown"), [("en", "31 Jan 1990"), ("fr", "31 janv. 1990")])
def test_a_date_is_shown_as_the_language_writes_it(code: str, shown: str) -> None:
    language = open_language(resource_folder() / "translations", code)
    assert " ".join(BORN.display("1990-01-31", code, language.day).split()) == shown
    assert BORN.display("1990-01-31", code) == "1990-01-31"  # for programs
    assert BORN.display("no date", code, language.day) == "no date"
    said = problem_text(check(BORN, "1899-12-31", date(2026, 11, 30)), language)
    assert "1900" in said
    assert "1900-01-01" not in said


def test_how_a_date_is_written_is_said_before_it_is_typed() -> None:
    language = open_language(resource_folder() / "translations", "en")
    assert "2026-01-31 or 31.01.2026" in field_hint(BORN, language)
