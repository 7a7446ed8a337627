"""Cases that schemathesis makes from the description of the interface, against a served desk whose window answers: half
of them by a program and a web page that were admitted. For tests (a few) and ``dev.py bench interface`` (many).

The description cannot say what leads from a request to ``/v1/answers``: the operator's browser, with the code. Here a
link of its own does, which the page's credentials turn into a code, as a browser would."""

from __future__ import annotations

import itertools
import json
import threading
import time
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any
from unittest import SkipTest
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Flaky, Unsatisfiable
from hypothesis.stateful import run_state_machine_as_test
from pydantic import ValidationError

from mlid_desktop.api.limits import RateLimit
from mlid_desktop.api.messages import AskedRequest, ReturnCode
from mlid_desktop.api.openapi import description
from mlid_desktop.api.server import InterfaceServer
from mlid_desktop.station.external_requests.request_desk import Caller, RequestDesk, StationAccess
from mlid_desktop.station.external_requests.return_codes import FRAGMENT
from mlid_desktop.vault.callers.caller import RequestKind, digest_of_token
from tests.calling_program import CallingProgram
from tests.makers import ENROLLED

ORIGIN, TOKEN, PAGE_ID = "https://clinic.example", "a-token-of-the-page", "e" * 32
SEED = 20261129
STEPS = 8  # requests of a chain of links
STATEFUL_SHARE = 0.25
CHAINS_AT_ONCE = 5
ANSWERS_EVERY_S = 0.002
ENDLESS = 10**9


class _EveryPurpose(tuple[str, ...]):
    """The purposes of a caller that is admitted for whatever a case names."""

    __slots__ = ()

    def __contains__(self, _purpose: object) -> bool:
        return True


@dataclass
class Outcome:
    """How many cases were sent and answered with which status, and what was not as it is described."""

    statuses: Counter[int] = field(default_factory=Counter)
    operations: Counter[tuple[str, int]] = field(default_factory=Counter)
    signed: int = 0
    failures: list[str] = field(default_factory=list)

    @property
    def cases(self) -> int:
        return self.statuses.total()

    def note(self, case: Any, status: int) -> None:
        """One more that was answered."""
        self.statuses[status] += 1
        self.operations[case.operation.definition.raw["operationId"], status] += 1


class _Signed:
    """Signs a request that is ready to be sent, as ``requests`` asks it to."""

    def __init__(self, program: CallingProgram) -> None:
        self._program = program

    def __call__(self, prepared: Any) -> Any:
        body = prepared.body or b""
        content = body.encode() if isinstance(body, str) else bytes(body)
        prepared.headers.update(self._program.signed(prepared.method, urlsplit(prepared.url).path, content))
        return prepared


class _OfThePage:
    """Sends a request as a web page does that asks to have the operator led back, and is led back: what was to be the
    identifier of a decided request in place of a code becomes the code that the browser would have brought."""

    def __init__(self, desk: RequestDesk) -> None:
        self._desk = desk

    def __call__(self, prepared: Any) -> Any:
        path, content = urlsplit(prepared.url).path, prepared.body or b""
        if prepared.method == "POST" and path == "/v1/requests":
            with suppress(ValidationError):  # whatever does not fit stays as it is
                asked = AskedRequest.model_validate_json(content).model_copy(update={"return_to": f"{ORIGIN}/back/"})
                prepared.prepare_body(asked.model_dump_json(exclude_defaults=True), None)
        elif prepared.method == "POST" and path == "/v1/answers":
            with suppress(ValidationError):
                request = ReturnCode.model_validate_json(content).code
                code = self._desk.return_address((PAGE_ID, request)).rpartition(FRAGMENT)[2] or request
                prepared.prepare_body(json.dumps({"code": code}), None)
        prepared.headers.update({"Origin": ORIGIN, "Authorization": f"Bearer {TOKEN}"})
        return prepared


def _described(port: int) -> dict[str, Any]:
    """The description, with the way back that goes through a browser."""
    described = description(port)
    back = {"redeem": {"operationId": "redeem", "requestBody": {"code": "$response.body#/request"}}}
    paths = described["paths"]
    for replies in (paths["/v1/requests"]["post"]["responses"], paths["/v1/requests/{request}"]["get"]["responses"]):
        for status in {"200", "202"} & replies.keys():
            replies[status] = {**replies[status], "links": {**replies[status].get("links", {}), **back}}
    return described


def _identifier(case: Any) -> str:
    """Of the request that a case is about, so that a chain stays with one caller; else the case itself."""
    body = case.body if isinstance(case.body, dict) else {}
    path = case.path_parameters or {}
    found = path.get("request") or body.get("request") or body.get("code")
    return str(found or f"{case.method} {case.path} {body!r}")


