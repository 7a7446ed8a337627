"""The desk of requests: the one object that the network thread and the GUI thread share. Everything that it hands out
is immutable; each call is short and holds one lock."""

from __future__ import annotations

import hmac
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field, replace

from mlid_desktop.station.external_requests.links import DeskLink, LinkBook, LinkOutcome
from mlid_desktop.station.external_requests.request_book import (
    AlteredRequestError,
    ExternalRequest,
    Key,
    RequestBook,
    RequestState,
)
from mlid_desktop.station.external_requests.return_codes import FRAGMENT, ReturnCodes
from mlid_desktop.vault.callers.caller import Caller, digest_of_token
from mlid_desktop.vault.callers.request_log import TakenRequest
from mlid_desktop.vault.crypto.signing import is_signed

__all__ = ["AlteredRequestError", "Caller", "ExternalRequest", "RequestDesk", "RequestState", "StationAccess"]


@dataclass(frozen=True, slots=True)
class StationAccess:
    """What the network thread may know of the vault that was opened last: public keys, origins and digests, nothing
    that opens anything. ``earlier`` are requests that were taken up before, with the answer of those that were
    decided."""

    vault_id: str
    demo: bool
    port: int
    callers: tuple[Caller, ...]
    pairing_key: str
    chain: tuple[str, ...]
    offered_origin: str = ""
    earlier: Mapping[Key, TakenRequest] = field(default_factory=dict)
    locked: bool = False

    @property
    def origins(self) -> frozenset[str]:
        """The web origins that may speak to this desk."""
        return frozenset({caller.origin for caller in self.callers if caller.origin} | {self.offered_origin}) - {""}


def _nobody(_code: str, _key: str, _origin: str, _token: str) -> Future[Caller | None]:
    answered: Future[Caller | None] = Future()
    answered.set_result(None)
    return answered


def _nothing() -> None:
    """Nobody listens."""


