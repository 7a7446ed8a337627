"""The window in English, French and Arabic, and changed from one to another while somebody is enrolled."""

from __future__ import annotations

import csv
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton, QStyleOptionViewItem

from mlid_desktop.gui.page.language_button import LanguageButton
from mlid_desktop.gui.page.navigation import PageName
from mlid_desktop.gui.page.wording_dialog import SentenceCell, WordingDialog
from mlid_desktop.gui.unlock.page import UnlockPage
from mlid_desktop.station.configuration.preferences import read_preferences
from tests.gui.stage import Stage
from tests.gui.steps import choose_language, enrol_view, visible, with_finger, without_voice


def shown(stage: Stage) -> set[str]:
    labels = [label.text() for label in stage.window.findChildren(QLabel) if label.isVisible()]
    return {*labels, *(button.text() for button in stage.window.findChildren(QPushButton) if button.isVisible())}


def test_the_whole_window_is_said_anew_and_the_choice_is_kept(demo: Stage) -> None:
    assert "What would you like to do?" in shown(demo)
    choose_language(demo, "Français")
    assert "Que souhaitez-vous faire ?" in shown(demo)
    assert "Enrol" not in shown(demo)
    assert read_preferences(demo.station.settings.state).language == "fr"
    choose_language(demo, "العربية")
    assert "ماذا تود أن تفعل؟" in shown(demo)
    assert demo.window.layoutDirection() is Qt.LayoutDirection.RightToLeft
    choose_language(demo, "English")
    assert "What would you like to do?" in shown(demo)
    assert demo.window.layoutDirection() is Qt.LayoutDirection.LeftToRight


def test_an_enrolment_goes_on_in_another_language(demo: Stage) -> None:
    view = with_finger(demo)
    before = view.session
    choose_language(demo, "Français")
    after = enrol_view(demo)
    demo.until(after.fingers.isVisible)
    assert after.session.kept == before.kept
    assert after.session.subject_id == before.subject_id
    assert after.details.name.text() == "Maria Okoye"
    demo.press(Qt.Key.Key_Return)
    demo.until(after.voice.isVisible)
    without_voice(after)
    demo.until(after.review.isVisible)
    demo.press(Qt.Key.Key_Return)
    demo.until(after.ended.isVisible)
    demo.window.go(PageName.HOME)
    demo.workspace.refresh_pending()
    demo.until(lambda: not demo.workspace.pending.drafts)


def test_the_language_can_be_chosen_before_the_vault_is_open(demo: Stage) -> None:
    demo.window.lock()
    demo.until(lambda: isinstance(demo.window.current, UnlockPage))
    choose_language(demo, "Français")
    assert "Déverrouiller le coffre" in shown(demo)


def test_what_no_native_speaker_has_read_says_so_where_a_language_is_chosen(demo: Stage) -> None:
    button = next(button for button in visible(demo, LanguageButton) if isinstance(button, LanguageButton))
    listed = [action.text() for action in button.menu().actions() if action.text()]
    assert listed[:2] == ["English", "Not yet read by native speakers:"]
    assert {"Français", "العربية"} <= set(listed[2:-1])
    demo.window.go(PageName.ENROL)
    consent = enrol_view(demo).consent
    assert not consent.reading.unread.text()
    consent.spoken.setCurrentText("Français")
    assert consent.reading.unread.text() == "not yet read by native speakers"


def test_a_native_speaker_sees_a_sentence_in_its_place_and_writes_a_better_one(demo: Stage, tmp_path: Path) -> None:
    button = next(button for button in visible(demo, LanguageButton) if isinstance(button, LanguageButton))
    button.menu().actions()[-1].trigger()
    dialog = demo.window.findChildren(WordingDialog)[-1]
    dialog.spoken.setCurrentText("Français")
    everything = dialog.model.rowCount()
    dialog.page.setCurrentText("Verify")
    assert 0 < dialog.model.rowCount() < everything
    dialog.search.setText("{name} may try again")
    assert dialog.model.rowCount() == 1
    assert "{name}" in dialog.translated.text()
    dialog.better.setPlainText("Un nouvel essai est permis.")
    assert dialog.notice.text.endswith("{name}")
    dialog.better.setPlainText("=Un nouvel essai est permis à {name}.")
    assert not dialog.notice.text
    kinds = dialog.save.property("kind"), dialog.close_button.property("kind")
    assert kinds == ("primary", "footer")  # what was written is saved next
    dialog.ask = lambda _question: False  # stay here
    dialog.reject()
    assert dialog.isVisible()
    file = tmp_path / "better.csv"
    dialog.choose_file = lambda _title, name: str(file) if name == "mlid-wording-fr.csv" else ""
    dialog.save.click()
    assert not dialog.save.isEnabled(), "nothing is left to be saved"
    ((code, files, english, translation, better),) = list(csv.reader(file.read_text("utf-8-sig").splitlines()))[1:]
    assert (code, english) == ("fr", "{name} may try again. Nobody was accepted by it.")
    assert files == "mlid_desktop/gui/verify/view.py"
    assert translation
    assert better == "'=Un nouvel essai est permis à {name}."
    dialog.spoken.setCurrentText("العربية")
    cell = QStyleOptionViewItem()
    drawn = dialog.table.itemDelegateForColumn(2)
    assert isinstance(drawn, SentenceCell)
    drawn.initStyleOption(cell, dialog.model.index(0, 2))
    assert cell.direction is Qt.LayoutDirection.RightToLeft  # its full stop stands where its last word does
    dialog.reject()
    assert not dialog.isVisible()
