"""The front desk at a person's pace: a pause before every key, a simulated person, no challenge."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from pathlib import Path

from PySide6.QtCore import Qt

from mlid_desktop.domain.characteristics import VOICE
from mlid_desktop.domain.decisions import Verdict
from mlid_desktop.gui.identify.view import IdentifyView
from mlid_desktop.gui.page.navigation import PageName
from mlid_desktop.gui.state.workspace import VOICE_BEGINS_S
from mlid_desktop.gui.verify.check_in_page import CheckInPage
from mlid_desktop.workflow.check_in import CheckInStage
from mlid_desktop.workflow.enrolment_navigation import FINGERS_ASKED, fingers_done
from tests.bench.bench_desk import running_application
from tests.bench.report import Report
from tests.gui import journeys
from tests.gui.stage import ROOT, Stage
from tests.gui.steps import look_up, person

PAUSE_MS, PLACING_MS = 1500, 2000  # between keys, and for each finger
PICTURES, QUEUE = 9, 10  # pages that are opened, and people who are checked in


def run(report: Report) -> None:
    """Three modalities, a check and a queue, and how soon pictures come."""
    models = Path(os.environ.get("MLID_MODELS") or ROOT / "models")
    if not (models / "face_detection_yunet_2023mar.onnx").exists():
        report.note("the model pack is not installed")
        return
    report.note(f"load of the machine: {', '.join(f'{load:.1f}' for load in os.getloadavg())}")
    with tempfile.TemporaryDirectory() as folder:
        stage = Stage(running_application(), Path(folder), models=models)
        try:
            stage.create_vault()
            stage.workspace.voice_begins_s = VOICE_BEGINS_S
            person(stage, 1)
            _enrol_at_pace(report, stage)
            _check_at_pace(report, stage)
            _check_in_at_pace(report, stage)
            waits = [_first_picture(stage) for _ in range(PICTURES)]
            report.figure("first picture after a page opens, median", statistics.median(waits), "s", at_most=0.3)
        finally:
            stage.close()


class _Operator:
    """Somebody at the keyboard: a pause before every key, and a count of them; what is typed into fields is no key."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.keys = stage, 0

    def press(self, key: Qt.Key) -> None:
        """A key, after the pause in which a person looks and decides."""
        self.stage.wait(PAUSE_MS)
        self.keys += 1
        self.stage.press(key)


def _enrol_at_pace(report: Report, stage: Stage) -> None:
    operator, took = _Operator(stage), dict[str, float]()
    begun = last = time.monotonic()

    def lap(step: str) -> None:
        nonlocal last
        now = time.monotonic()
        took[step], last = now - last, now

    operator.keys += 1  # F2
    view = journeys.to_face(stage, "1001", "Maria Okoye")
    operator.keys += 2  # consent, details
    stage.wait(3 * PAUSE_MS)
    lap("consent and details")
    stage.until(lambda: view.face.footer is not None and view.face.footer.primary.isEnabled())
    operator.press(Qt.Key.Key_Return)
    stage.until(view.fingers.isVisible)
    lap("face")
    stage.wait(PLACING_MS)
    operator.press(Qt.Key.Key_Return)
    stage.until(lambda: fingers_done(view.session)[0] == len(FINGERS_ASKED))
    stage.wait(PLACING_MS)
    operator.press(Qt.Key.Key_Return)
    stage.until(view.voice.isVisible)
    lap("two fingers")
    stage.until(lambda: VOICE in view.session.kept)
    lap("voice")
    operator.press(Qt.Key.Key_Return)
    stage.until(view.review.isVisible)
    operator.press(Qt.Key.Key_Return)
    stage.until(view.ended.isVisible)
    lap("duplicates, review, saved")
    report.figure("three modalities at a person's pace", time.monotonic() - begun, "s", at_most=60.0)
    report.figure("three modalities: keys", operator.keys, "", at_most=15)
    for step, seconds in took.items():
        report.figure(f"three modalities: {step}", seconds, "s")
    stage.until(lambda: bool(stage.workspace.unlocked.people))


def _check_at_pace(report: Report, stage: Stage) -> None:
    view = look_up(stage, "1001")
    begun = time.monotonic()
    _Operator(stage).press(Qt.Key.Key_Return)
    stage.until(view.decision.isVisible)
    report.figure("one check from number to verdict", time.monotonic() - begun, "s", at_most=6.0)


def _check_in_at_pace(report: Report, stage: Stage) -> None:
    """A queue: the next person steps up after a pause, and the code is scanned with the face before the camera."""
    stage.press(Qt.Key.Key_F11, stage.window)
    page = stage.view(PageName.CHECK_IN)
    assert isinstance(page, CheckInPage)
    verdicts, waits, begun = list[Verdict](), list[float](), time.monotonic()
    for _ in range(QUEUE):
        stage.wait(PAUSE_MS)
        given = time.monotonic()
        stage.type(page.field, "1001")
        stage.press(Qt.Key.Key_Return, page.field)
        stage.until(lambda: page.state.stage is CheckInStage.CHECKING)
        stage.until(lambda: page.state.stage is CheckInStage.SHOWN)
        waits.append(time.monotonic() - given)
        assert page.state.outcome is not None
        verdicts.append(page.state.outcome.verdict)
    report.figure("check-in: from code to verdict, median", statistics.median(waits), "s", at_most=3.0)
    report.figure("check-in: people a minute", 60 * QUEUE / (time.monotonic() - begun), "", at_least=10)
    report.figure("check-in: accepted", verdicts.count(Verdict.ACCEPTED), f"of {QUEUE}", at_least=QUEUE)
    stage.press(Qt.Key.Key_Escape, page.field)


def _first_picture(stage: Stage) -> float:
    """From the page of a search being asked for to the first picture of the simulated camera."""
    stage.window.go(PageName.HOME)
    stage.wait(PAUSE_MS)
    begun = time.monotonic()
    stage.window.go(PageName.IDENTIFY)
    view = stage.view(PageName.IDENTIFY)
    assert isinstance(view, IdentifyView)
    stage.until(lambda: view.face.panel.preview.has_picture)
    return time.monotonic() - begun
