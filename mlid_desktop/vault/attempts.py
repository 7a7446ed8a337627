"""Failed attempts, counted before the comparison."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from mlid_desktop.vault.database import ATTEMPTS, fact, set_fact

NEWEST_TIME = "newest-time"


@dataclass(frozen=True, slots=True)
class AttemptRecord:
    """Failures in a row, when the newest was, and whether now lies before a moment that this vault has seen."""

    failed_in_a_row: int
    last_failed_at: datetime | None
    clock_set_back: bool


def count(connection: Connection, subject_id: str, now: datetime) -> AttemptRecord:
    """One more failure, until an acceptance clears it."""
    before = read(connection, subject_id, now)
    _replace(connection, subject_id, before.failed_in_a_row + 1, now)
    newest = _newest(connection)
    if newest is None or now > newest:
        set_fact(connection, NEWEST_TIME, now.isoformat().encode())
    return AttemptRecord(before.failed_in_a_row + 1, now, before.clock_set_back)


def withdraw(connection: Connection, subject_id: str) -> None:
    """One failure less; the moment of the newest stays."""
    row = connection.execute(sa.select(ATTEMPTS).where(ATTEMPTS.c.subject == subject_id)).first()
    if row is not None and row.failed > 0:
        values = {"failed": row.failed - 1}
        connection.execute(sa.update(ATTEMPTS).where(ATTEMPTS.c.subject == subject_id).values(**values))


def clear(connection: Connection, subject_id: str) -> None:
    """No failure in a row any more."""
    connection.execute(sa.delete(ATTEMPTS).where(ATTEMPTS.c.subject == subject_id))


def read(connection: Connection, subject_id: str, now: datetime) -> AttemptRecord:
    """The count as it stands."""
    row = connection.execute(sa.select(ATTEMPTS).where(ATTEMPTS.c.subject == subject_id)).first()
    newest = _newest(connection)
    set_back = newest is not None and now < newest
    if row is None:
        return AttemptRecord(0, None, set_back)
    return AttemptRecord(row.failed, datetime.fromisoformat(row.last_at), set_back)


def _replace(connection: Connection, subject_id: str, failed: int, at: datetime) -> None:
    clear(connection, subject_id)
    connection.execute(sa.insert(ATTEMPTS).values(subject=subject_id, failed=failed, last_at=at.isoformat()))


def _newest(connection: Connection) -> datetime | None:
    stored = fact(connection, NEWEST_TIME)
    return datetime.fromisoformat(stored.decode()) if stored else None
