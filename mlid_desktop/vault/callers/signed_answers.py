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


def chain_after_rotation(
    chain: Sequence[str], outgoing: SigningKey, incoming: SigningKey, answers: bytes, vault_id: str
) -> list[str]:
    """The chain after a rotation of the roots."""
    succession = certificate(outgoing, verify_key_of(incoming), CONTROL, vault_id)
    return [*chain[:-1], succession, certificate(incoming, answers, ANSWERS, vault_id)]


def leads_to(link: str, issuer: bytes, answers: bytes, vault_id: str) -> bool:
    """Whether a link is the word of the holder of ``issuer`` that ``answers`` is the answer key of this vault, both
    verify keys."""
    try:
        claims = read_signed(link, issuer, KEY_TYPE)
    except ValueError:
        return False
    return claims == {"iss": vault_id, "use": ANSWERS, "key": to_base64url(answers)}


def _json(content: Claims) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
