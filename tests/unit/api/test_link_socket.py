"""The socket that links come over: of this user alone, bounded, and alive after whatever came."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from multiprocessing.connection import Client
from pathlib import Path

import pytest

from mlid_desktop.api.link_socket import FOLDER, SOCKET, LinkServer, hand_over
from mlid_desktop.domain.errors import Code, StationError
from mlid_desktop.station.external_requests.links import NOTICES, LinkMalformedError, LinkOutcome
from mlid_desktop.station.external_requests.request_book import ExternalRequest
from mlid_desktop.station.external_requests.request_desk import RequestDesk, StationAccess
from mlid_desktop.vault.callers.caller import RequestKind

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows hands links over by a pipe")
NUMBER = "mlid:person/1001"
NOBODY = 65534
AS_NOBODY = """
import os, socket, sys
os.setgroups([]); os.setgid(65534); os.setuid(65534)
opened = socket.socket(socket.AF_UNIX)
try:
    opened.connect(sys.argv[1])
    opened.sendall((16).to_bytes(4, "big") + b"mlid:person/1001")
    print(repr(opened.recv(100)))
except OSError as fault:
    print(type(fault).__name__)
"""
PLANTED = """
import os, socket, sys
os.setgroups([]); os.setgid(65534); os.setuid(65534)
opened = socket.socket(socket.AF_UNIX)
opened.bind(sys.argv[1]); os.chmod(sys.argv[1], 0o777); opened.listen(1)
print("ready", flush=True)
taken, _ = opened.accept()
print(repr(taken.recv(100)), flush=True)
"""


@dataclass
class Window:
    """The desk of a window, and the folder of its user's state."""

    desk: RequestDesk
    server: LinkServer
    state: Path

    @property
    def socket(self) -> Path:
        return self.state / FOLDER / SOCKET


@pytest.fixture
def window(tmp_path: Path) -> Iterator[Window]:
    desk = RequestDesk(time.monotonic)
    desk.open(StationAccess("f" * 32, True, 1, (), "key", ("link",)))
    made = Window(desk, LinkServer(desk, tmp_path), tmp_path)
    made.server.start()
    yield made
    made.server.stop()


def test_a_number_is_handed_over_and_shown_one_at_a_time(window: Window) -> None:
    assert hand_over(NUMBER, window.state) is LinkOutcome.SHOWN
    assert window.desk.links().number == "1001"
    assert hand_over("mlid:person/1002", window.state) is LinkOutcome.BUSY
    assert window.desk.links().number == "1001"
    assert stat.S_IMODE((window.state / FOLDER).stat().st_mode) == 0o700
    assert [path.name for path in (window.state / FOLDER).iterdir()] == [SOCKET], "nothing is kept"


def test_a_flood_of_links_shows_ten_and_leaves_the_window_alive(window: Window) -> None:
    outcomes = []
    for number in range(NOTICES + 20):
        outcomes.append(hand_over(f"mlid:person/{number}", window.state))
        window.desk.dismiss_number()
    assert outcomes == [LinkOutcome.SHOWN] * NOTICES + [LinkOutcome.TOO_MANY] * 20


def test_a_request_that_waits_is_named_once(window: Window) -> None:
    request = ExternalRequest("c" * 32, "Clinic", "a" * 32, RequestKind.VERIFY, "recognition", "digest", "1001")
    link = f"mlid:request/{request.request_id}"
    assert hand_over(link, window.state) is LinkOutcome.UNKNOWN
    window.desk.ask(request)
    assert hand_over(link, window.state) is LinkOutcome.SHOWN
    assert window.desk.links().named == request.key
    assert hand_over(link, window.state) is LinkOutcome.USED
    assert window.desk.links().number == ""
    other = replace(request, request_id="b" * 32, caller_id="d" * 32)
    window.desk.ask(other)
    window.desk.ask(replace(other, caller_id="e" * 32))
    assert hand_over(f"mlid:request/{other.request_id}", window.state) is LinkOutcome.UNKNOWN, "it is not one request"


def test_a_locked_desk_keeps_nothing(window: Window) -> None:
    hand_over(NUMBER, window.state)
    window.desk.lock()
    assert window.desk.links().number == ""
    assert hand_over(NUMBER, window.state) is LinkOutcome.LOCKED
    assert window.desk.links().number == ""


def test_what_is_no_link_never_leaves_the_program_that_was_given_it(window: Window) -> None:
    for link in (NUMBER + "\n", NUMBER + "0" * 1_000_000, "https://evil.example/", ""):
        with pytest.raises(LinkMalformedError):
            hand_over(link, window.state)


