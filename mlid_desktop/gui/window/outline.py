"""What the main window has around its pages: the place for the bar, the notice of a fault, the keys, the focus ring."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QBoxLayout, QMainWindow, QWidget

from mlid_desktop.gui.theme.style import Theme
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.gui.widgets.elements import Notice, clear, column, row
from mlid_desktop.gui.widgets.focus import FocusRing


class Outline:
    """Bar, notices, keys and focus ring, put around the pages once the window is on screen."""

    def __init__(self, window: QMainWindow, layout: QBoxLayout, theme: Theme, *, right_to_left: bool) -> None:
        self._top = QWidget()
        self._parts = column()
        self._bar: QWidget | None = None
        self._top.setLayout(self._parts)
        self._notice = Notice(theme)
        self._holder = QWidget()
        self._holder.setLayout(row(self._notice, margins=(24, 12, 24, 0)))
        self._holder.hide()
        self._warning = Notice(theme)
        self._warning_holder = QWidget()
        self._warning_holder.setLayout(row(self._warning, margins=(24, 12, 24, 0)))
        self._warning_holder.hide()
        layout.insertWidget(0, self._top)
        layout.insertWidget(1, self._warning_holder)
        layout.insertWidget(2, self._holder)
        self._window = window
        self.direct(right_to_left=right_to_left)
        self._ring = FocusRing(window, theme)

    def direct(self, *, right_to_left: bool) -> None:
        """Sets the reading direction of the language; also for dialogs and menus, which ask the application and not
        their window."""
        direction = Qt.LayoutDirection.RightToLeft if right_to_left else Qt.LayoutDirection.LeftToRight
        QApplication.setLayoutDirection(direction)
        self._window.setLayoutDirection(direction)

    def fill(self, parts: Sequence[QWidget], keys: Mapping[str, Callable[[], None]]) -> None:
        """Shows another bar, or none, with its keys."""
        clear(self._parts)
        self._bar = parts[0] if parts else None
        for part in parts:
            self._parts.addWidget(part)
        if parts:
            for key, action in keys.items():
                QShortcut(QKeySequence(key), parts[0]).activated.connect(action)

    def hide_bar(self, *, hidden: bool) -> None:
        """Takes the bar away, or shows it again; what stands below it, as the banner of a demo vault, stays."""
        if self._bar is not None:
            self._bar.setHidden(hidden)

    def warn(self, text: str) -> None:
        """Warns of what is about to happen by itself."""
        if text != self._warning.text:
            self._warning.say(text, Tone.INCONCLUSIVE)
            self._warning_holder.setVisible(bool(text))

    def say(self, text: str) -> None:
        """Shows a fault that belongs to no page; nothing takes it away."""
        self._notice.say(text, Tone.REJECTED)
        self._holder.setVisible(bool(text))
