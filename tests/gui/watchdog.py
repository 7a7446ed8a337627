"""How long the GUI thread was away from its events: every single delivery of an event is timed."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Self

from PySide6.QtCore import QAbstractEventDispatcher, QCoreApplication, QThread


class Watchdog:
    """While it is entered, ``longest_ms`` becomes the longest time between two turns of the event loop in which there
    was something to do. Time spent waiting for events does not count."""

    def __init__(self, application: QCoreApplication) -> None:
        self._application = application
        dispatcher = QAbstractEventDispatcher.instance(QThread.currentThread())
        if dispatcher is None:
            raise RuntimeError("the GUI thread has no event loop yet")
        self._dispatcher = dispatcher
        self._awake_since = 0.0
        self.turns: list[float] = []

    @property
    def longest_ms(self) -> float:
        """The longest turn; 0 where there was none."""
        return max(self.turns, default=0.0)

    def over(self, limit_ms: float) -> int:
        """How many turns took longer."""
        return sum(turn > limit_ms for turn in self.turns)

    def __enter__(self) -> Self:
        self._dispatcher.awake.connect(self._awoke)
        self._dispatcher.aboutToBlock.connect(self._sleeps)
        self._awake_since = time.perf_counter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._sleeps()
        self._dispatcher.awake.disconnect(self._awoke)
        self._dispatcher.aboutToBlock.disconnect(self._sleeps)

    def _awoke(self) -> None:
        self._turn_over()
        self._awake_since = time.perf_counter()

    def _sleeps(self) -> None:
        self._turn_over()
        self._awake_since = 0.0

    def _turn_over(self) -> None:
        if self._awake_since:
            self.turns.append(1000 * (time.perf_counter() - self._awake_since))
