"""The head: the vault's generation, kept beside the database so that an old one put back is noticed (FORMAT.md, 6)."""

from __future__ import annotations

import hmac
import struct
from dataclasses import dataclass
from pathlib import Path

from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.vault.crypto.envelope import ENVELOPE_VERSION, bind
from mlid_desktop.vault.crypto.vault_identity import VaultIdentity
from mlid_desktop.vault.store.atomic_files import StagedFile, read_whole

HEAD_FILE = "head"
LAYOUT = ">BQ32s"
BODY_BYTES = struct.calcsize(LAYOUT)
MAXIMUM_HEAD = 1024


@dataclass(frozen=True, slots=True)
class Head:
    """The generation of the newest commit, and the digest of the state that it left."""

    generation: int
    digest: bytes


def stage_head(folder: Path, head: Head, key: bytearray, identity: VaultIdentity) -> StagedFile:
    """Writes and flushes a head beside the present one; to be published once the database has committed."""
    return StagedFile(folder / HEAD_FILE, head_bytes(head, key, identity))


def head_bytes(head: Head, key: bytearray, identity: VaultIdentity) -> bytes:
    """A head as the bytes of its file."""
    body = struct.pack(LAYOUT, ENVELOPE_VERSION, head.generation, head.digest)
    return body + _mac(body, key, identity)


def read_head(folder: Path, key: bytearray, identity: VaultIdentity) -> Head:
    """Reads the head. Raises VaultError (VAULT_DAMAGED, VAULT_UNSUPPORTED_VERSION)."""
    untrusted = read_whole(folder / HEAD_FILE, MAXIMUM_HEAD)
    if untrusted and untrusted[0] != ENVELOPE_VERSION:
        raise VaultError(Code.VAULT_UNSUPPORTED_VERSION, found=untrusted[0])
    body, mac = untrusted[:BODY_BYTES], untrusted[BODY_BYTES:]
    if len(body) != BODY_BYTES or not hmac.compare_digest(mac, _mac(body, key, identity)):
        raise VaultError(Code.VAULT_DAMAGED, what=HEAD_FILE)
    _, generation, digest = struct.unpack(LAYOUT, body)
    return Head(generation, digest)


def is_behind(beside: Head, database: Head, before: bytes) -> bool:
    """Whether the stored head is one generation behind the database, as a kill between commit and head leaves it.

    ``before`` is the digest that the database says it had one generation ago. Raises VaultError(VAULT_ROLLED_BACK) for
    anything else that differs.
    """
    if database == beside:
        return False
    if database.generation != beside.generation + 1 or not hmac.compare_digest(before, beside.digest):
        raise VaultError(Code.VAULT_ROLLED_BACK)
    return True


def _mac(body: bytes, key: bytearray, identity: VaultIdentity) -> bytes:
    return hmac.digest(key, bind(b"head", identity.header, body), "sha256")
