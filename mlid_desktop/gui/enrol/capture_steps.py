"""The capture steps of an enrolment: the face, then the fingers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Protocol

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QMenu, QWidget

from mlid_desktop.domain.characteristics import FACE, Characteristic, FingerPosition, Modality
from mlid_desktop.domain.subjects import CaptureException, ExceptionReason
from mlid_desktop.gui.capture.panel import CapturePanel
from mlid_desktop.gui.enrol.hands_diagram import HandsDiagram
from mlid_desktop.gui.enrol.presenter import BEST_FINGERS, finger_marks, mix_up_text, next_finger, progress_text
from mlid_desktop.gui.page.page import Page
from mlid_desktop.gui.state.workspace import Workspace
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.gui.widgets.controls import Button
from mlid_desktop.station.text.language import Language
from mlid_desktop.station.text.terms import EXCEPTIONS, EXCEPTIONS_OF, FINGERS
from mlid_desktop.workflow import events
from mlid_desktop.workflow.enrolment import EnrolmentSession
from mlid_desktop.workflow.enrolment_navigation import may_pass
from mlid_desktop.workflow.enrolment_steps import EnrolmentStage, EnrolmentStep


class Enrolling(Protocol):
    """Holder of the session that the steps of an enrolment work on."""

    @property
    def is_open(self) -> bool:
        """Whether there is one."""
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
        self.status.setText(progress_text(EnrolmentStep.FACE, language))
        self.panel = CapturePanel(workspace, Modality.FACE)
        self.panel.pass_words = language.text("Go on without the face")
        self.panel.pass_asked.connect(partial(self._skip_for, ExceptionReason.DEVICE_ABSENT))
        self.header.addWidget(self.panel.sources)
        self.body.addWidget(self.panel, 1)
        self.panel.ended.connect(self._over)
        self.panel.advanced.connect(self._advanced)
        self.panel.restart_asked.connect(self._start)
        if self.footer is not None:
            self._skip = self.footer.add(language.text("Skip with reason …"), lambda: None)
            self._skip.setMenu(exception_menu(self._skip, Modality.FACE, language, self._skip_for))
            self._retry = self.footer.add(language.text("Retry (R)"), self._start)
            self._best = self.footer.add(language.text("Take the best so far (Space)"), self.panel.take_best)

    def enter(self) -> None:
        """Shows the step, and captures at once where nothing was captured yet."""
        super().enter()
        kept = self._enrolling.session.kept.get(FACE)
        if kept is None or not self.panel.preview.isVisible():
            self._start()

    def leave(self) -> None:
        """Ends the capture and closes the camera."""
        self.panel.stop()

    def first(self) -> QWidget:
        """The widget that gets the focus: the page itself, so that Space and R are heard."""
        return self

    def go_on(self) -> None:
        """Keeps the capture of the face."""
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
        """Handles the keys: Space takes the best so far, R starts again."""
        if event.key() == Qt.Key.Key_Space:
            self.panel.take_best()
        elif event.key() == Qt.Key.Key_R:
            self._start()
        else:
            super().keyPressEvent(event)

    def _start(self) -> None:
        session = self._enrolling.session
        if session.stage is EnrolmentStage.CAPTURE and self.isVisible():
            session = session.advance(events.CaptureStarted(FACE))
            self._enrolling.set_session(session)
            if session.suspicion is None:
                self._allow(usable=False, can_take=False)
                self.panel.begin(session)

    def _advanced(self, session: EnrolmentSession) -> None:
        self._enrolling.set_session(session)
        capture = session.capture
        self._allow(usable=False, can_take=capture is not None and bool(capture.takes) and not capture.finished)

    def _over(self, session: EnrolmentSession) -> None:
        self._enrolling.set_session(session)
        if session.suspicion is not None:
            return
        usable = session.capture is not None and session.refusal is None
        self._allow(usable=usable, can_take=False)
        say_mix_up(self.panel, session, self.language)
        if usable and self.footer is not None:
            self.footer.primary.setFocus(Qt.FocusReason.OtherFocusReason)

    def _allow(self, *, usable: bool, can_take: bool) -> None:
        if self.footer is not None:
            self.footer.primary.setEnabled(usable)
            self._best.setEnabled(can_take)

    def _skip_for(self, reason: ExceptionReason) -> None:
        self.panel.stop()
        session = self._enrolling.session.advance(events.CaptureSkipped(CaptureException(FACE, reason)))
        self._enrolling.set_session(session)
        if session.suspicion is None:
            self._enrolling.to_next()


class FingersStep(Page):
    """The finger step of an enrolment: one finger after another, each chosen on the diagram; any number of them."""

    def __init__(self, workspace: Workspace, enrolling: Enrolling) -> None:
        language = workspace.language
        super().__init__(
            workspace.theme, language, language.text("Fingers"), language.text("Back"), language.text("Next")
        )
        self._workspace, self._enrolling = workspace, enrolling
        self.status.setText(progress_text(EnrolmentStep.FINGERS, language))
        self.hands = HandsDiagram(workspace.theme, self._choose)
        self.panel = CapturePanel(workspace, Modality.FINGERPRINT, self.hands)
        self.header.addWidget(self.panel.sources)
        self.body.addWidget(self.panel, 1)
        self.panel.ended.connect(self._over)
        self.panel.advanced.connect(enrolling.set_session)
        self.panel.restart_asked.connect(self._retry)
        self.panel.pass_asked.connect(self._pass_by)
        self.panel.faulted.connect(self._allow)
        self._position = FingerPosition.RIGHT_INDEX
        self._earlier: FingerPosition | None = None  # given before, where the last touch was of another one's finger
        if self.footer is not None:
            self.footer.add(language.text("Capture (Space)"), self._capture, "finger")
            self.redo = self.footer.add("", self._redo_earlier, "retry")
            self.redo.hide()
            self._exception = self.footer.add(language.text("Exception (X)"), lambda: None)
            self._exception.setMenu(exception_menu(self._exception, Modality.FINGERPRINT, language, self._except_for))

    def enter(self) -> None:
        """Shows the step and offers the next finger; nothing starts before it is asked for."""
        self._position = next_finger(self._enrolling.session)
        self._invite()
        super().enter()

    def leave(self) -> None:
        """Ends the capture and closes the reader."""
        self.panel.stop()

    def first(self) -> QWidget:
        """The widget that gets the focus: the diagram, where arrows, digits, Space and X are heard."""
        return self.hands

    def go_on(self) -> None:
        """Goes on with any number of fingers, as long as something was captured that can decide later."""
        self.panel.stop()
        if may_pass(self._enrolling.session, EnrolmentStep.FINGERS):
            self._enrolling.to_next()

    def go_back(self) -> None:
        """Goes back to the face."""
        self.panel.stop()
        self._enrolling.to_previous()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Handles the keys: Space captures the chosen finger or goes on with it, R begins it again, X notes why it is
        not there. Enter goes on; where nothing was captured yet, that is to capture."""
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if event.key() == Qt.Key.Key_Space or (enter and self.hands.hasFocus() and not self._may_go_on):
            self._capture()
        elif event.key() == Qt.Key.Key_R:
            self._begin_again()
        elif event.key() == Qt.Key.Key_X:
            self._exception.showMenu()
        else:
            super().keyPressEvent(event)

    @property
    def _may_go_on(self) -> bool:
        return may_pass(self._enrolling.session, EnrolmentStep.FINGERS)

    def _choose(self, position: FingerPosition) -> None:
        self.panel.stop()
        self._position = position
        self._invite()

    def _capture(self) -> None:
        if self.isVisible() and self._enrolling.session.stage is EnrolmentStage.CAPTURE:
            asked = Characteristic(Modality.FINGERPRINT, self._position)
            self._run(started_or_resumed(self._enrolling.session, asked))

    def _begin_again(self) -> None:
        session = self._enrolling.session
        if self.isVisible() and session.stage is EnrolmentStage.CAPTURE:
            self._run(session.advance(events.CaptureStarted(Characteristic(Modality.FINGERPRINT, self._position))))

    def _offer_redo(self, session: EnrolmentSession) -> None:
        """Offers to repeat a finger where either this touch was the wrong one or the earlier one was: both ways out are
        one click."""
        before = session.given_before
        self._earlier = None if before is None else before.position
        if self._earlier is not None:
            finger = self.language.text(FINGERS[self._earlier])
            self.redo.relabel(self.language.text("Capture the {finger} again", finger=finger))
        self.redo.setVisible(self._earlier is not None)

    def _retry(self) -> None:
        """What was missing may be there now: the finger is offered anew; nothing starts by itself."""
        self._invite()
        if self._workspace.source(Modality.FINGERPRINT) is not None:
            self._capture()

    def _pass_by(self) -> None:
        """Goes on without fingers, with one reason for the whole step; where nothing was captured that can decide a
        check, the enrolment ends here."""
        if not self._may_go_on:
            self._enrolling.give_up()
            return
        self.panel.stop()
        session = self._enrolling.session
        given = {kept.position for kept in session.kept} | {told.characteristic.position for told in session.exceptions}
        for position in BEST_FINGERS:
            if position not in given:
                exception = CaptureException(
                    Characteristic(Modality.FINGERPRINT, position), ExceptionReason.DEVICE_ABSENT
                )
                session = session.advance(events.CaptureSkipped(exception))
        self._enrolling.set_session(session)
        if session.suspicion is None:
            self._enrolling.to_next()

    def _name_way_on(self) -> None:
        """Names what can be done where no finger can be captured here."""
        text, panel = self.language.text, self.panel
        if self._may_go_on:
            panel.pass_words, panel.pass_note = text("Go on without fingers"), ""
            return
        panel.pass_words = text("End without enrolling")
        panel.pass_note = text(
            "Nothing was captured that can decide a check later. Until a camera or a reader works here, the person "
            "shows a document instead."
        )

    def _redo_earlier(self) -> None:
        if self._earlier is not None:
            self._choose(self._earlier)
            self._begin_again()

    def _run(self, session: EnrolmentSession) -> None:
        self.redo.hide()
        self._enrolling.set_session(session)
        if session.suspicion is None:
            self.panel.begin(session)
            self._allow()

    def _over(self, session: EnrolmentSession) -> None:
        """Ends the capture of a finger: a good one is kept and the next one offered; a bad one stays, with its
        reason."""
        if session.suspicion is not None:
            self._enrolling.set_session(session)
            return
        kept = session.advance(events.CaptureKept())
        if kept.reason is not None:
            self._enrolling.set_session(session)
            say_mix_up(self.panel, session, self.language)
            self._offer_redo(session)
            self._allow()
            return
        self._enrolling.set_session(kept)
        self._position = next_finger(kept)
        self._show()
        text, finger = self.language.text, self.language.text(FINGERS[self._position])
        self.panel.hint.say(text("Captured"), text("Next: {finger}, or go on.", finger=finger), Tone.ACCEPTED)

    def _invite(self) -> None:
        """Shows the chosen finger, before anything is captured."""
        self.redo.hide()
        self._name_way_on()
        text, finger = self.language.text, self.language.text(FINGERS[self._position])
        self.panel.invite(
            text("Capture the {finger}", finger=finger),
            text("Press Space when the person is ready."),
            Characteristic(Modality.FINGERPRINT, self._position),
        )
        self._show()

    def _show(self) -> None:
        session = self._enrolling.session
        self.hands.show_marks(finger_marks(session, self.language), self._position)
        self._allow()

    def _allow(self) -> None:
        """Next is closed while a finger is captured: Enter must not drop it."""
        if self.footer is not None and self._enrolling.is_open:
            self.footer.primary.setEnabled(self._may_go_on and not self.panel.running)

    def _except_for(self, reason: ExceptionReason) -> None:
        self.panel.stop()
        characteristic = Characteristic(Modality.FINGERPRINT, self._position)
        session = self._enrolling.session.advance(events.CaptureSkipped(CaptureException(characteristic, reason)))
        self._enrolling.set_session(session)
        if session.suspicion is not None:
            return
        self._position = next_finger(self._enrolling.session)
        self._invite()


def started_or_resumed(session: EnrolmentSession, characteristic: Characteristic) -> EnrolmentSession:
    """The session with a capture of this characteristic: the one that a fault interrupted, with its whole takes, else a
    new one."""
    capture = session.capture
    interrupted = capture is not None and session.capturing == characteristic and not capture.finished
    if interrupted and capture is not None and capture.takes:
        return session.advance(events.CaptureResumed())
    return session.advance(events.CaptureStarted(characteristic))


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
    for reason in EXCEPTIONS_OF[modality]:
        menu.addAction(language.text(EXCEPTIONS[reason])).triggered.connect(lambda *_, reason=reason: chosen(reason))
    return menu
