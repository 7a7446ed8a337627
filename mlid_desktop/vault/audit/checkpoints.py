"""Checkpoints of the audit: a supervisor's signature over how far audit and vault had come (FORMAT.md, section 7).

Inside the vault they let everybody check what only supervisors could; a copy kept outside tells even where the whole
vault was put back to an earlier day.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from mlid_desktop.domain.audit import AuditFault, AuditFinding, Checkpoint
from mlid_desktop.domain.errors import Code, UsageError
from mlid_desktop.vault.crypto.envelope import bind
from mlid_desktop.vault.crypto.signing import SIGNATURE_BYTES, VERIFY_KEY_BYTES, SigningKey, is_signed, verify_key_of
from mlid_desktop.vault.crypto.vault_identity import VaultIdentity
from mlid_desktop.vault.store.changes.change import Point
from mlid_desktop.vault.store.schema import CHECKPOINTS
from mlid_desktop.vault.store.transaction import Transaction

FIRST_FORMAT, FORMAT = 1, 2  # the first says nothing of changes
MAXIMUM_FILE = 4096
FIRST_FIELDS = (
    "format", "vault", "demo", "created", "sequence", "link", "generation", "at", "verify_key", "signature",
)  # fmt: skip  # a line is enough
FIELDS = (*FIRST_FIELDS, "change_link")
LINK_BYTES = 32
MAXIMUM_NUMBER = 2**63


def sign(
    identity: VaultIdentity, sequence: int, link: bytes, change: Point, at: datetime, key: SigningKey
) -> Checkpoint:
    """Signs a checkpoint of the audit as it is now; ``change`` is the newest change, and that which stores the
    checkpoint comes after it."""
    vault, generation = (identity.vault_id, identity.demo, identity.created_at), change.number + 1
    bare = Checkpoint(*vault, sequence, link, generation, at, verify_key_of(key), b"", change.link)
    return replace(bare, signature=key.sign(_signed(bare)))


def store(transaction: Transaction, checkpoint: Checkpoint) -> None:
    """Stores a checkpoint in the vault, in place of one at the same entry."""
    transaction.delete(CHECKPOINTS, CHECKPOINTS.c.sequence == checkpoint.sequence)
    transaction.insert(CHECKPOINTS, [{"sequence": checkpoint.sequence, "content": checkpoint_bytes(checkpoint)}])


def read_checkpoints(connection: Connection) -> tuple[Checkpoint, ...]:
    """The checkpoints in the vault, oldest first; their signatures are not checked yet. Raises UsageError."""
    rows = connection.execute(sa.select(CHECKPOINTS.c.content).order_by(CHECKPOINTS.c.sequence)).scalars()
    return tuple(read_checkpoint(bytes(content)) for content in rows)


def checkpoint_bytes(checkpoint: Checkpoint) -> bytes:
    """A checkpoint as one line of JSON, keys in the order of the fields, without the line's end."""
    content: dict[str, Any] = {
        "format": FORMAT if checkpoint.change_link else FIRST_FORMAT,
        "vault": checkpoint.vault_id,
        "demo": checkpoint.demo,
        "created": checkpoint.created_at.isoformat(),
        "sequence": checkpoint.sequence,
        "link": checkpoint.link.hex(),
        "generation": checkpoint.generation,
        "at": checkpoint.at.isoformat(),
        "verify_key": checkpoint.verify_key.hex(),
        "signature": checkpoint.signature.hex(),
    }
    if checkpoint.change_link:
        content["change_link"] = checkpoint.change_link.hex()
    return json.dumps(content, separators=(",", ":")).encode()


def read_checkpoint(untrusted: bytes) -> Checkpoint:
    """Parses a checkpoint as :func:`checkpoint_bytes` wrote it; nothing is trusted yet. Raises
    UsageError(USAGE_BAD_ARGUMENT)."""
    try:
        content = _fields(untrusted)
        return Checkpoint(
            _hexadecimal(content["vault"], 16).hex(),
            _flag(content["demo"]),
            datetime.fromisoformat(content["created"]),
            _number(content["sequence"]),
            _hexadecimal(content["link"], LINK_BYTES),
            _number(content["generation"]),
            datetime.fromisoformat(content["at"]),
            _hexadecimal(content["verify_key"], VERIFY_KEY_BYTES),
            _hexadecimal(content["signature"], SIGNATURE_BYTES),
            _hexadecimal(content["change_link"], LINK_BYTES) if "change_link" in content else b"",
        )
    except (ValueError, TypeError, RecursionError):
        raise UsageError(Code.USAGE_BAD_ARGUMENT, what="checkpoint") from None


def finding(
    checkpoint: Checkpoint,
    identity: VaultIdentity,
    trusted: Sequence[bytes],
    links: Sequence[bytes],
    generation: int,
) -> AuditFinding | None:
    """Compares a checkpoint with the audit chain that was walked: the contradiction, None where they agree. ``trusted``
    are the supervisors' verify keys, past and present; ``links`` as in ``verification.Chain``."""
    same_vault = (checkpoint.vault_id, checkpoint.demo, checkpoint.created_at) == (
        identity.vault_id,
        identity.demo,
        identity.created_at,
    )
    if not same_vault or checkpoint.verify_key not in trusted or not is_authentic(checkpoint):
        return AuditFinding(AuditFault.FORGED_CHECKPOINT, checkpoint.sequence)
    if checkpoint.sequence >= len(links) or checkpoint.generation > generation:
        return AuditFinding(AuditFault.ROLLED_BACK, min(len(links), checkpoint.sequence))
    if links[checkpoint.sequence] != checkpoint.link:
        return AuditFinding(AuditFault.REWRITTEN, checkpoint.sequence)
    return None


def signed_change(known: Sequence[Checkpoint]) -> Point | None:
    """The change up to which the newest of these checkpoints that says so covers the log, None where none does."""
    covering = [checkpoint for checkpoint in known if checkpoint.change_link]
    return Point(covering[-1].generation - 1, covering[-1].change_link) if covering else None


def is_authentic(checkpoint: Checkpoint) -> bool:
    """Whether a checkpoint's signature is by the verify key that it names."""
    return is_signed([checkpoint.verify_key], checkpoint.signature, _signed(checkpoint))


def _signed(checkpoint: Checkpoint) -> bytes:
    identity = VaultIdentity(checkpoint.vault_id, checkpoint.demo, checkpoint.created_at)
    return bind(
        b"checkpoint",
        identity.header,
        checkpoint.sequence.to_bytes(8, "big"),
        checkpoint.link,
        checkpoint.generation.to_bytes(8, "big"),
        checkpoint.at.isoformat().encode(),
        *([checkpoint.change_link] if checkpoint.change_link else []),
    )


def _fields(untrusted: bytes) -> dict[str, Any]:
    if len(untrusted) > MAXIMUM_FILE:
        raise ValueError("too long")
    content: Any = json.loads(untrusted)
    fields = {FIRST_FORMAT: FIRST_FIELDS, FORMAT: FIELDS}
    if not isinstance(content, dict) or tuple(content) != fields.get(content.get("format", 0)):
        raise ValueError("another format")
    return content


def _hexadecimal(value: object, size: int) -> bytes:
    if not isinstance(value, str) or len(value) != 2 * size or value != value.lower():
        raise ValueError("not hexadecimal")
    return bytes.fromhex(value)


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError("not a flag")
    return value


def _number(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < MAXIMUM_NUMBER:
        raise ValueError("not a number")
    return value
