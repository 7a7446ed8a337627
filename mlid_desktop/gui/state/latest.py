"""The newest of a stream of values from another thread, for a receiver on the GUI thread."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from mlid_desktop.gui.state.bridge import Bridge

T = TypeVar("T")


class Latest(Generic[T]):
    """The newest value from another thread. A value not yet taken is replaced, so that the GUI never falls behind."""

    def __init__(self, bridge: Bridge, receive: Callable[[T], None]) -> None:
        self._bridge = bridge
        self._receive = receive
        self._lock = threading.Lock()
        self._waiting: list[T] = []
        self._muted = False

    def put(self, value: T) -> None:
        """From any thread; returns at once."""
        with self._lock:
            announced = bool(self._waiting)
            self._waiting = [value]
        if not announced:
            self._bridge.post(self._deliver)

    def mute(self) -> None:
        """On the GUI thread: nothing more is received."""
        self._muted = True

    def _deliver(self) -> None:
        with self._lock:
            taken, self._waiting = self._waiting, []
        for value in taken:
            if not self._muted:
                self._receive(value)
