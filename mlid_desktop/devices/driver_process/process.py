"""Runs a driver in a process of its own: started by the station with an environment of its own, and ended surely; on
its own side messages alone leave it, it ends with the station, and it leaves no sample on the disk."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import IO, Self

from mlid_desktop.devices.driver_process.messages import KindT, MessageFormat
from mlid_desktop.domain.errors import Code, DeviceError

NO_WINDOW = 0x08000000 if sys.platform == "win32" else 0  # CREATE_NO_WINDOW: no console flashes up

Command = Callable[[Sequence[str]], Sequence[str]]


@dataclass(frozen=True, slots=True)
class DriverProgram:
    """A program that runs a driver: ``module`` has its ``main``, and a frozen program starts itself with ``verb`` to be
    it. ``library`` is named where it cannot be started. Of this process's variables it gets those that ``keeps``
    names, where they are set, and no others."""

    module: str
    verb: str
    library: str
    keeps: tuple[str, ...] = ()

    def command(self, words: Sequence[str]) -> Sequence[str]:
        """The command line that starts the program with these words; isolated, so that no folder or variable plants a
        module."""
        if getattr(sys, "frozen", False):
            return (sys.executable, self.verb, *words)
        return (sys.executable, "-I", "-m", self.module, *words)

    def environment(self, more: Mapping[str, str]) -> dict[str, str]:
        """All the environment variables that the program gets: a path, a locale, those it keeps, and ``more``."""
        kept = {name: os.environ[name] for name in self.keeps if name in os.environ}
        return {"PATH": os.defpath, "LC_ALL": "C.UTF-8", **kept, **more}

    def start(
        self, command: Sequence[str], environment: Mapping[str, str] | None = None, output: int = subprocess.PIPE
    ) -> subprocess.Popen[bytes]:
        """Starts the program with that command, with pipes for its input and (usually) output. Raises
        DeviceError(DEVICE_DRIVER_MISSING)."""
        try:
            return subprocess.Popen(  # noqa: S603 - this program itself, with words of its own
                list(command),
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.DEVNULL,
                env=self.environment(environment or {}),
                close_fds=True,
                start_new_session=sys.platform != "win32",
                creationflags=NO_WINDOW,
            )
        except OSError:
            raise DeviceError(Code.DEVICE_DRIVER_MISSING, driver=self.library) from None


class DriverProcess:
    """One run of a driver's program, from its start to its end; ended when its context is left."""

    def __init__(
        self, program: DriverProgram, command: Sequence[str], environment: Mapping[str, str] | None, grace_s: float
    ) -> None:
        """Starts the program; ``grace_s`` is how long it may take to close its device. Raises
        DeviceError(DEVICE_DRIVER_MISSING) where it cannot be started."""
        self._process = program.start(command, environment)
        self._grace_s = grace_s

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    @property
    def number(self) -> int:
        """The operating system's number of the process."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """Exit code of the process, on POSIX systems the negative signal that ended it; None while it runs."""
        return self._process.poll()

    @property
    def input(self) -> IO[bytes]:
        """Pipe that the process is asked through."""
        assert self._process.stdin is not None
        return self._process.stdin

    @property
    def output(self) -> IO[bytes]:
        """The pipe that the process's messages come through."""
        assert self._process.stdout is not None
        return self._process.stdout

    def end(self) -> None:
        """Asks the process to close its device, and kills it where it does not in time."""
        self.output.close()
        self.end_input()

    def end_input(self) -> None:
        """Asks the process to end by closing its standard input. Whatever has not ended by itself within the grace is
        killed."""
        with suppress(OSError):  # what it was still to be told is lost with it
            self.input.close()
        try:
            self._process.wait(self._grace_s)
        except subprocess.TimeoutExpired:
            self.kill()
            self._process.wait()

    def kill(self) -> None:
        """Kills the process at once, whatever it is doing. From any thread."""
        self._process.kill()


def own_standard_output(form: MessageFormat[KindT]) -> Callable[..., None]:
    """Takes over the standard output for messages, and returns what sends them: a kind and the parts of its payload.
    What libraries print goes nowhere from now on. A station that is gone ends this process."""
    output = os.dup(1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    if sys.platform == "win32":
        import msvcrt  # noqa: PLC0415 - Windows alone has it

        msvcrt.setmode(output, os.O_BINARY)

    def send(kind: KindT, *parts: bytes | memoryview) -> None:
        first = form.pack_head(kind, sum(len(part) for part in parts)) + b"".join(parts[:1])
        try:
            for part in (first, *parts[1:]):
                rest = memoryview(part)
                while rest:
                    rest = rest[os.write(output, rest) :]
        except OSError:
            os._exit(0)

    return send


def end_with_standard_input(before: Callable[[], object] = lambda: None) -> None:
    """Ends this process when its standard input ends: the station is gone, or wants no more. ``before`` is called
    first, on the thread that watches."""

    def watch() -> None:
        with suppress(OSError):
            while os.read(0, 4096):
                pass
        before()
        os._exit(0)

    threading.Thread(target=watch, daemon=True).start()


def leave_no_core() -> None:
    """Turns core dumps off, so that a driver that crashes leaves no picture or sound of anybody on the disk."""
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415 - not on Windows

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
