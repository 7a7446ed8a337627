"""The Devices page: what is connected, which source is used, a preview, and whether it counts as live."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QButtonGroup, QLabel, QLineEdit, QWidget

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.errors import MlidError
from mlid_desktop.domain.modality_facts import SampleStream
from mlid_desktop.domain.provenance import SourceKind
from mlid_desktop.domain.roles import Act, may
from mlid_desktop.domain.samples import DeviceEvent, DeviceNotice, Image
from mlid_desktop.gui.capture.finger_contact import touch_prompt
from mlid_desktop.gui.capture.preview import Guide, Preview
from mlid_desktop.gui.capture.preview_feed import PreviewFeed
from mlid_desktop.gui.capture.voice_presenter import level_screen
from mlid_desktop.gui.capture.voice_widgets import LevelMeter
from mlid_desktop.gui.device_setup.check_presenter import check_rows
from mlid_desktop.gui.device_setup.check_rows import CheckRowList
from mlid_desktop.gui.device_setup.device_tabs import DeviceTabs
from mlid_desktop.gui.device_setup.trust_page import TrustPage
from mlid_desktop.gui.page.device_status import DEVICES
from mlid_desktop.gui.page.fault_presenter import fault_text
from mlid_desktop.gui.page.page import Page
from mlid_desktop.gui.page.second_person import Confirm, ask_second_person, with_second
from mlid_desktop.gui.state.source_choices import SourceChoice, choices_for
from mlid_desktop.gui.state.workspace import Workspace
from mlid_desktop.gui.theme.style import Theme
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.gui.widgets.controls import Button, Check, ElidedLabel
from mlid_desktop.gui.widgets.elements import Icon, Notice, clear, column, label, row, tag
from mlid_desktop.gui.widgets.file_dialogs import FileDialogs, FileKind
from mlid_desktop.station.capture.device_check import CheckKind, DeviceCheck
from mlid_desktop.station.capture.sound_output import SoundCue
from mlid_desktop.station.text.language import Language
from mlid_desktop.station.text.modality_terms import facts_of, terms_of

LIST_WIDTH, LEAST_LIST_WIDTH = 480, 440
STILLS = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp", ".wsq", ".fmr", ".fir"})
PICTURE_FILES = "*.mp4 *.avi *.mkv *.mov *.webm *.png *.jpg *.jpeg *.bmp *.tif *.tiff *.webp *.wsq *.fir"
SOUND_FILES = "*.wav *.flac *.ogg *.mp3 *.m4a"
GLANCE_MS = 250  # how often what is measured is put into words


class SourceButton(Button):
    """One source in the list of the Devices page, with what is ``noted`` of it unless that is said of all."""

    def __init__(self, theme: Theme, choice: SourceChoice, used: str, *, noted: bool = True) -> None:
        super().__init__(theme, "", "row")
        tag(self, compact="" if noted else "true")
        self.choice = choice
        self.setCheckable(True)
        self.setAccessibleName(", ".join(part for part in (choice.name, used, choice.note) if part))
        self.setEnabled(choice.usable)
        self.setToolTip("" if choice.usable else choice.note)
        note = ElidedLabel(choice.note, "muted") if choice.usable else label(choice.note, "muted", wrap=True)
        top = row(spacing=8)
        top.addWidget(ElidedLabel(choice.name, "strong"), 1)
        if used:
            mark = label(used, "muted")
            tag(mark, tone=Tone.ACCEPTED.value)
            top.addWidget(mark)
        layout = row(Icon(theme, DEVICES[choice.modality][0], "muted", 24), spacing=12, margins=(12, 6, 12, 6))
        layout.addLayout(column(top, note, spacing=2), 1)
        note.setVisible(noted)
        self.setLayout(layout)
        for part in self.findChildren(QLabel):
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)


class AddressField(QWidget):
    """A field that adds a stream or a file by its address."""

    def __init__(
        self,
        theme: Theme,
        language: Language,
        modality: Modality,
        added: Callable[[str], None],
        choose: Callable[[], str],
    ) -> None:
        super().__init__()
        self._added, self._ask_for_file = added, choose
        self.field = QLineEdit()
        self.field.setPlaceholderText(terms_of(modality).addresses)
        self.field.setAccessibleName(language.text("Address of a stream or file"))
        self.field.returnPressed.connect(self._add)
        caption = label(language.text("Address of a stream or file"), "strong")
        caption.setBuddy(self.field)
        line = row(spacing=theme.space("tight"))
        line.addWidget(self.field, 1)
        line.addWidget(Button(theme, language.text("Add"), "plain").on(self._add))
        self.choose = Button(theme, language.text("File …"), "plain", "folder").on(self._choose)
        line.addWidget(self.choose)
        self.setLayout(column(caption, line, spacing=theme.space("hair")))

    def _choose(self) -> None:
        chosen = self._ask_for_file()
        if chosen:
            self.field.setText(chosen)
            self._add()

    def _add(self) -> None:
        self.field.selectAll()
        if self.field.text().strip():
            self._added(self.field.text())


class DevicesPage(Page):
    """The Devices page: choosing a source shows its picture; the primary action puts it to use."""

    def __init__(self, workspace: Workspace) -> None:
        language, theme = workspace.language, workspace.theme
        super().__init__(
            theme, language, language.text("Devices"), language.text("Look again"), language.text("Use this source")
        )
        self._workspace = workspace
        self._chosen: SourceChoice | None = None
        self._listed: object = None
        self._feed: PreviewFeed | None = None
        self._group = QButtonGroup(self)
        self._lists = {modality: column(spacing=theme.space("tight")) for modality in DEVICES}
        self.tabs = DeviceTabs(theme, language)
        self.fields: dict[Modality, AddressField] = {}
        self.preview = Preview(theme, Guide.NONE)
        self.preview.setAccessibleName(language.text("Live picture"))
        self.caption = label("", "muted", wrap=True)
        dialogs = FileDialogs(self, workspace.station)
        self.choose_file: Callable[[str, str], str] = partial(dialogs.open, FileKind.SOURCE)
        self.trial = CheckRowList(theme)
        self.meter = LevelMeter(theme)
        self.meter.hide()
        self._tried = DeviceCheck()
        self._glance = QTimer(self)
        self._glance.setInterval(GLANCE_MS)
        self._glance.timeout.connect(self._judge)
        self.notice = Notice(theme)
        self.register = Button(theme, language.text("Register for this desk"), "plain", "lock").on(self._register)
        self.forget = Button(theme, language.text("Take off the list"), "plain").on(self._forget)
        self.certificates = Button(theme, language.text("Certificates …"), "plain").on(self._show_certificates)
        self.parts = row(spacing=theme.space("wide"))
        self.sounds = Check(theme, language.text("Sounds beside the hints"))
        self.sounds.setChecked(workspace.station.chimes.on)
        self.sounds.toggled.connect(self._turn_sounds)
        self.header.addWidget(self.sounds)
        if self.footer is not None:
            self._look = self.footer.back
        self._build()
        workspace.sources_changed.connect(self._follow)

    def enter(self) -> None:
        """Shows the page with what is connected now."""
        self.refresh()
        self._workspace.refresh_sources()
        super().enter()

    def leave(self) -> None:
        """Ends the preview and closes the device; nothing of it stays on the screen."""
        self._stop()
        self._chosen, self._listed = None, None
        self.preview.show_frame(None)
        self.caption.setText("")
        self.meter.hide()

    def go_back(self) -> None:
        """Looks again which sources are connected."""
        self._workspace.refresh_sources()

    def go_on(self) -> None:
        """Puts the chosen source to use from now on."""
        if self._chosen is not None:
            self._workspace.choose_source(self._chosen)

    def refresh(self) -> None:
        """Lists the sources that are there; the one that was looked at stays chosen."""
        if not self._workspace.is_open:
            return
        choices = self._workspace.unlocked.choices
        listed = (choices, tuple(self._workspace.source(modality) for modality in self._lists))
        if listed != self._listed:  # they are looked for again whenever the page is entered
            self._listed = listed
            self._list(choices)
        if self._chosen is None:
            self.preview.show_waiting(self.language.text("Choose a device to try it out."))
        self._allow()

    def _list(self, choices: tuple[SourceChoice, ...]) -> None:
        for button in self._group.buttons():
            self._group.removeButton(button)
        for modality, shown in self._lists.items():
            clear(shown)
            fitting = choices_for(choices, modality)
            used = self._workspace.source(modality)
            self.tabs.show_state(modality, "" if used is None else used.name)
            if not fitting:
                shown.addWidget(label(self.language.text(terms_of(modality).plug_in), "muted", wrap=True))
            notes = {choice.note for choice in fitting}
            said_of_all = len(fitting) > 1 and len(notes) == 1 and all(choice.usable for choice in fitting)
            if said_of_all:
                shown.addWidget(label(notes.pop(), "muted", wrap=True))
            for choice in fitting:
                shown.addWidget(self._button(choice, noted=not said_of_all))
            shown.addStretch(1)

    def _follow(self) -> None:
        """Lists the sources again, unless the page is hidden: entering lists what is there then."""
        if self.isVisible():
            self.refresh()

    def _button(self, choice: SourceChoice, *, noted: bool) -> SourceButton:
        in_use = self._workspace.source(choice.modality) == choice
        button = SourceButton(self.theme, choice, self.language.text("in use") if in_use else "", noted=noted)
        button.setChecked(self._chosen is not None and self._chosen.address == choice.address)
        button.on_chosen(lambda: self._look_at(choice))
        self._group.addButton(button)
        return button

    def _add(self, modality: Modality, untrusted_address: str) -> None:
        self.notice.say(self.language.text("Looking for the device …"), Tone.INFORMATION)
        self._workspace.add_source(untrusted_address, modality, self._added, self._failed)

    def _added(self, choice: SourceChoice) -> None:
        if self.isVisible():
            self._look_at(choice)
            self.refresh()

    def _look_at(self, choice: SourceChoice) -> None:
        self._stop()
        self._chosen = choice
        self.tabs.open(choice.modality)
        self.notice.say("")
        self.preview.show_frame(None)
        self.preview.show_waiting(self.language.text("Opening {source} …", source=choice.name), opening=True)
        self.caption.setText("")
        stream = facts_of(choice.modality).stream
        guide = Guide.FINGER if stream is SampleStream.TOUCHES else Guide.NONE
        self.preview.show_guide(guide, 0.0, Tone.NEUTRAL, following=False)
        self._tried = DeviceCheck()
        self.meter.setVisible(stream is SampleStream.SOUND)
        self._feed = PreviewFeed(
            self._workspace, self._frame, self._failed, self._noticed, self._tried.take, self._ended
        )
        self._feed.start(choice.address, choice.modality)
        self._glance.start()
        self._allow()

    def _frame(self, image: Image) -> None:
        self.preview.show_frame(image)
        if self._chosen is not None:
            self.caption.setText(self.language.text("What {source} shows now", source=self._chosen.name))

    def _ended(self) -> None:
        """The source delivers no more: the picture that stands is the last one, and that is said."""
        self._glance.stop()
        if self._chosen is not None:
            words = self.language.text("{source} has ended; this was the last picture.", source=self._chosen.name)
            self.caption.setText(words if self.preview.has_picture else "")

    def _noticed(self, notice: DeviceNotice) -> None:
        """Shows a notice of the device: a reader that went, is back, waits for a finger or feels one."""
        words = touch_prompt(notice, None, None, self.language)
        if words is None:
            return
        if notice.event is DeviceEvent.LOST:
            self.preview.show_frame(None)
        self.preview.show_waiting(words.waiting or words.prompt)
        self.notice.say(f"{words.prompt}. {words.why}", words.tone)

    def _failed(self, fault: MlidError) -> None:
        self.preview.show_frame(None)
        self.preview.show_waiting("")
        self.notice.say(fault_text(fault, self.language))

    def _judge(self) -> None:
        """Shows the findings on the device as they are now."""
        findings = self._tried.findings()
        self.trial.show_rows(check_rows(findings, self.language))
        heard = {finding.tried: finding.value for finding in findings}
        if CheckKind.LEVEL in heard:
            self.preview.show_waiting(self.language.text("Listening …"))
            self.meter.show_level(level_screen(heard[CheckKind.LEVEL], heard[CheckKind.ROOM], self.language))

    def _stop(self) -> None:
        self._glance.stop()
        self.trial.show_rows(())
        if self._feed is not None:
            self._feed.stop()
            self._feed = None

    def _allow(self) -> None:
        chosen = self._chosen
        unlocked = self._workspace.unlocked
        can_register = (
            chosen is not None
            and (chosen.kind is SourceKind.LIVE or self._may_count(chosen))
            and not chosen.registered
            and may(unlocked.operator, Act.REGISTER_DEVICE)
        )
        self.register.setVisible(can_register)
        self.forget.setVisible(chosen is not None and self._workspace.is_added(chosen))
        self.certificates.setVisible(chosen is not None and self._workspace.station.is_signed(chosen.identity))
        if self.footer is not None:
            in_use = chosen is not None and self._workspace.source(chosen.modality) == chosen
            self.footer.primary.setEnabled(chosen is not None and not in_use)

    def _forget(self) -> None:
        chosen = self._chosen
        if chosen is not None:
            self.leave()
            self._workspace.forget_source(chosen)

    def _ask_for_file(self, modality: Modality) -> str:
        """The address of a file that is chosen, or of the folder of pictures in which it lies."""
        sound = facts_of(modality).stream is SampleStream.SOUND
        kinds = SOUND_FILES if sound else PICTURE_FILES
        chosen = self.choose_file(self.language.text("A recording, or a picture"), kinds)
        if not chosen:
            return ""
        single = Path(chosen).suffix.lower() in STILLS
        return f"image:{chosen}" if single else f"file:{chosen}"

    def _may_count(self, chosen: SourceChoice) -> bool:
        """Whether the policy lets a virtual device count as live once it is registered."""
        allowed = self._workspace.unlocked.session.policy.allows_virtual
        return allowed and chosen.kind is SourceKind.VIRTUAL

    def _turn_sounds(self, on: bool) -> None:
        """Turns sounds on or off, and plays one, so that it is heard what was chosen."""
        self._workspace.station.chime(on=on)
        self._workspace.station.chimes.play(SoundCue.CAPTURED)

    def _show_certificates(self) -> None:
        if self._chosen is not None:
            self.trust_page(self._chosen).exec()

    def trust_page(self, choice: SourceChoice) -> TrustPage:
        """The page that shows who signs for a device service's reader."""
        return TrustPage(self, self._workspace, choice, self._workspace.refresh_sources)

    def ask_second(self, title: str, why: str) -> tuple[str, str] | None:
        """Name and passphrase of a second person; replaced in tests."""
        return ask_second_person(self, self._workspace, title, why)

    def _register(self) -> None:
        chosen = self._chosen
        if chosen is None:
            return
        session, station, text = self._workspace.unlocked.session, self._workspace.station, self.language.text
        title = text("Register {name}?", name=chosen.name)
        why = text("What it shows counts as live from then on. A second person confirms it with a passphrase.")

        def register(confirm: Confirm) -> None:
            def signed_for() -> None:
                """As the device itself says now who it is: one that signs is pinned to its certificate."""
                identity = station.open_source(chosen.address, chosen.modality, session).identity
                session.administration.register_device(identity, confirm())

            self._workspace.on_vault(signed_for, lambda _: self._workspace.refresh_sources(), self._failed)

        with_second(self._workspace, Act.REGISTER_DEVICE, lambda: self.ask_second(title, why), register, self._failed)

    def _build(self) -> None:
        theme = self.theme
        for modality in DEVICES:
            added, asked = partial(self._add, modality), partial(self._ask_for_file, modality)
            self.fields[modality] = AddressField(theme, self.language, modality, added, asked)
            self.tabs.add(modality, self._lists[modality], self.fields[modality])
        self.tabs.setMinimumWidth(LEAST_LIST_WIDTH)
        self.tabs.setMaximumWidth(LIST_WIDTH)
        side = column(self.preview, self.caption, self.meter, self.trial, self.notice, spacing=theme.space("tight"))
        side.setStretch(0, 1)
        side.addLayout(row(self.register, self.certificates, self.forget, 1, spacing=theme.space("snug")))
        self.parts.addWidget(self.tabs, 1)
        self.parts.addLayout(side, 2)
        self.body.addLayout(self.parts, 1)
