"""The interface as malicious pages, processes and users of the machine meet it: over real sockets."""

from __future__ import annotations

import json
import time

import pytest

from mlid_desktop.api.server import InterfaceServer
from mlid_desktop.domain.errors import Code, StationError
from tests.calling_program import CallingProgram, send
from tests.unit.api.conftest import ORIGIN, TOKEN, Served

REQUEST, LISTENED = "a" * 32, "9" * 32
HOSTS = ["evil.example", "127.0.0.1", "localhost:1", "[::1]:{port}", "127.0.0.1.evil:{port}", "127.1:{port}"]
ORIGINS = ["https://evil.example", "null", "https://clinic.example.evil", "http://clinic.example"]


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
    key = (served.program.caller, "b" * 32)
    told = served.program.listen("b" * 32)
    assert next(told)["state"] == "waiting"
    served.desk.take(key)
    assert next(told)["state"] == "shown"
    served.desk.decide(key, "a.signed.answer")
    last = next(told)
    assert (last["state"], last["answer"], last["chain"]) == ("decided", "a.signed.answer", ["link"])
    assert list(told) == []


def test_the_last_state_is_told_at_whatever_moment_it_comes(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    served.program.ask("verify", "1", LISTENED)
    desk, key = served.desk, (served.program.caller, LISTENED)
    find = desk.find

    def find_and_decide(asked: tuple[str, str]) -> object:
        found = find(asked)
        desk.take(key)
        desk.decide(key, "answer")
        return found

    monkeypatch.setattr(desk, "find", find_and_decide)
    heard = served.program.call("GET", f"/v1/requests/{LISTENED}/events").body
    assert heard.count(b"event: state") == 2
    assert b'"answer"' in heard


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
