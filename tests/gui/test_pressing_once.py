"""Keys and buttons where a press too many would cost somebody an attempt, and what a page says meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Event
from types import SimpleNamespace
from typing import cast

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox

from mlid_desktop.gui.page.page import Page
from mlid_desktop.gui.verify.check_page import CheckPage
from mlid_desktop.gui.verify.view import VerifyView
from mlid_desktop.gui.widgets.controls import Button
from mlid_desktop.gui.widgets.dialogs import Question
from mlid_desktop.workflow.verification import VerificationSession
from tests.gui.stage import Stage
from tests.gui.steps import check, look_up


@pytest.fixture
def slow(known: Stage) -> Iterator[None]:
    """Nothing is looked at until the end of the test, so that a check that has begun goes on until then."""
    until_then = Event()
    known.workspace.inference_worker.submit(until_then.wait)
    yield
    until_then.set()


def under_way(known: Stage, view: VerifyView) -> CheckPage:
    """A check that has begun."""
    known.press(Qt.Key.Key_Return)
    known.until(lambda: any(check_page.panel.running for check_page in view.checks.values()))
    (running,) = view.checks.values()
    return running


def test_enter_after_a_refusal_costs_no_further_attempt_before_the_card_can_be_read(
    known: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = check(known, "1001", seed=2)
    footer, begun = view.decision.footer, list[object]()
    assert footer is not None
    monkeypatch.setattr(view, "_begin", lambda *asked: begun.append(asked))
    view.decision._opening.start()  # as if it were shown only now, however busy the machine is
    view.decision._hold(held=True)
    view.decision.enter()
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Escape):
        QTest.keyClick(view.decision, key)
    assert not begun
    assert view.decision.isVisible(), "nobody is left unread either"
    opened = [button.text() for button in footer.findChildren(Button) if button.isVisible() and button.isEnabled()]
    assert opened == ["Check by document …"], "it costs no attempt, and leaves nobody"
    assert footer.primary.accessibleDescription() == "Read this first: you can go on in a second."
    filling = view.decision._filling
    assert filling.isVisible()
    known.until(footer.primary.isEnabled)
    assert not filling.isVisible()
    assert all(button.isEnabled() for button in footer.findChildren(Button))
    assert footer.primary.hasFocus()
    held = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Return, Qt.KeyboardModifier.NoModifier, "", autorep=True)
    QCoreApplication.sendEvent(footer.primary, held)
    known.settle()
    assert not begun
    known.press(Qt.Key.Key_Return)
    assert len(begun) == 1
    view.decision.another_way.click()
    assert view.finder.isVisible()
    assert view.finder.finder.field.text() == "1001"


@pytest.mark.usefixtures("slow")
def test_enter_cancels_a_check_where_that_button_has_the_focus(known: Stage) -> None:
    view = look_up(known, "1001")
    running = under_way(known, view)
    assert running.footer is not None
    QTest.keyClick(running, Qt.Key.Key_Return)
    assert running.isVisible()
    running.footer.back.setFocus()
    QTest.keyClick(running.footer.back, Qt.Key.Key_Return)
    known.until(view.finder.isVisible)
    assert view._begun is None


@pytest.mark.usefixtures("slow")
def test_what_is_confirmed_is_called_so_where_the_operator_says_that_they_looked(known: Stage) -> None:
    view = look_up(known, "1001")
    running = under_way(known, view)
    assert running.footer is not None
    assert running.footer.primary.text() == "Decide now"
    running.panel.stop()
    nothing = {"capture": None, "decision": None, "next_wanted": None, "wanted": (), "done": (), "challenges": 0}
    plain = SimpleNamespace(challenge_demanded=False)
    unattested = SimpleNamespace(**nothing, capturing=None, circumstances=plain, lacks_attestation_alone=True)
    running._over(cast(VerificationSession, unattested))
    assert running.attest.isVisible()
    assert running.footer.primary.text() == "Confirm"
    assert not running.footer.primary.isEnabled()
    running.attest.click()
    assert running.footer.primary.isEnabled()
    assert view._begun is not None
    running.begin(view._begun)
    assert not running.attest.isVisible()
    assert running.footer.primary.text() == "Decide now"
    view.leave()


def test_what_a_page_says_of_its_task_goes_when_there_is_nothing_to_say(demo: Stage) -> None:
    page = Page(demo.theme, demo.workspace.language, "A page")
    page.retitle("A page", "one of two")
    page.resize(300, 300)
    page.show()
    assert page.status.text() == "one of two"
    page.note("")
    assert page.status.text() == ""
    page.deleteLater()


@pytest.mark.parametrize("closes", ["disabled", "hidden"])
def test_a_button_that_goes_away_leaves_the_keys_to_its_page(demo: Stage, closes: str) -> None:
    page = Page(demo.theme, demo.workspace.language, "Fingers", "Back", "Capture")
    devices = QComboBox()
    devices.addItems(["one", "another"])
    page.header.addWidget(devices)
    assert page.footer is not None
    primary = page.footer.primary
    primary.on(lambda: primary.setEnabled(False) if closes == "disabled" else primary.hide())
    page.show()
    page.activateWindow()
    demo.until(page.isActiveWindow)
    primary.setFocus()
    primary.click()
    assert page.hasFocus()
    QTest.keyClick(QApplication.focusWidget() or page, Qt.Key.Key_Down)
    assert devices.currentIndex() == 0
    page.deleteLater()


@pytest.mark.parametrize(
    ("danger", "focused", "answered"), [(False, "keep", False), (False, "do", True), (True, "do", False)]
)
def test_enter_in_a_dialog_presses_the_button_that_has_the_focus_and_never_a_dangerous_one(
    demo: Stage, focused: str, *, danger: bool, answered: bool
) -> None:
    question = Question(demo.window, demo.theme, "Title", "Text", "Cancel", "Do", danger=danger)
    question.show()
    button: Button = getattr(question, focused)
    button.setFocus()
    QTest.keyClick(button, Qt.Key.Key_Return)
    assert not question.isVisible()
    assert bool(question.result()) is answered
