"""A running capture of a voice: every block counts, digits are asked, the meter follows the capture thread."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol, TypeVar, runtime_checkable

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.errors import DeviceError
from mlid_desktop.domain.ports import Source
from mlid_desktop.domain.samples import SoundSample, SourceItem
from mlid_desktop.domain.templates import Reference
from mlid_desktop.gui.capture.live_capture import CaptureListener, LiveCapture
from mlid_desktop.gui.state.latest import Latest
from mlid_desktop.station.capture.capture_thread import CaptureThread
from mlid_desktop.station.capture.handoff import can_wait, handoff_for
from mlid_desktop.station.capture.lip_watch import LipWatch, consents_to_camera
from mlid_desktop.station.capture.prompted_takes import join_takes, pace_as_spoken, plan_takes
from mlid_desktop.station.capture.runner import CapturingSession
from mlid_desktop.station.capture.takes_ahead import TakesAhead
from mlid_desktop.station.services.one_shot_capture import purpose_of
from mlid_desktop.station.services.recognition.recognition import Recognition
from mlid_desktop.workflow.challenge import PromptedTake

if TYPE_CHECKING:
    from mlid_desktop.gui.state.workspace import Workspace

S = TypeVar("S", bound=CapturingSession)
Told_contra = TypeVar("Told_contra", bound=CapturingSession, contravariant=True)


@runtime_checkable
class VoiceListener(CaptureListener[Told_contra], Protocol[Told_contra]):
    """Receives the news of a running voice capture, on the GUI thread, also what is heard and asked."""

    def heard(self, sample: SoundSample) -> None:
        """Takes the newest block of sound."""
        ...

    def asked(self, take: PromptedTake) -> None:
        """Takes the newest state of the prompted take."""
        ...

    def watched_by_camera(self, *, watched: bool) -> None:
        """Takes whether the camera watches the mouth of who speaks."""
        ...


class LiveVoice(LiveCapture[S]):
    """One run of a voice capture."""

    def __init__(self, workspace: Workspace, listener: VoiceListener[S]) -> None:
        super().__init__(workspace, listener)
        self._sounds: Latest[SoundSample] = Latest(workspace.bridge, listener.heard)
        self._prompts: Latest[PromptedTake] = Latest(workspace.bridge, listener.asked)
        self._camera_address = ""
        self._camera: Source | None = None

    def start(self, session: S, address: str, modality: Modality, references: Sequence[Reference] = ()) -> None:
        """Opens the microphone and, where the person's consent covers the face, the camera in use here."""
        choice = self._workspace.source(Modality.FACE)
        if choice is not None and consents_to_camera(session, references):
            self._camera_address = choice.address
        super().start(session, address, modality, references)

    def _open(self, session: S, address: str, modality: Modality) -> Source:
        """Opens the microphone and the camera that watches who speaks; one that cannot be opened is left out."""
        source = super()._open(session, address, modality)
        if self._camera_address:
            with suppress(DeviceError):
                self._camera = super()._open(session, self._camera_address, Modality.FACE)
        return source

    def _run(self, recognition: Recognition, session: S, source: Source, references: Sequence[Reference]) -> S:
        """Drives the session through the sound; runs on the inference thread."""
        spoken = pace_as_spoken(source)
        handoff = handoff_for(self._modality, waits=can_wait(source, self._modality))
        with (
            LipWatch(self._camera, source, recognition.pipelines) as watch,
            CaptureThread(spoken, handoff, tap=self._tap) as feed,
        ):
            self._workspace.bridge.post(lambda: self._say_watched(watched=watch.watching))
            how = plan_takes(purpose_of(session), self._prompts.put)
            takes = watch.marked(join_takes(spoken, watch.beside(feed), how)) if self._takes_over(feed) else ()
            with TakesAhead(takes, _takes_wanted(session), feed.stop) as items:
                return recognition.capture(session, items, references, self._publish, self._interventions)

    def _say_watched(self, *, watched: bool) -> None:
        if isinstance(self._watcher, VoiceListener):
            self._watcher.watched_by_camera(watched=watched)

    def _tap(self, item: SourceItem) -> None:
        """Shows an item of the source as it comes; runs on the capture thread."""
        if isinstance(item, SoundSample):
            self._sounds.put(item)

    def _mute(self) -> None:
        super()._mute()
        self._sounds.mute()
        self._prompts.mute()


def _takes_wanted(session: CapturingSession) -> int:
    """How many takes are asked for whatever the first of them is like."""
    return 1 if session.capture is None else max(1, session.capture.plan.takes - len(session.capture.takes))
