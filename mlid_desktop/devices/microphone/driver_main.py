"""The program of the sound helper's process: ``list``, ``capture KEY``, ``wait KEY``, ``play`` or ``chime``.

PortAudio and the sound drivers run in here, and nowhere else: nothing that the station computes can delay the thread
that takes the sound, and a driver that crashes or hangs takes no window with it. What happens is said as frames (see
``messages``) on what was its standard output; it ends when its standard input does.
"""

from __future__ import annotations

import os
import queue
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial

from mlid_desktop.devices.microphone.messages import BLOCK_HEADER, FORMAT, Kind, framed, microphone_payload
from mlid_desktop.devices.microphone.playback import play_one_by_one, play_what_comes
from mlid_desktop.devices.microphone.portaudio import BLOCK_S, Input, PortAudio
from mlid_desktop.domain.errors import Code, DeviceError

HEARTBEAT_S = 0.5
LOOKING_AGAIN_S = 1.0
MAX_WAITING_S = 30.0  # of sound that the station did not fetch: then something is wrong for good
Say = Callable[[Kind, bytes], None]


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when it ended as asked, 1 after a fault that it said, 2 for what it does not know."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    if words == ["play"]:
        _leave_no_core()
        return play_what_comes(sys.stdin.buffer.read)
    if words == ["chime"]:
        _leave_no_core()
        return play_one_by_one(sys.stdin.buffer.read, partial(os.write, sys.stdout.fileno()))
    say = _own_the_output()
    _leave_no_core()
    threading.Thread(target=_end_with_the_input, daemon=True).start()
    try:
        if words == ["list"]:
            _list(say)
        elif len(words) == 2 and words[0] == "capture":
            _capture(PortAudio(), words[1], say)
        elif len(words) == 2 and words[0] == "wait":
            _capture(_once_it_is_there(words[1], say), words[1], say)
        else:
            return 2
    except DeviceError as fault:
        say(Kind.FAULT, fault.code.value.encode())
        os._exit(1)  # a driver that was at fault may hang when it is told to stop
    return 0


def _list(say: Say) -> None:
    for one in PortAudio().inputs():
        say(Kind.MICROPHONE, microphone_payload(one.found))
    say(Kind.LISTED, b"")


def _once_it_is_there(key: str, say: Say) -> PortAudio:
    """Looks again and again; what fails meanwhile is a driver on its way out or in."""
    library: PortAudio | None = None
    while True:
        say(Kind.ALIVE, b"")
        with suppress(DeviceError):
            if library is None:
                library = PortAudio()
            else:
                library.look_again()
            if _named(library, key) is not None:
                return library
        time.sleep(LOOKING_AGAIN_S)


def _capture(library: PortAudio, key: str, say: Say) -> None:
    """Until the stream ends. Raises DeviceError: DEVICE_NOT_FOUND, DEVICE_LOST, DEVICE_OVERFLOW, and what opening it
    raises."""
    waiting: queue.SimpleQueue[tuple[float, bytes, bool] | None] = queue.SimpleQueue()
    chosen = _named(library, key)
    if chosen is None:
        raise DeviceError(Code.DEVICE_NOT_FOUND)
    _, granted = library.open(chosen, lambda *block: waiting.put(block), lambda: waiting.put(None))
    say(Kind.READY, FORMAT.pack(granted.rate, granted.channels))
    begun = False
    while True:
        try:
            block = waiting.get(timeout=HEARTBEAT_S)
        except queue.Empty:
            say(Kind.ALIVE, b"")
            continue
        if block is None:
            raise DeviceError(Code.DEVICE_LOST)
        at, samples, lost = block
        too_late = waiting.qsize() > MAX_WAITING_S / BLOCK_S
        if too_late or (lost and begun):  # what is lost before the first block was never part of a take
            raise DeviceError(Code.DEVICE_OVERFLOW)
        begun = True
        say(Kind.BLOCK, BLOCK_HEADER.pack(at) + samples)


def _named(library: PortAudio, key: str) -> Input | None:
    return next((one for one in library.inputs() if one.found.key == key), None)


def _end_with_the_input() -> None:
    with suppress(OSError):
        while os.read(0, 4096):
            pass
    os._exit(0)


def _own_the_output() -> Say:
    """What libraries print goes nowhere; a station that is gone ends this process."""
    output = os.dup(1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    if sys.platform == "win32":
        import msvcrt  # noqa: PLC0415 - Windows alone has it

        msvcrt.setmode(output, os.O_BINARY)

    def say(kind: Kind, payload: bytes) -> None:
        rest = memoryview(framed(kind, payload))
        try:
            while rest:
                rest = rest[os.write(output, rest) :]
        except OSError:
            os._exit(0)

    return say


def _leave_no_core() -> None:
    """A driver that crashes leaves no voice on the disk."""
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415 - not on Windows

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    sys.exit(main())
