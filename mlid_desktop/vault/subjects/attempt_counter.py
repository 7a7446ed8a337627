"""Counts failed attempts before the comparison, and keeps the clock that their delays depend on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from mlid_desktop.vault.store.schema import ATTEMPTS
from mlid_desktop.vault.store.statements import rows_with
from mlid_desktop.vault.store.transaction import NEWEST_TIME, Transaction, read_facts

CLOCK_TOLERANCE = timedelta(seconds=2)  # a network time service may step back a little; that shortens no delay
WHOLE_VAULT = ""  # the row of searches among all


@dataclass(frozen=True, slots=True)
class AttemptRecord:
    """Failed attempts in a row and the time of the newest; ``clock_set_back`` where the clock stands, or stood when
    this was counted, before a moment that the vault has seen. So many of them were ``elsewhere``, at other desks of a
    register, of which this desk heard at ``heard_at``."""

    failed_in_a_row: int
    last_failed_at: datetime | None
    clock_set_back: bool
    elsewhere: int = 0
    heard_at: datetime | None = None

    @property
    def before_newest(self) -> AttemptRecord:
        """How it stood before the newest attempt of this desk, whose own delay was over, with what was heard since."""
        return replace(self, failed_in_a_row=self.failed_in_a_row - 1, last_failed_at=self.heard_at)


def notice_time(transaction: Transaction) -> float:
    """Records the present time as the newest that the vault has seen. Where the clock was set back it starts anew from
    now, and so does every delay, at its whole length. Returns by how many seconds the clock was set back, 0 where it
    was not."""
    newest = _newest(transaction.facts)
    if newest is not None and transaction.now <= newest:
        if newest - transaction.now <= CLOCK_TOLERANCE:
            return 0.0
        transaction.clock_set_back = True
        _start_delays_anew(transaction)
    transaction.facts[NEWEST_TIME] = transaction.now.isoformat().encode()
    return (newest - transaction.now).total_seconds() if transaction.clock_set_back and newest is not None else 0.0


def count_failure(transaction: Transaction, subject_id: str) -> AttemptRecord:
    """Counts one more failed attempt, until an acceptance clears it."""
    rows = rows_with(transaction.connection, ATTEMPTS, {"subject": subject_id})
    failed = rows[0].failed + 1 if rows else 1
    transaction.name_act("attempt.counted", subject_id)
    _replace(transaction, subject_id, failed, transaction.now)
    return AttemptRecord(failed, transaction.now, transaction.clock_set_back)


def withdraw(transaction: Transaction, subject_id: str) -> None:
    """Takes back one failed attempt; the time of the newest stays."""
    for row in rows_with(transaction.connection, ATTEMPTS, {"subject": subject_id}):
        if row.failed > 0:
            _replace(transaction, subject_id, row.failed - 1, datetime.fromisoformat(row.last_at))


def leave(transaction: Transaction, subject_id: str, failed: int) -> None:
    """Leaves so many failed attempts in a row; the time of the newest stays."""
    rows = rows_with(transaction.connection, ATTEMPTS, {"subject": subject_id})
    clear(transaction, subject_id)
    if rows and failed > 0:
        _replace(transaction, subject_id, failed, datetime.fromisoformat(rows[0].last_at))


def join(transaction: Transaction, other: str, subject_id: str) -> None:
    """What was counted of another one is counted of this one too; the time of the newest stays."""
    rows = list(rows_with(transaction.connection, ATTEMPTS, {"subject": other}))
    if rows:
        rows += rows_with(transaction.connection, ATTEMPTS, {"subject": subject_id})
        clear(transaction, other)
        newest = max(datetime.fromisoformat(row.last_at) for row in rows)
        _replace(transaction, subject_id, sum(row.failed for row in rows), newest)


def clear(transaction: Transaction, subject_id: str) -> None:
    """Clears the failed attempts in a row."""
    transaction.delete_with(ATTEMPTS, {"subject": subject_id})


def read(connection: Connection, subject_id: str, now: datetime) -> AttemptRecord:
    """The present count of failed attempts."""
    rows = rows_with(connection, ATTEMPTS, {"subject": subject_id})
    newest = _newest(read_facts(connection))
    set_back = newest is not None and newest - now > CLOCK_TOLERANCE
    if not rows:
        return AttemptRecord(0, None, set_back)
    return AttemptRecord(rows[0].failed, datetime.fromisoformat(rows[0].last_at), set_back)


def _start_delays_anew(transaction: Transaction) -> None:
    for row in transaction.connection.execute(sa.select(ATTEMPTS)).all():
        if datetime.fromisoformat(row.last_at) > transaction.now:
            _replace(transaction, row.subject, row.failed, transaction.now)


def _replace(transaction: Transaction, subject_id: str, failed: int, at: datetime) -> None:
    clear(transaction, subject_id)
    transaction.insert(ATTEMPTS, [{"subject": subject_id, "failed": failed, "last_at": at.isoformat()}])


def _newest(facts: Mapping[str, bytes]) -> datetime | None:
    stored = facts.get(NEWEST_TIME)
    return datetime.fromisoformat(stored.decode()) if stored else None
