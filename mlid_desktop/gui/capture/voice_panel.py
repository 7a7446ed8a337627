"""The capture panel of a voice: the digit to say, the meter, the waveform; the best take can be heard again."""

from __future__ import annotations

import numpy as np
from PySide6.QtWidgets import QWidget

from mlid_desktop.domain.characteristics import VOICE, Characteristic, Modality
from mlid_desktop.domain.errors import DeviceError
from mlid_desktop.domain.samples import DeviceEvent, DeviceNotice, SoundSample
from mlid_desktop.gui.capture.live_capture import LiveCapture
from mlid_desktop.gui.capture.live_voice import LiveVoice
from mlid_desktop.gui.capture.panel import CapturePanel, CapturingSession
from mlid_desktop.gui.capture.presenter import CaptureScreen
from mlid_desktop.gui.capture.voice_presenter import (
    LevelWatch,
    level_screen,
    peaks_of,
    prompt_screen,
    said_screen,
    zone_of,
)
from mlid_desktop.gui.capture.voice_widgets import LevelMeter, PromptCard, Waveform
from mlid_desktop.gui.state.workspace import Workspace
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.gui.widgets.controls import Button
from mlid_desktop.gui.widgets.elements import Icon, column, frame, label, mark_subject_facing, row, widget_of
from mlid_desktop.station.capture.prompted_takes import SILENCE_DBFS, block_level
from mlid_desktop.station.capture.sound_output import Playback, play
from mlid_desktop.workflow.capture import CaptureState
from mlid_desktop.workflow.challenge import PromptedTake


