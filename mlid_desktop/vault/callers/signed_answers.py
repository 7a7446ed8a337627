"""Answers to callers as JSON Web Signatures (RFC 7515) with Ed25519 (RFC 8037), and the chain of keys that leads to
them.

The answer key lies under the data root, so that everybody who opens the vault can answer. The control root certifies
it, and at every rotation of the roots the outgoing control key certifies the incoming one: a caller follows the chain
from the control key that it was given when it was paired.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from mlid_desktop.domain.errors import Code, UsageError
from mlid_desktop.vault.callers.caller import from_base64url, to_base64url
from mlid_desktop.vault.crypto.signing import SigningKey, is_signed, verify_key_of

ANSWER_TYPE, KEY_TYPE = "mlid-answer+jwt", "mlid-key+jwt"
CONTROL, ANSWERS = "control", "answers"  # what a certified key is for
LIFETIME_S = 300
MAXIMUM_ANSWER = 64 * 1024
MAXIMUM_CHAIN = 1000  # a link for each rotation of the roots, and the certificate

Claims = Mapping[str, Any]


def sign(key: SigningKey, media_type: str, claims: Claims) -> str:
    """The claims as a compact JWS of this type."""
    head = {"alg": "EdDSA", "typ": media_type}
    content = ".".join(to_base64url(_json(part)) for part in (head, claims))
    return f"{content}.{to_base64url(key.sign(content.encode()))}"


def read_signed(untrusted: str, verify_key: bytes, media_type: str) -> dict[str, Any]:
    """The claims of a compact JWS of this type by the holder of this key. Raises ValueError for anything else."""
    if len(untrusted) > MAXIMUM_ANSWER:
        raise ValueError("too long")
    head, claims, signature = untrusted.split(".")
    if json.loads(from_base64url(head)) != {"alg": "EdDSA", "typ": media_type}:
        raise ValueError("another head")
    if not is_signed([verify_key], from_base64url(signature), f"{head}.{claims}".encode()):
        raise ValueError("another signature")
    return dict(json.loads(from_base64url(claims)))


def certificate(issuer: SigningKey, key: bytes, use: str, vault_id: str) -> str:
    """One link: the issuer's word that this public key is the vault's, and what for."""
    return sign(issuer, KEY_TYPE, {"iss": vault_id, "use": use, "key": to_base64url(key)})


def renewed(
    chain: Sequence[str], outgoing: SigningKey, incoming: SigningKey, answers: bytes, vault_id: str
) -> list[str]:
    """The chain after a rotation of the roots."""
    succession = certificate(outgoing, verify_key_of(incoming), CONTROL, vault_id)
    return [*chain[:-1], succession, certificate(incoming, answers, ANSWERS, vault_id)]


def follow(chain: Sequence[str], trusted: bytes) -> tuple[bytes, str]:
    """The answer key that a chain leads to from a trusted control key, and the vault it is of. Links from before the
    trusted key are passed over. Raises ValueError where it leads nowhere."""
    if len(chain) > MAXIMUM_CHAIN:
        raise ValueError("too long")
    key, vault_id = trusted, ""
    for link in chain:
        try:
            claims = read_signed(link, key, KEY_TYPE)
        except ValueError:
            if vault_id:  # once on the chain, every link counts
                raise
            continue
        if vault_id and claims["iss"] != vault_id:
            raise ValueError("another vault")
        key, vault_id = from_base64url(claims["key"]), str(claims["iss"])
        if claims["use"] == ANSWERS:
            return key, vault_id
    raise ValueError("no answer key")


def require_answer(untrusted: str, chain: Sequence[str], trusted: str, *, audience: str, now: float) -> dict[str, Any]:
    """The claims of an answer for this caller (``audience``; empty for any), by the vault whose control key is trusted
    (base64url), at this time (seconds since 1970). Raises UsageError(USAGE_ANSWER_INVALID) naming why."""
    try:
        key, vault_id = follow(chain, from_base64url(trusted))
        claims = read_signed(untrusted, key, ANSWER_TYPE)
        wrong = {
            "issuer": claims["iss"] != vault_id,
            "audience": bool(audience) and claims["aud"] != audience,
            "expired": not claims["iat"] - LIFETIME_S <= now <= claims["exp"],
        }
    except (ValueError, KeyError, TypeError):
        raise UsageError(Code.USAGE_ANSWER_INVALID, why="signature") from None
    for why, holds in wrong.items():
        if holds:
            raise UsageError(Code.USAGE_ANSWER_INVALID, why=why)
    return claims


def _json(content: Claims) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
