"""A test of attack detection in the window: begun by two, recorded one after another, reported, and erased by two."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLineEdit

from mlid_desktop.gui.administration.attack_test.dialog import AttackTestDialog
from mlid_desktop.gui.administration.attack_test.presenter import total_text
from mlid_desktop.gui.administration.page import AdministrationPage
from mlid_desktop.gui.administration.presenter import Section, Task
from mlid_desktop.gui.page.navigation import PageName
from mlid_desktop.gui.widgets.controls import Button, Check
from mlid_desktop.gui.widgets.dialogs import Question
from tests.gui.stage import SECOND, SECOND_PASSPHRASE, Stage
from tests.gui.steps import person, words


@pytest.fixture
def page(demo: Stage) -> AdministrationPage:
    person(demo, 1)
    demo.workspace.unlocked.session.attack_tests._looks_for_attacks = True  # as with the models installed
    demo.window.go(PageName.ADMINISTRATION)
    view = demo.view(PageName.ADMINISTRATION)
    assert isinstance(view, AdministrationPage)
    view.choose(Section.ATTACK_TEST)
    view.tasks.ask_second = lambda *_: (SECOND, SECOND_PASSPHRASE)
    demo.settle()
    return view


def begin(stage: Stage, page: AdministrationPage, presentations: str = "1", kinds: int = 2) -> None:
    def answer(question: Question) -> bool:
        for number, check in enumerate(question.findChildren(Check)):
            check.setChecked(number < kinds)
        question.findChildren(QLineEdit)[0].setText(presentations)
        return True

    page.tasks.ask = answer
    page.tasks.do(Task.BEGIN_TEST)
    stage.settle()


def admit(stage: Stage, page: AdministrationPage, label: str, *, agreed: bool = True) -> None:
    def answer(question: Question) -> bool:
        question.findChildren(QLineEdit)[0].setText(label)
        question.findChildren(Check)[0].setChecked(agreed)
        return True

    page.tasks.ask = answer
    page.tasks.do(Task.ADD_TEST_PERSON)
    stage.settle()


def record(stage: Stage, page: AdministrationPage, times: int) -> None:
    def show(dialog: AttackTestDialog) -> None:
        dialog.show()
        for _ in range(times):
            stage.until(dialog.record.isEnabled)
            assert "The camera opens with" in dialog.panel.preview._waiting
            assert dialog.position.text().endswith(f"Recorded of the whole test: {dialog.bar.value()} %")
            dialog.record.click()
            stage.until(lambda: not dialog.panel.running and "Kept." in dialog.notice.text)
        dialog.close()

    page.tasks.attack_test.show = show
    page.tasks.do(Task.RECORD_TEST)
    stage.settle()


def test_a_site_is_led_from_the_plan_to_the_report(demo: Stage, page: AdministrationPage, tmp_path: Path) -> None:
    assert "No test is under way" in words(page)
    begin(demo, page)
    demo.until(lambda: "0 of 1" in words(page))
    admit(demo, page, "P1")
    demo.until(lambda: "P1 takes part." in page.notice.text)
    record(demo, page, 3)
    demo.until(lambda: "All that was planned is recorded." in words(page))
    page.tasks.choose_folder = lambda _: str(tmp_path / "report")
    page.tasks.do(Task.REPORT_TEST)
    demo.until((tmp_path / "report" / "report.json").is_file)
    document = json.loads((tmp_path / "report" / "report.json").read_text(encoding="utf-8"))
    assert document["sources"] == {"simulated": 3}
    assert document["presentations"] == {"bona fide": 1, "print": 1, "cut-out": 1}
    demo.until(lambda: "Not tested:" in page.notice.text)
    page.tasks.ask = lambda _: True
    page.tasks.do(Task.ERASE_TEST)
    demo.until(lambda: "The test and its keys were erased." in page.notice.text)
    demo.until(lambda: "No test is under way" in words(page))


def test_how_long_a_test_takes_names_the_living_person_too(demo: Stage) -> None:
    language = demo.workspace.language
    told = "With the living person 1,050 recordings, about 4 hours. Laboratories ask 150 of each."
    assert total_text(6, "150", language) == told
    assert "2 recordings, about 1 minute" in total_text(1, "1", language)
    assert total_text(0, "150", language) == total_text(6, "", language) == ""


def test_nobody_takes_part_without_having_agreed_and_nothing_is_begun_alone(
    demo: Stage, page: AdministrationPage
) -> None:
    page.tasks.ask_second = lambda *_: None
    begin(demo, page)
    assert demo.workspace.unlocked.session.attack_tests._entries in (None, [])
    page.tasks.ask_second = lambda *_: (SECOND, SECOND_PASSPHRASE)
    begin(demo, page, presentations="0")
    assert "Choose at least one kind" in page.notice.text
    begin(demo, page)
    demo.until(lambda: "0 of 1" in words(page))
    admit(demo, page, "P1", agreed=False)
    assert "Nobody takes part" in page.notice.text
    assert "Nobody yet" in words(page)


def test_where_no_attack_is_looked_for_none_is_begun_and_the_page_says_so(
    demo: Stage, page: AdministrationPage
) -> None:
    service = demo.workspace.unlocked.session.attack_tests
    service._looks_for_attacks = False
    page.choose(Section.ATTACK_TEST)
    demo.until(lambda: "Install the models first" in words(page))
    assert not [made for made in page.findChildren(Button) if made.property("task") == Task.BEGIN_TEST.value]
    (lead,) = [made for made in page.findChildren(Button) if made.text() == "Go to Models"]
    begin(demo, page)
    assert "The models in use look for no attack" in page.notice.text
    assert service._entries in (None, [])
    lead.click()
    assert page.section is Section.MODELS


def test_a_test_that_was_left_goes_on_where_it_was(demo: Stage, page: AdministrationPage) -> None:
    begin(demo, page)
    admit(demo, page, "P1")
    record(demo, page, 1)
    demo.workspace.unlocked.session.attack_tests._entries = None  # as after a new unlock
    page.choose(Section.ATTACK_TEST)
    demo.until(lambda: "printed photograph · P1" in words(page))
