"""Standard output and standard error as a command needs them: UTF-8 whatever the system says, and a failed write of a
result is a fault of its own, never Python's or a library's exit code."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from typing import TextIO

from mlid_desktop.domain.errors import Code, StationError

STANDARD_OUTPUT = 1


class ResultStream(io.TextIOBase):
    """Standard output. Every failed write or flush, also of a stream that was closed before the program began, raises
    StationError(STATION_OUTPUT_LOST): an OSError would end in the libraries' exit code 1, which means "rejected"."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """UTF-8."""
        return "utf-8"

    def write(self, text: str) -> int:
        """Raises StationError(STATION_OUTPUT_LOST)."""
        if self._stream is None:
            raise StationError(Code.STATION_OUTPUT_LOST)
        try:
            return self._stream.write(text)
        except (OSError, ValueError):
            raise StationError(Code.STATION_OUTPUT_LOST) from None

    def flush(self) -> None:
        """Raises StationError(STATION_OUTPUT_LOST)."""
        try:
            if self._stream is not None:
                self._stream.flush()
        except (OSError, ValueError):
            raise StationError(Code.STATION_OUTPUT_LOST) from None

    def isatty(self) -> bool:
        """Whether a person reads it."""
        return self._stream is not None and self._stream.isatty()

    def fileno(self) -> int:
        """Of the stream beneath. Raises OSError where there is none."""
        if self._stream is None:
            raise OSError("closed")
        return self._stream.fileno()

    def writable(self) -> bool:
        """Always; whether it succeeds shows."""
        return True


class NoteStream(ResultStream):
    """Standard error: what cannot be said there is lost, and changes nothing."""

    def write(self, text: str) -> int:
        """Never raises."""
        with contextlib.suppress(StationError):
            return super().write(text)
        return len(text)

    def flush(self) -> None:
        """Never raises."""
        with contextlib.suppress(StationError):
            super().flush()


def prepare_streams() -> None:
    """Called once, before the first word."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            with contextlib.suppress(OSError, ValueError):  # names of files that are no UTF-8 are shown as they can be
                stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    sys.stdout, sys.stderr = ResultStream(sys.stdout), NoteStream(sys.stderr)


def give_up(descriptor: int = STANDARD_OUTPUT) -> None:
    """What is still held back goes nowhere, so that the interpreter's own end does not fail on it."""
    with contextlib.suppress(OSError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, descriptor)