@contextmanager
def _served(*, locked: bool) -> Iterator[tuple[RequestDesk, CallingProgram]]:
    """A desk with a program, whose limits of requests a minute are out of the way."""
    program = CallingProgram(0, "c" * 32)
    caller = Caller(program.caller, "Front desk", _EveryPurpose(), ENROLLED, frozenset(RequestKind), key=program.key)
    desk = RequestDesk(time.monotonic)
    page = replace(caller, caller_id=PAGE_ID, key="", origin=ORIGIN, token_digest=digest_of_token(TOKEN))
    desk.open(StationAccess("f" * 32, True, 1, (caller, page), "key", ("link",)))
    if locked:
        desk.lock()
    server = InterfaceServer(desk)
    server.start(0)
    program.port = server.port
    gate = server._application._gate
    gate._asked = gate._refused = gate._pairing = RateLimit(ENDLESS, 1.0)
    gate._replays.is_fresh = lambda *_: True
    ended = threading.Event()
    window = threading.Thread(target=_answer, args=(desk, ended))
    window.start()
    try:
        yield desk, program
    finally:
        ended.set()
        window.join()
        server.stop()


def _answer(desk: RequestDesk, ended: threading.Event) -> None:
    """An operator who opens every request and decides, or declines, in turn."""
    decides = itertools.cycle([True, True, False])
    while not ended.wait(ANSWERS_EVERY_S):
        for request in desk.current().waiting:
            desk.take(request.key)
            desk.decide(request.key, "an.answer.signed") if next(decides) else desk.decline(request.key)


def send_described_cases(number: int, *, locked: bool, first: int = SEED) -> Outcome:
    """Sends about so many cases: of each operation what fits and what does not, and chains along the links. ``first``
    is what they are drawn from: another number, other cases."""
    schemathesis = pytest.importorskip("schemathesis")
    from schemathesis import checks as known  # late: only where it is installed
    from schemathesis.core.failures import FailureGroup
    from schemathesis.specs.openapi import checks as openapi

    checks = [
        known.not_a_server_error,
        openapi.status_code_conformance,
        openapi.content_type_conformance,
        openapi.response_schema_conformance,
        openapi.unsupported_method,
    ]
    checks += [] if locked else [openapi.negative_data_rejection]  # who is locked refuses everything, as "locked"
    outcome = Outcome()
    with _served(locked=locked) as (desk, program):
        address = f"http://127.0.0.1:{program.port}"
        schema = schemathesis.openapi.from_dict(_described(program.port))
        callers = (_Signed(program), None, _OfThePage(desk), None)
        turns = itertools.cycle(range(len(callers)))

        def credentials(turn: int) -> dict[str, Any]:
            caller = callers[turn]
            outcome.signed += caller is not None
            return {} if caller is None else {"auth": caller}

        def send(case: Any) -> None:
            response = case.call(base_url=address, **credentials(next(turns)))
            outcome.note(case, response.status_code)
            try:
                case.validate_response(response, checks=checks)
            except FailureGroup as failure:
                outcome.failures.append(f"{case.method} {case.path}: {failure}"[:500])

        made_of: Any = given
        operations = [operation.ok() for operation in schema.get_all_operations()]
        modes = (schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE)
        each = max(1, round(number * (1 - STATEFUL_SHARE) / (len(operations) * len(modes))))
        usual: Any = settings(
            max_examples=each, deadline=None, database=None, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        for operation in operations:
            for mode in modes:
                strategy = operation.as_strategy(generation_mode=mode)
                made = seed(first)(usual(made_of(strategy)(send)))
                with suppress(Unsatisfiable, SkipTest):  # an operation without anything that could not fit
                    made()

        machine: Any = schema.as_state_machine()

        class Chain(machine):  # type: ignore[misc]  # made by the library from the description
            """Requests along the links of the description."""

            def call(self, case: Any, **kwargs: Any) -> Any:
                turn = zlib.crc32(_identifier(case).encode("utf-8", "replace")) % len(callers)  # so it can be repeated
                response = super().call(case, **{**kwargs, **credentials(turn), "base_url": address})
                outcome.note(case, response.status_code)
                return response

            def validate_response(self, response: Any, case: Any, **_more: Any) -> None:
                try:
                    case.validate_response(response, checks=checks)
                except FailureGroup as failure:
                    outcome.failures.append(f"{case.method} {case.path}: {failure}"[:500])

        chain = settings(usual, max_examples=CHAINS_AT_ONCE, stateful_step_count=STEPS)
        wanted, left = outcome.cases + number * STATEFUL_SHARE, number
        while outcome.cases < wanted and left > 0:
            left -= 1
            with suppress(Flaky):  # a chain that the library repeats meets a window that answered sooner, or later
                run_state_machine_as_test(Chain, settings=chain)
    return outcome
