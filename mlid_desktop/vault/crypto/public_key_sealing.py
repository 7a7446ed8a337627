"""Seals bytes to a public key, so that its holder alone opens them: X25519 (RFC 7748) with a key of the sender's used
once."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.vault.crypto.envelope import KEY_BYTES, Buffer, derive, seal, unseal, wipe


def new_private() -> bytearray:
    """A new private key (X25519), 32 bytes."""
    return bytearray(X25519PrivateKey.generate().private_bytes_raw())


def public_half(private: Buffer) -> bytes:
    """The public key of a private key, 32 bytes."""
    return X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


def seal_to(public: bytes, plain: Buffer, associated: bytes, purpose: str, salt: bytes = b"") -> bytes:
    """Seals to the holder of a public key: ``ephemeral public key (32) || envelope``. ``purpose`` and ``salt`` go into
    the key that is derived. Raises VaultError(VAULT_DAMAGED) for what is no key."""
    once = X25519PrivateKey.generate()
    ephemeral = once.public_key().public_bytes_raw()
    try:
        key = derive(once.exchange(X25519PublicKey.from_public_bytes(public)), purpose, salt, ephemeral, public)
    except ValueError:
        raise VaultError(Code.VAULT_DAMAGED, what=purpose) from None
    sealed = seal(key, plain, associated)
    wipe(key)
    return ephemeral + sealed


def open_sealed(
    private: Buffer, public: bytes, untrusted: bytes, associated: bytes, purpose: str, salt: bytes = b""
) -> bytes:
    """Opens what :func:`seal_to` made for the holder of ``private``, whose public key is ``public``. Raises
    VaultError(VAULT_DAMAGED)."""
    ephemeral, sealed = untrusted[:KEY_BYTES], untrusted[KEY_BYTES:]
    try:
        shared = X25519PrivateKey.from_private_bytes(private).exchange(X25519PublicKey.from_public_bytes(ephemeral))
    except ValueError:
        raise VaultError(Code.VAULT_DAMAGED, what=purpose) from None
    key = derive(shared, purpose, salt, ephemeral, public)
    plain = unseal(key, sealed, associated, purpose)
    wipe(key)
    return plain
