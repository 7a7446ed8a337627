"""A desk of a register in the real window: whom another desk enrols is there, and the bar says how the desk stands."""

from __future__ import annotations

import shutil

from PySide6.QtWidgets import QWidget

from mlid_desktop.gui.window.top_bar import DeviceStrip, RegisterBar
from tests.gui.stage import Stage
from tests.unit.vault.conftest import PASSPHRASE, enrolment
from tests.unit.vault.register.conftest import PEOPLE, Desks, desks, founded, server

__all__ = ["desks", "founded", "server"]
IN_STEP = "Register: this desk is in step"
LET_GO = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename LIKE 'mlid_desk_%' AND datname = '{}'"


def bar(stage: Stage) -> RegisterBar:
    return stage.window.findChildren(RegisterBar)[-1]


def lamps(stage: Stage) -> list[str]:
    (strip,) = stage.window.findChildren(DeviceStrip)
    return [lamp.accessibleName() for lamp in strip.findChildren(QWidget) if lamp.isVisible()]


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


def test_a_desk_alone_is_told_nothing_of_registers(demo: Stage) -> None:
    demo.settle()
    assert not [words for words in lamps(demo) if "Register" in words]
    assert bar(demo).isHidden()
