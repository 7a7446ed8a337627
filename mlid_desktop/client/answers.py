"""Verifies the answers of a desk (JWS), from the key that was given at pairing, and reads what they say."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from mlid_desktop.client.signatures import from_base64url

LIFETIME_S = 300
MAXIMUM_TEXT = 256 * 1024  # 40 fields of 500 characters
MAXIMUM_CHAIN = 1000


class AnswerNotValidError(Exception):
    """An answer that is not to be believed; ``why`` is "signature", "other" (an answer to something else), "expired" or
    "demo"."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class CheckedCharacteristic:
    """How one characteristic was compared: ``band`` is how clear it was, None where nothing was compared."""

    characteristic: str
    passed: bool
    band: str | None


@dataclass(frozen=True, slots=True)
class ToldField:
    """One of the site's own fields: ``kind`` is "text", "number", "date" (ISO 8601), "choice" (its code), "phone",
    "email" or "document"; of a ``masked`` one the value shows little or nothing."""

    name: str
    kind: str
    value: str = field(repr=False)
    masked: bool = True


@dataclass(frozen=True, slots=True)
class DeskAnswer:
    """What a desk answered: ``verdict`` is "accepted", "rejected", "inconclusive", "enrolled", "found", "withdrawn",
    "not_withdrawn", "no_answer" or "too_many"; ``number``, ``name`` and the site's own ``fields`` are there where that
    was granted."""

    verdict: str
    kind: str
    demo: bool
    again: bool
    number: str = field(default="", repr=False)
    name: str = field(default="", repr=False)
    reasons: tuple[str, ...] = ()
    results: tuple[CheckedCharacteristic, ...] = ()
    claims: Mapping[str, Any] = field(default_factory=dict, repr=False)
    fields: tuple[ToldField, ...] = ()


def read_answer(
    untrusted_answer: str,
    untrusted_chain: Sequence[str],
    trusted: str,
    expected: Mapping[str, str],
    now: float,
    *,
    accept_demo: bool = False,
) -> DeskAnswer:
    """The answer of the desk whose key is ``trusted`` (base64url, from the pairing). ``expected`` are the claims that
    make it the answer to what was asked: aud, nonce, request, and whatever else is known; ``now`` is in seconds since
    1970. A demo desk is believed only where ``accept_demo`` says so. Raises AnswerNotValidError."""
    if len(untrusted_answer) > MAXIMUM_TEXT or len(untrusted_chain) > MAXIMUM_CHAIN:
        raise AnswerNotValidError("signature")
    try:
        key, vault = _answer_key(untrusted_chain, from_base64url(trusted))
        claims = _claims(untrusted_answer, key, "mlid-answer+jwt")
        if claims["iss"] != vault or any(claims[name] != value for name, value in expected.items()):
            raise AnswerNotValidError("other")
        if not claims["iat"] - LIFETIME_S <= now <= claims["exp"]:
            raise AnswerNotValidError("expired")
        answer = _read(claims)
    except (InvalidSignature, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise AnswerNotValidError("signature") from None
    if answer.demo and not accept_demo:
        raise AnswerNotValidError("demo")
    return answer


def _answer_key(chain: Sequence[str], trusted: bytes) -> tuple[bytes, str]:
    """From the key of the pairing to the key of answers, and the vault."""
    key, vault = trusted, ""
    for link in chain:
        try:
            found = _claims(link, key, "mlid-key+jwt")
        except (InvalidSignature, ValueError):
            if vault:
                raise
            continue  # from before the pairing
        if vault and found["iss"] != vault:
            raise ValueError("another vault")
        vault, key = str(found["iss"]), from_base64url(found["key"])
        if found["use"] == "answers":
            return key, vault
    raise ValueError("the chain leads nowhere")


def _claims(jws: str, key: bytes, kind: str) -> dict[str, Any]:
    head, claims, signature = jws.split(".")
    Ed25519PublicKey.from_public_bytes(key).verify(from_base64url(signature), f"{head}.{claims}".encode())
    if json.loads(from_base64url(head)) != {"alg": "EdDSA", "typ": kind}:
        raise ValueError("another type")
    return dict(json.loads(from_base64url(claims)))


def _read(claims: dict[str, Any]) -> DeskAnswer:
    results = tuple(
        CheckedCharacteristic(str(told["characteristic"]), told["passed"] is True, told["band"])
        for told in claims.get("results", ())
    )
    return DeskAnswer(
        str(claims["verdict"]),
        str(claims["kind"]),
        claims["demo"] is not False,
        claims.get("again") is True,
        str(claims.get("number", "")),
        str(claims.get("name", "")),
        tuple(str(reason) for reason in claims.get("reasons", ())),
        results,
        claims,
        tuple(
            ToldField(str(told["name"]), str(told["kind"]), str(told["value"]), told["masked"] is not False)
            for told in claims.get("fields", ())
        ),
    )
