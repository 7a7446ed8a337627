"""The list of findings on a device that is tried out: a line each, with what mends it."""

from __future__ import annotations

from PySide6.QtWidgets import QGridLayout, QWidget

from mlid_desktop.gui.device_setup.check_presenter import CheckRow
from mlid_desktop.gui.theme.style import Theme
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.gui.widgets.elements import Icon, clear, label

ICON = 20


class CheckRowList(QWidget):
    """Shows findings on a device, made anew only where something changed, so that nothing flickers and screen readers
    are left in peace."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._shown: tuple[CheckRow, ...] = ()
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(theme.space("snug"))
        self._grid.setVerticalSpacing(theme.space("hair"))
        self._grid.setColumnStretch(3, 1)
        self.setLayout(self._grid)

    @property
    def rows(self) -> tuple[CheckRow, ...]:
        """The findings that are shown."""
        return self._shown

    def show_rows(self, rows: tuple[CheckRow, ...]) -> None:
        """Shows other findings."""
        if rows == self._shown:
            return
        self._shown = rows
        clear(self._grid)
        for index, row in enumerate(rows):
            colour = "muted" if row.tone is Tone.NEUTRAL else row.tone.value
            parts = (
                Icon(self._theme, "clock" if row.waits else row.tone.icon, colour, ICON),
                label(row.name, "strong"),
                label(row.value),
            )
            for column, part in enumerate(parts):
                self._grid.addWidget(part, 2 * index, column)
            if row.fix:
                self._grid.addWidget(label(row.fix, "muted", wrap=True), 2 * index + 1, 1, 1, 3)
        self.setAccessibleName(
            ". ".join(" ".join(filter(None, (row.name, row.value, row.fix.removesuffix(".")))) for row in rows)
        )
