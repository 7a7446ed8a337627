"""Verifies an answer of a desk, from the key that was given at pairing: `verify(reply, …)` gives its claims."""

import base64
import json
import time

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def decode(text: str) -> bytes:
    """Base64url without padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def claims_of(jws: str, key: bytes, kind: str) -> dict:
    """The claims of a JWS of this type by this key; ValueError or InvalidSignature for anything else."""
    head, claims, signature = jws.split(".")
    Ed25519PublicKey.from_public_bytes(key).verify(decode(signature), f"{head}.{claims}".encode())
    if json.loads(decode(head)) != {"alg": "EdDSA", "typ": kind}:
        raise ValueError("another type")
    return json.loads(decode(claims))


def answer_key(chain: list, trusted: str) -> tuple:
    """From the key of the pairing to the key of answers, and the vault."""
    key, vault = decode(trusted), None
    for link in chain:
        try:
            found = claims_of(link, key, "mlid-key+jwt")
        except (InvalidSignature, ValueError):
            if vault:
                raise
            continue  # from before the pairing
        vault, key = found["iss"], decode(found["key"])
        if found["use"] == "answers":
            return key, vault
    raise ValueError("the chain leads nowhere")


def verify(reply: dict, trusted: str, caller: str, nonce: str, request: str, now: float | None = None) -> dict:
    """The claims of an answer, as it came in the reply."""
    key, vault = answer_key(reply["chain"], trusted)
    claims = claims_of(reply["answer"], key, "mlid-answer+jwt")
    expected = {"iss": vault, "aud": caller, "nonce": nonce, "request": request}
    if any(claims[name] != value for name, value in expected.items()):
        raise ValueError("not the answer to this")
    if not claims["iat"] - 300 <= (now or time.time()) <= claims["exp"]:
        raise ValueError("too old")
    return claims
