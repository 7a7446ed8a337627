"""The microphone's helper process seen from the station: started with a clean environment, read without a pause, ended
surely; and the list of microphones, which it makes anew each time it is asked."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Self

from mlid_desktop.devices.microphone.messages import (
    HIDDEN_VERB,
    MAX_MICROPHONES,
    FoundMicrophone,
    Frame,
    Kind,
    bad,
    read_fault,
    read_frame,
    read_microphone,
)
from mlid_desktop.domain.errors import Code, DeviceError

HELPER_MODULE = "mlid_desktop.devices.microphone.driver_main"
LISTING_S = 10.0  # a system that has just started asks many drivers
ENDING_S = 1.0
MAX_WAITING = 3000  # frames that nobody fetched: a minute of sound
NO_WINDOW = 0x08000000 if sys.platform == "win32" else 0  # CREATE_NO_WINDOW: no console flashes up
# Where the sound server's socket and the settings of PortAudio's drivers lie, and what Windows programs need to start.
KEPT = ("HOME", "XDG_RUNTIME_DIR", "SYSTEMROOT", "WINDIR", "TEMP", "USERPROFILE", "APPDATA", "LOCALAPPDATA")

Command = Callable[[Sequence[str]], Sequence[str]]


def helper_command(words: Sequence[str]) -> Sequence[str]:
    """How the helper is started: the one place that knows. Isolated, so that no folder or variable plants a module."""
    if getattr(sys, "frozen", False):
        return (sys.executable, HIDDEN_VERB, *words)
    return (sys.executable, "-I", "-m", HELPER_MODULE, *words)


def clean_environment() -> dict[str, str]:
    """All that the helper gets of ours."""
    return {name: os.environ[name] for name in KEPT if name in os.environ}


class MicrophoneProcess:
    """One helper, from its start to its end. A thread of its own reads it, so that its pipe never fills; one thread
    takes what it said."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Raises DeviceError(DEVICE_DRIVER_MISSING) where it cannot be started."""
        try:
            self._process = subprocess.Popen(  # noqa: S603 - this program itself, with words of its own
                list(command),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={"PATH": os.defpath, "LC_ALL": "C.UTF-8", **environment},
                close_fds=True,
                start_new_session=sys.platform != "win32",
                creationflags=NO_WINDOW,
            )
        except OSError:
            raise DeviceError(Code.DEVICE_DRIVER_MISSING, driver="PortAudio") from None
        self._changed = threading.Condition()
        self._frames: deque[Frame] = deque()
        self._fault: DeviceError | None = None
        self._ended = False
        self._thread = threading.Thread(target=self._read_all, name="mlid-microphone", daemon=True)
        self._thread.start()

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

    def take(self, patience_s: float) -> Frame | None:
        """The next frame; None where the helper ended or is let go. Raises DeviceError: DEVICE_STALLED where none came
        in time, DEVICE_BAD_ANSWER, DEVICE_OVERFLOW where too many were not taken."""
        with self._changed:
            self._changed.wait_for(lambda: self._frames or self._ended, patience_s)
            if self._frames:
                return self._frames.popleft()
            if self._fault is not None:
                raise self._fault
            if self._ended:
                return None
        raise DeviceError(Code.DEVICE_STALLED)

    def let_go(self) -> None:
        """Nobody wants more; wakes whoever is taking. From any thread, more than once."""
        with self._changed:
            self._ended = True
            self._frames.clear()
            self._changed.notify_all()

    def end(self) -> None:
        """Asks it to end, and kills it where it does not in :data:`ENDING_S`."""
        self.let_go()
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        try:
            self._process.wait(ENDING_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._thread.join()
        self._process.stdout.close()

    def _read_all(self) -> None:
        fault: DeviceError | None = None
        assert self._process.stdout is not None
        try:
            while (frame := read_frame(self._process.stdout)) is not None:
                with self._changed:
                    if self._ended:
                        continue  # read on, so that the helper is not stopped by a full pipe
                    if len(self._frames) >= MAX_WAITING:
                        fault = DeviceError(Code.DEVICE_OVERFLOW, waiting=len(self._frames))
                        break
                    self._frames.append(frame)
                    self._changed.notify()
        except DeviceError as error:
            fault = error
        except (OSError, ValueError):
            fault = DeviceError(Code.DEVICE_LOST)
        finally:
            with self._changed:
                self._fault, self._ended = fault, True
                self._changed.notify_all()


def find_microphones(
    command: Command = helper_command, environment: Mapping[str, str] | None = None, patience_s: float = LISTING_S
) -> tuple[FoundMicrophone, ...]:
    """The microphones that are connected now, the usual one first.

    Raises DeviceError: DEVICE_DRIVER_MISSING where there is no PortAudio, DEVICE_BAD_SETTINGS where it does not start,
    DEVICE_STALLED where the list does not end in time, DEVICE_BAD_ANSWER, DEVICE_FAILED.
    """
    found: list[FoundMicrophone] = []
    give_up = time.monotonic() + patience_s
    own = clean_environment() if environment is None else environment
    with MicrophoneProcess(command(["list"]), own) as helper:
        while (frame := helper.take(max(0.0, give_up - time.monotonic()))) is not None:
            if frame.kind is Kind.LISTED:
                return tuple(found)
            if frame.kind is Kind.FAULT:
                raise read_fault(frame.untrusted, "")
            if frame.kind is not Kind.MICROPHONE or len(found) >= MAX_MICROPHONES:
                raise bad("list")
            found.append(read_microphone(frame.untrusted))
    raise DeviceError(Code.DEVICE_FAILED)
