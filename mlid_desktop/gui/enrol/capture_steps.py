"""The face step of an enrolment, and what the capturing steps share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QMenu, QWidget

from mlid_desktop.domain.characteristics import FACE, Modality
from mlid_desktop.domain.subjects import ExceptionReason
from mlid_desktop.gui.capture.panel import CapturePanel
from mlid_desktop.gui.enrol.presenter import mix_up_text
from mlid_desktop.gui.page.page import Page
from mlid_desktop.gui.state.workspace import Workspace
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.gui.widgets.controls import Button
from mlid_desktop.station.text.language import Language
from mlid_desktop.station.text.modality_terms import facts_of
from mlid_desktop.station.text.terms import EXCEPTIONS
from mlid_desktop.workflow import events
from mlid_desktop.workflow.enrolment import EnrolmentSession
from mlid_desktop.workflow.enrolment_navigation import may_pass, modalities_declined, pass_by
from mlid_desktop.workflow.enrolment_steps import EnrolmentStage, EnrolmentStep

ATTEMPT_SIDE = 72  # px: side of an attempt's place beside the live picture


class Enrolling(Protocol):
    """Holder of the session that the steps of an enrolment work on."""

    @property
    def is_open(self) -> bool:
        """Whether an enrolment is open."""
        ...

    @property
    def session(self) -> EnrolmentSession:
        """The session of the enrolment as it stands now."""
        ...

    def set_session(self, session: EnrolmentSession) -> None:
        """Takes the newest state of the session."""
        ...

    def to_next(self) -> None:
        """Goes to the next step."""
        ...

    def to_previous(self) -> None:
        """Goes one step back."""
        ...

    def give_up(self) -> None:
        """Ends the enrolment of somebody of whom nothing can be captured here."""
        ...


class FaceStep(Page):
    """The face step of an enrolment: it starts by itself; the best attempt is kept when the operator goes on."""

    def __init__(self, workspace: Workspace, enrolling: Enrolling) -> None:
        language = workspace.language
        super().__init__(workspace.theme, language, language.text("Face"), language.text("Back"), language.text("Next"))
        self._enrolling = enrolling
        self.panel = CapturePanel(workspace, Modality.FACE)
        self.panel.attempts.side = ATTEMPT_SIDE
        self.panel.later_note = language.text(
            "Without the face, this person can later be neither found nor checked by it."
        )
        self.panel.faulted.connect(self._faulted)
        self.header.addWidget(self.panel.sources)
        self.body.addWidget(self.panel, 1)
        self.panel.ended.connect(self._over)
        self.panel.advanced.connect(self._advanced)
        self.panel.restart_asked.connect(self._restart)
        if self.footer is not None:
            self._skip = self.footer.add(language.text("Skip with reason … (X)"), lambda: None)
            self._skip.setMenu(exception_menu(self._skip, Modality.FACE, language, self._skip_for))
            self._best = self.footer.add(language.text("Use the best so far (Space)"), self.panel.take_best)
        self._retry = Button(workspace.theme, language.text("Capture again (R)"), "plain", "retry").on(self._start)
        self.panel.acts.addWidget(self._retry)
        self.panel.acts.addStretch(1)

    def enter(self) -> None:
        """Shows the step, and captures at once where nothing was captured yet."""
        super().enter()
        kept = self._enrolling.session.kept.get(FACE)
        if self._is_declined:
            self._say_declined()
        elif kept is None or not self.panel.preview.isVisible():
            self._start()

    def leave(self) -> None:
        """Ends the capture and closes the camera."""
        self.panel.stop()

    def first(self) -> QWidget:
        """The widget that gets the focus: the page itself, so that Space and R are heard."""
        return self

    def go_on(self) -> None:
        """Keeps the capture of the face; where there can be none, goes on without it."""
        if self.panel.is_faulted:
            self._skip_for(ExceptionReason.DEVICE_ABSENT)
            return
        session = self._enrolling.session
        if session.capture is not None:
            session = session.advance(events.CaptureKept())
            self._enrolling.set_session(session)
        if session.suspicion is None and may_pass(session, EnrolmentStep.FACE):
            self._enrolling.to_next()

    def go_back(self) -> None:
        """Goes back to the details."""
        self.panel.stop()
        self._enrolling.to_previous()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Handles the keys: Space takes the best so far, R starts again, X gives the reason why there is no face."""
        if event.key() == Qt.Key.Key_Space:
            self.panel.take_best()
        elif event.key() == Qt.Key.Key_R:
            self._start()
        elif event.key() == Qt.Key.Key_X:
            if not self._skip.isHidden():
                self._skip.showMenu()
        else:
            super().keyPressEvent(event)

    @property
    def _is_declined(self) -> bool:
        """Whether the person declined it: it is captured only by the button that says that the person now agrees."""
        return Modality.FACE in modalities_declined(self._enrolling.session)

    def _say_declined(self) -> None:
        session, language = self._enrolling.session, self.language
        left_out = Modality.FACE in session.left_out
        said = left_out_invitation(language) if left_out else declined_invitation(language)
        self.panel.invite(*said, FACE, Tone.NEUTRAL)
        self._retry.relabel(language.text("The person now agrees (R)"))
        self._retry.setVisible(not left_out)
        self._allow(usable=may_pass(session, EnrolmentStep.FACE), can_take=False)
        self._skip.hide()

    def _restart(self) -> None:
        """What was missing may be there now; what the person declined is not captured for that."""
        if self._is_declined:
            self._say_declined()
        else:
            self._start()

    def _start(self) -> None:
        session = self._enrolling.session
        if self.isVisible() and may_capture(session, Modality.FACE):
            session = session.advance(events.CaptureStarted(FACE))
            self._enrolling.set_session(session)
            if session.suspicion is None:
                self._retry.relabel(self.language.text("Capture again (R)"))
                self._retry.hide()
                self.panel.begin(session)
                if not self.panel.is_faulted:
                    self._allow(usable=False, can_take=False)

    def _advanced(self, session: EnrolmentSession) -> None:
        self._enrolling.set_session(session)
        capture = session.capture
        has_attempt = capture is not None and bool(capture.takes)
        self._retry.setVisible(has_attempt)
        self._allow(usable=False, can_take=has_attempt and capture is not None and not capture.finished)

    def _over(self, session: EnrolmentSession) -> None:
        self._enrolling.set_session(session)
        if session.suspicion is not None:
            return
        self._retry.show()
        usable = session.capture is not None and session.refusal is None
        self._allow(usable=usable, can_take=False)
        say_mix_up(self.panel, session, self.language)
        if usable and self.footer is not None:
            self.footer.primary.setFocus(Qt.FocusReason.OtherFocusReason)

    def _allow(self, *, usable: bool, can_take: bool) -> None:
        if self.footer is not None:
            text = self.language.text
            running, left_out = self.panel.running, Modality.FACE in self._enrolling.session.left_out
            why = text("The face is captured by itself.") if running else text("Capture again, or skip with a reason.")
            self.footer.primary.relabel(text("Next"))
            self.footer.allow(usable, "" if left_out else why)
            self._best.setVisible(can_take)
            self._skip.show()

    def _faulted(self) -> None:
        """No face can be captured here: to go on without is what comes next, and the one way to."""
        if self.footer is not None:
            self.footer.primary.relabel(self.language.text("Go on without the face"))
            self.footer.allow(True)
            self._best.hide()
            self._skip.hide()

    def _skip_for(self, reason: ExceptionReason) -> None:
        self.panel.stop()
        session = pass_by(self._enrolling.session, EnrolmentStep.FACE, reason)
        self._enrolling.set_session(session)
        if session.suspicion is None:
            self._enrolling.to_next()


