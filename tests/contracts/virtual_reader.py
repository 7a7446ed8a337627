"""The real libfprint with its virtual image driver: what a hand does on a reader, said over its socket."""

from __future__ import annotations

import ctypes
import socket
import struct
import time
from pathlib import Path

import pytest

from mlid_desktop.domain.samples import Image
from tests.worked_out_once import touch_image

WORD = struct.Struct("<ii")
RETRY, ERROR, AUTOMATIC, FINGER, UNPLUG = -1, -2, -3, -4, -5  # what the driver takes in place of a width
CONNECTING_S = 60.0


class VirtualReader:
    """``environment`` switches the driver on; the rest is done once a source has opened it."""

    def __init__(self, folder: Path, patience_s: float = CONNECTING_S) -> None:
        self._patience_s = patience_s
        self.path = folder / "reader"
        self.environment = {"FP_VIRTUAL_IMAGE": str(self.path)}
        self._socket: socket.socket | None = None

    def touch(self, image: Image) -> None:
        """A finger that leaves this image: (height, width) uint8."""
        height, width = image.shape
        self.send(WORD.pack(width, height) + image.tobytes())

    def say(self, what: int, number: int = 0) -> None:
        """One of the driver's own messages."""
        self.send(WORD.pack(what, number))

    def send(self, content: bytes) -> None:
        """Bytes as they are, to the reader as it is plugged in now."""
        if self._socket is None:
            self._socket = self._connected()
        self._socket.sendall(content)

    def let_go(self) -> None:
        """Nobody's hand is on it any more; the next word reaches the reader as it is then."""
        if self._socket is not None:
            self._socket.close()
        self._socket = None

    def _connected(self) -> socket.socket:
        give_up = time.monotonic() + self._patience_s
        while True:
            attempt = socket.socket(socket.AF_UNIX)
            try:
                attempt.connect(str(self.path))
            except OSError:
                attempt.close()
                if time.monotonic() > give_up:
                    raise
                time.sleep(0.02)
            else:
                return attempt


def require_libfprint() -> None:
    """Skips where the library is not installed."""
    try:
        ctypes.CDLL("libfprint-2.so.2")
    except OSError:
        pytest.skip("libfprint is not installed (Debian: libfprint-2-2)")


def finger(seed: int = 7, impression: int = 0) -> Image:
    """An impression of a made-up finger."""
    return touch_image(seed, impression)


__all__ = ["AUTOMATIC", "ERROR", "FINGER", "RETRY", "UNPLUG", "VirtualReader", "finger", "require_libfprint"]
