"""Somebody asks to be checked without movements: noted in the record, heeded at once, accepted by two people."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QRadioButton

from mlid_desktop.domain.characteristics import FACE
from mlid_desktop.domain.decisions import InsteadReason
from mlid_desktop.gui.verify.view import VerifyView
from mlid_desktop.gui.widgets.dialogs import Question
from mlid_desktop.station.services.verification import VerificationService
from tests.gui.stage import SECOND, SECOND_PASSPHRASE, Stage
from tests.gui.steps import answering, buttons, look_up, offered, records, today, told


def wishing(question: Question) -> bool:
    """Says that the person asks to be checked without movements."""
    kept, wanted = question.findChildren(QRadioButton)
    assert kept.isChecked()
    assert (question.do.isEnabled(), question.do.accessibleDescription()) == (False, "Nothing is changed yet.")
    wanted.setChecked(True)
    assert question.do.isEnabled()
    kept.setChecked(True)
    assert not question.do.isEnabled(), "as it was"
    wanted.setChecked(True)
    return answering()(question)


def note_wish(stage: Stage) -> None:
    """The wish is noted on the page of records."""
    view = records(stage)
    stage.type(view.finder.field, "1001")
    stage.until(lambda: bool(offered(view.record, "Head movements")))
    view.acts.ask = wishing
    offered(view.record, "Head movements")[0].trigger()
    stage.until(lambda: "Asks to be checked" in told(view.record))


def found(stage: Stage) -> VerifyView:
    """Maria is found where people are checked."""
    view = look_up(stage, "1001")
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
    enrolled.until(view.decision.isVisible)
    assert "a second person confirmed it" in told(view.decision)
    assert len(asked) == 2  # a wrong passphrase is asked again, and nothing is lost
    assert "Try again" not in told(view.decision)


def test_without_a_second_person_nobody_is_accepted(enrolled: Stage) -> None:
    note_wish(enrolled)
    view = found(enrolled)
    view.ask = lambda _: False
    enrolled.go_on()
    enrolled.until(view.decision.isVisible)
    assert "No second person has confirmed" in told(view.decision)
    assert today(enrolled).accepted == 0


def test_where_no_finger_can_stand_in_nobody_is_asked_for_movements(
    enrolled: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where the policy or the calibration offers no such way."""
    note_wish(enrolled)
    monkeypatch.setattr(VerificationService, "_is_offered", lambda *_: False)
    view = found(enrolled)
    assert view.finder.still.isHidden()
    assert "No finger can stand in" in view.finder.notice.text
    enrolled.go_on()
    enrolled.until(view.decision.isVisible)
    assert not view.checks  # no camera was opened
    assert buttons(view.decision, "Check by document")
    assert not buttons(view.decision, "Try again")


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
