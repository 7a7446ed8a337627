"""The program of the sound helper process: ``list``, ``capture KEY``, ``wait KEY``, ``play`` or ``chime``.

PortAudio and the sound drivers run in here, and nowhere else: nothing that the station computes can delay the thread
that takes the sound, and a driver that crashes or hangs takes no window with it. What happens is said as messages (see
:mod:`mlid_desktop.devices.microphone.messages`) on what was its standard output; it ends when its standard input does.
"""

from __future__ import annotations

import os
import queue
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial

from mlid_desktop.devices.driver_process.process import end_with_standard_input, leave_no_core, own_standard_output
from mlid_desktop.devices.microphone.messages import (
    BLOCK_HEADER,
    FORMAT,
    SOUND_MESSAGES,
    SoundMessageKind,
    microphone_payload,
)
from mlid_desktop.devices.microphone.playback import play_each_sound, play_sound
from mlid_desktop.devices.microphone.portaudio import BLOCK_S, PortAudio, PortAudioInput
from mlid_desktop.domain.errors import Code, DeviceError

HEARTBEAT_S = 0.5
LOOKING_AGAIN_S = 1.0
MAX_WAITING_S = 30.0  # of sound that the station did not fetch: then something is wrong for good
Send = Callable[[SoundMessageKind, bytes], None]


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the sound helper, and returns 0 when it ended as asked, 1 after a fault that it said, 2 for unknown
    words."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    if words == ["play"]:
        leave_no_core()
        return play_sound(sys.stdin.buffer.read)
    if words == ["chime"]:
        leave_no_core()
        return play_each_sound(sys.stdin.buffer.read, partial(os.write, sys.stdout.fileno()))
    send = own_standard_output(SOUND_MESSAGES)
    leave_no_core()
    end_with_standard_input()
    try:
        if words == ["list"]:
            _list(send)
        elif len(words) == 2 and words[0] == "capture":
            _capture(PortAudio(), words[1], send)
        elif len(words) == 2 and words[0] == "wait":
            _capture(_once_it_is_there(words[1], send), words[1], send)
        else:
            return 2
    except DeviceError as fault:
        send(SoundMessageKind.FAULT, fault.code.value.encode())
        os._exit(1)  # a driver that was at fault may hang when it is told to stop
    return 0


def _list(send: Send) -> None:
    for microphone in PortAudio().inputs():
        send(SoundMessageKind.MICROPHONE, microphone_payload(microphone.found))
    send(SoundMessageKind.LISTED, b"")


def _once_it_is_there(key: str, send: Send) -> PortAudio:
    """Waits until the microphone is connected, looking again and again; what fails meanwhile is a driver on its way out
    or in."""
    library: PortAudio | None = None
    while True:
        send(SoundMessageKind.ALIVE, b"")
        with suppress(DeviceError):
            if library is None:
                library = PortAudio()
            else:
                library.look_again()
            if _named(library, key) is not None:
                return library
        time.sleep(LOOKING_AGAIN_S)


def _capture(library: PortAudio, key: str, send: Send) -> None:
    """Captures from the microphone until the stream ends. Raises DeviceError: DEVICE_NOT_FOUND, DEVICE_LOST,
    DEVICE_OVERFLOW, and what opening it raises."""
    waiting: queue.SimpleQueue[tuple[float, bytes, bool] | None] = queue.SimpleQueue()
    chosen = _named(library, key)
    if chosen is None:
        raise DeviceError(Code.DEVICE_NOT_FOUND)
    _, granted = library.open(chosen, lambda *block: waiting.put(block), lambda: waiting.put(None))
    send(SoundMessageKind.READY, FORMAT.pack(granted.rate, granted.channels))
    begun = False
    while True:
        try:
            block = waiting.get(timeout=HEARTBEAT_S)
        except queue.Empty:
            send(SoundMessageKind.ALIVE, b"")
            continue
        if block is None:
            raise DeviceError(Code.DEVICE_LOST)
        at, samples, lost = block
        too_late = waiting.qsize() > MAX_WAITING_S / BLOCK_S
        if too_late or (lost and begun):  # what is lost before the first block was never part of a take
            raise DeviceError(Code.DEVICE_OVERFLOW)
        begun = True
        send(SoundMessageKind.BLOCK, BLOCK_HEADER.pack(at) + samples)


def _named(library: PortAudio, key: str) -> PortAudioInput | None:
    return next((microphone for microphone in library.inputs() if microphone.found.key == key), None)


if __name__ == "__main__":
    sys.exit(main())
