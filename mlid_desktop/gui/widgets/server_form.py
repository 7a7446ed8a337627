"""The fields that say how a register's server is reached, who connects to it, and what this desk is called there."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QMargins, Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLineEdit, QWidget

from mlid_desktop.gui.theme.style import Theme
from mlid_desktop.gui.widgets.controls import Button
from mlid_desktop.gui.widgets.elements import clear_of_edge, column, label
from mlid_desktop.station.text.language import Language

USUAL_PORT = "5432"
COLUMNS = 12


class ServerForm(QWidget):
    """Server, port, database, the certificate that the server's is checked against, a role: all this stands in
    ``by_hand``, which a line of libpq may take the place of. Below it the role's passphrase, and what people call this
    desk, which may stay empty.
    ``changed`` is emitted whenever anything in it is typed; ``choose_certificate`` asks for a file."""

    changed = Signal()

    def __init__(self, theme: Theme, language: Language, role: str, choose_certificate: Callable[[], str]) -> None:
        super().__init__()
        text = language.text
        self._choose_certificate = choose_certificate
        self.server, self.port, self.database, self.certificate = (QLineEdit() for _ in range(4))
        self.role, self.secret, self.desk_name = QLineEdit(), QLineEdit(), QLineEdit()
        self.secret.setEchoMode(QLineEdit.EchoMode.Password)
        self.port.setText(USUAL_PORT)
        self._choose = Button(theme, text("Choose …"), "plain", "folder").on(self._ask_for_certificate)
        self.by_hand = QWidget()
        self.by_hand.setFocusProxy(self.server)
        where, who = _grid(theme), _grid(theme)
        near, far = 5, 7  # columns: the middle ones hold the port, or the button
        captions = (
            (text("Server"), self.server, 0, 0, near),
            (text("Port"), self.port, 0, near, 2),
            (text("Database"), self.database, 0, far, near),
            (text("Certificate file of the server"), self.certificate, 2, 0, far),
            (role, self.role, 2, far, near),
            (text("Database passphrase (ask your IT)"), self.secret, 4, 0, far),
            (text("Name of this desk (may be empty)"), self.desk_name, 4, far, near),
        )
        self._choose.ensurePolished()
        half = -(-(self._choose.sizeHint().width() - theme.space("snug")) // 2)
        for position in range(near, far):  # the lines of both grids begin under one another
            where.setColumnMinimumWidth(position, half)
            who.setColumnMinimumWidth(position, half)
        for name, field, line, position, wide in captions:
            grid = who if field in (self.secret, self.desk_name) else where
            caption = clear_of_edge(label(name, "strong"))
            caption.setBuddy(field)
            if line:  # nearer to its own field
                caption.setContentsMargins(caption.contentsMargins() + QMargins(0, theme.space("hair"), 0, 0))
            field.setAccessibleName(name)
            grid.addWidget(caption, line, position, 1, wide)
            grid.addWidget(field, line + 1, position, 1, near if field is self.certificate else wide)
            field.textChanged.connect(self.changed)
            if field is not self.desk_name:  # names of machines and files, in any language
                field.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        where.addWidget(self._choose, 3, near, 1, 2)
        self.by_hand.setLayout(where)
        parts = column(self.by_hand, spacing=theme.space("hair"))
        parts.addLayout(who)
        self.setLayout(parts)

    @property
    def needed(self) -> tuple[QLineEdit, ...]:
        """What has to be filled in: server, database and role."""
        return self.server, self.database, self.role

    @property
    def reached(self) -> dict[str, str]:
        """How the database is reached, as libpq names it; what is empty is as libpq has it."""
        fields = {"host": self.server, "port": self.port, "dbname": self.database, "sslrootcert": self.certificate}
        return {name: field.text().strip() for name, field in fields.items() if field.text().strip()}

    @property
    def asks_as(self) -> dict[str, str]:
        """Who connects, as libpq names it."""
        return {"user": self.role.text().strip()}

    def fill(self, parameters: dict[str, str]) -> None:
        """Shows these parameters of libpq, as far as there is a field for them."""
        fields = {
            "host": self.server,
            "port": self.port,
            "dbname": self.database,
            "sslrootcert": self.certificate,
            "user": self.role,
        }
        for name, field in fields.items():
            if name in parameters:
                field.setText(parameters[name])

    def _ask_for_certificate(self) -> None:
        chosen = self._choose_certificate()
        if chosen:
            self.certificate.setText(chosen)


def _grid(theme: Theme) -> QGridLayout:
    grid = QGridLayout()
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setVerticalSpacing(theme.space("hair"))
    grid.setHorizontalSpacing(theme.space("snug"))
    for position in range(COLUMNS):
        grid.setColumnStretch(position, 1)
    return grid
