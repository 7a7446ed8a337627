"""The view that checks a person: find them, capture, decide."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QStackedWidget

from mlid_desktop.domain.characteristics import FACE, Characteristic, Modality
from mlid_desktop.domain.decisions import AttemptState
from mlid_desktop.domain.errors import MlidError
from mlid_desktop.domain.modality_facts import SampleStream
from mlid_desktop.domain.provenance import SourceKind
from mlid_desktop.domain.subjects import SubjectSummary
from mlid_desktop.gui.capture.panel import CapturePanel
from mlid_desktop.gui.capture.voice_panel import VoicePanel
from mlid_desktop.gui.page.navigation import Place
from mlid_desktop.gui.page.page import Page
from mlid_desktop.gui.page.view import View
from mlid_desktop.gui.state.workspace import Workspace
from mlid_desktop.gui.verify.decision_page import DecisionPage
from mlid_desktop.gui.verify.decision_presenter import decision_screen
from mlid_desktop.gui.verify.find_page import FindPage
from mlid_desktop.gui.widgets.controls import Check
from mlid_desktop.gui.widgets.elements import column
from mlid_desktop.station.services.verification import BegunVerification
from mlid_desktop.station.text.modality_terms import facts_of
from mlid_desktop.workflow import events
from mlid_desktop.workflow.verification import VerificationSession, VerificationStage


class CheckPage(Page):
    """The page of one capture of a verification; the decision follows by itself as soon as nothing more is asked of the
    operator."""

    def __init__(
        self,
        workspace: Workspace,
        modality: Modality,
        decide: Callable[[VerificationSession], None],
        carry_on: Callable[[VerificationSession], None],
        back: Callable[[], None],
    ) -> None:
        language, theme = workspace.language, workspace.theme
        super().__init__(theme, language, language.text("Verify"), language.text("Back"), language.text("Decide"))
        self._decide, self._carry_on, self._back = decide, carry_on, back
        self._begun: BegunVerification | None = None
        self._session: VerificationSession | None = None
        spoken = facts_of(modality).stream is SampleStream.SOUND
        self.panel = VoicePanel(workspace) if spoken else CapturePanel(workspace, modality)
        self.header.addWidget(self.panel.sources)
        self.attest = Check(theme, language.text("I looked at the person and saw nothing artificial."))
        self.attest.toggled.connect(self._check)
        self.body.addWidget(self.panel, 1)
        self.body.addWidget(self.attest)
        self.panel.ended.connect(self._over)
        self.panel.advanced.connect(self._advanced)
        self.panel.restart_asked.connect(self.restart)
        if self.footer is not None:
            self.footer.add(language.text("Stop and decide"), self._stop)

    def begin(self, begun: BegunVerification, session: VerificationSession | None = None) -> None:
        """Counts the attempt and starts the capture. ``session`` is the state to which another page has brought it."""
        self._begun, self._session = begun, session
        self.retitle(
            self.language.text("Checking {name}", name=begun.subject.name),
            self.language.text("No. {number}", number=begun.subject.number),
        )
        self.attest.setChecked(False)
        self.attest.hide()
        self.restart()

    def restart(self) -> None:
        """Starts the capture again, within the same attempt; only where nothing was compared yet."""
        begun = self._begun
        if begun is None or not self.isVisible():
            return
        session = begun.session if self._session is None else self._session
        if session.stage is VerificationStage.CAPTURE and session.next_wanted is not None:
            self._session = session.advance(events.CaptureStarted(session.next_wanted))
            self.panel.begin(self._session, begun.references)
            self._check()

    def leave(self) -> None:
        """Ends the capture and closes the device."""
        self.panel.stop()
        self._begun = self._session = None

    def go_on(self) -> None:
        """Decides on what was captured."""
        session = self._session
        if session is not None and not self.panel.running:
            self._finish(session)

    def go_back(self) -> None:
        """Withdraws the attempt."""
        self._back()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Handles the keys: Space takes the best so far."""
        if event.key() == Qt.Key.Key_Space:
            self.panel.take_best()
        else:
            super().keyPressEvent(event)

    def _stop(self) -> None:
        self.panel.finish()

    def _advanced(self, session: VerificationSession) -> None:
        self._session = session
        capture = session.capture
        live = capture is not None and capture.latest is not None and capture.latest.provenance.kind is SourceKind.LIVE
        asked = "verification" in session.policy.attestation and not session.circumstances.attested
        self.attest.setVisible(live and asked)

    def _over(self, session: VerificationSession) -> None:
        self._session = session
        if self.attest.isVisible() and not self.attest.isChecked():
            self.attest.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self._finish(session)
        self._check()

    def _finish(self, session: VerificationSession) -> None:
        if self.attest.isChecked():
            session = session.advance(events.Attested())
        if session.capture is not None:
            session = session.advance(events.CaptureKept())
        self._session = session
        if session.next_wanted is not None:
            self._carry_on(session)
            return
        self._decide(session.advance(events.CapturesFinished()))

    def _check(self) -> None:
        if self.footer is not None:
            attested = self.attest.isChecked() or not self.attest.isVisible()
            ready = self._session is not None and not self.panel.running and self._session.capture is not None
            self.footer.primary.setEnabled(ready and attested)


