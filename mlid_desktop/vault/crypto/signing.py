"""Ed25519 signatures (RFC 8032): makes them, and is the only place where they are checked."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from mlid_desktop.domain.errors import Code, VaultError

MOST_REMEMBERED: Final = 256  # of some KB at most
SIGNATURE_BYTES = 64
VERIFY_KEY_BYTES = 32

SigningKey = Ed25519PrivateKey


def signing_key_of(seed: bytearray) -> SigningKey:
    """The signing key with this seed, 32 bytes."""
    return Ed25519PrivateKey.from_private_bytes(seed)


def verify_key_of(signing: SigningKey) -> bytes:
    """The public half of a signing key, 32 bytes."""
    return signing.public_key().public_bytes_raw()


def is_signed(verify_keys: Iterable[bytes], signature: bytes, content: bytes) -> bool:
    """Whether the holder of one of these keys signed exactly this content."""
    return any(_is_signed(key, signature, content) for key in verify_keys)


def is_signed_as_before(verify_keys: Iterable[bytes], signature: bytes, content: bytes) -> bool:
    """As :func:`is_signed`, of what is looked at again and again and seldom changes, such as a certificate: for the
    very same key, signature and content, byte by byte, the answer of the last time is given."""
    return any(_remembered(bytes(key), bytes(signature), bytes(content)) for key in verify_keys)


def require_signed(verify_key: bytes, signature: bytes, content: bytes, what: str) -> None:
    """Raises VaultError(VAULT_DAMAGED) naming ``what`` where the holder of this key did not sign the content."""
    if not _is_signed(verify_key, signature, content):
        raise VaultError(Code.VAULT_DAMAGED, what=what)


def _is_signed(verify_key: bytes, signature: bytes, content: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(verify_key).verify(signature, content)
    except (InvalidSignature, ValueError):
        return False
    return True


_remembered = lru_cache(maxsize=MOST_REMEMBERED)(_is_signed)
