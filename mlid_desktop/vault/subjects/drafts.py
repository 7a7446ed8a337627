"""Drafts: work in progress, kept for a day under a key of its own (FORMAT.md, section 11).

The vault does not know what a draft says: the station hands in bytes and gets them back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from mlid_desktop.domain.errors import Code, UsageError, VaultError
from mlid_desktop.domain.subjects import new_identifier
from mlid_desktop.vault.crypto.envelope import KEY_BYTES, bind, new_key, seal, unseal, wipe
from mlid_desktop.vault.crypto.multiset_hash import Cell
from mlid_desktop.vault.store.schema import DRAFTS
from mlid_desktop.vault.store.transaction import Transaction
from mlid_desktop.vault.subjects.subject_keys import SubjectKeys

LIFETIME = timedelta(hours=24)
MAXIMUM_DRAFT = 15 * 1024 * 1024  # an envelope holds 16 MiB
MAXIMUM_DRAFTS = 16
DRAFT = "draft"


class DraftKind(StrEnum):
    """The kinds of work that a draft keeps."""

    ENROLMENT = "enrolment"
    SEARCH = "search"


@dataclass(frozen=True, slots=True)
class DraftSummary:
    """A draft without its content: ``draft_id`` names it, ``subject_id`` the person whom an enrolment would enrol (""
    for a search); after ``expires_at`` it is gone."""

    draft_id: str
    kind: DraftKind
    subject_id: str
    expires_at: datetime


def insert(
    transaction: Transaction, kind: DraftKind, subject_id: str, content: bytes, keys: SubjectKeys
) -> DraftSummary:
    """Inserts a draft under a new key."""
    number = transaction.connection.execute(sa.select(sa.func.count()).select_from(DRAFTS)).scalar_one()
    if len(content) > MAXIMUM_DRAFT or number >= MAXIMUM_DRAFTS:
        raise UsageError(Code.USAGE_BAD_ARGUMENT, what=DRAFT)
    made = DraftSummary(new_identifier(), kind, subject_id, transaction.now + LIFETIME)
    bound, key = (made.draft_id, subject_id, made.expires_at.isoformat()), new_key()
    row: dict[str, Cell] = {
        "draft": made.draft_id,
        "subject": subject_id,
        "expires_at": made.expires_at.isoformat(),
        "wrapped_key": seal(keys.wrap_for(_owner(bound)), key, _context("draft-key", keys, bound)),
        "sealed": seal(key, content, _context(DRAFT, keys, bound)),
        "kind": kind.value,
    }
    wipe(key)
    transaction.insert(DRAFTS, [row])
    return made


def list_drafts(connection: Connection) -> tuple[DraftSummary, ...]:
    """All drafts, expired or not."""
    columns = (DRAFTS.c.draft, DRAFTS.c.kind, DRAFTS.c.subject, DRAFTS.c.expires_at)
    rows = connection.execute(sa.select(*columns).order_by(DRAFTS.c.expires_at))
    return tuple(
        DraftSummary(draft, DraftKind(kind), subject, datetime.fromisoformat(expires))
        for draft, kind, subject, expires in rows
    )


def open_draft(connection: Connection, draft_id: str, keys: SubjectKeys, now: datetime) -> bytes:
    """Opens the content of a draft. Raises UsageError(USAGE_UNKNOWN_DRAFT), VaultError(VAULT_DAMAGED)."""
    row = connection.execute(sa.select(DRAFTS).where(DRAFTS.c.draft == draft_id)).first()
    if row is None or datetime.fromisoformat(row.expires_at) <= now:
        raise UsageError(Code.USAGE_UNKNOWN_DRAFT)
    bound = (row.draft, row.subject, row.expires_at)
    key = _key(row.wrapped_key, keys, bound)
    content = unseal(key, row.sealed, _context(DRAFT, keys, bound), DRAFT)
    wipe(key)
    return content


def delete(transaction: Transaction, draft_id: str) -> int:
    """Deletes the draft of this name; gives how many there were, 0 or 1."""
    return transaction.delete(DRAFTS, DRAFTS.c.draft == draft_id)


def drop_expired(transaction: Transaction) -> int:
    """Deletes drafts of more than a day ago, or of a day that is still to come (the clock was set back)."""
    gone = [
        draft.draft_id
        for draft in list_drafts(transaction.connection)
        if not transaction.now < draft.expires_at <= transaction.now + LIFETIME + LIFETIME
    ]
    return transaction.delete(DRAFTS, DRAFTS.c.draft.in_(gone)) if gone else 0


def delete_of(transaction: Transaction, subject_id: str) -> None:
    """Deletes a person's drafts, as part of erasing."""
    transaction.delete(DRAFTS, DRAFTS.c.subject == subject_id)


def rewrap(transaction: Transaction, old: SubjectKeys, new: SubjectKeys) -> None:
    """Wraps every draft's key anew, so that the keys of deleted ones cannot be had any more."""
    names = [column.name for column in DRAFTS.columns]

    def anew(row: Sequence[Any]) -> tuple[Any, ...]:
        return tuple(rewrap_draft(dict(zip(names, row, strict=True)), old, new).values())

    transaction.rewrite(DRAFTS, DRAFTS.c.draft, DRAFTS.c.wrapped_key, anew)


def rewrap_draft(row: Mapping[str, Any], old: SubjectKeys, new: SubjectKeys) -> dict[str, Any]:
    """A draft's row with its key under another subject-wrap key. Raises VaultError(VAULT_DAMAGED)."""
    bound = (row["draft"], row["subject"], row["expires_at"])
    key = _key(row["wrapped_key"], old, bound)
    wrapped = seal(new.wrap_for(_owner(bound)), key, _context("draft-key", new, bound))
    wipe(key)
    return {**row, "wrapped_key": wrapped}


def _key(untrusted: bytes, keys: SubjectKeys, bound: tuple[str, str, str]) -> bytearray:
    key = bytearray(unseal(keys.wrap_for(_owner(bound)), untrusted, _context("draft-key", keys, bound), DRAFT))
    if len(key) != KEY_BYTES:
        raise VaultError(Code.VAULT_DAMAGED, what=DRAFT)
    return key


def _owner(bound: tuple[str, str, str]) -> str:
    """The identifier whose bucket a draft stands in: the person's, or its own where it is about nobody."""
    draft_id, subject_id, _ = bound
    return subject_id or draft_id


def _context(purpose: str, keys: SubjectKeys, bound: tuple[str, str, str]) -> bytes:
    return bind(purpose.encode(), keys.header, *(part.encode() for part in bound))
