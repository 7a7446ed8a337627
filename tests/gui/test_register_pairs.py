"""Two people whom two desks of a register enrolled at about the same time: Home says so where they are alike, and two
operators decide."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

from PySide6.QtWidgets import QAbstractButton

from mlid_desktop.gui.home.page import HomePage
from mlid_desktop.gui.page.navigation import PageName
from tests.gui.stage import Stage
from tests.gui.steps import buttons
from tests.unit.vault.conftest import PASSPHRASE, WITNESS, enrolment, reopened
from tests.unit.vault.register.conftest import Desks, desks, founded, server, subject

__all__ = ["desks", "founded", "server"]
DECIDE = "Decide …"


def home(stage: Stage) -> HomePage:
    page = stage.window.pages[PageName.HOME]
    assert isinstance(page, HomePage)
    return page


def opened(stage: Stage, desks: Desks) -> None:
    """The desk that does not lead, in the window."""
    desks.reading.lock()
    shutil.copytree(desks.home / "reading", stage.folder)
    stage.workspace.open(stage.folder, "sup", PASSPHRASE, lambda fault: None)
    stage.until(lambda: bool(stage.window.pages))


def test_a_pair_waits_on_home_until_two_people_decided(stage: Stage, desks: Desks) -> None:
    pair = (subject(desks.reading, "1"), subject(desks.reading, "2"))
    desks.reading.register.newcomers.note_compared(set(), [pair])
    opened(stage, desks)
    stage.until(lambda: bool(buttons(home(stage), DECIDE)))
    asked: list[str] = []

    def answer(title: str, why: str) -> tuple[str, str] | None:
        asked.append(why)
        return WITNESS if len(asked) > 1 else None

    home(stage).ask_second = answer  # type: ignore[method-assign]  # who stands beside
    buttons(home(stage), DECIDE)[0].click()
    stage.until(lambda: len(asked) == 1)
    assert all(name in asked[0] for name in ("Person 1", "Person 2"))
    assert buttons(home(stage), DECIDE)  # the question was left
    buttons(home(stage), DECIDE)[0].click()
    stage.until(lambda: not buttons(home(stage), DECIDE))


def test_home_asks_to_take_out_a_desk_that_says_nothing(stage: Stage, desks: Desks) -> None:
    now = desks.clock.now()
    desks.clock.set_wall(now - timedelta(days=31))
    desks.reading.register.fetch()
    desks.clock.set_wall(now)
    desks.writing.lock()
    shutil.copytree(desks.home / "writing", stage.folder)
    stage.workspace.open(stage.folder, "sup", PASSPHRASE, lambda fault: None)

    def asking() -> list[QAbstractButton]:
        return [found for found in buttons(home(stage), "Show") if "said nothing" in found.accessibleName()]

    stage.until(lambda: bool(stage.window.pages) and bool(asking()))
    asking()[0].click()
    stage.until(lambda: stage.window.current is stage.window.pages.get(PageName.ADMINISTRATION))


def test_who_comes_from_another_desk_is_compared_behind_the_window(stage: Stage, desks: Desks, tmp_path: Path) -> None:
    desks.reading.save(enrolment("here", "Enrolled here"))
    opened(stage, desks)
    desks.writing.save(enrolment("there", "Enrolled elsewhere"))
    stage.until(lambda: "there" in {person.number for person in stage.workspace.unlocked.people})
    newcomers = stage.workspace.unlocked.session.vault_session.vault.register.newcomers
    left: list[int] = []

    def is_compared() -> bool:
        stage.workspace.on_vault(lambda: len(newcomers.to_compare()), left.append)
        return bool(left) and left[-1] == 0

    stage.until(is_compared)
    stage.workspace.lock()
    shutil.copytree(stage.folder, tmp_path / "later")
    kept = reopened(tmp_path / "later", desks.clock)
    assert kept.register.newcomers.alike() == ()  # what no model of this desk made is alike to nobody
    kept.lock()
