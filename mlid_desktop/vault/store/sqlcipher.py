"""The SQLCipher backend of a vault's database, through SQLAlchemy Core (FORMAT.md, section 4)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.pool import StaticPool

from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.vault.store.atomic_files import OWNER_FILE, disk_fault
from mlid_desktop.vault.store.backend import DatabaseBackend
from mlid_desktop.vault.store.schema import FACTS, METADATA
from mlid_desktop.vault.store.statements import carry_out_text

DATABASE_FILE = "records.db"
JOURNAL = "-journal"  # ends the name of the rollback journal
WITHOUT_NUMBERS = "WITHOUT ROWID"
STAMPS = 2**31  # how many values of user_version there are
PAGE_BYTES = 16_384  # fits several 2 KB records a page; the default wastes half of each
CACHE_KIB = 65_536

FULL = {"SQLITE_FULL"}
BUSY = {"SQLITE_BUSY", "SQLITE_LOCKED"}
UNWRITABLE = ("SQLITE_IOERR", "SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM", "SQLITE_NOMEM")


class SqlCipherDatabase(DatabaseBackend):
    """A vault's database in a file of encrypted and authenticated pages, with a rollback journal beside it while it is
    written."""

    def __init__(self, folder: Path, key: bytearray, *, create: bool, name: str = DATABASE_FILE) -> None:
        self._path = folder / name
        if create:
            try:
                self._path.touch(mode=OWNER_FILE, exist_ok=False)
            except OSError as fault:
                raise disk_fault(fault) from None
        elif not self._path.is_file():
            raise VaultError(Code.VAULT_DAMAGED, what=DATABASE_FILE)
        self._engine = _engine(self._path, key)
        self._connection: Connection | None = None
        self._is_changing = False
        try:
            with typed_faults():
                self._connection = self._engine.connect()
                if create:
                    self._connection.exec_driver_sql("BEGIN")  # the driver would commit after every table
                    METADATA.create_all(self._connection)
                    self._connection.commit()
                self._connection.execute(sa.select(FACTS.c.name)).all()
                self._require_whole_file(self._connection)
                self._connection.rollback()
        except BaseException:
            self.close()
            raise

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A consistent view of the database. Raises VaultError where a page is not authentic, RuntimeError within a
        change: there is one connection, and the end of this view would take back what was written."""
        with typed_faults():
            connection = self._open()
            try:
                yield connection
            finally:
                connection.rollback()

    @contextmanager
    def changing(self) -> Iterator[Connection]:
        """One transaction, all or nothing. Raises VaultError; then the earlier content is still there. Raises
        RuntimeError within another change, which the end of this one would put on disk half done."""
        with typed_faults():
            connection = self._open()
            self._is_changing = True
            try:
                yield connection
                connection.commit()
            except BaseException:
                connection.rollback()
                raise
            finally:
                self._is_changing = False

    @contextmanager
    def filling(self) -> Iterator[Connection]:
        """One transaction whose foreign keys are checked when it ends."""
        with self.changing() as connection:
            connection.exec_driver_sql("BEGIN")
            connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
            yield connection

    def add_missing_tables(self) -> None:
        """Makes the tables that a vault of an earlier version lacks, empty, and stores those anew that have row numbers
        and should have none: all of them or none."""
        numbered = self._numbered_tables()
        if not numbered and self.table_names() >= set(METADATA.tables):
            return
        self._open().exec_driver_sql("PRAGMA foreign_keys = OFF")  # within a change it would be without effect
        try:
            with self.changing() as connection:
                connection.exec_driver_sql("BEGIN")
                for table in numbered:
                    _store_anew(connection, table)
                METADATA.create_all(connection)
        finally:
            self._open().exec_driver_sql("PRAGMA foreign_keys = ON")

    def _numbered_tables(self) -> list[sa.Table]:
        """The tables whose rows have SQLite's numbers, and should have none."""
        with self.reading() as connection:
            rows = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'table'").all()
            known = {row.name: str(row.sql) for row in rows}
        return [
            table
            for table in METADATA.sorted_tables
            if not table.dialect_options["sqlite"]["with_rowid"]
            and table.name in known
            and WITHOUT_NUMBERS not in known[table.name]
        ]

    def table_names(self) -> frozenset[str]:
        """Names of the tables, as the database lists them."""
        with self.reading() as connection:
            return frozenset(sa.inspect(connection).get_table_names())

    def add_column(self, connection: Connection, column: sa.Column[Any]) -> None:
        """Adds a column by ``ALTER TABLE``, in a transaction that is begun where none is under way."""
        driver: Any = connection.connection.dbapi_connection
        if not driver.in_transaction:  # the driver begins one by itself before rows are changed, not before tables are
            connection.exec_driver_sql("BEGIN")
        written = sa.schema.CreateColumn(column).compile(dialect=connection.dialect)
        connection.exec_driver_sql(f"ALTER TABLE {column.table.name} ADD COLUMN {written}")

    def has_column(self, column: sa.Column[Any]) -> bool:
        """Whether the table has the column, by the database's own list."""
        with self.reading() as connection:
            return any(known["name"] == column.name for known in sa.inspect(connection).get_columns(column.table.name))

    def stored_rows(self, connection: Connection, table: str) -> list[dict[str, Any]]:
        """Every row of a table in the order of SQLite's row numbers."""
        every = sa.select(sa.text("*")).select_from(sa.table(table)).order_by(sa.text("rowid"))
        return [dict(row) for row in connection.execute(every).mappings()]

    def write_generation(self, connection: Connection, generation: int) -> None:
        """Writes the generation as the number that SQLite keeps in its first page, so that an old first page is noticed
        too."""
        carry_out_text(connection, f"PRAGMA user_version = {generation % STAMPS}")

    def is_of_generation(self, connection: Connection, generation: int) -> bool:
        """Whether the number in SQLite's first page is this generation."""
        return bool(connection.exec_driver_sql("PRAGMA user_version").scalar_one() == generation % STAMPS)

    def check_pages(self) -> None:
        """Reads every page and its authentication code. Raises VaultError(VAULT_DAMAGED)."""
        with self.reading() as connection:
            self._require_whole_file(connection)
            wrong = connection.exec_driver_sql("PRAGMA cipher_integrity_check").all()
            broken = connection.exec_driver_sql("PRAGMA integrity_check").scalar()
        if wrong or broken != "ok":
            raise VaultError(Code.VAULT_DAMAGED, what=DATABASE_FILE)

    def check_table(self, name: str) -> None:
        """Reads one table with its indexes. Raises VaultError(VAULT_DAMAGED) where they disagree."""
        with self.reading() as connection:
            broken = connection.exec_driver_sql(f"PRAGMA integrity_check('{name}')").scalar()
        if broken != "ok":
            raise VaultError(Code.VAULT_DAMAGED, what=DATABASE_FILE)

    def close(self) -> None:
        """Closes the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        self._engine.dispose()

    def _open(self) -> Connection:
        if self._connection is None:
            raise VaultError(Code.VAULT_LOCKED)
        if self._is_changing:
            raise RuntimeError("a change is under way: what it reads and writes goes through its own connection")
        return self._connection

    def _require_whole_file(self, connection: Connection) -> None:
        """Refuses a file that was cut or grew at once, not only when the missing page is asked for."""
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        if self._path.stat().st_size != pages * PAGE_BYTES:
            raise VaultError(Code.VAULT_DAMAGED, what=DATABASE_FILE)


def _store_anew(connection: Connection, table: sa.Table) -> None:
    """Moves the rows of a table into a new one of its name, as the schema has it. (Renaming the old one would lead what
    refers to it astray.)"""
    after = table.to_metadata(sa.MetaData(), name=f"{table.name}_after")
    connection.execute(sa.schema.CreateTable(after))
    rows = sa.select(*table.columns).order_by(*table.primary_key.columns)
    connection.execute(sa.insert(after).from_select([column.name for column in table.columns], rows))
    connection.execute(sa.schema.DropTable(table))
    connection.exec_driver_sql(f"ALTER TABLE {after.name} RENAME TO {table.name}")


@contextmanager
def typed_faults() -> Iterator[None]:
    """Turns the driver's exceptions into errors with a code; a full disk and a damaged file are told apart."""
    try:
        yield
    except sa.exc.IntegrityError:
        raise
    except sa.exc.DBAPIError as fault:
        name = str(getattr(fault.orig, "sqlite_errorname", ""))
        if name in FULL:
            raise VaultError(Code.VAULT_DISK_FULL) from None
        if name in BUSY:
            raise VaultError(Code.VAULT_IN_USE) from None
        if name.startswith(UNWRITABLE):
            raise VaultError(Code.VAULT_UNWRITABLE) from None
        raise VaultError(Code.VAULT_DAMAGED, what=DATABASE_FILE) from None


def _engine(path: Path, key: bytearray) -> Engine:
    """A SQLAlchemy engine with one connection, held for as long as the vault is open."""
    import sqlcipher3.dbapi2  # noqa: PLC0415 - late: the library is loaded when a vault is opened

    engine = sa.create_engine(
        sa.URL.create("sqlite", database=str(path)),
        module=sqlcipher3.dbapi2,
        poolclass=StaticPool,
        hide_parameters=True,  # an error's text never carries values
    )

    def configure(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA cipher_log_level = NONE")
        cursor.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
        cursor.execute(f"PRAGMA cipher_page_size = {PAGE_BYTES}")
        cursor.execute("PRAGMA journal_mode = DELETE")
        cursor.execute("PRAGMA synchronous = EXTRA")
        cursor.execute("PRAGMA secure_delete = ON")
        cursor.execute("PRAGMA temp_store = MEMORY")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        cursor.close()

    sa.event.listen(engine, "connect", configure)
    return engine
