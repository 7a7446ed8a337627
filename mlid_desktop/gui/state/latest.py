"""Passes the newest of a stream of values from another thread to a receiver on the GUI thread."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from mlid_desktop.gui.state.bridge import Bridge

T = TypeVar("T")


class Latest(Generic[T]):
    """Holds the newest value from another thread. A value not yet taken is replaced, so that the GUI never falls
    behind."""

    def __init__(self, bridge: Bridge, receive: Callable[[T], None]) -> None:
        self._bridge = bridge
        self._receive = receive
        self._lock = threading.Lock()
        self._waiting: list[T] = []
        self._muted = False

    def put(self, value: T) -> None:
        """Puts in a value and returns at once; may be called from any thread."""
        with self._lock:
            announced = bool(self._waiting)
            self._waiting = [value]
        if not announced:
            self._bridge.post(self._deliver)

    def mute(self) -> None:
        """Stops the receiver from getting anything more; called on the GUI thread."""
        self._muted = True

    def _deliver(self) -> None:
        with self._lock:
            taken, self._waiting = self._waiting, []
        for value in taken:
            if not self._muted:
                self._receive(value)
