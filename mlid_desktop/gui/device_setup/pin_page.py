"""Readers that were registered before a reader was its certificate: two people pin each to the one it signs with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QScrollArea, QWidget

from mlid_desktop.domain.errors import MlidError
from mlid_desktop.domain.provenance import DeviceIdentity
from mlid_desktop.domain.roles import Act
from mlid_desktop.gui.device_setup.trust_presenter import group_digits
from mlid_desktop.gui.page.fault_presenter import fault_text
from mlid_desktop.gui.page.second_person import Confirm, ask_second_person, with_second
from mlid_desktop.gui.state.source_choices import SourceChoice
from mlid_desktop.gui.state.workspace import Workspace
from mlid_desktop.gui.widgets.controls import Button
from mlid_desktop.gui.widgets.dialogs import dialog_column, resize_within
from mlid_desktop.gui.widgets.elements import Notice, clear, column, frame, label, row
from mlid_desktop.gui.widgets.fitting_area import MoreBelow
from mlid_desktop.station.administration.trust_anchors import DeviceTrust
from mlid_desktop.station.text.language import Language

SIZE = (680, 520)
Card = tuple[DeviceIdentity, str, SourceChoice | None]  # a reader, what is said of it, and what can be pinned


class PinPage(QDialog):
    """Opens by itself where a supervisor unlocks a vault that has such readers, until none is left."""

    def __init__(self, parent: QWidget, workspace: Workspace, devices: Sequence[DeviceIdentity]) -> None:
        super().__init__(parent)
        self._workspace, self._devices = workspace, tuple(devices)
        theme, text = workspace.theme, workspace.language.text
        self.ask_second: Callable[[str, str], tuple[str, str] | None] = partial(ask_second_person, self, workspace)
        title = text("Readers without a pinned certificate")
        self.setWindowTitle(title)
        resize_within(self, *SIZE)
        self.fault = Notice(theme)
        self._cards = column(spacing=theme.space("snug"))
        why = text(
            "From now on a reader is the certificate that it signs with. Until two people pin these readers, what they"
            " deliver counts as recorded. Connect each, and compare the checksum with what its maker sent."
        )
        inside, held = QWidget(), column(spacing=0)
        held.addLayout(self._cards)
        held.addStretch(1)
        inside.setLayout(held)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(inside)
        self.again = Button(theme, text("Look again"), "plain").on(self.look)
        self.later = Button(theme, text("Later"), "footer").on(self.reject)
        MoreBelow(theme, scroll)
        layout = dialog_column(theme, title, label(why, wrap=True))
        layout.addWidget(scroll, 1)
        layout.addWidget(self.fault)
        layout.addLayout(row(self.again, 1, self.later, spacing=theme.space("snug")))
        self.setLayout(layout)
        self.pin_buttons: dict[str, Button] = {}
        self.look()

    def look(self) -> None:
        """Asks each reader that is connected who signs for it now."""
        unlocked, language = self._workspace.unlocked, self._workspace.language
        connected = {choice.identity.key: choice for choice in unlocked.choices}
        asked = [(device, connected.get(device.key)) for device in self._devices]

        def ask() -> list[Card]:
            return [_card(unlocked.session.device_trust, device, found, language) for device, found in asked]

        def show(cards: list[Card]) -> None:
            clear(self._cards)
            self.pin_buttons = {}
            for card in cards:
                self._add(*card)

        self.fault.say("")
        self._workspace.on_vault(ask, show, self._failed)

    def _add(self, device: DeviceIdentity, words: str, choice: SourceChoice | None) -> None:
        theme, language = self._workspace.theme, self._workspace.language
        card = frame("card")
        layout = column(
            label(language.place_at_start(device.name), "strong", wrap=True),
            label(language.place_at_start(words), "muted", wrap=True),
            spacing=4,
            margins=(16, 12, 16, 12),
        )
        if choice is not None:
            pin = Button(theme, language.text("Pin this certificate …"), "plain").on(partial(self._pin, device, choice))
            pin.setAccessibleDescription(device.name)
            self.pin_buttons[device.key] = pin
            layout.addLayout(row(pin, 1))
        card.setLayout(layout)
        self._cards.addWidget(card)

    def _pin(self, device: DeviceIdentity, choice: SourceChoice) -> None:
        workspace, text = self._workspace, self._workspace.language.text
        session, station = workspace.unlocked.session, workspace.station
        title = text("Pin {name}?", name=device.name)
        why = text("From now on it is this certificate. A second person confirms it with a passphrase.")

        def register(confirm: Confirm) -> None:
            def pinned() -> None:
                identity = station.open_source(choice.address, choice.modality, session).identity
                session.administration.register_device(identity, confirm())

            workspace.on_vault(pinned, lambda _: self._pinned(device), self._failed)

        with_second(workspace, Act.REGISTER_DEVICE, lambda: self.ask_second(title, why), register, self._failed)

    def _pinned(self, device: DeviceIdentity) -> None:
        self._devices = tuple(other for other in self._devices if other != device)
        self._workspace.refresh_sources()
        if self._devices:
            self.look()
        else:
            self.accept()

    def _failed(self, fault: MlidError) -> None:
        self.fault.say(fault_text(fault, self._workspace.language))


def _card(trust: DeviceTrust, device: DeviceIdentity, choice: SourceChoice | None, language: Language) -> Card:
    """Who signs for a reader now, or why nobody can be asked; call on the vault thread."""
    text = language.text
    if choice is None:
        return device, text("It is not connected now."), None
    try:
        signed = trust.signers(choice.address)
    except MlidError as fault:  # the other readers are asked all the same
        return device, fault_text(fault, language), None
    known = text("Vouched for by a trusted certificate.") if signed.trusted else text("Nobody vouches for it yet.")
    signer = signed.chain[0].fingerprint if signed.chain else ""
    return device, f"{known}\n{group_digits(signer)}", choice
