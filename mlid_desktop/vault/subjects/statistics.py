"""Anonymised statistics: counts by month, without identifiers, and no count that could point at somebody.

A count from 1 to 4 is not told (a threshold of five is the usual one of statistical offices). No totals are given, so
that a count that is not told cannot be had by subtraction.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from mlid_desktop.domain.audit import AuditEntry
from mlid_desktop.vault.store.schema import NO_REFERENCES, RECORDS

SMALLEST = 5
MONTH = 7  # characters of 2026-11
COUNTED: Mapping[str, tuple[str, ...]] = {
    "enrolment.saved": (),
    "enrolment.refused": ("reason",),
    "consent.declined": ("reason",),
    "consent.withdrawn": (),
    "suspicion.noted": ("purpose",),
    "attempts.released": ("reason",),
    "verification.decided": ("verdict",),
    "verification.delayed": (),
    "verification.otherwise": ("outcome",),
    "identification.closed": (),
    "identification.decided": ("outcome",),
    "subject.erased": ("reason",),
}


@dataclass(frozen=True, slots=True)
class MonthlyCount:
    """How often something happened in a month (``2026-11``); ``count`` is None where it is 1 to 4."""

    month: str
    event: str
    kind: str
    count: int | None


@dataclass(frozen=True, slots=True)
class Statistics:
    """Anonymised statistics: ``acts`` by month, and how many templates are held by modality."""

    acts: tuple[MonthlyCount, ...]
    templates: Mapping[str, int | None]


def counted(entries: Iterable[AuditEntry], connection: Connection) -> Statistics:
    """Computes the statistics in one reading of the audit's entries."""
    acts: Counter[tuple[str, str, str]] = Counter()
    for entry in entries:
        kind = kind_of(entry)
        if kind is not None:
            acts[entry.at.isoformat()[:MONTH], entry.event, kind] += 1
    rows = tuple(MonthlyCount(*month_and_kind, told(count)) for month_and_kind, count in sorted(acts.items()))
    held = {kind: _rows_of(connection, table) for kind, table in RECORDS.items() if kind not in NO_REFERENCES}
    return Statistics(rows, {kind: told(count) for kind, count in held.items()})


def kind_of(entry: AuditEntry) -> str | None:
    """The kind by which an event is counted; None for one that is not counted."""
    if entry.event not in COUNTED:
        return None
    return "/".join(str(entry.facts.get(name, "")) for name in COUNTED[entry.event])


def told(count: int) -> int | None:
    """A count as it is given out, None where it is too small."""
    return count if count == 0 or count >= SMALLEST else None


def _rows_of(connection: Connection, table: sa.Table) -> int:
    return int(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())
