"""The database backend: the interface to a database engine. All else in the vault is SQLAlchemy Core without a dialect
(FORMAT.md, 4).

Whatever hangs on the engine stands behind this interface: files and keys, settings, its own checks, what its tables
look like from inside. A second engine implements it in a file of its own, and ``engines`` chooses.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection


class DatabaseBackend(ABC):
    """An open database of one vault, used by the vault thread alone. Every method raises VaultError: damaged, in use,
    disk full, not writable, and VAULT_LOCKED once it is closed."""

    @abstractmethod
    def reading(self) -> AbstractContextManager[Connection]:
        """A consistent view of the database. Raises RuntimeError within a change."""

    @abstractmethod
    def changing(self) -> AbstractContextManager[Connection]:
        """One transaction, all or nothing: after an exception, or a kill, the earlier content is still there. What is
        there when the context ends is durable. Raises RuntimeError within another change."""

    @abstractmethod
    def filling(self) -> AbstractContextManager[Connection]:
        """One transaction as :meth:`changing`, for a database that is filled table by table: a row may refer to one
        that comes later, as long as it is there at the end."""

    @abstractmethod
    def add_missing_tables(self) -> None:
        """Makes the tables of ``schema`` that an earlier version of the program did not have, empty, and stores those
        anew whose rows it kept in another order: all or none. What tables hold stays as it is."""

    @abstractmethod
    def table_names(self) -> frozenset[str]:
        """Names of the tables in the database."""

    @abstractmethod
    def add_column(self, connection: Connection, column: sa.Column[Any]) -> None:
        """Adds a column of ``schema`` to its table, within a transaction; its default on the server fills the rows that
        are there."""

    @abstractmethod
    def has_column(self, column: sa.Column[Any]) -> bool:
        """Whether the table has the column."""

    @abstractmethod
    def stored_rows(self, connection: Connection, table: str) -> list[dict[str, Any]]:
        """Every row of a table in the order of writing, with the columns that it has, which need not be those of
        ``schema``: for migrations."""

    @abstractmethod
    def write_generation(self, connection: Connection, generation: int) -> None:
        """Writes the generation outside the tables too, where it tells that an old part of the database was put back
        (an engine that has no such place keeps nothing)."""

    @abstractmethod
    def is_of_generation(self, connection: Connection, generation: int) -> bool:
        """Whether :meth:`write_generation` wrote this generation last."""

    @abstractmethod
    def check_pages(self) -> None:
        """Reads the whole database, with the engine's own checks. Raises VaultError(VAULT_DAMAGED)."""

    @abstractmethod
    def check_table(self, name: str) -> None:
        """Reads one table with its indexes. Raises VaultError(VAULT_DAMAGED) where they disagree."""

    @abstractmethod
    def close(self) -> None:
        """Ends the connection; callable more than once."""
