"""The program of the fingerprint helper process: ``list`` or ``capture KEY``. Vendors' drivers run in here, and nowhere
else.

It says what happens as messages (see :mod:`mlid_desktop.devices.fingerprint.messages`) on what was its standard output,
and ends when its standard input does: the station is gone, or wants no more.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Sequence

from mlid_desktop.devices.driver_process.process import end_with_standard_input, leave_no_core, own_standard_output
from mlid_desktop.devices.fingerprint.libfprint import CancelledScanError, Libfprint, RetryScanError
from mlid_desktop.devices.fingerprint.messages import READER_MESSAGES, ReaderMessageKind, image_payload, reader_payload
from mlid_desktop.domain.errors import Code, DeviceError

HEARTBEAT_MS = 500
CLOSING_S = 1.5  # what a driver gets to let go of its reader
Send = Callable[[ReaderMessageKind, bytes], None]


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the fingerprint helper, and returns 0 when it ended as asked, 1 after a fault that it said, 2 for unknown
    words."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    send = own_standard_output(READER_MESSAGES)
    leave_no_core()
    try:
        if words == ["list"]:
            _list(send)
        elif len(words) == 2 and words[0] == "capture":
            _capture(words[1], send)
        else:
            return 2
    except DeviceError as fault:
        send(ReaderMessageKind.FAULT, fault.code.value.encode())
        return 1
    return 0


def _list(send: Send) -> None:
    for reader in Libfprint().readers:
        send(ReaderMessageKind.READER, reader_payload(reader))
    send(ReaderMessageKind.LISTED, b"")


def _capture(key: str, send: Send) -> None:
    library = Libfprint()
    library.every(HEARTBEAT_MS, lambda: send(ReaderMessageKind.ALIVE, b""))
    end_with_standard_input(lambda: _let_go(library))
    reader = next((reader for reader in library.readers if reader.key == key), None)
    if reader is None:
        raise DeviceError(Code.DEVICE_NOT_FOUND)
    device = library.open(reader)
    device.watch(lambda flags: send(ReaderMessageKind.FINGER, bytes([flags & 0xFF])), lambda: _unplugged(send))
    send(ReaderMessageKind.READY, b"")
    try:
        while True:
            try:
                scan = device.scan()
            except RetryScanError as again:
                send(ReaderMessageKind.RETRY, bytes([again.number & 0xFF]))
            else:
                send(ReaderMessageKind.IMAGE, image_payload(scan.width, scan.height, scan.per_mm, scan.pixels))
    except CancelledScanError:
        device.close()


def _unplugged(send: Send) -> None:
    """Says that the reader was lost, and ends the process without waiting for the driver."""
    send(ReaderMessageKind.FAULT, Code.DEVICE_LOST.value.encode())
    os._exit(1)


def _let_go(library: Libfprint) -> None:
    """Ends the scan, and leaves the driver time to close its reader."""
    library.cancel_soon()
    threading.Event().wait(CLOSING_S)


if __name__ == "__main__":
    sys.exit(main())
