"""Waits for word of changes in a register, on a connection of its own that does nothing else."""

from __future__ import annotations

import selectors
import socket
from typing import Final

from mlid_desktop.vault.store.register.connection import RegisterConnection

CHANNEL: Final = "mlid"  # on which the functions of a register tell of changes


class Listener:
    """Listens on a connection, which it ends when it is closed. Word of a change is a hint that may be lost: whoever
    waits looks into the register at each return. One thread waits; any may wake it."""

    def __init__(self, connection: RegisterConnection) -> None:
        self._connection = connection
        connection.rows(f"LISTEN {CHANNEL}")
        told = connection.socket
        self._woken, self._waker = socket.socketpair()
        self._waker.setblocking(False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._woken, selectors.EVENT_READ)
        self._selector.register(told, selectors.EVENT_READ)

    def wait(self, seconds: float) -> None:
        """Returns when a change was told, when somebody wakes it, and after so many seconds at the latest, if the
        server still answers then. Raises RegisterError(REGISTER_UNREACHABLE)."""
        ready = [key.fileobj for key, _ in self._selector.select(seconds)]
        if self._woken in ready:
            self._woken.recv(4096)
        if self._connection.socket in ready:
            self._connection.take_notices()
        if not ready:
            self._connection.rows("SELECT 1")

    def wake(self) -> None:
        """Has :meth:`wait` return; from any thread, also once it is closed."""
        try:
            self._waker.send(b"\0")
        except OSError:
            return  # woken often enough already, or closed

    def close(self) -> None:
        """Ends the connection."""
        self._selector.close()
        self._woken.close()
        self._waker.close()
        self._connection.close()
