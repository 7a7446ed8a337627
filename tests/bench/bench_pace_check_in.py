"""A queue that is checked in by codes, at a person's pace, and with people who are refused among it."""

from __future__ import annotations

import statistics
import time

from PySide6.QtCore import Qt

from mlid_desktop.domain.decisions import Verdict
from mlid_desktop.gui.page.navigation import PageName
from mlid_desktop.gui.verify.check_in_page import CheckInPage
from mlid_desktop.workflow.check_in.session import CheckInStage
from tests.bench.pace import ANOTHER, NUMBER, PAUSE_MS, REFUSALS, SURE, desk, enrolled_by_face, stands_there
from tests.bench.report import Report
from tests.gui.stage import Stage

QUEUE = 10


def run(report: Report) -> None:
    """People a minute, and from the code to the verdict."""
    with desk(report) as stage:
        if stage is None:
            return
        enrolled_by_face(stage, SURE)
        stage.press(Qt.Key.Key_F11, stage.window)
        page = stage.view(PageName.CHECK_IN)
        assert isinstance(page, CheckInPage)
        begun = time.monotonic()
        queue = [_checked_in(stage, page) for _ in range(QUEUE)]
        whole = time.monotonic() - begun
        placed = [since for _, since, _ in queue]
        report.figure("check-in: people a minute", 60 * QUEUE / whole, "", at_least=10)
        report.figure("check-in: face placed to verdict, median", statistics.median(placed), "s", at_most=3.0)
        report.figure("check-in: face placed to verdict, longest", max(placed), "s")
        report.figure("check-in: from code to verdict, median", statistics.median(took for took, _, _ in queue), "s")
        accepted = [verdict for _, _, verdict in queue].count(Verdict.ACCEPTED)
        report.figure("check-in: accepted", accepted, f"of {QUEUE}", at_least=QUEUE)
        stands_there(stage, ANOTHER)
        begun = time.monotonic()
        refused = [_checked_in(stage, page)[2] for _ in range(REFUSALS)]
        stands_there(stage, SURE)
        refused.append(_checked_in(stage, page)[2])
        report.figure("check-in: three refusals and then the person", time.monotonic() - begun, "s")
        report.note(", ".join(refused))
        stage.press(Qt.Key.Key_Escape, page.field)


def _checked_in(stage: Stage, page: CheckInPage) -> tuple[float, float, Verdict]:
    """One person, who steps up after a pause: seconds from the code to the verdict, those since the face was where a
    frame of it can be used, and the verdict."""
    stage.wait(PAUSE_MS)
    given = time.monotonic()
    placed: list[float] = []
    stage.type(page.field, NUMBER)
    stage.press(Qt.Key.Key_Return, page.field)
    stage.until(lambda: page.state.stage is CheckInStage.CHECKING)

    def shown() -> bool:
        newest = page.captures.newest
        seen = None if newest is None or newest.capture is None else newest.capture.latest
        if not placed and seen is not None and seen.usable:
            placed.append(time.monotonic())
        return page.state.stage is CheckInStage.SHOWN

    stage.until(shown)
    now = time.monotonic()
    assert page.state.outcome is not None
    return now - given, now - (placed[0] if placed else given), page.state.outcome.verdict
