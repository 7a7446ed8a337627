"""The identity of a vault: identifier, creation, and whether it is a demo vault."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

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
        return _header(self.vault_id, self.demo, self.created_at.isoformat())


@lru_cache(maxsize=16)
def _header(vault_id: str, demo: bool, created_at: str) -> bytes:
    """The header of a vault whose creation is written so; asked for with every record, of a vault or two."""
    flag = b"demo" if demo else b"operational"
    return bind(bytes([ENVELOPE_VERSION]), bytes.fromhex(vault_id), flag, created_at.encode())
