"""The view that searches for a person among all who are enrolled: candidates for review, never a name."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtWidgets import QStackedWidget, QWidget

from mlid_desktop.domain.characteristics import FACE, Characteristic, FingerPosition, Modality
from mlid_desktop.domain.errors import MlidError
from mlid_desktop.domain.reasons import Reason
from mlid_desktop.domain.templates import PortraitView
from mlid_desktop.gui.capture.presenter import captured_picture
from mlid_desktop.gui.home.presenter import getting_ready_text
from mlid_desktop.gui.identify.candidates_presenter import candidates_screen
from mlid_desktop.gui.identify.candidates_table import CandidatesPanel, show_candidates
from mlid_desktop.gui.identify.probe_page import ProbePage
from mlid_desktop.gui.page.fault_presenter import fault_text
from mlid_desktop.gui.page.navigation import PageName
from mlid_desktop.gui.page.page import Page
from mlid_desktop.gui.page.reason_text import reason_text
from mlid_desktop.gui.page.request_task import RequestTask, TaskHolder
from mlid_desktop.gui.page.second_person import ask_second_person
from mlid_desktop.gui.page.view import View
from mlid_desktop.gui.records.presenter import about_person
from mlid_desktop.gui.state.search import search
from mlid_desktop.gui.state.workspace import Workspace
from mlid_desktop.gui.widgets.dialogs import About
from mlid_desktop.gui.widgets.elements import column
from mlid_desktop.workflow import events
from mlid_desktop.workflow.identification import IdentificationSession, IdentificationStage

FINGER = Characteristic(Modality.FINGERPRINT, FingerPosition.RIGHT_INDEX)


class CandidatesPage(Page):
    """The page with the list of candidates, and what a person says of it."""

    def __init__(
        self,
        workspace: Workspace,
        answered: Callable[[events.CandidatesReviewed | None], None],
        back: Callable[[], None],
    ) -> None:
        language = workspace.language
        super().__init__(
            workspace.theme,
            language,
            language.text("Candidates for review"),
            language.text("Search again"),
            language.text("End the search"),
        )
        self._answered, self._back = answered, back
        self._asks = False
        follows = {
            events.ReviewOutcome.DIFFERENT: language.text("The search ends, and nobody is named."),
            events.ReviewOutcome.SAME: language.text(
                "Next, a colleague looks too and confirms it with their passphrase."
            ),
            events.ReviewOutcome.ESCALATED: language.text("The search waits on the home page until somebody can tell."),
        }
        self.panel = CandidatesPanel(workspace.theme, language, self._check, follows)
        self.body.addWidget(self.panel, 1)

    def show_session(self, session: IdentificationSession, workspace: Workspace) -> None:
        """Shows the result of a search."""
        if session.found is None:
            return
        unlocked = workspace.unlocked
        index = unlocked.people_index
        screen = candidates_screen(session.found, index.by_id, unlocked.operator, self.language, index.schema)
        best = None if session.capture is None else session.capture.best
        self._asks = bool(screen.tiers)
        self.retitle(screen.title)
        self.panel.reset()
        self.panel.show_screen(screen, None if best is None else captured_picture(best.observation))
        self._check()
        if screen.tiers:
            show_candidates(self.panel, workspace, session.found, PortraitView.CANDIDATES)

    def leave(self) -> None:
        """Drops the pictures."""
        self.panel.forget()

    def first(self) -> QWidget:
        """The widget that gets the focus: the first candidate, or the primary action where no answer is asked."""
        return self.panel.first() if self._asks or self.footer is None else self.footer.primary

    def go_on(self) -> None:
        """Puts the answer on record."""
        answer = self.panel.answer()
        if answer is not None or not self._asks:
            self._answered(answer)

    def go_back(self) -> None:
        """Goes back for another capture."""
        self._back()

    def _check(self) -> None:
        """Names the primary action by what follows on the answer."""
        if self.footer is None:
            return
        text = self.language.text
        named = {
            events.ReviewOutcome.SAME: text("Ask the second person …"),
            events.ReviewOutcome.ESCALATED: text("Leave it for review"),
        }
        outcome = self.panel.outcome
        ends = text("Next") if outcome is None else named.get(outcome, text("End the search"))
        self.footer.primary.relabel(ends if self._asks else text("Done"))
        self.footer.allow(not self._asks or self.panel.answer() is not None, self.panel.missing())


class IdentifyView(View):
    """The view that runs one search for a person after another."""

    def __init__(self, workspace: Workspace, go: Callable[[PageName], None]) -> None:
        super().__init__()
        self._workspace, self._go = workspace, go
        self._session: IdentificationSession | None = None
        self.face = ProbePage(workspace, FACE, self._captured, lambda: self._show(self.finger), go)
        self.finger = ProbePage(workspace, FINGER, self._captured, lambda: self._show(self.face), go)
        self.candidates = CandidatesPage(workspace, self._answered, self._again)
        self._probe = self.face
        self._draft, self._next_draft = "", ""
        self._task = TaskHolder()
        self._stack = QStackedWidget()
        for page in (self.face, self.finger, self.candidates):
            self._stack.addWidget(page)
        self.setLayout(column(self._stack))
        workspace.suspected.connect(self._suspected)

    def enter(self) -> None:
        """Begins a search by the face, unless a finger was asked for before or only fingers are enrolled; or shows a
        search that waits for its answer."""
        self._draft, self._next_draft = self._next_draft, ""
        if not self._draft:
            others = (page for page in (self._probe, self.face, self.finger) if page.finds_anybody)
            self._show(next(others, self._probe))
            return
        identification, name = self._workspace.unlocked.session.identification, self._draft
        self._workspace.on_vault(lambda: identification.resume(name), self._show_found)

    def open_draft(self, name: str) -> None:
        """Shows this search when the page is entered next."""
        self._next_draft = name

    def open_for(self, task: RequestTask) -> None:
        """Searches for another program, which is told whom two people recognise."""
        self._task.begin(task)

    def leave(self) -> None:
        """Closes the device; a search that was not answered is noted as such."""
        self._task.leave()
        self._close()
        self.face.leave()
        self.finger.leave()
        self.candidates.leave()

    def _captured(self, session: IdentificationSession) -> None:
        if session.suspicion is None:
            session = session.advance(events.CaptureKept())
        if session.suspicion is not None:
            self._workspace.note_suspicion(session)
        if session.stage is IdentificationStage.REFUSED and session.reason is not None:
            self._probe.say(reason_text(session.reason, self._workspace.language))
            return
        recognition = self._workspace.unlocked.session.recognition
        modality = session.characteristic.modality
        identification = self._workspace.unlocked.session.identification
        check = partial(identification.require_unsuspected, session)
        search(self._workspace, [modality], lambda: recognition.search(session), self._found, self._failed, check)
        self._probe.say(getting_ready_text(self._workspace.warming.progress, self._workspace.language))

    def _suspected(self, session: object) -> None:
        """A capture that was left showed an attack: it is noted already."""
        if isinstance(session, IdentificationSession) and self.isVisible():
            self._probe.say(reason_text(Reason.ATTACK_SUSPECTED, self._workspace.language))
            self._workspace.refresh_pending()

    def _found(self, session: IdentificationSession) -> None:
        if not self.isVisible():
            return
        if session.stage is IdentificationStage.REFUSED:
            self._probe.show_suspected(session)
            self._suspected(session)
            return
        self._show_found(session)

    def _show_found(self, session: IdentificationSession) -> None:
        self._session = session
        self.candidates.show_session(session, self._workspace)
        self._show(self.candidates)

    def _answered(self, answer: events.CandidatesReviewed | None) -> None:
        if self._session is not None and answer is not None:
            if answer.outcome is events.ReviewOutcome.SAME:
                self._ask_second(self._session.advance(answer))
                return
            if answer.outcome is events.ReviewOutcome.ESCALATED:
                self._keep(self._session)
            self._session = self._session.advance(answer)
        if answer is None or answer.outcome is not events.ReviewOutcome.ESCALATED:
            self._task.found("")
        self._close()
        self._go(PageName.HOME)

    def _keep(self, session: IdentificationSession) -> None:
        """Keeps a search for somebody else to look at: it waits on the home page, unless it does already."""
        if not self._draft:
            identification = self._workspace.unlocked.session.identification
            self._workspace.on_vault(lambda: identification.save_draft(session), lambda _: None)
        self._draft = ""

    def _ask_second(self, decided: IdentificationSession, said: str = "") -> None:
        """Asks a second person to confirm that a candidate is the person."""
        text = self._workspace.language.text
        why = text("A second person looks at the candidate too, and confirms it with a passphrase.")
        title, about = text("Is this the person?"), self._about(decided)
        asked = ask_second_person(self, self._workspace, title, why, about, said)
        if asked is not None:
            self._decide(decided, *asked)

    def _about(self, decided: IdentificationSession) -> About | None:
        """Which candidate it is; None of somebody who was erased meanwhile."""
        chosen = "" if decided.review is None else decided.review.subject_id
        person = self._workspace.unlocked.people_index.by_id.get(chosen)
        return None if person is None else about_person(person, self._workspace.language, named=True)

    def _decide(self, decided: IdentificationSession, second: str, passphrase: str) -> None:
        identification = self._workspace.unlocked.session.identification

        def done(_: None) -> None:
            self._session = None
            if decided.review is not None:
                self._task.found(decided.review.subject_id)
            self._discard_draft()
            self._go(PageName.HOME)

        def refused(fault: MlidError) -> None:
            self._ask_second(decided, fault_text(fault, self._workspace.language))

        record = partial(identification.record_confirmed, decided, second, passphrase)
        self._workspace.on_vault(record, done, refused)

    def _again(self) -> None:
        self._draft = ""
        self._close()
        self._show(self._probe)

    def _close(self) -> None:
        session, self._session = self._session, None
        if session is not None and self._workspace.is_open:
            identification = self._workspace.unlocked.session.identification
            self._workspace.on_vault(lambda: identification.record_outcome(session), lambda _: None)
            if session.review is not None:
                self._discard_draft()

    def _discard_draft(self) -> None:
        """Deletes the kept search, which was answered."""
        name, self._draft = self._draft, ""
        if name:
            identification = self._workspace.unlocked.session.identification
            discard = partial(identification.discard_draft, name)
            self._workspace.on_vault(discard, lambda _: self._workspace.refresh_pending())

    def _failed(self, fault: MlidError) -> None:
        self._workspace.failed.emit(fault)

    def _show(self, page: Page) -> None:
        current = self._stack.currentWidget()
        if isinstance(current, Page) and current is not page:
            current.leave()
        if isinstance(page, ProbePage):
            self._probe = page
        self._stack.setCurrentWidget(page)
        page.enter()
