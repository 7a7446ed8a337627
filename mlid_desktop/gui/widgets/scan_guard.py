"""Keeps a barcode scanner that types like a keyboard from pressing Enter for a form."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

GAP_S: Final = 0.03  # between two keys: nobody's hand is as quick, a scanner is
ENDED_MS: Final = 150  # without a key: the scan is over
MOST: Final = 4000  # characters of a scan that are looked at


class ScanGuard(QObject):
    """Watches the keys of the widgets of a form. What a scanner types stays in the field that has the focus, but for
    what follows its first line end; ``scanned`` says the whole once it is over. Its Enter reaches nobody."""

    scanned = Signal(str)

    def __init__(self, parent: QObject, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(parent)
        self._clock = clock
        self._last = -1.0
        self._burst = ""
        self._has_ended_line = False
        self._field: QLineEdit | None = None
        self._before = ""
        self._over = QTimer(self)
        self._over.setSingleShot(True)
        self._over.setInterval(ENDED_MS)
        self._over.timeout.connect(self._end)

    def watch(self, widgets: Iterable[QWidget]) -> None:
        """Watches these widgets too."""
        for widget in widgets:
            widget.installEventFilter(self)

    def take_back(self) -> None:
        """Gives the field into which the last scan was typed back what it had before."""
        if self._field is not None:
            self._field.setText(self._before)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Takes the Enter of a scan, and what comes after it."""
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        is_enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        # When the key was pressed, where the system says so: a window that was busy gets a hand's keys all at once.
        now = event.timestamp() / 1000 if event.timestamp() else self._clock()
        pause = ENDED_MS / 1000 if self._has_ended_line else GAP_S
        is_quick, self._last = 0 <= now - self._last <= pause, now
        if not is_quick or not self._burst:
            self._begin(watched)
        if is_enter and not (is_quick and self._burst):
            return False
        typed = "\n" if is_enter else event.text()
        if not typed:
            return False
        self._burst = (self._burst + typed)[:MOST]
        self._over.start()
        self._has_ended_line = self._has_ended_line or is_enter
        is_lost = is_quick and not (isinstance(watched, QLineEdit) and typed.isprintable())  # a space presses buttons
        return self._has_ended_line or is_lost

    def _begin(self, watched: QObject) -> None:
        self._burst, self._has_ended_line = "", False
        self._field = watched if isinstance(watched, QLineEdit) else None
        self._before = "" if self._field is None else self._field.text()

    def _end(self) -> None:
        text, is_scan = self._burst, self._has_ended_line
        self._burst, self._has_ended_line = "", False
        if is_scan:
            self.scanned.emit(text)
