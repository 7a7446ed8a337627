"""The dialog by which a desk joins a register: it shows a code, waits until a supervisor admits it at another desk, and
fetches its copy."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QDialog, QGridLayout, QLayout, QLineEdit, QWidget

from mlid_desktop.domain.errors import Code, MlidError, RegisterError, UsageError
from mlid_desktop.gui.page.fault_presenter import fault_text
from mlid_desktop.gui.state.workspace import Workspace
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.gui.unlock.presenter import time_left
from mlid_desktop.gui.widgets.controls import Button, FoldButton
from mlid_desktop.gui.widgets.dialogs import dialog_column, first_empty
from mlid_desktop.gui.widgets.elements import Notice, clear_of_edge, column, label, row, tag, widget_of
from mlid_desktop.gui.widgets.file_dialogs import FileDialogs, FileKind
from mlid_desktop.gui.widgets.footer import ClosedReason, answers_row
from mlid_desktop.gui.widgets.secret_help import SecretHelp
from mlid_desktop.gui.widgets.server_form import ServerForm
from mlid_desktop.station.administration.register.joining import Joining, JoinRequest, join
from mlid_desktop.station.administration.register.server import connection_words, read_parameters

WIDTH = 760
ASKED_EVERY_MS, SECOND_MS = 2000, 1000
LONGEST_WAIT_S = 30 * 60


class JoinDialog(QDialog):
    """Joins a register and makes its copy in ``folder``; then ``joined`` is called with the name and the passphrase
    that it opens with. What is given up leaves nothing."""

    def __init__(self, parent: QWidget, workspace: Workspace, folder: Path, joined: Callable[[str, str], None]) -> None:
        super().__init__(parent)
        language, theme = workspace.language, workspace.theme
        text = language.text
        self._workspace, self._folder, self._joined = workspace, folder, joined
        self._text, self._theme = text, theme
        self._busy, self._until = False, 0.0  # by the monotonic clock
        self._request: JoinRequest | None = None
        self._joining: Joining | None = None
        self.setWindowTitle(text("Join other desks"))
        dialogs = FileDialogs(self, workspace.station)
        certificate = text("Certificate file of the server")
        self.server = ServerForm(
            theme,
            language,
            text("Joining account"),
            partial(dialogs.open, FileKind.CERTIFICATE, certificate),
        )
        self.server.server.textChanged.connect(self._take_line)
        self.line = QLineEdit()
        self.line.setPlaceholderText(text("Paste the invitation line here"))
        self.line.setAccessibleName(text("Invitation line"))
        self.line.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self.line.textChanged.connect(self._take_line)
        self._step = label("", "muted")
        self.name, self.secret = QLineEdit(), QLineEdit()
        self.secret.setEchoMode(QLineEdit.EchoMode.Password)
        self.code, self._left = label("", "title"), label("", "muted")
        self.notice = Notice(theme)
        self.do = Button(theme, text("Next"), "primary").on(self.go_on)
        self.do.setDefault(True)
        self._why = ClosedReason(self.do)
        self.leave = Button(theme, text("Cancel"), "footer").on(self.reject)
        self.help = SecretHelp(theme, language, (self.server.secret, self.secret))
        self.by_hand = FoldButton(theme, text("Enter it by hand"), self.server.by_hand)
        tag(self.by_hand, edge="flush")
        self.asking, self.waiting, self.opening = self._ask_part(), self._wait_part(), self._open_part()
        parts = (self.asking, self.waiting, self.opening, self.notice)
        layout = dialog_column(theme, self.windowTitle(), *parts, step=self._step)
        layout.addStrut(WIDTH)
        layout.addSpacing(theme.space("tight"))
        layout.addLayout(answers_row(theme, self.help, self._why, self.leave, self.do))
        layout.setSizeConstraint(QLayout.SizeConstraint.SetFixedSize)  # what is said may need another line
        self.setLayout(layout)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(ASKED_EVERY_MS)
        self._timer.timeout.connect(self._ask_again)
        self._second = QTimer(self)
        self._second.setInterval(SECOND_MS)
        self._second.timeout.connect(self._say_left)
        for field in (self.line, *self.server.needed, self.server.secret, self.name, self.secret):
            field.textChanged.connect(self._look)
        self.show_part(self.asking)

    def go_on(self) -> None:
        """Asks for a code, or makes the copy once this desk was admitted."""
        if self._joining is not None:
            self._make_copy(self._joining)
        else:
            self._begin()

    def reject(self) -> None:
        """Closes the dialog, but not while the server is asked or the copy is made."""
        if not self._busy:
            self._give_up()
            super().reject()

    def _begin(self) -> None:
        server = connection_words({**self.server.reached, **self.server.asks_as})
        secret, name = self.server.secret.text(), self.server.desk_name.text()
        self._set_busy(busy=True)
        self.notice.say(self._text("Reaching the server …"), Tone.INFORMATION)
        self._workspace.on_vault(lambda: JoinRequest.begin(server, secret, name), self._begun, self._failed)

    def _begun(self, request: JoinRequest) -> None:
        self._set_busy(busy=False)
        self._request, self._until = request, time.monotonic() + LONGEST_WAIT_S
        self.code.setText(request.code)
        self.code.setAccessibleName(self._text("The code of this desk: {code}", code=request.code))
        self.show_part(self.waiting)
        self.say_waiting()
        self._timer.start()
        self._second.start()

    def _ask_again(self) -> None:
        request = self._request
        if request is None:
            return
        if time.monotonic() > self._until:
            self._give_up()
            self._failed(RegisterError(Code.REGISTER_NOT_ANSWERED))
            return
        self._workspace.on_vault(request.answered, partial(self._heard, request), partial(self._unheard, request))

    def say_waiting(self) -> None:
        """Says that the server is asked again by itself."""
        said = self._text("Waiting for a supervisor. This goes on by itself.")
        if said != self.notice.text:
            self.notice.say(said, Tone.INFORMATION)
        self._say_left()

    def _say_left(self) -> None:
        self._left.setText(time_left(self._until - time.monotonic(), self._workspace.language))

    def _heard(self, request: JoinRequest, joining: Joining | None) -> None:
        if request is not self._request:
            return
        if joining is None:
            self.say_waiting()
            self._timer.start()
            return
        self._joining = joining
        self._give_up()
        self.show_part(self.opening)
        self.notice.say(self._text("This desk was let in."), Tone.ACCEPTED)

    def _unheard(self, request: JoinRequest, fault: MlidError) -> None:
        """The code stays while the server cannot be reached; anything else ends it."""
        if request is not self._request:
            return
        self.notice.say(fault_text(fault, self._workspace.language))
        if fault.code in {Code.REGISTER_UNREACHABLE, Code.REGISTER_BUSY}:
            self._timer.start()
            return
        self._give_up()
        self.show_part(self.asking)

    def _make_copy(self, joining: Joining) -> None:
        name, secret = self.name.text().strip(), self.secret.text()
        workspace, folder = self._workspace, self._folder
        clock = workspace.station.clock
        self._set_busy(busy=True)
        self._say_share(0.0)

        def progress(share: float) -> None:
            workspace.bridge.post(partial(self._say_share, share))

        workspace.on_vault(
            lambda: join(joining, folder, name, secret, clock, progress),
            lambda _: self._done(name, secret),
            self._failed,
        )

    def _say_share(self, share: float) -> None:
        if self._busy:
            self.notice.say(
                self._text("Fetching the register: {percent} %", percent=round(100 * share)), Tone.INFORMATION
            )

    def _done(self, name: str, secret: str) -> None:
        self._set_busy(busy=False)
        self._joining = None
        self.accept()
        self._joined(name, secret)

    def _failed(self, fault: MlidError) -> None:
        self._set_busy(busy=False)
        self.show_part(self.asking if self._joining is None else self.opening)
        if self._joining is None:
            self.by_hand.unfold()  # what was reached may be said wrongly
        self.notice.say(fault_text(fault, self._workspace.language))

    def _give_up(self) -> None:
        """Asks no more; what the server keeps of the asking it forgets by itself."""
        self._timer.stop()
        self._second.stop()
        request, self._request = self._request, None
        if request is not None:
            self._workspace.on_vault(request.close, lambda _: None)

    def _take_line(self, typed: str) -> None:
        """A whole line of libpq that is pasted in place of the server's name fills every field."""
        if "=" not in typed:
            return
        try:
            found = read_parameters(typed)
        except UsageError:
            return
        if found.get("host"):
            self.server.fill(found)
            if not all(field.text().strip() for field in self.server.needed):
                self.by_hand.unfold()

    def show_part(self, part: QWidget) -> None:
        """Shows one of the three parts."""
        for each in (self.asking, self.waiting, self.opening):
            each.setVisible(each is part)
        for widget in (self.do, self.help):
            widget.setVisible(part is not self.waiting)
        self.do.relabel(self._text("Join") if part is self.opening else self._text("Next"))
        steps = {
            self.asking: self._text("Step 1 of 3: reach the other desks"),
            self.waiting: self._text("Step 2 of 3: be let in"),
            self.opening: self._text("Step 3 of 3: open it here"),
        }
        self._step.setText(steps[part])
        first = {self.asking: self.line, self.opening: self.name}.get(part, self.leave)
        first.setFocus(Qt.FocusReason.OtherFocusReason)
        self._look()

    def _look(self) -> None:
        """Goes on only once everything that this part asks for is there."""
        is_asking = self.opening.isHidden()
        asked = (*self.server.needed, self.server.secret) if is_asking else (self.name, self.secret)
        why = "" if self.do.isHidden() else first_empty(self._workspace.language, *asked)
        if why and is_asking and self.server.by_hand.isHidden() and not self.server.server.text():
            wrong, missing = self._text("This is no invitation line."), self._text("Paste the invitation line.")
            why = wrong if self.line.text() else missing
        self._why.allow(not why and not self._busy, why)

    def _set_busy(self, *, busy: bool) -> None:
        self._busy = busy
        for widget in (self.line, self.server, self.name, self.secret, self.leave):
            widget.setDisabled(busy)
        self._look()

    def _ask_part(self) -> QWidget:
        text, space = self._text, self._theme.space
        why = text(
            "The main desk showed an invitation line when sharing was set up. It fills in all but the passphrase. "
            "Next, this desk shows a code, by which a supervisor lets it in."
        )
        caption = clear_of_edge(label(text("Invitation line"), "strong"))
        caption.setBuddy(self.line)
        pasted = column(caption, self.line, row(self.by_hand, 1), spacing=space("hair"))
        return widget_of(column(label(why, "muted", wrap=True), pasted, self.server, spacing=space("snug")))

    def _wait_part(self) -> QWidget:
        text, space = self._text, self._theme.space
        how = text(
            "At the main desk, a supervisor opens Administration, Desks, “Admit a desk …”, and types this code. Where "
            "every letter is right, the two desks talk to one another and to nobody else."
        )
        self.code.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.code.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._left.setAlignment(Qt.AlignmentFlag.AlignCenter)
        parts = column(label(how, wrap=True), self.code, spacing=space("base"))
        parts.addWidget(self._left)  # it counts the seconds: nothing else has to move
        return widget_of(parts)

    def _open_part(self) -> QWidget:
        text, space = self._text, self._theme.space
        why = text("Whoever opens the vault at the other desk opens it here too, by the same passphrase.")
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(space("hair"))
        grid.setHorizontalSpacing(space("snug"))
        for position, (words, field) in enumerate(((text("Your name"), self.name), (text("Passphrase"), self.secret))):
            caption = label(words, "strong")
            caption.setBuddy(field)
            field.setAccessibleName(words)
            grid.addWidget(caption, 0, position)
            grid.addWidget(field, 1, position)
        layout = column(label(why, "muted", wrap=True), spacing=space("snug"))
        layout.addLayout(grid)
        return widget_of(layout)
