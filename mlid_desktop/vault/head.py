"""The head: how far the vault has come, kept beside the database so that an old copy is noticed (FORMAT.md, 6)."""

from __future__ import annotations

import hashlib
import hmac
import struct
from dataclasses import dataclass
from pathlib import Path

from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.vault.envelope import FORMAT_VERSION
from mlid_desktop.vault.files import read_whole, write_whole

HEAD_FILE = "head"
LAYOUT = ">BQ32s"


@dataclass(frozen=True, slots=True)
class Head:
    """Generation and digest of the newest commit."""

    generation: int
    digest: bytes


def write_head(folder: Path, head: Head, key: bytearray) -> None:
    """Flushed before success is reported."""
    body = struct.pack(LAYOUT, FORMAT_VERSION, head.generation, head.digest)
    write_whole(folder / HEAD_FILE, body + hmac.new(bytes(key), body, hashlib.sha256).digest())


def read_head(folder: Path, key: bytearray) -> Head:
    """Raises VaultError(VAULT_DAMAGED, VAULT_UNSUPPORTED_VERSION)."""
    untrusted = read_whole(folder / HEAD_FILE)
    body, mac = untrusted[: struct.calcsize(LAYOUT)], untrusted[struct.calcsize(LAYOUT) :]
    if not hmac.compare_digest(mac, hmac.new(bytes(key), body, hashlib.sha256).digest()):
        raise VaultError(Code.VAULT_DAMAGED, what=HEAD_FILE)
    version, generation, digest = struct.unpack(LAYOUT, body)
    if version != FORMAT_VERSION:
        raise VaultError(Code.VAULT_UNSUPPORTED_VERSION, found=version)
    return Head(generation, digest)


def require_not_rolled_back(database: Head, before_last: bytes, beside: Head) -> bool:
    """Whether the head must be brought forward: a kill between commit and head leaves the database exactly one ahead.

    Raises VaultError(VAULT_ROLLED_BACK) for anything else that differs.
    """
    if database == beside:
        return False
    one_ahead = database.generation == beside.generation + 1 and before_last == beside.digest
    if not one_ahead:
        raise VaultError(Code.VAULT_ROLLED_BACK)
    return True
