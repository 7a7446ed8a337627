"""Hands at the keyboard while dialogs stand open: a dialog that is waited for runs an event loop of its own, inside
whatever a test does, so that only what a timer begins can answer it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QDialog, QWidget

from tests.gui.stage import HAND_MS

LOOK_MS = 10
MOST_TABS = 60


class Hands:
    """Answers dialogs in the order in which they open, each with keys alone. Every look is a timer of its own: one
    that repeats does not fire again before what it began has returned, which is when the dialog has closed."""

    def __init__(self) -> None:
        self._answers: list[tuple[str, Callable[[QDialog], None]]] = []
        self.answered: list[str] = []

    def answer(self, title: str, act: Callable[[QDialog], None]) -> None:
        """Once a dialog with this title is in front, ``act`` presses its keys."""
        self._answers.append((title, act))
        if len(self._answers) == 1:
            QTimer.singleShot(LOOK_MS, self._look)

    def _look(self) -> None:
        if not self._answers:
            return
        title, act = self._answers[0]
        dialog = QApplication.activeModalWidget()
        if isinstance(dialog, QDialog) and dialog.windowTitle() == title and dialog.isVisible():
            del self._answers[0]
            self.answered.append(title)
            QTimer.singleShot(LOOK_MS, self._look)
            QTimer.singleShot(HAND_MS, lambda: self._answer(dialog, act))
        else:
            QTimer.singleShot(LOOK_MS, self._look)

    @staticmethod
    def _answer(dialog: QDialog, act: Callable[[QDialog], None]) -> None:
        """A dialog that was not as its test expects is left: nobody else would ever answer it."""
        try:
            act(dialog)
        except BaseException:
            dialog.reject()
            raise


def focused(dialog: QWidget) -> QWidget:
    """What of the dialog has the focus; a dialog that none of its parts has is the dialog itself."""
    here: QWidget | None = dialog.focusWidget()
    return dialog if here is None else here


def press(dialog: QWidget, key: Qt.Key) -> None:
    """A key, to whatever of the dialog has the focus."""
    QTest.keyClick(focused(dialog), key)


def type_into(dialog: QWidget, text: str) -> None:
    """Text, into whatever of the dialog has the focus."""
    QTest.keyClicks(focused(dialog), text)


def tab_to_button(dialog: QWidget, words: str) -> QAbstractButton:
    """With Tab to a button or box that is called so."""
    for _ in range(MOST_TABS):
        here = focused(dialog)
        if isinstance(here, QAbstractButton) and here.text() == words:
            return here
        press(dialog, Qt.Key.Key_Tab)
    raise AssertionError(f"Tab does not come to {words}")
