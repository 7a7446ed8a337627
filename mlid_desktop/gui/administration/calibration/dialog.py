"""The dialog that shows a calibration of this site before two people decide by it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QFrame, QGridLayout, QScrollArea, QWidget

from mlid_desktop.gui.administration.presenter import Rows
from mlid_desktop.gui.theme.style import Theme
from mlid_desktop.gui.widgets.controls import Button
from mlid_desktop.gui.widgets.dialogs import resize_within
from mlid_desktop.gui.widgets.elements import column, frame, label, row, rule
from mlid_desktop.station.text.language import Language

SIZE = (820, 560)  # pixels


class CalibrationDialog(QDialog):
    """Shows what was measured, and what would change under each policy, before two people decide by it. Accepted:
    it is to be stored, which is offered where it can be; Esc changes nothing."""

    def __init__(self, parent: QWidget, theme: Theme, language: Language, rows: Rows, *, storable: bool) -> None:
        super().__init__(parent)
        text = language.text
        title = text("Before and after")
        self.setWindowTitle(title)
        resize_within(self, *SIZE)
        self.store = Button(theme, text("Decide by this …"), "primary").on(self.accept)
        self.store.setVisible(storable)
        self.close_button = Button(theme, text("Cancel") if storable else text("Close"), "footer").on(self.reject)
        self.close_button.setDefault(True)
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme.space("wide"))
        grid.setVerticalSpacing(theme.space("base"))
        grid.setColumnStretch(1, 1)
        for index, (name, said) in enumerate(rows):
            line = grid.rowCount()
            if index:
                grid.addWidget(rule(), line, 0, 1, 2)
            grid.addWidget(label(name, "strong"), line + 1, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(label(language.place_at_start(said), wrap=True), line + 1, 1)
        inside = QWidget()
        holder = column(spacing=0)
        holder.addLayout(grid)
        holder.addStretch(1)
        inside.setLayout(holder)
        reading = QScrollArea()
        reading.setFrameShape(QFrame.Shape.NoFrame)
        reading.setWidgetResizable(True)
        reading.setWidget(inside)
        reading.setAccessibleName(title)
        why = label(
            text("Every two people here were compared by their references; nobody is named. Nothing is stored yet."),
            wrap=True,
        )
        layout = column(label(title, "head"), why, spacing=theme.space("snug"), margins=(24, 24, 24, 24))
        card = frame("card")
        card.setLayout(column(reading, margins=(20, 16, 8, 16)))
        layout.addWidget(card, 1)
        layout.addLayout(row(1, self.close_button, self.store, spacing=theme.space("snug")))
        self.setLayout(layout)
        self.close_button.setFocus()
