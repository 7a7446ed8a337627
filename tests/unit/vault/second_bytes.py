"""Bytes as FORMAT.md writes them down, for the second readers: no code of the product."""

from __future__ import annotations

import json
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM


def bind(*parts: bytes) -> bytes:
    return b"".join(struct.pack(">I", len(part)) + part for part in parts)


def is_signed(key: bytes, signature: bytes, over: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, over)
    except InvalidSignature:
        return False
    return True


def bucket_key(wraps: bytes, identifier: str) -> bytes:
    at = bytes.fromhex(identifier)[0] * 32
    return wraps[at : at + 32]


def unbind(joined: bytes) -> list[bytes]:
    parts = []
    while joined:
        length, joined = struct.unpack(">I", joined[:4])[0], joined[4:]
        part, joined = split(joined, length)
        parts.append(part)
    return parts


def unseal(key: bytes, sealed: bytes, associated: bytes) -> bytes:
    assert sealed[0] == 1
    return AESGCM(key).decrypt(sealed[1:13], sealed[13:], associated)


def compact(content: Any) -> bytes:
    return json.dumps(content, sort_keys=True, separators=(",", ":")).encode()


def without(content: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in content.items() if name not in names}


def split(joined: bytes, at: int) -> tuple[bytes, bytes]:
    return joined[:at], joined[at:]


def cell(value: str | int | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode() if isinstance(value, str) else struct.pack(">Q", value)


def tally_of(marks: list[bytes]) -> bytes:
    total = sum(int.from_bytes(mark, "big") for mark in marks) % 2**256
    return struct.pack(">Q", len(marks)) + total.to_bytes(32, "big")


def base64url(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def read_jws(link: str, key: bytes) -> dict[str, Any]:
    head, claims, signature = link.split(".")
    padded = [part + "=" * (-len(part) % 4) for part in (claims, signature)]
    Ed25519PublicKey.from_public_bytes(key).verify(urlsafe_b64decode(padded[1]), f"{head}.{claims}".encode())
    content: dict[str, Any] = json.loads(urlsafe_b64decode(padded[0]))
    return content
