"""The key file: who may open the vault, and the wrapped keys (FORMAT.md, section 3)."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.domain.subjects import Role
from mlid_desktop.vault.envelope import FORMAT_VERSION, bind, derive
from mlid_desktop.vault.slots import MAXIMUM_NAME, MAXIMUM_SLOTS, KdfCost, Slot

KEY_FILE = "vault.keys"
VAULT_ID_BYTES = 16
FIELDS = {"format", "vault", "demo", "created", "generation", "verify_key", "slots", "subject_wrap", "pending", "mac"}
SLOT_FIELDS = {"name", "role", "salt", "memory_kib", "passes", "lanes", "wrapped"}


@dataclass(frozen=True, slots=True)
class VaultIdentity:
    """Which vault this is. A demo vault admits recorded and simulated sources, for ever."""

    vault_id: str
    demo: bool
    created_at: datetime

    @property
    def header(self) -> bytes:
        """Bound into every wrap and record: format, vault, demo flag, creation."""
        flag = b"demo" if self.demo else b"operational"
        return bind(bytes([FORMAT_VERSION]), bytes.fromhex(self.vault_id), flag, self.created_at.isoformat().encode())


@dataclass(frozen=True, slots=True)
class KeyFile:
    """``subject_wrap`` is the wrapped subject-wrap key; ``pending`` its successor while an erasure is under way."""

    identity: VaultIdentity
    generation: int
    verify_key: bytes
    slots: tuple[Slot, ...]
    subject_wrap: bytes = field(repr=False)
    pending: bytes = field(default=b"", repr=False)

    def slot(self, name: str | None) -> Slot:
        """The named slot, or the only one. Raises VaultError(VAULT_UNKNOWN_OPERATOR)."""
        if name is None and len(self.slots) == 1:
            return self.slots[0]
        found = next((slot for slot in self.slots if slot.name == name), None)
        if found is None:
            raise VaultError(Code.VAULT_UNKNOWN_OPERATOR)
        return found

    def with_slot(self, slot: Slot) -> KeyFile:
        """A generation further, with one more slot. Raises VaultError where the name is taken or no slot is left."""
        if len(self.slots) >= MAXIMUM_SLOTS or any(one.name == slot.name for one in self.slots):
            raise VaultError(Code.VAULT_NOT_PERMITTED)
        return replace(self, slots=(*self.slots, slot), generation=self.generation + 1)

    def written(self, data_root: bytearray) -> bytes:
        """The file's bytes, authenticated as a whole by the data root."""
        content = self._content()
        content["mac"] = _mac(content, data_root, self.identity).hex()
        return _canonical(content) + b"\n"

    def _content(self) -> dict[str, Any]:
        return {
            "format": FORMAT_VERSION,
            "vault": self.identity.vault_id,
            "demo": self.identity.demo,
            "created": self.identity.created_at.isoformat(),
            "generation": self.generation,
            "verify_key": self.verify_key.hex(),
            "slots": [_slot_content(slot) for slot in self.slots],
            "subject_wrap": self.subject_wrap.hex(),
            "pending": self.pending.hex(),
        }


def read_key_file(untrusted: bytes) -> KeyFile:
    """The file's content, every field checked. :func:`require_authentic` checks its author, once a slot is open.

    Raises VaultError(VAULT_DAMAGED, VAULT_UNSUPPORTED_VERSION).
    """
    try:
        content = json.loads(untrusted)
        found = content["format"]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise VaultError(Code.VAULT_DAMAGED, what=KEY_FILE) from None
    if found != FORMAT_VERSION:
        raise VaultError(Code.VAULT_UNSUPPORTED_VERSION, found=str(found)[:20])
    try:
        return _checked(content)
    except (ValueError, TypeError, KeyError):
        raise VaultError(Code.VAULT_DAMAGED, what=KEY_FILE) from None


def _checked(content: dict[str, Any]) -> KeyFile:
    """Raises ValueError, TypeError or KeyError where anything is not as it should be."""
    created = datetime.fromisoformat(content["created"])
    whole = set(content) == FIELDS and isinstance(content["demo"], bool) and len(content["slots"]) <= MAXIMUM_SLOTS
    if not whole or created.tzinfo is None or len(bytes.fromhex(content["vault"])) != VAULT_ID_BYTES:
        raise ValueError("fields")
    return KeyFile(
        VaultIdentity(content["vault"], content["demo"], created),
        int(content["generation"]),
        bytes.fromhex(content["verify_key"]),
        tuple(_slot(untrusted_slot) for untrusted_slot in content["slots"]),
        bytes.fromhex(content["subject_wrap"]),
        bytes.fromhex(content["pending"]),
    )


def require_authentic(untrusted: bytes, key_file: KeyFile, data_root: bytearray) -> None:
    """Raises VaultError(VAULT_DAMAGED) where any byte of the file is not what the data root vouched for."""
    claimed = json.loads(untrusted)["mac"]
    expected = _mac(key_file._content(), data_root, key_file.identity)
    same_text = untrusted == key_file.written(data_root)
    if not isinstance(claimed, str) or not hmac.compare_digest(claimed, expected.hex()) or not same_text:
        raise VaultError(Code.VAULT_DAMAGED, what=KEY_FILE)


def _slot(untrusted: Any) -> Slot:
    if not isinstance(untrusted, dict) or set(untrusted) != SLOT_FIELDS or len(untrusted["name"]) > MAXIMUM_NAME:
        raise ValueError
    cost = KdfCost(int(untrusted["memory_kib"]), int(untrusted["passes"]), int(untrusted["lanes"]))
    return Slot(
        str(untrusted["name"]),
        Role(untrusted["role"]),
        bytes.fromhex(untrusted["salt"]),
        cost,
        bytes.fromhex(untrusted["wrapped"]),
    )


def _slot_content(slot: Slot) -> dict[str, Any]:
    return {
        "name": slot.name,
        "role": slot.role.value,
        "salt": slot.salt.hex(),
        "memory_kib": slot.cost.memory_kib,
        "passes": slot.cost.passes,
        "lanes": slot.cost.lanes,
        "wrapped": slot.wrapped.hex(),
    }


def _canonical(content: dict[str, Any]) -> bytes:
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode("ascii")


def _mac(content: dict[str, Any], data_root: bytearray, identity: VaultIdentity) -> bytes:
    key = derive(data_root, "key-file", bytes.fromhex(identity.vault_id))
    return hmac.new(bytes(key), _canonical(content), hashlib.sha256).digest()
