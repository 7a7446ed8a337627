"""A network between a desk and its server that can be cut: a relay on loopback for each desk."""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
import time
from typing import Final

PIECE: Final = 65_536
LOOKED_EVERY_S: Final = 0.05


class CutNetwork:
    """Relays what comes to :attr:`port` to a server of this machine, on a thread of its own, until it is closed."""

    def __init__(self, server_port: int) -> None:
        self._server_port = server_port
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._door.getsockname()[1])
        self._lock = threading.Lock()
        self._until = 0.0
        self._is_silent = self._is_over = False
        self._others: dict[socket.socket, socket.socket] = {}
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._door, selectors.EVENT_READ)
        threading.Thread(target=self._relay, daemon=True).start()

    def cut(self, seconds: float, *, is_silent: bool) -> None:
        """Cuts the network for so long: connections end at once, or say nothing more and end when it is mended."""
        with self._lock:
            self._until, self._is_silent = time.monotonic() + seconds, is_silent

    def close(self) -> None:
        """Ends it."""
        self._is_over = True

    @property
    def _state(self) -> tuple[bool, bool]:
        """Whether it is cut, and silently."""
        with self._lock:
            return time.monotonic() < self._until, self._is_silent

    def _relay(self) -> None:
        was_cut = False
        while not self._is_over:
            is_cut, is_silent = self._state
            if (is_cut and not is_silent) or (was_cut and not is_cut):
                self._end_all()
            was_cut = is_cut
            if is_cut and is_silent:
                time.sleep(LOOKED_EVERY_S)
                continue
            for key, _ in self._selector.select(LOOKED_EVERY_S):
                near = key.fileobj
                assert isinstance(near, socket.socket)
                if near is self._door:
                    self._admit(is_cut=is_cut)
                elif near in self._others:
                    self._pass_on(near)
        self._end_all()
        self._door.close()

    def _admit(self, *, is_cut: bool) -> None:
        near, _ = self._door.accept()
        try:
            if is_cut:
                raise ConnectionError
            far = socket.create_connection(("127.0.0.1", self._server_port), 5)
        except OSError:
            near.close()
            return
        for side, other in ((near, far), (far, near)):
            side.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._others[side] = other
            self._selector.register(side, selectors.EVENT_READ)

    def _pass_on(self, near: socket.socket) -> None:
        try:
            piece = near.recv(PIECE)
            if not piece:
                raise ConnectionError
            self._others[near].sendall(piece)
        except OSError:
            self._end(near)

    def _end(self, near: socket.socket) -> None:
        far = self._others[near]
        for side in (near, far):
            self._others.pop(side, None)
            with contextlib.suppress(KeyError, ValueError):
                self._selector.unregister(side)
            side.close()

    def _end_all(self) -> None:
        while self._others:
            self._end(next(iter(self._others)))
