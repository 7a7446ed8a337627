"""The page that creates a vault on the first start, and unlocks it on every other."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QBoxLayout, QLineEdit, QWidget

from mlid_desktop.domain.errors import Code, MlidError
from mlid_desktop.domain.subjects import Role
from mlid_desktop.gui.page.fault_presenter import fault_text
from mlid_desktop.gui.page.language_button import LanguageButton
from mlid_desktop.gui.page.page import Page
from mlid_desktop.gui.page.product import PRODUCT
from mlid_desktop.gui.page.wording_dialog import show_wording
from mlid_desktop.gui.state.demo_people import unlocking_hint
from mlid_desktop.gui.state.workspace import Workspace
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.gui.unlock.join_page import JoinDialog
from mlid_desktop.gui.unlock.presenter import VaultForm, form_fault, second_fault
from mlid_desktop.gui.unlock.restore_page import RestoreDialog
from mlid_desktop.gui.widgets.controls import Button, Check, ElidedLabel
from mlid_desktop.gui.widgets.dialogs import Question
from mlid_desktop.gui.widgets.elements import Icon, Notice, column, frame, label, row, rule, widget_of
from mlid_desktop.gui.widgets.file_dialogs import FileDialogs, FileKind
from mlid_desktop.gui.widgets.secret_help import SecretHelp, StrengthMeter, add_new_secret
from mlid_desktop.station.administration.vault_admin import SecondFounder
from mlid_desktop.station.text.language import LEFT_TO_RIGHT_MARK

CARD_WIDTH, CARD_SIDE = 600, 32
HEADING_ICON = 36
UNDER_A_NAME = 6  # pixels to the field: the ring around it keeps off the letters that reach below their line
UNDER_A_BOX = 32  # pixels: what explains a box stands under its words

BEYOND_OPENING = frozenset({Code.VAULT_DAMAGED, Code.VAULT_ROLLED_BACK, Code.VAULT_UNSUPPORTED_VERSION})


class UnlockPage(Page):
    """The page with one card in the middle to create or unlock a vault. ``creating`` says which of the two it is for;
    ``restored`` is called once a vault was made of a backup instead."""

    def __init__(
        self,
        workspace: Workspace,
        folder: Path,
        *,
        creating: bool,
        demo: bool = False,
        restored: Callable[[], None] = lambda: None,
    ) -> None:
        language, theme = workspace.language, workspace.theme
        super().__init__(theme, language, "")
        self.heading.hide()
        self._workspace, self._folder, self._creating = workspace, folder, creating
        self._busy, self._restored = False, restored
        self.ask: Callable[[Question], bool] = Question.asked  # replaced in tests, as is the chooser of folders
        self.choose_folder: Callable[[str], str] = partial(FileDialogs(self, workspace.station).folder, FileKind.BACKUP)
        self.name = QLineEdit()
        self.passphrase = self._secret()
        self.again = self._secret()
        self.help = SecretHelp(theme, language, (self.passphrase, self.again))
        self.strength = StrengthMeter(theme, language)
        self.missing = label("", "muted", wrap=True)  # why nothing is created or opened yet
        self.demo = Check(theme, language.text("Demo vault, to practise with simulated people"))
        self.demo.setChecked(demo)
        self.together = Check(theme, language.text("A second person creates it with me (recommended)"))
        self.together.setChecked(not demo)
        self.demo.toggled.connect(lambda on: self.together.setChecked(not on))
        self.notice = Notice(theme)
        self.primary = Button(theme, language.text("Create vault") if creating else language.text("Unlock"), "primary")
        self.primary.clicked.connect(self.go_on)
        self.restore = Button(theme, language.text("Restore from a backup …")).on(self.ask_to_restore)
        self.join = Button(theme, language.text("Join other desks …")).on(self.ask_to_join)
        self.recover = Button(theme, language.text("Use the recovery code …")).on(self.ask_to_recover)
        self.name.setText("" if creating else workspace.last_operator)
        title = language.text("Create a vault") if creating else language.text("Unlock the vault")
        self.setAccessibleName(title)
        self._build(title)
        for field in (self.name, self.passphrase, self.again):
            field.textChanged.connect(self._judge)
        self._judge()
        self.notice.say(unlocking_hint(self.name.text(), language), Tone.INFORMATION)

    def first(self) -> QWidget:
        """The widget that gets the focus: the first field to fill; whoever was here before types the passphrase."""
        return self.passphrase if self.name.text() else self.name

    def go_on(self) -> None:
        """Creates or unlocks the vault, on the vault thread."""
        form = self._form()
        fault = form_fault(form, self.language)
        if fault or self._busy:
            self.notice.say(fault) if fault else None
            return
        founder: SecondFounder | None = None
        if self._creating and self.together.isChecked():
            founder = self._second_founder(form)
            if founder is None:
                return
        self._set_busy(busy=True)
        wait = self.language.text("Working out the keys from the passphrase. This takes about a second, on purpose.")
        self.notice.say(wait, Tone.INFORMATION)
        if self._creating:
            made = partial(self._workspace.station.create_vault, demo=form.demo, second=founder)
            self._workspace.create(partial(made, self._folder, form.name.strip(), form.passphrase), self._refused)
        else:
            self._workspace.open(self._folder, form.name.strip(), form.passphrase, self._refused)

    def _form(self) -> VaultForm:
        return VaultForm(
            self.name.text(),
            self.passphrase.text(),
            self.again.text(),
            creating=self._creating,
            demo=self.demo.isChecked(),
        )

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Handles the keys: Enter in a field goes to the next empty one, then goes on."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            fields = [self.name, self.passphrase, self.again] if self._creating else [self.passphrase]
            empty = next((field for field in fields if not field.text()), None)
            if empty is None or self.primary.hasFocus():
                self.go_on()
            else:
                empty.setFocus(Qt.FocusReason.TabFocusReason)
            return
        super().keyPressEvent(event)

    def _second_founder(self, first: VaultForm) -> SecondFounder | None:
        """The keyboard goes to the second person, who types a passphrase that the first does not see. None where the
        question was left."""
        text, fault = self.language.text, ""
        name = ""
        while True:
            question = Question(
                self,
                self.theme,
                text("Now the second person types"),
                text(
                    "Hand over the keyboard and look away. You two confirm for one another what nobody does alone: from"
                    " now on, and only while each of you alone knows their passphrase."
                ),
                text("Cancel"),
                text("Create vault"),
            )
            who = question.add_field(text("Second person's name"))
            names = (text("Second person's passphrase"), text("Passphrase again"))
            passphrase, again = add_new_secret(question, self.theme, self.language, names)
            who.setText(name)
            question.notice.say(fault)
            if not self.ask(question):
                return None
            name = who.text().strip()
            fault = second_fault(first, VaultForm(name, passphrase.text(), again.text(), creating=True), self.language)
            if not fault:
                return SecondFounder(name, Role.SUPERVISOR, passphrase.text())

    def ask_to_restore(self) -> None:
        """Asks for a backup to restore, into an empty folder or in place of the vault that is here."""
        dialog = RestoreDialog(self, self._workspace, self._folder, replaces=not self._creating)
        dialog.finished.connect(dialog.deleteLater)
        dialog.accepted.connect(self._restored)
        dialog.open()

    def ask_to_join(self) -> None:
        """Asks how a register is reached, for a desk that is to share it."""
        dialog = JoinDialog(self, self._workspace, self._folder, self._open_copy)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _open_copy(self, name: str, passphrase: str) -> None:
        """Opens the copy of a register that was just made; where that fails, it is unlocked as every vault."""
        self._set_busy(busy=True)
        self._workspace.open(self._folder, name, passphrase, lambda _: self._restored())

    def ask_to_recover(self) -> None:
        """Asks for the recovery code, whose passphrase is forgotten, and a new one."""
        text = self.language.text
        question = Question(
            self,
            self.theme,
            text("New passphrase by the recovery code"),
            text(
                "The code that was written down when the vault was made gives somebody a new passphrase. "
                "The audit notes that it was used."
            ),
            text("Cancel"),
            text("Set the new passphrase"),
        )
        code = question.add_field(text("Recovery code"))
        who = question.add_field(text("Operator's name"))
        who.setText(self.name.text())
        names = (text("New passphrase"), text("Passphrase again"))
        fresh, again = add_new_secret(question, self.theme, self.language, names)
        if not self.ask(question):
            return
        typed = VaultForm(who.text(), fresh.text(), again.text(), creating=True)
        fault = form_fault(typed, self.language)
        if fault:
            self.notice.say(fault)
            return
        admin, said, name = self._workspace.station.vault_admin(), code.text(), who.text().strip()
        self._set_busy(busy=True)
        self.notice.say(text("Working …"), Tone.INFORMATION)
        self._workspace.on_vault(
            lambda: admin.recover(self._folder, said, name, typed.passphrase),
            lambda _: self._recovered(name),
            self._refused,
        )

    def _recovered(self, name: str) -> None:
        self._set_busy(busy=False)
        self.name.setText(name)
        self.notice.say(self.language.text("{name} has a new passphrase.", name=name), Tone.ACCEPTED)
        self.passphrase.setFocus(Qt.FocusReason.OtherFocusReason)

    def _judge(self) -> None:
        """Says how hard the new passphrase is to guess, and what is missing until a vault can be created or opened."""
        if self._creating:
            self.strength.judge(self.passphrase.text())
        fault = form_fault(self._form(), self.language)
        self.missing.setText(fault)
        self.primary.setAccessibleDescription(fault)
        self.primary.setDisabled(self._busy or bool(fault))

    def _refused(self, fault: MlidError) -> None:
        self._set_busy(busy=False)
        if fault.code is Code.VAULT_EARLIER_FORMAT and not self._creating and self._migrate():
            return
        self.notice.say(fault_text(fault, self.language))
        self.restore.setVisible(self._creating or fault.code in BEYOND_OPENING)
        self.passphrase.clear()
        self.again.clear()
        self.passphrase.setFocus(Qt.FocusReason.OtherFocusReason)

    def _migrate(self) -> bool:
        """Migrates a vault of an earlier version of this program once that was agreed to, a backup first unless that is
        declined; returns whether it is under way."""
        text, station = self.language.text, self._workspace.station
        question = Question(
            self,
            self.theme,
            text("Update the vault?"),
            text(
                "An earlier version of this program made it. It keeps all it has; earlier versions cannot open it then."
            ),
            text("Cancel"),
            text("Update"),
        )
        first = Check(self.theme, text("Make a backup first, best on another disk"))
        first.setChecked(True)
        question.fields.addWidget(first)
        if not self.ask(question):
            return False
        backup: str | None = None
        if first.isChecked():
            folder = self.choose_folder(text("Where to, best on another disk"))
            if not folder:
                return False
            stamp = station.clock.now().astimezone().strftime("%Y-%m-%d-%H%M%S")
            backup = str(Path(folder) / f"mlid-backup-{stamp}")
        name, passphrase = self.name.text().strip(), self.passphrase.text()
        self._set_busy(busy=True)
        self.notice.say(text("Working …"), Tone.INFORMATION)

        def progress(share: float) -> None:
            said = text("Updating the vault: {percent} %", percent=round(100 * share))
            self._workspace.bridge.post(partial(self.notice.say, said, Tone.INFORMATION))

        self._workspace.on_vault(
            lambda: station.vault_admin().migrate(self._folder, name or None, passphrase, backup, progress),
            lambda _: self._workspace.open(self._folder, name, passphrase, self._refused),
            self._refused,
        )
        return True

    def _set_busy(self, *, busy: bool) -> None:
        self._busy = busy
        fields = (self.name, self.passphrase, self.again, self.together, self.demo)
        for widget in (*fields, self.primary, self.restore, self.recover, self.join):
            widget.setDisabled(busy)
        self._judge()

    def _secret(self) -> QLineEdit:
        made = QLineEdit()
        made.setEchoMode(QLineEdit.EchoMode.Password)
        made.setInputMethodHints(Qt.InputMethodHint.ImhSensitiveData | Qt.InputMethodHint.ImhNoPredictiveText)
        return made

    def _captioned(self, name: str, field: QLineEdit) -> QBoxLayout:
        caption = label(name, "strong")
        caption.setBuddy(field)
        field.setAccessibleName(name)
        return column(caption, field, spacing=UNDER_A_NAME)

    def _build(self, title: str) -> None:
        text, space = self.language.text, self.theme.space
        secrets = [self._captioned(text("Passphrase"), self.passphrase)]
        if self._creating:
            secrets.append(self._captioned(text("Passphrase again"), self.again))
        named = self._captioned(text("Your name"), self.name)
        typed = column(named, row(*secrets, spacing=space("base")), spacing=space("base"))
        heading = row(Icon(self.theme, "lock", "accent", HEADING_ICON), label(title, "title"), 1, spacing=space("snug"))
        why = (
            text("All about the people you enrol is kept in it, encrypted.")
            if self._creating
            else text("The vault holds everything, encrypted. It opens with your passphrase.")
        )
        edge = space("base" if self._creating else "wide")
        card = frame("card")
        card.setFixedWidth(CARD_WIDTH)
        parts = column(heading, label(why, "muted", wrap=True), spacing=space("tight"))
        parts.setContentsMargins(CARD_SIDE, edge, CARD_SIDE, edge)
        if self._creating:
            no_reset = text("If every supervisor's passphrase is lost, only a recovery code helps.")
            parts.addWidget(label(no_reset, "strong", wrap=True))
        parts.addSpacing(space("hair"))
        parts.addLayout(typed)
        if self._creating:
            parts.addLayout(self._judged())
            parts.addWidget(self.together)
            why_two = text("They type theirs next. Alone, nobody can erase a record here.")
            next_asked = label(why_two, "muted", wrap=True)
            parts.addLayout(row(next_asked, margins=(UNDER_A_BOX, 0, 0, 0)))
            self.together.setAccessibleDescription(why_two)
            parts.addWidget(self.demo)
        parts.addWidget(self.notice)
        parts.addSpacing(space("hair"))
        doing = row(spacing=space("base"))
        if not self._creating:
            doing.addWidget(self.help)
            self.missing.setAlignment(Qt.AlignmentFlag.AlignTrailing | Qt.AlignmentFlag.AlignVCenter)
        doing.addWidget(self.missing, 1)
        doing.addWidget(self.primary)
        parts.addLayout(doing)
        parts.addSpacing(space("tight"))
        parts.addWidget(rule())
        parts.addLayout(self._other_ways() if self._creating else self._without_passphrase())
        card.setLayout(parts)
        workspace = self._workspace
        codes = workspace.station.languages
        review = partial(show_wording, self, workspace)
        languages = LanguageButton(self.theme, self.language, codes, workspace.speak, review, short=False)
        self.header.insertWidget(0, label(PRODUCT, "wordmark"))
        self.header.addWidget(languages)
        self.body.addStretch(1)
        self.body.addLayout(row(1, card, 1))
        self.body.addStretch(2)

    def _judged(self) -> QBoxLayout:
        """How hard the passphrase is to guess, and the box that shows it, each under its field."""
        gap = self.theme.space("base")
        judged = row(self.strength, self.help, spacing=gap)
        judged.setStretch(0, 1)
        judged.setAlignment(self.help, Qt.AlignmentFlag.AlignTop)
        self.help.setFixedWidth((CARD_WIDTH - 2 * CARD_SIDE - gap) // 2)
        return judged

    def _is_one_of_several(self) -> bool:
        """Whether another vault may stand beside this one, so that it has to be told which of them it is."""
        try:
            return any(path.is_dir() and path != self._folder for path in self._folder.parent.iterdir())
        except OSError:
            return True

    def _other_ways(self) -> QBoxLayout:
        """What may be done in place of making a vault for this desk alone."""
        space = self.theme.space
        ways = row(self.join, self.restore, 1, spacing=space("tight"))
        others = label(self.language.text("Other ways to begin"), "strong", wrap=True)
        return column(others, ways, spacing=space("tight"), margins=(0, space("tight"), 0, 0))

    def _without_passphrase(self) -> QBoxLayout:
        """What helps whoever cannot open the vault, and which vault it is."""
        text, space = self.language.text, self.theme.space
        self.restore.hide()  # until the vault turns out to be beyond opening
        ways = row(self.recover, self.restore, 1, spacing=space("tight"))
        forgotten = label(text("Passphrase forgotten?"), "strong", wrap=True)
        helps = text("A supervisor sets you a new one, under Administration. No supervisor can? Use the recovery code.")
        who_helps = label(helps, "muted", wrap=True)
        name = ElidedLabel(text("Vault: {name}", name=self._folder.name), "muted")
        where = widget_of(column(name, margins=(0, space("tight"), 0, 0)))
        if not self._is_one_of_several():
            where.hide()
        seen = self._workspace.last_in_step
        when = "" if seen is None else text("Register: last in step {when}", when=self.language.moment(seen))
        self.register = label(when, "muted", wrap=True)
        self.register.setVisible(bool(when))
        where.setToolTip(f"{LEFT_TO_RIGHT_MARK}{self._folder}")
        return column(
            forgotten, who_helps, ways, where, self.register, spacing=space("tight"), margins=(0, space("tight"), 0, 0)
        )
