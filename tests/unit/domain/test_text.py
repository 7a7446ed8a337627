"""Names and numbers as people type, paste and export them come to one form; a search finds them however they are
typed."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mlid_desktop.domain.subjects import Details
from mlid_desktop.domain.text import decoded, is_shown, number_key, searched, tidy, tidy_number


@pytest.mark.parametrize(
    ("brought", "kept"),
    [
        ("Ann", "Ann"),
        ("  Ann \u00a0 Example\u3000", "Ann Example"),
        ("Ann\r\nExample", "Ann Example"),
        ("\ufeffAnn\u200e", "Ann"),
        ("سحر\u200cناز", "سحر\u200cناز"),
        ("\u200cسحر\u200c", "سحر"),
        ("山田\u3000太郎", "山田 太郎"),
        ("Zoe\u0301", "Zoé"),
        ("So\u00adfie", "Sofie"),
        ("Ann\u3164", "Ann"),
        ("\u845b\U000e0100\u57ce", "\u845b\U000e0100\u57ce"),
    ],
)
def test_a_name_is_kept_in_one_form(brought: str, kept: str) -> None:
    details = Details("1", brought)
    assert details.name == kept


@pytest.mark.parametrize("name", ["", " ", "\u200c", "a\u2028b", "a\x00b", "a\x1bb", "\ud800", "\ue000", "x" * 201,
    "\u3164", "\u2800\uffa0", "\ufe0f", "\u0301"])  # fmt: skip  # nothing of which is seen
def test_what_cannot_be_shown_is_no_name(name: str) -> None:
    with pytest.raises(ValueError, match="details"):
        Details("1", name)


@pytest.mark.parametrize(
    ("brought", "kept"),
    [
        ("١٠١٢", "1012"),
        ("۱۰۱۲", "1012"),
        ("१०१२", "1012"),
        ("１０１２", "1012"),
        ("1012\u200e", "1012"),
        ("0007", "0007"),
        ("A-1", "A-1"),
    ],
)
def test_a_number_is_kept_in_one_form(brought: str, kept: str) -> None:
    assert tidy_number(brought) == kept
    assert number_key(brought) == kept.casefold()


@pytest.mark.parametrize("other", ["12\u201334", "12\u201134", "12\u221234", "12-\ufe0f34", "1\u034f2-34"])
def test_numbers_do_not_differ_by_what_word_processors_put_in(other: str) -> None:
    assert number_key(other) == number_key("12-34")
    assert number_key("A\u20191") == number_key("A'1")


def test_details_that_are_kept_are_read_under_rules_that_came_later() -> None:
    assert Details.kept("\u3164", "\u2800").name == "\u2800"


def test_numbers_differ_by_leading_zeros_and_not_by_case() -> None:
    assert number_key("07") != number_key("7")
    assert number_key("A1") == number_key("a1")


@pytest.mark.parametrize(
    ("kept", "typed"),
    [
        ("IŞIK", "ışık"), ("İbrahim", "ibrahim"), ("Łukasz", "lukasz"), ("Ørsted", "orsted"), ("Đặng", "dang"),
        ("O’Brien", "O'Brien"), ("OʻZBEK", "o'zbek"), ("Jean–Luc", "Jean-Luc"), ("Strauß", "STRAUSS"),
        ("Jean-Luc", "jean luc"),
        ("St. John", "st john"), ("D.J.", "dj"), ("\u845b\U000e0100\u57ce", "\u845b\u57ce"),
        ("Gal\u00b7la", "galla"), ("Æsa", "aesa"),
        ("Þór", "thor"), ("فاطمة", "فاطمه"), ("مصطفى", "مصطفي"), ("علی", "علي"), ("کریم", "كريم"),
        ("محـــمد", "محمد"), ("أحمد", "احمد"), ("سحر\u200cناز", "سحرناز"), ("Σωκράτης", "ΣΩΚΡΑΤΗΣ"),
        ("ヤマダ", "やまだ"), ("Zoé", "Zoe\u0301"), ("Ann 12", "ann ١٢"),
    ],
)  # fmt: skip
def test_a_search_finds_a_name_however_it_is_typed(kept: str, typed: str) -> None:
    assert searched(kept) == searched(typed)


@example("\u1e9e\u0301\xdf")
@example(",\u0327\ufeff\u0323")
@given(st.text())
def test_any_text_comes_to_a_form_that_stays(text: str) -> None:
    assert tidy(tidy(text)) == tidy(text)
    assert tidy_number(tidy_number(text)) == tidy_number(text)
    assert number_key(number_key(text)) == number_key(text)
    for form in ("NFC", "NFD"):
        assert searched(unicodedata.normalize(form, text)) == searched(text)
    assert isinstance(is_shown(text), bool)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_text_is_read_in_the_encodings_that_spreadsheets_write(encoding: str) -> None:
    text = "number,name\r\n7,Zoé\r\n"
    assert decoded(text.encode(encoding))[0] == text
    assert decoded(text.encode("cp1252")) == (text, "windows-1252")


@given(st.binary(max_size=200))
def test_any_bytes_are_text_or_none(untrusted: bytes) -> None:
    try:
        text, encoding = decoded(untrusted)
    except UnicodeDecodeError:
        return
    assert isinstance(text, str)
    assert encoding
