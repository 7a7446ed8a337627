"""Sentences that names are filled into run the way of the language, not of the name."""

from __future__ import annotations

import gettext
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

from mlid_desktop.station.text.language import (
    DAYS,
    LEFT_TO_RIGHT_MARK,
    MONTHS,
    RIGHT_TO_LEFT_MARK,
    Language,
    isolate_direction,
    open_language,
)


@pytest.mark.parametrize(("code", "mark"), [("ar", RIGHT_TO_LEFT_MARK), ("en", ""), ("fr", "")])
def test_a_sentence_that_begins_with_a_name_keeps_its_direction(code: str, mark: str) -> None:
    language = Language(code, gettext.NullTranslations())
    assert language.text("{name}, No. {number}", name="Maria", number=7) == f"{mark}Maria, No. 7"
    assert language.plural("{number} person", "{number} people", 2) == f"{mark}2 people"
    assert language.text("No. {number}", number=7) == "No. 7"
    assert language.text("Consent") == "Consent"


@pytest.mark.parametrize(
    ("code", "written", "comma"),
    [
        ("en", "2 Mar 2026", ","),
        ("fr_CA", "2 mars 2026", ","),
        ("es", "2 mar 2026", ","),
        ("pt-BR", "2 mar. 2026", ","),
        ("ar", f"{RIGHT_TO_LEFT_MARK}2 مارس 2026", "،"),
        ("sv", "2026-03-02", ","),
        ("he", f"{LEFT_TO_RIGHT_MARK}2026-03-02", ","),
    ],
)
def test_a_day_is_written_as_its_language_writes_it_and_stays_on_one_line(code: str, written: str, comma: str) -> None:
    language = Language(code, gettext.NullTranslations())
    noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    assert language.date(noon) == language.day(date(2026, 3, 2)) == written.replace(" ", "\u00a0")
    assert language.moment(noon).startswith(f"{language.date(noon)}{comma} ")


def test_every_language_has_twelve_months() -> None:
    assert MONTHS.keys() == DAYS.keys() >= {"en", "fr", "ar", "es", "pt"}
    assert {len(names.split()) for names in MONTHS.values()} == {12}


def test_only_a_label_that_runs_left_is_given_its_direction() -> None:
    assert isolate_direction("Save …") == "Save …"
    assert isolate_direction("حفظ …").strip("\u2067\u2069") == "حفظ …"
    assert isolate_direction("حفظ …") != "حفظ …"


def write_catalogue(folder: Path, sentence: str) -> None:
    catalogue = Catalog(locale="fr")
    catalogue.add("Accepted", sentence)
    (folder / "LC_MESSAGES").mkdir(parents=True)
    with (folder / "LC_MESSAGES" / "mlid.mo").open("wb") as file:
        write_mo(file, catalogue)


def test_a_language_is_a_code_and_never_a_way_out_of_the_folder(tmp_path: Path) -> None:
    shipped, outside = tmp_path / "translations", tmp_path / "outside"
    write_catalogue(shipped / "fr", "Accepté")
    write_catalogue(outside, "REJECTED")
    for wanted in ("fr", "fr_FR", "fr-CA", "fr_FR.UTF-8"):
        assert open_language(shipped, wanted).text("Accepted") == "Accepté"
    for wanted in (str(outside), "../outside", "fr/../../outside", "fr_/../../outside", "fr\0x", "..", "f", "x" * 5000):
        assert open_language(shipped, wanted).text("Accepted") == "Accepted"
