"""What a device that is tried out does well or not: a line each, with what mends it."""

from __future__ import annotations

from PySide6.QtWidgets import QGridLayout, QWidget

from mlid_desktop.gui.device_setup.check_presenter import TrialRow
from mlid_desktop.gui.theme.style import Theme
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.gui.widgets.elements import Icon, clear, label

ICON = 20


class TrialRows(QWidget):
    """Made anew where something changed, so that nothing flickers and screen readers are left in peace."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._shown: tuple[TrialRow, ...] = ()
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(theme.space("snug"))
        self._grid.setVerticalSpacing(theme.space("hair"))
        self._grid.setColumnStretch(3, 1)
        self.setLayout(self._grid)

    @property
    def rows(self) -> tuple[TrialRow, ...]:
        """Those that stand there."""
        return self._shown

    def show_rows(self, rows: tuple[TrialRow, ...]) -> None:
        """Other findings."""
        if rows == self._shown:
            return
        self._shown = rows
        clear(self._grid)
        for place, one in enumerate(rows):
            colour = "muted" if one.tone is Tone.NEUTRAL else one.tone.value
            parts = (
                Icon(self._theme, one.tone.icon, colour, ICON),
                label(one.name, "strong"),
                label(one.value),
                label(one.fix, "muted", wrap=True),
            )
            for column, part in enumerate(parts):
                self._grid.addWidget(part, place, column)
        self.setAccessibleName(". ".join(" ".join(filter(None, (one.name, one.value, one.fix))) for one in rows))
