"""What links may say, how many are taken, and the codes that lead back to a page: whatever comes in whatever order."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from mlid_desktop.domain.text import is_shown
from mlid_desktop.station.external_requests.links import (
    MAXIMUM_LINK,
    MAXIMUM_NUMBER,
    NOTICES,
    NOTICES_S,
    DeskLink,
    LinkBook,
    LinkMalformedError,
    LinkOutcome,
    read_link,
)
from mlid_desktop.station.external_requests.request_book import WAITS_S, Key
from mlid_desktop.station.external_requests.return_codes import CODE_S, ReturnCodes

REQUEST = "0123456789abcdef" * 2


@settings(max_examples=40)
@given(st.text(st.characters(codec="utf-8", categories=("L", "N")), min_size=1, max_size=MAXIMUM_NUMBER))
def test_a_number_comes_out_of_a_link_as_it_went_in(number: str) -> None:
    written = DeskLink(number=number).written()
    assert len(written) <= MAXIMUM_LINK
    assert read_link(written) == DeskLink(number=number)


@settings(max_examples=40)
@given(st.text())
def test_what_is_read_can_be_shown_in_one_line(untrusted: str) -> None:
    for link in (untrusted, f"mlid:person/{untrusted}"):
        try:
            number = read_link(link).number
        except LinkMalformedError:
            continue
        assert 0 < len(number) <= MAXIMUM_NUMBER
        assert is_shown(number)


@pytest.mark.parametrize(
    "link",
    [
        "",
        "mlid:",
        "mlid:person/",
        "mlid:person/1001\n",
        "mlid:person/10\r\n01",
        "mlid:person/10%0A01",
        "mlid:person/10%00",
        "mlid:person/%E2%80%AE1001",
        "mlid:person/%20",
        "mlid:person/%FF",
        "mlid:person/%ED%A0%80",
        "mlid:person/%",
        "mlid:person/１００１",
        "mlid:person/1001?return=https://evil.example/",
        "mlid:person/1001#x",
        "mlid:person/1001/2",
        'mlid:person/1001" --kiosk "',
        "mlid://person/1001",
        " mlid:person/1001",
        "mlidx:person/1001",
        "mailto:person/1001",
        "mlid:PERSON/1001",
        f"mlid:request/{REQUEST.upper()}",
        f"mlid:request/{REQUEST}0",
        f"mlid:{REQUEST}",  # the code of a receipt
        "mlid:person/" + "1" * (MAXIMUM_NUMBER + 1),
        "mlid:person/" + "1" * 1_000_000,
    ],
)
def test_other_links_are_refused(link: str) -> None:
    with pytest.raises(LinkMalformedError):
        read_link(link)


def test_the_scheme_is_the_same_in_any_case() -> None:
    assert read_link("MLID:person/A%2F7") == DeskLink(number="A/7")
    assert read_link(f"mLiD:request/{REQUEST}") == DeskLink(request=REQUEST)


class Links(RuleBasedStateMachine):
    """Whoever opens links, an operator, and the clock."""

    def __init__(self) -> None:
        super().__init__()
        self.book, self.now = LinkBook(), 0.0
        self.shown: list[float] = []
        self.spent: set[str] = set()

    @rule(number=st.sampled_from(["1", "2"]))
    def show(self, number: str) -> None:
        before = self.book.at(self.now)
        self.book, outcome = self.book.show(number, self.now)
        if outcome is LinkOutcome.SHOWN:
            assert not before.number, "one at a time"
            self.shown.append(self.now)
        else:
            assert self.book.number == before.number, "what stands is left as it is"

    @rule(request=st.sampled_from(["a", "b"]), waits=st.booleans())
    def name(self, request: str, *, waits: bool) -> None:
        key: Key | None = ("caller", request) if waits else None
        before = self.book
        self.book, outcome = self.book.name(key, request)
        assert (outcome is LinkOutcome.USED) is (request in self.spent)
        if outcome is LinkOutcome.SHOWN:
            assert self.book.named == key
            self.spent.add(request)
        else:
            assert self.book == before

    @rule()
    def refuse(self) -> None:
        self.book, outcome = self.book.refuse(self.now)
        if outcome is LinkOutcome.LOCKED:
            self.shown.append(self.now)

    @rule()
    def dismiss(self) -> None:
        self.book = self.book.dismiss()

    @rule(seconds=st.sampled_from([1.0, WAITS_S, NOTICES_S / 2]))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @invariant()
    def ten_an_hour(self) -> None:
        assert len([moment for moment in self.shown if self.now - moment < NOTICES_S]) <= NOTICES


TestLinks = Links.TestCase
TestLinks.settings = settings(max_examples=25, stateful_step_count=30)


def test_a_code_leads_its_own_caller_back_once_and_for_a_minute() -> None:
    key, other = ("c" * 32, REQUEST), ("d" * 32, REQUEST)
    codes, code = ReturnCodes().give(key, 0.0)
    assert len(code) >= 43
    codes, found = codes.take(code, other[0], 1.0)
    assert found is None
    codes, found = codes.take("another", key[0], 1.0)
    assert found is None
    spent, found = codes.take(code, key[0], CODE_S - 1)
    assert found == key
    assert spent.take(code, key[0], CODE_S - 1)[1] is None
    assert codes.take(code, key[0], CODE_S)[1] is None
    codes, fresh = codes.give(key, 2.0)
    assert codes.take(code, key[0], 3.0)[1] is None, "the later code takes its place"
    assert codes.take(fresh, key[0], 3.0)[1] == key
    assert code not in repr(codes)
