"""Somebody asks to be checked without movements: noted in the record, heeded at once, accepted by two people."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QDialog, QLabel, QLineEdit

from mlid_desktop.domain.characteristics import FACE
from mlid_desktop.domain.decisions import InsteadReason
from mlid_desktop.gui.page.navigation import PageName
from mlid_desktop.gui.records.page import RecordsPage
from mlid_desktop.gui.verify.view import VerifyView
from mlid_desktop.gui.widgets.dialogs import Question
from tests.gui import screenshots
from tests.gui.stage import SECOND, SECOND_PASSPHRASE, Stage


@pytest.fixture
def enrolled(demo: Stage) -> Stage:
    for _ in screenshots.enrol(demo, "1001", "Maria Okoye", seed=1, detailed=False):
        QApplication.processEvents()
    return demo


def answering(*typed: str) -> Callable[[Question], bool]:
    """Fills the fields of a question in their order and gives its second answer."""

    def answer(question: Question) -> bool:
        for field, text in zip(question.findChildren(QLineEdit), typed, strict=False):
            field.setText(text)
        question.do.click()
        return question.result() == QDialog.DialogCode.Accepted

    return answer


def wishing(question: Question) -> bool:
    """Says that the person asks to be checked without movements."""
    question.findChildren(QComboBox)[0].setCurrentIndex(1)
    return answering()(question)


def note_wish(stage: Stage) -> None:
    """The wish is noted on the page of records."""
    stage.window.go(PageName.RECORDS)
    view = stage.view(PageName.RECORDS)
    assert isinstance(view, RecordsPage)
    stage.type(view.finder.field, "1001")
    buttons = view.record.findChildren
    stage.until(lambda: any(button.text().startswith("Movements") for button in buttons(QAbstractButton)))
    view.acts.ask = wishing
    next(button for button in buttons(QAbstractButton) if button.text().startswith("Movements")).click()
    stage.until(lambda: any("Asks to be checked" in label.text() for label in buttons(QLabel)))


def found(stage: Stage) -> VerifyView:
    """Maria is found where people are checked."""
    stage.window.go(PageName.VERIFY)
    view = stage.view(PageName.VERIFY)
    assert isinstance(view, VerifyView)
    stage.type(view.finder.finder.field, "1001")
    stage.wait(50)
    return view


def test_the_check_begins_with_a_finger_and_two_people_accept(enrolled: Stage) -> None:
    note_wish(enrolled)
    view = found(enrolled)
    assert view.finder.still.isChecked()
    face, finger = view.finder._group.buttons()[:2]
    assert face.property("characteristic") == str(FACE)
    assert not face.isChecked()
    assert not face.isEnabled()
    assert finger.isChecked()
    asked: list[str] = []

    def ask(question: Question) -> bool:
        asked.append(question.notice.text)
        wrong = (SECOND, "not the passphrase") if len(asked) == 1 else (SECOND, SECOND_PASSPHRASE)
        return answering(*wrong)(question)

    view.ask = ask
    enrolled.go_on()
    enrolled.until(view.decision.isVisible, 120)
    told = " ".join(label.text() for label in view.decision.findChildren(QLabel))
    assert "confirmed by a second person" in told
    assert len(asked) == 2  # a wrong passphrase is asked again, and nothing is lost
    assert "Try again" not in told


def test_without_a_second_person_nobody_is_accepted(enrolled: Stage) -> None:
    note_wish(enrolled)
    view = found(enrolled)
    view.ask = lambda _: False
    enrolled.go_on()
    enrolled.until(view.decision.isVisible, 120)
    told = " ".join(label.text() for label in view.decision.findChildren(QLabel))
    assert "No second person has confirmed" in told
    assert enrolled.workspace.counts.accepted == 0


def test_others_may_be_left_without_movements_too(enrolled: Stage) -> None:
    view = found(enrolled)
    assert view.finder.still.isVisible()
    assert not view.finder.still.isChecked()
    assert view.finder._group.buttons()[0].isChecked()
    view.finder.still.setChecked(True)
    assert [button.isChecked() for button in view.finder._group.buttons()[:2]] == [False, True]
    view.finder.still.setChecked(False)
    assert [button.isChecked() for button in view.finder._group.buttons()[:2]] == [True, False]


def test_something_else_than_the_policy_asks_needs_a_reason(enrolled: Stage) -> None:
    view = found(enrolled)
    finder = view.finder
    face, finger = finder._group.buttons()[:2]
    assert face.isChecked()
    assert not finger.isChecked()
    assert finder.instead.isHidden()
    finger.click()
    assert finder.instead.isHidden()
    face.click()
    assert not finder.instead.isHidden()
    assert finder.footer is not None
    assert not finder.footer.primary.isEnabled()
    finder.instead.setCurrentIndex(2)
    assert finder.footer.primary.isEnabled()
    finder.go_on()
    enrolled.until(lambda: view._begun is not None)
    assert view._begun is not None
    assert view._begun.session.instead is InsteadReason.INJURED
    view.leave()
