"""The dialog that records a test of attack detection, one presentation after another."""

from __future__ import annotations

from typing import Final

from PySide6.QtWidgets import QDialog, QProgressBar, QWidget

from mlid_desktop.domain.characteristics import FACE, Modality
from mlid_desktop.domain.errors import MlidError
from mlid_desktop.gui.administration.attack_test.presenter import next_text, presentation_screen
from mlid_desktop.gui.capture.panel import CapturePanel
from mlid_desktop.gui.page.fault_presenter import fault_text
from mlid_desktop.gui.state.workspace import Workspace
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.gui.widgets.controls import Button
from mlid_desktop.gui.widgets.dialogs import dialog_column, resize_within
from mlid_desktop.gui.widgets.elements import Notice, column, label, row
from mlid_desktop.gui.widgets.footer import EmptyState
from mlid_desktop.station.text.language import N_ as _
from mlid_desktop.workflow.attack_test.plan import AttackTest
from mlid_desktop.workflow.attack_test.presentation import PresentationSession

WIDTH, HEIGHT = 960, 620
WHOLE: Final = 100
BEGIN_FIRST: Final = _("Begin one under Administration, Attack test.")


class AttackTestDialog(QDialog):
    """Says what to show, captures it, keeps what came of it at once, and says what comes next."""

    def __init__(self, parent: QWidget, workspace: Workspace) -> None:
        super().__init__(parent)
        self._workspace, language, theme = workspace, workspace.language, workspace.theme
        self._service = workspace.unlocked.session.attack_tests
        self._session: PresentationSession | None = None
        self.setWindowTitle(language.text("Record what is shown"))
        resize_within(self, WIDTH, HEIGHT)
        self.position = label("", "muted")
        self.bar = QProgressBar()
        self.bar.setRange(0, WHOLE)
        self.bar.setTextVisible(False)
        far = column(self.position, self.bar, spacing=theme.space("hair"))
        self.notice = Notice(theme)
        self.nothing = EmptyState(theme, "shield", "", "")
        self.nothing.hide()  # until it is known that nothing comes next
        self.panel = CapturePanel(workspace, Modality.FACE)
        self.panel.sources.setFixedHeight(theme.space("primary"))
        self.panel.ended.connect(self._over)
        self.panel.restart_asked.connect(self._prepare)
        self.record = Button(theme, language.text("Record now"), "primary", "camera").on(self._record)
        self.close_button = Button(theme, language.text("Close"), "footer").on(self.accept)
        answers = row(self.panel.sources, 1, self.close_button, self.record, spacing=theme.space("snug"))
        layout = dialog_column(theme, language.text("Record what is shown"), far, self.notice, self.nothing)
        layout.addWidget(self.panel, 1)
        layout.setStretchFactor(self.nothing, 1)
        layout.addLayout(answers)
        self.setLayout(layout)
        self.finished.connect(lambda *_result: self.panel.stop())
        self._prepare()

    def _prepare(self) -> None:
        """Asks what comes next; nothing is captured before that is said."""
        self.record.setEnabled(False)
        self._workspace.on_vault(self._service.test, self._next, self._failed)

    def _next(self, test: AttackTest | None) -> None:
        planned = None if test is None else test.next_planned
        self._session = None
        if test is None or planned is None:
            self.position.setText("")
            language = self._workspace.language
            for part in (self.bar, self.panel, self.panel.sources, self.record):
                part.hide()
            if test is None:
                self.nothing.say("shield", language.text("No test is under way"), language.text(BEGIN_FIRST))
            else:
                self.nothing.say("shield", next_text(test, language), "")
            self.nothing.show()
            return
        self.nothing.hide()
        for part in (self.bar, self.panel, self.record):
            part.show()
        screen = presentation_screen(planned, test, self._workspace.language)
        self.panel.invite(screen.what, screen.why, FACE)
        if self._workspace.source(Modality.FACE) is not None:
            self.panel.preview.show_waiting(self._workspace.language.text("The camera opens with “Record now”."))
        self.position.setText(screen.position)
        self.bar.setValue(round(WHOLE * screen.progress))
        self.bar.setAccessibleName(screen.position)
        session = self._workspace.unlocked.session
        self._session = PresentationSession.of(planned, session.policy, demo=session.demo)
        self.record.setEnabled(True)
        self.record.setFocus()

    def _record(self) -> None:
        if self._session is not None and not self.panel.running:
            self.record.setEnabled(False)
            self.notice.say("")
            self.panel.begin(self._session)

    def _over(self, session: PresentationSession) -> None:
        self._workspace.on_vault(lambda: self._service.record(session), self._kept, self._failed)

    def _kept(self, test: AttackTest) -> None:
        self.notice.say(self._workspace.language.text("Kept."), Tone.ACCEPTED)
        self._next(test)

    def _failed(self, fault: MlidError) -> None:
        self.notice.say(fault_text(fault, self._workspace.language), Tone.REJECTED)
        self.record.setEnabled(self._session is not None)
