"""Names in every writing system are on the paper where a font is installed, and said to be missing where none is."""

from __future__ import annotations

import pytest

from mlid_desktop.station.documents import fonts
from mlid_desktop.station.documents.pdf import PaperSheet, render_pdf
from mlid_desktop.station.text.language import Language, open_language
from tests.makers import ROOT

ENGLISH: Language = open_language(ROOT / "resources" / "translations", "en")


def sheet(name: str) -> PaperSheet:
    return PaperSheet("Enrolment receipt", name, "No. 7", ())


@pytest.mark.parametrize("name", ["Ann", "Zoé Łukasz", "Νίκος", "Иван", "محمد أحمد"])
def test_the_bundled_font_needs_no_other(name: str) -> None:
    assert fonts.fallbacks(name) == ()
    assert fonts.unprintable(name) == ""


def test_letters_that_no_font_has_are_named_and_the_paper_is_made_all_the_same() -> None:
    assert fonts.unprintable("Ann \U000e0fff\ue123") == "\U000e0fff\ue123" or fonts.unprintable("\ue123") in {
        "",
        "\ue123",
    }
    assert render_pdf(sheet("Ann \ue123"), ENGLISH).startswith(b"%PDF")


@pytest.mark.parametrize("name", ["अमृता शर्मा", "አበበ ቢቂላ", "สมชาย", "山田太郎", "김철수", "அம்மா"])
def test_other_writing_systems_are_printed_where_a_font_is_installed(name: str) -> None:
    others = fonts.fallbacks(name)
    covered = set().union(*(fonts.letters_of(path) for path in others)) | fonts.letters_of(fonts.bundled_font(""))
    missing = fonts.unprintable(name)
    assert all((letter in missing) != (letter in covered) for letter in name.replace(" ", ""))
    assert render_pdf(sheet(name), ENGLISH).startswith(b"%PDF")


def test_a_machine_without_fonts_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "_installed", lambda: ())
    assert fonts.unprintable("अ") == "अ"
    assert render_pdf(sheet("अ"), ENGLISH).startswith(b"%PDF")
