"""The description of the interface: OpenAPI 3.1."""

from __future__ import annotations

from typing import Any

from mlid_desktop import __version__
from mlid_desktop.api.messages import STATUS, AskedRequest, Pairing, Refusal, ReturnCode
from mlid_desktop.station.external_requests.request_desk import RequestState
from mlid_desktop.station.external_requests.service import RequestKind

JSON = "application/json"
SIGNED = (
    "RFC 9421 with Ed25519 over @method, @authority, @path and, of a body, content-digest; "
    "with created, keyid (the caller) and nonce."
)
STATES = {"type": "string", "enum": [state.value for state in RequestState]}
STANDING = {
    "type": "object",
    "required": ["request", "state"],
    "properties": {
        "request": {"type": "string"},
        "state": STATES,
        "answer": {"type": "string", "description": "JWS, where the state is decided"},
        "chain": {"type": "array", "items": {"type": "string"}},
    },
}
EVENT = {
    "type": "object",
    "required": ["event", "data"],
    "properties": {
        "event": {"const": "state"},
        "data": {"type": "string", "description": "JSON, as the reply to GET /v1/requests/{request}"},
    },
}
FOLLOW = {  # what can be done with a request that stands
    name: {"operationId": name, "parameters": {"request": "$response.body#/request"}}
    for name in ("standing", "cancel", "events")
}


def description(port: int) -> dict[str, Any]:
    """The description, of a desk at this port."""
    request = [
        {
            "name": "request",
            "in": "path",
            "required": True,
            "schema": AskedRequest.model_json_schema()["properties"]["request"],
        }
    ]
    standing = {"200": _reply("How the request stands", STANDING), **_refusals(401, 403, 404, 421, 429, 503)}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "MLID Desktop: requests of other programs",
            "version": __version__,
            "description": "The program asks, the desk shows, the person is checked, the answer goes back signed.",
        },
        "servers": [{"url": f"http://127.0.0.1:{port}"}],
        "security": [{"signature": []}, {"token": []}],
        "paths": {
            "/openapi.json": {
                "get": {
                    "operationId": "description",
                    "security": [],
                    "responses": {"200": _reply("This description", {"type": "object"}), **_refusals(403, 421, 503)},
                }
            },
            "/v1/pairing": {
                "post": {
                    "operationId": "pair",
                    "security": [],
                    "requestBody": _body(Pairing.model_json_schema()),
                    "responses": {
                        "200": _reply(
                            "The caller, and for a web page its token",
                            {
                                "type": "object",
                                "required": ["caller", "key", "vault"],
                                "properties": {
                                    "caller": {"type": "string"},
                                    "key": {"type": "string"},
                                    "vault": {"type": "string"},
                                    "token": {"type": "string"},
                                },
                            },
                        ),
                        **_refusals(400, 403, 408, 413, 421, 423, 429, 503),
                    },
                }
            },
            "/v1/station": {
                "get": {
                    "operationId": "station",
                    "responses": {
                        "200": _reply(
                            "The station",
                            {
                                "type": "object",
                                "required": ["state", "vault", "demo", "version", "chain"],
                                "properties": {
                                    "state": {"type": "string", "enum": ["ready", "busy", "locked"]},
                                    "vault": {"type": "string"},
                                    "demo": {"type": "boolean"},
                                    "version": {"type": "string"},
                                    "chain": {"type": "array", "items": {"type": "string"}},
                                },
                            },
                        ),
                        **_refusals(401, 403, 421, 429, 503),
                    },
                }
            },
            "/v1/requests": {
                "post": {
                    "operationId": "ask",
                    "requestBody": _body({"oneOf": [_asked(kind) for kind in RequestKind]}),
                    "responses": {
                        "202": {**_reply("The request is taken", STANDING), "links": FOLLOW},
                        "200": {**_reply("It stood already", STANDING), "links": FOLLOW},
                        **_refusals(400, 401, 403, 408, 409, 413, 421, 423, 429, 503),
                    },
                }
            },
            "/v1/answers": {
                "post": {
                    "operationId": "redeem",
                    "description": "The answer that an operator was led back with, once and within a minute.",
                    "requestBody": _body(ReturnCode.model_json_schema()),
                    "responses": {
                        "200": _reply("The request, with its answer", STANDING),
                        **_refusals(400, 401, 403, 408, 413, 421, 429, 503),
                    },
                }
            },
            "/v1/requests/{request}": {
                "parameters": request,
                "get": {"operationId": "standing", "responses": standing},
                "delete": {"operationId": "cancel", "responses": standing},
            },
            "/v1/requests/{request}/events": {
                "parameters": request,
                "get": {
                    "operationId": "events",
                    "responses": {
                        "200": {
                            "description": "Each state as it comes",
                            "content": {"text/event-stream": {"schema": EVENT}},
                        },
                        **_refusals(401, 403, 404, 421, 429, 503),
                    },
                },
            },
        },
        "components": {
            "securitySchemes": {
                "signature": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Signature",
                    "description": SIGNED,
                },
                "token": {"type": "http", "scheme": "bearer", "description": "Of a paired web page, with its Origin."},
            }
        },
    }


def _asked(kind: RequestKind) -> dict[str, Any]:
    """A request of this kind: a number goes with everything but a search, a name with an enrolment."""
    whole = AskedRequest.model_json_schema()
    known = {name: dict(said) for name, said in whole["properties"].items()}
    left_out = {"number", "name"} if kind is RequestKind.IDENTIFY else set() if kind is RequestKind.ENROL else {"name"}
    properties = {name: said for name, said in known.items() if name not in left_out}
    properties["kind"] = {"const": kind.value}
    if "number" in properties:
        properties["number"] |= {"minLength": 1, "pattern": r"\S"}
    needed = [*whole["required"], *({"number"} & set(properties))]
    return {"type": "object", "additionalProperties": False, "required": needed, "properties": properties}


def _reply(words: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": words, "content": {JSON: {"schema": schema}}}


def _body(schema: dict[str, Any]) -> dict[str, Any]:
    return {"required": True, "content": {JSON: {"schema": schema}}}


def _refusals(*statuses: int) -> dict[str, Any]:
    replies: dict[str, Any] = {}
    for status in sorted({*statuses, Refusal.WRONG_METHOD.status}):
        names = [refusal.value for refusal in Refusal if STATUS[refusal] == status]
        schema = {"type": "object", "required": ["error"], "properties": {"error": {"type": "string", "enum": names}}}
        replies[str(status)] = _reply(", ".join(names), schema)
    return replies
