"""Statements about rows with known cells, made once for each table and set of columns and carried out by the database's
driver: to make one anew takes eight times as long as to have it carried out, to send one through the layers of the
library four times.

The language is SQLAlchemy Core's, as everywhere; only the road of a statement that is made is shorter. Cells go and
come as the driver has them, which is as the schema's types have them: text, numbers, bytes.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Dialect

from mlid_desktop.vault.crypto.multiset_hash import Cell

BY: Final = "by_"  # begins the names of the parameters that find rows, so that they are none of what is written
TO: Final = "to_"  # of those that are written
AMONG: Final = "among_"  # of cells that are asked for
AT_A_TIME: Final = 500  # cells that are asked for

Known = Mapping[str, Cell]  # cells by column: what tells rows from others
Made = sa.Select[Any] | sa.UpdateBase
Rows = Sequence[Any]  # tuples, whose cells have the names of their columns too


def rows_with(connection: Connection, table: sa.Table, known: Known, *names: str) -> Rows:
    """The columns with these names (none: all) of the rows that have the cells ``known``."""
    return select_rows(connection, _selecting(table, tuple(known), names), _parameters(known))


def is_any_among(connection: Connection, table: sa.Table, name: str, cells: Sequence[Cell]) -> bool:
    """Whether a row has one of these cells in the column ``name``."""
    return bool(_those(connection, table, name, cells))


def those_among(connection: Connection, table: sa.Table, name: str, cells: Sequence[Cell]) -> frozenset[Any]:
    """Which of these cells, however many, a row has in the column ``name``."""
    parts = (cells[start : start + AT_A_TIME] for start in range(0, len(cells), AT_A_TIME))
    return frozenset(cell for part in parts for (cell,) in _those(connection, table, name, part))


def insert_rows(connection: Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Inserts rows, of which there may be none."""
    if rows:
        names = tuple(rows[0])
        insert_cells(connection, table, names, [[row[name] for name in names] for row in rows])


def insert_cells(
    connection: Connection, table: sa.Table, names: tuple[str, ...], rows: Sequence[Sequence[Any]]
) -> None:
    """Inserts rows, of which there may be none, each the cells of the columns with these names."""
    if rows:
        made = _made(_inserting(table), connection.dialect, names)
        order = [names.index(name) for name in made.names]
        ordered = rows if order == list(range(len(names))) else [[row[index] for index in order] for row in rows]
        _carried_out(connection, lambda driver: driver.executemany(made.text, ordered))


def update_rows(connection: Connection, table: sa.Table, known: Known, cells: Known) -> None:
    """Sets these cells of the rows that have the cells ``known``."""
    given = {TO + name: cell for name, cell in cells.items()}
    carry_out(connection, _updating(table, tuple(known), tuple(cells)), [{**_parameters(known), **given}])


def delete_rows(connection: Connection, table: sa.Table, known: Known) -> None:
    """Deletes the rows that have the cells ``known``."""
    carry_out(connection, _deleting(table, tuple(known)), [_parameters(known)])


def select_rows(connection: Connection, statement: sa.Select[Any], parameters: Known | None = None) -> Rows:
    """The rows that a statement gives, which was made once and is kept, with these cells for its parameters."""
    made = _made(statement, connection.dialect)
    cells = made.cells(parameters or {})
    found = _carried_out(connection, lambda driver: driver.execute(made.text, cells).fetchall())
    return [made.row(*row) for row in found]


def carry_out(connection: Connection, statement: sa.UpdateBase, parameters: Sequence[Known]) -> None:
    """Carries out a statement that was made once and is kept, with each of these cells for its parameters."""
    made = _made(statement, connection.dialect)
    cells = [made.cells(given) for given in parameters]
    _carried_out(connection, lambda driver: driver.executemany(made.text, cells))


def carry_out_text(connection: Connection, text: str) -> None:
    """Carries out a statement of the database's own, such as Core has none for, in the connection's transaction."""
    _carried_out(connection, lambda driver: driver.execute(text).close())


