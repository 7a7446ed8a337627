"""The station's side of the sound helper process: read without a pause; and the list of microphones, which it makes
anew each time it is asked."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence

from mlid_desktop.devices.driver_process.messages import bad_answer, read_fault
from mlid_desktop.devices.driver_process.process import Command, DriverProcess, DriverProgram
from mlid_desktop.devices.microphone.messages import (
    HIDDEN_VERB,
    MAX_MICROPHONES,
    SOUND_MESSAGES,
    FoundMicrophone,
    SoundMessage,
    SoundMessageKind,
    read_microphone,
)
from mlid_desktop.domain.errors import Code, DeviceError

LIBRARY = "PortAudio"
SOUND_PROGRAM = DriverProgram(
    "mlid_desktop.devices.microphone.driver_main",
    HIDDEN_VERB,
    LIBRARY,
    # Where the sound server's socket and the settings of PortAudio's drivers lie, and what Windows programs need.
    ("HOME", "XDG_RUNTIME_DIR", "SYSTEMROOT", "WINDIR", "TEMP", "USERPROFILE", "APPDATA", "LOCALAPPDATA"),
)
LISTING_S = 10.0  # a system that has just started asks many drivers
ENDING_S = 1.0
MAX_WAITING = 3000  # messages that nobody fetched: a minute of sound


class MicrophoneProcess(DriverProcess):
    """One sound helper that captures, from its start to its end. A thread of its own reads it, so that its pipe never
    fills; one thread takes its messages."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str] | None = None) -> None:
        """Starts the sound helper; ``environment`` is what it gets besides what such a helper always gets. Raises
        DeviceError(DEVICE_DRIVER_MISSING) where it cannot be started."""
        super().__init__(SOUND_PROGRAM, command, environment, ENDING_S)
        self._changed = threading.Condition()
        self._messages: deque[SoundMessage] = deque()
        self._fault: DeviceError | None = None
        self._ended = False
        self._thread = threading.Thread(target=self._read_all, name="mlid-microphone", daemon=True)
        self._thread.start()

    def take(self, patience_s: float) -> SoundMessage | None:
        """Waits for the helper's next message; None where the helper ended or is let go.

        Raises DeviceError: DEVICE_STALLED where none came in time, DEVICE_BAD_ANSWER, DEVICE_OVERFLOW where too many
        were not taken.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._messages or self._ended, patience_s)
            if self._messages:
                return self._messages.popleft()
            if self._fault is not None:
                raise self._fault
            if self._ended:
                return None
        raise DeviceError(Code.DEVICE_STALLED)

    def let_go(self) -> None:
        """Drops all messages, and wakes whoever waits in :meth:`take`: nobody wants more. From any thread, more than
        once."""
        with self._changed:
            self._ended = True
            self._messages.clear()
            self._changed.notify_all()

    def end(self) -> None:
        """Asks the helper to end, and kills it where it does not in :data:`ENDING_S`."""
        self.let_go()
        self.end_input()
        self._thread.join()
        self.output.close()

    def _read_all(self) -> None:
        fault: DeviceError | None = None
        try:
            while (message := SOUND_MESSAGES.read(self.output)) is not None:
                with self._changed:
                    if self._ended:
                        continue  # read on, so that the helper is not stopped by a full pipe
                    if len(self._messages) >= MAX_WAITING:
                        fault = DeviceError(Code.DEVICE_OVERFLOW, waiting=len(self._messages))
                        break
                    self._messages.append(message)
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
    command: Command = SOUND_PROGRAM.command, patience_s: float = LISTING_S
) -> tuple[FoundMicrophone, ...]:
    """Lists the microphones that are connected now, the usual one first.

    Raises DeviceError: DEVICE_DRIVER_MISSING where there is no PortAudio, DEVICE_BAD_SETTINGS where it does not start,
    DEVICE_STALLED where the list does not end in time, DEVICE_BAD_ANSWER, DEVICE_FAILED.
    """
    found: list[FoundMicrophone] = []
    give_up = time.monotonic() + patience_s
    with MicrophoneProcess(command(["list"])) as helper:
        while (message := helper.take(max(0.0, give_up - time.monotonic()))) is not None:
            if message.kind is SoundMessageKind.LISTED:
                return tuple(found)
            if message.kind is SoundMessageKind.FAULT:
                raise read_sound_fault(message, "")
            if message.kind is not SoundMessageKind.MICROPHONE or len(found) >= MAX_MICROPHONES:
                raise bad_answer("list")
            found.append(read_microphone(message.untrusted))
    raise DeviceError(Code.DEVICE_FAILED)


def read_sound_fault(message: SoundMessage, source: str) -> DeviceError:
    """The fault that the sound helper names, of the microphone ``source``. Raises DeviceError(DEVICE_BAD_ANSWER)."""
    return read_fault(message.untrusted, source=source, driver=LIBRARY)
