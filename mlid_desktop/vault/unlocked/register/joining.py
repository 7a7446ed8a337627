"""How a desk joins a register: the code that a person carries from one desk to the other, and the answer to it."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass, field
from typing import Final

from mlid_desktop.domain.errors import Code, RegisterError, VaultError
from mlid_desktop.vault.crypto.envelope import bind
from mlid_desktop.vault.crypto.public_key_sealing import new_private, open_sealed, public_half, seal_to
from mlid_desktop.vault.keys.desk_keys import DeskKeys
from mlid_desktop.vault.keys.recovery_code import ALPHABET, MISREAD
from mlid_desktop.vault.store.register.mail import Applicant

CODE_LETTERS: Final = 20  # 100 bits: nobody finds other keys with the same code
GROUP: Final = 5
ANSWER: Final = "answer"


@dataclass(frozen=True, slots=True)
class Applying:
    """A desk that asks to join, with the private halves, which are in no file: ``once`` opens the answer."""

    keys: DeskKeys = field(repr=False)
    once: bytearray = field(repr=False)
    applicant: Applicant

    @property
    def code(self) -> str:
        """The code of its keys, in groups, as it is shown."""
        letters = code_of(self.applicant)
        return "-".join(letters[at : at + GROUP] for at in range(0, CODE_LETTERS, GROUP))

    @classmethod
    def begun(cls, keys: DeskKeys, tls_request: bytes) -> Applying:
        """A desk with these keys begins to ask."""
        once = new_private()
        return cls(keys, once, Applicant(keys.desk, keys.sign_pk, keys.box_pk, public_half(once), tls_request))


@dataclass(frozen=True, slots=True)
class JoinAnswer:
    """What a desk that was admitted needs: the key file, its TLS certificate, and its own audit's keys, wrapped, with
    the first one besides."""

    key_file: bytes = field(repr=False)
    certificate: bytes
    audit_entries: bytes = field(repr=False)
    audit_first: bytes = field(repr=False)
    audit_key: bytes = field(repr=False)

    def sealed(self, applicant: Applicant) -> bytes:
        """The answer sealed to whom it is for."""
        content = {name: getattr(self, name).hex() for name in self.__slots__}
        return seal_to(applicant.once_key, json.dumps(content).encode(), _bound(applicant), ANSWER)

    @classmethod
    def opened(cls, untrusted: bytes, applying: Applying) -> JoinAnswer:
        """Opens an answer. Raises RegisterError(REGISTER_DAMAGED)."""
        try:
            asked = applying.applicant
            content = json.loads(open_sealed(applying.once, asked.once_key, untrusted, _bound(asked), ANSWER))
            return cls(**{name: bytes.fromhex(content[name]) for name in cls.__slots__})
        except (VaultError, ValueError, KeyError, TypeError):
            raise RegisterError(Code.REGISTER_DAMAGED, what="answer") from None


def typed_code(untrusted: str) -> str:
    """A typed code as it is compared, whatever the case, the separators and letters that look like digits. Raises
    RegisterError(REGISTER_NO_APPLICANT) for what cannot be one."""
    typed = untrusted[:200].translate(MISREAD).upper()
    letters = "".join(letter for letter in typed if letter in ALPHABET)
    stray = any(letter not in ALPHABET and letter not in " -\t\n" for letter in typed)
    if stray or len(letters) != CODE_LETTERS:
        raise RegisterError(Code.REGISTER_NO_APPLICANT)
    return letters


def code_of(applicant: Applicant) -> str:
    """The code of a desk's keys: the first 100 bits of their SHA-256."""
    parts = (applicant.desk.encode(), applicant.sign_key, applicant.box_key, applicant.once_key, applicant.tls_request)
    bits = int.from_bytes(hashlib.sha256(bind(b"join", *parts)).digest(), "big") >> (256 - 5 * CODE_LETTERS)
    return "".join(ALPHABET[bits >> 5 * index & 31] for index in reversed(range(CODE_LETTERS)))


def require_code(applicant: Applicant | None, code: str) -> Applicant:
    """Raises RegisterError(REGISTER_NO_APPLICANT) where nobody asks under this code, or somebody with other keys."""
    if applicant is None or not hmac.compare_digest(code_of(applicant), code):
        raise RegisterError(Code.REGISTER_NO_APPLICANT)
    return applicant


def _bound(applicant: Applicant) -> bytes:
    return bind(b"join", code_of(applicant).encode())
