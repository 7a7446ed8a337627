"""What a program of the site uses, against the real interface and real signatures."""

from __future__ import annotations

import hashlib
import json
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mlid_desktop.api.server import InterfaceServer
from mlid_desktop.client import (
    AnswerNotValidError,
    DeskClient,
    DeskPairing,
    DeskQuestion,
    DeskRefusedError,
    DeskUnreachableError,
    new_private_key,
    pair,
)
from mlid_desktop.client.desk_client import RequestStatus
from mlid_desktop.station.external_requests.request_book import ExternalRequest
from mlid_desktop.station.external_requests.request_desk import Caller, RequestDesk, StationAccess
from mlid_desktop.vault.callers.signed_answers import ANSWER_TYPE, ANSWERS, certificate, sign
from mlid_desktop.vault.crypto.signing import signing_key_of, verify_key_of
from tests.calling_program import base64url
from tests.command_line import mlid
from tests.makers import ENROLLED

CONTROL, ANSWER_KEY = (signing_key_of(bytearray(letter * 32)) for letter in (b"c", b"a"))
VAULT, CALLER = "f" * 32, "c" * 32


class Counter:
    """A served desk that pairs by the code RIGHT; ``answer`` decides what was asked as an operator would."""

    def __init__(self, *, demo: bool = False) -> None:
        self.demo = demo
        self.desk = RequestDesk(time.monotonic)
        chain = (certificate(CONTROL, verify_key_of(ANSWER_KEY), ANSWERS, VAULT),)
        self.access = StationAccess(VAULT, demo, 1, (), base64url(verify_key_of(CONTROL)), chain)
        self.desk.open(self.access)
        self.desk.pair = self._pair
        self.server = InterfaceServer(self.desk)
        self.server.start(0)

    def _pair(self, code: str, key: str, _origin: str, _token: str) -> Future[Caller | None]:
        caller = Caller(CALLER, "Example", ("recognition",), ENROLLED, key=key) if code == "RIGHT" else None
        if caller is not None:
            self.desk.open(replace(self.access, callers=(caller,)))
        done: Future[Caller | None] = Future()
        done.set_result(caller)
        return done

    def answer(self, question: DeskQuestion, **changed: Any) -> None:
        key = (CALLER, question.request)
        request = self.desk.take(key)
        assert isinstance(request, ExternalRequest)
        now = int(time.time())
        claims = {"iss": VAULT, "aud": CALLER, "iat": now, "exp": now + 300, "nonce": request.nonce}
        claims |= {"request": request.request_id, "digest": request.digest, "kind": request.kind.value}
        claims |= {"demo": self.demo, "verdict": "accepted", "reasons": [], **changed}
        self.desk.decide(key, sign(ANSWER_KEY, ANSWER_TYPE, claims))


@pytest.fixture
def counter() -> Iterator[Counter]:
    made = Counter()
    yield made
    made.server.stop()


def test_a_program_pairs_asks_listens_and_believes_what_was_signed(counter: Counter) -> None:
    with pytest.raises(DeskRefusedError, match="wrong_code"):
        pair("WRONG", new_private_key(), counter.server.port)
    paired = pair("RIGHT", new_private_key(), counter.server.port)
    assert DeskPairing.read(paired.written()) == paired
    assert paired.private not in repr(paired)
    desk, question = DeskClient(paired), DeskQuestion("verify", "1001")
    assert desk.station()["state"] == "ready"
    assert desk.ask(question).state == "waiting"
    assert desk.ask(question).state == "waiting", "asked again it is the same"
    with pytest.raises(DeskRefusedError, match="busy"):
        desk.ask(DeskQuestion("verify", "1002"))
    heard = desk.listen(question)
    assert next(heard).state == "waiting"
    results = [{"characteristic": "face", "passed": True, "band": "clear"}]
    counter.answer(question, results=results, number="1001")
    states = [status.state for status in heard]
    assert states[-1] == "decided"
    status = desk.wait(question)
    answer = desk.answer(question, status)
    assert (answer.verdict, answer.number, answer.again, answer.results[0].band) == ("accepted", "1001", False, "clear")
    assert hashlib.sha256(question.body).hexdigest() == answer.claims["digest"]
    with pytest.raises(AnswerNotValidError, match="other"):
        desk.answer(DeskQuestion("verify", "1001"), status)
    with pytest.raises(AnswerNotValidError, match="expired"):
        DeskClient(paired, wall_clock=lambda: time.time() + 301).answer(question, status)
    with pytest.raises(AnswerNotValidError, match="signature"):
        desk.answer(question, replace(status, chain=()))
    gone = DeskQuestion("withdraw", "1001")
    desk.ask(gone)
    assert desk.cancel(gone).state == "cancelled"
    assert desk.look(DeskQuestion("verify", "9")).state == "unknown"


