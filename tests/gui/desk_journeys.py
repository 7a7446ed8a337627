"""What is done at a desk besides enrolling and checking one person: a queue, figures, the first day. Used by the bench
that watches how soon the window answers."""

from __future__ import annotations

from PySide6.QtCore import Qt

from mlid_desktop.domain.decisions import Verdict
from mlid_desktop.gui.figures.page import FiguresPage
from mlid_desktop.gui.page.navigation import PageName
from mlid_desktop.gui.verify.check_in_page import CheckInPage
from mlid_desktop.gui.window.setup.view import SetupView
from mlid_desktop.station.administration.readiness import SetupStep
from mlid_desktop.workflow.check_in.session import CheckInStage
from tests.gui.stage import Stage


def checked_in(stage: Stage) -> CheckInPage:
    """Somebody of a queue, enrolled as No. 1001, is found by number and confirmed; the next number is nobody's."""
    stage.press(Qt.Key.Key_F11, stage.window)
    page = stage.view(PageName.CHECK_IN)
    assert isinstance(page, CheckInPage)
    stage.type(page.field, "1001")
    stage.press(Qt.Key.Key_Return, page.field)
    stage.until(lambda: page.state.stage is CheckInStage.SHOWN)
    assert page.state.outcome is not None
    assert page.state.outcome.verdict is Verdict.ACCEPTED
    stage.type(page.field, "4711")
    stage.press(Qt.Key.Key_Return, page.field)
    assert page.notice.text
    page.field.clear()
    for _ in range(2):  # from what is shown to the next person, then home
        stage.press(Qt.Key.Key_Escape, page.field)
    assert stage.window.current is stage.view(PageName.HOME)
    return page


def figures_looked_at(stage: Stage) -> FiguresPage:
    """Every period, as pictures and as a table."""
    stage.press(Qt.Key.Key_F10, stage.window)
    page = stage.view(PageName.FIGURES)
    assert isinstance(page, FiguresPage)
    for chosen in page.kinds.values():
        chosen.click()
        stage.settle()
    page.as_table.click()
    assert page.table.isVisible()
    stage.press(Qt.Key.Key_Escape)
    return page


def first_day_gone_through(stage: Stage) -> SetupView:
    """Every step of setting the desk up is shown; the last one leads home."""
    stage.press(Qt.Key.Key_F12, stage.window)
    guide = stage.view(PageName.SETUP)
    assert isinstance(guide, SetupView)
    for step in SetupStep:
        guide.show_step(step)
        stage.settle()
    guide.to_next()
    stage.until(lambda: stage.window.current is stage.view(PageName.HOME))
    return guide
