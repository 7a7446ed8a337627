"""The helper process seen from the station: started with a clean environment, read with a deadline, ended surely."""

from __future__ import annotations

import os
import selectors
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Self

from mlid_desktop.devices.fingerprint.messages import (
    HIDDEN_VERB,
    MAX_READERS,
    FoundReader,
    Frame,
    Kind,
    Unframer,
    bad,
    read_fault,
    read_reader,
)
from mlid_desktop.domain.errors import Code, DeviceError

HELPER_MODULE = "mlid_desktop.devices.fingerprint.driver_main"
LISTING_S = 5.0
ENDING_S = 2.5  # a little more than the helper gives its driver
READ_BYTES = 1 << 18
SLICE_S = 0.1  # how soon a closed source is noticed

Command = Callable[[Sequence[str]], Sequence[str]]


def helper_command(words: Sequence[str]) -> Sequence[str]:
    """How the helper is started: the one place that knows. Isolated, so that no folder or variable plants a module."""
    if getattr(sys, "frozen", False):
        return (sys.executable, HIDDEN_VERB, *words)
    return (sys.executable, "-I", "-m", HELPER_MODULE, *words)


class HelperProcess:
    """One helper, from its start to its end. Read by one thread; :meth:`wanted` may be taken back by any."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """``environment`` is all that the helper gets besides a path and a locale. Raises DeviceError."""
        try:
            self._process = subprocess.Popen(  # noqa: S603 - this program itself, with words of its own
                list(command),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={"PATH": os.defpath, "LC_ALL": "C.UTF-8", **environment},
                close_fds=True,
                start_new_session=True,
            )
        except OSError:
            raise DeviceError(Code.DEVICE_DRIVER_MISSING, driver="libfprint") from None
        assert self._process.stdout is not None
        self._output = self._process.stdout.fileno()
        self._waiting = selectors.DefaultSelector()  # not select(), which fails in a program with many open files
        self._waiting.register(self._output, selectors.EVENT_READ)
        self._unframer = Unframer()
        self._frames: deque[Frame] = deque()
        self._ending_s = ENDING_S

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    @property
    def number(self) -> int:
        """The system's number of the process."""
        return self._process.pid

    def read(self, patience_s: float, closed: threading.Event) -> Frame | None:
        """The next whole frame; None where the helper ended, or the event was set.

        Raises DeviceError: DEVICE_STALLED where no frame is whole within ``patience_s``, whatever dribbles in
        meanwhile; DEVICE_BAD_ANSWER for bytes that are no frame.
        """
        give_up = time.monotonic() + patience_s
        while not self._frames:
            left = give_up - time.monotonic()
            if left <= 0:
                self._ending_s = 0.0  # whoever has hung for so long is not asked
                raise DeviceError(Code.DEVICE_STALLED)
            if closed.is_set():
                return None
            if self._waiting.select(min(left, SLICE_S)):
                untrusted = os.read(self._output, READ_BYTES)
                if not untrusted:
                    return None
                self._frames.extend(self._unframer.feed(untrusted))
        return self._frames.popleft()

    def end(self) -> None:
        """Asks it to let go of the reader, and kills it where it does not in :data:`ENDING_S`."""
        self._waiting.close()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        try:
            self._process.wait(self._ending_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def find_readers(
    environment: Mapping[str, str] | None = None, command: Command = helper_command, patience_s: float = LISTING_S
) -> tuple[FoundReader, ...]:
    """Every reader that libfprint knows, also those that give no image.

    Raises DeviceError: DEVICE_DRIVER_MISSING where there is no libfprint, DEVICE_STALLED where the list does not end in
    time, DEVICE_BAD_ANSWER, DEVICE_FAILED.
    """
    if not sys.platform.startswith("linux"):
        raise DeviceError(Code.DEVICE_DRIVER_MISSING, driver="libfprint")
    readers: list[FoundReader] = []
    give_up, never = time.monotonic() + patience_s, threading.Event()
    with HelperProcess(command(["list"]), environment or {}) as helper:
        while (frame := helper.read(give_up - time.monotonic(), never)) is not None:
            if frame.kind is Kind.LISTED:
                return tuple(readers)
            if frame.kind is Kind.FAULT:
                raise read_fault(frame.untrusted, "")
            if frame.kind is not Kind.READER or len(readers) >= MAX_READERS:
                raise bad("list")
            readers.append(read_reader(frame.untrusted))
    raise DeviceError(Code.DEVICE_FAILED)
