"""Every word of the window comes from the catalogue, also those that are said to screen readers, and none is cut off at
the smallest size in any language."""

from __future__ import annotations

import gettext
import re
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QCheckBox,
    QComboBox,
    QDialog,
    QLabel,
    QLayout,
    QLineEdit,
    QPushButton,
    QStackedWidget,
    QWidget,
)

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.gui.administration.page import AdministrationPage
from mlid_desktop.gui.administration.presenter import Section
from mlid_desktop.gui.enrol.attempts_page import AttemptsDialog
from mlid_desktop.gui.enrol.attempts_presenter import attempts_screen
from mlid_desktop.gui.enrol.view import EnrolView
from mlid_desktop.gui.identify.view import IdentifyView
from mlid_desktop.gui.page.help_presenter import help_screen
from mlid_desktop.gui.page.navigation import PageName
from mlid_desktop.gui.page.wording_dialog import WordingDialog
from mlid_desktop.gui.records.page import RecordsPage
from mlid_desktop.gui.records.receipt_scan import ReceiptCodeDialog
from mlid_desktop.gui.unlock.restore_page import RestoreDialog
from mlid_desktop.gui.widgets.controls import ElidedLabel
from mlid_desktop.gui.window.help_window import HelpWindow
from mlid_desktop.station.configuration.resources import resource_folder
from mlid_desktop.station.text.language import Language, available_languages
from tests.gui.stage import Stage
from tests.gui.steps import check, enrol, enrol_view

TRANSLATIONS = resource_folder() / "translations"
WORD = re.compile(r"[^\W\d_]{3,}")
NO_SENTENCES = re.compile(
    r"MLID Desktop|MLID|A\. Clerk|B\. Second|Maria Okoye|English|Français|العربية|Deutsch|Español|Português \(Brasil\)|"
    r"standard|evaluation|"
    r"Ctrl\+\S+|Enter|Esc|Tab|Space|\w+://|file:\S+|dir:\S+|image:\S+|/tmp/\S+|\b[0-9a-f]{12,32}\b"
)  # names, keys, addresses: what is the same in every language
OWN_WORDS = "\n\u200e"  # under each entry of the audit, what it says itself
AS_THEY_ARE = (Section.MODELS.value, Section.ABOUT.value)  # files and libraries with their licences


class Marked(gettext.NullTranslations):
    """A language in which every sentence stands between marks."""

    def gettext(self, message: str) -> str:
        return f"«{message}»"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"«{msgid1 if n == 1 else msgid2}»"


def walk(stage: Stage) -> Iterator[str]:
    """Every page and the dialogs of the desk; the name of each, which whoever reads it lets settle."""
    stage.window.ask_for_vault(creating=True)
    yield "create"
    stage.create_vault()
    yield "home without people"
    stage.window.go(PageName.ENROL)
    view = enrol_view(stage)
    stage.until(stage.primary().isEnabled)
    yield "consent"
    view = enrol(stage)
    yield "review"
    language = stage.workspace.language
    (finger,) = view.session.kept
    yield from dialog(
        stage, AttemptsDialog(view, stage.theme, language, attempts_screen(view.session, finger, language))
    )
    for step in (view.details, view.face, view.fingers, view.voice):
        view._stack.setCurrentWidget(step)
        yield type(step).__name__
    view._stack.setCurrentWidget(view.review)
    stage.go_on()
    stage.until(view.ended.isVisible)
    yield "saved"
    stage.until(lambda: bool(stage.workspace.unlocked.people))
    check(stage, "1001", 2)
    yield "decision"
    yield from dialog(stage, ReceiptCodeDialog(stage.window, stage.workspace))
    stage.window.go(PageName.IDENTIFY)
    identify = stage.view(PageName.IDENTIFY)
    assert isinstance(identify, IdentifyView)
    stage.workspace.choose_source(
        next(choice for choice in stage.workspace.unlocked.choices if choice.modality is Modality.FINGERPRINT)
    )
    identify._show(identify.finger)
    stage.until(identify.candidates.isVisible)
    yield "candidates"
    stage.window.go(PageName.RECORDS)
    records = stage.view(PageName.RECORDS)
    assert isinstance(records, RecordsPage)
    records.finder.table.choose(0)
    yield "a record"
    stage.window.go(PageName.ADMINISTRATION)
    administration = stage.view(PageName.ADMINISTRATION)
    assert isinstance(administration, AdministrationPage)
    for section in Section:
        administration.choose(section)
        yield section.value
    for page_name in (PageName.HOME, PageName.DEVICES, PageName.TRANSPARENCY):
        stage.window.go(page_name)
        yield page_name.value
    yield from dialog(stage, WordingDialog(stage.window, stage.workspace))
    for page_name in PageName:
        yield from dialog(
            stage, HelpWindow(stage.window, stage.theme, language, help_screen(page_name, language), steps=True)
        )
    stage.window.lock()
    yield "locked"
    yield from dialog(stage, RestoreDialog(stage.window, stage.workspace, stage.folder, replaces=True))


