"""The trust page of a device service's reader: its certificates, and trusting one or no longer, after a second
confirmation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QScrollArea, QWidget

from mlid_desktop.domain.errors import MlidError
from mlid_desktop.domain.roles import Act, may
from mlid_desktop.gui.device_setup.trust_presenter import (
    SECOND_LOOK_DIGITS,
    CertificateCard,
    ChainCertificate,
    DeviceWithChain,
    TrustScreen,
    matches_fingerprint_end,
    trust_screen,
)
from mlid_desktop.gui.page.fault_presenter import fault_text
from mlid_desktop.gui.page.second_person import Confirm, ask_second_person, with_second
from mlid_desktop.gui.state.source_choices import SourceChoice
from mlid_desktop.gui.state.workspace import Workspace
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.gui.widgets.controls import Button
from mlid_desktop.gui.widgets.dialogs import Question, dialog_column, resize_within
from mlid_desktop.gui.widgets.elements import Notice, clear, column, frame, label, row, tag
from mlid_desktop.gui.widgets.fitting_area import MoreBelow

AskSecond = Callable[[str, str], tuple[str, str] | None]
SIZE = (680, 560)


class TrustPage(QDialog):
    """The dialog that shows who signs for a reader, in front of the Devices page. ``changed`` is called when trust was
    given or withdrawn."""

    def __init__(
        self, parent: QWidget, workspace: Workspace, choice: SourceChoice, changed: Callable[[], None]
    ) -> None:
        super().__init__(parent)
        self._workspace, self._choice, self._changed = workspace, choice, changed
        self._signed: DeviceWithChain | None = None
        self.ask_second: Callable[[str, str], tuple[str, str] | None] = partial(ask_second_person, self, workspace)
        theme, text = workspace.theme, workspace.language.text
        self.setWindowTitle(text("Who signs for {source}", source=choice.name))
        resize_within(self, *SIZE)
        self.verdict = Notice(theme)
        self.fault = Notice(theme)
        self._advice = label("", "muted", wrap=True)
        self._cards = column(spacing=theme.space("snug"))
        inside = QWidget()
        inside.setLayout(column(self._wrapped(), spacing=0))
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(inside)
        self.close_button = Button(theme, text("Close"), "footer").on(self.accept)
        MoreBelow(theme, scroll)
        layout = dialog_column(theme, text("Who signs for {source}", source=choice.name), self.verdict, self._advice)
        layout.addWidget(scroll, 1)
        layout.addWidget(self.fault)
        layout.addLayout(row(1, self.close_button))
        self.setLayout(layout)
        self.look()

    def look(self) -> None:
        """Asks the device service who signs now."""
        trust, address = self._workspace.unlocked.session.device_trust, self._choice.address
        self._workspace.on_vault(lambda: trust.signers(address), self._show, self._failed)

    def trust(self, card: CertificateCard, typed: str) -> None:
        """Trusts this certificate from now on; ``typed`` are the last digits of the fingerprint the maker gave."""
        text = self._workspace.language.text
        if not matches_fingerprint_end(typed, card.key):
            self.fault.say(text("These are not the last digits of the checksum. Nothing was changed."))
            return
        trust = self._workspace.unlocked.session.device_trust
        pem = next(certificate.pem for certificate in self._chain if certificate.fingerprint == card.key)
        self._by_two(text("Trust {name}?", name=card.title), lambda confirm: trust.trust(pem, confirm()))

    def withdraw(self, card: CertificateCard) -> None:
        """From now on it vouches for nothing."""
        trust, text = self._workspace.unlocked.session.device_trust, self._workspace.language.text
        title = text("Trust {name} no longer?", name=card.title)
        self._by_two(title, lambda confirm: trust.distrust(card.key, confirm()))

    def ask_to_trust(self, card: CertificateCard) -> None:
        """Asks for a second look before a certificate is trusted: the fingerprint once more, its last digits typed from
        what the maker sent."""
        text = self._workspace.language.text
        question = Question(
            self,
            self._workspace.theme,
            text("Trust {name}?", name=card.title),
            text("Every device that it vouches for will count as live once it is registered.")
            + f"\n\n{card.fingerprint}",
            text("Cancel"),
            text("Trust"),
        )
        field = question.add_field(
            text("Last {number} digits of the SHA-256 checksum that the maker gave you", number=SECOND_LOOK_DIGITS)
        )
        question.wait_for(self._workspace.language, field)
        if question.asked():
            self.trust(card, field.text())

    def ask_to_withdraw(self, card: CertificateCard) -> None:
        """Asks before trust is withdrawn, and says what happens then."""
        text = self._workspace.language.text
        question = Question(
            self,
            self._workspace.theme,
            text("Trust {name} no longer?", name=card.title),
            text("Devices that only it vouches for count as recorded from then on; what was enrolled stays."),
            text("Cancel"),
            text("Withdraw trust"),
            danger=True,
        )
        if question.asked():
            self.withdraw(card)

    def _by_two(self, title: str, task: Callable[[Confirm], object]) -> None:
        """Once a second person confirmed it."""
        workspace, why = (
            self._workspace,
            self._workspace.language.text("A second person confirms it with a passphrase."),
        )

        def decide(confirm: Confirm) -> None:
            workspace.on_vault(lambda: task(confirm), lambda _: self._decided(), self._failed)

        with_second(workspace, Act.GOVERN, lambda: self.ask_second(title, why), decide, self._failed)

    @property
    def _chain(self) -> Sequence[ChainCertificate]:
        return () if self._signed is None else self._signed.chain

    def _decided(self) -> None:
        self._changed()
        self.look()

    def _show(self, signed: DeviceWithChain) -> None:
        self._signed = signed
        may_decide = may(self._workspace.unlocked.operator, Act.GOVERN)
        self._present(
            trust_screen(signed.chain, self._workspace.language, trusted=signed.trusted, may_decide=may_decide)
        )

    def _present(self, screen: TrustScreen) -> None:
        self.fault.say("")
        self.verdict.say(screen.verdict, screen.tone)
        self._advice.setText(screen.advice)
        clear(self._cards)
        for card in screen.cards:
            self._cards.addWidget(self._card(card, may_decide=screen.may_decide))

    def _card(self, card: CertificateCard, *, may_decide: bool) -> QWidget:
        theme, text = self._workspace.theme, self._workspace.language.text
        shown = frame("card")
        head = row(label(card.title, "strong", wrap=True), spacing=8)
        head.setStretch(0, 1)
        if card.trusted:
            mark = label(text("trusted"), "muted")
            tag(mark, tone=Tone.ACCEPTED.value)
            head.addWidget(mark)
        lines = [label(line, "muted", wrap=True) for line in (*card.lines, card.fingerprint)]
        lines[-1].setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        layout = column(spacing=4, margins=(16, 12, 16, 12))
        layout.addLayout(head)
        for line in lines:
            layout.addWidget(line)
        if may_decide:
            word = text("Withdraw trust …") if card.trusted else text("Trust this certificate …")
            ask = self.ask_to_withdraw if card.trusted else self.ask_to_trust
            button = Button(theme, word, "plain").on(lambda: ask(card))
            button.setAccessibleDescription(card.title)
            layout.addLayout(row(button, 1))
        shown.setLayout(layout)
        return shown

    def _wrapped(self) -> QWidget:
        held = QWidget()
        layout = column(spacing=0)
        layout.addLayout(self._cards)
        layout.addStretch(1)
        held.setLayout(layout)
        return held

    def _failed(self, fault: MlidError) -> None:
        self.fault.say(fault_text(fault, self._workspace.language))


def register_device(
    workspace: Workspace, chosen: SourceChoice, ask: AskSecond, failed: Callable[[MlidError], None]
) -> None:
    """Registers the chosen device once a second person, whom ``ask`` asks for, has confirmed it."""
    session, station, text = workspace.unlocked.session, workspace.station, workspace.language.text
    title = text("Register {name}?", name=chosen.name)
    why = text("What it shows counts as live from then on. A second person confirms it with a passphrase.")

    def register(confirm: Confirm) -> None:
        def signed_for() -> None:
            """As the device itself says now who it is: one that signs is pinned to its certificate."""
            identity = station.open_source(chosen.address, chosen.modality, session).identity
            session.administration.register_device(identity, confirm())

        workspace.on_vault(signed_for, lambda _: workspace.refresh_sources(), failed)

    with_second(workspace, Act.REGISTER_DEVICE, lambda: ask(title, why), register, failed)
