"""People whose numbers became one by a migration, in the window: listed on Home, chosen by a person, told apart by
two."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from mlid_desktop.gui.home.page import HomePage
from mlid_desktop.gui.page.navigation import PageName
from mlid_desktop.gui.records.correction import CorrectionDialog
from mlid_desktop.gui.records.page import RecordsPage
from mlid_desktop.gui.unlock.page import UnlockPage
from mlid_desktop.gui.verify.find_page import FindPage
from mlid_desktop.gui.widgets.controls import Check
from mlid_desktop.gui.widgets.dialogs import Question
from tests.gui.stage import Stage
from tests.gui.steps import answering, buttons, offered, told
from tests.makers import ROOT

KEPT = ROOT / "tests" / "vectors" / "vault" / "format_2_shared_numbers" / "vault"


@pytest.fixture
def migrated(qapp: QApplication, tmp_path: Path) -> Iterator[Stage]:
    """The window of a vault in which three people share one number and two another."""

    def without(question: Question) -> bool:
        for check in question.findChildren(Check):
            check.setChecked(False)
        return True

    stage = Stage(qapp, tmp_path, models=tmp_path / "none")
    shutil.copytree(KEPT, stage.folder)
    stage.window.ask_for_vault(creating=False)
    page = stage.window.current
    assert isinstance(page, UnlockPage)
    page.name.setText("sup")
    page.passphrase.setText("correct horse battery")
    page.ask = without
    page.go_on()
    stage.until(lambda: bool(stage.window.pages) and bool(stage.workspace.engine_faults))
    yield stage
    stage.close()


def test_home_lists_them_and_two_people_give_one_another_number(migrated: Stage) -> None:
    home = migrated.view(PageName.HOME)
    assert isinstance(home, HomePage)
    migrated.until(lambda: migrated.workspace.pending.sharing == 5)
    migrated.until(lambda: bool(buttons(home, "Show")))
    buttons(home, "Show")[0].click()
    view = migrated.view(PageName.RECORDS)
    assert isinstance(view, RecordsPage)
    migrated.until(lambda: view.finder.model.rowCount() == 5)
    row = next(at for at in range(5) if view.finder.model.person(at).name == "Bahar Amini")
    view.finder.table.choose(row)
    migrated.until(lambda: "Bahar Amini" in told(view.record))
    view.acts.ask = lambda _: False  # no new receipt for now

    def correct(dialog: CorrectionDialog) -> bool:
        dialog.number.setText("2000")
        dialog.second.setText("clerk")
        dialog.passphrase.setText("clerk's passphrase")
        return dialog.do.isEnabled()

    view.acts.ask_for_correction = correct
    migrated.until(lambda: bool(buttons(view.record, "Correct")))
    assert not offered(view.record, "Another number"), "one way to another number"
    buttons(view.record, "Correct")[0].click()
    migrated.until(lambda: migrated.workspace.pending.sharing == 4)
    migrated.until(lambda: view.finder.model.rowCount() == 4)
    view.acts.ask = answering("2001", "clerk", "clerk's passphrase")
    view.acts.ask_number(view.finder.model.person(0))  # as is offered of somebody who withdrew
    migrated.until(lambda: "2001" in view.notice.text)


def test_a_shared_number_chooses_nobody_by_itself(migrated: Stage) -> None:
    migrated.window.go(PageName.VERIFY)
    view = migrated.view(PageName.VERIFY)
    page = view.findChild(FindPage)
    assert isinstance(page, FindPage)
    migrated.type(page.finder.field, "1012")
    migrated.settle()
    assert page.finder.selected == ""
    assert "choose" in page.finder._count.text()
    page.finder.clear()
    migrated.type(page.finder.field, "bahar")
    migrated.until(lambda: bool(page.finder.selected))
