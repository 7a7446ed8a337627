"""What calls to a decoding helper share: the process that is kept from one call to the next, a deadline that kills it,
reading a whole answer, and why it ended."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from types import TracebackType
from typing import Generic, Self

from mlid_desktop.devices.driver_process.limits import EXIT_TOO_MUCH_MEMORY, used_too_much_time
from mlid_desktop.devices.driver_process.messages import HEADER, KindT, MessageFormat
from mlid_desktop.devices.driver_process.process import Command, DriverProcess, DriverProgram
from mlid_desktop.domain.errors import Code, DeviceError

ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "1"}
STARTING_S = 60.0  # a cold start from a slow disk; afterwards a call's own patience holds
ENDING_S = 0.5


class KeptHelper(Generic[KindT]):
    """A decoding helper: started when it is needed, kept for the next call, and ended when it is told to, when this is
    collected, and when the program ends."""

    def __init__(self, program: DriverProgram, command: Command, form: MessageFormat[KindT], ready: KindT) -> None:
        """``ready`` is the first message of a helper that has started."""
        self._program = program
        self._command = command
        self._format = form
        self._ready = ready
        self._helper: DriverProcess | None = None
        self._end_helper: Callable[[], object] = lambda: None

    @property
    def number(self) -> int | None:
        """The system's number of the helper that is running, None where there is none."""
        helper = self._helper
        return helper.number if helper is not None and helper.exit_code is None else None

    def running(self) -> DriverProcess:
        """The helper that runs, else a new one: what ended the last one meanwhile says nothing about the next call.
        Raises DeviceError(DEVICE_DRIVER_MISSING) where it cannot be started."""
        if self._helper is not None and self._helper.exit_code is not None:
            self.end()
        return self._helper or self._start()

    def end(self) -> int | None:
        """Ends the helper; its exit code, None where there was none."""
        helper, self._helper = self._helper, None
        self._end_helper()
        return None if helper is None else helper.exit_code

    def refuse_answer(self) -> DeviceError:
        """The fault of a helper that answered what none does; it is ended."""
        self.end()
        return DeviceError(Code.DEVICE_BAD_MEDIA, why="decoder answered wrongly")

    def _start(self) -> DriverProcess:
        helper = DriverProcess(self._program, self._command(()), ONE_THREAD, ENDING_S)
        self._helper = helper
        self._end_helper = weakref.finalize(self, helper.end)
        try:
            with Deadline(helper, STARTING_S):
                kind, _ = self._format.read_header(read_exactly(helper, HEADER.size))
            if kind is self._ready:
                return helper
        except (EOFError, OSError, DeviceError):
            pass
        self.end()
        raise DeviceError(Code.DEVICE_DRIVER_MISSING, driver=self._program.library)


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


def read_content(helper: DriverProcess, size: int) -> bytearray:
    """Reads exactly so many bytes of a helper into a buffer that may be written to, without a copy."""
    content = bytearray(size)
    if helper.output.readinto(content) != size:  # type: ignore[attr-defined]  # a buffered reader's own
        raise EOFError
    return content


def why_ended(exit_code: int | None, *, late: bool) -> DeviceError:
    """The fault of a helper that ended while it worked; ``late`` where it was killed because its time was up."""
    if late or used_too_much_time(exit_code):
        return DeviceError(Code.DEVICE_TOO_COSTLY, why="time")
    if exit_code == EXIT_TOO_MUCH_MEMORY:
        return DeviceError(Code.DEVICE_TOO_COSTLY, why="memory")
    return DeviceError(Code.DEVICE_BAD_MEDIA, why="decoder ended")
