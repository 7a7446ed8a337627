"""A running capture of a voice: every block counts, digits are asked, the meter follows the capture thread."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, TypeVar

from mlid_desktop.domain.ports import Source
from mlid_desktop.domain.samples import SoundSample, SourceItem
from mlid_desktop.domain.templates import Reference
from mlid_desktop.gui.capture.live_capture import CaptureListener, LiveCapture
from mlid_desktop.gui.state.latest import Latest
from mlid_desktop.station.capture.capture_thread import CaptureThread
from mlid_desktop.station.capture.handoff import can_wait, handoff_for
from mlid_desktop.station.capture.prompted_takes import join_takes, pace_as_spoken, plan_takes
from mlid_desktop.station.capture.runner import CapturingSession
from mlid_desktop.station.services.one_shot_capture import purpose_of
from mlid_desktop.station.services.recognition import Recognition
from mlid_desktop.workflow.challenge import PromptedTake

if TYPE_CHECKING:
    from mlid_desktop.gui.state.workspace import Workspace

S = TypeVar("S", bound=CapturingSession)
Told_contra = TypeVar("Told_contra", bound=CapturingSession, contravariant=True)


class VoiceListener(CaptureListener[Told_contra], Protocol[Told_contra]):
    """Receives the news of a running voice capture, on the GUI thread, also what is heard and asked."""

    def heard(self, sample: SoundSample) -> None:
        """Takes the newest block of sound."""
        ...

    def asked(self, take: PromptedTake) -> None:
        """Takes the newest state of the prompted take."""
        ...


class LiveVoice(LiveCapture[S]):
    """One run of a voice capture."""

    def __init__(self, workspace: Workspace, listener: VoiceListener[S]) -> None:
        super().__init__(workspace, listener)
        self._sounds: Latest[SoundSample] = Latest(workspace.bridge, listener.heard)
        self._prompts: Latest[PromptedTake] = Latest(workspace.bridge, listener.asked)

    def _run(self, recognition: Recognition, session: S, source: Source, references: Sequence[Reference]) -> S:
        """Drives the session through the sound; runs on the inference thread."""
        spoken = pace_as_spoken(source)
        with CaptureThread(
            spoken, handoff_for(self._modality, waits=can_wait(source, self._modality)), tap=self._tap
        ) as feed:
            how = plan_takes(purpose_of(session), self._prompts.put)
            items = join_takes(spoken, feed, how) if self._takes_over(feed) else ()
            return recognition.capture(session, items, references, self._publish, self._interventions)

    def _tap(self, item: SourceItem) -> None:
        """Shows an item of the source as it comes; runs on the capture thread."""
        if isinstance(item, SoundSample):
            self._sounds.put(item)

    def _mute(self) -> None:
        super()._mute()
        self._sounds.mute()
        self._prompts.mute()
