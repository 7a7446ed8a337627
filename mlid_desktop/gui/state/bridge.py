"""The bridge from threads to Qt, the only one: whatever another thread has to say is run on the GUI thread, queued."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject, Qt, Signal

if TYPE_CHECKING:
    from concurrent.futures import Future

T = TypeVar("T")

Call = Callable[[], None]


class Bridge(QObject):
    """Runs calls of other threads on the GUI thread, on which it is made. After :meth:`close` nothing is run any
    more."""

    _posted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._open = True
        self._posted.connect(self._run, Qt.ConnectionType.QueuedConnection)

    def post(self, call: Call) -> None:
        """Runs a call on the GUI thread, soon; may be called from any thread."""
        if self._open:
            self._posted.emit(call)

    def follow(self, future: Future[T], done: Callable[[T], None], failed: Callable[[BaseException], None]) -> None:
        """Hands the result of a task, or what it raised, to the GUI thread."""
        future.add_done_callback(lambda over: self.post(lambda: _hand_over(over, done, failed)))

    def close(self) -> None:
        """Drops what still arrives: the window is closing."""
        self._open = False

    def _run(self, call: object) -> None:
        if self._open and callable(call):
            call()


def _hand_over(over: Future[T], done: Callable[[T], None], failed: Callable[[BaseException], None]) -> None:
    if over.cancelled():
        return
    fault = over.exception()
    if fault is not None:
        failed(fault)
    else:
        done(over.result())
