"""Tries one device out: its picture or its level, what was measured, and how the test stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QWidget

from mlid_desktop.domain.errors import MlidError
from mlid_desktop.domain.modality_facts import SampleStream
from mlid_desktop.domain.samples import DeviceEvent, DeviceNotice, Image
from mlid_desktop.gui.capture.finger_contact import touch_prompt
from mlid_desktop.gui.capture.preview import Guide, Preview
from mlid_desktop.gui.capture.preview_feed import PreviewFeed
from mlid_desktop.gui.capture.voice_presenter import level_screen
from mlid_desktop.gui.capture.voice_widgets import LevelMeter
from mlid_desktop.gui.device_setup.check_presenter import check_rows
from mlid_desktop.gui.device_setup.check_rows import CheckRowList
from mlid_desktop.gui.device_setup.trial_presenter import (
    RUNNING,
    Trial,
    TrialPhase,
    TrialScreen,
    as_tested,
    awaits_rate,
    trial_screen,
    wants_mending,
)
from mlid_desktop.gui.page.fault_presenter import fault_text
from mlid_desktop.gui.state.source_choices import SourceChoice
from mlid_desktop.gui.state.workspace import Workspace
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.gui.widgets.elements import Notice, column, label
from mlid_desktop.station.capture.device_check import CheckFinding, CheckKind, DeviceCheck
from mlid_desktop.station.text.modality_terms import facts_of, terms_of

GLANCE_MS = 250  # how often what is measured is put into words
LEAST_PICTURE = 320, 180  # pixels


class DeviceTrial(QWidget):
    """Opens the device that is chosen, shows what it delivers and measures it; nothing is kept or compared. ``changed``
    tells that the test stands otherwise, ``passed`` that the device was seen to work."""

    changed = Signal()
    passed = Signal()

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        theme, self._language = workspace.theme, workspace.language
        self._workspace = workspace
        self._state = Trial()
        self._chosen: SourceChoice | None = None
        self._feed: PreviewFeed | None = None
        self._measured = DeviceCheck()
        self.preview = Preview(theme, Guide.NONE)
        self.preview.setMinimumSize(*LEAST_PICTURE)  # beside the steps of a guide there is room for no more
        self.preview.setAccessibleName(self._language.text("Live picture"))
        self.caption = label("", "muted", wrap=True)
        self.meter = LevelMeter(theme)
        self.findings = CheckRowList(theme)
        self.said = Notice(theme)
        self._glance = QTimer(self)
        self._glance.setInterval(GLANCE_MS)
        self._glance.timeout.connect(self._judge)
        parts = column(self.preview, self.caption, self.meter, self.findings, self.said, spacing=theme.space("tight"))
        parts.setStretch(0, 1)
        self.setLayout(parts)
        self.close_device()

    @property
    def chosen(self) -> SourceChoice | None:
        """The source that is tried, or was; None where none was chosen."""
        return self._chosen

    @property
    def phase(self) -> TrialPhase:
        """How far the test is."""
        return self._state.phase

    @property
    def shown(self) -> TrialScreen:
        """What is shown of the test."""
        return trial_screen(self._state, self._language)

    def begin(self, choice: SourceChoice, *, used: bool) -> None:
        """Opens a source and tests it."""
        self._stop()
        self._chosen, self._measured = choice, DeviceCheck()
        stream = facts_of(choice.modality).stream
        self._state = Trial(TrialPhase.OPENING, choice.name, stream, used)
        self.preview.show_frame(None)
        guide = Guide.FINGER if stream is SampleStream.TOUCHES else Guide.NONE
        self.preview.show_guide(guide, 0.0, Tone.NEUTRAL, following=False)
        self.meter.setVisible(stream is SampleStream.SOUND)
        self._feed = PreviewFeed(
            self._workspace, self._frame, self._failed, self._noticed, self._measured.take, self._ended, self._opened
        )
        self._feed.start(choice.address, choice.modality)
        self._glance.start()
        self._show()

    def stop_test(self) -> None:
        """Closes the device before its test is over."""
        self._stop()
        self.preview.show_frame(None)
        self.meter.hide()
        self._become(replace(self._state, phase=TrialPhase.STOPPED, pictured=False, prompt=""))

    def close_device(self) -> None:
        """Closes the device; nothing of it stays on the screen."""
        self._stop()
        self._chosen, self._state = None, Trial()
        self.preview.show_frame(None)
        self.meter.hide()
        self._show()

    def note_use(self, *, used: bool) -> None:
        """Notes whether the source that is tried is the one in use."""
        if used is not self._state.used:
            self._state = replace(self._state, used=used)
            self._show()

    def _opened(self) -> None:
        """A reader that is open waits for a finger; what sees or hears is tested once there is something of it."""
        if self._state.stream is SampleStream.TOUCHES and self.phase is TrialPhase.OPENING:
            self._become(replace(self._state, phase=TrialPhase.TESTING))

    def _frame(self, image: Image) -> None:
        is_first = not self.preview.has_picture
        self.preview.show_frame(image)
        if is_first:
            phase = TrialPhase.TESTING if self.phase is TrialPhase.OPENING else self.phase
            self._become(replace(self._state, phase=phase, pictured=True))

    def _ended(self) -> None:
        """The source delivers no more: the picture that stands is the last one, and that is said."""
        self._glance.stop()
        self._become(replace(self._state, over=True))
        self._judge()
        if self.phase in RUNNING:
            self._become(replace(self._state, phase=TrialPhase.ENDED))

    def _noticed(self, notice: DeviceNotice) -> None:
        """Shows what a device asks for: one that went, is back, waits for a finger or feels one."""
        words = touch_prompt(notice, None, None, self._language)
        if words is None:
            return
        prompt = f"{words.prompt}. {words.why}"
        if notice.event is DeviceEvent.LOST:
            self.preview.show_frame(None)
            self._become(replace(self._state, phase=TrialPhase.LOST, pictured=False, prompt=prompt))
        elif self.phase in RUNNING:
            self._become(replace(self._state, phase=TrialPhase.TESTING, prompt=prompt))

    def _failed(self, fault: MlidError) -> None:
        self._glance.stop()
        self.preview.show_frame(None)
        self.meter.hide()
        self._become(
            replace(self._state, phase=TrialPhase.FAILED, pictured=False, fault=fault_text(fault, self._language))
        )

    def _judge(self) -> None:
        """Shows the findings on the device as they are now, and how the test stands by them."""
        findings = self._measured.findings()
        self._show_findings(findings)
        heard = {finding.tried: finding.value for finding in findings}
        if CheckKind.LEVEL in heard:
            self.meter.show_level(level_screen(heard[CheckKind.LEVEL], heard[CheckKind.ROOM], self._language))
        if not findings or self.phase is TrialPhase.LOST or self.phase not in RUNNING:
            return
        if self._measured.passed() and (self._state.over or not awaits_rate(findings)):
            self._become(replace(self._state, phase=TrialPhase.TESTED))
            self._show_findings(findings)
            self.passed.emit()
        else:
            self._become(
                replace(self._state, phase=TrialPhase.WANTING if wants_mending(findings) else TrialPhase.TESTING)
            )

    def _show_findings(self, findings: Sequence[CheckFinding]) -> None:
        """Shows what is measured; what waits again, as a level between two words, stays as it was measured last, and
        nothing waits once the device is tested."""
        if self.phase is TrialPhase.TESTED:
            findings = as_tested(findings)
        before = {row.name: row for row in self.findings.rows}
        rows = check_rows(tuple(findings), self._language)
        self.findings.show_rows(tuple(before.get(row.name, row) if row.waits else row for row in rows))

    def _become(self, after: Trial) -> None:
        """Stands otherwise from now on; nothing is said anew where nothing is other."""
        if after != self._state:
            self._state = after
            self._show()

    def _show(self) -> None:
        screen = self.shown
        icon = "" if self._chosen is None else terms_of(self._chosen.modality).icon
        self.preview.show_waiting(screen.waiting, opening=screen.opening, icon=icon)
        self.caption.setText(screen.caption)
        self.said.say(screen.said, screen.tone)
        self.changed.emit()

    def _stop(self) -> None:
        self._glance.stop()
        self.findings.show_rows(())
        if self._feed is not None:
            self._feed.stop()
            self._feed = None
