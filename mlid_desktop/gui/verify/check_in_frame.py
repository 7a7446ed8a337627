"""How the check-in page is laid out: the field for codes, what the queue sees, what is the operator's alone."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QStackedWidget, QWidget

from mlid_desktop.gui.capture.panel import CapturePanel
from mlid_desktop.gui.page.keys import HELP_KEY, RECEIPT_KEY
from mlid_desktop.gui.page.view import View
from mlid_desktop.gui.state.workspace import Workspace
from mlid_desktop.gui.verify.check_in_cards import CodeField, QueueStand, RecentList
from mlid_desktop.gui.widgets.controls import ICON_GAP, Button, Check, ElidedLabel
from mlid_desktop.gui.widgets.elements import Notice, column, frame, label, row, tag
from mlid_desktop.gui.widgets.wrapping_row import WrappingRow

LIST_WIDTH, NARROW = 280, 1240  # pixels


class CheckInFrame(View):
    """The parts of the page and their places; what they do is the page's."""

    fills_screen = True

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self._workspace = workspace
        theme, text = workspace.theme, workspace.language.text
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        tag(self, kind="canvas")
        self.setAccessibleName(text("Check-in"))
        self.field = CodeField()
        self.field.setPlaceholderText(text("Number, barcode or receipt code"))
        self.field.setAccessibleName(text("Number, barcode or receipt code"))
        self.give = Button(theme, text("Check (Enter)"), "primary")
        self.give.hide()
        self.by_face = Button(theme, text("Find by face (Space)"), "footer", "face")
        self.receipt = Button(theme, text("Scan a receipt …"), "footer", "scan")
        self.by_name = Button(theme, text("Find by name …"), "footer", "people")
        self.receipt.setShortcut(RECEIPT_KEY)
        self.instead = Button(theme, text("Find by name …"), "primary", "people")
        self.instead.hide()
        self.further = Button(theme, text("Confirm by a finger (Enter)"), "primary")
        self.attest = Button(theme, text("I looked at the person and saw nothing artificial."), "primary", "tick")
        self.onward = Button(theme, text("Next (Enter)"), "primary")
        self.stop = Button(theme, text("Stop (Esc)"), "footer")
        self._leading = (self.by_face, self.receipt, self.by_name)
        self._onward = (self.stop, self.give, self.instead, self.further, self.attest, self.onward)
        self.by_spot = Check(theme, text("Search when somebody steps up"))
        self.history = Button(theme, text("Last 20"), "quiet", "people")
        self.history.setAccessibleName(text("Last 20 check-ins"))
        self.history.setToolTip(text("Last 20 check-ins"))
        self.history.setCheckable(True)
        self.history.hide()
        self.home = Button(theme, text("Leave check-in"), "quiet", "back")
        self.locking = Button(theme, text("Lock"), "quiet", "lock")
        for words, button in ((text("Leave check-in"), self.home), (text("Lock"), self.locking)):
            button.setAccessibleName(words)
            button.setToolTip(words)
        self._shortened = {self.locking: text("Lock"), self.home: text("Leave check-in"), self.history: text("Last 20")}
        self.help = Button(theme, "", "icon", "help")
        self.help.setAccessibleName(text("Help"))
        self.help.setToolTip(f"{text('Help')} · {HELP_KEY}")
        for part in (*self._leading, *self._onward, self.by_spot, self.history, self.home, self.help, self.locking):
            part.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._lay_out()

    def _lay_out(self) -> None:
        theme, text = self._workspace.theme, self._workspace.language.text
        wide, base = theme.space("wide"), theme.space("base")
        self.notice = Notice(theme)
        self.stand = QueueStand(theme, text("For the desk"))
        self.card = self.stand.card
        self._stack = QStackedWidget()
        self._stack.addWidget(self.stand)
        self.recent = RecentList(theme, text("Last 20 check-ins"))
        self.recent.setFixedWidth(LIST_WIDTH)
        self.named = ElidedLabel(text("Check-in"), "title")  # large: a queue reads it from afar
        self.whole_name, self.number = ElidedLabel(kind="muted"), label("", "muted")
        for name in (self.named, self.whole_name):
            name.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self.lead = label("", "muted")
        self._title = row(self.named, 1, self.whole_name, self.number, spacing=base)
        for quiet in (self.history, self.home, self.help, self.locking):
            self._title.addWidget(quiet)
        self._coming = row(self.lead, self.field, spacing=base)
        self._coming.setStretch(1, 1)
        acts = WrappingRow(theme.space("tight"))
        for part in self._leading:
            acts.addWidget(part)
        foot = frame("footer")
        snug = theme.space("snug")
        ends = row(spacing=snug, margins=(wide, snug, wide, snug))
        ends.addLayout(acts, 1)
        for last in (self.by_spot, *self._onward):
            ends.addWidget(last)
        foot.setLayout(ends)
        middle = row(spacing=base)
        middle.addWidget(self._stack, 1)
        middle.addWidget(self.recent)
        inside = column(self._title, self._coming, self.notice, spacing=base, margins=(wide, base, wide, base))
        inside.addLayout(middle, 1)
        layout = column(inside, foot)
        layout.setStretch(0, 1)
        self.setLayout(layout)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Gives the picture the room of the list, and of what can be done without, where there is little."""
        super().resizeEvent(event)
        self._make_room()

    @property
    def panel(self) -> CapturePanel | None:
        """The capture that is shown; None between two captures."""
        shown = self._stack.currentWidget()
        return shown if isinstance(shown, CapturePanel) else None

    def _make_room(self) -> None:
        shown: QWidget | None = self._stack.currentWidget()
        narrow = self.width() < NARROW
        self.history.setHidden(self.recent.is_empty)
        self._fit_title()
        has_room = not narrow or shown is self.stand
        self.recent.setVisible(has_room and self.history.isChecked() and not self.recent.is_empty)

    def _fit_title(self) -> None:
        """Shows the buttons beside the title by their icons, one after the other, before a name would be cut; a number
        never is."""
        margins, between = 2 * self._workspace.theme.space("wide"), self._title.spacing()
        parts = (self.whole_name, self.number, self.history, self.home, self.help, self.locking)
        shown = [part for part in parts if not part.isHidden()]
        room = self.width() - margins - between * (len(shown) + 1)
        taken = sum(part.sizeHint().width() for part in (self.named, self.whole_name, self.number, self.help))
        widths = {button: _width(button, words) for button, words in self._shortened.items() if button in shown}
        left = room - taken - sum(widths.values())
        for button, words in self._shortened.items():
            short = left < 0 or (button is self.locking and self.width() < NARROW)
            if short and button in widths:
                left += widths[button] - _width(button, "")
            if bool(button.text()) is short:
                button.relabel("" if short else words)


def _width(button: Button, words: str) -> int:
    """How wide a button is with these words."""
    letters, now = button.fontMetrics(), button.text()
    icon = ICON_GAP if words and not now else -ICON_GAP if now and not words else 0
    return button.sizeHint().width() + letters.horizontalAdvance(words) - letters.horizontalAdvance(now) + icon
