"""The only crossing from threads to Qt: whatever another thread has to say is run on the GUI thread, queued."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Generic, TypeVar

from PySide6.QtCore import QObject, Qt, Signal

if TYPE_CHECKING:
    from concurrent.futures import Future

T = TypeVar("T")

Call = Callable[[], None]


class Bridge(QObject):
    """Made on the GUI thread. After :meth:`close` nothing is run any more."""

    _posted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._open = True
        self._posted.connect(self._run, Qt.ConnectionType.QueuedConnection)

    def post(self, call: Call) -> None:
        """From any thread: runs the call on the GUI thread, soon."""
        if self._open:
            self._posted.emit(call)

    def follow(self, future: Future[T], done: Callable[[T], None], failed: Callable[[BaseException], None]) -> None:
        """Hands the result of a task, or what it raised, to the GUI thread."""
        future.add_done_callback(lambda over: self.post(lambda: _hand_over(over, done, failed)))

    def close(self) -> None:
        """The window goes: what still arrives is dropped."""
        self._open = False

    def _run(self, call: object) -> None:
        if self._open and callable(call):
            call()


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


def _hand_over(over: Future[T], done: Callable[[T], None], failed: Callable[[BaseException], None]) -> None:
    if over.cancelled():
        return
    fault = over.exception()
    if fault is not None:
        failed(fault)
    else:
        done(over.result())