@dataclass(frozen=True, slots=True)
class _Made:
    """A statement as the driver takes it: its text, the names of its parameters in their order, those that it carries
    itself, and what makes a row of the cells that it gives."""

    text: str
    names: tuple[str, ...]
    own: Mapping[str, Any]
    row: Callable[..., Any]

    def cells(self, given: Mapping[str, Cell]) -> list[Any]:
        """The cells of the parameters, in their order."""
        return [given[name] if name in given else self.own[name] for name in self.names]


@dataclass(frozen=True, slots=True)
class _Dialect:
    """The SQL of a database. Each opened vault has a dialect of its own; of one kind, version and style of parameters
    they write a statement alike."""

    kind: type[Dialect]
    version: tuple[Any, ...] | None
    parameters: str
    dialect: Dialect = field(compare=False)


def _made(statement: Made, dialect: Dialect, names: tuple[str, ...] | None = None) -> _Made:
    language = _Dialect(type(dialect), dialect.server_version_info, dialect.paramstyle, dialect)
    return _written(statement, language, names)


@lru_cache(maxsize=512)
def _written(statement: Made, language: _Dialect, names: tuple[str, ...] | None) -> _Made:
    keys = None if names is None else list(names)
    made: Any = statement.compile(dialect=language.dialect, column_keys=keys, for_executemany=not statement.is_select)
    columns = [column.name for column in statement.selected_columns] if isinstance(statement, sa.Select) else []
    row = namedtuple("Row", columns) if columns else tuple  # noqa: PYI024 - names known when it runs
    asked = {bound.key: b"" for bound in made.binds.values() if bound.required}
    own = {name: value for name, value in made.construct_params(asked).items() if name not in asked}
    return _Made(str(made), tuple(made.positiontup or ()), own, row)


def _carried_out(connection: Connection, act: Callable[[Any], Any]) -> Any:
    """What the driver gives, within the connection's transaction: what goes wrong has the name that the library gives
    it."""
    if not connection.in_transaction():
        connection.begin()  # what is written is committed with it; the library would not know of it otherwise
    driver = connection.connection.driver_connection
    faults = connection.dialect.loaded_dbapi.Error
    try:
        return act(driver)
    except faults as fault:
        raise sa.exc.DBAPIError.instance(
            None, None, fault, faults, hide_parameters=True, dialect=connection.dialect
        ) from fault


def _parameters(known: Known) -> dict[str, Cell]:
    return {BY + name: cell for name, cell in known.items()}


def _those(connection: Connection, table: sa.Table, name: str, cells: Sequence[Cell]) -> Rows:
    """The rows' cells in one column that are among those, of which there may be none."""
    if not cells:
        return ()
    width = 1 << (len(cells) - 1).bit_length()  # few statements for all numbers of cells: the last is asked for again
    asked = {f"{AMONG}{index}": cells[min(index, len(cells) - 1)] for index in range(width)}
    return select_rows(connection, _looking(table, name, width), asked)


@lru_cache(maxsize=256)
def _selecting(table: sa.Table, known: tuple[str, ...], names: tuple[str, ...]) -> sa.Select[Any]:
    wanted = [table.c[name] for name in names] or list(table.columns)
    return sa.select(*wanted).where(_having(table, known))


@lru_cache(maxsize=256)
def _looking(table: sa.Table, name: str, width: int) -> sa.Select[Any]:
    asked: list[sa.BindParameter[Any]] = [sa.bindparam(f"{AMONG}{index}") for index in range(width)]
    return sa.select(table.c[name]).where(table.c[name].in_(asked))


@lru_cache(maxsize=256)
def _inserting(table: sa.Table) -> sa.Insert:
    return sa.insert(table)


@lru_cache(maxsize=256)
def _updating(table: sa.Table, known: tuple[str, ...], names: tuple[str, ...]) -> sa.Update:
    changed: dict[str, sa.BindParameter[Any]] = {name: sa.bindparam(TO + name) for name in names}
    return sa.update(table).where(_having(table, known)).values(changed)


@lru_cache(maxsize=256)
def _deleting(table: sa.Table, known: tuple[str, ...]) -> sa.Delete:
    return sa.delete(table).where(_having(table, known))


def _having(table: sa.Table, known: tuple[str, ...]) -> sa.ColumnElement[bool]:
    return sa.and_(sa.true(), *(table.c[name] == sa.bindparam(BY + name) for name in known))
