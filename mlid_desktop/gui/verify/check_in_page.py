"""The check-in page: codes come in, the face confirms, the verdict stands for the queue to see.

It goes the same road as every check: the services of verification and identification count, capture, decide and note.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt, QTimer

from mlid_desktop.domain.characteristics import FACE
from mlid_desktop.domain.decisions import Verdict
from mlid_desktop.domain.errors import Code, MlidError
from mlid_desktop.domain.subjects import SubjectSummary
from mlid_desktop.gui.capture.chimes import VERDICT_SOUNDS
from mlid_desktop.gui.capture.panel import CapturePanel
from mlid_desktop.gui.page.fault_presenter import fault_text
from mlid_desktop.gui.page.navigation import PageName
from mlid_desktop.gui.records.receipt_scan import ReceiptCodeDialog
from mlid_desktop.gui.state.workspace import Workspace
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.gui.verify.check_in_captures import CheckInCaptures
from mlid_desktop.gui.verify.check_in_frame import CheckInFrame
from mlid_desktop.gui.verify.check_in_presenter import (
    ASK_THE_DESK,
    QueueScreen,
    first_name,
    further_characteristic,
    operator_text,
    queue_screen,
    recent_rows,
)
from mlid_desktop.gui.verify.decision_presenter import caution_text
from mlid_desktop.station.documents.receipt import CODE_PREFIX
from mlid_desktop.workflow import events
from mlid_desktop.workflow.check_in.session import (
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
from mlid_desktop.workflow.identification import IdentificationSession
from mlid_desktop.workflow.verification import VerificationSession

SEEN_MS, NEXT_WAITS_MS = 4000, 1500  # that an acceptance stands, unless the next code comes before


class CheckInPage(CheckInFrame):
    """The page for gates and counters with a queue. Somebody at the desk is there: the vault locks itself otherwise,
    and nobody is accepted unseen."""

    def __init__(
        self,
        workspace: Workspace,
        go: Callable[[PageName], None],
        lock: Callable[[], None],
        show_help: Callable[[], None],
    ) -> None:
        super().__init__(workspace)
        self._go = go
        self.help.on(show_help)
        self.locking.on(lock)
        self.state = CheckInSession()
        self._caution = ""  # of the newest decision
        self.captures = CheckInCaptures(workspace)
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
        self.field.repeated.connect(self._repeated)
        self.field.went_on.connect(self._enter_pressed)
        self.field.left.connect(self._escape_pressed)
        self.field.textChanged.connect(lambda _: self._typed())
        self.give.on(self.field.hand_over)
        self.by_face.on(lambda: self._advance(SearchAsked()))
        self.receipt.on(self._read_receipt)
        for find in (self.by_name, self.instead):
            find.on(lambda: self._go(PageName.VERIFY))
        self.further.on(lambda: self._advance(FurtherModalityAsked()))
        self.attest.on(self.captures.attest)
        self.onward.on(self._enter_pressed)
        self.stop.on(self._escape_pressed)
        self.home.on(lambda: self._go(PageName.HOME))
        self.history.toggled.connect(lambda _: self._make_room())
        self.by_spot.toggled.connect(lambda _: self._watch_spot())
        self.captures.stepped.connect(lambda: self._advance(SearchAsked()))
        self.captures.shows.connect(self._show_panel)
        self.captures.decided.connect(self._decided)
        self.captures.searched.connect(self._searched)
        self.captures.asks_attestation.connect(self._ask_attestation)
        self.captures.failed.connect(self._failed)
        self.captures.refused.connect(self._refused)

    def enter(self) -> None:
        """Shows the page; the field waits for a code."""
        self.notice.say("")
        self._show_state()
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def _watch_spot(self) -> None:
        """While nobody is looked at, the camera waits for somebody to step up, where the operator wants that."""
        if self.state.stage is not CheckInStage.WAITING or not self.isVisible():
            return
        if self.by_spot.isChecked():
            self.captures.watch()
            words = self._workspace.language.text(
                "The camera stays on and sees only whether somebody stands before it. Nobody who passes by is recorded."
            )
            self.notice.say(words, Tone.INFORMATION)
        else:
            self.captures.withdraw()
            self.notice.say("")
        self._show_state()

    def leave(self) -> None:
        """Withdraws a check that never came to a decision, and forgets everybody who was here."""
        self._seen.stop()
        self.by_spot.setChecked(False)
        self.history.setChecked(False)
        self.captures.withdraw()
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
            self.captures.search()
        elif self.state.stage is CheckInStage.WAITING and self.by_spot.isChecked():
            self._watch_spot()

    def _person(self, subject_id: str) -> SubjectSummary | None:
        return self._workspace.unlocked.people_index.by_id.get(subject_id) if self._workspace.is_open else None

    def _code(self, code: str) -> None:
        """Finds whose code it is: exactly, never somebody whose number begins so."""
        unlocked = self._workspace.unlocked
        if code.casefold().startswith(CODE_PREFIX):
            found = unlocked.people_index.by_token.get(code.casefold().removeprefix(CODE_PREFIX))
            if found is None:
                self._unknown(code)
            else:
                self._found(unlocked.people_index.people[found])
            return
        refused = partial(self._not_known, code)
        self._workspace.on_vault(partial(unlocked.session.subjects.by_number, code), self._found, refused)

    def _found(self, person: SubjectSummary) -> None:
        if not self.isVisible():
            return
        self._advance(CodeGiven(person.subject_id))
        if self.state.next_id == person.subject_id:
            words = self._workspace.language.text("{name} is next.", name=person.name)
            self.notice.say(words, Tone.INFORMATION)

    def _unknown(self, code: str) -> None:
        text = self._workspace.language.text
        if code.casefold().startswith(CODE_PREFIX):
            words = text("Nobody has this receipt code: it was replaced by a newer one, or is another desk's.")
        else:
            words = text("Nobody has No. {number}. Check it, or find the person by name.", number=code)
            if self.state.stage is CheckInStage.WAITING:
                self.field.give_back(code)
        self._say_of_nobody(words)

    def _repeated(self) -> None:
        """Enter on a number that is nobody's searches no second time: that is said."""
        text, number = self._workspace.language.text, self.field.text()
        self._say_of_nobody(text("Nobody has No. {number}. Type it again, or find the person by name.", number=number))

    def _say_of_nobody(self, words: str) -> None:
        """Says large that a code is nobody's, unless somebody is looked at, or the camera's fault is shown there."""
        if self.state.stage is not CheckInStage.WAITING or self.panel is not None:
            self.notice.say(words, Tone.INCONCLUSIVE)
        else:
            self.notice.say("")
            ask = QueueScreen(self._workspace.language.text(ASK_THE_DESK), Tone.INCONCLUSIVE)
            self.stand.show_screen(ask, reason=words)
        self._offer_code()

    def _not_known(self, code: str, fault: MlidError) -> None:
        """Of a number that is mistyped no help desk is asked."""
        if self.isVisible() and fault.code is Code.USAGE_UNKNOWN_SUBJECT:
            self._unknown(code)
        else:
            self._refused(fault)

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
        wanted = (FACE, further) if self.state.proof is Proof.FURTHER_MODALITY else ()
        if person is None or None in wanted:
            self._advance(Cleared(by_operator=True))
            words = self._workspace.language.text("Nothing but a code can confirm this person. Give the code.")
            self.notice.say(words, Tone.INCONCLUSIVE)
            return
        self.captures.check(person, [each for each in wanted if each is not None])

    def _show_panel(self, panel: CapturePanel) -> None:
        if self._stack.indexOf(panel) < 0:
            self._stack.addWidget(panel)
        self._stack.setCurrentWidget(panel)
        self._make_room()
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def _ask_attestation(self) -> None:
        self._show_state()
        self.attest.show()

    def _searched(self, session: IdentificationSession) -> None:
        if self.isVisible():
            self._advance(SearchEnded(session))

    def _decided(self, session: VerificationSession) -> None:
        if self.isVisible() and self.state.subject_id == session.subject_id:
            decision = session.decision
            self._caution = "" if decision is None else caution_text(decision, self._workspace.language)
            self._advance(CheckEnded(session))
            self._workspace.refresh_pending()

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
            self.captures.attest()

    def _escape_pressed(self) -> None:
        """Stops what is under way; where nothing is, leaves the page."""
        if self.state.stage is CheckInStage.WAITING:
            self._go(PageName.HOME)
            return
        self.captures.withdraw()
        self._advance(Cleared(by_operator=True))

    def _refused(self, fault: MlidError) -> None:
        if self.isVisible():
            self.notice.say(fault_text(fault, self._workspace.language), Tone.INCONCLUSIVE)

    def _failed(self, fault: MlidError) -> None:
        if self.isVisible():
            self.captures.withdraw()
            self._advance(Cleared(by_operator=True))
            self._refused(fault)

    def _show_state(self) -> None:
        """Shows the session: the card for the queue, words and buttons for the operator."""
        language, state = self._workspace.language, self.state
        stage = state.stage
        person = self._person(state.subject_id)
        self.by_face.setVisible(stage in (CheckInStage.WAITING, CheckInStage.SHOWN) and not state.halted)
        self.receipt.setVisible(stage in (CheckInStage.WAITING, CheckInStage.SHOWN))
        self._offer_code()
        self.stop.setVisible(stage not in (CheckInStage.WAITING, CheckInStage.SHOWN))
        self.attest.hide()
        busy = stage in (CheckInStage.CHECKING, CheckInStage.SEARCHING)
        if busy:
            self.field.drop_given_back()
        outcome = state.outcome if stage is CheckInStage.SHOWN else None
        whom = person if stage is CheckInStage.CHECKING else self._person("" if outcome is None else outcome.subject_id)
        self._name_whom(whom)
        people = self._workspace.unlocked.people_index.by_id if self._workspace.is_open else {}
        self.recent.show_rows(recent_rows(state.recent, people, language))
        lead = (
            language.text("Next in line:") if busy else language.text("Scan a code, or type a number and press Enter.")
        )
        self.lead.setText(lead)
        asked = language.text("Code of the next person") if busy else self.field.accessibleName()
        self.field.setPlaceholderText(asked)
        if stage is CheckInStage.WAITING:
            self._ask_for_next()
        elif stage is CheckInStage.PROPOSED and person is not None:
            self.stand.show_screen(QueueScreen(language.text("One moment"), Tone.NEUTRAL), "clock")
            words = language.text(
                "Perhaps {name}, No. {number}. A face alone accepts nobody: confirm it, or give the code.",
                name=person.name,
                number=person.number,
            )
            self.notice.say(words, Tone.INFORMATION)
        elif stage is CheckInStage.SHOWN and state.outcome is not None:
            self._show_outcome()
        else:
            self.stand.show_screen(QueueScreen(language.text("One moment"), Tone.NEUTRAL), "clock")
        self._stack.setCurrentWidget(self.stand)
        self._make_room()

    def _ask_for_next(self) -> None:
        text = self._workspace.language.text
        name = text("Step up to the camera") if self.by_spot.isChecked() else ""
        self.stand.show_screen(QueueScreen(text("Next, please"), Tone.NEUTRAL, name), "next")
        self._offer_code()

    def _typed(self) -> None:
        """What is typed next takes the place of a code that was nobody's."""
        self._offer_code()
        if self.state.stage is CheckInStage.WAITING and self.stand.reason:
            self._ask_for_next()

    def _offer_code(self) -> None:
        """Offers to check whose code stands in the field; what else comes next stands back meanwhile."""
        typed, stage = bool(self.field.text().strip()) and not self.field.is_refused, self.state.stage
        nobodys = stage is CheckInStage.WAITING and (bool(self.stand.reason) or self.field.is_refused)
        self.give.setVisible(typed)
        self.instead.setVisible(nobodys)
        self.by_name.setVisible(stage is CheckInStage.WAITING and not nobodys)
        self.by_spot.setVisible(stage is CheckInStage.WAITING and not typed and not nobodys)
        self.further.setVisible(stage is CheckInStage.PROPOSED and not typed)
        self.onward.setVisible(stage is CheckInStage.SHOWN and not typed)

    def _name_whom(self, person: SubjectSummary | None) -> None:
        """Says in the title who is checked or was, by the first name as the queue may see it; and to the operator,
        small and apart, whole name and number."""
        text, stage = self._workspace.language.text, self.state.stage
        if person is not None and stage is CheckInStage.CHECKING:
            words = text("Checking {name}", name=first_name(person.name))
        else:
            words = self.accessibleName() if person is None else first_name(person.name)
        self.named.show_text(words)
        self.whole_name.show_text("" if person is None else person.name)
        self.whole_name.setVisible(person is not None)
        self.number.setText("" if person is None else text("No. {number}", number=person.number))
        self.number.setVisible(person is not None)

    def _show_outcome(self) -> None:
        outcome = self.state.outcome
        if outcome is None:
            return
        language, person = self._workspace.language, self._person(outcome.subject_id)
        accepted = outcome.verdict is Verdict.ACCEPTED
        why = self._caution if accepted else operator_text(outcome, language)  # the title says who it is
        tone = Tone.INCONCLUSIVE if accepted else Tone.NEUTRAL
        self.stand.show_screen(queue_screen(outcome, person, language), reason=why, tone=tone)
        self.notice.say("")
        self._workspace.station.chimes.play(VERDICT_SOUNDS[outcome.verdict])
        if accepted:
            self._seen.start(NEXT_WAITS_MS if self.state.next_id else SEEN_MS)
