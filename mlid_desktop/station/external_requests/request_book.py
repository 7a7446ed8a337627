"""The requests of other programs as an immutable value: what may happen to one, and when. Without clock, thread or
disk: a moment is handed in as seconds that never run backwards.

A request waits until an operator opens it. From then on the desk works on it. It ends decided, declined, cancelled,
expired or locked, and stays so. What a kill interrupted is unknown: it is asked anew under the same identifier.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType

from mlid_desktop.vault.callers.caller import RequestKind

WAITS_S = 120.0  # for an operator
SHOWN_S = 900.0  # that the desk may work on it
KEPT_S = 600.0  # that a caller can ask what a request has come to
MOST_WAITING = 8  # of all callers together
MOST_KEPT = 200  # that have ended

Key = tuple[str, str]  # of a caller and its request


class RequestState(StrEnum):
    """How a request stands. BUSY and UNKNOWN are answers to a caller: nothing is kept of them."""

    WAITING = "waiting"
    SHOWN = "shown"
    DECIDED = "decided"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    LOCKED = "locked"
    BUSY = "busy"
    UNKNOWN = "unknown"


OPEN = frozenset({RequestState.WAITING, RequestState.SHOWN})
ENDED = frozenset(
    {
        RequestState.DECIDED,
        RequestState.DECLINED,
        RequestState.CANCELLED,
        RequestState.EXPIRED,
        RequestState.LOCKED,
    }
)


class AlteredRequestError(Exception):
    """A caller asked something else under an identifier that it used before."""


@dataclass(frozen=True, slots=True)
class ExternalRequest:
    """One request: what a caller asks, by ``kind``, of whom. ``digest`` is of the bytes that it sent; ``nonce`` comes
    back in the answer; ``since`` is when it came into its state; ``answer`` is signed, "" until it is decided;
    ``return_to`` is the page of the caller that the operator is offered to go back to, until that ``is_left``."""

    caller_id: str
    caller_name: str
    request_id: str
    kind: RequestKind
    purpose: str
    digest: str
    number: str = field(default="", repr=False)
    name: str = field(default="", repr=False)
    nonce: str = ""
    state: RequestState = RequestState.WAITING
    since: float = 0.0
    answer: str = field(default="", repr=False)
    return_to: str = ""
    is_left: bool = False

    @property
    def key(self) -> Key:
        """What tells requests apart: each caller has identifiers of its own."""
        return self.caller_id, self.request_id

    @property
    def is_open(self) -> bool:
        """Whether anything can still happen to it."""
        return self.state in OPEN


@dataclass(frozen=True, slots=True)
class RequestBook:
    """Every request that is open, and those that ended lately, in the order they came."""

    requests: Mapping[Key, ExternalRequest] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def waiting(self) -> tuple[ExternalRequest, ...]:
        """The requests that wait for an operator, the oldest first."""
        return tuple(request for request in self.requests.values() if request.state is RequestState.WAITING)

    @property
    def shown(self) -> ExternalRequest | None:
        """The one that the desk works on."""
        return next((request for request in self.requests.values() if request.state is RequestState.SHOWN), None)

    @property
    def returnable(self) -> ExternalRequest | None:
        """The request that was decided last whose page the operator can go back to."""
        decided = (request for request in self.requests.values() if request.state is RequestState.DECIDED)
        return next((request for request in reversed([*decided]) if request.return_to and not request.is_left), None)

    def find(self, key: Key) -> ExternalRequest | None:
        """The request under this identifier, None where it is not known here."""
        return self.requests.get(key)

    def ask(self, request: ExternalRequest, now: float) -> tuple[RequestBook, RequestState]:
        """The book with one more request, and how that stands: BUSY where its caller has another open one, or too many
        wait. Asked again word for word, it stands as it stood; one that the desk was locked for is asked anew. Raises
        AlteredRequestError."""
        book = self.at(now)
        known = book.find(request.key)
        if known is not None:
            if known.digest != request.digest or known.kind is not request.kind:
                raise AlteredRequestError
            if known.state is not RequestState.LOCKED:
                return book, known.state
        others = [other for other in book.requests.values() if other.is_open]
        if any(other.caller_id == request.caller_id for other in others) or len(book.waiting) >= MOST_WAITING:
            return book, RequestState.BUSY
        fresh = replace(request, state=RequestState.WAITING, since=now, answer="")
        return book._with(fresh), fresh.state

    def recall(self, request: ExternalRequest, now: float) -> RequestBook:
        """The book with a request that was decided before this program was started, as it was."""
        return self.at(now)._with(replace(request, state=RequestState.DECIDED, since=now))

    def take(self, key: Key, now: float) -> RequestBook:
        """An operator opens a request that waits; no other may be worked on. The same book where that cannot be."""
        book = self.at(now)
        return book if book.shown is not None else book._move(key, RequestState.WAITING, RequestState.SHOWN, now)

    def decide(self, key: Key, answer: str, now: float) -> RequestBook:
        """What the desk worked on is answered."""
        return self._move(key, RequestState.SHOWN, RequestState.DECIDED, now, answer)

    def settle(self, key: Key, answer: str, now: float) -> RequestBook:
        """What was asked is answered by what an operator did elsewhere in the window; nothing where it has ended."""
        book = self.at(now)
        known = book.find(key)
        if known is None or not known.is_open:
            return book
        return book._with(replace(known, state=RequestState.DECIDED, since=now, answer=answer))

    def decline(self, key: Key, now: float) -> RequestBook:
        """The operator says no, or leaves what was begun."""
        return self._end(key, RequestState.DECLINED, now)

    def cancel(self, key: Key, now: float) -> RequestBook:
        """The caller takes its request back."""
        return self._end(key, RequestState.CANCELLED, now)

    def leave(self, key: Key, now: float) -> RequestBook:
        """The operator went back to the page of a request that was decided, or does not want to."""
        book = self.at(now)
        known = book.find(key)
        return book if known is None or known.is_open else book._with(replace(known, is_left=True))

    def lock(self, now: float) -> RequestBook:
        """The vault is locked: nothing goes on."""
        book = self.at(now)
        for request in tuple(book.requests.values()):
            book = book._end(request.key, RequestState.LOCKED, now)
        return book

    def revoke(self, caller_id: str, now: float) -> RequestBook:
        """A caller is nobody any more: what it asked is declined."""
        book = self
        for request in tuple(self.requests.values()):
            if request.caller_id == caller_id:
                book = book.decline(request.key, now)
        return book

    def at(self, now: float) -> RequestBook:
        """The book at this moment: what waited or was worked on for too long has expired; what ended long ago is
        forgotten."""
        kept: dict[Key, ExternalRequest] = {}
        for key, request in self.requests.items():
            age = now - request.since
            if request.is_open and age >= (WAITS_S if request.state is RequestState.WAITING else SHOWN_S):
                kept[key] = replace(request, state=RequestState.EXPIRED, since=now)
            elif request.is_open or age < KEPT_S:
                kept[key] = request
        ended = [key for key, request in kept.items() if not request.is_open]
        for key in ended[: max(0, len(ended) - MOST_KEPT)]:
            del kept[key]
        return self if kept == dict(self.requests) else RequestBook(MappingProxyType(kept))

    def _end(self, key: Key, state: RequestState, now: float) -> RequestBook:
        book = self.at(now)
        known = book.find(key)
        return book if known is None or not known.is_open else book._with(replace(known, state=state, since=now))

    def _move(self, key: Key, before: RequestState, after: RequestState, now: float, answer: str = "") -> RequestBook:
        book = self.at(now)
        known = book.find(key)
        if known is None or known.state is not before:
            return book
        return book._with(replace(known, state=after, since=now, answer=answer))

    def _with(self, request: ExternalRequest) -> RequestBook:
        others = {key: other for key, other in self.requests.items() if key != request.key}
        if request.key in self.requests and request.is_open:
            others = {**dict(self.requests), request.key: request}  # in its turn
            return RequestBook(MappingProxyType(others))
        return RequestBook(MappingProxyType({**others, request.key: request}))
