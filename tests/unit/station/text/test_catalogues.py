"""The catalogues: every sentence in every language, with its blanks, in all its plural forms."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from mlid_desktop.station.text.consent_texts import consent_texts
from mlid_desktop.station.text.language import NATIVE_NAMES
from tests.makers import ROOT

TRANSLATIONS = ROOT / "resources" / "translations"
LANGUAGES = sorted(path.name for path in TRANSLATIONS.iterdir() if path.is_dir())
TEMPLATE = TRANSLATIONS / "mlid.pot"
SPEAKING = ("cli", "evaluation", "gui", "modalities", "station")
TRANSLATING = ("text", "_text", "plural", "_", "N_")
BLANK = re.compile(r"{(\w+)}")


def catalogue(path: Path, language: str | None = None) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=language)


def messages(language: str) -> list[Message]:
    found = catalogue(TRANSLATIONS / language / "LC_MESSAGES" / "mlid.po", language)
    return [message for message in found if message.id]


def forms(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string or ())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_is_translated_and_none_is_a_guess(language: str) -> None:
    template = {message.id for message in catalogue(TEMPLATE) if message.id}
    found = {message.id: message for message in messages(language)}
    assert template - set(found) == set()
    assert {message.id for message in found.values() if message.id in template and not all(forms(message))} == set()
    assert {message.id for message in found.values() if message.fuzzy} == set()


def sentences_in(path: Path) -> Iterator[str]:
    """What is handed to the functions that translate, wherever that stands: also within another string."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        given = node.args[0]
        if called in TRANSLATING and isinstance(given, ast.Constant) and isinstance(given.value, str):
            yield given.value


@pytest.mark.parametrize("room", SPEAKING)
def test_every_sentence_of_the_sources_is_in_the_template(room: str) -> None:
    ids = [message.id for message in catalogue(TEMPLATE)]
    known = {form for msgid in ids for form in ((msgid,) if isinstance(msgid, str) else msgid)}
    said = {text for path in (ROOT / "mlid_desktop" / room).rglob("*.py") for text in sentences_in(path)}
    assert said - known - {""} == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_blanks_are_kept(language: str) -> None:
    for message in messages(language):
        said = message.id if isinstance(message.id, str) else message.id[1]
        for form in forms(message):
            blanks = set(BLANK.findall(form))
            if isinstance(message.id, str):
                assert blanks == set(BLANK.findall(said)), message.id
            else:
                assert blanks <= set(BLANK.findall(said)), message.id


@pytest.mark.parametrize("language", LANGUAGES)
def test_plurals_have_all_the_forms_of_the_language(language: str) -> None:
    several = [message for message in messages(language) if not isinstance(message.id, str)]
    assert several
    assert all(len(forms(message)) == Catalog(locale=language).num_plurals for message in several)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_is_offered_by_its_own_name_and_has_a_consent_text(language: str) -> None:
    assert language in NATIVE_NAMES
    assert language in {text.language for text in consent_texts()}


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_typed_is_not_translated(language: str) -> None:
    """Commands, options and addresses stay as they are typed."""
    typed = re.compile(r"mlid [a-z]+ [a-z]+|--[a-z-]+|camera:0|simulated:\w+\?seed=\d+|microphone:0")
    for message in messages(language):
        if isinstance(message.id, str):
            assert set(typed.findall(message.id)) <= set(typed.findall(forms(message)[0])), message.id
