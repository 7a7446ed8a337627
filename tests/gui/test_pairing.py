"""Admitting another program at the window by the keyboard alone, through the dialogs as they stand open."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialog

from mlid_desktop.gui.administration.page import AdministrationPage
from mlid_desktop.gui.page.navigation import PageName
from mlid_desktop.gui.widgets.dialogs import Question
from mlid_desktop.vault.callers.caller import CallerField, RequestKind
from tests.calling_program import send
from tests.gui.clinic import Clinic, as_json
from tests.gui.hands import Hands, press, tab_to_button, type_into
from tests.gui.stage import SECOND, SECOND_PASSPHRASE, Stage
from tests.gui.steps import told

MOST_TABS = 80


@pytest.fixture
def clinic(demo: Stage) -> Iterator[Clinic]:
    made = Clinic(demo)
    made.serve()
    yield made
    made.interface.close()
    made.close()


def tab_to(stage: Stage, words: str) -> None:
    """With Tab to the button of the page that begins so."""
    for _ in range(MOST_TABS):
        here = QApplication.focusWidget()
        if here is not None and getattr(here, "text", str)().startswith(words):
            return
        stage.press(Qt.Key.Key_Tab)
    raise AssertionError(f"Tab does not come to {words}")


def describe(dialog: QDialog) -> None:
    """Says whom to admit: one address that is none first, which is said and typed over."""
    type_into(dialog, "Clinic page")
    press(dialog, Qt.Key.Key_Tab)
    type_into(dialog, "clinic.example")
    press(dialog, Qt.Key.Key_Return)
    assert dialog.isVisible()
    assert "begins with https://" in told(dialog)
    dialog.focusWidget().selectAll()  # type: ignore[attr-defined] # the line of the address
    type_into(dialog, "http://localhost:8080")
    for words in ("searches", "name"):
        box = tab_to_button(dialog, words)
        assert not box.isChecked()
        press(dialog, Qt.Key.Key_Space)
        assert box.isChecked()
    tab_to_button(dialog, "Go on")
    press(dialog, Qt.Key.Key_Return)


def confirm(dialog: QDialog) -> None:
    """The second person reads what is granted, and confirms it."""
    assert "Clinic page: may ask for checks, enrolments, withdrawals, searches" in told(dialog)
    type_into(dialog, SECOND)
    press(dialog, Qt.Key.Key_Tab)
    type_into(dialog, SECOND_PASSPHRASE)
    press(dialog, Qt.Key.Key_Return)


def test_a_program_is_admitted_by_the_keyboard_alone(clinic: Clinic) -> None:
    stage, hands = clinic.stage, Hands()
    stage.window.go(PageName.HOME)
    page = stage.view(PageName.ADMINISTRATION)
    assert isinstance(page, AdministrationPage)
    page.tasks.ask = Question.asked  # as it is outside of tests: it waits
    stage.window.go(PageName.ADMINISTRATION)
    tab_to(stage, "Other programs")
    stage.press(Qt.Key.Key_Space)
    tab_to(stage, "Admit a program")
    hands.answer("Admit another program", describe)
    hands.answer("Admit Clinic page?", confirm)
    stage.press(Qt.Key.Key_Space)
    stage.until(lambda: "within five minutes" in page.notice.text)
    assert hands.answered == ["Admit another program", "Admit Clinic page?"]
    code, origin = page.notice.text.split()[1], {"Origin": "http://localhost:8080"}
    paired = clinic.meanwhile(
        lambda: send(clinic.program.port, "POST", "/v1/pairing", as_json({"code": code}), headers=origin)
    )
    assert paired.status == 200
    (caller,) = stage.workspace.vault_worker.submit(stage.vault.callers.all).result()
    assert caller.kinds == frozenset(RequestKind)
    assert caller.fields == {CallerField.NAME}
    assert caller.origin == "http://localhost:8080"


def leave_at_once(dialog: QDialog) -> None:
    press(dialog, Qt.Key.Key_Escape)


def leave_half_typed(dialog: QDialog) -> None:
    type_into(dialog, "Half")
    press(dialog, Qt.Key.Key_Escape)


def test_the_dialog_is_left_by_esc_and_nobody_is_admitted(clinic: Clinic) -> None:
    stage, hands = clinic.stage, Hands()
    page = stage.view(PageName.ADMINISTRATION)
    assert isinstance(page, AdministrationPage)
    page.tasks.ask = Question.asked  # as it is outside of tests: it waits
    stage.window.go(PageName.ADMINISTRATION)
    tab_to(stage, "Other programs")
    stage.press(Qt.Key.Key_Space)
    tab_to(stage, "Admit a program")
    for wanted, act in ((1, leave_at_once), (2, leave_half_typed)):
        hands.answer("Admit another program", act)
        stage.press(Qt.Key.Key_Space)
        stage.until(lambda wanted=wanted: len(hands.answered) == wanted)  # type: ignore[misc] # how many by now
        stage.until(lambda: QApplication.activeModalWidget() is None)
        stage.window.activateWindow()  # as a window manager does
        tab_to(stage, "Admit a program")
    assert stage.workspace.vault_worker.submit(stage.vault.callers.all).result() == ()
