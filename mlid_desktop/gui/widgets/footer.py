"""The footer of a page, with its one primary button, and the widget for an empty page."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from mlid_desktop.gui.theme.style import Theme
from mlid_desktop.gui.widgets.controls import Button
from mlid_desktop.gui.widgets.elements import Icon, WrappedLabel, column, frame, label, row, tag

TEXT_WIDTH: Final = 440  # px, at most, of the sentence on an empty page
DISC: Final = 80  # px, around its icon
SPARE: Final = 24  # px: for a word that is longer than its share of a line


class ClosedReason(WrappedLabel):
    """Says, as long as a button is closed, what has to be done first; nothing once it is open."""

    def __init__(self, button: Button) -> None:
        super().__init__("")
        tag(self, kind="muted")
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setAlignment(Qt.AlignmentFlag.AlignTrailing | Qt.AlignmentFlag.AlignVCenter)
        self._button = button

    def allow(self, allowed: bool, why_not: str = "") -> None:
        """Opens or closes the button."""
        self._button.setEnabled(allowed)
        self._button.setAccessibleDescription("" if allowed else why_not)
        self.setText("" if allowed else why_not)


def answers_row(theme: Theme, *parts: QWidget) -> QHBoxLayout:
    """The buttons at the end of a dialog; the reason why one is closed has the room that they leave."""
    made = row(*parts, spacing=theme.space("snug"))
    for position, part in enumerate(parts):
        made.setStretch(position, int(isinstance(part, ClosedReason)))
    return made


class Footer(QFrame):
    """The buttons at the end of a page: leading actions at the start, Back and the one primary action at the end,
    always in the same place."""

    def __init__(self, theme: Theme, back: str, primary: str) -> None:
        super().__init__()
        tag(self, kind="footer")
        self._theme = theme
        self.back = Button(theme, back, "footer")
        self.primary = Button(theme, primary, "primary")
        self._leading: QHBoxLayout = row(spacing=theme.space("tight"))
        self._why = ClosedReason(self.primary)
        base, wide = theme.space("snug"), theme.space("wide")
        layout = row(self._leading, spacing=theme.space("snug"), margins=(wide, base, wide, base))
        layout.addWidget(self._why, 1)
        self._before: QHBoxLayout = row(spacing=theme.space("snug"))
        layout.addWidget(self.back)
        layout.addLayout(self._before)
        layout.addWidget(self.primary)
        self.setLayout(layout)

    def allow(self, allowed: bool, why_not: str = "") -> None:
        """Opens or closes the primary action; beside one that is closed stands what has to be done first."""
        self._why.allow(allowed, why_not)

    def lead(self, *buttons: Button) -> None:
        """Takes buttons at the start that a page made itself."""
        for button in buttons:
            self._leading.addWidget(button)

    def add(self, text: str, action: Callable[[], object], icon: str = "", kind: str = "footer") -> Button:
        """Adds an action at the start."""
        button = Button(self._theme, text, kind, icon).on(action)
        self._leading.addWidget(button)
        return button

    def add_before_primary(self, text: str, action: Callable[[], object]) -> Button:
        """Adds another way on, between Back and the primary action."""
        button = Button(self._theme, text, "footer").on(action)
        self._before.addWidget(button)
        return button


class EmptyState(QWidget):
    """Shows on an empty page what will appear there and how."""

    def __init__(self, theme: Theme, icon: str, title: str, text: str) -> None:
        super().__init__()
        self._drawing = Icon(theme, icon, "muted", 40)
        disc = frame("disc")
        disc.setFixedSize(DISC, DISC)
        disc.setLayout(row(1, self._drawing, 1))
        self._title = label(title, "head")
        self._text = label(text, "muted", wrap=True)
        self._text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._text.setFixedWidth(TEXT_WIDTH)
        self.code = label("", "muted")
        self.code.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.offers = row(spacing=theme.space("snug"))
        layout = column(1, spacing=theme.space("tight"), margins=(24, 24, 24, 24))
        for part in (disc, self._title, self._text):
            layout.addLayout(row(1, part, 1))
        layout.addSpacing(theme.space("tight"))
        layout.addLayout(self._centred())
        layout.addSpacing(theme.space("tight"))
        layout.addLayout(row(1, self.code, 1))
        self.code.hide()
        layout.addStretch(1)
        self.setLayout(layout)

    def say(self, icon: str, title: str, text: str, code: str = "") -> None:
        """Shows another reason to be empty; the ``code`` of a fault is for the help desk, and shown where it is asked
        for."""
        self.code.setText(code)
        self.code.hide()
        self._drawing.show_as(icon, "muted")
        self._title.setText(title)
        self._text.setText(text)
        self._text.setVisible(bool(text))
        length = self._text.fontMetrics().horizontalAdvance(text)
        lines = max(1, ceil(length / TEXT_WIDTH))  # of about one length: no word stands alone in the last one
        self._text.setFixedWidth(TEXT_WIDTH if "\n" in text else min(TEXT_WIDTH, round(1.15 * length / lines) + SPARE))
        self.setAccessibleName(f"{title.removesuffix('.')}. {text}")

    def _centred(self) -> QHBoxLayout:
        return row(1, self.offers, 1)