class VoicePanel(CapturePanel):
    """Runs captures of a voice as :class:`CapturePanel` runs those with pictures, with sound in their place."""

    def __init__(self, workspace: Workspace) -> None:
        theme, language = workspace.theme, workspace.language
        self.card = PromptCard(theme)
        mark_subject_facing(self.card)
        self.meter = LevelMeter(theme)
        self.meter.show_level(level_screen(SILENCE_DBFS, SILENCE_DBFS, language))
        self.wave = Waveform(theme)
        self.wave.setAccessibleName(language.text("Waveform"))
        self.play_button = Button(theme, language.text("Play (P)"), "plain", "play").on(self.toggle_playback)
        self.play_button.hide()
        super().__init__(workspace, Modality.VOICE)
        self.attempts.side = theme.space("control")
        self.attempts.are_rounds = True
        supports = language.text("A voice only supports a check: alone it never decides one.")
        said = row(Icon(theme, "info", "muted", theme.space("base")), spacing=theme.space("tight"))
        said.addWidget(label(supports, "muted", wrap=True), 1)
        self._supports = widget_of(said)  # until there is something to hear
        self.acts.addLayout(column(row(self.play_button, 1), self._supports))
        self._room = SILENCE_DBFS
        self._prompt: tuple[int, ...] = ()
        self._last: PromptedTake | None = None  # of the round that was asked last
        self._is_ahead = False  # a round has begun while the one before is looked at
        self._playback: Playback | None = None
        self._watch = LevelWatch()

    def begin(self, session: CapturingSession, references: object = ()) -> None:
        """Starts the capture that the session waits for."""
        self.silence()
        self._offer_playback(offered=False)
        self._show_gauges(shown=True)
        self.wave.clear()
        self._room, self._prompt, self._is_ahead, self._last = SILENCE_DBFS, (), False, None
        super().begin(session, references)  # type: ignore[arg-type]  # handed through as it came
        if self.running:
            self.card.show_waiting(self._workspace.language.text("The microphone is being opened …"), opening=True)

    def invite(self, prompt: str, why: str, characteristic: Characteristic = VOICE, tone: Tone = Tone.ACCENT) -> None:
        """Says what will be asked, before anything starts."""
        super().invite(prompt, why, characteristic, tone)
        self._show_gauges(shown=True)
        self.meter.show_level(level_screen(SILENCE_DBFS, SILENCE_DBFS, self._workspace.language))
        self.card.show_waiting(
            self._workspace.language.text(
                "First everybody is quiet for a moment; then the digits appear here, one by one."
            ),
            icon="mic",
        )

    def invite_to_nothing(self, prompt: str, why: str) -> None:
        """Says that no voice is captured and why: nothing is measured then."""
        self.invite(prompt, why, tone=Tone.NEUTRAL)
        self.card.show_waiting(self._workspace.language.text("No voice is captured."), icon="quiet")
        self._show_gauges(shown=False)

    def _show_gauges(self, *, shown: bool) -> None:
        for part in (self.wave, self.meter, self.attempts):
            part.setVisible(shown)

    def show_screen(self, screen: CaptureScreen) -> None:
        """Shows everything beside the sound, and what kind of source it comes from."""
        super().show_screen(screen)
        if screen.source:
            self.note.setText(" · ".join(filter(None, (screen.source, screen.note))))
            self.note.show()

    def stop(self) -> None:
        """Ends the capture, and what is being played."""
        self.silence()
        self.card.opening.hide()
        super().stop()

    def heard(self, sample: SoundSample) -> None:
        """Shows the level and the curve of the newest block of sound."""
        level, now = block_level(sample.block), self._workspace.station.clock.monotonic()
        asks = self.running and self._last is not None and self._last.digit is not None
        advised = self._watch.heard(zone_of(level, self._room), now, asks=asks)
        self.meter.show_level(level_screen(level, self._room, self._workspace.language, advised))
        self.wave.feed(peaks_of(sample.block.tolist()), 10 ** (self._room / 20))

    def asked(self, take: PromptedTake) -> None:
        """Shows the newest state of the prompted take."""
        if self._prompt not in ((), take.prompt):
            self._is_ahead = True
        self._room, self._prompt, self._last = take.room, take.prompt, take
        capture = None if self._session is None else self._session.capture
        done, wanted = (0, 1) if capture is None else (len(capture.takes), capture.plan.takes)
        self.card.show_screen(prompt_screen(take, done + self._is_ahead, wanted, self._workspace.language))

    def advanced_to(self, session: CapturingSession) -> None:
        """Shows the newest state of the session: a round was looked at."""
        if not self._is_ahead:
            self._prompt = ()  # the next one shown is of a round that begins
        self._is_ahead = False
        super().advanced_to(session)

    def watched_by_camera(self, *, watched: bool) -> None:
        """Says that the camera is on meanwhile, and what for."""
        text = self._workspace.language.text
        self.note.setText(text("The camera watches the mouth while the digits are said.") if watched else "")
        self.note.setVisible(watched)

    def noticed(self, notice: DeviceNotice) -> None:
        """Shows that the microphone went, or is back: the takes so far stay."""
        super().noticed(notice)
        if notice.event is DeviceEvent.LOST:
            self._prompt = ()
            self.card.show_waiting(self._workspace.language.text("Disconnected"))

    def over(self, session: CapturingSession) -> None:
        """Shows how the capture ended by itself."""
        super().over(session)
        self.meter.show_level(level_screen(SILENCE_DBFS, SILENCE_DBFS, self._workspace.language))
        text = self._workspace.language.text
        usable = session.capture is not None and session.capture.best is not None
        if usable and self._last is not None:
            wanted = 1 if session.capture is None else session.capture.plan.takes
            self.card.show_screen(said_screen(self._last, wanted, self._workspace.language))
        else:
            self.card.show_waiting(text("Thank you") if usable else text("Nothing usable was heard"))
        self._offer_playback(offered=usable)

    def _offer_playback(self, *, offered: bool) -> None:
        self.play_button.setVisible(offered)
        self._supports.setHidden(offered)

    def toggle_playback(self) -> None:
        """Plays the chosen attempt, or stops playing it."""
        if self._playback is not None:
            self.silence()
            return
        sample = self._chosen_sample()
        if sample is None or self.running:
            return
        language, bridge = self._workspace.language, self._workspace.bridge
        self.play_button.relabel(language.text("Stop (P)"))

        def over(fault: DeviceError | None) -> None:
            bridge.post(lambda: self._played(fault))

        try:
            self._playback = play(np.asarray(sample.block), sample.rate, over)
        except DeviceError as fault:
            self._played(fault)

    def silence(self) -> None:
        """Stops the playback."""
        playback, self._playback = self._playback, None
        if playback is not None:
            playback.stop()
            self.play_button.relabel(self._workspace.language.text("Play (P)"))

    def _played(self, fault: DeviceError | None) -> None:
        self._playback = None
        language = self._workspace.language
        self.play_button.relabel(language.text("Play (P)"))
        if fault is not None:
            self.hint.say(
                language.text("No loudspeaker"),
                language.text("The sound cannot be played on this machine."),
                Tone.INCONCLUSIVE,
            )

    def review_kept(self, capture: CaptureState) -> None:
        """Shows the takes that are kept, to be heard."""
        super().review_kept(capture)
        self._offer_playback(offered=self._chosen_sample() is not None)

    def _chosen_sample(self) -> SoundSample | None:
        capture = self._reviewed
        if capture is None or not capture.takes:
            return None
        index = self.attempts.chosen if self.attempts.chosen is not None else capture.best_index or 0
        sample = capture.takes[min(index, len(capture.takes) - 1)].observation.sample
        return sample if isinstance(sample, SoundSample) else None

    def _new_run(self) -> LiveCapture[CapturingSession]:
        return LiveVoice(self._workspace, self)

    def _stage(self) -> QWidget:
        stage = frame("card")
        space = self._workspace.theme.space
        layout = column(spacing=space("snug"), margins=(space("wide"), space("hair"), space("wide"), space("snug")))
        layout.addWidget(self.card, 1)
        layout.addWidget(self.wave)
        layout.addWidget(self.meter)
        stage.setLayout(layout)
        self.preview.setParent(stage)
        self.preview.hide()
        return stage
