"""Seals bytes to a public key, so that its holder alone opens them: X25519 with a key of the sender's used once."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.vault.crypto.envelope import KEY_BYTES, Buffer, derive, seal, unseal, wipe

MAIL = "mail"


def new_box() -> bytearray:
    """A new private key that mail can be sealed to, 32 bytes."""
    return bytearray(X25519PrivateKey.generate().private_bytes_raw())


def box_key_of(private: Buffer) -> bytes:
    """The public half of a private key, 32 bytes."""
    return X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


def seal_to(public: bytes, plain: Buffer, associated: bytes) -> bytes:
    """Seals to the holder of a public key: ``ephemeral public key (32) || envelope``. Raises VaultError(VAULT_DAMAGED)
    for what is no key."""
    once = X25519PrivateKey.generate()
    ephemeral = once.public_key().public_bytes_raw()
    try:
        key = _shared(once, public, ephemeral, public)
    except ValueError:
        raise VaultError(Code.VAULT_DAMAGED, what=MAIL) from None
    sealed = seal(key, plain, associated)
    wipe(key)
    return ephemeral + sealed


def open_mail(private: Buffer, untrusted: bytes, associated: bytes) -> bytes:
    """Opens what :func:`seal_to` made. Raises VaultError(VAULT_DAMAGED)."""
    ephemeral, sealed = untrusted[:KEY_BYTES], untrusted[KEY_BYTES:]
    try:
        key = _shared(X25519PrivateKey.from_private_bytes(private), ephemeral, ephemeral, box_key_of(private))
    except ValueError:
        raise VaultError(Code.VAULT_DAMAGED, what=MAIL) from None
    plain = unseal(key, sealed, associated, MAIL)
    wipe(key)
    return plain


def _shared(private: X25519PrivateKey, peer: bytes, ephemeral: bytes, public: bytes) -> bytearray:
    return derive(private.exchange(X25519PublicKey.from_public_bytes(peer)), MAIL, b"", ephemeral, public)
