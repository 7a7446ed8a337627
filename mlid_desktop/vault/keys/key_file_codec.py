"""Reads and writes the key file: who may open the vault, and the wrapped keys (FORMAT.md, section 3).

Canonical JSON, so that one content has one spelling. Three codes guard it: a checksum that anybody can take (damage by
accident is not mistaken for a wrong passphrase), the supervisors' signature over grants and roles, and a MAC under the
data root over everything.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.domain.subjects import Role
from mlid_desktop.vault.crypto.envelope import KEY_BYTES, bind, derive, wipe
from mlid_desktop.vault.crypto.signing import SIGNATURE_BYTES
from mlid_desktop.vault.crypto.vault_identity import VAULT_ID_BYTES, VaultIdentity
from mlid_desktop.vault.keys.key_file import KEY_FILE, READABLE_FORMATS, Control, KeyFile, Succession
from mlid_desktop.vault.keys.slots import BY_RECOVERY, MAXIMUM_NAME, MAXIMUM_SLOTS, SALT_BYTES, Grant, KdfCost, Latch
from mlid_desktop.vault.store.atomic_files import replace_secret

__all__ = [
    "KEY_FILE",
    "Control",
    "KeyFile",
    "Succession",
    "canonical",
    "control_bytes",
    "key_file_bytes",
    "read_key_file",
    "require_authentic",
    "write_key_file",
]

MAXIMUM_KEY_FILE = 1024 * 1024
MAXIMUM_COUNTER = 2**62
MAXIMUM_SUCCESSIONS = 1024
FIELDS = {"checksum", "control", "format", "generation", "latches", "mac", "pending", "signature", "subject_wrap"}
CONTROL_FIELDS = {"created", "demo", "epoch", "grants", "succession", "vault", "verify_key"}
GRANT_FIELDS = {"kind", "name", "public", "role", "sealed_roots"}
LATCH_FIELDS = {"binding", "lanes", "memory_kib", "name", "passes", "salt", "sealed_private"}
PENDING_FIELDS = {"rotation", "subject_wrap"}
SUCCESSION_FIELDS = {"by", "epoch", "signature", "to"}


def read_key_file(untrusted: bytes) -> KeyFile:
    """Parses a key file, every field checked; ``slot_operations.open_slot`` and :func:`require_authentic` check who
    wrote it.

    Raises VaultError(VAULT_DAMAGED, VAULT_UNSUPPORTED_VERSION).
    """
    try:
        content = json.loads(untrusted)
        return _key_file(content, untrusted)
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
        raise VaultError(Code.VAULT_DAMAGED, what=KEY_FILE) from None


def require_authentic(untrusted: bytes, key_file: KeyFile, data_root: bytearray) -> None:
    """Raises VaultError(VAULT_DAMAGED) where any byte of a key file is not what a holder of the data root wrote."""
    if not hmac.compare_digest(untrusted, key_file_bytes(key_file, data_root)):
        raise VaultError(Code.VAULT_DAMAGED, what=KEY_FILE)


def write_key_file(folder: Path, key_file: KeyFile, data_root: bytearray) -> None:
    """Replaces the vault's key file and overwrites the one before. Raises VaultError."""
    replace_secret(folder / KEY_FILE, key_file_bytes(key_file, data_root))


def key_file_bytes(key_file: KeyFile, data_root: bytearray) -> bytes:
    """A key file as bytes."""
    content = _content(key_file)
    content["mac"] = _mac(content, data_root, key_file.identity).hex()
    content["checksum"] = checksum(content)
    return canonical(content) + b"\n"


def control_bytes(control: Control) -> bytes:
    """The bytes that the supervisors' signature is over."""
    return bind(b"control", control.identity.header, canonical(_control_content(control)))


