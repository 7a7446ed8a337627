"""Every word of the window comes from the catalogue, also those that are said to screen readers."""

from __future__ import annotations

import gettext
import re
from collections.abc import Iterator
from pathlib import Path

from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QWidget,
)

from mlid_desktop.gui.administration.page import AdministrationPage
from mlid_desktop.gui.administration.presenter import Section
from mlid_desktop.gui.enrol.view import EnrolView
from mlid_desktop.gui.page.wording_dialog import WordingDialog
from mlid_desktop.gui.records.correction import CorrectionDialog
from mlid_desktop.gui.records.renewal import RenewalQuestion
from mlid_desktop.station.configuration.resources import resource_folder
from mlid_desktop.station.text.language import Language
from tests.gui.every_page import EveryPage
from tests.gui.stage import Stage

TRANSLATIONS = resource_folder() / "translations"
WORD = re.compile(r"[^\W\d_]{3,}")
NO_SENTENCES = re.compile(
    r"MLID Desktop|MLID|A\. Clerk|B\. Second|Maria Okoye|Maria|Mary Okoye|English|Français|العربية|Deutsch|Español|"
    r"Português \(Brasil\)|standard|evaluation|https://clinic\.example|"
    r"Ctrl\+\S+|Enter|Esc|Tab|Space|\w+://|file:\S+|dir:\S+|image:\S+|/tmp/\S+|\b[0-9a-f]{12,32}\b|"
    r"\b(?:[0-9a-f]{8} ){3}[0-9a-f]{8}\b|"
    r"\b\d{1,2}\xa0[A-Z][a-z]{2,8}\xa0\d{4}\b|"
    r"\b(?:[0-9A-Z]{4}[-\n]){6}[0-9A-Z]{4}\b|\b(?:[0-9A-Z]{5}-){3}[0-9A-Z]{5}\b|\busage\.[a-z_]+\b"
)  # names, keys, addresses, days, codes: what is the same in every language
OWN_WORDS = "\n\u200e"  # under each entry of the audit, what it says itself
AS_THEY_ARE = (Section.MODELS.value, Section.ABOUT.value)  # files and libraries with their licences


class Marked(gettext.NullTranslations):
    """A language in which every sentence stands between marks."""

    def gettext(self, message: str) -> str:
        return f"«{message}»"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"«{msgid1 if n == 1 else msgid2}»"


def on_screen(stage: Stage, page: str) -> Iterator[QWidget]:
    """But for texts that are in a language of their own, and names of files."""
    shown = QApplication.activeModalWidget() or stage.window
    own: list[QWidget] = [view.consent.reading.inside for view in shown.findChildren(EnrolView)]
    own += [shown.english, shown.translated] if isinstance(shown, WordingDialog) else []
    own += [shown.reading.inside] if isinstance(shown, RenewalQuestion) else []
    own += [shown.form] if isinstance(shown, CorrectionDialog) else []  # in the languages of the site
    if page in AS_THEY_ARE:
        own += [view.reading for view in shown.findChildren(AdministrationPage)]
    for widget in (shown, *shown.findChildren(QWidget)):
        if widget.isVisible() and not any(part.isAncestorOf(widget) for part in own):
            yield widget


def said(widget: QWidget) -> Iterator[str]:
    """What stands on a widget, and what is said of it."""
    yield from (widget.accessibleName(), widget.accessibleDescription(), widget.toolTip())
    if isinstance(widget, QLabel | QAbstractButton):
        yield widget.text()
    elif isinstance(widget, QLineEdit):
        yield widget.placeholderText()
    elif isinstance(widget, QComboBox):
        yield from (widget.itemText(index) for index in range(widget.count()))


def untranslated(words: str) -> list[str]:
    """What stands outside the marks and is no name."""
    before = ""
    while before != words:
        before, words = words, re.sub("«[^«»]*»", " ", words)
    words = re.sub("«[^»]*…$", " ", words)  # cut where it is too long
    return WORD.findall(NO_SENTENCES.sub(" ", words.partition(OWN_WORDS)[0]))


def test_no_word_of_the_window_is_outside_the_catalogue(qapp: QApplication, tmp_path: Path) -> None:
    stage = Stage(qapp, tmp_path, models=tmp_path / "no-models")
    stage.station.language.become(Language("en", Marked()))
    found: dict[str, str] = {}

    def look(page: str) -> None:
        for widget in on_screen(stage, page):
            for words in said(widget):
                if untranslated(words):
                    found.setdefault(words, f"{page}: {type(widget).__name__}")

    try:
        EveryPage(stage, look).walk()
    finally:
        stage.close()
    assert not found, "\n".join(f"{where}: {words}" for words, where in found.items())
