"""The records page: found, sorted, listed in part, agreed again, withdrawn, handed out, erased by two."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.subjects import ExceptionReason, Standing
from mlid_desktop.gui.home.page import HomePage
from mlid_desktop.gui.page.navigation import PageName
from mlid_desktop.gui.records.page import PARTS, RecordsPage
from mlid_desktop.gui.records.people_table import PeopleModel, PeopleTable
from mlid_desktop.gui.records.renewal import RenewalQuestion
from mlid_desktop.gui.state.people_index import Part
from mlid_desktop.gui.theme.style import Theme
from mlid_desktop.gui.theme.tokens import ThemeName
from mlid_desktop.gui.verify.view import VerifyView
from mlid_desktop.gui.widgets.dialogs import Question
from mlid_desktop.station.configuration.list_layout import ListLayout
from mlid_desktop.station.configuration.resources import resource_folder
from mlid_desktop.station.text.language import open_language
from tests.doubles import FixedClock
from tests.gui.stage import PASSPHRASE, SECOND, SECOND_PASSPHRASE, Stage
from tests.gui.steps import (
    answering,
    buttons,
    enrol_view,
    no_other_finger,
    offered,
    records,
    saved,
    told,
    without_voice,
)
from tests.site_schemas import clinic


def chosen(stage: Stage, typed: str = "oko") -> RecordsPage:
    view = records(stage)
    stage.type(view.finder.field, typed)
    stage.until(lambda: bool(buttons(view.record, "Withdraw") or buttons(view.record, "Erase")))
    return view


def test_a_record_says_what_is_kept_and_what_happened(demo: Stage) -> None:
    saved(demo)
    said = told(chosen(demo).record)
    assert "Maria Okoye" in said
    assert "quality" in said
    assert "Consent given" in said
    assert "Kept until" in said
    assert "Voice declined" in said  # what is missing is named, each with its reason


def test_nobody_is_erased_by_one_person_alone(demo: Stage) -> None:
    saved(demo)
    view = chosen(demo)
    asked: list[str] = []

    def ask(question: Question) -> bool:
        asked.append(question.notice.text)
        return len(asked) == 1 and answering("A. Clerk", PASSPHRASE)(question)

    view.acts.ask = ask
    assert not buttons(view.record, "Erase")  # it is not due: it is the last of the other acts
    (erase,) = offered(view.record, "Erase")
    *others, line, last = view.record.menu.actions()
    assert (line.isSeparator(), last, view.record.menu.defaultAction()) == (True, erase, erase)
    assert [act.text() for act in others if act.isSeparator()] == [""], "what changes it, and what the person asks for"
    erase.trigger()
    demo.until(lambda: len(asked) == 2)
    assert "second person" in asked[1]
    assert len(demo.workspace.unlocked.people) == 1


def test_a_person_is_erased_by_two_and_takes_a_certificate_home(demo: Stage, tmp_path: Path) -> None:
    saved(demo)
    view = chosen(demo)
    certificate = tmp_path / "erased.pdf"
    view.acts.ask = answering(SECOND, SECOND_PASSPHRASE)
    view.acts.choose_file = lambda _: str(certificate)
    assert not buttons(view.record, "Erase")  # it is not due: it is the last of the other acts
    offered(view.record, "Erase")[0].trigger()
    demo.until(lambda: not demo.workspace.unlocked.people)
    demo.until(lambda: view.notice.text.startswith("Written to"))
    assert certificate.read_bytes().startswith(b"%PDF")
    assert view.empty.isVisible()


def test_consent_is_withdrawn_by_one_waits_on_the_home_page_and_is_given_again(demo: Stage) -> None:
    saved(demo)
    view = chosen(demo)
    view.acts.ask = answering()
    buttons(view.record, "Withdraw")[0].click()
    demo.until(lambda: demo.workspace.unlocked.people[0].standing is Standing.WITHDRAWN)
    demo.until(lambda: "Nothing about this person is compared" in told(view.record))
    demo.window.go(PageName.HOME)
    home = demo.view(PageName.HOME)
    assert isinstance(home, HomePage)

    demo.until(lambda: bool(buttons(home.waiting, "Show")))
    buttons(home.waiting, "Show")[0].click()
    demo.until(lambda: view.isVisible() and view.finder.model.rowCount() == 1 and not view.finder.waits)
    view.finder.table.choose(0)
    demo.until(lambda: bool(offered(view.record, "Prolong")))
    demo.until(lambda: bool(buttons(view.record, "Erase Maria")))  # shown a turn of the event loop after it was made
    assert not offered(view.record, "Erase")
    read: list[str] = []

    def agree(question: Question) -> bool:
        assert isinstance(question, RenewalQuestion)
        question.spoken.setCurrentText("Français")
        read.append(told(question.reading))
        assert not question.do.isEnabled()
        question.reading.aloud.click()
        assert not question.do.isEnabled()
        assert question.parts.agreed | question.parts.left_out == {Modality.FINGERPRINT}  # what is recorded
        question.parts.check(Modality.FINGERPRINT).click()
        assert question.do.isEnabled()
        return answering()(question)

    view.acts.ask = agree
    offered(view.record, "Prolong")[0].trigger()
    demo.until(lambda: demo.workspace.unlocked.people[0].standing is Standing.HELD)
    assert "visage" in read[0]
    vault, subject = demo.vault, demo.workspace.unlocked.people[0].subject_id
    consent = demo.workspace.vault_worker.submit(vault.record, subject).result().consent
    assert consent.language == "fr"
    demo.until(lambda: view.finder.model.rowCount() == 0)
    assert "agreed again" in view.notice.text


def test_whoever_does_not_agree_again_keeps_the_consent_of_before_or_withdraws_it(demo: Stage) -> None:
    saved(demo)
    view = chosen(demo)
    (person,) = demo.workspace.unlocked.people
    titles: list[str] = []
    withdraws = False

    def decline(question: Question) -> bool:
        titles.append(question.windowTitle())
        if isinstance(question, RenewalQuestion):
            question.declines.click()
            return False
        return withdraws

    view.acts.ask = decline
    view.acts.ask_renew(person)
    assert titles == ["Maria Okoye agrees again?", "Maria Okoye does not agree again"]
    demo.settle()
    assert demo.workspace.unlocked.people[0].standing is Standing.HELD
    withdraws = True
    view.acts.ask_renew(person)
    demo.until(lambda: "withdraws consent" in titles[-1])
    demo.until(lambda: demo.workspace.unlocked.people[0].standing is Standing.WITHDRAWN)
    (person,) = demo.workspace.unlocked.people
    view.acts.ask_renew(person)
    assert "stays withdrawn" in view.notice.text


def test_whoever_is_due_is_erased_by_a_button(demo: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    saved(demo)
    later = demo.station.clock.now() + timedelta(days=40 * 365)
    monkeypatch.setattr(demo.station, "clock", FixedClock(later))
    view = chosen(demo)
    assert "The time of this record is over" in told(view.record)
    assert buttons(view.record, "Erase Maria")
    assert not offered(view.record, "Erase")


def test_what_is_kept_is_handed_out_by_two_as_a_sheet_and_as_data(demo: Stage, tmp_path: Path) -> None:
    saved(demo)
    view = chosen(demo)
    view.acts.ask = answering(SECOND, SECOND_PASSPHRASE)
    view.acts.choose_file = lambda name: str(tmp_path / name)
    offered(view.record, "Hand out")[0].trigger()
    demo.until(lambda: view.notice.text.startswith("Written to"))
    assert (tmp_path / "kept-1001.pdf").read_bytes().startswith(b"%PDF")
    assert json.loads((tmp_path / "kept-1001.json").read_text())["name"] == "Maria Okoye"


def test_a_file_that_the_dialog_did_not_ask_about_is_not_replaced(demo: Stage, tmp_path: Path) -> None:
    saved(demo)
    view = chosen(demo)
    (tmp_path / "kept-1001.json").write_text("of somebody else")
    asked: list[str] = []

    def ask(question: Question) -> bool:
        asked.append(question.notice.text)
        return len(asked) == 1 and answering(SECOND, SECOND_PASSPHRASE)(question)

    view.acts.ask = ask
    view.acts.choose_file = lambda name: str(tmp_path / name)
    offered(view.record, "Hand out")[0].trigger()
    demo.until(lambda: len(asked) == 2)
    assert "is there already" in asked[1]
    assert [path.name for path in tmp_path.glob("kept*")] == ["kept-1001.json"]
    assert (tmp_path / "kept-1001.json").read_text() == "of somebody else"


def test_the_code_of_a_receipt_finds_its_person_until_a_new_one_is_made(demo: Stage, tmp_path: Path) -> None:
    saved(demo)
    subject = demo.workspace.unlocked.people[0].subject_id
    old = demo.workspace.vault_worker.submit(demo.vault.subject_rights.give_token, subject).result()
    demo.workspace.refresh_people()
    demo.until(lambda: demo.workspace.unlocked.people[0].token == old)
    view = chosen(demo, f"MLID:{old}")
    assert view.finder.selected == subject
    view.acts.ask = answering()
    view.acts.choose_file = lambda name: str(tmp_path / name)
    offered(view.record, "New receipt code")[0].trigger()
    demo.until(lambda: demo.workspace.unlocked.people[0].token not in {"", old})
    assert (tmp_path / "code-1001.pdf").read_bytes().startswith(b"%PDF")
    demo.until(lambda: view.finder.model.rowCount() == 0)
    demo.window.lock()
    demo.workspace.open(demo.folder, "A. Clerk", PASSPHRASE, demo._refused)
    demo.until(lambda: bool(demo.window.pages))
    (person,) = demo.workspace.unlocked.people
    assert len(person.token) == 32
    assert demo.workspace.unlocked.people_index.by_token == {person.token: 0}


def test_a_person_is_enrolled_anew_by_two_and_keeps_number_receipt_and_history(demo: Stage) -> None:
    saved(demo)
    before = demo.workspace.unlocked.people[0]
    vault = demo.vault
    token = demo.workspace.vault_worker.submit(vault.subject_rights.give_token, before.subject_id).result()
    (old,) = demo.workspace.vault_worker.submit(vault.references, before.subject_id).result()
    offered(chosen(demo).record, "Enrol again")[0].trigger()
    view = enrol_view(demo)
    demo.until(view.isVisible)
    demo.read()
    demo.press(Qt.Key.Key_Return)
    demo.until(view.face.isVisible)
    view.face._skip_for(ExceptionReason.DEVICE_ABSENT)
    demo.until(view.fingers.isVisible)
    demo.press(Qt.Key.Key_Space)
    demo.until(lambda: bool(view.session.kept))
    no_other_finger(demo, view)
    demo.press(Qt.Key.Key_Return)
    demo.until(view.voice.isVisible)
    without_voice(view)
    demo.until(view.review.isVisible)
    view.ask_second = lambda *_: None  # nobody else is there
    demo.go_on()
    assert (
        demo.workspace.vault_worker.submit(vault.references, before.subject_id).result()[0].reference_id
        == old.reference_id
    )
    view.ask_second = lambda *_: (SECOND, SECOND_PASSPHRASE)
    demo.go_on()
    demo.until(view.ended.isVisible)
    (new,) = demo.workspace.vault_worker.submit(vault.references, before.subject_id).result()
    assert new.reference_id != old.reference_id
    record = demo.workspace.vault_worker.submit(vault.record, before.subject_id).result()
    assert (record.details.number, record.token, len(record.earlier)) == ("1001", token, 1)
    demo.workspace.vault_worker.submit(vault.verify).result()
    entries = demo.workspace.vault_worker.submit(vault.audit.entries).result()
    assert [entry.facts["second"] for entry in entries if entry.event == "enrolment.renewed"] == [SECOND]


def test_the_list_is_sorted_by_its_heads_and_keeps_who_was_chosen(demo: Stage) -> None:
    saved(demo, "1001", "Zoe Adams", seed=1)
    saved(demo, "1002", "Ana Zorn", seed=2)
    view = records(demo)
    assert [view.finder.model.person(row).name for row in range(2)] == ["Ana Zorn", "Zoe Adams"]
    view.finder.table.choose(0)
    was = view.finder.selected
    view.finder.table.horizontalHeader().sectionClicked.emit(0)
    assert [view.finder.model.person(row).number for row in range(2)] == ["1001", "1002"]
    view.finder.table.horizontalHeader().sectionClicked.emit(0)
    assert [view.finder.model.person(row).number for row in range(2)] == ["1002", "1001"]
    assert view.finder.selected == was
    view.finder.list_part(PARTS[PARTS.index(Part.WITHDRAWN)])
    assert view.finder.model.rowCount() == 0


def test_the_list_begins_as_somebody_left_it(demo: Stage) -> None:
    saved(demo, "1001", "Zoe Adams", seed=1)
    saved(demo, "1002", "Ana Zorn", seed=2)
    table = records(demo).finder.table
    heads = table.horizontalHeader()
    wide = table.columnWidth(0) + 60
    table.setColumnWidth(0, wide)
    heads.sectionClicked.emit(0)
    heads.sectionClicked.emit(0)
    demo.window.go(PageName.VERIFY)
    checked = demo.view(PageName.VERIFY)
    assert isinstance(checked, VerifyView)
    demo.until(lambda: not checked.finder.finder.waits)
    assert [checked.finder.finder.model.person(row).number for row in range(2)] == ["1002", "1001"]
    demo.window.go(PageName.HOME)
    demo.window.lock()
    demo.workspace.open(demo.folder, "A. Clerk", PASSPHRASE, demo._refused)
    demo.until(lambda: bool(demo.window.pages) and bool(demo.workspace.unlocked.people))
    finder = records(demo).finder
    assert finder.table.columnWidth(0) == wide
    assert [finder.model.person(row).number for row in range(2)] == ["1002", "1001"]
    assert finder.table.horizontalHeader().sortIndicatorSection() == 0
    finder.table.horizontalHeader().sectionHandleDoubleClicked.emit(0)
    assert finder.table.columnWidth(0) < wide


def test_a_scanner_that_types_enter_before_the_list_is_there_goes_on_with_whom_it_meant(demo: Stage) -> None:
    from mlid_desktop.gui.records.finder import FindPanel
    from mlid_desktop.gui.state import workspace

    saved(demo)
    went: list[str] = []
    few, workspace.FEW = workspace.FEW, 0
    try:
        panel = FindPanel(demo.workspace, lambda _: None, lambda: went.append(panel.selected))
        panel.show()
        demo.type(panel.field, "1001")
        demo.press(Qt.Key.Key_Return, panel.field)
        demo.until(lambda: bool(went))
        assert went == [demo.workspace.unlocked.people[0].subject_id]
    finally:
        workspace.FEW = few
        panel.deleteLater()


def test_no_width_is_kept_that_nobody_gave(qapp: QApplication, qtbot: QtBot) -> None:
    model = PeopleModel(open_language(Path(), "en"))
    table = PeopleTable(Theme(resource_folder()), model, "People", ListLayout())
    qtbot.addWidget(table)
    table.resize(700, 400)
    table.show()
    qapp.processEvents()
    model.show_people((), np.empty(0, np.int64), clinic())  # more columns than before
    table.fit_columns()
    table.resize(900, 400)
    qapp.processEvents()
    assert table.layout_kept == ListLayout()
    table.setColumnWidth(0, 200)
    assert table.layout_kept == ListLayout({"number": 200})


DARK = 120  # of 255: letters


@pytest.mark.parametrize("code", ["en", "ar"])
def test_a_head_stands_over_what_is_below_it_in_either_direction(qapp: QApplication, qtbot: QtBot, code: str) -> None:
    language = open_language(resource_folder() / "translations", code)
    theme, model = Theme(resource_folder()), PeopleModel(language)
    theme.apply(qapp, ThemeName.LIGHT)  # heads that a style sheet paints are aligned by it
    table = PeopleTable(theme, model, "People", ListLayout())
    qtbot.addWidget(table)
    way = Qt.LayoutDirection.RightToLeft if language.right_to_left else Qt.LayoutDirection.LeftToRight
    qapp.setLayoutDirection(way)  # as the window does
    table.resize(900, 300)
    table.show()
    qapp.processEvents()
    heads = table.horizontalHeader()
    drawn = heads.grab().toImage()
    qapp.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
    before, width, lines = heads.sectionPosition(1), heads.sectionSize(1), range(4, drawn.height() - 4)
    first = drawn.width() - before - width if language.right_to_left else before
    columns = range(first + 2, first + width - 2)
    inked = [x for x in columns if any(drawn.pixelColor(x, y).lightness() < DARK for y in lines)]
    middle = sum(inked) / len(inked) - first
    assert (middle > width / 2) is language.right_to_left
