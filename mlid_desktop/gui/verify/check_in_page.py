"""The check-in page: codes come in, the face confirms, the verdict stands for the queue to see.

It goes the same road as every check: the services of verification and identification count, capture, decide and note.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt, QTimer

from mlid_desktop.domain.characteristics import FACE, Modality
from mlid_desktop.domain.decisions import AttemptState, Verdict
from mlid_desktop.domain.errors import MlidError
from mlid_desktop.domain.modality_facts import SampleStream
from mlid_desktop.domain.subjects import SubjectSummary
from mlid_desktop.gui.capture.panel import CapturePanel
from mlid_desktop.gui.capture.voice_panel import VoicePanel
from mlid_desktop.gui.page.fault_presenter import fault_text
from mlid_desktop.gui.page.navigation import PageName
from mlid_desktop.gui.records.receipt_scan import ReceiptCodeDialog
from mlid_desktop.gui.state.search import search
from mlid_desktop.gui.state.workspace import Workspace
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.gui.verify.check_in_frame import CheckInFrame
from mlid_desktop.gui.verify.check_in_presenter import (
    SOUNDS,
    QueueScreen,
    further_characteristic,
    operator_text,
    queue_screen,
    recent_rows,
)
from mlid_desktop.station.documents.receipt import CODE_PREFIX
from mlid_desktop.station.services.verification import BegunVerification
from mlid_desktop.station.text.modality_terms import facts_of
from mlid_desktop.workflow import events
from mlid_desktop.workflow.check_in import (
    CheckEnded,
    CheckInEvent,
    CheckInSession,
    CheckInStage,
    Cleared,
    CodeGiven,
    FurtherModalityAsked,
    Proof,
    SearchAsked,
    SearchEnded,
)
from mlid_desktop.workflow.identification import IdentificationSession, IdentificationStage
from mlid_desktop.workflow.verification import VerificationSession

SEEN_MS, NEXT_WAITS_MS = 4000, 1500  # that an acceptance stands, unless the next code comes before


class CheckInPage(CheckInFrame):
    """The page for gates and counters with a queue. Somebody at the desk is there: the vault locks itself otherwise,
    and nobody is accepted unseen."""

    def __init__(self, workspace: Workspace, go: Callable[[PageName], None], lock: Callable[[], None]) -> None:
        super().__init__(workspace)
        self._go = go
        self.locking.on(lock)
        self.state = CheckInSession()
        self._begun: BegunVerification | None = None
        self._newest: VerificationSession | None = None
        self._asked = 0  # checks so far: the answer to any but the newest is not wanted
        self._panels: dict[Modality, CapturePanel] = {}
        self._connect()
        self._seen = QTimer(self)
        self._seen.setSingleShot(True)
        self._seen.timeout.connect(lambda: self._advance(Cleared(by_operator=False)))
        workspace.suspected.connect(self._suspected)
        self._show_state()

    def _connect(self) -> None:
        """What the field and the buttons do."""
        self.field.given.connect(self._code)
        self.field.searched.connect(lambda: self._advance(SearchAsked()))
        self.field.went_on.connect(self._enter_pressed)
        self.field.left.connect(self._escape_pressed)
        self.by_face.on(lambda: self._advance(SearchAsked()))
        self.receipt.on(self._read_receipt)
        self.further.on(lambda: self._advance(FurtherModalityAsked()))
        self.attest.on(self._attest)
        self.onward.on(self._enter_pressed)
        self.stop.on(self._escape_pressed)
        self.home.on(lambda: self._go(PageName.HOME))

    def enter(self) -> None:
        """Shows the page; the field waits for a code."""
        self.notice.say("")
        self._show_state()
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def leave(self) -> None:
        """Withdraws a check that never came to a decision, and forgets everybody who was here."""
        self._seen.stop()
        self._withdraw()
        self.field.clear()
        self.state = CheckInSession()
        self._show_state()

    def _advance(self, event: CheckInEvent) -> None:
        """Takes what happened, and begins what follows of it."""
        before = self.state
        try:
            self.state = before.advance(event)
        except events.OutOfOrderError:
            return
        self._seen.stop()
        under_way = (CheckInStage.CHECKING, CheckInStage.SEARCHING)
        fresh = self.state.stage in under_way and not (before.stage in under_way and isinstance(event, CodeGiven))
        if not fresh and self.state.stage in under_way:
            return  # whoever is looked at goes on
        if fresh:
            self.notice.say("")
        self._show_state()
        if fresh and self.state.stage is CheckInStage.CHECKING:
            self._begin_check()
        elif fresh and self.state.stage is CheckInStage.SEARCHING:
            identification = self._workspace.unlocked.session.identification
            self._capture(identification.begin(FACE))

    def _person(self, subject_id: str) -> SubjectSummary | None:
        return self._workspace.unlocked.people_index.by_id.get(subject_id) if self._workspace.is_open else None

    def _code(self, code: str) -> None:
        """Finds whose code it is: exactly, never somebody whose number begins so."""
        unlocked = self._workspace.unlocked
        if code.casefold().startswith(CODE_PREFIX):
            found = unlocked.people_index.by_token.get(code.casefold().removeprefix(CODE_PREFIX))
            if found is None:
                self._unknown()
            else:
                self._found(unlocked.people_index.people[found])
            return
        self._workspace.on_vault(partial(unlocked.session.subjects.by_number, code), self._found, self._refused)

    def _found(self, person: SubjectSummary) -> None:
        if not self.isVisible():
            return
        self._advance(CodeGiven(person.subject_id))
        if self.state.next_id == person.subject_id:
            words = self._workspace.language.text("{name} is next.", name=person.name)
            self.notice.say(words, Tone.INFORMATION)

    def _unknown(self) -> None:
        self.notice.say(self._workspace.language.text("Nobody has this code."), Tone.INCONCLUSIVE)

    def _read_receipt(self) -> None:
        """Reads the code of a receipt that is held to the camera."""
        if self.panel is not None:  # the camera is busy with somebody
            return
        dialog = ReceiptCodeDialog(self, self._workspace)
        code = dialog.read()
        dialog.deleteLater()
        if code:
            self._code(code)

    def _begin_check(self) -> None:
        person = self._person(self.state.subject_id)
        further = None if person is None else further_characteristic(person)
        if person is None or (self.state.proof is Proof.FURTHER_MODALITY and further is None):
            self._advance(Cleared(by_operator=True))
            words = self._workspace.language.text("Nothing but a code can confirm this person. Give the code.")
            self.notice.say(words, Tone.INCONCLUSIVE)
            return
        wanted = (FACE, further) if self.state.proof is Proof.FURTHER_MODALITY and further is not None else ()
        verification = self._workspace.unlocked.session.verification
        self._asked += 1
        number = self._asked

        def counted(begun: BegunVerification) -> None:
            wanted_still = number == self._asked and self.state.stage is CheckInStage.CHECKING and self.isVisible()
            if wanted_still:
                self._counted(begun)
            elif self._workspace.is_open:
                record = partial(verification.record_outcome, begun.subject, begun.session)
                self._workspace.on_vault(record, lambda _: None)

        self._workspace.on_vault(partial(verification.begin, person, wanted), counted, self._failed)

    def _counted(self, begun: BegunVerification) -> None:
        self._begun, self._newest = begun, begun.session
        if begun.session.decision is not None:
            self._decided(begun.session)
        else:
            self._carry_on(begun.session)

    def _carry_on(self, session: VerificationSession) -> None:
        wanted = session.next_wanted
        if wanted is not None:
            started = session.advance(events.CaptureStarted(wanted))
            self._newest = started
            if started.decision is not None:
                self._decided(started)
            else:
                self._capture(started)

    def _capture(self, session: VerificationSession | IdentificationSession) -> None:
        modality = FACE.modality if session.capturing is None else session.capturing.modality
        panel = self._panel_of(modality)
        self._stack.setCurrentWidget(panel)
        self._make_room()
        references = self._begun.references if isinstance(session, VerificationSession) and self._begun else ()
        panel.begin(session, references)
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def _panel_of(self, modality: Modality) -> CapturePanel:
        if modality not in self._panels:
            spoken = facts_of(modality).stream is SampleStream.SOUND
            made = VoicePanel(self._workspace) if spoken else CapturePanel(self._workspace, modality)
            made.advanced.connect(self._went_on)
            made.ended.connect(self._over)
            made.restart_asked.connect(self._restart)
            self._stack.addWidget(made)
            self._panels[modality] = made
        return self._panels[modality]

    def _restart(self) -> None:
        if self.state.stage is CheckInStage.CHECKING and self._newest is not None:
            self._carry_on(self._newest)
        elif self.state.stage is CheckInStage.SEARCHING:
            self._capture(self._workspace.unlocked.session.identification.begin(FACE))

    def _went_on(self, session: object) -> None:
        if isinstance(session, VerificationSession):
            self._newest = session

    def _over(self, session: object) -> None:
        """A capture is over: decided, gone on with, or searched with."""
        if isinstance(session, IdentificationSession):
            self._search(session)
        elif isinstance(session, VerificationSession):
            kept = session
            if session.capture is not None and session.decision is None:
                kept = session.advance(events.CaptureKept())
            self._newest = kept
            if kept.decision is not None:
                self._decided(kept)
            elif kept.next_wanted is not None:
                self._carry_on(kept)
            elif kept.lacks_attestation_alone:
                self._show_state()
                self.attest.show()
            else:
                self._decided(kept.advance(events.CapturesFinished()))

    def _attest(self) -> None:
        if self._newest is not None and self._newest.decision is None:
            self._decided(self._newest.advance(events.Attested()).advance(events.CapturesFinished()))

    def _search(self, session: IdentificationSession) -> None:
        if session.suspicion is None:
            session = session.advance(events.CaptureKept())
        if session.suspicion is not None:
            self._workspace.note_suspicion(session)
        if session.stage is not IdentificationStage.SEARCH:
            self._searched(session)
            return
        unlocked = self._workspace.unlocked.session
        check = partial(unlocked.identification.require_unsuspected, session)
        look = partial(unlocked.recognition.search, session)
        search(self._workspace, [Modality.FACE], look, self._searched, self._failed, check)

    def _searched(self, session: IdentificationSession) -> None:
        if not self.isVisible() or self.state.stage is not CheckInStage.SEARCHING:
            return
        identification = self._workspace.unlocked.session.identification
        self._workspace.on_vault(partial(identification.record_outcome, session), lambda _: None, self._refused)
        self._advance(SearchEnded(session))

    def _decided(self, session: VerificationSession) -> None:
        """The verdict is shown once it is on disk."""
        begun, self._begun, self._newest = self._begun, None, None
        if begun is None or session.decision is None:
            return
        verification = self._workspace.unlocked.session.verification

        def recorded(_: AttemptState) -> None:
            if self.isVisible() and self.state.subject_id == begun.subject.subject_id:
                self._advance(CheckEnded(session))
                self._workspace.refresh_pending()

        self._workspace.on_vault(partial(verification.record_outcome, begun.subject, session), recorded, self._failed)

    def _withdraw(self) -> None:
        """Leaves what is under way; what its capture shows to the very end is judged all the same."""
        for panel in self._panels.values():
            panel.stop()
        begun, newest, self._begun, self._newest = self._begun, self._newest, None, None
        if begun is not None and self._workspace.is_open:
            verification = self._workspace.unlocked.session.verification
            ended = begun.session if newest is None else newest
            self._workspace.on_vault_after_captures(lambda: verification.record_outcome(begun.subject, ended))

    def _suspected(self, session: object) -> None:
        """A capture that was left showed an attack: it is noted already."""
        if self.isVisible() and isinstance(session, VerificationSession | IdentificationSession):
            words = self._workspace.language.text("An attack was suspected in what was left. It is noted.")
            self.notice.say(words, Tone.REJECTED)
            self._workspace.refresh_pending()

    def _enter_pressed(self) -> None:
        """Goes on with what is shown."""
        if self.state.stage is CheckInStage.PROPOSED:
            self._advance(FurtherModalityAsked())
        elif self.state.stage is CheckInStage.SHOWN:
            self._advance(Cleared(by_operator=True))
        elif self.attest.isVisible():
            self._attest()

    def _escape_pressed(self) -> None:
        """Stops what is under way; where nothing is, leaves the page."""
        if self.state.stage is CheckInStage.WAITING:
            self._go(PageName.HOME)
            return
        self._withdraw()
        self._advance(Cleared(by_operator=True))

    def _refused(self, fault: MlidError) -> None:
        if self.isVisible():
            self.notice.say(fault_text(fault, self._workspace.language), Tone.INCONCLUSIVE)

    def _failed(self, fault: MlidError) -> None:
        if self.isVisible():
            self._withdraw()
            self._advance(Cleared(by_operator=True))
            self._refused(fault)

    def _show_state(self) -> None:
        """Shows the session: the card for the queue, words and buttons for the operator."""
        language, state = self._workspace.language, self.state
        stage = state.stage
        person = self._person(state.subject_id)
        self.by_face.setVisible(stage in (CheckInStage.WAITING, CheckInStage.SHOWN) and not state.halted)
        self.receipt.setVisible(stage in (CheckInStage.WAITING, CheckInStage.SHOWN))
        self.further.setVisible(stage is CheckInStage.PROPOSED)
        self.onward.setVisible(stage is CheckInStage.SHOWN)
        self.stop.setVisible(stage not in (CheckInStage.WAITING, CheckInStage.SHOWN))
        self.attest.hide()
        people = self._workspace.unlocked.people_index.by_id if self._workspace.is_open else {}
        self.recent.show_rows(recent_rows(state.recent, people, language))
        if stage is CheckInStage.WAITING:
            self.card.show_screen(QueueScreen(language.text("Next, please"), Tone.NEUTRAL), "verify")
        elif stage is CheckInStage.PROPOSED and person is not None:
            self.card.show_screen(QueueScreen(language.text("One moment"), Tone.NEUTRAL), "clock")
            words = language.text(
                "Perhaps {name}, No. {number}. A face alone accepts nobody: confirm it, or give the code.",
                name=person.name,
                number=person.number,
            )
            self.notice.say(words, Tone.INFORMATION)
        elif stage is CheckInStage.SHOWN and state.outcome is not None:
            self._show_outcome()
        else:
            self.card.show_screen(QueueScreen(language.text("One moment"), Tone.NEUTRAL), "clock")
        self._stack.setCurrentWidget(self.card)
        self._make_room()

    def _show_outcome(self) -> None:
        outcome = self.state.outcome
        if outcome is None:
            return
        language, person = self._workspace.language, self._person(outcome.subject_id)
        self.card.show_screen(queue_screen(outcome, person, language))
        accepted = outcome.verdict is Verdict.ACCEPTED
        self.notice.say(operator_text(outcome, person, language), Tone.ACCEPTED if accepted else Tone.INCONCLUSIVE)
        self._workspace.station.chimes.play(SOUNDS[outcome.verdict])
        if accepted:
            self._seen.start(NEXT_WAITS_MS if self.state.next_id else SEEN_MS)
