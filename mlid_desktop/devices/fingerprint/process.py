"""The station's side of the fingerprint helper process: read with a deadline; and the list of readers it makes."""

from __future__ import annotations

import os
import selectors
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence

from mlid_desktop.devices.driver_process.messages import MessageSplitter, bad_answer, read_fault
from mlid_desktop.devices.driver_process.process import Command, DriverProcess, DriverProgram
from mlid_desktop.devices.fingerprint.messages import (
    HIDDEN_VERB,
    MAX_READERS,
    READER_MESSAGES,
    FoundReader,
    ReaderMessage,
    ReaderMessageKind,
    read_reader,
)
from mlid_desktop.domain.errors import Code, DeviceError

LIBRARY = "libfprint"
READER_PROGRAM = DriverProgram("mlid_desktop.devices.fingerprint.driver_main", HIDDEN_VERB, LIBRARY)
LISTING_S = 5.0
ENDING_S = 2.5  # a little more than the helper gives its driver
READ_BYTES = 1 << 18
SLICE_S = 0.1  # how soon a closed source is noticed


class ReaderProcess(DriverProcess):
    """One fingerprint helper, from its start to its end. Read by one thread."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Starts the fingerprint helper; ``environment`` is all that it gets besides a path and a locale. Raises
        DeviceError."""
        super().__init__(READER_PROGRAM, command, environment, ENDING_S)
        self._waiting = selectors.DefaultSelector()  # not select(), which fails in a program with many open files
        self._waiting.register(self.output, selectors.EVENT_READ)
        self._splitter = MessageSplitter(READER_MESSAGES)
        self._messages: deque[ReaderMessage] = deque()

    def read(self, patience_s: float, closed: threading.Event) -> ReaderMessage | None:
        """Waits for the helper's next whole message; None where the helper ended, or the event was set.

        Raises DeviceError: DEVICE_STALLED where no message is whole within ``patience_s``, whatever dribbles in
        meanwhile; DEVICE_BAD_ANSWER for bytes that are no message.
        """
        give_up = time.monotonic() + patience_s
        while not self._messages:
            left = give_up - time.monotonic()
            if left <= 0:
                self._grace_s = 0.0  # whoever has hung for so long is not asked
                raise DeviceError(Code.DEVICE_STALLED)
            if closed.is_set():
                return None
            if self._waiting.select(min(left, SLICE_S)):
                untrusted = os.read(self.output.fileno(), READ_BYTES)
                if not untrusted:
                    return None
                self._messages.extend(self._splitter.feed(untrusted))
        return self._messages.popleft()

    def end(self) -> None:
        """Asks the helper to close the reader, and kills it where it does not in :data:`ENDING_S`."""
        self._waiting.close()
        super().end()


def find_readers(
    environment: Mapping[str, str] | None = None,
    command: Command = READER_PROGRAM.command,
    patience_s: float = LISTING_S,
) -> tuple[FoundReader, ...]:
    """Lists every reader that libfprint knows, also those that give no image.

    Raises DeviceError: DEVICE_DRIVER_MISSING where there is no libfprint, DEVICE_STALLED where the list does not end in
    time, DEVICE_BAD_ANSWER, DEVICE_FAILED.
    """
    if not sys.platform.startswith("linux"):
        raise DeviceError(Code.DEVICE_DRIVER_MISSING, driver=LIBRARY)
    readers: list[FoundReader] = []
    give_up, never = time.monotonic() + patience_s, threading.Event()
    with ReaderProcess(command(["list"]), environment or {}) as helper:
        while (message := helper.read(give_up - time.monotonic(), never)) is not None:
            if message.kind is ReaderMessageKind.LISTED:
                return tuple(readers)
            if message.kind is ReaderMessageKind.FAULT:
                raise read_reader_fault(message, "")
            if message.kind is not ReaderMessageKind.READER or len(readers) >= MAX_READERS:
                raise bad_answer("list")
            readers.append(read_reader(message.untrusted))
    raise DeviceError(Code.DEVICE_FAILED)


def read_reader_fault(message: ReaderMessage, source: str) -> DeviceError:
    """The fault that the fingerprint helper names, of the reader ``source``. Raises DeviceError(DEVICE_BAD_ANSWER)."""
    return read_fault(message.untrusted, source=source, driver=LIBRARY, why="")
