"""Keeps the figures of each day in the vault for 24 months (FORMAT.md, section 17).

A day is that of the desk's clock when something is written, so that no later choice of a time zone cuts days anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from mlid_desktop.domain.audit import AuditEntry, AuditFact
from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.vault.crypto.multiset_hash import Cell
from mlid_desktop.vault.figures.counted_acts import name_of_act
from mlid_desktop.vault.figures.day_figures import (
    Counts,
    DayFigures,
    FigureKind,
    add_counts,
    encode_counts,
    read_counts,
)
from mlid_desktop.vault.store.schema import DAY_FIGURES
from mlid_desktop.vault.store.statements import rows_with
from mlid_desktop.vault.store.transaction import FORMAT, Transaction

MONTHS_KEPT = 24
FIRST_FORMAT = 3  # the first that has the table


def count_acts(transaction: Transaction, acts: Iterable[tuple[str, Mapping[str, AuditFact]]]) -> None:
    """Counts acts in the hour of the change, those that are counted at all; nothing while the vault is of a format
    without figures."""
    if transaction.counter(FORMAT) < FIRST_FORMAT:
        return
    at = transaction.now.astimezone()
    counts: dict[str, dict[int, int]] = {}
    for event, facts in acts:
        name = name_of_act(event, facts)
        if name is not None:
            hours = counts.setdefault(name, {})
            hours[at.hour] = hours.get(at.hour, 0) + 1
    if counts:
        add(transaction, at.date(), {FigureKind.ACTS: counts})


def count_entries(transaction: Transaction, entries: Iterable[AuditEntry]) -> None:
    """Counts the acts of audit entries that were written before there were figures, as far back as figures are
    kept."""
    since = first_kept(transaction.now.astimezone().date())
    days: dict[date, dict[str, dict[int, int]]] = {}
    for entry in entries:
        name, at = name_of_act(entry.event, entry.facts), entry.at.astimezone()
        if name is not None and at.date() >= since:
            hours = days.setdefault(at.date(), {}).setdefault(name, {})
            hours[at.hour] = hours.get(at.hour, 0) + 1
    for day, counts in days.items():
        add(transaction, day, {FigureKind.ACTS: counts})


def add(transaction: Transaction, day: date, more: Mapping[FigureKind, Counts]) -> None:
    """Adds counts to those of a day. A day's first row takes the days away that are no longer kept."""
    for kind, counts in more.items():
        here: dict[str, Cell] = {"day": day.isoformat(), "kind": kind.value}
        known = rows_with(transaction.connection, DAY_FIGURES, here, "content")
        if known:
            both = add_counts(read_counts(known[0].content), counts)
            transaction.update_with(DAY_FIGURES, here, content=encode_counts(both))
            continue
        _prune(transaction)
        row = {"day": day.isoformat(), "kind": kind.value, "content": encode_counts(add_counts({}, counts))}
        transaction.insert(DAY_FIGURES, [row])


def today(transaction: Transaction) -> date:
    """The desk's day of a change."""
    return transaction.now.astimezone().date()


def read_days(connection: Connection, first: date, last: date) -> tuple[DayFigures, ...]:
    """The figures of the days from the first to the last that have any, in their order. Raises
    VaultError(VAULT_DAMAGED)."""
    between = sa.and_(DAY_FIGURES.c.day >= first.isoformat(), DAY_FIGURES.c.day <= last.isoformat())
    found: dict[date, dict[str, Counts]] = {}
    for row in connection.execute(sa.select(DAY_FIGURES).where(between).order_by(DAY_FIGURES.c.day)):
        try:
            day, kind = date.fromisoformat(row.day), FigureKind(row.kind)
        except ValueError:
            raise VaultError(Code.VAULT_DAMAGED, what=DAY_FIGURES.name) from None
        found.setdefault(day, {})[kind.value] = read_counts(bytes(row.content))
    return tuple(DayFigures(day, **kinds) for day, kinds in found.items())


def first_kept(day: date) -> date:
    """The first day of which figures are kept on this day."""
    months = day.year * 12 + day.month - 1 - MONTHS_KEPT
    return date(months // 12, months % 12 + 1, 1)


def _prune(transaction: Transaction) -> None:
    oldest = first_kept(today(transaction)).isoformat()
    transaction.delete(DAY_FIGURES, DAY_FIGURES.c.day < oldest)
