"""An operator is led back to the page that asked: to its own origin alone, with a code that holds once."""

from __future__ import annotations

import json
import time
from urllib.parse import urlsplit

import pytest

from mlid_desktop.station.external_requests.return_codes import FRAGMENT
from tests.calling_program import Reply, send
from tests.unit.api.conftest import ORIGIN, PAGE, TOKEN, Served

REQUEST = "7" * 32
KEY = (PAGE.caller_id, REQUEST)
BACK = f"{ORIGIN}/desk/back.html"


def page(served: Served, path: str, content: object) -> Reply:
    """What the web page of the clinic is answered."""
    headers = {"Origin": ORIGIN, "Authorization": f"Bearer {TOKEN}"}
    return send(served.program.port, "POST", path, json.dumps(content).encode(), headers)


def asked(served: Served, return_to: str, number: str = "1001") -> Reply:
    content = {"request": REQUEST, "kind": "verify", "purpose": "recognition", "nonce": "n" * 16, "number": number}
    return page(served, "/v1/requests", {**content, "return_to": return_to})


def test_the_code_in_the_fragment_gives_the_answer_once_and_to_that_page_alone(served: Served) -> None:
    assert asked(served, BACK).status == 202
    served.desk.take(KEY)
    assert served.desk.return_address(KEY) == "", "nothing is decided"
    served.desk.decide(KEY, "a.signed.answer")
    address = served.desk.return_address(KEY)
    parts = urlsplit(address)
    assert address.startswith(BACK + FRAGMENT)
    assert (parts.query, "1001" in address, "accepted" in address) == ("", False, False)
    code = address.removeprefix(BACK + FRAGMENT)
    foreign = served.program.call("POST", "/v1/answers", {"code": code})
    assert (foreign.status, foreign.error) == (403, "wrong_code")
    assert page(served, "/v1/answers", {"code": "another"}).error == "wrong_code"
    told = page(served, "/v1/answers", {"code": code})
    assert told.json == {"request": REQUEST, "state": "decided", "answer": "a.signed.answer", "chain": ["link"]}
    assert page(served, "/v1/answers", {"code": code}).error == "wrong_code"
    assert send(served.program.port, "POST", "/v1/answers", b'{"code":"x"}').error == "unsigned"


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/",
        "https://clinic.example.evil/",
        "https://clinic.example:444/",
        "http://clinic.example/",
        f"{ORIGIN}",
    ],
)
def test_a_foreign_return_is_refused(served: Served, address: str) -> None:
    reply = asked(served, address)
    assert (reply.status, reply.error) in {(403, "foreign_return"), (400, "malformed")}
    assert served.desk.current().waiting == ()


@pytest.mark.parametrize(
    "address",
    [
        f"{ORIGIN}/back?number=1001",
        f"{ORIGIN}/back#x",
        f"{ORIGIN}/back\n",
        f"{ORIGIN}/%0d%0a",
        f"{ORIGIN}/patients/1001/",
        "https://clinic.example@evil.example/",
        "https://clinic.example\\@evil.example/",
        "javascript://clinic.example/%0aalert(1)",
        "mlid:person/1001",
        f"{ORIGIN}/" + "a" * 600,
    ],
)
def test_what_is_no_plain_address_is_malformed(served: Served, address: str) -> None:
    assert asked(served, address).error == "malformed"


def test_a_program_without_an_origin_is_led_nowhere(served: Served) -> None:
    reply = served.program.ask("verify", "1001", "8" * 32, return_to=BACK)
    assert (reply.status, reply.error) == (403, "foreign_return")


def test_guesses_of_codes_are_counted(served: Served) -> None:
    until, errors = time.monotonic() + 60, set()
    while "too_many" not in errors and time.monotonic() < until:
        errors.add(page(served, "/v1/answers", {"code": "guess"}).error)
    assert errors == {"wrong_code", "too_many"}
