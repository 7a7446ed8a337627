"""One desk as a program of the site knows it: paired once, asked, and heard by polling or by events."""

from __future__ import annotations

import hashlib
import http.client
import json
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from mlid_desktop.client.answers import DeskAnswer, read_answer
from mlid_desktop.client.signatures import from_base64url, signed_headers, to_base64url

USUAL_PORT = 47263
USUAL_PURPOSE = "recognition"
LOOK_S = 0.25  # between polls: a desk takes twenty a second
REPLY_S = 30.0
MAXIMUM_REPLY = 1024 * 1024
MAXIMUM_PORT = 65535
ENDED = frozenset({"decided", "declined", "expired", "cancelled", "locked", "unknown"})


class DeskUnreachableError(Exception):
    """No desk answers at the port: the window is closed, the interface is off, or the connection was lost. What was
    asked may have arrived: ask the same question again."""


class DeskRefusedError(Exception):
    """The desk does not do what was asked; ``name`` says why, as the table of errors has it."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


@dataclass(frozen=True, slots=True)
class DeskPairing:
    """What a program keeps of a desk, where it alone reads: the ``private`` key, base64url, its identifier ``caller``,
    the desk's key that it trusts, the vault and the port."""

    private: str = field(repr=False)
    caller: str
    trusted: str
    vault_id: str
    port: int = USUAL_PORT

    def written(self) -> str:
        """The pairing as JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def read(cls, untrusted: str) -> DeskPairing:
        """Parses a pairing from its JSON. Raises ValueError."""
        try:
            said = json.loads(untrusted)
            private, caller, trusted = (str(said[name]) for name in ("private", "caller", "trusted"))
            pairing = cls(private, caller, trusted, str(said["vault_id"]), int(said["port"]))
            if not 0 < pairing.port <= MAXIMUM_PORT or not (pairing.caller.isascii() and pairing.caller.isalnum()):
                raise ValueError("not a pairing")
        except (KeyError, TypeError, RecursionError):
            raise ValueError("not a pairing") from None
        Ed25519PrivateKey.from_private_bytes(from_base64url(pairing.private))
        return pairing


@dataclass(frozen=True, slots=True)
class DeskQuestion:
    """What a program asks; the same question under the same ``request`` is the same request, however often it is sent.
    ``kind`` is "verify", "enrol", "withdraw" or "identify"."""

    kind: str
    number: str = field(default="", repr=False)
    name: str = field(default="", repr=False)
    purpose: str = USUAL_PURPOSE
    request: str = field(default_factory=lambda: secrets.token_hex(16))
    nonce: str = field(default_factory=lambda: secrets.token_hex(16))

    @property
    def body(self) -> bytes:
        """The bytes that are sent."""
        return json.dumps({name: value for name, value in asdict(self).items() if value}).encode()


@dataclass(frozen=True, slots=True)
class RequestStatus:
    """How a request stands: ``answer`` and ``chain`` are there once it is decided."""

    state: str
    answer: str = field(default="", repr=False)
    chain: tuple[str, ...] = ()

    @property
    def has_ended(self) -> bool:
        """Whether nothing more happens to it."""
        return self.state in ENDED


def new_private_key() -> str:
    """A new Ed25519 key of a program, base64url."""
    return to_base64url(Ed25519PrivateKey.generate().private_bytes_raw())


def pair(code: str, private: str, port: int = USUAL_PORT) -> DeskPairing:
    """Names the code that the window of the desk shows; from then on the desk knows the key. Raises DeskRefusedError,
    DeskUnreachableError."""
    key = Ed25519PrivateKey.from_private_bytes(from_base64url(private)).public_key().public_bytes_raw()
    told = _call(port, "POST", "/v1/pairing", json.dumps({"code": code, "key": to_base64url(key)}).encode(), {})
    try:
        return DeskPairing(private, str(told["caller"]), str(told["key"]), str(told["vault"]), port)
    except KeyError:
        raise DeskUnreachableError("no desk") from None


class DeskClient:
    """Asks one desk. Each method raises DeskRefusedError and DeskUnreachableError. ``accept_demo`` believes a desk that
    was made for demonstration, which no program should for real people."""

    def __init__(
        self, pairing: DeskPairing, *, accept_demo: bool = False, wall_clock: Callable[[], float] = time.time
    ) -> None:
        self.pairing = pairing
        self._accept_demo = accept_demo
        self._wall_clock = wall_clock

    def station(self) -> Mapping[str, Any]:
        """What the desk says of itself: ``state`` is "ready", "busy" or "locked"."""
        return self._signed("GET", "/v1/station")

    def ask(self, question: DeskQuestion) -> RequestStatus:
        """Sends a question, for the first time or again after a lost connection: nothing is done twice."""
        return _status(self._signed("POST", "/v1/requests", question.body))

    def look(self, question: DeskQuestion) -> RequestStatus:
        """How a request stands now."""
        return _status(self._signed("GET", f"/v1/requests/{question.request}"))

    def cancel(self, question: DeskQuestion) -> RequestStatus:
        """Takes a request back, as long as nothing is decided."""
        return _status(self._signed("DELETE", f"/v1/requests/{question.request}"))

    def wait(self, question: DeskQuestion, seconds: float = 900.0) -> RequestStatus:
        """How a request stands once it has ended, or after so many seconds, by polling."""
        until = time.monotonic() + seconds
        while not (status := self.look(question)).has_ended and time.monotonic() < until:
            time.sleep(LOOK_S)
        return status

    def listen(self, question: DeskQuestion) -> Iterator[RequestStatus]:
        """Each state of a request as it comes, until the last, by server-sent events."""
        path = f"/v1/requests/{question.request}/events"
        connection, reply = _open(self.pairing.port, "GET", path, b"", self._headers("GET", path, b""))
        try:
            if reply.status != http.client.OK:
                _content(reply.read(MAXIMUM_REPLY))
            while line := reply.readline(MAXIMUM_REPLY):
                if line.startswith(b"data: "):
                    yield _status(_content(line.removeprefix(b"data: ")))
        except (OSError, http.client.HTTPException) as fault:
            raise DeskUnreachableError(str(fault)) from None
        finally:
            connection.close()

    def answer(self, question: DeskQuestion, status: RequestStatus) -> DeskAnswer:
        """The answer of a request that is decided. Raises AnswerNotValidError where it is not the desk's answer to this
        question."""
        expected = {
            "iss": self.pairing.vault_id,
            "aud": self.pairing.caller,
            "nonce": question.nonce,
            "request": question.request,
            "digest": hashlib.sha256(question.body).hexdigest(),
        }
        now, trusted = self._wall_clock(), self.pairing.trusted
        return read_answer(status.answer, status.chain, trusted, expected, now, accept_demo=self._accept_demo)

    def _signed(self, method: str, path: str, body: bytes = b"") -> dict[str, Any]:
        return _call(self.pairing.port, method, path, body, self._headers(method, path, body))

    def _headers(self, method: str, path: str, body: bytes) -> dict[str, str]:
        pairing, now = self.pairing, int(self._wall_clock())
        authority, private = f"127.0.0.1:{pairing.port}", from_base64url(pairing.private)
        return signed_headers(private, pairing.caller, method, authority, path, body, now)


def _open(
    port: int, method: str, path: str, body: bytes, headers: Mapping[str, str]
) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=REPLY_S)
    try:
        connection.request(method, path, body or None, {"Host": f"127.0.0.1:{port}", **headers})
        return connection, connection.getresponse()
    except (OSError, OverflowError, http.client.HTTPException) as fault:
        connection.close()
        raise DeskUnreachableError(str(fault)) from None


def _call(port: int, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> dict[str, Any]:
    connection, reply = _open(port, method, path, body, headers)
    try:
        return _content(reply.read(MAXIMUM_REPLY))
    except (OSError, http.client.HTTPException) as fault:
        raise DeskUnreachableError(str(fault)) from None
    finally:
        connection.close()


def _content(untrusted: bytes) -> dict[str, Any]:
    """What the desk said. Raises DeskRefusedError, DeskUnreachableError where something else answers at the port."""
    try:
        told = dict(json.loads(untrusted))
    except (ValueError, TypeError, RecursionError):
        raise DeskUnreachableError("no desk") from None
    if "error" in told:
        raise DeskRefusedError(str(told["error"]))
    return told


def _status(told: Mapping[str, Any]) -> RequestStatus:
    chain = told.get("chain", [])
    if not isinstance(chain, list):
        raise DeskUnreachableError("no desk")
    return RequestStatus(str(told.get("state", "")), str(told.get("answer", "")), tuple(map(str, chain)))
