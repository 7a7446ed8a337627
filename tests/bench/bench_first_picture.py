"""How soon a page shows the first picture: of a camera that is ready, and from cold."""

from __future__ import annotations

import statistics
import time
from dataclasses import replace

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.gui.identify.view import IdentifyView
from mlid_desktop.gui.page.navigation import PageName
from mlid_desktop.synthetic.face.features import Expression
from mlid_desktop.synthetic.face.portrait import HeadPose, SyntheticPortrait
from mlid_desktop.synthetic.face.sampling import sample_person
from tests.bench.bench_face import sample
from tests.bench.pace import ANOTHER, PAUSE_MS, SURE, desk, stands_there
from tests.bench.report import Report
from tests.contracts.mjpeg_server import MjpegServer
from tests.gui.stage import Stage
from tests.gui.steps import use_source
from tests.makers import observation
from tests.unit.vault.conftest import enrolment

PICTURES = 9  # pages that are opened
OPENS_S = 1.0  # that a slow camera takes until it delivers


def run(report: Report) -> None:
    """A page of a search is gone to from the home page, again and again."""
    with desk(report) as stage:
        if stage is None:
            return
        _enrol(stage, ANOTHER)  # where nobody could be found, no camera is opened
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


def _enrol(stage: Stage, seed: int) -> None:
    """Enrols a person by the face into the vault itself: the window has shown neither a page of a capture nor a picture
    when it is measured."""
    image = SyntheticPortrait(sample_person(seed)).frame(HeadPose(), Expression(), 0)
    seen = stage.station.pipelines().open(Modality.FACE).observe(sample(image))
    assert seen.template is not None
    person, vault = replace(enrolment(), captures=(replace(observation(), template=seen.template),)), stage.vault
    stage.workspace.vault_worker.submit(lambda: vault.save(person)).result()
    stage.workspace.refresh_people()
    stage.until(lambda: bool(stage.workspace.unlocked.people))


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
