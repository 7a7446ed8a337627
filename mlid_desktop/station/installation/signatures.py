"""Verifies the publisher's Ed25519 signatures (RFC 8032) over the installed files and over updates.

Each kind of document is signed under a prefix of its own, so that a signature over one cannot serve for another.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

KEY_FILE: Final = "release-key.txt"  # in the resources of an installed program: the public key, 64 hex digits
MANIFEST_PREFIX: Final = b"MLID Desktop installation manifest 1\n"
UPDATE_PREFIX: Final = b"MLID Desktop update 1\n"
KEY_BYTES: Final = 32
SIGNATURE_BYTES: Final = 64
MAX_KEY_FILE: Final = 256


def read_public_key(path: Path) -> bytes | None:
    """Reads the publisher's public key that an installed program trusts; None where there is none, as in a checkout."""
    try:
        with path.open("rb") as file:
            untrusted = file.read(MAX_KEY_FILE)
    except OSError:
        return None
    text = untrusted.decode("ascii", "replace").strip()
    return bytes.fromhex(text) if re.fullmatch(rf"[0-9a-f]{{{2 * KEY_BYTES}}}", text) else None


def is_signed(public_key: bytes, prefix: bytes, content: bytes, untrusted_signature: bytes) -> bool:
    """Whether the key's owner signed exactly these bytes as this kind of document."""
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - late: a heavy import at start-up
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415 - as above

    if len(public_key) != KEY_BYTES or len(untrusted_signature) != SIGNATURE_BYTES:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(untrusted_signature, prefix + content)
    except InvalidSignature:
        return False
    return True
