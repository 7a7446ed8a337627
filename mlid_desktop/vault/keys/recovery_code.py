"""The recovery code: shown once on paper, it opens the vault when every passphrase is forgotten (FORMAT.md, section
3)."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from mlid_desktop.domain.errors import Code, VaultError

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O, U
SECRET_LETTERS = 24  # 120 random bits: stretching adds nothing that matters, and is done all the same
CHECK_LETTERS = 4  # a slip of the pen passes one time in a million
GROUP = 4
MISREAD = str.maketrans("IiLlOo", "111100")


def new_code() -> str:
    """A new random recovery code: seven groups of four letters, the last of them a check."""
    secret = "".join(secrets.choice(ALPHABET) for _ in range(SECRET_LETTERS))
    whole = secret + _check(secret)
    return "-".join(whole[at : at + GROUP] for at in range(0, len(whole), GROUP))


def checked_code(untrusted: str) -> str:
    """Normalises a typed recovery code, whatever the case, the separators and letters that look like digits.

    Raises VaultError(VAULT_BAD_RECOVERY_CODE) where a letter was mistaken, before any work is done.
    """
    typed = untrusted[:200].translate(MISREAD).upper()
    letters = "".join(letter for letter in typed if letter in ALPHABET)
    stray = any(letter not in ALPHABET and letter not in " -\t\n" for letter in typed)
    secret, check = letters[:SECRET_LETTERS], letters[SECRET_LETTERS:]
    if stray or len(secret) != SECRET_LETTERS or not hmac.compare_digest(check, _check(secret)):
        raise VaultError(Code.VAULT_BAD_RECOVERY_CODE)
    return "-".join(letters[at : at + GROUP] for at in range(0, len(letters), GROUP))


def is_same_code(untrusted: str, code: str) -> bool:
    """Whether what was typed is this code, however it was written."""
    try:
        return hmac.compare_digest(checked_code(untrusted), checked_code(code))
    except VaultError:
        return False


def _check(secret: str) -> str:
    digest = int.from_bytes(hashlib.sha256(b"mlid-recovery" + secret.encode()).digest()[:3], "big") >> 4
    return "".join(ALPHABET[digest >> 5 * index & 31] for index in reversed(range(CHECK_LETTERS)))
