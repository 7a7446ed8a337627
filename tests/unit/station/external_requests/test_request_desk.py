"""What a desk that was started anew knows of requests that were opened before."""

from __future__ import annotations

import time
from dataclasses import replace

from mlid_desktop.station.external_requests.request_book import ExternalRequest, RequestState
from mlid_desktop.station.external_requests.request_desk import RequestDesk, StationAccess
from mlid_desktop.vault.callers.caller import RequestKind
from mlid_desktop.vault.callers.request_log import TakenRequest
from tests.makers import ENROLLED

CALLER, REQUEST = "c" * 32, "a" * 32
ACCESS = StationAccess("f" * 32, True, 1, (), "key", ("link",))


def test_a_desk_that_was_decided_before_is_asked_again_without_an_operator() -> None:
    asked = ExternalRequest(CALLER, "Front desk", REQUEST, RequestKind.ENROL, "recognition", "digest")
    before = TakenRequest(*asked.key, RequestKind.ENROL, "digest", "enrolled", ENROLLED)
    desk = RequestDesk(time.monotonic)
    desk.open(replace(ACCESS, earlier={asked.key: before}))
    assert desk.ask(asked).state is RequestState.WAITING
    assert desk.current().waiting == ()
    assert desk.recalls() == ((asked, before),)
    desk.answer_again(asked, "signed")
    found = desk.find(asked.key)
    assert isinstance(found, ExternalRequest)
    assert (found.state, found.answer) == (RequestState.DECIDED, "signed")
    interrupted = replace(before, outcome="")
    desk = RequestDesk(time.monotonic)
    desk.open(replace(ACCESS, earlier={asked.key: interrupted}))
    assert desk.find(asked.key) is RequestState.UNKNOWN
    assert desk.ask(asked).state is RequestState.WAITING
    assert [request.key for request in desk.current().waiting] == [asked.key]
