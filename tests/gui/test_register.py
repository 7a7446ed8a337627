"""A desk of a register in the real window: whom another desk enrols is there, and the bar says how the desk stands."""

from __future__ import annotations

import shutil

from PySide6.QtWidgets import QLabel, QWidget

from mlid_desktop.domain.errors import Code
from mlid_desktop.gui.administration.page import AdministrationPage
from mlid_desktop.gui.administration.presenter import Section, Task
from mlid_desktop.gui.page.navigation import PageName
from mlid_desktop.gui.window.top_bar import DeviceStrip, RegisterBar
from tests.gui.stage import Stage
from tests.unit.vault.conftest import PASSPHRASE, WITNESS, enrolment
from tests.unit.vault.register.conftest import PEOPLE, Desks, code_of, desks, founded, server

__all__ = ["desks", "founded", "server"]
IN_STEP = "Register: this desk is in step"
LET_GO = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename LIKE 'mlid_desk_%' AND datname = '{}'"


def bar(stage: Stage) -> RegisterBar:
    return stage.window.findChildren(RegisterBar)[-1]


def lamps(stage: Stage) -> list[str]:
    (strip,) = stage.window.findChildren(DeviceStrip)
    return [lamp.accessibleName() for lamp in strip.findChildren(QWidget) if lamp.isVisible()]


def said(view: AdministrationPage) -> str:
    return " | ".join(label.text() for label in view.findChildren(QLabel) if label.isVisible())


def numbers(stage: Stage) -> set[str]:
    return {person.number for person in stage.workspace.unlocked.people}


def test_a_desk_that_reads_follows_behind_the_window(stage: Stage, desks: Desks) -> None:
    desks.reading.lock()
    shutil.copytree(desks.home / "reading", stage.folder)
    stage.workspace.open(stage.folder, "sup", PASSPHRASE, lambda fault: None)
    stage.until(lambda: bool(stage.window.pages) and IN_STEP in lamps(stage))
    assert numbers(stage) == set(PEOPLE)
    assert bar(stage).isHidden()
    desks.writing.save(enrolment("9", "New"))
    desks.writing.register.send()
    stage.until(lambda: numbers(stage) == {*PEOPLE, "9"})

    stage.window.go(PageName.ADMINISTRATION)
    view = stage.view(PageName.ADMINISTRATION)
    assert isinstance(view, AdministrationPage)
    view.choose(Section.DESKS)
    stage.until(lambda: "Front desk" in said(view))
    assert "this desk · in step" in said(view)
    view.tasks.do(Task.CHECK_REGISTER)
    stage.until(lambda: "The register is whole: 16 items" in view.notice.text)

    desks.sql(f"ALTER DATABASE {desks.database} CONNECTION LIMIT 0")
    desks.sql(LET_GO.format(desks.database))
    stage.until(lambda: bar(stage).isVisible())
    assert "What changed at other desks since is not known here." in bar(stage).text.text()
    assert IN_STEP not in lamps(stage)
    desks.sql(f"ALTER DATABASE {desks.database} CONNECTION LIMIT -1")
    stage.until(lambda: bar(stage).isHidden() and IN_STEP in lamps(stage))
    stage.window.lock()
    stage.settle()
    assert stage.window._controller.following.state is None  # type: ignore[attr-defined]  # the real controller


def test_the_desk_that_writes_takes_another_out(stage: Stage, desks: Desks) -> None:
    desks.writing.lock()
    shutil.copytree(desks.home / "writing", stage.folder)
    stage.workspace.open(stage.folder, "sup", PASSPHRASE, lambda fault: None)
    stage.until(lambda: bool(stage.window.pages) and IN_STEP in lamps(stage))
    stage.window.go(PageName.ADMINISTRATION)
    view = stage.view(PageName.ADMINISTRATION)
    assert isinstance(view, AdministrationPage)
    view.tasks.ask_second = lambda *_: WITNESS
    view.tasks.ask = lambda question: True
    view.choose(Section.DESKS)
    stage.until(lambda: "Front desk" in said(view))
    view.tasks.do(Task.REMOVE_DESK)
    stage.until(lambda: "is taken out" in view.notice.text)
    stage.until(lambda: "taken out" in said(view))
    assert code_of(desks.reading.register.fetch) == Code.REGISTER_REFUSED.value


def test_a_desk_alone_is_told_nothing_of_registers(demo: Stage) -> None:
    demo.settle()
    assert not [words for words in lamps(demo) if "Register" in words]
    assert bar(demo).isHidden()
    demo.window.go(PageName.ADMINISTRATION)
    view = demo.view(PageName.ADMINISTRATION)
    assert isinstance(view, AdministrationPage)
    view.choose(Section.DESKS)
    demo.until(lambda: "this desk works alone" in said(view))