@pytest.mark.parametrize("untrusted", ["", "a.b", "a.b.c", "e30.e30.", ".".join(["e30"] * 3), "é.é.é", "x" * 70000])
def test_what_is_no_answer_is_refused_by_name(untrusted: str) -> None:
    paired = DeskPairing(new_private_key(), CALLER, base64url(verify_key_of(CONTROL)), VAULT)
    chain = (certificate(CONTROL, verify_key_of(ANSWER_KEY), ANSWERS, VAULT),)
    with pytest.raises(AnswerNotValidError, match="signature"):
        DeskClient(paired).answer(DeskQuestion("verify", "1"), RequestStatus("decided", untrusted, chain))


def test_a_desk_for_demonstration_is_not_believed_unless_that_was_said() -> None:
    counter = Counter(demo=True)
    try:
        paired, question = pair("RIGHT", new_private_key(), counter.server.port), DeskQuestion("verify", "1001")
        DeskClient(paired).ask(question)
        counter.answer(question)
        with pytest.raises(AnswerNotValidError, match="demo"):
            DeskClient(paired).answer(question, DeskClient(paired).look(question))
        trying = DeskClient(paired, accept_demo=True)
        assert trying.answer(question, trying.look(question)).demo
    finally:
        counter.server.stop()


def test_no_desk_is_said_to_be_none() -> None:
    counter = Counter()
    paired = pair("RIGHT", new_private_key(), counter.server.port)
    counter.server.stop()
    with pytest.raises(DeskUnreachableError):
        DeskClient(paired).station()
    for untrusted in ("{}", "[]", "no", json.dumps({**json.loads(paired.written()), "private": "AA"})):
        with pytest.raises(ValueError):  # noqa: PT011 - whatever is wrong with it
            DeskPairing.read(untrusted)


def test_the_client_imports_nothing_heavy() -> None:
    heavy = "{'numpy', 'pydantic', 'cv2', 'PySide6', 'sqlalchemy', 'scipy', 'onnxruntime'}"
    code = f"import sys, mlid_desktop.client; assert not {heavy} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


def test_a_script_asks_at_the_command_line(counter: Counter, tmp_path: Path) -> None:
    kept, port = tmp_path / "desk.json", str(counter.server.port)
    wrong = mlid("ask", "pair", "WRONG", "--out", kept, "--port", port)
    assert (wrong.code, "wrong_code" in wrong.err) == (2, True)
    assert mlid("ask", "pair", "RIGHT", "--out", kept, "--port", port, "--json").json["caller"] == CALLER
    assert mlid("ask", "desk", "--pairing", kept).out.strip() == "ready"
    send = ("ask", "send", "verify", "1001", "--pairing", kept, "--request", "d" * 32, "--json")
    waiting = mlid(*send, "--wait", "0")
    assert (waiting.code, waiting.json["state"]) == (3, "waiting")
    counter.answer(DeskQuestion("verify", "1001", request="d" * 32, nonce="d" * 32), verdict="rejected")
    answered = mlid(*send)
    assert (answered.code, answered.json["verdict"]) == (1, "rejected")
    for verdict, code in (("enrolled", 0), ("no_answer", 3), ("too_many", 3), ("not_withdrawn", 3), ("unheard of", 3)):
        question = DeskQuestion("verify", "1001", request=secrets.token_hex(16))
        question = replace(question, nonce=question.request)
        DeskClient(DeskPairing.read(kept.read_text(encoding="utf-8"))).ask(question)
        counter.answer(question, verdict=verdict)
        told = mlid(*send[:6], "--request", question.request)
        assert (told.code, told.out.strip()) == (code, verdict)
    counter.server.stop()
    silent = mlid(*send)
    assert (silent.code, "No desk answers" in silent.err) == (4, True)
    kept.write_text("{}", encoding="utf-8")
    assert mlid(*send).code == 2
