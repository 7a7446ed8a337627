"""``mlid wording``: what native speakers read, and the sheet that they fill in."""

from __future__ import annotations

import csv
from pathlib import Path

from tests.command_line import mlid


def test_a_language_is_shown_and_written_sentence_by_sentence(tmp_path: Path) -> None:
    sheet = tmp_path / "fr.csv"
    ran = mlid("wording", "fr", "--search", "how good is this", "--out", sheet, "--json")
    (shown,) = ran.json["sentences"]
    assert (ran.code, shown["english"], "How good is this?" in shown["pages"]) == (0, "How good is this?", True)
    heads, (code, files, english, translation, better) = csv.reader(sheet.read_text("utf-8-sig").splitlines())
    assert heads == ["language", "file", "english", "translation", "better"]
    assert (code, english, translation, better) == ("fr", shown["english"], shown["translation"], "")
    assert "mlid_desktop/gui/transparency/page.py" in files.split()
    assert mlid("wording", "fr", "--out", sheet).code == 2  # it is there already


def test_only_a_language_that_is_there_and_translated_has_a_wording() -> None:
    assert [mlid("wording", code).code for code in ("en", "xx", "../fr")] == [2, 2, 2]