def canonical(content: Mapping[str, Any]) -> bytes:
    """Canonical JSON: keys in order, no space, ASCII."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False).encode()


def checksum(content: Mapping[str, Any]) -> str:
    """The unkeyed checksum of a key file: SHA-256 over all fields but itself."""
    covered = {name: value for name, value in content.items() if name != "checksum"}
    return hashlib.sha256(canonical(covered)).hexdigest()


def _mac(content: Mapping[str, Any], data_root: bytearray, identity: VaultIdentity) -> bytes:
    covered = canonical({name: value for name, value in content.items() if name not in {"mac", "checksum"}})
    key = derive(data_root, "key-file", identity.number)
    mac = hmac.digest(key, covered, "sha256")
    wipe(key)
    return mac


def _content(key_file: KeyFile) -> dict[str, Any]:
    pending = (("subject_wrap", key_file.pending), ("rotation", key_file.rotation))
    return {
        "format": key_file.format,
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


def _key_file(content: Any, untrusted: bytes) -> KeyFile:
    if type(content["format"]) is not int or content["format"] not in READABLE_FORMATS:
        raise VaultError(Code.VAULT_UNSUPPORTED_VERSION, found=str(content["format"])[:20])
    _require_fields(content, FIELDS)
    if content["checksum"] != checksum(content) or untrusted != canonical(content) + b"\n":
        raise ValueError
    untrusted_latches = _list(content["latches"], MAXIMUM_SLOTS)
    if not isinstance(content["pending"], dict) or not set(content["pending"]) <= PENDING_FIELDS:
        raise VaultError(Code.VAULT_UNSUPPORTED_VERSION, found="pending")
    return KeyFile(
        _control(content["control"]),
        _bytes(content["signature"], SIGNATURE_BYTES),
        _counter(content["generation"]),
        tuple(_latch(untrusted) for untrusted in untrusted_latches),
        _bytes(content["subject_wrap"]),
        _bytes(content["pending"].get("subject_wrap", "")),
        _bytes(content["pending"].get("rotation", "")),
        content["format"],
    )


def _control(untrusted: Any) -> Control:
    _require_fields(untrusted, CONTROL_FIELDS)
    created = datetime.fromisoformat(untrusted["created"])
    if created.tzinfo is None or not isinstance(untrusted["demo"], bool):
        raise ValueError
    identity = VaultIdentity(_bytes(untrusted["vault"], VAULT_ID_BYTES).hex(), untrusted["demo"], created)
    grants = tuple(_grant(grant) for grant in _list(untrusted["grants"], MAXIMUM_SLOTS))
    people = [grant for grant in grants if grant.kind != BY_RECOVERY]
    if len({grant.name for grant in grants}) != len(grants) or not people or len(grants) - len(people) > 1:
        raise ValueError
    steps = tuple(_succession(step) for step in _list(untrusted["succession"], MAXIMUM_SUCCESSIONS))
    key = _bytes(untrusted["verify_key"], KEY_BYTES)
    return Control(identity, _epoch(untrusted["epoch"]), key, grants, steps)


def _grant(untrusted: Any) -> Grant:
    _require_fields(untrusted, GRANT_FIELDS)
    public, sealed = _bytes(untrusted["public"], KEY_BYTES), _bytes(untrusted["sealed_roots"])
    return Grant(_name(untrusted["name"]), Role(untrusted["role"]), _name(untrusted["kind"]), public, sealed)


def _latch(untrusted: Any) -> Latch:
    _require_fields(untrusted, LATCH_FIELDS)
    cost = KdfCost(_epoch(untrusted["memory_kib"]), _epoch(untrusted["passes"]), _epoch(untrusted["lanes"]))
    salt, sealed = _bytes(untrusted["salt"], SALT_BYTES), _bytes(untrusted["sealed_private"])
    return Latch(_name(untrusted["name"]), _name(untrusted["binding"]), salt, cost, sealed)


def _succession(untrusted: Any) -> Succession:
    _require_fields(untrusted, SUCCESSION_FIELDS)
    by, successor = _bytes(untrusted["by"], KEY_BYTES), _bytes(untrusted["to"], KEY_BYTES)
    return Succession(by, successor, _epoch(untrusted["epoch"]), _bytes(untrusted["signature"], SIGNATURE_BYTES))


def _require_fields(untrusted: Any, fields: set[str]) -> None:
    if not isinstance(untrusted, dict) or set(untrusted) != fields:
        raise ValueError


def _list(untrusted: Any, most: int) -> list[Any]:
    if not isinstance(untrusted, list) or len(untrusted) > most:
        raise ValueError
    return untrusted


def _name(untrusted: Any) -> str:
    if not isinstance(untrusted, str) or not 1 <= len(untrusted) <= MAXIMUM_NAME:
        raise ValueError
    return untrusted


def _bytes(untrusted: Any, length: int | None = None) -> bytes:
    if not isinstance(untrusted, str):
        raise TypeError
    value = bytes.fromhex(untrusted)
    if length is not None and len(value) != length:
        raise ValueError
    return value


def _counter(untrusted: Any, most: int = MAXIMUM_COUNTER) -> int:
    if not isinstance(untrusted, int) or isinstance(untrusted, bool) or not 0 <= untrusted <= most:
        raise ValueError
    return untrusted


def _epoch(untrusted: Any) -> int:
    return _counter(untrusted, 2**32 - 1)
