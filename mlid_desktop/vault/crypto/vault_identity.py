"""The identity of a vault: identifier, creation, and whether it is a demo vault."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mlid_desktop.vault.crypto.envelope import ENVELOPE_VERSION, bind

VAULT_ID_BYTES = 16


@dataclass(frozen=True, slots=True)
class VaultIdentity:
    """Identity of a vault; ``vault_id`` is 32 hex digits. A demo vault admits recorded and simulated sources, for
    ever."""

    vault_id: str
    demo: bool
    created_at: datetime

    @property
    def number(self) -> bytes:
        """The vault's identifier as 16 bytes, the salt of every derivation."""
        return bytes.fromhex(self.vault_id)

    @property
    def header(self) -> bytes:
        """The bytes bound into every wrap and record: format version, vault, demo flag, creation."""
        flag = b"demo" if self.demo else b"operational"
        return bind(bytes([ENVELOPE_VERSION]), self.number, flag, self.created_at.isoformat().encode())
