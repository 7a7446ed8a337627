"""A running capture: source on a capture thread, pipeline on the inference thread, the page told of both."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.errors import MlidError
from mlid_desktop.domain.ports import Source
from mlid_desktop.domain.samples import DeviceEvent, DeviceNotice, FingerSample, FrameSample, Image, SourceItem
from mlid_desktop.domain.templates import Reference
from mlid_desktop.gui.state.latest import Latest
from mlid_desktop.station.capture.capture_thread import CaptureThread
from mlid_desktop.station.capture.handoff import Handoff, Newest, handoff_for, handoff_of
from mlid_desktop.station.capture.runner import CapturingSession, cue_of
from mlid_desktop.workflow import events
from mlid_desktop.workflow.identification import IdentificationSession

if TYPE_CHECKING:
    from mlid_desktop.gui.state.workspace import Workspace
    from mlid_desktop.station.services.recognition.recognition import Recognition

S = TypeVar("S", bound=CapturingSession)
Told_contra = TypeVar("Told_contra", bound=CapturingSession, contravariant=True)


class CaptureListener(Protocol[Told_contra]):
    """Receives the news of a running capture, on the GUI thread."""

    def frame(self, image: Image) -> None:
        """Takes the newest picture of the device."""
        ...

    def advanced_to(self, session: Told_contra) -> None:
        """Takes the newest state of the session."""
        ...

    def noticed(self, notice: DeviceNotice) -> None:
        """Takes a notice of the device, such as that it went or is back."""
        ...

    def over(self, session: Told_contra) -> None:
        """Takes the session of a capture that is over; it says how."""
        ...

    def failed(self, fault: MlidError) -> None:
        """Takes the fault of a source or a model that cannot deliver."""
        ...


class LiveCapture(Generic[S]):
    """One run of a capture, whose news go to a listener. After :meth:`abandon` the listener hears nothing more."""

    def __init__(self, workspace: Workspace, watcher: CaptureListener[S]) -> None:
        self._workspace = workspace
        self._watcher: CaptureListener[S] | None = watcher
        self._frames: Latest[Image] = Latest(workspace.bridge, watcher.frame)
        self._states: Latest[S] = Latest(workspace.bridge, watcher.advanced_to)
        self._asked: list[events.Event] = []
        self._lock = threading.Lock()
        self._feed: CaptureThread | None = None
        self._stopped = False
        self._handoff: Handoff = Newest()
        self._modality = Modality.FACE

    def start(self, session: S, address: str, modality: Modality, references: Sequence[Reference] = ()) -> None:
        """Opens the source as the vault admits it, then drives the session through it."""
        self._modality = modality
        self._handoff = handoff_for(modality, self._workspace.finger_patience_s)
        recognition = self._workspace.unlocked.session.recognition

        def opened(source: Source) -> None:
            if self._watcher is not None:
                self._begin(recognition, session, source, references)

        self._workspace.on_vault(lambda: self._open(session, address, modality), opened, self._fail)

    def _begin(self, recognition: Recognition, session: S, source: Source, references: Sequence[Reference]) -> None:
        """Drives the session through the source that is open."""
        self._workspace.on_inference(lambda: self._run(recognition, session, source, references), self._end, self._fail)

    def _open(self, session: S, address: str, modality: Modality) -> Source:
        """Opens the source as the vault admits it; runs on the vault thread. Raises DeviceError, and UsageError where a
        search has to wait."""
        station, unlocked = self._workspace.station, self._workspace.unlocked.session
        position = None if session.capturing is None else session.capturing.position
        source = station.open_source(address, modality, unlocked, position)
        if isinstance(session, IdentificationSession):
            unlocked.identification.require_no_wait(source.identity)
        return source

    def take_best(self) -> None:
        """Takes the best frame so far: the operator's manual trigger."""
        self.tell(events.BestTaken())

    def tell(self, event: events.Event) -> None:
        """Hands over a wish of the person or of the operator, for the capture to heed with its next frame."""
        with self._lock:
            self._asked.append(event)

    def stop(self) -> None:
        """Ends the capture; what was gathered is judged and the listener is told."""
        with self._lock:
            self._stopped = True
            feed = self._feed
        if feed is not None:
            feed.stop()

    def abandon(self) -> None:
        """Ends the capture and tells nobody, unless what was seen until then is a suspicion: that is noted, and the
        workspace tells whoever holds the attempt."""
        self._watcher = None
        self._mute()
        self.stop()

    def _run(self, recognition: Recognition, session: S, source: Source, references: Sequence[Reference]) -> S:
        """Drives the session through the source; runs on the inference thread."""
        with CaptureThread(source, handoff_of(source, self._modality, self._handoff), tap=self._tap) as feed:
            self._takes_over(feed)
            return recognition.capture(session, feed, references, self._publish, self._interventions, cue_of(source))

    def _takes_over(self, feed: CaptureThread) -> bool:
        """Makes this the feed that stopping ends, and returns whether it goes on at all."""
        with self._lock:
            self._feed = feed
            stopped = self._stopped
        if stopped:
            feed.stop()
        return not stopped

    def _mute(self) -> None:
        """Stops pictures and states from reaching the listener."""
        self._frames.mute()
        self._states.mute()

    def _tap(self, item: SourceItem) -> None:
        """Shows an item of the source as it comes; runs on the capture thread."""
        if isinstance(item, FrameSample | FingerSample):
            self._frames.put(item.image)
        elif isinstance(item, DeviceNotice) and item.picture is not None:
            self._frames.put(item.picture)

    def _publish(self, state: S | DeviceNotice) -> None:
        """Publishes a state or a notice to the listener; runs on the inference thread."""
        if isinstance(state, DeviceNotice) and state.event is DeviceEvent.PREVIEW:
            return  # shown already, from the capture thread
        if isinstance(state, DeviceNotice):
            self._workspace.bridge.post(lambda: self._notice(state))
        else:
            self._states.put(state)

    def _interventions(self) -> Iterable[events.Event]:
        with self._lock:
            pending, self._asked = tuple(self._asked), []
        return pending

    def _notice(self, notice: DeviceNotice) -> None:
        if self._watcher is not None:
            self._watcher.noticed(notice)

    def _end(self, session: S) -> None:
        watcher, self._watcher = self._watcher, None
        self._mute()
        if watcher is not None:
            watcher.over(session)
        elif session.suspicion is not None:
            self._workspace.suspected.emit(session)

    def _fail(self, fault: MlidError) -> None:
        watcher, self._watcher = self._watcher, None
        self._mute()
        if watcher is not None:
            watcher.failed(fault)
