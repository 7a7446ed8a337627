"""Authenticated encryption of all that the vault keeps: AES-256-GCM with bound associated data (FORMAT.md, 2)."""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from mlid_desktop.domain.errors import Code, VaultError

ENVELOPE_VERSION = 1  # of sealed bytes, headers and derivations; the vault's format has a number of its own
KEY_BYTES = 32
NONCE_BYTES = 12  # 96 random bits for each encryption: at most 2^32 of them a key (NIST SP 800-38D, 8.3)
TAG_BYTES = 16
LENGTH_BYTES = 4
MAX_SEALED_BYTES = 16 * 1024 * 1024


Buffer = bytes | bytearray | memoryview


def new_key() -> bytearray:
    """A new random key of 256 bits, in a buffer that :func:`wipe` can overwrite."""
    return bytearray(os.urandom(KEY_BYTES))


def wipe(*keys: bytearray) -> None:
    """Overwrites buffers that hold keys. Copies that the interpreter or a library made may remain (see the threat
    model)."""
    for key in keys:
        key[:] = bytes(len(key))


def derive(secret: Buffer, purpose: str, vault_id: bytes, *context: bytes) -> bytearray:
    """Derives a key for one purpose: HKDF-SHA-256 (RFC 5869), the vault's identity as salt, purpose and context as
    info."""
    info = bind(b"mlid-vault", bytes([ENVELOPE_VERSION]), purpose.encode(), *context)
    return bytearray(HKDF(algorithm=hashes.SHA256(), length=KEY_BYTES, salt=vault_id, info=info).derive(secret))


def bind(*parts: bytes) -> bytes:
    """Joins parts of bytes unambiguously, each behind its length (u32, big-endian)."""
    return b"".join([piece for part in parts for piece in (len(part).to_bytes(LENGTH_BYTES, "big"), part)])


def unbind(joined: bytes, number: int) -> list[bytes]:
    """Splits the parts that :func:`bind` joined. Raises ValueError where it is not exactly that many."""
    parts, at = [], 0
    for _ in range(number):
        start = at + LENGTH_BYTES
        at = start + int.from_bytes(joined[at:start], "big")
        parts.append(joined[start:at])
    if at != len(joined):
        raise ValueError("not the parts that were asked for")
    return parts


def seal(key: Buffer, plain: Buffer, associated: bytes) -> bytes:
    """Encrypts and authenticates a plaintext: ``version (1) | nonce (12) | ciphertext | tag (16)``."""
    nonce = os.urandom(NONCE_BYTES)
    return bytes([ENVELOPE_VERSION]) + nonce + AESGCM(key).encrypt(nonce, plain, associated)


def unseal(key: Buffer, untrusted: bytes, associated: bytes, what: str) -> bytes:
    """Decrypts what :func:`seal` made. Raises VaultError(VAULT_UNSUPPORTED_VERSION) for another version byte, and
    VAULT_DAMAGED naming ``what`` where a single bit, the key or the associated data differ."""
    if not 1 + NONCE_BYTES + TAG_BYTES <= len(untrusted) <= MAX_SEALED_BYTES:
        raise VaultError(Code.VAULT_DAMAGED, what=what)
    if untrusted[0] != ENVELOPE_VERSION:
        raise VaultError(Code.VAULT_UNSUPPORTED_VERSION, found=untrusted[0])
    nonce, body = untrusted[1 : 1 + NONCE_BYTES], untrusted[1 + NONCE_BYTES :]
    try:
        return AESGCM(key).decrypt(nonce, body, associated)
    except InvalidTag:
        raise VaultError(Code.VAULT_DAMAGED, what=what) from None