def dialog(stage: Stage, shown: QDialog) -> Iterator[str]:
    """While it is open."""
    shown.open()
    yield type(shown).__name__
    shown.reject()
    shown.deleteLater()
    stage.window.activateWindow()
    stage.until(stage.window.isActiveWindow)


def on_screen(stage: Stage, page: str) -> Iterator[QWidget]:
    """But for texts that are in a language of their own, and names of files."""
    shown = QApplication.activeModalWidget() or stage.window
    own: list[QWidget] = [view.consent._inside for view in shown.findChildren(EnrolView)]
    own += [shown.english, shown.translated] if isinstance(shown, WordingDialog) else []
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
    try:
        for page in walk(stage):
            stage.settle()
            for widget in on_screen(stage, page):
                for words in said(widget):
                    if untranslated(words):
                        found.setdefault(words, f"{page}: {type(widget).__name__}")
    finally:
        stage.close()
    assert not found, "\n".join(f"{where}: {words}" for words, where in found.items())


@pytest.mark.parametrize("code", available_languages(TRANSLATIONS))
def test_nothing_is_cut_off_or_covered_at_the_smallest_size(qapp: QApplication, tmp_path: Path, code: str) -> None:
    stage = Stage(qapp, tmp_path, language=code, models=tmp_path / "no-models")
    stage.window.resize(stage.window.minimumSize())
    cut: list[str] = []
    try:
        for page in walk(stage):
            stage.settle()
            cut += [f"{page}: “{words}”" for words in cut_off(stage)]
            cut += [f"{page}: {pair}" for pair in overlapping(stage)]
    finally:
        stage.close()
    assert not cut, "\n".join(dict.fromkeys(cut))


def cut_off(stage: Stage) -> Iterator[str]:
    """What stands on buttons, chips, ticks and lines that do not wrap, and takes more room than there is."""
    shown = QApplication.activeModalWidget() or stage.window
    for widget in shown.findChildren(QWidget):
        if not isinstance(widget, QLabel | QPushButton | QCheckBox) or isinstance(widget, ElidedLabel):
            continue
        if not widget.isVisible() or not widget.text():
            continue
        if isinstance(widget, QLabel) and widget.wordWrap():
            too_much = widget.heightForWidth(widget.width()) > widget.height() + 1
        else:
            too_much = widget.sizeHint().width() > widget.width() + 1
        if too_much:
            yield widget.text()


def overlapping(stage: Stage) -> Iterator[str]:
    """Neighbours in one layout of which one covers part of the other."""
    shown = QApplication.activeModalWidget() or stage.window
    for parent in (shown, *shown.findChildren(QWidget)):
        layout = parent.layout()
        if not parent.isVisible() or layout is None or isinstance(parent, QStackedWidget):
            continue
        laid_out = [widget for widget in placed(layout, parent) if widget.isVisible()]
        for item, other in combinations(laid_out, 2):
            common = item.geometry().intersected(other.geometry())
            if common.width() > 2 and common.height() > 2:
                yield f"{said_of(item)} over {said_of(other)}"


def placed(layout: QLayout, parent: QWidget) -> Iterator[QWidget]:
    """The widgets of a layout and of those in it. Its items are not asked for: Qt deletes them with their widgets, and
    Python's end of such an item would be handed out for whatever comes to lie at its address."""
    for child in parent.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly):
        if layout.indexOf(child) >= 0:
            yield child
    for inner in layout.children():
        if isinstance(inner, QLayout):
            yield from placed(inner, parent)


def said_of(widget: QWidget) -> str:
    return f"{type(widget).__name__} “{next((words for words in said(widget) if words), '')}”"
