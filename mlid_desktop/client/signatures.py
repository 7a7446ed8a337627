"""Signs requests (RFC 9421) with an Ed25519 key, over method, authority, path and the digest of the body."""

from __future__ import annotations

import base64
import hashlib
import secrets

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


def to_base64url(content: bytes) -> str:
    """Bytes in base64url without padding."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def from_base64url(text: str) -> bytes:
    """Decodes base64url without padding. Raises ValueError."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def signed_headers(
    private: bytes, caller: str, method: str, authority: str, path: str, body: bytes, created: int
) -> dict[str, str]:
    """The headers that make a request the caller's: ``private`` is the seed of the key (32 bytes), ``created`` the time
    in seconds since 1970."""
    digest = f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"
    values = {"@method": method, "@authority": authority, "@path": path}
    values |= {"content-digest": digest} if body else {}
    names = " ".join(f'"{name}"' for name in values)
    said = f'({names});created={created};keyid="{caller}";alg="ed25519";nonce="{secrets.token_hex(16)}"'
    lines = [f'"{name}": {value}' for name, value in values.items()]
    base = "\n".join([*lines, f'"@signature-params": {said}']).encode()
    signature = base64.b64encode(Ed25519PrivateKey.from_private_bytes(private).sign(base)).decode()
    headers = {"Signature-Input": f"desk={said}", "Signature": f"desk=:{signature}:"}
    return {**headers, "Content-Digest": digest} if body else headers
