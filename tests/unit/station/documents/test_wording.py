"""What a native speaker is shown is the whole catalogue, each sentence on a page."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlid_desktop.station.documents.wording import PAGES, CatalogueSentence, read_wording, wording_csv
from tests.unit.station.text.test_catalogues import LANGUAGES, TRANSLATIONS, messages


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_is_shown_on_a_page(language: str) -> None:
    shown = read_wording(TRANSLATIONS, language)
    ids = {message.id if isinstance(message.id, str) else " / ".join(message.id) for message in messages(language)}
    assert {sentence.english for sentence in shown} == ids
    assert all(sentence.pages and sentence.translated for sentence in shown)
    assert {page for sentence in shown for page in sentence.pages} == {page for _, page in PAGES}


def test_without_a_template_there_is_nothing_to_show(tmp_path: Path) -> None:
    assert read_wording(tmp_path, "fr") == ()


def test_only_what_was_written_is_sent_in() -> None:
    said = CatalogueSentence("Save", "Enregistrer", ("mlid_desktop/gui/enrol/receipt.py",))
    assert wording_csv("fr", [said], {"Save": " "}).decode("utf-8-sig").count("\n") == 1
    assert "Sauver" in wording_csv("fr", [said], {"Save": "Sauver", "Other": "x"}).decode("utf-8-sig")


def test_blanks_that_are_lost_or_made_up_are_named() -> None:
    said = CatalogueSentence("{name} of {total}", "{name} sur {total}", ())
    assert said.lost_blanks("{total}: {name}") == ()
    assert said.lost_blanks("{name} sur {tout}") == ("{total}", "{tout}")
