"""The content of a backup's two parts: rows in the bulk part, keys and ledger in the small one (FORMAT.md, 12)."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.domain.subjects import LedgerEntry
from mlid_desktop.vault.backup.stream import BACKUP
from mlid_desktop.vault.crypto.envelope import (
    KEY_BYTES,
    LENGTH_BYTES,
    bind,
    derive,
    seal,
    unbind,
    unseal,
    wipe,
)
from mlid_desktop.vault.crypto.vault_identity import VaultIdentity
from mlid_desktop.vault.keys.key_file import KeyFile
from mlid_desktop.vault.keys.key_file_codec import MAXIMUM_COUNTER, read_key_file
from mlid_desktop.vault.keys.slots import Roots
from mlid_desktop.vault.rebuild.reencryption import Batch
from mlid_desktop.vault.subjects.erasure_ledger import ledger_bytes, read_ledger

BULK_FILE, KEYS_FILE = "bulk.mlid", "keys.mlid"
BULK, KEYS = "bulk", "keys"
BACKUP_FORMAT = 1
SUBJECT_BYTES = 16
PEOPLE_AT_A_TIME = 20_000
MOST_PLAIN = 4 * 1024 * 1024
COMMON_FIELDS = {"backup", "created", "demo", "format", "generation", "made_at", "part", "vault"}
KEYS_FIELDS = COMMON_FIELDS | {"backup_key", "bulk", "vault_keys"}
PORTRAITS_FOLLOW = bytes(SUBJECT_BYTES + KEY_BYTES)  # stands in the place of a key, between people's and portraits'
NOTHING, NUMBER, TEXT, BYTES = b"n", b"i", b"s", b"b"


@dataclass(frozen=True, slots=True)
class BackupHead:
    """Identity of a backup: the vault, the time, and the vault's generation then."""

    backup_id: str
    identity: VaultIdentity
    made_at: datetime
    generation: int

    def written(self, part: str) -> dict[str, Any]:
        """The header fields that both parts of a backup begin with."""
        return {
            "format": BACKUP_FORMAT,
            "part": part,
            "backup": self.backup_id,
            "vault": self.identity.vault_id,
            "demo": self.identity.demo,
            "created": self.identity.created_at.isoformat(),
            "made_at": self.made_at.isoformat(),
            "generation": self.generation,
        }

    def key(self, backup_key: bytearray, part: str) -> bytearray:
        """Derives the key that seals the chunks of one part."""
        return derive(backup_key, f"backup-{part}", self.identity.number, bytes.fromhex(self.backup_id))

    def seal_key(self, backup_key: bytearray, roots: Roots) -> bytes:
        """Seals the backup's key under the data root."""
        guard = derive(roots.data, "backup", self.identity.number)
        sealed = seal(guard, backup_key, self._context)
        wipe(guard)
        return sealed

    def open_key(self, untrusted: bytes, roots: Roots) -> bytearray:
        """Opens the backup's key as :meth:`seal_key` sealed it. Raises VaultError(VAULT_DAMAGED)."""
        guard = derive(roots.data, "backup", self.identity.number)
        key = bytearray(unseal(guard, untrusted, self._context, BACKUP))
        wipe(guard)
        if len(key) != KEY_BYTES:
            raise VaultError(Code.VAULT_DAMAGED, what=BACKUP)
        return key

    @property
    def _context(self) -> bytes:
        return bind(b"backup-key", self.identity.header, bytes.fromhex(self.backup_id))


@dataclass(frozen=True, slots=True)
class KeysHeader:
    """The header of a backup's key part, with the vault's key file, which opens the rest."""

    head: BackupHead
    vault_keys: bytes = field(repr=False)
    key_file: KeyFile = field(repr=False)
    backup_key: bytes = field(repr=False)
    bulk_digest: bytes


@dataclass(frozen=True, slots=True)
class KeyPart:
    """The content of a backup's key part: the keys of people and portraits, the ledger of erasures, and the wrapped
    keys of the audit chain."""

    audit_keys: Mapping[str, bytes] = field(repr=False)
    ledger: tuple[LedgerEntry, ...]
    people: Mapping[str, bytes] = field(repr=False)
    portraits: Mapping[str, bytes] = field(repr=False, default_factory=dict)

    def chunks(self) -> Iterator[bytes]:
        """The key part as chunks of bytes."""
        yield bind(*(part for name, value in sorted(self.audit_keys.items()) for part in (name.encode(), value)))
        yield ledger_bytes(self.ledger)
        kept = [bytes.fromhex(subject_id) + key for subject_id, key in self.people.items()]
        if self.portraits:
            kept += [PORTRAITS_FOLLOW]
            kept += [bytes.fromhex(portrait_id) + key for portrait_id, key in self.portraits.items()]
        for start in range(0, len(kept), PEOPLE_AT_A_TIME):
            yield b"".join(kept[start : start + PEOPLE_AT_A_TIME])

    @classmethod
    def read(cls, chunks: Iterable[bytes]) -> KeyPart:
        """Reads a key part from its chunks. Raises VaultError(VAULT_DAMAGED)."""
        found = iter(chunks)
        parts = _unbound(next(found, b""))
        audit_keys = {name.decode(): value for name, value in zip(parts[::2], parts[1::2], strict=False)}
        ledger = read_ledger(next(found, b""))
        people: dict[str, bytes] = {}
        portraits: dict[str, bytes] = {}
        kept, size = people, SUBJECT_BYTES + KEY_BYTES
        for chunk in found:
            if len(chunk) % size:
                raise VaultError(Code.VAULT_DAMAGED, what=BACKUP)
            for at in range(0, len(chunk), size):
                if chunk[at : at + size] == PORTRAITS_FOLLOW:
                    kept = portraits
                else:
                    kept[chunk[at : at + SUBJECT_BYTES].hex()] = chunk[at + SUBJECT_BYTES : at + size]
        return cls(audit_keys, ledger, people, portraits)


