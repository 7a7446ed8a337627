"""The program of the helper process: ``list`` or ``capture KEY``. Vendors' drivers run in here, and nowhere else.

It says what happens as frames (see ``messages``) on what was its standard output, and ends when its standard
input does: the station is gone, or wants no more.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Sequence

from mlid_desktop.devices.fingerprint.libfprint import CancelledScanError, Libfprint, RetryScanError
from mlid_desktop.devices.fingerprint.messages import Kind, framed, image_payload, reader_payload
from mlid_desktop.domain.errors import Code, DeviceError

HEARTBEAT_MS = 500
CLOSING_S = 1.5  # what a driver gets to let go of its reader
Say = Callable[[Kind, bytes], None]


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when it ended as asked, 1 after a fault that it said, 2 for what it does not know."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    say = _own_the_output()
    _leave_no_core()
    try:
        if words == ["list"]:
            _list(say)
        elif len(words) == 2 and words[0] == "capture":
            _capture(words[1], say)
        else:
            return 2
    except DeviceError as fault:
        say(Kind.FAULT, fault.code.value.encode())
        return 1
    return 0


def _list(say: Say) -> None:
    for reader in Libfprint().readers:
        say(Kind.READER, reader_payload(reader))
    say(Kind.LISTED, b"")


def _capture(key: str, say: Say) -> None:
    library = Libfprint()
    library.every(HEARTBEAT_MS, lambda: say(Kind.ALIVE, b""))
    threading.Thread(target=_end_with_the_input, args=(library,), daemon=True).start()
    reader = next((one for one in library.readers if one.key == key), None)
    if reader is None:
        raise DeviceError(Code.DEVICE_NOT_FOUND)
    device = library.open(reader)
    device.watch(lambda flags: say(Kind.FINGER, bytes([flags & 0xFF])), lambda: _unplugged(say))
    say(Kind.READY, b"")
    try:
        while True:
            try:
                scan = device.scan()
            except RetryScanError as again:
                say(Kind.RETRY, bytes([again.number & 0xFF]))
            else:
                say(Kind.IMAGE, image_payload(scan.width, scan.height, scan.per_mm, scan.pixels))
    except CancelledScanError:
        device.close()


def _unplugged(say: Say) -> None:
    """Nothing that a driver says after this is waited for."""
    say(Kind.FAULT, Code.DEVICE_LOST.value.encode())
    os._exit(1)


def _end_with_the_input(library: Libfprint) -> None:
    while os.read(0, 4096):
        pass
    library.cancel_soon()
    threading.Event().wait(CLOSING_S)
    os._exit(0)


def _own_the_output() -> Say:
    """What libraries print goes nowhere; a station that is gone ends this process."""
    output = os.dup(1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)

    def say(kind: Kind, payload: bytes) -> None:
        rest = memoryview(framed(kind, payload))
        try:
            while rest:
                rest = rest[os.write(output, rest) :]
        except OSError:
            os._exit(0)

    return say


def _leave_no_core() -> None:
    """A driver that crashes leaves no finger on the disk."""
    import resource  # noqa: PLC0415 - not on Windows, where this program does not run

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    sys.exit(main())
