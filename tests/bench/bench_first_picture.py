"""How soon a page shows the first picture: of a camera that is ready, and from cold."""

from __future__ import annotations

import statistics
import time

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.gui.identify.view import IdentifyView
from mlid_desktop.gui.page.navigation import PageName
from tests.bench.pace import ANOTHER, PAUSE_MS, SURE, desk, enrolled_by_face, stands_there
from tests.bench.report import Report
from tests.contracts.mjpeg_server import MjpegServer
from tests.gui.stage import Stage
from tests.gui.steps import use_source

PICTURES = 9  # pages that are opened
OPENS_S = 1.0  # that a slow camera takes until it delivers


def run(report: Report) -> None:
    """A page of a search is gone to from the home page, again and again."""
    with desk(report) as stage:
        if stage is None:
            return
        enrolled_by_face(stage, ANOTHER)  # where nobody could be found, no camera is opened
        slow, quick = MjpegServer(opens_s=OPENS_S), MjpegServer()
        try:
            use_source(stage, slow.address, Modality.FACE)
            cold = _first_picture(stage) - OPENS_S
            report.figure("first picture from cold, beside the second that the stream takes", cold, "s", at_most=0.5)
            use_source(stage, quick.address, Modality.FACE)
            _report(report, stage, "a stream on this machine")
            stands_there(stage, SURE)
            _report(report, stage, "a simulated camera")
        finally:
            slow.close()
            quick.close()


def _report(report: Report, stage: Stage, device: str) -> None:
    waits = [_first_picture(stage) for _ in range(PICTURES)]
    report.figure(f"first picture after a page opens, {device}, median", statistics.median(waits), "s", at_most=0.3)
    report.figure(f"first picture after a page opens, {device}, longest", max(waits), "s")


def _first_picture(stage: Stage) -> float:
    """From the page of a search being asked for to its first picture."""
    stage.window.go(PageName.HOME)
    stage.wait(PAUSE_MS)
    begun = time.monotonic()
    stage.window.go(PageName.IDENTIFY)
    view = stage.view(PageName.IDENTIFY)
    assert isinstance(view, IdentifyView)
    stage.until(lambda: view.face.panel.preview.has_picture)
    return time.monotonic() - begun