def read_head(untrusted: Mapping[str, Any], part: str) -> BackupHead:
    """Parses the header fields that both parts of a backup begin with. Raises VaultError(VAULT_DAMAGED,
    VAULT_UNSUPPORTED_VERSION)."""
    if untrusted.get("format") != BACKUP_FORMAT:
        raise VaultError(Code.VAULT_UNSUPPORTED_VERSION, found=str(untrusted.get("format"))[:20])
    try:
        created, made_at = (datetime.fromisoformat(untrusted[name]) for name in ("created", "made_at"))
        generation, demo = untrusted["generation"], untrusted["demo"]
        fields = set(untrusted) == (KEYS_FIELDS if part == KEYS else COMMON_FIELDS) and untrusted["part"] == part
        sixteen = all(len(bytes.fromhex(untrusted[name])) == SUBJECT_BYTES for name in ("vault", "backup"))
        values = type(generation) is int and 0 <= generation < MAXIMUM_COUNTER and isinstance(demo, bool)
        times = created.tzinfo is not None and made_at.tzinfo is not None
        found = BackupHead(untrusted["backup"], VaultIdentity(untrusted["vault"], demo, created), made_at, generation)
    except (ValueError, TypeError, KeyError):
        raise VaultError(Code.VAULT_DAMAGED, what=BACKUP) from None
    if not (fields and sixteen and values and times):
        raise VaultError(Code.VAULT_DAMAGED, what=BACKUP)
    return found


def read_keys_header(untrusted: Mapping[str, Any]) -> KeysHeader:
    """Parses the header of a backup's key part. Raises VaultError."""
    head = read_head(untrusted, KEYS)
    try:
        vault_keys = untrusted["vault_keys"].encode("ascii")
        sealed, digest = bytes.fromhex(untrusted["backup_key"]), bytes.fromhex(untrusted["bulk"])
    except (ValueError, TypeError, AttributeError):
        raise VaultError(Code.VAULT_DAMAGED, what=BACKUP) from None
    key_file = read_key_file(vault_keys)
    if key_file.identity != head.identity:
        raise VaultError(Code.VAULT_DAMAGED, what=BACKUP)
    return KeysHeader(head, vault_keys, key_file, sealed, digest)


def bulk_chunks(found: Iterable[Batch]) -> Iterator[bytes]:
    """The bulk part as chunks of bytes: table, columns, and every cell with its type."""
    for batch in found:
        prefix = bind(batch.table.encode(), ",".join(batch.columns).encode())
        waiting = bytearray()
        for row in batch.rows:
            cells = bind(*(_cell(cell) for cell in row))
            if waiting and len(waiting) + len(cells) > MOST_PLAIN:
                yield prefix + bytes(waiting)
                waiting.clear()
            waiting += cells
        yield prefix + bytes(waiting)


def read_batch(chunk: bytes) -> Batch:
    """Parses one chunk of :func:`bulk_chunks`. Raises VaultError(VAULT_DAMAGED)."""
    table, columns, *cells = _unbound(chunk)
    names = tuple(columns.decode().split(","))
    if len(cells) % len(names):
        raise VaultError(Code.VAULT_DAMAGED, what=BACKUP)
    values = [_read_cell(cell) for cell in cells]
    rows = tuple(tuple(values[at : at + len(names)]) for at in range(0, len(values), len(names)))
    return Batch(table.decode(), names, rows)


def _cell(cell: Any) -> bytes:
    if cell is None:
        return NOTHING
    if isinstance(cell, str):
        return TEXT + cell.encode()
    return NUMBER + struct.pack(">Q", cell) if isinstance(cell, int) else BYTES + bytes(cell)


def _read_cell(untrusted: bytes) -> Any:
    kind, value = untrusted[:1], untrusted[1:]
    if kind == TEXT:
        return value.decode()
    if kind == NUMBER and len(value) == 8:
        return struct.unpack(">Q", value)[0]
    if kind == BYTES:
        return value
    if kind == NOTHING and not value:
        return None
    raise VaultError(Code.VAULT_DAMAGED, what=BACKUP)


def _unbound(joined: bytes) -> list[bytes]:
    """The parts that ``bind`` joined, however many. Raises VaultError(VAULT_DAMAGED)."""
    number, at = 0, 0
    while at < len(joined):
        at += LENGTH_BYTES + int.from_bytes(joined[at : at + LENGTH_BYTES], "big")
        number += 1
    try:
        return unbind(joined, number)
    except ValueError:
        raise VaultError(Code.VAULT_DAMAGED, what=BACKUP) from None
