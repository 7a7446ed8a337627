"""The interface as malicious pages, processes and users of the machine meet it: over real sockets."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

import pytest

from mlid_desktop.api.server import InterfaceServer
from mlid_desktop.domain.errors import Code, StationError
from mlid_desktop.station.external_requests.request_desk import Caller, RequestDesk, StationAccess
from mlid_desktop.vault.callers.caller import digest_of_token
from tests.calling_program import CallingProgram, send
from tests.makers import ENROLLED

ORIGIN, TOKEN = "https://clinic.example", "a token that nobody guesses"
PAGE = Caller("e" * 32, "Web desk", ("recognition",), ENROLLED, origin=ORIGIN, token_digest=digest_of_token(TOKEN))
REQUEST = "a" * 32
HOSTS = ["evil.example", "127.0.0.1", "localhost:1", "[::1]:{port}", "127.0.0.1.evil:{port}", "127.1:{port}"]
ORIGINS = ["https://evil.example", "null", "https://clinic.example.evil", "http://clinic.example"]


class Served:
    """A server whose desk knows one program and one web page."""

    def __init__(self) -> None:
        self.program = CallingProgram(0, "c" * 32)
        caller = Caller(self.program.caller, "Front desk", ("recognition",), ENROLLED, key=self.program.key)
        self.access = StationAccess("f" * 32, True, 1, (caller, PAGE), "key", ("link",))
        self.desk = RequestDesk(time.monotonic)
        self.desk.open(self.access)
        self.server = InterfaceServer(self.desk)
        self.server.start(0)
        self.program.port = self.server.port


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    made = Served()
    yield made
    made.server.stop()


@pytest.fixture(autouse=True)
def fresh(served: Served) -> Iterator[None]:
    """Nothing that an earlier test asked waits still."""
    served.desk.open(served.access)
    yield
    for request in served.desk.current().requests.values():
        served.desk.cancel(request.key)


def page(
    served: Served, method: str, path: str, content: object = None, **headers: str
) -> tuple[int, str, dict[str, str]]:
    """What a web page of the clinic is answered."""
    body = b"" if content is None else json.dumps(content).encode()
    sent = {
        "Origin": ORIGIN,
        "Authorization": f"Bearer {TOKEN}",
        **{k.replace("_", "-"): v for k, v in headers.items()},
    }
    reply = send(served.program.port, method, path, body, sent)
    return reply.status, str(json.loads(reply.body or b"{}").get("error", "")), reply.headers


def head_of(served: Served, method: str, path: str, headers: dict[str, str]) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{served.program.port}"]
    return "\r\n".join([*lines, *(f"{name}: {value}" for name, value in headers.items()), "", ""]).encode()


def test_a_signed_request_waits_and_can_be_cancelled(served: Served) -> None:
    assert served.program.ask("verify", "1001", REQUEST).status == 202
    assert served.program.ask("verify", "1001", REQUEST).status == 200  # word for word
    assert served.program.ask("verify", "1002", REQUEST).error == "altered"
    assert served.program.ask("verify", "1002").error == "busy"
    assert served.program.standing(REQUEST) == {"request": REQUEST, "state": "waiting"}
    assert served.program.call("DELETE", f"/v1/requests/{REQUEST}").json["state"] == "cancelled"
    assert served.program.standing("b" * 32)["state"] == "unknown"


def test_events_tell_every_state_until_the_last(served: Served) -> None:
    assert served.program.ask("verify", "1001", "b" * 32).status == 202
    path = f"/v1/requests/{'b' * 32}/events"
    with ThreadPoolExecutor(1) as pool:
        listening = pool.submit(send, served.program.port, "GET", path, b"", served.program.signed("GET", path))
        time.sleep(0.2)
        served.desk.take((served.program.caller, "b" * 32))
        time.sleep(0.2)
        served.desk.decide((served.program.caller, "b" * 32), "a.signed.answer")
        reply = listening.result()
    states = [json.loads(line[6:])["state"] for line in reply.body.decode().splitlines() if line.startswith("data: ")]
    assert states == ["waiting", "shown", "decided"]
    assert b'"answer":"a.signed.answer","chain":["link"]' in reply.body


def test_whoever_is_not_paired_is_refused_by_name(served: Served) -> None:
    port, path = served.program.port, "/v1/station"
    assert send(port, "GET", path).error == "unsigned"
    stranger = CallingProgram(port, "d" * 32)
    assert stranger.call("GET", path).error == "unknown_caller"
    thief = CallingProgram(port, served.program.caller)  # knows the identifier and not the key
    assert thief.call("GET", path).error == "unknown_caller"
    assert served.program.call("GET", path).json["state"] == "ready"


@pytest.mark.parametrize("host", HOSTS)
def test_another_name_that_leads_here_is_refused(served: Served, host: str) -> None:
    reply = send(served.program.port, "GET", "/openapi.json", host=host.format(port=served.program.port))
    assert (reply.status, reply.error) == (421, "misdirected")


@pytest.mark.parametrize("origin", ORIGINS)
def test_a_page_that_is_not_paired_gets_nothing_it_could_read(served: Served, origin: str) -> None:
    status, error, headers = page(served, "GET", "/v1/station", Origin=origin)
    assert (status, error) == (403, "unpaired_origin")
    assert "access-control-allow-origin" not in headers
    status, _, headers = page(served, "OPTIONS", "/v1/requests", Origin=origin, Access_Control_Request_Method="POST")
    assert status == 403
    assert "access-control-allow-origin" not in headers


def test_a_page_without_an_origin_is_no_program(served: Served) -> None:
    path = "/v1/station"
    signed = {**served.program.signed("GET", path), "Sec-Fetch-Site": "cross-site"}
    assert send(served.program.port, "GET", path, b"", signed).error == "unpaired_origin"


def test_a_paired_page_asks_with_origin_and_token(served: Served) -> None:
    content = {"request": "c" * 32, "kind": "verify", "purpose": "recognition", "nonce": "n" * 16, "number": "1"}
    status, _, headers = page(served, "POST", "/v1/requests", content)
    assert status == 202
    assert headers["access-control-allow-origin"] == ORIGIN
    assert page(served, "POST", "/v1/requests", content, Authorization="Bearer wrong")[1] == "unknown_caller"
    assert page(served, "GET", "/v1/station", Authorization="")[1] == "unsigned"
    # the token of one origin is worth nothing to a program
    assert (
        send(served.program.port, "GET", "/v1/station", b"", {"Authorization": f"Bearer {TOKEN}"}).error == "unsigned"
    )
    status, _, headers = page(served, "OPTIONS", "/v1/requests", Access_Control_Request_Private_Network="true")
    assert status == 204
    assert headers["access-control-allow-private-network"] == "true"


def test_a_replayed_or_altered_request_is_refused(served: Served) -> None:
    port, path = served.program.port, "/v1/station"
    signed = served.program.signed("GET", path)
    assert send(port, "GET", path, b"", signed).status == 200
    assert send(port, "GET", path, b"", signed).error == "replayed"
    for created in (int(time.time()) - 61, int(time.time()) + 90):
        assert send(port, "GET", path, b"", served.program.signed("GET", path, created=created)).error == "stale"
    body, other = b'{"request":1}', b'{"request":2}'
    headers = served.program.signed("POST", "/v1/requests", body)
    assert send(port, "POST", "/v1/requests", other, headers).error == "unknown_caller"
    assert send(port, "POST", "/v1/pairing", body, headers).status == 400  # pairing asks for no signature
    assert send(port, "DELETE", f"/v1/requests/{REQUEST}", b"", served.program.signed("GET", path)).status == 401
    without_digest = {name: value for name, value in headers.items() if name != "Content-Digest"}
    assert send(port, "POST", "/v1/requests", body, without_digest).error == "unsigned"


@pytest.mark.parametrize(
    "content",
    [
        [],
        {},
        {"request": "A" * 32},
        {"request": REQUEST, "kind": "erase", "purpose": "recognition", "nonce": "n" * 16, "number": "1"},
        {"request": REQUEST, "kind": "verify", "purpose": "recognition", "nonce": "n" * 16},
        {"request": REQUEST, "kind": "identify", "purpose": "recognition", "nonce": "n" * 16, "number": "1"},
        {"request": REQUEST, "kind": "verify", "purpose": "recognition", "nonce": "n" * 16, "number": "1\u202e2"},
        {"request": REQUEST, "kind": "verify", "purpose": "recognition", "nonce": "n" * 16, "number": "1", "x": 1},
        {"request": REQUEST, "kind": "verify", "purpose": "recognition", "nonce": "n", "number": "1"},
        {"request": REQUEST, "kind": "verify", "purpose": "recognition", "nonce": "n" * 16, "number": "9" * 65},
    ],
)
def test_what_is_no_request_is_malformed(served: Served, content: object) -> None:
    reply = served.program.call("POST", "/v1/requests", content)
    assert (reply.status, reply.error) == (400, "malformed")
    assert not served.desk.current().waiting


def test_what_was_not_granted_is_refused(served: Served) -> None:
    assert served.program.ask("identify").error == "not_granted"
    assert served.program.ask("verify", "1", purpose="marketing").error == "not_granted"


def test_large_and_slow_bodies_are_refused_at_once(served: Served) -> None:
    reply = send(
        served.program.port, "POST", "/v1/requests", b"x" * 20_000, served.program.signed("POST", "/v1/requests")
    )
    assert (reply.status, reply.error) == (413, "too_large")
    with socket.create_connection(("127.0.0.1", served.program.port), timeout=20) as connection:
        head = (
            f"POST /v1/requests HTTP/1.1\r\nHost: 127.0.0.1:{served.program.port}\r\nContent-Length: 10485760\r\n\r\n"
        )
        connection.sendall(head.encode())
        assert b"413" in connection.recv(100)  # before ten megabytes come
    with socket.create_connection(("127.0.0.1", served.program.port), timeout=20) as connection:
        signed = served.program.signed("POST", "/v1/requests", b"x")
        connection.sendall(
            head_of(served, "POST", "/v1/requests", {**signed, "Transfer-Encoding": "chunked"})
            + b"8000\r\n"
            + b"x" * 0x8000
            + b"\r\n"
        )
        assert b"413" in connection.recv(100)


def test_who_sends_a_byte_a_second_holds_nothing_open(served: Served) -> None:
    slow = [socket.create_connection(("127.0.0.1", served.program.port), timeout=20) for _ in range(40)]
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
    slow = [socket.create_connection(("127.0.0.1", served.program.port), timeout=20) for _ in range(40)]
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


def test_a_locked_desk_says_so_and_an_unknown_one_nothing(served: Served) -> None:
    served.desk.lock()
    assert served.program.ask("verify", "1").error == "locked"
    assert served.program.call("GET", "/v1/station").json["state"] == "locked"
    assert send(served.program.port, "POST", "/v1/pairing", b'{"code":"x"}').error == "locked"


def test_a_wrong_code_pairs_nobody(served: Served) -> None:
    reply = send(served.program.port, "POST", "/v1/pairing", b'{"code":"WRONG-WRONG"}')
    assert (reply.status, reply.error) == (403, "wrong_code")
    told = {send(served.program.port, "POST", "/v1/pairing", b'{"code":"W"}').error for _ in range(25)}
    assert told == {"wrong_code", "too_many"}


def test_a_port_that_another_program_has_is_not_taken_over(served: Served) -> None:
    other = InterfaceServer(served.desk)
    with pytest.raises(StationError) as fault:
        other.start(served.server.port)
    assert fault.value.code is Code.STATION_PORT_TAKEN
    assert other.port == 0
    assert served.program.call("GET", "/v1/station").status == 200


@pytest.mark.parametrize(
    "path", ["/", "/v1", "/v1/requests/", "/v1/requests/..%2f", "/v1/requests/" + "A" * 32, "/%00"]
)
def test_other_paths_are_not_found(served: Served, path: str) -> None:
    assert served.program.call("GET", path).status == 404


def test_every_reply_to_every_operation_is_described(served: Served) -> None:
    described = send(served.program.port, "GET", "/openapi.json").json
    assert described["openapi"] == "3.1.0"
    for path, operations in described["paths"].items():
        for method in ("get", "post", "put", "delete", "patch"):
            here = path.replace("{request}", REQUEST)
            reply = served.program.call(method.upper(), here)
            replies = operations.get(method, next(iter(operations.values())) if "parameters" not in operations else {})
            known = set(replies.get("responses", {})) | {"405"}
            assert str(reply.status) in known, (method, path, reply.status)
