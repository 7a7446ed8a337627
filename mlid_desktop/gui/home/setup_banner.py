"""The line of the home page that tells how far the set-up of the desk is, until all of it is done."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QFrame, QProgressBar

from mlid_desktop.gui.home.presenter import SetupState
from mlid_desktop.gui.theme.style import Theme
from mlid_desktop.gui.widgets.controls import Button, ElidedLabel
from mlid_desktop.gui.widgets.elements import Icon, column, label, row, tag

ICON, BAR_WIDTH = 28, 160


class SetupBanner(QFrame):
    """Names what is missing before anything works, with how much of it is done, and the button that leads there; hidden
    where nothing is."""

    def __init__(self, theme: Theme, go_on: Callable[[], None]) -> None:
        super().__init__()
        tag(self, kind="notice", tone="information")
        self._words, self._missing = label("", "strong"), ElidedLabel(kind="muted")
        self._done = QProgressBar()
        self._done.setFixedWidth(BAR_WIDTH)
        self._done.setTextVisible(False)
        self.button = Button(theme, "", "plain").on(go_on)
        base = theme.space("base")
        first = row(self._words, self._done, 1, spacing=base)
        layout = row(Icon(theme, "settings", "information", ICON), spacing=base, margins=(24, 8, 24, 8))
        layout.addLayout(column(first, self._missing, spacing=2), 1)
        layout.addWidget(self.button)
        self.setLayout(layout)
        self.hide()

    def show_state(self, state: SetupState | None) -> None:
        """Shows how far it is; hides where nothing is missing, or nobody is here to do it."""
        self.setVisible(state is not None)
        if state is not None:
            self._words.setText(state.words)
            self._missing.show_text(state.missing)
            self._done.setMaximum(state.count)
            self._done.setValue(state.done)
            self._done.setAccessibleName(state.words)
            self.button.relabel(state.action)
            self.button.setAccessibleName(f"{state.action}: {state.words}")
