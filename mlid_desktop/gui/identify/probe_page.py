"""The page that captures whom a search looks for."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from mlid_desktop.domain.characteristics import Characteristic, Modality
from mlid_desktop.gui.capture.panel import CapturePanel
from mlid_desktop.gui.page.navigation import PageName
from mlid_desktop.gui.page.page import Page
from mlid_desktop.gui.state.workspace import Workspace
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.gui.widgets.controls import Button
from mlid_desktop.gui.widgets.elements import Notice
from mlid_desktop.gui.widgets.footer import EmptyState
from mlid_desktop.workflow.identification import IdentificationSession
from mlid_desktop.workflow.refusal import refusal_of


class ProbePage(Page):
    """The page that captures the probe of a search. While nobody is enrolled who could be found by it, no device is
    opened: the page says so, and offers to enrol."""

    def __init__(
        self,
        workspace: Workspace,
        characteristic: Characteristic,
        captured: Callable[[IdentificationSession], None],
        other: Callable[[], None],
        go: Callable[[PageName], None],
    ) -> None:
        language, theme = workspace.language, workspace.theme
        super().__init__(theme, language, language.text("Identify"), language.text("Back"), language.text("Search"))
        self._workspace, self._characteristic = workspace, characteristic
        self._captured, self._go = captured, go
        self._session: IdentificationSession | None = None
        self.panel = CapturePanel(workspace, characteristic.modality)
        self.panel.attempts.hide()  # a search has one, which is shown with the candidates
        self.header.addWidget(self.panel.sources)
        self.notice = Notice(theme)
        self.empty = EmptyState(theme, "people", "", "")
        self._enrol = Button(theme, language.text("Enrol a person"), "primary").on(lambda: go(PageName.ENROL))
        self.empty.offers.addWidget(self._enrol)
        self.empty.hide()
        self.body.addWidget(self.panel, 1)
        self.body.addWidget(self.empty, 1)
        self.body.addWidget(self.notice)
        self.panel.ended.connect(self._over)
        self.panel.restart_asked.connect(self.restart)
        self.panel.faulted.connect(self._faulted)
        workspace.people_changed.connect(self._people_changed)
        by_face = characteristic.modality is Modality.FACE
        if self.footer is not None:
            self._try_again = self.footer.add(language.text("Capture again (R)"), self.restart)
            says = language.text("By a finger instead") if by_face else language.text("By the face instead")
            self._other = self.footer.add(says, other, "finger" if by_face else "camera")

    @property
    def finds_anybody(self) -> bool:
        """Whether somebody is enrolled who could be found by this."""
        return self._characteristic.modality in self._workspace.unlocked.people_index.modalities

    def enter(self) -> None:
        """Shows the page and starts the capture."""
        self.restart()
        super().enter()

    def leave(self) -> None:
        """Ends the capture and closes the device."""
        self.panel.stop()
        self._session = None

    def restart(self) -> None:
        """Starts the search from the beginning."""
        if not self.isVisible():
            return
        self.notice.say("")
        if self.footer is not None:
            self.footer.primary.setEnabled(False)
            self.footer.primary.show()
        if self._says_nobody():
            return
        identification = self._workspace.unlocked.session.identification
        self.panel.begin(identification.begin(self._characteristic))

    def go_on(self) -> None:
        """Searches with what was captured."""
        if self._session is not None:
            self._captured(self._session)

    def go_back(self) -> None:
        """Goes to the home page."""
        self._go(PageName.HOME)

    def first(self) -> QWidget:
        """The widget that gets the focus: the page itself, or the offer to enrol where nobody can be found."""
        return self if self.empty.isHidden() else self._enrol

    def say(self, text: str) -> None:
        """Says why the search did not go ahead."""
        self.notice.say(text, Tone.INCONCLUSIVE)

    def show_suspected(self, session: IdentificationSession) -> None:
        """Shows that the search came upon a copy of what was captured; it is not gone on with."""
        self._session = session
        if self.footer is not None:
            self.footer.primary.setEnabled(False)
            self._try_again.show()
        self.panel.advanced_to(session)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Handles the keys: Space takes the best so far, R starts again."""
        if event.key() == Qt.Key.Key_Space:
            self.panel.take_best()
        elif event.key() == Qt.Key.Key_R:
            self.restart()
        else:
            super().keyPressEvent(event)

    def _says_nobody(self) -> bool:
        """Whether nobody is enrolled who could be found by this; the page then says so in the place of the capture."""
        text = self.language.text
        if not self._workspace.unlocked.people:
            title = text("Nobody is enrolled here yet")
        elif self._characteristic.modality is Modality.FACE:
            title = text("Nobody is enrolled with a face yet")
        else:
            title = text("Nobody is enrolled with a finger yet")
        self.empty.say("people", title, text("People whom you enrol can be found here by a face or a finger."))
        nobody = not self.finds_anybody
        self.empty.setVisible(nobody)
        self.panel.setHidden(nobody)
        if nobody:
            self.panel.sources.hide()  # a capture that begins lists them again
        if self.footer is not None:
            self._try_again.hide()  # nothing was tried yet
            helps = self._other_helps(anybody=not nobody)
            self._other.setVisible(helps)
            self.footer.primary.setHidden(nobody)
            self.footer.setHidden(nobody and not helps)  # what helps stands below the sentence
            self.footer.allow(False, "" if nobody else text("It searches by itself once the picture is good."))
        return nobody

    def _other_helps(self, *, anybody: bool) -> bool:
        """Whether the other kind of search may find somebody: always beside one that can begin."""
        other = Modality.FINGERPRINT if self._characteristic.modality is Modality.FACE else Modality.FACE
        found = other in self._workspace.unlocked.people_index.modalities
        return anybody or found

    def _faulted(self) -> None:
        """Nothing can be captured: what helps stands in the page, and no act that cannot help."""
        if self.footer is not None:
            other = Modality.FINGERPRINT if self._characteristic.modality is Modality.FACE else Modality.FACE
            self._try_again.hide()
            self._other.setVisible(self._other_helps(anybody=False) and self._workspace.can_capture(other))
            self.footer.primary.hide()

    def _people_changed(self) -> None:
        """Begins where somebody was enrolled meanwhile, at another desk."""
        if self.isVisible() and self.empty.isVisible():
            self.restart()

    def _over(self, session: IdentificationSession) -> None:
        self._session = session
        if session.suspicion is not None:
            self._captured(session)
            return
        capture = session.capture
        usable = capture is not None and refusal_of(capture, session.circumstances) is None
        if self.footer is not None:
            self.footer.primary.setEnabled(usable)
            self._try_again.setHidden(usable)
        if usable:
            self.go_on()
