"""Values of the audit: entries, what was found wrong with them, and checkpoints that are kept outside the vault."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

AuditFact = str | int | float | bool


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One act that the audit recorded. ``facts`` hold identifiers, codes and numbers, never a personal or biometric
    value."""

    sequence: int
    at: datetime
    event: str
    facts: Mapping[str, AuditFact]


class AuditFault(StrEnum):
    """Kinds of damage that a check of the audit can find."""

    CHANGED = "changed"
    REMOVED = "removed"
    ADDED = "added"
    REORDERED = "reordered"
    TRUNCATED = "truncated"
    ROLLED_BACK = "rolled_back"
    REWRITTEN = "rewritten"
    FORGED_CHECKPOINT = "forged_checkpoint"


@dataclass(frozen=True, slots=True)
class AuditFinding:
    """The first damage that a check of the audit found, and at which entry."""

    fault: AuditFault
    entry: int


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A supervisor's signature over how far the audit and the vault had come. ``vault_id`` is 32 hex digits, ``link``
    and ``verify_key`` 32 bytes, ``signature`` 64. ``change_link`` is the link (32 bytes) of the change before this one,
    up to which it covers the log of changes; empty where there was no such log."""

    vault_id: str
    demo: bool
    created_at: datetime
    sequence: int
    link: bytes
    generation: int
    at: datetime
    verify_key: bytes
    signature: bytes
    change_link: bytes = b""


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What a check of the audit read: ``entries`` and ``checkpoints`` found in place. ``codes_checked`` says whether
    the evolving codes were recomputed too, which takes a supervisor; ``against`` the checkpoint from outside that it
    agrees with."""

    entries: int
    checkpoints: int
    codes_checked: bool
    against: Checkpoint | None = None
    finding: AuditFinding | None = None
