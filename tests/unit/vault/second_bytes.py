"""Bytes as FORMAT.md writes them down, for the second readers: no code of the product."""

from __future__ import annotations

import json
import struct
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
