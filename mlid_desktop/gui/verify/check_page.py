"""The capture of a verification; the decision follows by itself, and nothing is asked that it does not need."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QBoxLayout, QPushButton

from mlid_desktop.domain.characteristics import FACE, Characteristic, Modality
from mlid_desktop.domain.decisions import ChallengeOutcome, Decision
from mlid_desktop.domain.modality_facts import SampleStream
from mlid_desktop.gui.capture.panel import CapturePanel
from mlid_desktop.gui.capture.voice_panel import VoicePanel
from mlid_desktop.gui.page.page import LEAST_HEIGHT, Page
from mlid_desktop.gui.state.workspace import Workspace
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.gui.verify.decision_presenter import row_tone
from mlid_desktop.gui.widgets.controls import Check
from mlid_desktop.gui.widgets.step_line import StepLine
from mlid_desktop.station.services.verification import BegunVerification
from mlid_desktop.station.text.language import Language, capitalised
from mlid_desktop.station.text.modality_terms import facts_of
from mlid_desktop.station.text.terms import characteristic_name
from mlid_desktop.workflow import events
from mlid_desktop.workflow.verification import VerificationSession, VerificationStage


@dataclass(frozen=True, slots=True)
class DecidedSteps:
    """The steps of a check that is decided, what became of each by its index, and what a screen reader says of it."""

    names: tuple[str, ...] = ()
    tones: Mapping[int, Tone] = field(default_factory=dict)
    spoken: str = ""


def check_steps(session: VerificationSession, language: Language) -> tuple[tuple[str, ...], int]:
    """What a check goes through, by name, and which of it goes on now. Movements are among it where they go on, or
    where the attempt before ended in asking for them; which ones is never said in advance."""
    names, at = list[str](), 0
    for part in _parts(session):
        if part is None:
            at += _moves(session) or FACE in session.done
            names.append(language.text("Movements"))
            continue
        if part == session.capturing or part in session.done:
            at = len(names) + (part in session.done)
        names.append(capitalised(characteristic_name(part, language)))
    return (*names, language.text("Decision")), at


def _moves(session: VerificationSession) -> bool:
    """Whether movements of the face go on now."""
    return session.capturing == FACE and session.capture is not None and bool(session.capture.challenge)


def _parts(session: VerificationSession) -> tuple[Characteristic | None, ...]:
    """What a check goes through before its decision; None stands for movements."""
    demanded = session.circumstances.challenge_demanded or session.challenges > 0 or _moves(session)
    parts = list[Characteristic | None]()
    for characteristic in session.wanted:
        parts.append(characteristic)
        if characteristic == FACE and demanded:
            parts.append(None)
    return tuple(parts)


def decided_steps(session: VerificationSession, decision: Decision, language: Language) -> DecidedSteps:
    """The steps of a check that is decided: a tick where a part passed, a cross where it refuses, and of the others
    that they were captured."""
    names, _at = check_steps(session, language)
    by_part = {result.characteristic: result for result in decision.results}
    tones: dict[int, Tone] = {}
    for index, part in enumerate(_parts(session)):
        result = by_part.get(part or FACE)
        missed = part is None and (result is None or result.challenge is not ChallengeOutcome.PASSED)
        tones[index] = Tone.NEUTRAL if result is None or missed else row_tone(result)
        if tones[index] is Tone.INCONCLUSIVE:
            tones[index] = Tone.NEUTRAL
    failed = [names[index] for index, tone in tones.items() if tone is Tone.REJECTED]
    said = [language.text("{step}: did not pass", step=name) for name in failed]
    return DecidedSteps(names, tones, ". ".join((*said, names[-1])))


class CheckPage(Page):
    """One capture; the decision follows by itself as soon as nothing more is asked of the operator."""

    def __init__(
        self,
        workspace: Workspace,
        modality: Modality,
        decide: Callable[[VerificationSession], None],
        carry_on: Callable[[VerificationSession], None],
        back: Callable[[], None],
        otherwise: Callable[[], None],
        confirm: Callable[[VerificationSession], None],
    ) -> None:
        language, theme = workspace.language, workspace.theme
        super().__init__(
            theme, language, language.text("Verify"), language.text("Cancel the check"), language.text("Decide now")
        )
        self._decide, self._carry_on, self._back, self._confirm = decide, carry_on, back, confirm
        frames = facts_of(modality).stream is SampleStream.FRAMES
        full, enough = (
            language.text("It decides by itself once the ring is full."),
            language.text("It decides by itself once enough is captured."),
        )
        self._by_itself = full if frames else enough
        self._begun: BegunVerification | None = None
        self._session: VerificationSession | None = None
        spoken = facts_of(modality).stream is SampleStream.SOUND
        self.panel = VoicePanel(workspace) if spoken else CapturePanel(workspace, modality)
        self.header.addWidget(self.panel.sources)
        self.attest = Check(theme, language.text("I looked at the person and saw nothing artificial."))
        self.attest.toggled.connect(self._check)
        self.panel.attempts.hide()  # a check has one, which is shown with the decision
        self.steps = StepLine(theme)
        self.panel.acts.setDirection(QBoxLayout.Direction.TopToBottom)
        if self.footer is not None:
            self.footer.add(language.text("Choose how to check …"), otherwise)
        self.body.addWidget(self.panel, 1)
        self.body.addWidget(self.attest)
        self.panel.ended.connect(self._over)
        self.panel.advanced.connect(self._advanced)
        self.panel.restart_asked.connect(self.restart)
        self.panel.faulted.connect(self._check)

    @property
    def newest(self) -> VerificationSession | None:
        """The newest state of the attempt that is captured here; None where none is."""
        return self._session

    def begin(self, begun: BegunVerification, session: VerificationSession | None = None) -> None:
        """The attempt is counted; the capture starts. ``session`` is where another page has brought it."""
        self._begun, self._session = begun, session
        self.retitle(self.language.text("Checking {name}", name=begun.subject.name))
        self.show_person(self.language.text("No. {number}", number=begun.subject.number))
        self.attest.setChecked(False)
        self._ask_to_attest(asked=False)
        self.restart()

    def restart(self) -> None:
        """From the beginning, within the same attempt; only where nothing was compared yet."""
        begun = self._begun
        if begun is None or not self.isVisible():
            return
        session = begun.session if self._session is None else self._session
        if session.stage is VerificationStage.CAPTURE and session.next_wanted is not None:
            session = session.advance(events.CaptureStarted(session.next_wanted))
            self._session = session
            if session.decision is not None:  # what was shown before is a suspicion
                self._decide(session)
                return
            self._ask_to_attest(asked=False)
            self.panel.begin(session, begun.references)
            self._check()

    def leave(self) -> None:
        """The device is let go."""
        self.panel.stop()
        self._begun = self._session = None

    def go_on(self) -> None:
        """Decides by what was captured so far; accepts, where the operator was asked to look and has."""
        session = self._session
        if self.panel.running:
            self.panel.finish()
        elif session is not None and session.decision is None and self.attest.isChecked():
            self._conclude(session.advance(events.Attested()))

    def go_back(self) -> None:
        """The attempt is withdrawn."""
        self._back()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Space takes the best so far. Enter presses the button that has the focus, and without one ends no capture
        that goes on: a key that began the check and is pressed once more must cost no attempt."""
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if event.key() == Qt.Key.Key_Space:
            self.panel.take_best()
        elif enter and self.panel.running and not isinstance(QApplication.focusWidget(), QPushButton):
            event.accept()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Has what the check goes through above the title, or, on a low page, beside the picture."""
        super().resizeEvent(event)
        if self.height() >= LEAST_HEIGHT:
            self.put_above(self.steps)
        else:
            self.panel.acts.addWidget(self.steps)

    def _advanced(self, session: VerificationSession) -> None:
        self._session = session
        self._check()

    def _over(self, session: VerificationSession) -> None:
        """Decides, goes on to the next capture, or asks what is asked of an acceptance alone: whether the operator
        looked."""
        if session.capture is not None and session.decision is None:
            session = session.advance(events.CaptureKept())
        self._session = session
        if session.decision is not None:
            self._decide(session)
        elif session.next_wanted is not None:
            self._carry_on(session)
        elif session.lacks_attestation_alone:
            self._ask_to_attest(asked=True)
            self.attest.setFocus(Qt.FocusReason.OtherFocusReason)
            self._check()
        else:
            self._conclude(session)

    def _conclude(self, session: VerificationSession) -> None:
        """Decides; where nothing but a second person lacks, that one is asked first."""
        if session.lacks_confirmation_alone:
            self._session = session
            self._confirm(session)
        else:
            self._decide(session.advance(events.CapturesFinished()))

    def _ask_to_attest(self, *, asked: bool) -> None:
        """Whether the operator is asked if they looked: the primary button then confirms that, and decides no more."""
        self.attest.setVisible(asked)
        if self.footer is not None:
            text = self.language.text
            self.footer.primary.relabel(text("Confirm") if asked else text("Decide now"))

    def _show_steps(self, session: VerificationSession) -> None:
        names, at = check_steps(session, self.language)
        said = self.language.text("step {number} of {count}", number=at + 1, count=len(names))
        captured = dict.fromkeys(range(at), Tone.NEUTRAL)  # none is judged before the decision
        self.steps.show_steps(names, at, f"{said}: {names[min(at, len(names) - 1)]}", tones=captured)

    def _check(self) -> None:
        if self._session is not None:
            self._show_steps(self._session)
        if self.footer is not None:
            capture = None if self._session is None else self._session.capture
            gathered = self.panel.running and capture is not None and capture.best is not None
            asked = self.attest.isVisible()
            text = self.language.text
            why = text("Confirm that you looked.") if asked else self._by_itself
            self.footer.allow(gathered or (asked and self.attest.isChecked()), "" if self.panel.is_faulted else why)
            self.footer.primary.setHidden(self.panel.is_faulted)
