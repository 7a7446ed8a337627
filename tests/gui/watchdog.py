"""How long a key would have waited: a thread of its own pings the GUI thread and times the answers.

The event dispatcher's own signals do not tell: with GLib, posted events and timers are handled between ``aboutToBlock``
and ``awake``, as if the time were spent waiting."""

from __future__ import annotations

import sys
import threading
import time
import traceback
from types import TracebackType
from typing import Final, Self

from PySide6.QtCore import QObject, Qt, Signal

EVERY_S: Final = 0.004
LATE_S: Final = 0.03  # then it is looked up what the GUI thread is at
FRAMES: Final = 12  # of its stack


class Watchdog(QObject):
    """While it is entered, a ping is due on the GUI thread every four milliseconds. ``waits`` are how long each was
    overdue, in ms; ``culprits`` what the GUI thread was at when one was late. Time that other threads of the process
    hold the interpreter counts, as it does for the person at the desk."""

    _ping = Signal(float)

    def __init__(self) -> None:
        super().__init__()
        self.waits: list[float] = []
        self.culprits: list[str] = []
        self._watched = threading.get_ident()
        self._answered, self._ended = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._watch, name="watchdog")
        self._ping.connect(self._answer, Qt.ConnectionType.QueuedConnection)

    @property
    def longest_ms(self) -> float:
        """The longest wait; 0 where there was none."""
        return max(self.waits, default=0.0)

    def over(self, limit_ms: float) -> int:
        """How many waits were longer."""
        return sum(wait > limit_ms for wait in self.waits)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()

    def _answer(self, due: float) -> None:
        if not self._ended.is_set():
            self.waits.append(1000 * (time.perf_counter() - due))
            self._answered.set()

    def _watch(self) -> None:
        while not self._ended.is_set():
            due = time.perf_counter() + EVERY_S
            time.sleep(EVERY_S)
            self._answered.clear()
            self._ping.emit(due)
            if not self._answered.wait(LATE_S) and not self._ended.is_set():
                self.culprits.append(self._at_work())
            while not self._answered.wait(LATE_S) and not self._ended.is_set():
                pass

    def _at_work(self) -> str:
        """The innermost frames of the GUI thread, the product's own first."""
        stack = traceback.extract_stack(sys._current_frames()[self._watched])
        return " < ".join(
            f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in stack[-FRAMES:][::-1]
        )
