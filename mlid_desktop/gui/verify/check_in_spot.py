"""A capture of a face that begins once somebody steps onto the spot before the camera, and its panel."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QTimer, Signal

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.errors import MlidError
from mlid_desktop.domain.ports import FaceSighting, Source
from mlid_desktop.domain.samples import SourceItem
from mlid_desktop.domain.templates import Reference
from mlid_desktop.gui.capture.live_capture import LiveCapture
from mlid_desktop.gui.capture.panel import CapturePanel, CapturingSession
from mlid_desktop.gui.state.workspace import Workspace
from mlid_desktop.station.capture.capture_thread import CaptureThread
from mlid_desktop.station.capture.handoff import GatedHandoff, Newest, handoff_of
from mlid_desktop.station.capture.runner import cue_of
from mlid_desktop.station.services.recognition.recognition import Recognition
from mlid_desktop.workflow.check_in.spot import SeenFace, Spot

LOOK_MS = 120  # between two looks: somebody who steps up is seen several times


class SpotPanel(CapturePanel):
    """Runs captures of a face as :class:`CapturePanel` does, each from the moment somebody steps up: ``stepped`` tells
    of it."""

    stepped = Signal()

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace, Modality.FACE)

    def _new_run(self) -> LiveCapture[CapturingSession]:
        return LiveSpot(self._workspace, self)


class LiveSpot(LiveCapture[CapturingSession]):
    """One run of a capture that waits for somebody. Until a step, where faces are is looked for in single frames, in
    turns between other tasks of the inference thread: nothing is extracted, shown or kept of whoever passes."""

    def __init__(self, workspace: Workspace, panel: SpotPanel) -> None:
        super().__init__(workspace, panel)
        self._panel = panel
        self._spot = Spot()

    def _begin(
        self,
        recognition: Recognition,
        session: CapturingSession,
        source: Source,
        references: Sequence[Reference],
    ) -> None:
        """Watches the spot, then drives the session through the camera that is open already."""
        gate = GatedHandoff(handoff_of(source, self._modality, Newest()))
        feed = CaptureThread(source, gate, tap=self._tap)
        feed.__enter__()
        self._takes_over(feed)

        def capture() -> CapturingSession:
            try:
                return recognition.capture(
                    session, feed, references, self._publish, self._interventions, cue_of(source)
                )
            finally:
                feed.__exit__(None, None, None)

        def looked(spot: Spot) -> None:
            if self._watcher is None:  # left: the camera is closed, and nobody was captured
                return
            self._spot = spot
            if spot.stepped:
                gate.open()
                self._panel.stepped.emit()
            if spot.stepped or gate.closed:  # where no more comes, that is judged as at the end of any capture
                self._workspace.on_inference(capture, self._end, self._fail)
            else:
                QTimer.singleShot(LOOK_MS, glance)

        def cannot_look(fault: MlidError) -> None:
            feed.stop()
            self._fail(fault)

        def glance() -> None:
            if self._watcher is None or not self._workspace.is_open:
                return
            self._workspace.on_inference(lambda: self._looked_at(recognition, gate), looked, cannot_look)

        glance()

    def _tap(self, item: SourceItem) -> None:
        """Shows nothing of whoever passes; runs on the capture thread."""
        if self._spot.stepped:
            super()._tap(item)

    def _looked_at(self, recognition: Recognition, gate: GatedHandoff) -> Spot:
        """The watch after a look at the newest frame; runs on the inference thread."""
        frame, pipeline = gate.glance(), recognition.pipelines.open(Modality.FACE)
        if frame is None or not isinstance(pipeline, FaceSighting):
            return self._spot
        boxes = pipeline.sight_faces(frame)
        faces = [SeenFace(left + width / 2, height) for left, _, width, height in boxes]
        return self._spot.look(faces, frame.captured_at)
