"""A desk's rows about failed attempts, as the register has them: sealed and signed (FORMAT.md, 22)."""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from mlid_desktop.domain.errors import Code, RegisterError, VaultError
from mlid_desktop.vault.crypto.envelope import bind, derive, seal, unseal
from mlid_desktop.vault.crypto.signing import is_signed
from mlid_desktop.vault.crypto.vault_identity import VaultIdentity
from mlid_desktop.vault.keyring import VaultKeys
from mlid_desktop.vault.store.changes.change import NUMBER_BYTES
from mlid_desktop.vault.store.register.attempts import SignedAttempts
from mlid_desktop.vault.unlocked.register.link import RegisterLink
from mlid_desktop.vault.unlocked.register.writing.attempt_notes import KeptAttempts, Said, read_said, said_content

ATTEMPT: Final = "register-attempt"


class AttemptRows:
    """Rows of the register about failed attempts, with the keys of one vault: a person's name there is a keyed hash."""

    def __init__(self, keys: VaultKeys, identity: VaultIdentity) -> None:
        self._header = identity.header
        self._sealing = derive(keys.roots.data, "register-attempts", identity.number)
        self._naming = derive(keys.roots.data, "register-attempt-names", identity.number)

    def name_of(self, subject_id: str) -> bytes:
        """What a person is called there."""
        return hmac.digest(self._naming, subject_id.encode(), "sha256")

    def row_of(self, subject_id: str, noted: KeptAttempts, link: RegisterLink) -> SignedAttempts:
        """This desk's row of a person."""
        name, desk = self.name_of(subject_id), link.desk.desk
        content = json.dumps(said_content(noted.said), sort_keys=True, separators=(",", ":")).encode()
        bare = SignedAttempts(name, desk, noted.number, seal(self._sealing, content, self._bound(name, desk)), b"")
        return replace(bare, signature=link.desk.sign(self._signed(bare)))

    def said_of(self, untrusted: SignedAttempts, desks: Mapping[str, bytes]) -> Said:
        """What a desk says in a row. Raises RegisterError(REGISTER_DAMAGED) where it is not as that desk, one of
        these, signed it."""
        if not self.is_signed(untrusted, desks):
            raise RegisterError(Code.REGISTER_DAMAGED, what="attempt")
        try:
            bound = self._bound(untrusted.person, untrusted.desk)
            return read_said(json.loads(unseal(self._sealing, untrusted.sealed, bound, ATTEMPT)))
        except (VaultError, ValueError, KeyError, TypeError, AttributeError):
            raise RegisterError(Code.REGISTER_DAMAGED, what="attempt") from None

    def is_signed(self, untrusted: SignedAttempts, desks: Mapping[str, bytes]) -> bool:
        """Whether a row is as its desk signed it; ``desks`` are the verify keys of those that count."""
        if not abs(untrusted.number) < 1 << 8 * NUMBER_BYTES - 1:  # nobody signs such a number
            return False
        return is_signed([desks.get(untrusted.desk, b"")], untrusted.signature, self._signed(untrusted))

    def require_signed(self, untrusted: Iterable[SignedAttempts], desks: Mapping[str, bytes]) -> None:
        """Raises RegisterError(REGISTER_DAMAGED) where a row is not as its desk signed it."""
        if not all(self.is_signed(row, desks) for row in untrusted):
            raise RegisterError(Code.REGISTER_DAMAGED, what="attempt")

    def _signed(self, row: SignedAttempts) -> bytes:
        number = row.number.to_bytes(NUMBER_BYTES, "big", signed=True)
        return bind(b"attempt", self._header, row.desk.encode(), row.person, number, row.sealed)

    def _bound(self, name: bytes, desk: str) -> bytes:
        return bind(ATTEMPT.encode(), self._header, desk.encode(), name)
