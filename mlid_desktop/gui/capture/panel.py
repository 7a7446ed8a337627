"""The capture panel that enrol, verify and identify share: the live picture, what to do, how good it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QSignalBlocker, QTimer, Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from mlid_desktop.domain.characteristics import Characteristic, Modality
from mlid_desktop.domain.errors import MlidError
from mlid_desktop.domain.modality_facts import SampleStream
from mlid_desktop.domain.provenance import SourceKind
from mlid_desktop.domain.samples import DeviceEvent, DeviceNotice, Image
from mlid_desktop.domain.templates import Reference
from mlid_desktop.gui.capture.challenge_presenter import (
    ChallengeScreen,
    add_challenge,
    challenge_screen,
    cue_for_step,
)
from mlid_desktop.gui.capture.challenge_widgets import ChallengeWishButtons
from mlid_desktop.gui.capture.chimes import cue_for_end, cue_for_hint
from mlid_desktop.gui.capture.finger_contact import touch_prompt
from mlid_desktop.gui.capture.gauges import AttemptStrip, CaptureFault, HintBanner, QualityBars
from mlid_desktop.gui.capture.live_capture import LiveCapture
from mlid_desktop.gui.capture.presenter import (
    CaptureScreen,
    attempt_chips,
    attempt_picture,
    capture_screen,
    picture_of,
    region_shares,
    waiting_screen,
)
from mlid_desktop.gui.capture.preview import Guide, Preview
from mlid_desktop.gui.capture.steady_hint import CaptureHint
from mlid_desktop.gui.page.fault_presenter import FaultScreen, fault_screen, no_device_screen
from mlid_desktop.gui.state.source_choices import SourceChoice, address_for, usable_for
from mlid_desktop.gui.state.workspace import Workspace
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.gui.widgets.controls import Choice
from mlid_desktop.gui.widgets.elements import column, frame, label, mark_subject_facing, row, widget_of
from mlid_desktop.gui.widgets.fitting_area import FittingArea
from mlid_desktop.station.capture.sound_output import SoundCue
from mlid_desktop.station.text.modality_terms import facts_of
from mlid_desktop.station.text.terms import FINGERS, characteristic_name
from mlid_desktop.workflow.attack_test.presentation import PresentationSession
from mlid_desktop.workflow.capture import CaptureState
from mlid_desktop.workflow.enrolment import EnrolmentSession
from mlid_desktop.workflow.events import Event
from mlid_desktop.workflow.identification import IdentificationSession
from mlid_desktop.workflow.verification import VerificationSession

CapturingSession = EnrolmentSession | VerificationSession | IdentificationSession | PresentationSession
SIDE_WIDTH, LEAST_SIDE_WIDTH = 440, 380
SOURCE_WIDTH = 220
LOOK_AGAIN_MS = 3000  # between looks for a device that is missing
MOST_BARS = 3  # at a time, the worst first


class CapturePanel(QWidget):
    """Runs one capture after another. ``ended`` carries the session whose capture is over, ``faulted`` tells that none
    can go on; ``pass_note`` is then said besides, and ``later_note``, which is what going on without means."""

    advanced = Signal(object)
    ended = Signal(object)
    restart_asked = Signal()
    faulted = Signal()

    def __init__(self, workspace: Workspace, modality: Modality, extra: QWidget | None = None) -> None:
        super().__init__()
        self._workspace, self._modality = workspace, modality
        theme, language = workspace.theme, workspace.language
        self.guide = Guide.FINGER if facts_of(modality).stream is SampleStream.TOUCHES else Guide.OVAL
        self.preview = Preview(theme, self.guide, mirror=self.guide is Guide.OVAL)
        self.preview.setAccessibleName(language.text("Live picture"))
        mark_subject_facing(self.preview)
        self.hint = HintBanner(theme, lines=2 if extra is None else 1)
        mark_subject_facing(self.hint, as_words=True)
        self.bars = QualityBars(theme, most=2 if extra is not None else MOST_BARS)
        self.attempts = AttemptStrip(theme, language, self._show_attempt)
        self.whose = label("", "strong")  # what bars and attempts are of, where nothing above them says it
        self._says_whose = extra is None
        self.whose.hide()
        self.note = label("", "muted", wrap=True)
        self.acts = row(spacing=theme.space("tight"))  # on what was captured, below it
        self.wishes = ChallengeWishButtons(theme, language, self._tell)
        self._asked: ChallengeScreen | None = None
        self.sources = Choice(theme)
        self.sources.setAccessibleName(language.text("Source"))
        self.sources.setMinimumWidth(SOURCE_WIDTH)
        self.sources.setSizeAdjustPolicy(Choice.SizeAdjustPolicy.AdjustToContents)
        self.sources.activated.connect(self._choose_source)
        self.empty = CaptureFault(workspace)
        self.pass_note = self.later_note = ""
        self._hint = CaptureHint()
        self._mixed_up = False  # another finger was given, and that is said until a touch
        self._live: LiveCapture[CapturingSession] | None = None
        self._session: CapturingSession | None = None
        self._kept: CaptureState | None = None
        self._characteristic: Characteristic | None = None
        self._stack = QStackedWidget()
        self._build(extra)
        self._looking = QTimer(self)
        self._looking.setInterval(LOOK_AGAIN_MS)
        self._looking.timeout.connect(self._look_again)
        workspace.sources_changed.connect(self._follow_sources)

    @property
    def running(self) -> bool:
        """Whether a capture is going on."""
        return self._live is not None

    @property
    def is_faulted(self) -> bool:
        """Whether the panel shows, in place of a capture, why there can be none."""
        return self._stack.currentIndex() == 1

    def begin(self, session: CapturingSession, references: Sequence[Reference] = ()) -> None:
        """Starts the capture that the session waits for."""
        self.stop()
        characteristic = session.capturing
        if characteristic is None:
            raise ValueError("the session is not capturing")
        self._session, self._characteristic = session, characteristic
        self._hint = CaptureHint()
        self._mixed_up = False
        self._name(characteristic)
        self.preview.show_frame(None)
        self._list_sources()
        self._show(None)
        self.attempts.show_chips((), 0 if session.capture is None else session.capture.plan.takes)
        source = self._workspace.source(self._modality)
        fault = self._workspace.engine_faults.get(self._modality)
        if fault is not None:
            self.failed(fault)
        elif source is None:
            self._show_fault(no_device_screen(self._modality, self._workspace.language, demo=self._demo))
        else:
            self._show_live()
            words = self._workspace.language.text("Opening {source} …", source=source.name)
            self.preview.show_waiting(words, opening=True)
            self._live = self._new_run()
            self._live.start(session, address_for(source, characteristic), self._modality, references)

    def _new_run(self) -> LiveCapture[CapturingSession]:
        """The run that drives the next capture."""
        return LiveCapture(self._workspace, self)

    def _stage(self) -> QWidget:
        """The widget beside the card: the live picture."""
        return self.preview

    def invite(self, prompt: str, why: str, characteristic: Characteristic, tone: Tone = Tone.ACCENT) -> None:
        """Says what will be captured, before anything starts, or in another ``tone`` that nothing has to be."""
        self.stop()
        self._session, self._kept, self._characteristic = None, None, characteristic
        language = self._workspace.language
        screen = replace(waiting_screen(characteristic, language), prompt=prompt, why=why, tone=tone)
        self._name(characteristic)
        self.preview.show_frame(None)
        self.preview.show_waiting(prompt)
        self.show_screen(screen)
        self._list_sources()
        if self._workspace.source(self._modality) is None:
            self._show_fault(no_device_screen(self._modality, language, demo=self._demo))
        else:
            self._show_live()

    def _name(self, characteristic: Characteristic) -> None:
        """Says which finger the picture, the bars and the attempts are of."""
        if characteristic.position is not None:
            text = self._workspace.language.text
            self.preview.show_title(text(FINGERS[characteristic.position]))
            self.whose.setText(characteristic_name(characteristic, self._workspace.language))

    def stop(self) -> None:
        """Ends the capture and forgets it."""
        self._looking.stop()
        self.preview.opening.hide()
        if self._live is not None:
            self._live.abandon()
            self._live = None

    def finish(self) -> None:
        """Ends the capture; what was gathered is judged."""
        if self._live is not None:
            self._live.stop()

    def take_best(self) -> None:
        """Takes the best frame so far (Space)."""
        if self._live is not None:
            self._live.take_best()

    def _tell(self, wish: Event) -> None:
        """A wish of the person before the camera."""
        if self._live is not None:
            self._live.tell(wish)

    def frame(self, image: Image) -> None:
        """Shows a picture that came."""
        self.preview.show_live(image)

    def advanced_to(self, session: CapturingSession) -> None:
        """Shows the newest state of the session."""
        self._session = session
        self._show(session.capture)
        self.advanced.emit(session)

    def noticed(self, notice: DeviceNotice) -> None:
        """Shows a notice of the device: it went or is back; a reader waits for a finger, feels one, or was given
        another."""
        capture = None if self._session is None else self._session.capture
        words = touch_prompt(notice, self._characteristic, capture, self._workspace.language)
        mixed_up, self._mixed_up = self._mixed_up, notice.event is DeviceEvent.WRONG_FINGER
        if mixed_up and notice.event is DeviceEvent.FINGER_WANTED:  # the reader asks at once; the card must be read
            self._mixed_up = True
            return
        if words is None:
            return
        self.hint.say(words.prompt, words.why, words.tone)
        if notice.event is DeviceEvent.LOST:
            self.preview.show_frame(None)
        if words.waiting:
            self.preview.show_waiting(words.waiting)

    def over(self, session: CapturingSession) -> None:
        """Shows how the capture ended by itself."""
        self._live = None
        self.advanced_to(session)
        self._chime(cue_for_end(self._modality, session.capture))
        best = None if session.capture is None else session.capture.best
        if best is not None:
            self.preview.show_frame(picture_of(best.observation))
            over = Guide.FINGER if self.guide is Guide.FINGER else Guide.NONE
            self.preview.show_guide(over, 1.0, Tone.ACCEPTED, following=True)
            self.attempts.choose(session.capture.best_index or 0) if session.capture else None
        self.ended.emit(session)

    def failed(self, fault: MlidError) -> None:
        """Shows that the source or the model cannot deliver, and what to do."""
        self._live = None
        self._chime(cue_for_end(self._modality, None))
        self._show_fault(fault_screen(fault, self._modality, self._workspace.language, demo=self._demo))

    def show_screen(self, screen: CaptureScreen) -> None:
        """Shows everything beside the picture."""
        self.hint.say(screen.prompt, screen.why, screen.tone)
        self.bars.show_bars(screen.bars)
        self.whose.setVisible(self._says_whose and bool(screen.bars) and bool(self.whose.text()))
        self.attempts.show_chips(screen.chips, screen.wanted)
        self.attempts.set_reviewable(reviewable=not self.running)
        self.note.setText(screen.note)
        self.note.setVisible(bool(screen.note))
        self.preview.show_screen(self.guide, screen)

    @property
    def _demo(self) -> bool:
        return self._workspace.unlocked.demo

    def _chime(self, chime: SoundCue | None) -> None:
        if chime is not None:
            self._workspace.station.chimes.play(chime)

    def _show(self, capture: CaptureState | None) -> None:
        if self._session is None or self._characteristic is None:
            return
        asked = challenge_screen(capture, self._workspace.language)
        now, before = self._workspace.station.clock.monotonic(), self._hint.shown
        stands = facts_of(self._modality).stream is SampleStream.FRAMES  # a voice stands nowhere
        face = None if capture is None or capture.latest is None else region_shares(capture.latest)
        self._hint.follow(capture, now, face, asks=asked is None, stands=stands)
        held, told_of = self._hint.shown, self._hint.quality_of(capture)
        self._chime(cue_for_hint(self._modality, before, held))
        circumstances, language = self._session.circumstances, self._workspace.language
        screen = capture_screen(self._characteristic, capture, circumstances, language, held, told_of)
        self.show_screen(screen if asked is None else add_challenge(screen, asked))
        self._chime(cue_for_step(self._asked, asked))
        self._asked = asked
        self.wishes.show_screen(asked)
        self.preview.show_sign(None if asked is None else asked.sign)

    def review_kept(self, capture: CaptureState) -> None:
        """Shows the attempts of a capture that is kept, to be looked at or heard."""
        self._kept = capture
        self.attempts.show_chips(attempt_chips(capture, self._workspace.language))
        self.attempts.set_reviewable(reviewable=True)

    @property
    def _reviewed(self) -> CaptureState | None:
        """The capture whose attempts are shown."""
        return self._kept if self._session is None else self._session.capture

    def _show_attempt(self, index: int) -> None:
        """Shows an attempt for review, in place of the live picture, once the capture is over."""
        capture = self._reviewed
        if self.running or capture is None or index >= len(capture.takes):
            return
        shown = attempt_picture(index, capture.takes[index], self._workspace.language)
        self.preview.show_frame(shown.picture)
        self.note.setText(" · ".join((shown.title, *shown.lines)))
        self.note.show()

    def _show_fault(self, screen: FaultScreen) -> None:
        again = partial(self._workspace.refresh_sources, self.restart_asked.emit)
        self.empty.show_fault(screen, self.pass_note, again, self._use_simulated, self.later_note)
        self._stack.setCurrentIndex(1)
        self._side.hide()
        self._list_sources()
        if screen.looks_again:
            self._looking.start()
        self.faulted.emit()

    def _show_live(self) -> None:
        self._stack.setCurrentIndex(0)
        self._side.show()

    def _look_again(self) -> None:
        """Looks for the device that is missing, as long as it is waited for."""
        if self.isVisible() and self.is_faulted and self._workspace.is_open:
            self._workspace.refresh_sources()
        else:
            self._looking.stop()

    def _follow_sources(self) -> None:
        """Lists the sources; where one was waited for that is there now, it is used at once."""
        waited = self._looking.isActive() and self.isVisible() and self.is_faulted and self._workspace.is_open
        self._list_sources()
        if waited and self._workspace.can_capture(self._modality):
            self._looking.stop()
            self.restart_asked.emit()

    def _use_simulated(self) -> None:
        fitting = usable_for(self._workspace.unlocked.choices, self._modality)
        simulated = next((choice for choice in fitting if choice.kind is SourceKind.SIMULATED), None)
        if simulated is not None:
            self._workspace.choose_source(simulated)
            self.restart_asked.emit()

    def _choose_source(self, index: int) -> None:
        choice = self.sources.itemData(index)
        if isinstance(choice, SourceChoice):
            self._workspace.choose_source(choice)
            self.restart_asked.emit()

    def _list_sources(self) -> None:
        if not self._workspace.is_open:
            return
        fitting = usable_for(self._workspace.unlocked.choices, self._modality)
        current = self._workspace.source(self._modality)
        with QSignalBlocker(self.sources):
            self.sources.clear()
            for choice in fitting:
                self.sources.addItem(choice.name, choice)
            if current is not None:
                self.sources.setCurrentIndex(fitting.index(current))
        self.sources.setVisible(len(fitting) > 1 and self.sources.parentWidget() is not None)  # alone it is a window

    def _build(self, extra: QWidget | None) -> None:
        theme = self._workspace.theme
        base = theme.space("base")
        side = self._side = frame("card")
        side.setMinimumWidth(LEAST_SIDE_WIDTH)
        side.setMaximumWidth(SIDE_WIDTH)
        spacing = theme.space("snug" if extra is None else "tight")
        parts = column(self.hint, spacing=spacing, margins=(20, 16, 20, 8))
        parts.addWidget(self.wishes)
        if extra is not None:
            parts.addWidget(extra)
            self.attempts.caption = self._workspace.language.text("Attempts")
        parts.addWidget(self.whose)
        parts.addWidget(self.bars)
        parts.addStretch(1)
        parts.addLayout(column(self.attempts, self.note, spacing=theme.space("tight")))
        parts.addLayout(self.acts)  # by itself: a row without anything in it lets nothing beside it be wide
        # Scrolled where the window is small, so that the whole picture is shown beside it.
        side.setLayout(column(FittingArea(widget_of(parts)), margins=(0, 4, 0, 4)))
        live = QWidget()
        live.setLayout(column(self._stage()))
        self._stack.addWidget(live)
        nothing = frame("card")
        nothing.setLayout(column(self.empty))
        self._stack.addWidget(nothing)
        layout = row(spacing=base)
        layout.addWidget(self._stack, 1)
        layout.addWidget(side, 1)
        self.setLayout(layout)
