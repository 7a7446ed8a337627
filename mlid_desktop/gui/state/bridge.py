"""The only crossing from threads to Qt: whatever another thread has to say is run on the GUI thread, queued."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

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


def _hand_over(over: Future[T], done: Callable[[T], None], failed: Callable[[BaseException], None]) -> None:
    if over.cancelled():
        return
    fault = over.exception()
    if fault is not None:
        failed(fault)
    else:
        done(over.result())
