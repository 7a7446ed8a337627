"""The interface as an ASGI application: routes, bodies within their bounds, replies, and events as they come. On the
network thread alone: no widget, session or key is touched here."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import secrets
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from mlid_desktop import __version__
from mlid_desktop.api.gate import Gate, Incoming, RefusedError
from mlid_desktop.api.listeners import Listeners
from mlid_desktop.api.messages import MAXIMUM_BODY, AskedRequest, Pairing, Refusal, ReturnCode
from mlid_desktop.api.openapi import description
from mlid_desktop.station.external_requests.request_desk import (
    AlteredRequestError,
    Caller,
    ExternalRequest,
    RequestDesk,
    RequestState,
    StationAccess,
)
from mlid_desktop.station.external_requests.service import RequestKind

Message = TypeVar("Message", bound=BaseModel)
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

PAIRING_S = 10.0  # that the vault may take to know a caller
BODY_S = 5.0  # that a body may take to arrive
MOST_AT_ONCE = 32
MOST_EVENTS = 16
REQUEST_PATH = re.compile(r"/v1/requests/([0-9a-f]{32})(/events)?")
ALLOWED_HEADERS = "authorization, content-type"
METHODS = {
    "/openapi.json": {"GET"},
    "/v1/pairing": {"POST"},
    "/v1/station": {"GET"},
    "/v1/requests": {"POST"},
    "/v1/answers": {"POST"},
}


class Application:
    """One desk's interface."""

    def __init__(self, desk: RequestDesk, port: int) -> None:
        self._desk, self._port = desk, port
        self._gate = Gate(desk, port)
        self._at_once = self._listening = 0
        self._listeners = Listeners()
        desk.wake = self._listeners.wake

    def close(self) -> None:
        """Lets go of who listens; may be called from any thread."""
        self._listeners.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one HTTP request."""
        if scope["type"] != "http":
            return
        headers: dict[str, str] = {}
        for name, value in scope["headers"]:
            key, text = name.decode("latin-1").lower(), value.decode("latin-1")
            headers[key] = f"{headers[key]}, {text}" if key in headers else text
        origin, self._at_once = "", self._at_once + 1
        try:
            self._require_turn(self._at_once <= MOST_AT_ONCE)
            self._gate.require_host(headers.get("host", ""))
            origin = self._gate.origin(headers)
            if scope["method"] == "OPTIONS":
                await _reply(send, 204, None, {**_cross_origin(origin), **_preflight(headers, origin)})
                return
            await self._serve(scope, headers, origin, receive, send)
        except RefusedError as refused:
            await _reply(send, refused.refusal.status, {"error": refused.refusal.value}, _cross_origin(origin))
        finally:
            self._at_once -= 1

    async def _serve(self, scope: Scope, headers: Mapping[str, str], origin: str, receive: Receive, send: Send) -> None:
        path, method = scope["path"], scope["method"]
        found = REQUEST_PATH.fullmatch(path)
        allowed = METHODS.get(path, set()) if found is None else {"GET"} if found[2] else {"GET", "DELETE"}
        if not allowed:
            raise RefusedError(Refusal.NOT_FOUND)
        if method not in allowed:
            raise RefusedError(Refusal.WRONG_METHOD)
        _require_length(headers)
        incoming = Incoming(method, path, scope["query_string"].decode("latin-1"), headers)
        answer_headers = _cross_origin(origin)
        if path == "/openapi.json":
            await _reply(send, 200, description(self._port), answer_headers)
        elif path == "/v1/pairing":
            self._gate.require_pairing_allowed()
            access, pairing = self._open_access(), _read(Pairing, await _body(receive))
            await _reply(send, 200, await self._pair(access, pairing, origin), answer_headers)
        elif path == "/v1/station":
            self._gate.caller(incoming, origin)
            await _reply(send, 200, self._station(), answer_headers)
        elif path == "/v1/requests":
            caller, body = self._gate.caller(incoming, origin), await _body(receive)
            self._gate.require_body(incoming, origin, body)
            request, is_new = self._ask(caller, _read(AskedRequest, body), body)
            await _reply(send, 202 if is_new else 200, self._standing(request), answer_headers)
        elif path == "/v1/answers":
            caller, body = self._gate.caller(incoming, origin), await _body(receive)
            self._gate.require_body(incoming, origin, body)
            answered = self._desk.redeem(_read(ReturnCode, body).code, caller.caller_id)
            if answered is None:
                raise self._gate.counted(Refusal.WRONG_CODE)
            await _reply(send, 200, self._standing(answered), answer_headers)
        elif found is not None:
            key = self._gate.caller(incoming, origin).caller_id, found[1]
            if method == "DELETE":
                self._desk.cancel(key)
            if found[2]:
                await self._events(send, receive, key, answer_headers)
            else:
                await _reply(send, 200, self._standing_of(key), answer_headers)

    def _ask(self, caller: Caller, asked: AskedRequest, body: bytes) -> tuple[ExternalRequest, bool]:
        if RequestKind(asked.kind) not in caller.kinds or asked.purpose not in caller.purposes:
            raise RefusedError(Refusal.NOT_GRANTED)
        if not asked.returns_home(caller):
            raise RefusedError(Refusal.FOREIGN_RETURN)
        known = self._desk.find((caller.caller_id, asked.request))
        try:
            request = self._desk.ask(asked.by(caller, body))
        except AlteredRequestError:
            raise RefusedError(Refusal.ALTERED) from None
        refusals = {RequestState.LOCKED: Refusal.LOCKED, RequestState.BUSY: Refusal.BUSY}
        if request.state in refusals:
            raise RefusedError(refusals[request.state])
        return request, known is RequestState.UNKNOWN

    @staticmethod
    def _require_turn(holds: bool) -> None:
        if not holds:
            raise RefusedError(Refusal.OVERLOADED)

    async def _pair(self, access: StationAccess, pairing: Pairing, origin: str) -> dict[str, str]:
        token = secrets.token_urlsafe(32) if origin else ""
        pending = asyncio.wrap_future(self._desk.pair(pairing.code, pairing.key, origin, token))
        try:
            caller = await asyncio.wait_for(pending, PAIRING_S)
        except TimeoutError:  # the vault has other work
            raise RefusedError(Refusal.OVERLOADED) from None
        if caller is None:
            raise RefusedError(Refusal.WRONG_CODE)
        paired = {"caller": caller.caller_id, "key": access.pairing_key, "vault": access.vault_id}
        return {**paired, "token": token} if token else paired

    def _station(self) -> dict[str, Any]:
        access = self._desk.access
        if access is None:
            raise RefusedError(Refusal.LOCKED)
        state = "locked" if access.locked else "ready" if self._desk.current().shown is None else "busy"
        told = {"vault": access.vault_id, "demo": access.demo, "version": __version__, "chain": list(access.chain)}
        return {"state": state, **told}

    def _open_access(self) -> StationAccess:
        access = self._desk.access
        if access is None or access.locked:
            raise RefusedError(Refusal.LOCKED)
        return access

    def _standing_of(self, key: tuple[str, str]) -> dict[str, Any]:
        return self._told(key, self._desk.find(key))

    def _told(self, key: tuple[str, str], found: RequestState | ExternalRequest) -> dict[str, Any]:
        if isinstance(found, ExternalRequest):
            return self._standing(found)
        return {"request": key[1], "state": found.value}

    def _standing(self, request: ExternalRequest) -> dict[str, Any]:
        told: dict[str, Any] = {"request": request.request_id, "state": request.state.value}
        access = self._desk.access
        if request.answer and access is not None:
            told |= {"answer": request.answer, "chain": list(access.chain)}
        return told

    async def _events(self, send: Send, receive: Receive, key: tuple[str, str], headers: Mapping[str, str]) -> None:
        """Each state as it comes, until the last; at most so many listen at once."""
        self._require_turn(self._listening < MOST_EVENTS)
        self._listening += 1
        self._at_once -= 1  # one that listens takes nobody's turn
        try:
            kind = {"content-type": "text/event-stream", **headers}
            await send(_start(200, kind))
            gone = asyncio.ensure_future(_hung_up(receive))

            def look() -> tuple[dict[str, Any], bool]:
                found = self._desk.find(key)  # once: what is told is what is looked at
                is_open = isinstance(found, ExternalRequest) and found.is_open
                return self._told(key, found), is_open and not gone.done()

            async with contextlib.aclosing(self._listeners.changes(look)) as changes:
                async for told in changes:
                    await send({"type": "http.response.body", "body": told, "more_body": True})
            gone.cancel()
            await send({"type": "http.response.body", "body": b""})
        finally:
            self._at_once += 1
            self._listening -= 1


async def _hung_up(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _require_length(headers: Mapping[str, str]) -> None:
    """Raises RefusedError(TOO_LARGE) for a body that is said to be above its bounds."""
    length = headers.get("content-length", "0")
    if not length.isdecimal() or len(length) > 9 or int(length) > MAXIMUM_BODY:
        raise RefusedError(Refusal.TOO_LARGE)


async def _body(receive: Receive) -> bytes:
    """The body of a request. Raises RefusedError(TOO_LARGE, TOO_SLOW, MALFORMED)."""
    read = bytearray()
    try:
        async with asyncio.timeout(BODY_S):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise RefusedError(Refusal.MALFORMED)
                read += message.get("body", b"")
                if len(read) > MAXIMUM_BODY:
                    raise RefusedError(Refusal.TOO_LARGE)
                if not message.get("more_body", False):
                    return bytes(read)
    except TimeoutError:
        raise RefusedError(Refusal.TOO_SLOW) from None


def _read(kind: type[Message], body: bytes) -> Message:
    """The message in a body. Raises RefusedError(MALFORMED)."""
    try:
        return kind.model_validate_json(body)
    except ValidationError:
        raise RefusedError(Refusal.MALFORMED) from None


def _cross_origin(origin: str) -> dict[str, str]:
    return {"access-control-allow-origin": origin} if origin else {}


def _preflight(headers: Mapping[str, str], origin: str) -> dict[str, str]:
    """What a paired page may send; and that it may reach this machine from a public address."""
    if not origin:
        return {}
    allowed = {
        "access-control-allow-methods": "GET, POST, DELETE",
        "access-control-allow-headers": ALLOWED_HEADERS,
        "access-control-max-age": "60",
    }
    asks = {"access-control-request-private-network", "access-control-request-local-network"} & headers.keys()
    return {**allowed, **{name.replace("request", "allow"): "true" for name in asks}}


def _start(status: int, headers: Mapping[str, str]) -> MutableMapping[str, Any]:
    every = {
        "cache-control": "no-store",
        "connection": "close",
        "vary": "Origin",
        "x-content-type-options": "nosniff",
        "cross-origin-resource-policy": "same-origin",
        **headers,
    }
    named = [(name.encode(), value.encode("latin-1", "replace")) for name, value in every.items()]
    return {"type": "http.response.start", "status": status, "headers": named}


async def _reply(send: Send, status: int, content: Any, headers: Mapping[str, str]) -> None:
    body = b"" if content is None else json.dumps(content, ensure_ascii=False).encode()
    more = {"content-length": str(len(body)), **({"content-type": "application/json"} if body else {}), **headers}
    await send(_start(status, more))
    await send({"type": "http.response.body", "body": body})
