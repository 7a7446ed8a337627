"""The finger step of an enrolment: one finger after another by themselves, or each chosen on a diagram of the hands."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QPushButton, QWidget

from mlid_desktop.domain.characteristics import Characteristic, FingerPosition, Modality
from mlid_desktop.domain.subjects import CaptureException, ExceptionReason
from mlid_desktop.gui.capture.panel import CapturePanel
from mlid_desktop.gui.enrol.capture_steps import (
    Enrolling,
    declined_invitation,
    exception_menu,
    left_out_invitation,
    may_capture,
    say_mix_up,
)
from mlid_desktop.gui.enrol.hands_diagram import HandsDiagram
from mlid_desktop.gui.enrol.presenter import finger_marks, fingers_text, next_finger, standing_text
from mlid_desktop.gui.page.page import Page
from mlid_desktop.gui.state.workspace import Workspace
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.station.text.terms import FINGERS
from mlid_desktop.workflow import events
from mlid_desktop.workflow.enrolment import EnrolmentSession
from mlid_desktop.workflow.enrolment_navigation import fingers_done, may_pass, modalities_declined, pass_by, skip_hand
from mlid_desktop.workflow.enrolment_steps import EnrolmentStep, asked_of

HANDS_SHARE, LEAST_HANDS, MOST_HANDS = 0.28, 150, 280  # of the page's height that the hands take; px
READ_MS = 900  # that "Captured" stands before the next finger is asked for: long enough to be read, and to lift


class FingersStep(Page):
    """The page of the ten fingers. The first capture begins by Enter; after a good one the next finger is asked for by
    itself until those that everybody is asked for are there, and any other may be chosen. Next is closed meanwhile."""

    def __init__(self, workspace: Workspace, enrolling: Enrolling) -> None:
        language = workspace.language
        text = language.text
        super().__init__(workspace.theme, language, text("Fingers"), text("Back"), text("Next"))
        self._workspace, self._enrolling = workspace, enrolling
        sides = text("Left\nhand"), text("Right\nhand")
        self.hands = HandsDiagram(workspace.theme, self._choose, sides, text("seen from\nthe back"))
        self.panel = CapturePanel(workspace, Modality.FINGERPRINT, self.hands)
        self.header.addWidget(self.panel.sources)
        self.body.addWidget(self.panel, 1)
        self.panel.ended.connect(self._over)
        self.panel.advanced.connect(enrolling.set_session)
        self.panel.restart_asked.connect(self._retry)
        self.panel.faulted.connect(self._allow)
        self._position = FingerPosition.RIGHT_INDEX
        self._earlier: FingerPosition | None = None  # given before, where the last touch was of another one's finger
        self._onward = QTimer(self)
        self._onward.setSingleShot(True)
        self._onward.setInterval(READ_MS)
        self._onward.timeout.connect(self._capture_next)
        if self.footer is not None:
            self.footer.primary.ensurePolished()  # as wide when it does not stand out: nothing beside it moves
            self.footer.primary.setMinimumWidth(self.footer.primary.sizeHint().width())
            self.take = self.footer.add_before_primary(text("Capture (Space)"), self._capture)
            self.rest = self.footer.add(text("Stop (S)"), self._stop)
            self.redo = self.footer.add("", self._redo_earlier, "retry")
            self.redo.hide()
            self._exception = self.footer.add(text("Skip this finger … (X)"), lambda: None)
            reasons = exception_menu(self._exception, Modality.FINGERPRINT, language, self._except_for)
            self.whole_hand = exception_menu(self._exception, Modality.FINGERPRINT, language, self._except_hand_for)
            reasons.addSeparator()
            reasons.addMenu(self.whole_hand)
            self._exception.setMenu(reasons)
            self.without = self.footer.add(text("No finger can be taken …"), lambda: None)
            self.without.setMenu(exception_menu(self.without, Modality.FINGERPRINT, language, self._pass_by))

    def enter(self) -> None:
        """Shows the step and offers the next finger; nothing starts before it is asked for."""
        self._position = next_finger(self._enrolling.session)
        self._invite()
        super().enter()

    def leave(self) -> None:
        """Ends the capture and closes the reader."""
        self._onward.stop()
        self.panel.stop()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Gives the hands a height that follows the page alone: they stay as large whatever stands below them."""
        super().resizeEvent(event)
        self.hands.setFixedHeight(max(LEAST_HANDS, min(MOST_HANDS, round(HANDS_SHARE * self.height()))))

    def first(self) -> QWidget:
        """The widget that gets the focus: the diagram, where arrows, digits, Space, S and X are heard."""
        return self.hands

    def main_act(self) -> QPushButton | None:
        """The button that Enter presses: that of the capture as long as a finger that is asked for is missing."""
        return self.take if self._enrolling.is_open and self._captures_first else super().main_act()

    def go_on(self) -> None:
        """Goes on with any number of fingers, as long as something was captured that can decide later."""
        if self.panel.is_faulted:
            self._pass_by(ExceptionReason.DEVICE_ABSENT)
            return
        self.leave()
        if self._may_go_on:
            self._enrolling.to_next()

    def go_back(self) -> None:
        """Goes back to the face."""
        self.leave()
        self._enrolling.to_previous()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Handles the keys: Space captures the chosen finger or goes on with it, R begins it again, S stops, X notes
        why it is not there."""
        if event.key() == Qt.Key.Key_Space:
            self._capture()
        elif event.key() == Qt.Key.Key_R:
            self._begin_again()
        elif event.key() == Qt.Key.Key_S:
            self._stop()
        elif event.key() == Qt.Key.Key_X:
            if not self._exception.isHidden():
                self._exception.showMenu()
        else:
            super().keyPressEvent(event)

    @property
    def _may_go_on(self) -> bool:
        return may_pass(self._enrolling.session, EnrolmentStep.FINGERS)

    @property
    def _is_busy(self) -> bool:
        """Whether a finger is being captured, or the next one is about to be."""
        return self.panel.running or self._onward.isActive()

    @property
    def _captures_first(self) -> bool:
        """Whether what comes next is to capture: a finger that is asked for is neither captured nor excepted, and can
        be."""
        done, asked = fingers_done(self._enrolling.session)
        return done < asked and not self.panel.is_faulted

    @property
    def _is_declined(self) -> bool:
        """Whether the person declined all fingers: none is captured but by the button that says that the person now
        agrees."""
        return Modality.FINGERPRINT in modalities_declined(self._enrolling.session)

    def _choose(self, position: FingerPosition) -> None:
        self.leave()
        self._position = position
        self._invite()

    def _stop(self) -> None:
        """Ends the capture that is going on; fingers that are done stay."""
        if self._is_busy:
            self.leave()
            self._invite()

    def _capture(self) -> None:
        if self.isVisible() and may_capture(self._enrolling.session, Modality.FINGERPRINT):
            asked = Characteristic(Modality.FINGERPRINT, self._position)
            self._run(started_or_resumed(self._enrolling.session, asked))

    def _capture_next(self) -> None:
        """The next finger, once what became of the one before could be read."""
        self._allow()
        self._capture()

    def _begin_again(self) -> None:
        session = self._enrolling.session
        if self.isVisible() and may_capture(session, Modality.FINGERPRINT):
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
        """What was missing may be there now: the finger is offered anew, and captured where it can be."""
        self._invite()
        if self._workspace.source(Modality.FINGERPRINT) is not None and not self._is_declined:
            self._capture()

    def _pass_by(self, reason: ExceptionReason) -> None:
        """Goes on without fingers, with one reason for the whole step; where nothing was captured that can decide a
        check, the enrolment ends here."""
        if not self._may_go_on:
            self._enrolling.give_up()
            return
        self.leave()
        session = pass_by(self._enrolling.session, EnrolmentStep.FINGERS, reason)
        self._enrolling.set_session(session)
        if session.suspicion is None:
            self._enrolling.to_next()

    def _way_on(self) -> str:
        """What the primary action is where no finger can be captured here."""
        text = self.language.text
        if fingers_done(self._enrolling.session)[0]:
            return text("Next")
        return text("Go on without fingers") if self._may_go_on else text("End without enrolling")

    def _redo_earlier(self) -> None:
        if self._earlier is not None:
            self._choose(self._earlier)
            self._begin_again()

    def _run(self, session: EnrolmentSession) -> None:
        self._onward.stop()
        self.redo.hide()
        self._enrolling.set_session(session)
        if session.suspicion is None:
            self.panel.begin(session)
            self._show()

    def _over(self, session: EnrolmentSession) -> None:
        """Ends the capture of a finger: a good one is kept, and the next one asked for; a bad one stays, with its
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
        given, self._position = self._position, next_finger(kept)
        done, asked = fingers_done(kept)
        if done < asked:
            self._onward.start()
        self._show()
        if done >= asked:
            self._mark_hands(given, told=True)  # what is on the page is of this one; another is only offered
        finger = self.language.text(FINGERS[given])
        self.panel.hint.say(
            self.language.text("Captured: {finger}", finger=finger), self._said_of_next(done, asked), Tone.ACCEPTED
        )

    def _said_of_next(self, done: int, asked: int) -> str:
        text = self.language.text
        finger, count = text(FINGERS[self._position]), fingers_text(self._enrolling.session, self.language)
        if done < asked:
            return text("{count}. Next: {finger}.", count=count, finger=finger)
        return text("{count}. More can be added.", count=count)

    def _invite(self) -> None:
        """Shows the chosen finger, before anything is captured."""
        self.redo.hide()
        nothing = self.language.text(
            "Nothing was captured that can decide a check later. Until a camera or a reader works here, the person "
            "shows a document instead."
        )
        self.panel.pass_note = "" if self._may_go_on else nothing
        text, finger = self.language.text, self.language.text(FINGERS[self._position])
        done, asked = fingers_done(self._enrolling.session)
        tone = Tone.NEUTRAL
        if Modality.FINGERPRINT in self._enrolling.session.left_out:
            said = left_out_invitation(self.language)
        elif self._is_declined:
            said = declined_invitation(self.language)
        elif done < asked or not done:
            said = text("Capture the {finger}", finger=finger), text("Press Space when the person is ready.")
            tone = Tone.ACCENT
        else:
            tone = Tone.ACCEPTED
            count = fingers_text(self._enrolling.session, self.language)
            way = text("Go on, or add the {finger} with Space.", finger=finger)
            if count:
                way = text("{count}. Go on, or add the {finger} with Space.", count=count, finger=finger)
            said = text("That is enough"), way
        self.panel.invite(*said, Characteristic(Modality.FINGERPRINT, self._position), tone)
        self.panel.preview.show_waiting(text("The print appears here."))
        self._show()

    def _show(self) -> None:
        session = self._enrolling.session
        self.note(*standing_text(session, EnrolmentStep.FINGERS, self.language))
        self._mark_hands(self._position)
        self._allow()

    def _mark_hands(self, chosen: FingerPosition, *, told: bool = False) -> None:
        """Shows the state of every finger, with this one marked; its quality is not said again where it is ``told``."""
        done, asked = fingers_done(self._enrolling.session)
        reading = self._position if self.panel.running else None
        marks = finger_marks(self._enrolling.session, self.language, reading)
        self.hands.show_marks(marks, chosen, wanted=done < asked or self.panel.running, told=told)

    def _allow(self) -> None:
        """Names and opens what can be done now. Next is closed while a finger is captured: Enter must not drop it."""
        if self.footer is None or not self._enrolling.is_open:
            return
        text, first, busy, lost = self.language.text, self._captures_first, self._is_busy, self.panel.is_faulted
        self.footer.primary.relabel(self._way_on() if lost else text("Next"))
        self.footer.primary.become("footer" if first else "primary")  # what comes next stands out, and nothing moves
        why = text("The finger is being captured.") if busy else text("More has to be captured before going on.")
        self.footer.allow(not busy and not first and (lost or self._may_go_on), why)
        none_given = fingers_done(self._enrolling.session)[0] == 0
        may_more = may_capture(self._enrolling.session, Modality.FINGERPRINT) and not self.panel.is_faulted
        words = text("Capture (Space)") if first else text("Capture another (Space)")
        self.take.relabel(text("The person now agrees (Space)") if self._is_declined else words)
        self.take.become("primary" if first else "footer")
        self.take.setEnabled(not busy)
        self.take.setVisible(may_more)
        self.rest.setVisible(busy)
        wanted = Characteristic(Modality.FINGERPRINT, self._position) in asked_of(Modality.FINGERPRINT)
        is_left = self._position.is_left
        self.whole_hand.setTitle(text("The whole left hand") if is_left else text("The whole right hand"))
        self._exception.setVisible((first or busy or wanted) and not self.panel.is_faulted)
        self.without.setVisible(none_given and self._may_go_on and not busy and not self.panel.is_faulted)

    def _except_for(self, reason: ExceptionReason) -> None:
        self.leave()
        characteristic = Characteristic(Modality.FINGERPRINT, self._position)
        session = self._enrolling.session.advance(events.CaptureSkipped(CaptureException(characteristic, reason)))
        self._go_on_without(session)

    def _except_hand_for(self, reason: ExceptionReason) -> None:
        """Skips every finger of the chosen one's hand that was not captured, with one reason."""
        self.leave()
        self._go_on_without(skip_hand(self._enrolling.session, self._position, reason))

    def _go_on_without(self, session: EnrolmentSession) -> None:
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
