"""Statements about rows with known cells, made once for each table and set of columns: to make one anew takes eight
times as long as to have the database carry it out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from mlid_desktop.vault.crypto.multiset_hash import Cell

BY: Final = "by_"  # begins the names of the parameters that find rows, so that they are none of what is written
AMONG: Final = "among"
AT_A_TIME: Final = 500  # cells that are asked for

Known = Mapping[str, Cell]  # cells by column: what tells rows from others


def rows_with(connection: Connection, table: sa.Table, known: Known, *names: str) -> Sequence[sa.Row[Any]]:
    """The columns with these names (none: all) of the rows that have the cells ``known``."""
    return connection.execute(_selecting(table, tuple(known), names), _parameters(known)).all()


def is_any_among(connection: Connection, table: sa.Table, name: str, cells: Sequence[Cell]) -> bool:
    """Whether a row has one of these cells in the column ``name``."""
    return connection.execute(_looking(table, name), {AMONG: list(cells)}).first() is not None


def those_among(connection: Connection, table: sa.Table, name: str, cells: Sequence[Cell]) -> frozenset[Any]:
    """Which of these cells, however many, a row has in the column ``name``."""
    parts = (list(cells[start : start + AT_A_TIME]) for start in range(0, len(cells), AT_A_TIME))
    asked = _looking(table, name)
    return frozenset(cell for part in parts for cell in connection.execute(asked, {AMONG: part}).scalars())


def insert_rows(connection: Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Inserts rows, of which there may be none."""
    if rows:
        connection.execute(_inserting(table), list(rows))


def update_rows(connection: Connection, table: sa.Table, known: Known, cells: Known) -> None:
    """Sets these cells of the rows that have the cells ``known``."""
    connection.execute(_updating(table, tuple(known)), {**_parameters(known), **cells})


def delete_rows(connection: Connection, table: sa.Table, known: Known) -> None:
    """Deletes the rows that have the cells ``known``."""
    connection.execute(_deleting(table, tuple(known)), _parameters(known))


def _parameters(known: Known) -> dict[str, Cell]:
    return {BY + name: cell for name, cell in known.items()}


@lru_cache(maxsize=256)
def _selecting(table: sa.Table, known: tuple[str, ...], names: tuple[str, ...]) -> sa.Select[Any]:
    wanted = [table.c[name] for name in names] or list(table.columns)
    return sa.select(*wanted).where(_having(table, known))


@lru_cache(maxsize=256)
def _looking(table: sa.Table, name: str) -> sa.Select[Any]:
    return sa.select(table.c[name]).where(table.c[name].in_(sa.bindparam(AMONG, expanding=True)))


@lru_cache(maxsize=256)
def _inserting(table: sa.Table) -> sa.Insert:
    return sa.insert(table)


@lru_cache(maxsize=256)
def _updating(table: sa.Table, known: tuple[str, ...]) -> sa.Update:
    return sa.update(table).where(_having(table, known))


@lru_cache(maxsize=256)
def _deleting(table: sa.Table, known: tuple[str, ...]) -> sa.Delete:
    return sa.delete(table).where(_having(table, known))


def _having(table: sa.Table, known: tuple[str, ...]) -> sa.ColumnElement[bool]:
    return sa.and_(sa.true(), *(table.c[name] == sa.bindparam(BY + name) for name in known))
