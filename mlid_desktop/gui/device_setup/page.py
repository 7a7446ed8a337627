"""The Devices page: what is connected, which source is used, what it shows now, whether it was tested and whether it
counts as live."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QButtonGroup, QVBoxLayout, QWidget

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.errors import MlidError
from mlid_desktop.domain.provenance import SourceKind
from mlid_desktop.domain.roles import Act, may
from mlid_desktop.gui.device_setup.device_proofs import DeviceProofs
from mlid_desktop.gui.device_setup.device_tabs import DeviceTabs
from mlid_desktop.gui.device_setup.device_trial import DeviceTrial
from mlid_desktop.gui.device_setup.source_list import AddressField, SourceButton, address_of_file, files_of
from mlid_desktop.gui.device_setup.trial_presenter import TrialPhase
from mlid_desktop.gui.device_setup.trust_page import TrustPage, register_device
from mlid_desktop.gui.page.device_status import DEVICES
from mlid_desktop.gui.page.fault_presenter import fault_text
from mlid_desktop.gui.page.page import Page
from mlid_desktop.gui.page.second_person import ask_second_person
from mlid_desktop.gui.state.source_choices import SourceChoice, choices_for
from mlid_desktop.gui.state.workspace import Workspace
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.gui.widgets.controls import Button, Check
from mlid_desktop.gui.widgets.elements import Notice, clear, column, label, row
from mlid_desktop.gui.widgets.file_dialogs import FileDialogs, FileKind
from mlid_desktop.gui.widgets.wrapping_row import WrappingRow
from mlid_desktop.station.capture.sound_output import SoundCue
from mlid_desktop.station.text.modality_terms import terms_of

LIST_WIDTH, LEAST_LIST_WIDTH = 480, 440


class DevicesPage(Page):
    """The Devices page. The device in use is tried out as soon as its kind is looked at: what it shows is measured,
    nothing of it is kept or compared. ``tested`` tells that one was seen to work; ``leave_by`` is what Esc does."""

    tested = Signal()

    def __init__(self, workspace: Workspace, leave_by: Callable[[], None], *, within: bool = False) -> None:
        language, theme = workspace.language, workspace.theme
        text = language.text
        back, use = ("", "") if within else (text("Back"), text("Use this device"))
        super().__init__(theme, language, text("Devices"), back, use)
        self._act = "primary" if within else "plain"  # of what stands beside the picture
        self._stands_back = False
        self._workspace, self._leave_by = workspace, leave_by
        self._proofs = DeviceProofs(workspace)
        self._shown = next(iter(DEVICES))
        self._following: Modality | None = None
        self._listed: object = None
        self._group = QButtonGroup(self)
        self._lists: dict[Modality, QVBoxLayout] = {}
        self.tabs = DeviceTabs(theme, language, self.show_kind)
        self.fields: dict[Modality, AddressField] = {}
        self.trial = DeviceTrial(workspace)
        dialogs = FileDialogs(self, workspace.station)
        self.choose_file: Callable[[str, str], str] = partial(dialogs.open, FileKind.SOURCE)
        self.notice = Notice(theme)
        self.register = Button(theme, text("Register for this desk"), "plain", "lock").on(self._register)
        self.forget = Button(theme, text("Take off the list"), "plain").on(self._forget)
        self.certificates = Button(theme, text("Certificates …"), "plain").on(self._show_certificates)
        self.use = Button(theme, text("Use this device"), self._act if within else "plain").on(self.go_on)
        self.onward = Button(theme, "", self._act).on(self.go_on)
        self.parts = row(spacing=theme.space("wide"))
        self.sounds = Check(theme, text("Play sounds while capturing"))
        self.sounds.setChecked(workspace.station.chimes.on)
        self.sounds.toggled.connect(self._turn_sounds)
        self.header.addWidget(self.sounds)
        self._own_footer = self.footer  # a guide puts its own in place of none
        self._build()
        workspace.sources_changed.connect(self._follow)
        self.trial.changed.connect(self._show_trial)
        self.trial.passed.connect(self._note_passed)

    def enter(self) -> None:
        """Shows the page with what is connected now, and tries out the device in use."""
        self.refresh()
        self._workspace.refresh_sources()
        super().enter()
        QTimer.singleShot(0, self._try_the_one_in_use)  # the page is painted before a device is opened

    def first(self) -> QWidget:
        """The widget that gets the focus: the tab that is open."""
        return self.tabs.button(self._shown)

    def show_kind(self, modality: Modality) -> None:
        """Shows the devices of a kind, and tries out the one in use."""
        if modality is self._shown and self._chosen is not None and self._chosen.modality is modality:
            self.tabs.open(modality)
            return
        self.leave()
        self.notice.say("")
        self._shown = modality
        self.refresh()
        self._try_the_one_in_use()

    def _try_the_one_in_use(self) -> None:
        if self.isVisible() and self._workspace.is_open and self._chosen is None:
            used = self._workspace.source(self._shown)
            if used is not None:
                self._look_at(used)

    def leave(self) -> None:
        """Ends the preview and closes the device; nothing of it stays on the screen."""
        self._listed = None
        self.trial.close_device()

    def stand_back(self, *, back: bool) -> None:
        """Lets the acts beside the picture stand back, where a guide has its own next act."""
        self._stands_back = back
        self._show_acts()

    def go_back(self) -> None:
        """Leaves the page (Esc)."""
        self._leave_by()

    def go_on(self) -> None:
        """Puts the chosen source to use from now on; tests the one in use, or stops its test; once it was tested, goes
        on to the next that was not."""
        chosen = self._chosen
        if self._following is not None:
            self.show_kind(self._following)
        elif self.trial.shown.stops:
            self.trial.stop_test()
        elif chosen is not None and self._is_used(chosen):
            self._look_at(chosen)
        elif chosen is not None:
            self._workspace.choose_source(chosen)
            self.trial.note_use(used=True)
            self._note_passed()

    def refresh(self) -> None:
        """Lists the sources that are there; the one that was looked at stays chosen."""
        if not self._workspace.is_open:
            return
        shown, choices = self._shown, self._workspace.unlocked.choices
        listed = (shown, choices, self._workspace.source(shown))
        if listed != self._listed:  # they are looked for again whenever the page is entered
            self._listed = listed
            self._list(shown, choices_for(choices, shown))
        self.tabs.open(shown)
        if self._chosen is None:
            none = self._workspace.source(shown) is None
            plug_in = self.language.text(terms_of(shown).plug_in) if none else ""
            self.trial.preview.show_waiting(plug_in, icon=terms_of(shown).icon)
        self._allow()

    def _list(self, modality: Modality, fitting: tuple[SourceChoice, ...]) -> None:
        if not self.tabs.has(modality):
            self._add_tab(modality)
        shown = self._lists[modality]
        for button in self._group.buttons():
            self._group.removeButton(button)
        clear(shown)
        if not fitting:
            shown.addWidget(label(self.language.text(terms_of(modality).plug_in), "muted", wrap=True))
        notes = {choice.note for choice in fitting}
        said_of_all = len(fitting) > 1 and len(notes) == 1 and all(choice.usable for choice in fitting)
        if any(choice.usable and not self._is_used(choice) for choice in fitting):
            use = self.language.text("Use this device")
            told = self.language.text("A click tests a device. “{button}” puts it to use here.", button=use)
            shown.addWidget(label(told, "muted", wrap=True))
        for choice in fitting:
            shown.addWidget(self._button(choice, noted=not said_of_all))
        if said_of_all:
            shown.addWidget(label(self.language.text("All of these · {note}", note=notes.pop()), "muted", wrap=True))
        shown.addStretch(1)

    def _follow(self) -> None:
        """Lists the sources again, unless the page is hidden: entering lists what is there then."""
        if self.isVisible():
            self.refresh()

    def _button(self, choice: SourceChoice, *, noted: bool) -> SourceButton:
        button = SourceButton(self.theme, choice, self._standing(choice), noted=noted)
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

    @property
    def _chosen(self) -> SourceChoice | None:
        """The source that is looked at."""
        return self.trial.chosen

    def _look_at(self, choice: SourceChoice) -> None:
        self.notice.say("")
        self.trial.begin(choice, used=self._is_used(choice))
        if self._shown is not choice.modality or not self.tabs.has(choice.modality):
            self._shown = choice.modality
            self.refresh()
        for button in self._rows():
            button.mark_chosen(chosen=button.choice.address == choice.address)
        self._allow()

    def _rows(self) -> list[SourceButton]:
        return [button for button in self._group.buttons() if isinstance(button, SourceButton)]

    def _failed(self, fault: MlidError) -> None:
        self.notice.say(fault_text(fault, self.language))

    def _show_trial(self) -> None:
        """Shows at the source, and at the acts on it, how its test stands."""
        if self._workspace.is_open:
            for button in self._rows():
                button.show_standing(self._standing(button.choice))
            self._allow()

    def _standing(self, choice: SourceChoice) -> tuple[str, bool]:
        chosen, during = self._chosen, self.trial.shown.standing
        if during and chosen is not None and chosen.address == choice.address:
            return during, False
        return self._proofs.standing(choice)

    def _note_passed(self) -> None:
        """Keeps it as its proof that the device was seen to work, where it is the one in use."""
        chosen = self._chosen
        if chosen is not None and self.trial.phase is TrialPhase.TESTED and self._proofs.note(chosen):
            self._show_trial()
            self.tested.emit()

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
        used = chosen is not None and self._is_used(chosen)
        can_use = chosen is not None and chosen.usable and not used
        untested = self._proofs.untested()
        for modality in DEVICES:
            done = modality not in {each.modality for each in untested} and self._workspace.source(modality) is not None
            self.tabs.show_tested(modality, self.language.text("tested") if done else "")
        others = [each for each in untested if chosen is None or each.modality is not chosen.modality]
        tested = self.trial.phase is TrialPhase.TESTED
        wanted = used and tested and bool(others) and not can_register
        self._following = others[0].modality if wanted else None
        named = self.language.text(terms_of(others[0].modality).test_it) if wanted else ""
        can_test, act = used and not wanted, self.trial.shown.act
        self.onward.relabel(named)
        self.use.relabel(act)
        within = self._own_footer is None
        self.use.setVisible(can_test or (can_use and within))
        self.onward.setVisible(wanted and within)
        if self._own_footer is not None:
            self._own_footer.primary.relabel(named or self.language.text("Use this device"))
            self._own_footer.allow(can_use or wanted, self._why_not_use(chosen))
        self._show_acts()

    def _show_acts(self) -> None:
        """What stops a test is there, and does not stand out."""
        if self._own_footer is not None:
            return  # there its one primary button puts a device to use, or goes on to the next
        stops = self.trial.shown.stops
        for act in (self.use, self.onward):
            act.become("footer" if self._stands_back or (stops and act is self.use) else self._act)

    def _why_not_use(self, chosen: SourceChoice | None) -> str:
        """Why the device that is looked at cannot be put to use."""
        if chosen is None:
            return self.language.text("Choose a device first.")
        return self.language.text("This device is in use already.") if self._is_used(chosen) else ""

    def _is_used(self, choice: SourceChoice) -> bool:
        return self._workspace.source(choice.modality) == choice

    def _forget(self) -> None:
        chosen = self._chosen
        if chosen is not None:
            self.leave()
            self._workspace.forget_source(chosen)

    def _ask_for_file(self, modality: Modality) -> str:
        """The address of a file that is chosen, or of the folder of pictures in which it lies."""
        return address_of_file(self.choose_file(self.language.text("A recording, or a picture"), files_of(modality)))

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
        if self._chosen is not None:
            register_device(self._workspace, self._chosen, self.ask_second, self._failed)

    def _add_tab(self, modality: Modality) -> None:
        """What stands under the tab of a kind of device."""
        self._lists[modality] = column(spacing=self.theme.space("tight"))
        added, asked = partial(self._add, modality), partial(self._ask_for_file, modality)
        again = Button(self.theme, self.language.text("Look for devices"), "plain", "retry")
        again.on(self._workspace.refresh_sources)
        self.fields[modality] = AddressField(self.theme, self.language, modality, added, asked, again)
        self.tabs.add(modality, self._lists[modality], self.fields[modality])

    def _build(self) -> None:
        theme = self.theme
        self.tabs.setMinimumWidth(LEAST_LIST_WIDTH)
        self.tabs.setMaximumWidth(LIST_WIDTH)
        side = column(self.trial, self.notice, spacing=theme.space("tight"))
        side.setStretch(0, 1)
        side.addLayout(row(self.use, self.onward, 1))
        acts = WrappingRow(theme.space("snug"))
        for act in (self.register, self.certificates, self.forget):
            acts.addWidget(act)
        side.addLayout(acts)
        self.parts.addWidget(self.tabs, 1)
        self.parts.addLayout(side, 2)
        self.body.addLayout(self.parts, 1)
