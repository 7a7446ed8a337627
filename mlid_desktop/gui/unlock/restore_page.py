"""The dialog that makes a vault from a backup: read whole first, then made; where one is already, that is put aside."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QGridLayout, QLayout, QLineEdit, QWidget

from mlid_desktop.domain.errors import MlidError
from mlid_desktop.gui.page.fault_presenter import fault_text
from mlid_desktop.gui.state.workspace import Workspace
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.gui.widgets.controls import Button, Check
from mlid_desktop.gui.widgets.dialogs import dialog_column, first_empty
from mlid_desktop.gui.widgets.elements import Notice, column, label, row, widget_of
from mlid_desktop.gui.widgets.file_dialogs import FileDialogs, FileKind
from mlid_desktop.gui.widgets.footer import ClosedReason, answers_row
from mlid_desktop.gui.widgets.secret_help import SecretHelp
from mlid_desktop.station.administration.vault_admin import BackupReport, Credential, Replacement

WIDTH = 720


class RestoreDialog(QDialog):
    """Restores a backup: it is read to its last byte, then the vault is made in ``folder``; one that is there is left
    alone, or ``replaces`` it: then it is put aside, and where is said. Accepted once the vault is there."""

    def __init__(self, parent: QWidget, workspace: Workspace, folder: Path, *, replaces: bool = False) -> None:
        super().__init__(parent)
        language, theme = workspace.language, workspace.theme
        text = language.text
        self._workspace, self._folder, self._language = workspace, folder, language
        self._found: BackupReport | None = None  # once it was read and found whole
        self._busy, self._replaces = False, replaces
        self.setWindowTitle(text("Restore from a backup"))
        self.choose_folder: Callable[[], str] = self._ask_for_folder
        self.backup, self.name, self.secret = QLineEdit(), QLineEdit(), _secret()
        self.second_name, self.second_secret = QLineEdit(), _secret()
        self.by_code = Check(theme, text("Use the recovery code instead"))
        self.by_code.toggled.connect(self._ask_for_code)
        self._secret_caption = label(text("Supervisor's passphrase"), "strong")
        self._step = label("", "muted")
        self.help = SecretHelp(theme, language, (self.secret,))
        self.second_help = SecretHelp(theme, language, (self.second_secret,))
        self.notice = Notice(theme)
        self.do = Button(theme, text("Check the backup"), "primary").on(self.go_on)
        self.do.setDefault(True)
        self._why = ClosedReason(self.do)
        self.leave = Button(theme, text("Cancel"), "footer").on(self.reject)
        self._choose = Button(theme, text("Choose …"), "plain", "folder").on(self._choose_backup)
        self.back = Button(theme, text("Back"), "footer").on(self._changed)
        self._asked, self._two = self._fields(), self._second_part()
        left_out = text(
            "Whoever was erased since then may be in this backup. Open Administration, Backups, and there “Erase again "
            "after a restore …”: the saved list of erasures takes them out."
        )
        aside = Notice(theme)
        named = label(text("After it is restored: erase again"), "strong", wrap=True)
        afterwards = column(named, label(left_out, wrap=True), spacing=theme.space("hair"))
        self._follows = widget_of(column(aside, afterwards, spacing=theme.space("snug")))
        parts = (self._asked, self.notice, self._follows, self._two)
        layout = dialog_column(theme, self.windowTitle(), *parts, step=self._step)
        layout.addStrut(WIDTH)
        layout.addSpacing(theme.space("tight"))
        layout.addLayout(answers_row(theme, self.back, self._why, self.leave, self.do))
        layout.setSizeConstraint(QLayout.SizeConstraint.SetFixedSize)  # what is said may need another line
        self.setLayout(layout)
        if replaces:
            aside.say(text("The vault that is here is put aside whole, not deleted."), Tone.INFORMATION)
        for field in (self.backup, self.name, self.secret):
            field.textChanged.connect(self._changed)
        for field in (self.second_name, self.second_secret):
            field.textChanged.connect(self._look)
        self._changed()

    def go_on(self) -> None:
        """Checks the backup, or restores what was found whole."""
        location, opens, second = self.backup.text().strip(), self._credential(), self._second()
        keeping, language = self._workspace.station.vault_admin(), self._language
        self._set_busy(busy=True)
        self.notice.say(language.text("Reading the backup …"), Tone.INFORMATION)
        folder = self._folder
        if self._found is not None and self._replaces:
            self._workspace.on_vault(
                lambda: keeping.replace(location, folder, opens, second), self._has_replaced, self._failed
            )
        elif self._found is not None:
            self._workspace.on_vault(
                lambda: keeping.restore(location, folder, opens, second), lambda _: self.accept(), self._failed
            )
        else:
            self._workspace.on_vault(lambda: keeping.verify(location, opens), self.show_found, self._failed)

    def show_found(self, report: BackupReport) -> None:
        """Shows the second step: what was found in the backup, who is left out of it, and who confirms."""
        language = self._language
        self._found = report
        self._set_busy(busy=False)
        made = language.date(report.made_at)
        said = language.plural(
            "Complete: {number} person, {date}.",
            "Complete: {number} people, {date}.",
            report.subjects,
            date=made,
        )
        self.notice.say(said, Tone.ACCEPTED)
        self.do.relabel(language.text("Restore"))
        self._step.setText(language.text("Step 2 of 2: restore it"))
        self._show_parts()
        (self.second_name if report.needs_second else self.do).setFocus(Qt.FocusReason.OtherFocusReason)

    def _has_replaced(self, made: Replacement) -> None:
        """Shows where the vault of before is, which must be read; nothing is left to be asked."""
        self._busy = False
        for part in (self.leave, self.back, self._follows, self._two):
            part.hide()
        said = self._language.text("Restored. What was here before is in {folder}.", folder=made.set_aside)
        self.notice.say(said, Tone.ACCEPTED)
        self.do.relabel(self._language.text("Done"))
        self.do.setEnabled(True)
        self.do.clicked.disconnect()
        self.do.on(self.accept)
        self.rejected.connect(self.accepted)  # Esc: it is done either way
        self.do.setFocus()

    def _failed(self, fault: MlidError) -> None:
        self._set_busy(busy=False)
        if self._found is None:
            self._changed()
        self.notice.say(fault_text(fault, self._language))

    def _changed(self) -> None:
        """Asks for another check: what was found holds for what was entered then."""
        self._found = None
        self._show_parts()
        self.do.relabel(self._language.text("Check the backup"))
        self._step.setText(self._language.text("Step 1 of 2: check it"))
        self.notice.say("")
        self._look()

    def _show_parts(self) -> None:
        """Shows what the step asks for: first which backup, and what opens it; then what follows, and who confirms."""
        found = self._found
        self._asked.setVisible(found is None)
        self._follows.setVisible(found is not None)
        self.back.setVisible(found is not None)
        self._two.setVisible(found is not None and found.needs_second)

    def _look(self) -> None:
        """Goes on only once it is said which backup, and what opens it (a vault of one person needs no name); then,
        where a second person has to confirm it, who that is."""
        second = () if self._found is None or not self._found.needs_second else (self.second_name, self.second_secret)
        why = first_empty(self._language, self.backup, self.secret, *second)
        self._why.allow(not why and not self._busy, why)

    def _credential(self) -> Credential:
        if self.by_code.isChecked():
            return Credential(None, self.secret.text(), is_recovery_code=True)
        return Credential(self.name.text().strip() or None, self.secret.text())

    def _second(self) -> Credential | None:
        name = self.second_name.text().strip()
        return Credential(name, self.second_secret.text()) if name else None

    def _ask_for_code(self, on: bool) -> None:
        words = self._language.text("Recovery code") if on else self._language.text("Supervisor's passphrase")
        self._secret_caption.setText(words)
        self.secret.setAccessibleName(words)
        self.name.setDisabled(on)
        self._changed()

    def reject(self) -> None:
        """Closes the dialog, but not while a backup is read or restored: what has begun is seen to its end."""
        if not self._busy:
            super().reject()

    def _set_busy(self, *, busy: bool) -> None:
        self._busy = busy
        fields = (self.backup, self.name, self.secret, self.second_name, self.second_secret)
        for widget in (*fields, self.leave, self.back, self._choose):
            widget.setDisabled(busy)
        self._look()
        self.name.setDisabled(busy or self.by_code.isChecked())
        self.by_code.setDisabled(busy)

    def _choose_backup(self) -> None:
        chosen = self.choose_folder()
        if chosen:
            self.backup.setText(chosen)

    def _ask_for_folder(self) -> str:
        dialogs = FileDialogs(self, self._workspace.station)
        return dialogs.folder(FileKind.BACKUP, self._language.text("Folder of the backup"))

    def _fields(self) -> QWidget:
        text, space = self._language.text, self._workspace.theme.space
        grid = QGridLayout()
        grid.setVerticalSpacing(space("hair"))
        grid.setHorizontalSpacing(space("snug"))
        chosen = row(spacing=space("snug"))
        chosen.addWidget(self.backup, 1)
        chosen.addWidget(self._choose)
        grid.addLayout(chosen, 1, 0, 1, 2)
        captions = (
            (text("Folder of the backup"), self.backup, 0, 0, 2),
            (text("Supervisor's name"), self.name, 3, 0, 1),
        )
        for name, field, line, position, wide in captions:
            caption = label(name, "strong", wrap=True)
            caption.setBuddy(field)
            caption.setContentsMargins(0, space("snug") if line else 0, 0, 0)  # nearer to its own field
            field.setAccessibleName(name)
            grid.addWidget(caption, line, position, 1, wide, Qt.AlignmentFlag.AlignBottom)
            if field is not self.backup:
                grid.addWidget(field, line + 1, position, 1, wide)
        self._secret_caption.setContentsMargins(0, space("snug"), 0, 0)
        self._secret_caption.setBuddy(self.secret)
        self.secret.setAccessibleName(text("Supervisor's passphrase"))
        grid.addWidget(self._secret_caption, 3, 1)
        grid.addWidget(self.secret, 4, 1)
        grid.addWidget(self.by_code, 5, 0)
        grid.addWidget(self.help, 5, 1)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        lead = label(text("It is read to the last byte. Nothing is made or changed yet."), "muted", wrap=True)
        parts = column(lead, spacing=space("snug"))
        parts.addLayout(grid)
        return widget_of(parts)

    def _second_part(self) -> QWidget:
        """What is asked of a second person, where the vault in the backup has more people than one."""
        text, space = self._language.text, self._workspace.theme.space
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(space("hair"))
        grid.setHorizontalSpacing(space("snug"))
        why = text("This vault has several people: a second one confirms that it is restored.")
        grid.addWidget(label(why, wrap=True), 0, 0, 1, 2)
        captions = (
            (text("Second person's name"), self.second_name),
            (text("Second person's passphrase"), self.second_secret),
        )
        for position, (name, field) in enumerate(captions):
            caption = label(name, "strong", wrap=True)
            caption.setBuddy(field)
            field.setAccessibleName(name)
            grid.addWidget(caption, 1, position, Qt.AlignmentFlag.AlignBottom)
            grid.addWidget(field, 2, position)
            grid.setColumnStretch(position, 1)
        grid.addWidget(self.second_help, 3, 1)
        return widget_of(grid)


def _secret() -> QLineEdit:
    made = QLineEdit()
    made.setEchoMode(QLineEdit.EchoMode.Password)
    return made