class _Checks(dict[Modality, CheckPage]):
    """The pages for each kind of capture, made when they are first needed: no key waits for all of them."""

    def __init__(self, make: Callable[[Modality], CheckPage]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, modality: Modality) -> CheckPage:
        made = self[modality] = self._make(modality)
        return made


class VerifyView(View):
    """The view of a verification, which it holds open, so that it is closed whatever happens."""

    def __init__(self, workspace: Workspace, go: Callable[[Place], None]) -> None:
        super().__init__()
        self._workspace, self._go = workspace, go
        self._begun: BegunVerification | None = None
        self._stack = QStackedWidget()
        self.finder = FindPage(workspace, self._begin, go)
        self._stack.addWidget(self.finder)
        self.checks = _Checks(self._check_page)
        self.setLayout(column(self._stack))
        self._asked: tuple[SubjectSummary, tuple[Characteristic, ...]] | None = None

    @cached_property
    def decision(self) -> DecisionPage:
        """The page of the decision, made for the first one."""
        made = DecisionPage(self._workspace, self._again, self._find, self._check_without_biometrics)
        self._stack.addWidget(made)
        return made

    def _check_page(self, modality: Modality) -> CheckPage:
        made = CheckPage(self._workspace, modality, self._decided, self._carry_on, self._withdraw)
        self._stack.addWidget(made)
        return made

    def enter(self) -> None:
        """Begins by asking whom to check."""
        self._find()

    def leave(self) -> None:
        """Withdraws an attempt that never came to a decision."""
        self._withdraw_begun()
        for check in self.checks.values():
            check.leave()

    def _find(self) -> None:
        self._show(self.finder)

    def _begin(self, person: SubjectSummary, wanted: tuple[Characteristic, ...]) -> None:
        self._asked = (person, wanted)
        verification = self._workspace.unlocked.session.verification
        self._workspace.on_vault(lambda: verification.begin(person, wanted), self._counted)

    def _counted(self, begun: BegunVerification) -> None:
        self._begun = begun
        if begun.session.decision is not None:
            self._decided(begun.session)
            return
        self._carry_on(begun.session)

    def _carry_on(self, session: VerificationSession) -> None:
        """Goes on with the characteristic that is wanted next, each on the page of its kind, all of them one
        attempt."""
        begun = self._begun
        if begun is not None:
            check = self.checks[(session.next_wanted or FACE).modality]
            self._show(check)
            check.begin(begun, session)

    def _decided(self, session: VerificationSession) -> None:
        begun, self._begun = self._begun, None
        if begun is None or session.decision is None:
            return
        decision, verification = session.decision, self._workspace.unlocked.session.verification
        self._workspace.count(decision.verdict)

        def closed(attempts: AttemptState) -> None:
            screen = decision_screen(
                decision,
                begun.subject,
                attempts,
                max(
                    (session.policy.comparison.rate(result.characteristic.modality) for result in decision.results),
                    default=1.0,
                ),
                self._workspace.unlocked.operator,
                self._workspace.language,
            )
            can_retry = bool(screen.next_step) and not attempts.locked_out and attempts.retry_after <= 0
            self.decision.show_screen(screen, can_retry=can_retry)
            self._show(self.decision)

        self._workspace.on_vault(lambda: verification.record_outcome(session), closed, self._failed)

    def _again(self) -> None:
        if self._asked is not None:
            self._begin(*self._asked)

    def _check_without_biometrics(self) -> None:
        """Goes back from a decision to the person, who is still chosen, to recognise them without biometrics."""
        person = None if self._asked is None else self._asked[0]
        self._find()
        if person is not None:
            self.finder.finder.field.setText(person.number)
            self.finder.check_without_biometrics()

    def _withdraw(self) -> None:
        self._withdraw_begun()
        self._find()

    def _withdraw_begun(self) -> None:
        begun, self._begun = self._begun, None
        if begun is not None and self._workspace.is_open:
            verification = self._workspace.unlocked.session.verification
            self._workspace.on_vault(lambda: verification.record_outcome(begun.session), lambda _: None)

    def _failed(self, fault: MlidError) -> None:
        self._workspace.failed.emit(fault)
        self._find()

    def _show(self, page: Page) -> None:
        current = self._stack.currentWidget()
        if isinstance(current, Page) and current is not page:
            current.leave()
        self._stack.setCurrentWidget(page)
        page.enter()