def may_capture(session: EnrolmentSession, modality: Modality) -> bool:
    """Whether a capture of this modality may begin now: never where the person leaves it out."""
    return session.stage is EnrolmentStage.CAPTURE and modality not in session.left_out


def left_out_invitation(language: Language) -> tuple[str, str]:
    """What is said at a step whose characteristic the person leaves out."""
    return language.text("The person leaves this out"), language.text("Go back to the consent to change that.")


def declined_invitation(language: Language) -> tuple[str, str]:
    """What is said at a step whose characteristic the person declined there."""
    return language.text("The person declined"), language.text("Nothing is captured unless the person now agrees.")


def say_mix_up(panel: CapturePanel, session: EnrolmentSession, language: Language) -> None:
    """Says that a good capture is not of what was asked for, if so."""
    words = mix_up_text(session, language)
    if words is not None:
        panel.hint.say(*words, Tone.INCONCLUSIVE)


def exception_menu(
    button: Button, modality: Modality, language: Language, chosen: Callable[[ExceptionReason], None]
) -> QMenu:
    """A menu with the reasons why a characteristic is not captured, as far as they can be true of one of its
    modality."""
    menu = QMenu(button)
    for reason in facts_of(modality).exceptions:
        menu.addAction(language.text(EXCEPTIONS[reason])).triggered.connect(lambda *_, reason=reason: chosen(reason))
    return menu
