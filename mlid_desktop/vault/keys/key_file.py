"""What a key file is made of, and how it is written down (FORMAT.md, section 3)."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.domain.subjects import Operator
from mlid_desktop.vault.crypto.envelope import FORMAT_VERSION, bind, derive, wipe
from mlid_desktop.vault.crypto.vault_identity import VaultIdentity
from mlid_desktop.vault.keys.slots import BY_PASSPHRASE, Grant, Latch

KEY_FILE = "vault.keys"


@dataclass(frozen=True, slots=True)
class Succession:
    """One rotation of the control root: the verify key ``by`` vouched for ``to`` from ``epoch`` on."""

    by: bytes
    to: bytes
    epoch: int
    signature: bytes


@dataclass(frozen=True, slots=True)
class Control:
    """What supervisors sign: the identity, who is granted what, and who signs now. ``epoch`` counts rotations."""

    identity: VaultIdentity
    epoch: int
    verify_key: bytes
    grants: tuple[Grant, ...]
    succession: tuple[Succession, ...] = ()

    @property
    def trusted_keys(self) -> tuple[bytes, ...]:
        """The verify key of now and those before it, newest first."""
        return (self.verify_key, *(step.by for step in reversed(self.succession)))

    @property
    def signed_bytes(self) -> bytes:
        """What the signature is over."""
        return bind(b"control", self.identity.header, canonical(_control_content(self)))


@dataclass(frozen=True, slots=True)
class KeyFile:
    """``subject_wrap`` is the wrapped subject-wrap key; ``pending`` its successor while an erasure is under way;
    ``rotation`` is the digest of the head that comes with these keys, while a rotation is being completed."""

    control: Control
    signature: bytes
    generation: int
    latches: tuple[Latch, ...]
    subject_wrap: bytes = field(repr=False)
    pending: bytes = field(default=b"", repr=False)
    rotation: bytes = b""

    @property
    def identity(self) -> VaultIdentity:
        """Which vault this opens."""
        return self.control.identity

    @property
    def operators(self) -> tuple[Operator, ...]:
        """Everybody with a slot."""
        return tuple(grant.operator for grant in self.control.grants if grant.kind == BY_PASSPHRASE)

    def grant(self, name: str | None) -> Grant:
        """The named person's, or the only one. Raises VaultError(VAULT_UNKNOWN_OPERATOR)."""
        people = self.operators
        if name is None and len(people) == 1:
            name = people[0].name
        found = next((one for one in self.control.grants if one.name == name), None)
        if found is None:
            raise VaultError(Code.VAULT_UNKNOWN_OPERATOR)
        return found

    def latch(self, name: str) -> Latch:
        """The named person's. Raises VaultError(VAULT_DAMAGED) where a grant has no latch."""
        found = next((one for one in self.latches if one.name == name), None)
        if found is None:
            raise VaultError(Code.VAULT_DAMAGED, what=KEY_FILE)
        return found

    def with_wrap(self, subject_wrap: bytes, pending: bytes) -> KeyFile:
        """A generation further, with these subject-wrap keys."""
        return replace(self, subject_wrap=subject_wrap, pending=pending, rotation=b"", generation=self.generation + 1)

    def with_rotation(self, digest: bytes) -> KeyFile:
        """The same generation, naming the head of the database that comes with it."""
        return replace(self, rotation=digest)

    def with_latch(self, latch: Latch) -> KeyFile:
        """A generation further, with this latch in the place of the one of the same name."""
        latches = tuple(latch if one.name == latch.name else one for one in self.latches)
        return replace(self, latches=latches, generation=self.generation + 1)

    def written(self, data_root: bytearray) -> bytes:
        """The file's bytes."""
        content = _content(self)
        content["mac"] = _mac(content, data_root, self.identity).hex()
        content["checksum"] = checksum(content)
        return canonical(content) + b"\n"


def canonical(content: Mapping[str, Any]) -> bytes:
    """JSON in one spelling: keys in order, no space, ASCII."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False).encode()


def _mac(content: Mapping[str, Any], data_root: bytearray, identity: VaultIdentity) -> bytes:
    covered = canonical({name: value for name, value in content.items() if name not in {"mac", "checksum"}})
    key = derive(data_root, "key-file", identity.number)
    mac = hmac.digest(key, covered, "sha256")
    wipe(key)
    return mac


def checksum(content: Mapping[str, Any]) -> str:
    """Anybody can take it: SHA-256 over all fields but itself."""
    covered = {name: value for name, value in content.items() if name != "checksum"}
    return hashlib.sha256(canonical(covered)).hexdigest()


def _content(key_file: KeyFile) -> dict[str, Any]:
    pending = (("subject_wrap", key_file.pending), ("rotation", key_file.rotation))
    return {
        "format": FORMAT_VERSION,
        "control": _control_content(key_file.control),
        "signature": key_file.signature.hex(),
        "generation": key_file.generation,
        "latches": [
            {
                "name": latch.name,
                "binding": latch.binding,
                "salt": latch.salt.hex(),
                "memory_kib": latch.cost.memory_kib,
                "passes": latch.cost.passes,
                "lanes": latch.cost.lanes,
                "sealed_private": latch.sealed_private.hex(),
            }
            for latch in key_file.latches
        ],
        "subject_wrap": key_file.subject_wrap.hex(),
        "pending": {name: value.hex() for name, value in pending if value},
    }


def _control_content(control: Control) -> dict[str, Any]:
    return {
        "vault": control.identity.vault_id,
        "demo": control.identity.demo,
        "created": control.identity.created_at.isoformat(),
        "epoch": control.epoch,
        "verify_key": control.verify_key.hex(),
        "grants": [
            {
                "name": grant.name,
                "role": grant.role.value,
                "kind": grant.kind,
                "public": grant.public.hex(),
                "sealed_roots": grant.sealed_roots.hex(),
            }
            for grant in control.grants
        ],
        "succession": [
            {"by": step.by.hex(), "to": step.to.hex(), "epoch": step.epoch, "signature": step.signature.hex()}
            for step in control.succession
        ],
    }