class RequestDesk:
    """Takes requests from the network thread and hands them to the window. ``seconds`` never run backwards; ``changed``
    is called on whichever thread changed something."""

    def __init__(self, seconds: Callable[[], float], changed: Callable[[], None] = lambda: None) -> None:
        self._seconds = seconds
        self._changed = changed
        self._lock = threading.Lock()
        self._book = RequestBook()
        self._access: StationAccess | None = None
        self._recalls: dict[Key, ExternalRequest] = {}
        self._links, self._codes = LinkBook(), ReturnCodes()
        self.pair: Callable[[str, str, str, str], Future[Caller | None]] = _nobody
        self.wake: Callable[[], None] = _nothing  # as ``changed``: for the network thread, which callers listen at

    @property
    def access(self) -> StationAccess | None:
        """What is known of the vault; None before the first one was opened."""
        return self._access

    def open(self, access: StationAccess) -> None:
        """A vault was opened, or its callers changed: what revoked ones asked is declined."""
        with self._lock:
            before, self._access = self._access, access
            known = {caller.caller_id for caller in access.callers}
            for caller in () if before is None else before.callers:
                if caller.caller_id not in known:
                    self._book = self._book.revoke(caller.caller_id, self._seconds())
        self._tell()

    def lock(self) -> None:
        """The vault was locked."""
        with self._lock:
            if self._access is not None:
                self._access = replace(self._access, locked=True, offered_origin="")
            self._book = self._book.lock(self._seconds())
            self._links = self._links.dismiss()
            self._recalls = {}
        self._tell()

    def caller_of_key(self, caller_id: str, signature: bytes, content: bytes) -> Caller | None:
        """The program under this identifier, where it signed this content."""
        access = self._access
        found = [] if access is None else [caller for caller in access.callers if caller.caller_id == caller_id]
        return found[0] if found and found[0].key and is_signed([found[0].verify_key], signature, content) else None

    def caller_of_token(self, origin: str, token: str) -> Caller | None:
        """The web page of this origin, where the token is its own."""
        access, digest = self._access, digest_of_token(token)
        fitting = [
            caller
            for caller in (() if access is None else access.callers)
            if caller.token_digest and caller.origin == origin and hmac.compare_digest(caller.token_digest, digest)
        ]
        return fitting[0] if fitting else None

    def ask(self, request: ExternalRequest) -> ExternalRequest:
        """The request as it stands now that it is asked. Raises AlteredRequestError."""
        with self._lock:
            access, now = self._access, self._seconds()
            if access is None or access.locked:
                return replace(request, state=RequestState.LOCKED)
            known, earlier = self._book.find(request.key), access.earlier.get(request.key)
            if known is not None and (known.is_open or known.state is RequestState.DECIDED):
                earlier = None
            if earlier is not None and (earlier.digest, earlier.kind) != (request.digest, request.kind):
                raise AlteredRequestError
            if earlier is not None and earlier.is_answered:
                self._recalls[request.key] = found = replace(request, state=RequestState.WAITING)
                state = found.state
            else:
                self._book, state = self._book.ask(request, now)
                found = self._book.find(request.key) or request
        self._tell()
        return replace(request, state=state) if state is RequestState.BUSY else found

    def find(self, key: Key) -> RequestState | ExternalRequest:
        """The request under this identifier; UNKNOWN where the desk has forgotten it or a kill interrupted it."""
        with self._lock:
            self._book = self._book.at(self._seconds())
            return self._recalls.get(key) or self._book.find(key) or RequestState.UNKNOWN

    def recalls(self) -> tuple[tuple[ExternalRequest, TakenRequest], ...]:
        """The requests that are asked again and were decided before this program was started, with what they came to:
        they are answered once more, without an operator."""
        with self._lock:
            earlier = {} if self._access is None else self._access.earlier
            return tuple((request, earlier[key]) for key, request in self._recalls.items() if key in earlier)

    def answer_again(self, request: ExternalRequest, answer: str) -> None:
        """A request of before is answered once more."""
        with self._lock:
            if self._recalls.pop(request.key, None) is not None:
                self._book = self._book.recall(replace(request, answer=answer), self._seconds())
        self.wake()

    def settle(self, request: ExternalRequest, answer: str) -> None:
        """A withdrawal is answered, whether an operator opened the request or confirmed it on the home page."""
        self._change(lambda book, now: book.settle(request.key, answer, now))

    def cancel(self, key: Key) -> None:
        """The caller takes its request back."""
        self._change(lambda book, now: book.cancel(key, now))

    def take(self, key: Key) -> ExternalRequest | None:
        """The request, now worked on; None where it waits no more or another one is worked on."""
        self._change(lambda book, now: book.take(key, now))
        found = self._book.find(key)
        return found if found is not None and found.state is RequestState.SHOWN else None

    def decide(self, key: Key, answer: str) -> None:
        """The request is answered."""
        self._change(lambda book, now: book.decide(key, answer, now))

    def decline(self, key: Key) -> None:
        """The operator says no, or left what was begun."""
        self._change(lambda book, now: book.decline(key, now))

    def follow(self, link: DeskLink) -> LinkOutcome:
        """A link was opened on this machine: its number is shown, or the request that it names comes first."""
        with self._lock:
            access, now = self._access, self._seconds()
            self._book = self._book.at(now)
            if access is None or access.locked:
                self._links, outcome = self._links.refuse(now)
            elif link.request:
                named = [request.key for request in self._book.waiting if request.request_id == link.request]
                self._links, outcome = self._links.name(named[0] if len(named) == 1 else None, link.request)
            else:
                self._links, outcome = self._links.show(link.number, now)
        if outcome in {LinkOutcome.SHOWN, LinkOutcome.LOCKED}:
            self._tell()
        return outcome

    def links(self) -> LinkBook:
        """What links brought, as it stands now."""
        with self._lock:
            self._links = self._links.at(self._seconds())
            return self._links

    def dismiss_number(self) -> None:
        """The number that a link brought is shown no more."""
        with self._lock:
            self._links = self._links.dismiss()
        self._tell()

    def return_address(self, key: Key) -> str:
        """Where the page of a decided request reads its answer, with a code that holds for a minute; empty where the
        caller named no page."""
        with self._lock:
            found = self._book.find(key)
            if found is None or found.state is not RequestState.DECIDED or not found.return_to:
                return ""
            self._codes, code = self._codes.give(key, self._seconds())
            return f"{found.return_to}{FRAGMENT}{code}"

    def redeem(self, untrusted_code: str, caller_id: str) -> ExternalRequest | None:
        """The request that a code leads its own caller back to, once."""
        with self._lock:
            now = self._seconds()
            self._book = self._book.at(now)
            self._codes, key = self._codes.take(untrusted_code, caller_id, now)
            return None if key is None else self._book.find(key)

    def leave(self, key: Key) -> None:
        """Nobody is offered any more to go back to the page of this request."""
        self._change(lambda book, now: book.leave(key, now))

    def current(self) -> RequestBook:
        """The book as it stands now."""
        with self._lock:
            self._book = self._book.at(self._seconds())
            return self._book

    def _tell(self) -> None:
        self._changed()
        self.wake()

    def _change(self, move: Callable[[RequestBook, float], RequestBook]) -> None:
        with self._lock:
            before = self._book
            self._book = move(before, self._seconds())
            same = self._book is before
        if not same:
            self._tell()
