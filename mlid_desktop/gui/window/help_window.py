"""The help window in front of a page."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QGridLayout, QWidget

from mlid_desktop.gui.page.help_presenter import HelpScreen
from mlid_desktop.gui.theme.style import Theme
from mlid_desktop.gui.widgets.controls import Button
from mlid_desktop.gui.widgets.elements import column, label, row, tag
from mlid_desktop.station.text.language import Language

WIDTH = 720
KEY_COLUMNS = 2


class HelpWindow(QDialog):
    """Shows the steps of a page, then the keys; Esc and F1 close it."""

    def __init__(self, parent: QWidget, theme: Theme, language: Language, screen: HelpScreen, *, steps: bool) -> None:
        super().__init__(parent)
        title = screen.title if steps else language.text("All keys")
        self.setWindowTitle(title)
        tag(self, kind="help")
        layout = column(label(title, "title"), spacing=theme.space("snug"), margins=(32, 24, 32, 24))
        layout.addStrut(WIDTH)  # and wider where the keys need it
        if steps:
            for number, step in enumerate(screen.steps, 1):
                heading = label(f"{number}.", "strong")
                heading.setFixedWidth(28)
                line = row(heading, spacing=theme.space("tight"))
                line.addWidget(label(step, wrap=True), 1)
                layout.addLayout(line)
            layout.addSpacing(theme.space("tight"))
            layout.addWidget(label(language.text("Keys"), "head"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme.space("base"))
        half = -(-len(screen.keys) // KEY_COLUMNS)
        for index, (key, words) in enumerate(screen.keys):
            key_column = 2 * (index // half)
            grid.addWidget(label(key, "strong"), index % half, key_column)
            grid.addWidget(label(words), index % half, key_column + 1)
        layout.addLayout(grid)
        close = Button(theme, language.text("Close"), "primary").on(self.accept)
        layout.addLayout(row(1, close))
        self.setLayout(layout)
        close.setFocus()
