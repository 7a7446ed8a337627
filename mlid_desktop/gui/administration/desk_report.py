"""The window that shows the report of the desk's test in full, before it is copied or saved for support."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialog, QPlainTextEdit, QWidget

from mlid_desktop.gui.theme.style import Theme
from mlid_desktop.gui.widgets.controls import Button
from mlid_desktop.gui.widgets.dialogs import dialog_column, resize_within
from mlid_desktop.gui.widgets.elements import label, row
from mlid_desktop.station.text.language import Language

SIZE = (720, 520)  # pixels


class DeskReport(QDialog):
    """Shows a report that can be read, copied, or saved by ``save``; Esc closes it."""

    def __init__(
        self, parent: QWidget, theme: Theme, language: Language, report: str, save: Callable[[], None]
    ) -> None:
        super().__init__(parent)
        title = language.text("Test of this desk")
        self.setWindowTitle(title)
        resize_within(self, *SIZE)
        self.report = QPlainTextEdit(report)
        if language.right_to_left:
            reading = self.report.document().defaultTextOption()
            reading.setAlignment(Qt.AlignmentFlag.AlignRight)
            self.report.document().setDefaultTextOption(reading)
        self.report.setReadOnly(True)
        self.report.setAccessibleName(title)
        copy = Button(theme, language.text("Copy"), "footer").on(self._copy)
        keep = Button(theme, language.text("Save …"), "footer").on(save)
        close = Button(theme, language.text("Close"), "primary").on(self.accept)
        close.setDefault(True)
        why = label(language.text("This is all that the report holds. Send it to support if you want to."), wrap=True)
        buttons = row(copy, keep, 1, close, spacing=theme.space("snug"))
        layout = dialog_column(theme, title, why)
        layout.addWidget(self.report, 1)
        layout.addLayout(buttons)
        self.setLayout(layout)
        close.setFocus()

    def _copy(self) -> None:
        QApplication.clipboard().setText(self.report.toPlainText())
