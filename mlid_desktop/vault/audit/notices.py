"""Notices that every person who opens the vault is shown until each has confirmed to have seen them (FORMAT.md, section
14)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.vault.store.schema import NOTICES
from mlid_desktop.vault.store.transaction import Transaction


class NoticeKind(StrEnum):
    """The kinds of events that every operator is told of."""

    RECOVERY_CODE_MADE = "recovery_code_made"
    RECOVERY_CODE_USED = "recovery_code_used"
    RESTORED_BY_CODE = "restored_by_code"
    RESTORED_BY_ONE = "restored_by_one"
    SLOT_FOUND = "slot_found"
    OPERATOR_ADDED = "operator_added"
    OPERATOR_RESET = "operator_reset"
    OPERATOR_REMOVED_BY_ONE = "operator_removed_by_one"
    POLICY_RAISED = "policy_raised"
    FIELDS_PROBED = "fields_probed"
    CALIBRATION_STORED = "calibration_stored"
    CALIBRATION_REVERTED = "calibration_reverted"
    PORTRAITS_SHOWN = "portraits_shown"
    DESK_JOINED = "desk_joined"
    DESK_FOUND = "desk_found"


@dataclass(frozen=True, slots=True)
class StaffNotice:
    """A notice to all operators: ``by`` did it (empty where nobody knows), ``about`` is whom or what it concerns,
    ``seen`` who confirmed to have seen it."""

    number: int
    kind: NoticeKind
    at: datetime
    by: str
    about: str
    seen: tuple[str, ...]


def read_notices(connection: Connection) -> tuple[StaffNotice, ...]:
    """Every notice, oldest first. Raises VaultError(VAULT_DAMAGED)."""
    found = []
    for row in connection.execute(sa.select(NOTICES).order_by(NOTICES.c.notice)):
        try:
            seen = tuple(str(name) for name in json.loads(row.seen))
            found.append(
                StaffNotice(row.notice, NoticeKind(row.kind), datetime.fromisoformat(row.at), row.by, row.about, seen)
            )
        except (ValueError, TypeError):
            raise VaultError(Code.VAULT_DAMAGED, what=NOTICES.name) from None
    return tuple(found)


def give_notice(transaction: Transaction, kind: NoticeKind, by: str, about: str = "") -> None:
    """Adds a notice that everybody is shown at unlock from now on."""
    newest = transaction.connection.execute(sa.select(sa.func.max(NOTICES.c.notice))).scalar() or 0
    row = {
        "notice": newest + 1,
        "kind": kind.value,
        "at": transaction.now.isoformat(),
        "by": by,
        "about": about,
        "seen": "[]",
    }
    transaction.insert(NOTICES, [row])


def mark_seen(transaction: Transaction, slot: str) -> None:
    """Marks every notice as seen by the holder of this slot."""
    for notice in read_notices(transaction.connection):
        if slot not in notice.seen:
            seen = json.dumps([*notice.seen, slot], separators=(",", ":"))
            transaction.update(NOTICES, NOTICES.c.notice == notice.number, seen=seen)
