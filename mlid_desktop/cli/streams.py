"""Standard output and standard error of a command: UTF-8 whatever the system says, and a failed write of a result is a
fault of its own, never Python's or a library's exit code."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from typing import TextIO

from mlid_desktop.domain.errors import Code, StationError

STANDARD_OUTPUT = 1


class ResultStream(io.TextIOBase):
    """Standard output, whose failures are typed faults. Every failed write or flush, also of a stream that was closed
    before the program began, raises StationError(STATION_OUTPUT_LOST): an OSError would end in the libraries' exit code
    1, which means "rejected"."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """The encoding of what is written: UTF-8."""
        return "utf-8"

    def write(self, text: str) -> int:
        """Writes text to standard output. Raises StationError(STATION_OUTPUT_LOST)."""
        if self._stream is None:
            raise StationError(Code.STATION_OUTPUT_LOST)
        try:
            return self._stream.write(text)
        except (OSError, ValueError):
            raise StationError(Code.STATION_OUTPUT_LOST) from None

    def flush(self) -> None:
        """Flushes standard output. Raises StationError(STATION_OUTPUT_LOST)."""
        try:
            if self._stream is not None:
                self._stream.flush()
        except (OSError, ValueError):
            raise StationError(Code.STATION_OUTPUT_LOST) from None

    def isatty(self) -> bool:
        """Whether the output goes to a terminal."""
        return self._stream is not None and self._stream.isatty()

    def fileno(self) -> int:
        """File descriptor of the wrapped stream. Raises OSError where there is none."""
        if self._stream is None:
            raise OSError("closed")
        return self._stream.fileno()

    def writable(self) -> bool:
        """Returns True, as the stream takes text; whether it can be delivered shows in ``write``."""
        return True


class NoteStream(ResultStream):
    """Standard error for remarks and faults: what cannot be said there is lost, and changes nothing."""

    def write(self, text: str) -> int:
        """Writes text to standard error; never raises."""
        with contextlib.suppress(StationError):
            return super().write(text)
        return len(text)

    def flush(self) -> None:
        """Flushes standard error; never raises."""
        with contextlib.suppress(StationError):
            super().flush()


def prepare_streams() -> None:
    """Puts UTF-8 streams with typed faults in place of ``sys.stdout`` and ``sys.stderr``, before anything is
    printed."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            with contextlib.suppress(OSError, ValueError):  # names of files that are no UTF-8 are shown as they can be
                stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    sys.stdout, sys.stderr = ResultStream(sys.stdout), NoteStream(sys.stderr)


def give_up(descriptor: int = STANDARD_OUTPUT) -> None:
    """Sends what standard output still buffers to the null device, so that the interpreter's own exit does not fail on
    it."""
    with contextlib.suppress(OSError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, descriptor)
