"""The window: whether the preview keeps its rate while faces are analysed."""

from __future__ import annotations

import os
import statistics
import threading
import time
from collections.abc import Iterator
from itertools import islice

import numpy as np

from mlid_desktop.devices.sample_stamp import SampleStamp
from mlid_desktop.devices.simulated.camera import SimulatedCamera
from mlid_desktop.domain.characteristics import FACE, Modality
from mlid_desktop.domain.errors import ModelError
from mlid_desktop.domain.provenance import DeviceIdentity, SourceKind
from mlid_desktop.domain.samples import FrameSample, Image, SourceItem
from mlid_desktop.evaluation.observations import CollectingSession
from mlid_desktop.station.assemble import assemble
from mlid_desktop.station.capture.capture_thread import CaptureThread
from mlid_desktop.station.capture.runner import run_capture
from tests.bench.report import Report

SECONDS = 8.0
RATE = 30.0
SETTLING_S = 1.0


def run(report: Report) -> None:
    """Eight seconds of 1280x720 at 30 frames a second."""
    try:
        _preview(report)
    except ModelError:
        report.note("no face models: the preview was not measured")


class _Camera:
    """Frames drawn beforehand, delivered at a camera's rate."""

    kind = SourceKind.SIMULATED
    identity = DeviceIdentity("camera", "bench", "Bench camera")

    def __init__(self, frames: list[Image]) -> None:
        self._frames = frames
        self._closed = threading.Event()
        self.delivered = 0

    def samples(self) -> Iterator[SourceItem]:
        stamp, begun = SampleStamp(self.identity, self.kind), time.monotonic()
        while not self._closed.wait(max(0.0, begun + self.delivered / RATE - time.monotonic())):
            yield stamp.frame(self._frames[self.delivered % len(self._frames)])
            self.delivered += 1

    def close(self) -> None:
        self._closed.set()


def _preview(report: Report) -> None:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtWidgets import QApplication  # after the platform is chosen

    from mlid_desktop.gui.capture.preview import Preview
    from mlid_desktop.gui.state.bridge import Bridge
    from mlid_desktop.gui.state.latest import Latest
    from mlid_desktop.gui.theme.style import Theme
    from mlid_desktop.gui.theme.tokens import ThemeName
    from mlid_desktop.station.configuration.resources import resource_folder

    drawn = islice(SimulatedCamera(7, frames=40, fps=0).samples(), 40)
    camera = _Camera([np.array(sample.image) for sample in drawn if isinstance(sample, FrameSample)])
    pipeline = assemble().pipelines().open(Modality.FACE)
    application = QApplication.instance() or QApplication([])
    theme, bridge = Theme(resource_folder()), Bridge()
    theme.apply(application, ThemeName.LIGHT)  # type: ignore[arg-type] # a QApplication, as made above

    painted: list[float] = []
    behind: list[int] = []

    widget = Preview(theme)
    widget.resize(1280, 720)
    widget.show()

    def paint(image: Image) -> None:
        widget.show_frame(image)
        widget.repaint()
        painted.append(time.monotonic())

    frames: Latest[Image] = Latest(bridge, paint)

    def hinted(session: CollectingSession) -> None:
        if session.latest is not None:
            behind.append(camera.delivered - 1 - session.latest.observation.sample.sequence)

    states: Latest[CollectingSession] = Latest(bridge, hinted)

    def analyse(feed: CaptureThread) -> None:
        def publish(published: object) -> None:
            if isinstance(published, CollectingSession):
                states.put(published)

        run_capture(CollectingSession(FACE), feed, pipeline, publish=publish)

    def tap(item: SourceItem) -> None:
        if isinstance(item, FrameSample):
            frames.put(item.image)

    with CaptureThread(camera, tap=tap) as feed:
        inference = threading.Thread(target=analyse, args=(feed,))
        inference.start()
        begun = time.monotonic()
        while time.monotonic() - begun < SECONDS + SETTLING_S:
            application.processEvents()
            time.sleep(0.001)
        feed.stop()
        inference.join()
    steady = [moment for moment in painted if moment - begun > SETTLING_S]
    report.figure("preview while analysing, 1280x720", len(steady) / SECONDS, "frames/s", at_least=25)
    report.figure("analysed meanwhile", len(behind) / (SECONDS + SETTLING_S), "frames/s")
    report.figure("hint behind the newest frame, median", statistics.median(behind), "frames", at_most=2)
    report.figure("hint behind the newest frame, 95 of 100", float(np.quantile(behind, 0.95)), "frames")
    widget.close()
