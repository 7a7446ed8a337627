"""Admitting another program at the window: box by box, and by the keyboard alone through the dialogs as they stand."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialog

from mlid_desktop.gui.administration.callers.question import AdmissionQuestion
from mlid_desktop.gui.administration.page import AdministrationPage
from mlid_desktop.gui.administration.presenter import Task
from mlid_desktop.gui.page.navigation import PageName
from mlid_desktop.gui.widgets.dialogs import Question
from mlid_desktop.vault.callers.caller import CallerField, RequestKind
from tests import site_schemas
from tests.calling_program import CallingProgram, send
from tests.gui.clinic import Clinic, as_json
from tests.gui.hands import Hands, press, tab_to_button, type_into
from tests.gui.stage import SECOND, SECOND_PASSPHRASE, Stage
from tests.gui.steps import answering, is_called, told

MOST_TABS = 80


@pytest.fixture
def clinic(demo: Stage) -> Iterator[Clinic]:
    made = Clinic(demo)
    made.serve()
    yield made
    made.interface.close()
    made.close()


def tab_to(stage: Stage, words: str) -> None:
    """With Tab to the button of the page that is called so."""
    for _ in range(MOST_TABS):
        here = QApplication.focusWidget()
        if here is not None and is_called(getattr(here, "text", str)(), words):
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
    for words in ("Enrolments", "Withdrawals", "Searches", "Name"):
        box = tab_to_button(dialog, words)
        assert not box.isChecked()
        press(dialog, Qt.Key.Key_Space)
        assert box.isChecked()
    tab_to_button(dialog, "Admit …")
    press(dialog, Qt.Key.Key_Return)


def confirm(dialog: QDialog) -> None:
    """The second person reads what is granted, and confirms it."""
    assert "Clinic page: may ask for checks, enrolments, withdrawals, searches" in told(dialog)
    type_into(dialog, SECOND)
    press(dialog, Qt.Key.Key_Tab)
    type_into(dialog, SECOND_PASSPHRASE)
    press(dialog, Qt.Key.Key_Return)


def at_admission(stage: Stage) -> AdministrationPage:
    """The page, with the keyboard on the button that admits a program."""
    page = stage.view(PageName.ADMINISTRATION)
    assert isinstance(page, AdministrationPage)
    page.tasks.ask = Question.asked  # as it is outside of tests: it waits
    stage.window.go(PageName.ADMINISTRATION)
    tab_to(stage, "Other programs")
    stage.press(Qt.Key.Key_Space)
    tab_to(stage, "Admit a program")
    return page


def test_a_program_is_admitted_by_the_keyboard_alone(clinic: Clinic) -> None:
    stage, hands = clinic.stage, Hands()
    stage.window.go(PageName.HOME)
    page = at_admission(stage)
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
    at_admission(stage)
    for wanted, act in ((1, leave_at_once), (2, leave_half_typed)):
        hands.answer("Admit another program", act)
        stage.press(Qt.Key.Key_Space)
        stage.until(lambda wanted=wanted: len(hands.answered) == wanted)  # type: ignore[misc] # how many by now
        stage.until(lambda: QApplication.activeModalWidget() is None)
        stage.window.activateWindow()  # as a window manager does
        tab_to(stage, "Admit a program")
    assert stage.workspace.vault_worker.submit(stage.vault.callers.all).result() == ()


def test_what_a_program_may_ask_and_is_told_is_chosen_box_by_box(clinic: Clinic) -> None:
    stage = clinic.stage
    vault, workspace = stage.vault, stage.workspace

    def stored() -> None:
        vault.site_fields.store(site_schemas.told(), vault.operators.confirm_second(SECOND, SECOND_PASSPHRASE))

    workspace.vault_worker.submit(stored).result()
    page = stage.view(PageName.ADMINISTRATION)
    assert isinstance(page, AdministrationPage)

    def answer(question: Question) -> bool:
        assert isinstance(question, AdmissionQuestion)
        assert not question.kinds[RequestKind.IDENTIFY].isChecked(), "who somebody is, is asked where it was ticked"
        assert [box.text() for box in question.own.values()] == ["Membership", "Plan"]
        assert not any(box.isChecked() for box in (*question.own.values(), *question.told.values()))
        assert all(box.isChecked() for box in question.purposes.values())
        assert [kind for kind, box in question.kinds.items() if box.isChecked()] == [RequestKind.VERIFY]
        question.kinds[RequestKind.ENROL].setChecked(True)
        question.told[CallerField.NUMBER].setChecked(True)
        question.own["plan"].setChecked(True)
        return answering("Records program", "")(question)

    shown: list[str] = []

    def confirm(_title: str, why: str) -> tuple[str, str]:
        shown.append(why)
        return SECOND, SECOND_PASSPHRASE

    page.tasks.ask = answer
    page.tasks.ask_second = confirm
    page.tasks.do(Task.PAIR)
    stage.until(lambda: "in Records program" in page.notice.text)
    (why,) = shown
    assert "may ask for checks, enrolments" in why, "the second person reads what is confirmed"
    assert "is told number, Plan" in why
    pairing = {"code": page.notice.text.split()[1], "key": CallingProgram(0).key}
    clinic.meanwhile(lambda: send(clinic.program.port, "POST", "/v1/pairing", as_json(pairing)))
    known = workspace.vault_worker.submit(vault.callers.all).result()[-1]
    assert known.kinds == {RequestKind.VERIFY, RequestKind.ENROL}
    assert known.fields == {CallerField.NUMBER}
    assert known.site_fields == ("plan.1",)
    stage.until(lambda: "is told number, Plan" in told(page))


def test_what_cannot_be_admitted_is_said_and_nothing_is_lost(demo: Stage) -> None:
    question = AdmissionQuestion(demo.window, demo.theme, demo.workspace.language, ("recognition",), ())
    question.open()
    said = question.do.accessibleDescription
    assert said() == "Still to fill in: Name, as the desk shows it"
    assert question.focusWidget() is question.name
    question.name.setText("Front desk")
    for address in ("clinic.example", "http://clinic.example", "https://clinic.example/desk", "https://a b"):
        question.origin.setText(address)
        assert not question.do.isEnabled(), address
        assert "begins with https://" in said(), address
    question.origin.setText("https://Clinic.example/")
    for boxes, words in ((question.kinds, "Tick what it may ask for."), (question.purposes, "Tick a purpose.")):
        ticked = [box for box in boxes.values() if box.isChecked()]
        for box in ticked:
            box.setChecked(False)
        assert not question.do.isEnabled()
        assert said() == words
        for box in ticked:
            box.setChecked(True)
    question.do.click()
    assert question.result() == QDialog.DialogCode.Accepted
    assert (question.wanted.name, question.wanted.origin) == ("Front desk", "https://clinic.example")