def test_whatever_comes_over_the_socket_the_next_link_is_taken(window: Window) -> None:
    for sent in (b"", b"\xff" * 5000, (2**31 - 1).to_bytes(4, "big") + b"x", (2**20).to_bytes(4, "big") + b"y" * 5000):
        with socket.socket(socket.AF_UNIX) as opened:
            opened.connect(str(window.socket))
            opened.sendall(sent)
    for said in (b"\xff", b"mlid:person/%0A", b"mlid:person/1\nmlid:person/2"):
        with Client(str(window.socket)) as sender:
            sender.send_bytes(said)
            assert sender.recv_bytes(100) == LinkOutcome.MALFORMED.value.encode()
    with socket.socket(socket.AF_UNIX) as slow:
        slow.connect(str(window.socket))
        slow.sendall((16).to_bytes(4, "big") + b"mlid")
        assert hand_over(NUMBER, window.state) is LinkOutcome.SHOWN


def test_without_a_window_nothing_is_kept(tmp_path: Path) -> None:
    with pytest.raises(StationError) as refused:
        hand_over(NUMBER, tmp_path)
    assert refused.value.code is Code.STATION_NO_WINDOW
    assert list(tmp_path.iterdir()) == []


def test_a_second_window_leaves_the_socket_to_the_first_and_a_killed_one_leaves_it_to_the_next(window: Window) -> None:
    later = LinkServer(RequestDesk(time.monotonic), window.state)
    later.start()
    assert hand_over(NUMBER, window.state) is LinkOutcome.SHOWN
    later.stop()
    window.server.stop()
    with socket.socket(socket.AF_UNIX) as killed:
        killed.bind(str(window.socket))
    window.server.start()
    assert hand_over(NUMBER, window.state) is LinkOutcome.BUSY


def test_a_folder_that_others_reach_or_that_leads_elsewhere_takes_no_links(tmp_path: Path) -> None:
    desk = RequestDesk(time.monotonic)
    (tmp_path / "open" / FOLDER).mkdir(parents=True)
    (tmp_path / "open" / FOLDER).chmod(0o770)
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    (tmp_path / "led").mkdir()
    (tmp_path / "led" / FOLDER).symlink_to(tmp_path / "elsewhere")
    (tmp_path / "file").mkdir()
    (tmp_path / "file" / FOLDER).write_bytes(b"")
    for state in ("open", "led", "file"):
        with pytest.raises(StationError) as refused:
            LinkServer(desk, tmp_path / state).start()
        assert refused.value.code is Code.STATION_LINKS_UNSAFE
        with pytest.raises(StationError):
            hand_over(NUMBER, tmp_path / state)


@pytest.fixture
def reached() -> Iterator[Path]:
    """A folder that every user of the machine can look into."""
    with tempfile.TemporaryDirectory() as made:
        Path(made).chmod(0o755)
        yield Path(made)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="another user takes the system's right")
class TestAnotherUser:
    """Another user of the machine, as a process of its own."""

    def test_reaches_no_socket_and_is_not_heard_where_the_folder_was_opened(self, reached: Path) -> None:
        desk = RequestDesk(time.monotonic)
        desk.open(StationAccess("f" * 32, True, 1, (), "key", ("link",)))
        server = LinkServer(desk, reached)
        server.start()
        path = reached / FOLDER / SOCKET
        try:
            assert _said(AS_NOBODY, path) == "PermissionError"
            path.parent.chmod(0o755)
            path.chmod(0o777)
            assert _said(AS_NOBODY, path) in {"b''", "BrokenPipeError", "ConnectionResetError"}
        finally:
            server.stop()
        assert desk.links().number == ""

    def test_that_planted_the_folder_beforehand_is_refused(self, reached: Path) -> None:
        (reached / FOLDER).mkdir(mode=0o700)
        os.chown(reached / FOLDER, NOBODY, NOBODY)
        with pytest.raises(StationError) as refused:
            LinkServer(RequestDesk(time.monotonic), reached).start()
        assert refused.value.code is Code.STATION_LINKS_UNSAFE
        with pytest.raises(StationError):
            hand_over(NUMBER, reached)

    def test_that_planted_the_socket_is_told_no_number(self, reached: Path) -> None:
        (reached / FOLDER).mkdir()
        (reached / FOLDER).chmod(0o777)
        command = [sys.executable, "-c", PLANTED, str(reached / FOLDER / SOCKET)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as planted:
            assert planted.stdout is not None
            assert planted.stdout.readline() == "ready\n"
            (reached / FOLDER).chmod(0o700)
            with pytest.raises(StationError) as refused:
                hand_over(NUMBER, reached)
            assert planted.stdout.readline() == "b''\n"
        assert refused.value.code is Code.STATION_NO_WINDOW


def _said(program: str, path: Path) -> str:
    command = [sys.executable, "-c", program, str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout.strip()
