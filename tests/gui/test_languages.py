"""The window in English, French and Arabic, and changed from one to another while somebody is enrolled."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton

from mlid_desktop.gui.page.navigation import PageName
from mlid_desktop.gui.unlock.page import UnlockPage
from mlid_desktop.station.configuration.preferences import read_preferences
from tests.gui.stage import Stage
from tests.gui.steps import choose_language, enrol_view, with_finger


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
    demo.press(Qt.Key.Key_Return)
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
