"""The voice step of an enrolment: ten digits a round; it may be skipped, for a voice only supports."""

from __future__ import annotations

from math import ceil

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from mlid_desktop.domain.characteristics import VOICE, Modality
from mlid_desktop.domain.reasons import Reason
from mlid_desktop.domain.subjects import ExceptionReason
from mlid_desktop.gui.capture.voice_panel import VoicePanel
from mlid_desktop.gui.enrol.capture_steps import (
    Enrolling,
    declined_invitation,
    exception_menu,
    left_out_invitation,
    may_capture,
)
from mlid_desktop.gui.page.page import Page
from mlid_desktop.gui.page.reason_text import reason_text
from mlid_desktop.gui.state.workspace import Workspace
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.workflow import events
from mlid_desktop.workflow.enrolment import EnrolmentSession
from mlid_desktop.workflow.enrolment_navigation import may_pass, modalities_declined, pass_by
from mlid_desktop.workflow.enrolment_steps import EnrolmentStep

COUNT_MS = 500  # between looks at how long it takes until it begins by itself
MOST_COUNTED_S = 60


class VoiceStep(Page):
    """The page that captures a voice, by itself: the room is heard while what is asked is read; going on without a
    voice is fine."""

    def __init__(self, workspace: Workspace, enrolling: Enrolling) -> None:
        language = workspace.language
        super().__init__(
            workspace.theme, language, language.text("Voice"), language.text("Back"), language.text("Next")
        )
        self._workspace, self._enrolling = workspace, enrolling
        self.panel = VoicePanel(workspace)
        self.header.addWidget(self.panel.sources)
        self.body.addWidget(self.panel, 1)
        self.panel.ended.connect(self._over)
        self.panel.advanced.connect(enrolling.set_session)
        self.panel.faulted.connect(self._allow)
        self.panel.restart_asked.connect(self._restart)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self._start)
        self._second = QTimer(self)
        self._second.setInterval(COUNT_MS)
        self._second.timeout.connect(self._count_down)
        if self.footer is not None:
            self._again = self.footer.add(language.text("Capture again (Space)"), self._start, "mic")
            self.rest = self.footer.add(language.text("Stop (S)"), self._stop)
            self._skip = self.footer.add(language.text("Skip with reason … (X)"), lambda: None)
            self._skip.setMenu(exception_menu(self._skip, Modality.VOICE, language, self._skip_for))

    def enter(self) -> None:
        """Shows the step and says what will be asked; what was captured before stays."""
        super().enter()
        self._invite()
        if self._captures_first:
            self._soon.start(round(1000 * self._workspace.voice_begins_s))
            self._second.start()
            self._count_down()
        self._allow()

    def _invite(self) -> None:
        """Says what was captured, that nothing is, or what will be asked."""
        text, plural, session = self.language.text, self.language.plural, self._enrolling.session
        if VOICE in session.kept:
            why = text("Press Space to capture it again, or go on.")
            self.panel.invite(text("The voice is captured"), why, VOICE, Tone.ACCEPTED)
            self.panel.card.show_waiting("", icon="tick")
            self.panel.review_kept(session.kept[VOICE])
            return
        if Modality.VOICE in session.left_out:
            self.panel.invite_to_nothing(*left_out_invitation(self.language))
            return
        if self._is_declined:
            self.panel.invite_to_nothing(*declined_invitation(self.language))
            return
        why = plural(
            "{number} round of ten digits, at the person's own pace.",
            "{number} rounds of ten digits, at the person's own pace.",
            self._rounds,
        )
        self.panel.invite(text("Say the digits that appear"), why, VOICE)

    def _count_down(self) -> None:
        """Says when it begins by itself, and how to begin at once."""
        left = ceil(self._soon.remainingTime() / 1000)
        if not self._soon.isActive():
            self._second.stop()
        elif left <= MOST_COUNTED_S:
            words = self.language.text("It starts by itself in {number} s.", number=left)
            self.panel.card.show_waiting(words, icon="mic")

    @property
    def _captures_first(self) -> bool:
        """Whether the primary action is to capture: no voice was captured or declined, and one can be."""
        done = VOICE in self._enrolling.session.kept or self._is_declined
        return not done and not self.panel.is_faulted

    @property
    def _is_declined(self) -> bool:
        """Whether the person declined it: it is captured only by the button that says that the person now agrees."""
        return Modality.VOICE in modalities_declined(self._enrolling.session)

    @property
    def _rounds(self) -> int:
        """How often the policy asks for all ten digits."""
        rules = self._enrolling.session.policy.capture.get(Modality.VOICE)
        return 1 if rules is None else rules.enrolment_takes

    def leave(self) -> None:
        """Ends the capture and closes the microphone."""
        self._soon.stop()
        self._second.stop()
        self.panel.stop()

    def first(self) -> QWidget:
        """The widget that gets the focus: the page itself, so that Space, R and P are heard."""
        return self

    def go_on(self) -> None:
        """Captures as long as no voice was captured; then goes on to the duplicate check, where something that decides
        was captured. Going on without a voice has a reason of its own."""
        if self._captures_first:
            self._start()
        elif self.panel.is_faulted and VOICE not in self._enrolling.session.kept:
            self._skip_for(ExceptionReason.DEVICE_ABSENT)
        else:
            self._pass()

    def _pass(self) -> None:
        self.leave()
        if may_pass(self._enrolling.session, EnrolmentStep.VOICE):
            self._enrolling.to_next()

    def go_back(self) -> None:
        """Goes back to the fingers."""
        self.leave()
        self._enrolling.to_previous()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Handles the keys: Space and R start, S stops, X gives the reason why there is no voice, P plays the best
        take."""
        if event.key() in (Qt.Key.Key_Space, Qt.Key.Key_R):
            self._start()
        elif event.key() == Qt.Key.Key_S:
            self._stop()
        elif event.key() == Qt.Key.Key_X:
            if not self._skip.isHidden():
                self._skip.showMenu()
        elif event.key() == Qt.Key.Key_P:
            self.panel.toggle_playback()
        else:
            super().keyPressEvent(event)

    def _stop(self) -> None:
        """Ends the capture that is going on; what was captured before stays."""
        if self.panel.running:
            self.leave()
            self._invite()
            self._allow()

    def _restart(self) -> None:
        """What was missing may be there now; what the person declined is not captured for that."""
        if self._is_declined:
            self._invite()
            self._allow()
        else:
            self._start()

    def _start(self) -> None:
        self._soon.stop()
        self._second.stop()
        session = self._enrolling.session
        if self.isVisible() and may_capture(session, Modality.VOICE):
            session = session.advance(events.CaptureStarted(VOICE))
            self._enrolling.set_session(session)
            if session.suspicion is None:
                self.panel.begin(session)
                self._allow()

    def _over(self, session: EnrolmentSession) -> None:
        """Ends the capture of a voice: a good one is kept; a bad one stays on screen with its reason, to be heard and
        done again."""
        if session.suspicion is not None:
            self._enrolling.set_session(session)
            return
        kept = session.advance(events.CaptureKept())
        self._enrolling.set_session(session if kept.reason is not None else kept)
        self._allow()
        if kept.reason is None and self.footer is not None:
            self.footer.primary.setFocus(Qt.FocusReason.OtherFocusReason)

    def _allow(self) -> None:
        if self.footer is not None:
            session = self._enrolling.session
            passable = may_pass(session, EnrolmentStep.VOICE)
            if not session.gives_enough:
                self.panel.note.setText(reason_text(Reason.MORE_IS_ASKED, self.language))
                self.panel.note.show()
            text, first, busy = self.language.text, self._captures_first, self.panel.running
            without = self.panel.is_faulted and VOICE not in session.kept
            words = text("Start (Space)") if first and not busy else text("Next")
            self.footer.primary.relabel(text("Go on without a voice") if without else words)
            why = text("The voice is being captured.") if busy else ""
            self.footer.allow(not busy and (first or without or passable), why)
            may_again = may_capture(session, Modality.VOICE) and not self.panel.is_faulted
            declined = self._is_declined
            self._again.relabel(text("The person now agrees (Space)") if declined else text("Capture again (Space)"))
            self._again.setVisible(not busy and not first and may_again)
            self.rest.setVisible(busy)
            self._skip.setVisible(not busy and not declined and not self.panel.is_faulted and VOICE not in session.kept)

    def _skip_for(self, reason: ExceptionReason) -> None:
        self.leave()
        session = pass_by(self._enrolling.session, EnrolmentStep.VOICE, reason)
        self._enrolling.set_session(session)
        if session.suspicion is None:
            self._pass()
