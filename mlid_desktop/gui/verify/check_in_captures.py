"""The captures of a check-in: checks of a person and searches by the face, one at a time.

They go the road of every check: the services of verification and identification count, capture, decide and note.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QObject, Signal

from mlid_desktop.domain.characteristics import FACE, Characteristic, Modality
from mlid_desktop.domain.decisions import AttemptState
from mlid_desktop.domain.errors import MlidError
from mlid_desktop.domain.modality_facts import SampleStream
from mlid_desktop.domain.subjects import SubjectSummary
from mlid_desktop.gui.capture.panel import CapturePanel
from mlid_desktop.gui.capture.voice_panel import VoicePanel
from mlid_desktop.gui.state.search import search
from mlid_desktop.gui.state.workspace import Workspace
from mlid_desktop.gui.verify.check_in_spot import SpotPanel
from mlid_desktop.station.services.verification import BegunVerification
from mlid_desktop.station.text.modality_terms import facts_of
from mlid_desktop.workflow import events
from mlid_desktop.workflow.identification import IdentificationSession, IdentificationStage
from mlid_desktop.workflow.verification import VerificationSession


class CheckInCaptures(QObject):
    """Captures whoever is before the devices. ``stepped`` tells that somebody stepped onto the watched spot, whom
    :meth:`search` goes on with; ``shows`` carries the panel of the capture that begins; ``decided`` and
    ``searched`` the session that is over, a decided one once it is on disk; ``asks_attestation`` tells that nothing
    lacks but that the operator looked; ``failed`` that it cannot go on, ``refused`` that what it came to could not be
    noted."""

    stepped = Signal()
    shows = Signal(object)
    decided = Signal(object)
    searched = Signal(object)
    asks_attestation = Signal()
    failed = Signal(object)
    refused = Signal(object)

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self._workspace = workspace
        self._begun: BegunVerification | None = None
        self._spot: SpotPanel | None = None
        self._watching = self._has_stepped = self._searching = False
        self._asked = 0  # checks and searches so far: the answer to any but the newest is not wanted
        self._panels: dict[Modality, CapturePanel] = {}
        self.newest: VerificationSession | None = None

    def check(self, person: SubjectSummary, wanted: Sequence[Characteristic]) -> None:
        """Begins an attempt of this person, counted before anything is captured."""
        self.withdraw()
        verification, number = self._workspace.unlocked.session.verification, self._asked

        def counted(begun: BegunVerification) -> None:
            if number == self._asked:
                self._begun, self.newest = begun, begun.session
                self._go_on(begun.session)
            elif self._workspace.is_open:
                record = partial(verification.record_outcome, begun.subject, begun.session)
                self._workspace.on_vault(record, lambda _: None)

        def failed(fault: MlidError) -> None:
            if number == self._asked:
                self.failed.emit(fault)

        self._workspace.on_vault(partial(verification.begin, person, wanted), counted, failed)

    def watch(self) -> None:
        """Waits for somebody to step onto the spot before the camera: an act with which a search may begin."""
        self.withdraw()
        self._watching = True
        if self._spot is None:
            self._spot = SpotPanel(self._workspace)
            self._spot.stepped.connect(self._stepped_up)
            self._spot.faulted.connect(self._cannot_watch)
            self._follow(self._spot)
        self._spot.begin(self._workspace.unlocked.session.identification.begin(FACE))

    def search(self) -> None:
        """Begins a search by the face of whoever is before the camera, or goes on with whoever stepped onto the
        spot."""
        if self._has_stepped:
            self._has_stepped, self._searching = False, True
            self.shows.emit(self._spot)
            return
        self.withdraw()
        self._searching = True
        self._capture(self._workspace.unlocked.session.identification.begin(FACE))

    def attest(self) -> None:
        """The operator looked at the person and saw nothing artificial."""
        if self.newest is not None and self.newest.decision is None:
            self._decided(self.newest.advance(events.Attested()).advance(events.CapturesFinished()))

    def withdraw(self) -> None:
        """Leaves what is under way; what its capture shows to the very end is judged all the same."""
        self._asked += 1
        self._watching = self._has_stepped = self._searching = False
        for panel in (*self._panels.values(), *([] if self._spot is None else [self._spot])):
            panel.stop()
        begun, newest, self._begun, self.newest = self._begun, self.newest, None, None
        if begun is not None and self._workspace.is_open:
            verification = self._workspace.unlocked.session.verification
            ended = begun.session if newest is None else newest
            self._workspace.on_vault_after_captures(lambda: verification.record_outcome(begun.subject, ended))

    def _go_on(self, session: VerificationSession) -> None:
        """To what is wanted next, the decision, or what is asked of an acceptance alone."""
        self.newest = session
        if session.decision is None and session.next_wanted is not None:
            started = session.advance(events.CaptureStarted(session.next_wanted))
            self.newest = started
            if started.decision is None:
                self._capture(started)
                return
            session = started
        if session.decision is not None:
            self._decided(session)
        elif session.lacks_attestation_alone:
            self.asks_attestation.emit()
        else:
            self._decided(session.advance(events.CapturesFinished()))

    def _capture(self, session: VerificationSession | IdentificationSession) -> None:
        panel = self._panel_of(FACE.modality if session.capturing is None else session.capturing.modality)
        self.shows.emit(panel)
        references = self._begun.references if isinstance(session, VerificationSession) and self._begun else ()
        panel.begin(session, references)

    def _panel_of(self, modality: Modality) -> CapturePanel:
        if modality not in self._panels:
            spoken = facts_of(modality).stream is SampleStream.SOUND
            made = VoicePanel(self._workspace) if spoken else CapturePanel(self._workspace, modality)
            self._follow(made)
            self._panels[modality] = made
        return self._panels[modality]

    def _follow(self, panel: CapturePanel) -> None:
        panel.advanced.connect(self._advanced)
        panel.ended.connect(self._over)
        panel.restart_asked.connect(self._restart)

    def _stepped_up(self) -> None:
        self._watching, self._has_stepped = False, True
        self.stepped.emit()
        if self._has_stepped:  # nobody took it up
            self.withdraw()

    def _cannot_watch(self) -> None:
        """Shows why, where nobody has stepped up yet."""
        if self._watching:
            self.shows.emit(self._spot)

    def _restart(self) -> None:
        """Captures anew what cannot go on, within the same attempt."""
        if self.newest is not None:
            self._go_on(self.newest)
        elif self._watching:
            self.watch()
        elif self._searching:
            self.search()

    def _advanced(self, session: object) -> None:
        if isinstance(session, VerificationSession):
            self.newest = session

    def _over(self, session: object) -> None:
        """A capture is over: decided, gone on with, or searched with."""
        if isinstance(session, IdentificationSession):
            self._search_with(session)
        elif isinstance(session, VerificationSession):
            captured = session.capture is not None and session.decision is None
            self._go_on(session.advance(events.CaptureKept()) if captured else session)

    def _search_with(self, session: IdentificationSession) -> None:
        if session.suspicion is None:
            session = session.advance(events.CaptureKept())
        if session.suspicion is not None:
            self._workspace.note_suspicion(session)
        if session.stage is not IdentificationStage.SEARCH:
            self._found(session)
            return
        unlocked = self._workspace.unlocked.session
        check = partial(unlocked.identification.require_unsuspected, session)
        look = partial(unlocked.recognition.search, session)
        search(self._workspace, [Modality.FACE], look, self._found, self.failed.emit, check)

    def _found(self, session: IdentificationSession) -> None:
        if not self._searching:
            return
        self._searching = False
        record = partial(self._workspace.unlocked.session.identification.record_outcome, session)
        self._workspace.on_vault(record, lambda _: None, self.refused.emit)
        self.searched.emit(session)

    def _decided(self, session: VerificationSession) -> None:
        """The verdict is told once it is on disk."""
        begun, self._begun, self.newest = self._begun, None, None
        if begun is None or session.decision is None:
            return
        verification = self._workspace.unlocked.session.verification

        def recorded(_: AttemptState) -> None:
            self.decided.emit(session)

        record = partial(verification.record_outcome, begun.subject, session)
        self._workspace.on_vault(record, recorded, self.failed.emit)
