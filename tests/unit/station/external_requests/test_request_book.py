"""What may happen to a request, whatever comes in whatever order."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from mlid_desktop.station.external_requests.request_book import (
    ENDED,
    KEPT_S,
    MOST_WAITING,
    SHOWN_S,
    WAITS_S,
    AlteredRequestError,
    ExternalRequest,
    Key,
    RequestBook,
    RequestState,
)
from mlid_desktop.vault.callers.caller import RequestKind

CALLERS = [f"{number:032x}" for number in range(MOST_WAITING + 2)]
NAMES = st.sampled_from(["a" * 32, "b" * 32])


def asked(caller: str, name: str = "a" * 32, digest: str = "1") -> ExternalRequest:
    return ExternalRequest(caller, "Clinic", name, RequestKind.ENROL, "recognition", digest, "1001")


class Requests(RuleBasedStateMachine):
    """Callers, an operator, the clock and the lock, at once."""

    def __init__(self) -> None:
        super().__init__()
        self.book, self.now = RequestBook(), 0.0
        self.ends: dict[Key, RequestState] = {}
        self.answers: dict[Key, str] = {}

    @rule(caller=st.sampled_from(CALLERS), name=NAMES, digest=st.sampled_from(["1", "2"]))
    def ask(self, caller: str, name: str, digest: str) -> None:
        request = asked(caller, name, digest)
        before = self.book.at(self.now)
        known = before.find(request.key)
        others = [other for other in before.requests.values() if other.caller_id == caller and other.is_open]
        try:
            self.book, state = self.book.ask(request, self.now)
        except AlteredRequestError:
            assert known is not None
            assert known.digest != digest
            return
        if known is not None and known.state is not RequestState.LOCKED:
            assert state is known.state, "asked again, it stands as it stood"
        elif others or len(before.waiting) >= MOST_WAITING:
            assert state is RequestState.BUSY
        else:
            assert state is RequestState.WAITING
            self.ends.pop(request.key, None)

    @rule(caller=st.sampled_from(CALLERS), name=NAMES)
    def take(self, caller: str, name: str) -> None:
        shown = self.book.at(self.now).shown
        self.book = self.book.take((caller, name), self.now)
        assert shown is None or self.book.shown == shown, "nothing that is worked on is replaced"

    @rule(caller=st.sampled_from(CALLERS), name=NAMES, answer=st.sampled_from(["yes", "no"]))
    def decide(self, caller: str, name: str, answer: str) -> None:
        before = self.book.at(self.now).find((caller, name))
        self.book = self.book.decide((caller, name), answer, self.now)
        after = self.book.find((caller, name))
        if after is not None and after.state is RequestState.DECIDED:
            assert before is not None
            assert before.state in {RequestState.SHOWN, RequestState.DECIDED}
            assert self.answers.setdefault((caller, name), after.answer) == after.answer, "an answer never changes"

    @rule(caller=st.sampled_from(CALLERS), name=NAMES)
    def decline(self, caller: str, name: str) -> None:
        self.book = self.book.decline((caller, name), self.now)

    @rule(caller=st.sampled_from(CALLERS), name=NAMES)
    def cancel(self, caller: str, name: str) -> None:
        self.book = self.book.cancel((caller, name), self.now)

    @rule()
    def lock(self) -> None:
        self.book = self.book.lock(self.now)
        assert not any(request.is_open for request in self.book.requests.values())

    @rule(caller=st.sampled_from(CALLERS))
    def revoke(self, caller: str) -> None:
        self.book = self.book.revoke(caller, self.now)
        assert not any(other.is_open for other in self.book.requests.values() if other.caller_id == caller)

    @rule(seconds=st.sampled_from([1.0, 50.0, WAITS_S, SHOWN_S]))
    def wait(self, seconds: float) -> None:
        self.now += seconds
        self.book = self.book.at(self.now)

    @invariant()
    def one_is_worked_on_and_one_asked_by_each(self) -> None:
        requests = list(self.book.requests.values())
        opened = [request.caller_id for request in requests if request.is_open]
        assert len(opened) == len(set(opened))
        assert len(self.book.waiting) <= MOST_WAITING
        assert sum(request.state is RequestState.SHOWN for request in requests) <= 1
        assert all(bool(request.answer) == (request.state is RequestState.DECIDED) for request in requests)

    @invariant()
    def what_has_ended_stays_so(self) -> None:
        for key, state in tuple(self.ends.items()):
            found = self.book.find(key)
            assert found is None or found.state is state
        self.ends = {key: found.state for key, found in self.book.requests.items() if found.state in ENDED}
        self.answers = {key: answer for key, answer in self.answers.items() if key in self.ends}


Requests.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestRequests = Requests.TestCase


def test_a_request_expires_after_two_minutes_and_is_forgotten_later() -> None:
    book, _ = RequestBook().ask(asked(CALLERS[0]), 0.0)
    key = asked(CALLERS[0]).key
    assert book.at(WAITS_S - 1).find(key) is not None
    expired = book.at(WAITS_S)
    found = expired.find(key)
    assert found is not None
    assert found.state is RequestState.EXPIRED
    assert expired.take(key, WAITS_S).find(key) == found
    assert expired.at(WAITS_S + KEPT_S).find(key) is None


def test_another_content_under_the_same_identifier_is_refused() -> None:
    book, _ = RequestBook().ask(asked(CALLERS[0]), 0.0)
    with pytest.raises(AlteredRequestError):
        book.ask(asked(CALLERS[0], digest="2"), 1.0)
    with pytest.raises(AlteredRequestError):
        book.ask(replace(asked(CALLERS[0]), kind=RequestKind.VERIFY), 1.0)


def test_a_cancelled_request_is_not_decided_any_more() -> None:
    book, _ = RequestBook().ask(asked(CALLERS[0]), 0.0)
    key = asked(CALLERS[0]).key
    book = book.take(key, 1.0).cancel(key, 2.0).decide(key, "yes", 3.0)
    found = book.find(key)
    assert found is not None
    assert (found.state, found.answer) == (RequestState.CANCELLED, "")
