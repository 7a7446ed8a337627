"""The help window in front of a page."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QWidget

from mlid_desktop.gui.page.help_presenter import HelpScreen, KeyGroup
from mlid_desktop.gui.theme.style import Theme
from mlid_desktop.gui.widgets.controls import Button
from mlid_desktop.gui.widgets.dialogs import dialog_column, resize_within
from mlid_desktop.gui.widgets.elements import column, label, row, tag
from mlid_desktop.gui.widgets.fitting_area import FittingArea, MoreBelow
from mlid_desktop.station.text.language import Language

WIDTH = 720
BESIDE, AROUND = 48, 164  # pixels: the margins, and the title and button above and below
KEY_COLUMNS = 2
Keys = Sequence[tuple[str, str]]


class HelpWindow(QDialog):
    """Shows what a page is for, then the keys of its own, where it has any; or all keys of the program. Esc and F1
    close it."""

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
            if screen.keys:
                layout.addSpacing(theme.space("tight"))
                layout.addWidget(label(language.text("Keys"), "head"))
        layout.addLayout(self._halves(theme, screen.keys) if steps else self._groups(theme, screen.all_keys))
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

    def _halves(self, theme: Theme, keys: Keys) -> QHBoxLayout:
        """The keys in two columns of about one length."""
        half, grids = -(-len(keys) // KEY_COLUMNS), [self._grid(theme) for _ in range(KEY_COLUMNS)]
        for index, key in enumerate(keys):
            self._add_key(grids[index // half], key)
        return self._side_by_side(theme, grids)

    def _groups(self, theme: Theme, groups: Sequence[KeyGroup]) -> QHBoxLayout:
        """The keys under their titles: the first group in a column of its own, the others in the next."""
        grids = [self._grid(theme) for _ in range(KEY_COLUMNS)]
        for at, group in enumerate(groups):
            grid = grids[min(at, KEY_COLUMNS - 1)]
            title = label(group.title, "strong")
            title.setContentsMargins(0, theme.space("snug") if grid.count() else 0, 0, 0)
            grid.addWidget(title, grid.rowCount(), 0, 1, 2)
            for key in group.keys:
                self._add_key(grid, key)
        return self._side_by_side(theme, grids)

    @staticmethod
    def _grid(theme: Theme) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme.space("base"))
        grid.setVerticalSpacing(theme.space("tight"))
        return grid

    @staticmethod
    def _add_key(grid: QGridLayout, key: tuple[str, str]) -> None:
        """Adds a line with a key and what it does."""
        line = grid.rowCount()
        grid.addLayout(row(label(key[0], "keycap"), 1), line, 0)
        grid.addWidget(label(key[1]), line, 1)

    @staticmethod
    def _side_by_side(theme: Theme, grids: Sequence[QGridLayout]) -> QHBoxLayout:
        """Columns of keys, each as long as it is."""
        return row(*(column(grid, 1) for grid in grids), 1, spacing=theme.space("vast"))

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
