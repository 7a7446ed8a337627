"""The dialog that makes a register of this vault: the server is looked at, the register made, and what its
administrator has to allow shown, saved and checked."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QApplication, QDialog, QLayout, QPlainTextEdit, QWidget

from mlid_desktop.domain.errors import MlidError
from mlid_desktop.domain.roles import Act
from mlid_desktop.gui.administration.people_actions import ActionHost
from mlid_desktop.gui.page.fault_presenter import fault_text
from mlid_desktop.gui.page.second_person import Confirm, with_second
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.gui.widgets.controls import Button
from mlid_desktop.gui.widgets.dialogs import dialog_column, first_empty
from mlid_desktop.gui.widgets.elements import Notice, column, label, widget_of
from mlid_desktop.gui.widgets.file_dialogs import FileDialogs, FileKind
from mlid_desktop.gui.widgets.footer import ClosedReason, answers_row
from mlid_desktop.gui.widgets.secret_help import SecretHelp
from mlid_desktop.gui.widgets.server_form import ServerForm
from mlid_desktop.station.administration.register.server import (
    LACKS,
    ServerState,
    connection_words,
    server_paper,
)
from mlid_desktop.station.administration.register.service import NewRegister
from mlid_desktop.station.documents.output_files import write_private
from mlid_desktop.station.text.language import N_ as _

WIDTH, PAPER_HEIGHT = 760, 248
USUAL_ADMINISTRATOR = "postgres"
PAPER, AUTHORITY = "register.txt", "desks.crt"


class MakingDialog(QDialog):
    """Makes a register of the unlocked vault. ``made`` is called once there is one, and again once this desk has
    sent everything. What the server's administrator has to allow stands in ``paper`` afterwards."""

    def __init__(self, parent: QWidget, host: ActionHost, made: Callable[[], None]) -> None:
        super().__init__(parent)
        workspace = host.workspace
        language, theme = workspace.language, workspace.theme
        text = language.text
        self._workspace, self._host, self._told_made = workspace, host, made
        self._text, self._theme = text, theme
        self._busy, self._is_ready, self._is_kept = False, False, False
        self._made: NewRegister | None = None
        self.setWindowTitle(text("Share with other desks"))
        dialogs = FileDialogs(self, workspace.station)
        certificate = text("Certificate file of the server")
        self.choose_folder: Callable[[str], str] = partial(dialogs.folder, FileKind.CERTIFICATE)
        self.server = ServerForm(
            theme, language, text("Administrator's account"), partial(dialogs.open, FileKind.CERTIFICATE, certificate)
        )
        self.server.role.setText(USUAL_ADMINISTRATOR)
        self.server.changed.connect(self._changed)
        self.paper = QPlainTextEdit()
        self.notice = Notice(theme)
        self.do = Button(theme, text("Check the server"), "primary").on(self.go_on)
        self.do.setDefault(True)
        self._why = ClosedReason(self.do)
        self.leave = Button(theme, text("Cancel"), "footer").on(self.reject)
        self.copy = Button(theme, text("Copy"), "footer").on(self._copy)
        self.save = Button(theme, text("Save …"), "footer").on(self._save)
        self.help = SecretHelp(theme, language, (self.server.secret,))
        self._asking, self._allowing = self._ask_part(), self._allow_part()
        layout = dialog_column(theme, text("Share with other desks"))
        layout.addWidget(self._asking)
        layout.addWidget(self._allowing)
        layout.addStrut(WIDTH)
        layout.addWidget(self.notice)
        layout.addLayout(answers_row(theme, self.help, self.copy, self.save, self._why, self.leave, self.do))
        layout.setSizeConstraint(QLayout.SizeConstraint.SetFixedSize)  # what is said may need another line
        self.setLayout(layout)
        for widget in (self._allowing, self.copy, self.save):
            widget.hide()
        self.server.server.setFocus()
        self._look_at_form()

    def go_on(self) -> None:
        """Looks at the server, then makes the register, then checks that this desk is let in."""
        if self._made is not None:
            self._check()
        elif self._is_ready:
            self._make()
        else:
            self._look()

    def reject(self) -> None:
        """Closes the dialog, but not while the server is asked; what is shown once has to be kept first."""
        if self._busy:
            return
        if self._made is not None and not self._is_kept:
            self._is_kept = True  # and closes when it is asked again
            self.notice.say(self._text("Copy or save this first: the passphrase for joining is not shown again."))
            return
        super().reject()

    def _look(self) -> None:
        server, administrator, password = self._given()
        self._set_busy(busy=True)
        self.notice.say(self._text("Reaching the server …"), Tone.INFORMATION)
        service = self._workspace.unlocked.session.register
        self._workspace.on_vault(
            lambda: service.look_at_server(server, administrator, password), self._seen, self._failed
        )

    def _seen(self, state: ServerState) -> None:
        self._set_busy(busy=False)
        self._is_ready = state.is_ready
        lacks = " ".join(self._text(LACKS[lack]) for lack in state.lacks)
        self.do.relabel(self._text("Make the register") if state.is_ready else self._text("Check the server"))
        if state.is_ready:
            ready = self._text("The server is ready: PostgreSQL {version}.", version=state.version)
            self.notice.say(f"{ready} {lacks}".strip(), Tone.INCONCLUSIVE if lacks else Tone.ACCEPTED)
        else:
            self.notice.say(lacks)

    def _make(self) -> None:
        text, service = self._text, self._workspace.unlocked.session.register
        server, administrator, password = self._given()
        name = self.server.desk_name.text()
        self._set_busy(busy=True)

        def ask() -> tuple[str, str] | None:
            asked = self._host.ask_second(
                text("Make a register of this vault?"), text("A second person confirms it with a passphrase.")
            )
            if asked is None:
                self._set_busy(busy=False)
            return asked

        def do(confirm: Confirm) -> None:
            self.notice.say(text("Working …"), Tone.INFORMATION)
            self._workspace.on_vault(
                lambda: service.create(server, administrator, name, confirm(), password),
                self._show_what_to_allow,
                self._failed,
            )

        with_second(self._workspace, Act.GOVERN, ask, do, self._failed)

    def _show_what_to_allow(self, made: NewRegister) -> None:
        self._made = made
        self.server.secret.clear()
        self._set_busy(busy=False)
        joining = connection_words({**self.server.reached, "user": made.join_role})
        self.paper.setPlainText(server_paper(made, joining, AUTHORITY, self._workspace.language))
        for widget in (self._allowing, self.copy, self.save):
            widget.show()
        self._asking.hide()
        self.help.hide()
        self.leave.relabel(self._text("Close"))
        self.do.relabel(self._text("Check"))
        self.notice.say(self._text("The register is made. Now its administrator lets the desks in."), Tone.ACCEPTED)
        self._told_made()

    def _check(self) -> None:
        service = self._workspace.unlocked.session.register
        self._set_busy(busy=True)
        self.notice.say(self._text("Reaching the server …"), Tone.INFORMATION)

        def check() -> int:
            return service.bring_in_step().come

        self._workspace.on_vault(check, self._is_let_in, self._failed)

    def _is_let_in(self, sent: int) -> None:
        self._set_busy(busy=False)
        done = _("This desk is let in, and everything is sent: {items} items. Other desks may join now.")
        self.notice.say(self._text(done, items=sent), Tone.ACCEPTED)
        self._told_made()

    def _failed(self, fault: MlidError) -> None:
        self._set_busy(busy=False)
        self.notice.say(fault_text(fault, self._workspace.language))

    def _changed(self) -> None:
        """Asks for another look: what was seen holds for what was entered then."""
        if self._made is None:
            self._is_ready = False
            self.do.relabel(self._text("Check the server"))
            self.notice.say("")
            self._look_at_form()

    def _look_at_form(self) -> None:
        """Goes on only once it is said which server, and who connects."""
        why = "" if self._made is not None else first_empty(self._workspace.language, *self.server.needed)
        self._why.allow(not why and not self._busy, why)

    def _given(self) -> tuple[str, str, str]:
        reached, administrator = connection_words(self.server.reached), connection_words(self.server.asks_as)
        return reached, administrator, self.server.secret.text()

    def _copy(self) -> None:
        QApplication.clipboard().setText(self.paper.toPlainText())
        self._is_kept = True
        self.notice.say(self._text("Copied. The certificate authority is saved as a file."), Tone.INFORMATION)

    def _save(self) -> None:
        """Writes the paper and the authority of desks' certificates into a folder."""
        chosen, made, paper = self.choose_folder(self._text("Where to")), self._made, self.paper.toPlainText()
        if not chosen or made is None:
            return
        folder = Path(chosen)

        def write() -> None:
            write_private(folder / PAPER, f"{paper}\n".encode(), replace=True)
            write_private(folder / AUTHORITY, made.authority, replace=True)

        self._workspace.on_vault(write, lambda _: self._saved(chosen), self._failed)

    def _saved(self, folder: str) -> None:
        self._is_kept = True
        said = _("Written to {path}: {paper} and {authority}.")
        self.notice.say(self._text(said, path=folder, paper=PAPER, authority=AUTHORITY), Tone.ACCEPTED)

    def _set_busy(self, *, busy: bool) -> None:
        self._busy = busy
        for widget in (self.server, self.leave, self.save):
            widget.setDisabled(busy)
        self._look_at_form()

    def _ask_part(self) -> QWidget:
        text, space = self._text, self._theme.space
        why = text(
            "All desks enrol and check the same people, kept on a server of yours that cannot read them; this desk is "
            "the main one, and admits the others. Your IT has what is asked here: an empty PostgreSQL database. "
            "The administrator's passphrase is used now and kept nowhere."
        )
        layout = column(label(why, wrap=True), self.server, spacing=space("snug"))
        return widget_of(layout)

    def _allow_part(self) -> QWidget:
        why = self._text("This is for the administrator of the server, and for desks that join.")
        self.paper.setReadOnly(True)
        self.paper.setAccessibleName(why)
        self.paper.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.paper.setFixedHeight(PAPER_HEIGHT)
        return widget_of(column(label(why, "muted", wrap=True), self.paper, spacing=self._theme.space("snug")))
