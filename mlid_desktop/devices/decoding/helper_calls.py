"""What calls to a decoding helper share: a deadline that kills it, reading a whole answer, and why it ended."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Self

from mlid_desktop.devices.driver_process.limits import EXIT_TOO_MUCH_MEMORY, used_too_much_time
from mlid_desktop.devices.driver_process.process import DriverProcess
from mlid_desktop.domain.errors import Code, DeviceError


class Deadline:
    """Kills a helper where it is not done in time, so that whoever waits for it sees its end."""

    def __init__(self, helper: DriverProcess, seconds: float) -> None:
        self.passed = False
        self._helper = helper
        self._timer = threading.Timer(seconds, self._kill)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()

    def _kill(self) -> None:
        self.passed = True
        self._helper.kill()


def read_exactly(helper: DriverProcess, size: int) -> bytes:
    """So many bytes of what a helper says. Raises EOFError where it ended."""
    found = helper.output.read(size)
    if len(found) != size:
        raise EOFError
    return found


def why_ended(exit_code: int | None, *, late: bool) -> DeviceError:
    """The fault of a helper that ended while it worked; ``late`` where it was killed because its time was up."""
    if late or used_too_much_time(exit_code):
        return DeviceError(Code.DEVICE_TOO_COSTLY, why="time")
    if exit_code == EXIT_TOO_MUCH_MEMORY:
        return DeviceError(Code.DEVICE_TOO_COSTLY, why="memory")
    return DeviceError(Code.DEVICE_BAD_MEDIA, why="decoder ended")
