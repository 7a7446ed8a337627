"""The help window in front of a page."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog, QGridLayout, QWidget

from mlid_desktop.gui.page.help_presenter import HelpScreen
from mlid_desktop.gui.theme.style import Theme
from mlid_desktop.gui.widgets.controls import Button
from mlid_desktop.gui.widgets.dialogs import dialog_column, resize_within
from mlid_desktop.gui.widgets.elements import column, label, row, tag
from mlid_desktop.gui.widgets.fitting_area import FittingArea, MoreBelow
from mlid_desktop.station.text.language import Language

WIDTH = 720
BESIDE, AROUND = 48, 164  # pixels: the margins, and the title and button above and below
KEY_COLUMNS, BETWEEN = 2, 2  # halves of the list of keys; the empty column between them


class HelpWindow(QDialog):
    """Shows what a page is for, then the keys that work there; or all keys of the program. Esc and F1 close it."""

    def __init__(self, parent: QWidget, theme: Theme, language: Language, screen: HelpScreen, *, steps: bool) -> None:
        super().__init__(parent)
        title = screen.title if steps else language.text("All keys")
        self.setWindowTitle(title)
        tag(self, kind="help")
        layout = column(spacing=theme.space("snug"), margins=(0, 0, theme.space("tight"), 0))
        if steps:
            for number, step in enumerate(screen.steps, 1):
                heading = label(f"{number}." if screen.is_sequence else "•", "strong")
                heading.setFixedWidth(28)
                line = row(spacing=theme.space("tight"))
                line.addWidget(heading, 0, Qt.AlignmentFlag.AlignTop)
                line.addWidget(label(step, wrap=True), 1)
                layout.addLayout(line)
            layout.addSpacing(theme.space("tight"))
            layout.addWidget(label(language.text("Keys"), "head"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme.space("base"))
        grid.setVerticalSpacing(theme.space("tight"))
        grid.setColumnMinimumWidth(BETWEEN, theme.space("base"))
        keys = screen.keys if steps else screen.all_keys
        half = -(-len(keys) // KEY_COLUMNS)
        for index, (key, words) in enumerate(keys):
            key_column = (BETWEEN + 1) * (index // half)
            grid.addLayout(row(label(key, "keycap"), 1), index % half, key_column)
            grid.addWidget(label(words), index % half, key_column + 1)
        grid.setColumnStretch((BETWEEN + 1) * KEY_COLUMNS, 1)
        layout.addLayout(grid)
        layout.addStretch(1)
        inside = QWidget()
        inside.setLayout(layout)
        reading = FittingArea(inside)
        reading.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        reading.setAccessibleName(title)
        self._parent, self._said = parent, (theme, language, screen)
        keys_of_all = Button(theme, language.text("All keys"), "footer").on(self._show_all_keys)
        keys_of_all.setVisible(steps)
        close = Button(theme, language.text("Close"), "primary").on(self.accept)
        MoreBelow(theme, reading)
        around = dialog_column(theme, title, reading, row(keys_of_all, 1, close))
        around.setStretch(1, 1)
        self.setLayout(around)
        self._inside, self._bar = inside, reading.verticalScrollBar().sizeHint().width()
        close.setFocus()

    def _show_all_keys(self) -> None:
        """Shows every key of the program in the place of this page's help."""
        self.accept()
        HelpWindow(self._parent, *self._said, steps=False).open()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """Gives the window the size that its words need, in the letters that they are shown in."""
        super().showEvent(event)
        needed = self._inside.sizeHint()
        width = max(WIDTH, needed.width())
        height = max(self._inside.heightForWidth(width), needed.height())  # -1 where no line wraps
        resize_within(self, width + BESIDE + self._bar, height + AROUND)
