"""Who may speak to the interface: exact host, paired origins, signed or with a token, within the limits."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from mlid_desktop.api.http_signatures import (
    MessageSignature,
    SignatureFormError,
    components,
    is_digest_of,
    read_signature,
    required_components,
)
from mlid_desktop.api.limits import WINDOW_S, RateLimit, ReplayWindow
from mlid_desktop.api.messages import Refusal
from mlid_desktop.station.external_requests.request_desk import Caller, RequestDesk

BEARER = "Bearer "
MAXIMUM_TOKEN = 128


class RefusedError(Exception):
    """The interface does not do what was asked."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal


@dataclass(frozen=True, slots=True)
class Incoming:
    """The head of a request as it came over the wire; ``headers`` under small letters. A header that came twice stands
    there as RFC 9110 joins it."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]


class Gate:
    """Lets callers through. Used by the network thread alone."""

    def __init__(self, desk: RequestDesk, port: int, wall_clock: Callable[[], float] = time.time) -> None:
        self._desk = desk
        self._hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}
        self._wall_clock = wall_clock
        self._replays = ReplayWindow()
        self._asked = RateLimit(1200, 60.0)  # polls included: twenty a second
        self._refused = RateLimit(120, 60.0)
        self._pairing = RateLimit(20, 60.0)

    def require_host(self, untrusted_host: str) -> None:
        """Raises RefusedError(MISDIRECTED) where a name was used that is not this machine's own: another name that
        leads here is how a foreign page would pass for this one."""
        if untrusted_host.lower() not in self._hosts:
            raise RefusedError(Refusal.MISDIRECTED)

    def origin(self, headers: Mapping[str, str]) -> str:
        """The web origin that asks, empty for a program. Raises RefusedError(UNPAIRED_ORIGIN)."""
        origin, access = headers.get("origin"), self._desk.access
        if origin is None:
            if headers.get("sec-fetch-site", "none") not in {"none", "same-origin"}:
                raise RefusedError(Refusal.UNPAIRED_ORIGIN)
            return ""
        if access is None or origin not in access.origins:
            raise RefusedError(Refusal.UNPAIRED_ORIGIN)
        return origin

    def caller(self, incoming: Incoming, origin: str) -> Caller:
        """The caller of a request, from its head alone: nobody's body is waited for before. Raises RefusedError."""
        try:
            return self._by_token(incoming, origin) if origin else self._by_signature(incoming)
        except RefusedError as refused:
            raise self.counted(refused.refusal) from None

    def counted(self, refusal: Refusal) -> RefusedError:
        """The refusal of a guess, or that there were too many of them lately."""
        return RefusedError(refusal if self._refused.allows("", time.monotonic()) else Refusal.TOO_MANY)

    @staticmethod
    def require_body(incoming: Incoming, origin: str, body: bytes) -> None:
        """Raises RefusedError(UNKNOWN_CALLER) for a body that a program did not sign."""
        if not origin and not is_digest_of(incoming.headers.get("content-digest", ""), body):
            raise RefusedError(Refusal.UNKNOWN_CALLER)

    def require_pairing_allowed(self) -> None:
        """Raises RefusedError(TOO_MANY) where too many tried to pair lately."""
        if not self._pairing.allows("", time.monotonic()):
            raise RefusedError(Refusal.TOO_MANY)

    def _by_token(self, incoming: Incoming, origin: str) -> Caller:
        said = incoming.headers.get("authorization", "")
        if not said.startswith(BEARER) or len(said) > MAXIMUM_TOKEN:
            raise RefusedError(Refusal.UNSIGNED)
        found = self._desk.caller_of_token(origin, said.removeprefix(BEARER))
        if found is None:
            raise RefusedError(Refusal.UNKNOWN_CALLER)
        self._require_rate(found)
        return found

    def _by_signature(self, incoming: Incoming) -> Caller:
        headers = incoming.headers
        if "signature" not in headers or "signature-input" not in headers:
            raise RefusedError(Refusal.UNSIGNED)
        try:
            signed = read_signature(headers["signature-input"], headers["signature"])
            base = self._base(incoming, signed)
        except (SignatureFormError, UnicodeEncodeError):
            raise RefusedError(Refusal.UNSIGNED) from None
        found = self._desk.caller_of_key(signed.keyid, signed.signature, base)
        if found is None:
            raise RefusedError(Refusal.UNKNOWN_CALLER)
        if abs(self._wall_clock() - signed.created) > WINDOW_S:
            raise RefusedError(Refusal.STALE)
        self._require_rate(found)  # before a nonce is kept
        if not self._replays.is_fresh(found.caller_id, signed.nonce, time.monotonic()):
            raise RefusedError(Refusal.REPLAYED)
        return found

    def _require_rate(self, caller: Caller) -> None:
        if not self._asked.allows(caller.caller_id, time.monotonic()):
            raise RefusedError(Refusal.TOO_MANY)

    @staticmethod
    def _base(incoming: Incoming, signed: MessageSignature) -> bytes:
        headers = incoming.headers
        values = components(incoming.method, headers.get("host", ""), incoming.path, incoming.query, headers)
        if not required_components(incoming.query, has_body=incoming.method == "POST") <= set(signed.covered):
            raise SignatureFormError("too little is signed")
        return signed.base(values)
