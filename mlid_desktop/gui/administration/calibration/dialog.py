"""The dialog that compares the people of a site, and shows what would change before two people decide by it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QFrame, QGridLayout, QProgressBar, QScrollArea, QWidget

from mlid_desktop.gui.administration.presenter import Rows
from mlid_desktop.gui.theme.style import Theme
from mlid_desktop.gui.widgets.controls import Button
from mlid_desktop.gui.widgets.dialogs import dialog_column, resize_within
from mlid_desktop.gui.widgets.elements import Notice, clear, column, frame, label, rule, widget_of
from mlid_desktop.gui.widgets.fitting_area import MoreBelow
from mlid_desktop.gui.widgets.footer import ClosedReason, answers_row
from mlid_desktop.station.text.language import Language

SIZE = (820, 560)  # pixels
NAMES_WIDTH = 200  # pixels
WHOLE = 100


class CalibrationDialog(QDialog):
    """Shows how far the comparing of one characteristic is, ``named`` in words; then what was measured, and what would
    change under each policy. Accepted: it is to be stored, which is offered once it is measured and where it can be;
    Esc changes nothing."""

    def __init__(self, parent: QWidget, theme: Theme, language: Language, named: str) -> None:
        super().__init__(parent)
        text = language.text
        self._theme, self._language = theme, language
        title = text("Calibrate on the people here: {characteristic}", characteristic=named)
        self.setWindowTitle(title)
        resize_within(self, *SIZE)
        self.store = Button(theme, text("Use the new limits …"), "primary").on(self.accept)
        self.close_button = Button(theme, text("Cancel"), "footer").on(self.reject)
        self.close_button.setDefault(True)
        self._closed = ClosedReason(self.store)
        self._closed.allow(False, text("First everybody here is compared."))
        self._why = label(
            text("Every two people here are compared by what is kept of them; nobody is named. Nothing is stored yet."),
            wrap=True,
        )
        self.notice = Notice(theme)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(theme.space("wide"))
        self._grid.setVerticalSpacing(theme.space("base"))
        self._grid.setColumnMinimumWidth(0, NAMES_WIDTH)
        self._grid.setColumnStretch(1, 1)
        inside = QWidget()
        inside.setLayout(column(widget_of(self._grid), 1))
        reading = QScrollArea()
        reading.setFrameShape(QFrame.Shape.NoFrame)
        reading.setWidgetResizable(True)
        reading.setWidget(inside)
        reading.setAccessibleName(title)
        MoreBelow(theme, reading)
        self._card = frame("card")
        self._card.setLayout(column(reading, margins=(20, 16, 8, 16)))
        self._card.hide()
        self.bar = QProgressBar()
        self.bar.setRange(0, WHOLE)
        self.bar.setTextVisible(False)
        self._far = label("", "muted")
        self._progress = widget_of(column(1, self._far, self.bar, 2, spacing=theme.space("tight")))
        layout = dialog_column(theme, title, self._why, self.notice, self._progress, self._card)
        layout.setStretchFactor(self._card, 1)
        layout.setStretchFactor(self._progress, 1)
        layout.addLayout(answers_row(theme, self._closed, self.close_button, self.store))
        self.setLayout(layout)
        self.show_progress(0.0)
        self.close_button.setFocus()

    def show_progress(self, share: float) -> None:
        """Shows how far the comparing is: 0 to 1."""
        percent = round(WHOLE * share)
        self.bar.setValue(percent)
        self._far.setText(self._language.text("Compared: {percent} %", percent=percent))
        self.bar.setAccessibleName(self._far.text())

    def show_rows(self, rows: Rows, *, storable: bool) -> None:
        """Shows what was measured; to store it is offered where it can be ``storable``."""
        self._progress.hide()
        self._card.show()
        self._why.setText(self._language.text("Compared. Nothing is stored yet: look at before and after first."))
        clear(self._grid)
        for index, (name, said) in enumerate(rows):
            line = self._grid.rowCount()
            if index:
                self._grid.addWidget(rule(), line, 0, 1, 2)
            self._grid.addWidget(label(name, "strong", wrap=True), line + 1, 0, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(label(self._language.place_at_start(said), wrap=True), line + 1, 1)
        self._closed.allow(storable, "" if storable else self._language.text("It cannot be stored: see above."))
        if not storable:
            self.close_button.relabel(self._language.text("Close"))

    def show_fault(self, words: str) -> None:
        """Says why nothing could be measured."""
        self._progress.hide()
        self._why.hide()
        self.notice.say(words)
        self._closed.allow(False, self._language.text("Nothing was measured."))
        self.close_button.relabel(self._language.text("Close"))
