"""Takes links over from the program that the system opens them with, on a socket of this user alone: other users of the
machine neither reach it nor pass for it. Served by the network thread while the interface is on."""

from __future__ import annotations

import os
import socket
import stat
import struct
import sys
import threading
import time
from contextlib import closing, suppress
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path
from typing import Any

from mlid_desktop.domain.errors import Code, StationError
from mlid_desktop.station.external_requests.links import LinkMalformedError, LinkOutcome, read_link
from mlid_desktop.station.external_requests.request_desk import RequestDesk
from mlid_desktop.station.threads import ThreadRole

IS_POSIX = sys.platform != "win32"
FOLDER = f"links-{os.geteuid()}" if IS_POSIX else "links"  # an administrator may have one folder for all users' state
SOCKET, SECRET = "socket", "secret"
TURN_S = 1.0  # that who hands a link over may take
REPLY_S = 3.0
MAXIMUM_MESSAGE = 4096
STOP_S = 3.0
AFTER_FAULT_S = 0.1
OTHERS = stat.S_IRWXG | stat.S_IRWXO
SOL_LOCAL, LOCAL_PEERCRED, XUCRED_BYTES = 0, 1, 76  # of macOS, which Python does not name


class LinkServer:
    """Hands the links that come to the desk of requests. ``folder`` is where the user's own state is kept."""

    def __init__(self, desk: RequestDesk, folder: Path) -> None:
        self._desk, self._folder = desk, folder / FOLDER
        self._listener: Listener | None = None
        self._thread: threading.Thread | None = None
        self._stops = False

    def start(self) -> None:
        """Takes links from now on; not where another window of this user does. Raises
        StationError(STATION_LINKS_UNSAFE) where others could reach the folder, and no link is taken then."""
        if self._listener is not None:
            return
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _require_own(self._folder)
            self._listener = _listening(self._folder)
        except OSError:
            raise StationError(Code.STATION_LINKS_UNSAFE, folder=str(self._folder)) from None
        if self._listener is None:
            return
        self._stops = False
        self._thread = threading.Thread(target=self._serve, name=f"mlid-{ThreadRole.NETWORK.value}-links", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Takes no link any more."""
        listener, thread, self._listener, self._thread = self._listener, self._thread, None, None
        if listener is None or thread is None:
            return
        self._stops = True
        with suppress(OSError, EOFError):
            _connected(self._folder).close()  # wakes who waits for a link
        thread.join(timeout=STOP_S)
        listener.close()

    def _serve(self) -> None:
        listener = self._listener
        while listener is not None and not self._stops:
            try:
                taken = listener.accept()
            except Exception:  # noqa: BLE001 - whatever a stranger sends: nobody's link, and the next is waited for
                time.sleep(AFTER_FAULT_S)
                continue
            with closing(taken), suppress(OSError, EOFError):
                self._answer(taken)

    def _answer(self, taken: Connection[Any, Any]) -> None:
        if not _is_same_user(taken) or not taken.poll(TURN_S):
            return
        said = taken.recv_bytes(MAXIMUM_MESSAGE)
        if said:
            taken.send_bytes(self._outcome(said).value.encode())

    def _outcome(self, said: bytes) -> LinkOutcome:
        try:
            return self._desk.follow(read_link(said.decode("ascii")))
        except (LinkMalformedError, UnicodeDecodeError):
            return LinkOutcome.MALFORMED


def hand_over(untrusted_link: str, folder: Path) -> LinkOutcome:
    """Hands a link to the window of this user; nothing of it is kept here. Raises StationError(STATION_NO_WINDOW) where
    none takes links, and LinkMalformedError."""
    link = read_link(untrusted_link).written().encode("ascii")
    try:
        _require_own(folder / FOLDER)
        with closing(_connected(folder / FOLDER)) as window:
            if not _is_same_user(window):
                raise StationError(Code.STATION_NO_WINDOW)
            window.send_bytes(link)
            if not window.poll(REPLY_S):
                raise StationError(Code.STATION_NO_WINDOW)
            return LinkOutcome(window.recv_bytes(MAXIMUM_MESSAGE).decode("ascii"))
    except (OSError, EOFError, ValueError):
        raise StationError(Code.STATION_NO_WINDOW) from None


def _require_own(folder: Path) -> None:
    """Raises OSError where the folder is a link, somebody else's, or open to others."""
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode):
        raise NotADirectoryError(str(folder))
    if IS_POSIX and (found.st_uid != os.geteuid() or stat.S_IMODE(found.st_mode) & OTHERS):
        raise PermissionError(str(folder))


def _listening(folder: Path) -> Listener | None:
    """The socket, None where another window of this user has it. Raises OSError."""
    if not IS_POSIX:
        secret = os.urandom(32)
        with suppress(PermissionError):
            listener = Listener(_address(folder), "AF_PIPE", authkey=secret)
            (folder / SECRET).write_bytes(secret)
            return listener
        return None
    with suppress(OSError, EOFError):
        _connected(folder).close()
        return None
    with suppress(FileNotFoundError):
        (folder / SOCKET).unlink()  # of a window that was killed
    return Listener(_address(folder), "AF_UNIX", backlog=8)


def _connected(folder: Path) -> Connection[Any, Any]:
    """Raises OSError, EOFError. A pipe of Windows knows no users: both ends show the secret that its folder holds."""
    secret = None if IS_POSIX else (folder / SECRET).read_bytes()
    return Client(_address(folder), authkey=secret)


def _address(folder: Path) -> str:
    return str(folder / SOCKET) if IS_POSIX else rf"\\.\pipe\mlid-desktop-links-{os.environ.get('USERNAME', '')}"


def _is_same_user(connection: Connection[Any, Any]) -> bool:
    """Whether the same user is at the other end, by what the system says; who it is has a second to speak."""
    if not IS_POSIX:
        return True
    with socket.socket(fileno=os.dup(connection.fileno())) as opened:
        limit = struct.pack("ll", int(TURN_S), 0)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)
        if sys.platform == "linux":
            _, uid, _ = struct.unpack("3i", opened.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
        else:
            _, uid = struct.unpack_from("=II", opened.getsockopt(SOL_LOCAL, LOCAL_PEERCRED, XUCRED_BYTES))
    return int(uid) == os.geteuid()
