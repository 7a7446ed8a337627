"""Large, slow and endless requests, and a thousand at once: over real sockets."""

from __future__ import annotations

import socket
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

import pytest

from mlid_desktop.vault.callers.caller import Caller
from tests.calling_program import CallingProgram, send
from tests.makers import ENROLLED
from tests.unit.api.conftest import Served


def head_of(served: Served, method: str, path: str, headers: dict[str, str]) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{served.program.port}"]
    return "\r\n".join([*lines, *(f"{name}: {value}" for name, value in headers.items()), "", ""]).encode()


def test_large_and_slow_bodies_are_refused_at_once(served: Served) -> None:
    reply = send(
        served.program.port, "POST", "/v1/requests", b"x" * 20_000, served.program.signed("POST", "/v1/requests")
    )
    assert (reply.status, reply.error) == (413, "too_large")
    with socket.create_connection(("127.0.0.1", served.program.port), timeout=60) as connection:
        head = (
            f"POST /v1/requests HTTP/1.1\r\nHost: 127.0.0.1:{served.program.port}\r\nContent-Length: 10485760\r\n\r\n"
        )
        connection.sendall(head.encode())
        assert b"413" in connection.recv(100)  # before ten megabytes come
    with socket.create_connection(("127.0.0.1", served.program.port), timeout=60) as connection:
        signed = served.program.signed("POST", "/v1/requests", b"x")
        connection.sendall(
            head_of(served, "POST", "/v1/requests", {**signed, "Transfer-Encoding": "chunked"})
            + b"8000\r\n"
            + b"x" * 0x8000
            + b"\r\n"
        )
        assert b"413" in connection.recv(100)


def test_who_sends_a_byte_a_second_holds_nothing_open(served: Served) -> None:
    slow = [socket.create_connection(("127.0.0.1", served.program.port), timeout=60) for _ in range(40)]
    try:
        for connection in slow:
            connection.sendall(b"GET /v1/station HT")
        began = time.monotonic()
        assert served.program.call("GET", "/v1/station").status == 200
        assert time.monotonic() - began < 4
        assert all(connection.recv(10) == b"" for connection in slow)
        assert time.monotonic() - began < 15
    finally:
        for connection in slow:
            connection.close()


@pytest.mark.parametrize(("method", "path"), [("POST", "/v1/requests"), ("GET", "/v1/station")])
def test_a_stranger_whose_body_never_comes_takes_nobodys_turn(served: Served, method: str, path: str) -> None:
    slow = [socket.create_connection(("127.0.0.1", served.program.port), timeout=60) for _ in range(40)]
    try:
        for connection in slow:
            connection.sendall(head_of(served, method, path, {"Content-Length": "10"}))
        time.sleep(0.3)
        assert served.program.call("GET", "/v1/station").status == 200
        assert all(connection.recv(12) == b"HTTP/1.1 401" for connection in slow)
    finally:
        for connection in slow:
            connection.close()


def test_a_caller_that_asks_without_end_keeps_no_other_out(served: Served) -> None:
    busy = CallingProgram(served.program.port, "b" * 32)
    admitted = Caller(busy.caller, "Busy desk", ("recognition",), ENROLLED, key=busy.key)
    served.desk.open(replace(served.access, callers=(*served.access.callers, admitted)))
    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(lambda _: busy.call("GET", "/v1/station").status, range(1300)))
    assert set(told) == {200, 429}
    assert told.count(200) <= 1200
    assert served.program.call("GET", "/v1/station").status == 200


def test_a_vault_with_other_work_is_overloaded(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mlid_desktop.api.application.PAIRING_S", 0.1)
    monkeypatch.setattr(served.desk, "pair", lambda *_: Future())
    reply = send(served.program.port, "POST", "/v1/pairing", b'{"code":"x"}')
    assert (reply.status, reply.error) == (503, "overloaded")


def test_a_thousand_at_once_are_answered_or_refused_by_name(served: Served) -> None:
    stranger = CallingProgram(served.program.port, "d" * 32)

    def ask(_: int) -> str:
        try:
            return stranger.call("GET", "/v1/station").error
        except OSError:
            return "closed"

    with ThreadPoolExecutor(50) as pool:
        told = set(pool.map(ask, range(1000)))
    assert told <= {"unknown_caller", "too_many", "overloaded", "closed"}
    assert "too_many" in told
    assert served.program.call("GET", "/v1/station").status == 200, "who is paired is not kept out by others"
    assert not served.desk.current().waiting
