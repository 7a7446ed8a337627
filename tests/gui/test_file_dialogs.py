"""The dialog for a file to write asks before one that is there is replaced."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QMessageBox, QWidget

from mlid_desktop.gui.widgets.file_dialogs import FileDialogs, FileKind


class NoMemory:
    """Remembers nothing."""

    def folder_of(self, _kind: str, /) -> Path | None:
        return None

    def remember_folder(self, _kind: str, _folder: Path, /) -> None:
        pass


def test_a_file_that_is_there_is_asked_about(qapp: QApplication, tmp_path: Path) -> None:
    there = tmp_path / "receipt.pdf"
    there.write_text("somebody's")
    asked: list[str] = []

    def answer() -> None:
        dialog = next(
            (widget for widget in qapp.topLevelWidgets() if isinstance(widget, QFileDialog) and widget.isVisible()),
            None,
        )
        if dialog is None:
            QTimer.singleShot(50, answer)
            return
        dialog.findChildren(QLineEdit)[0].setText(str(there))
        QTimer.singleShot(300, refuse)
        dialog.accept()
        QTimer.singleShot(0, dialog.reject)

    def refuse() -> None:
        for box in qapp.topLevelWidgets():
            if isinstance(box, QMessageBox) and box.isVisible():
                asked.append(box.text())
                box.done(int(QMessageBox.StandardButton.No.value))

    QApplication.setAttribute(Qt.ApplicationAttribute.AA_DontUseNativeDialogs)
    parent = QWidget()
    try:
        QTimer.singleShot(50, answer)
        chosen = FileDialogs(parent, NoMemory()).save(FileKind.RECEIPT, "Save as", str(there), "PDF (*.pdf)")
    finally:
        QApplication.setAttribute(Qt.ApplicationAttribute.AA_DontUseNativeDialogs, False)
    assert chosen == ""
    assert len(asked) == 1
    assert "receipt.pdf" in asked[0]
