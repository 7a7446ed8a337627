"""The database of a vault: SQLCipher through SQLAlchemy Core, one generation a commit (FORMAT.md, section 4)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.pool import StaticPool

from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.vault.files import OWNER_FILE

DATABASE_FILE = "records.db"
PAGE_BYTES = 16_384  # fits several 2 KB records a page; the default wastes half of each
CACHE_KIB = 65_536

METADATA = sa.MetaData()
FACTS = sa.Table(
    "facts",
    METADATA,
    sa.Column("name", sa.String, primary_key=True),
    sa.Column("value", sa.LargeBinary, nullable=False),
)
SUBJECTS = sa.Table(
    "subjects",
    METADATA,
    sa.Column("subject", sa.String, primary_key=True),
    sa.Column("blind_number", sa.LargeBinary, nullable=False, unique=True),
    sa.Column("wrapped_key", sa.LargeBinary, nullable=False),
)
RECORDS = sa.Table(
    "records",
    METADATA,
    sa.Column("subject", sa.String, sa.ForeignKey("subjects.subject"), primary_key=True),
    sa.Column("kind", sa.String, primary_key=True),
    sa.Column("sequence", sa.Integer, primary_key=True),
    sa.Column("modality", sa.String, nullable=False),
    sa.Column("extractor", sa.String, nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Index("records_by_modality", "modality"),
)
ATTEMPTS = sa.Table(
    "attempts",
    METADATA,
    sa.Column("subject", sa.String, primary_key=True),
    sa.Column("failed", sa.Integer, nullable=False),
    sa.Column("last_at", sa.String, nullable=False),
)
GOVERNED = sa.Table(
    "governed",
    METADATA,
    sa.Column("name", sa.String, primary_key=True),
    sa.Column("value", sa.LargeBinary, nullable=False),
    sa.Column("signature", sa.LargeBinary, nullable=False),
)
AUDIT = sa.Table(
    "audit",
    METADATA,
    sa.Column("sequence", sa.Integer, primary_key=True),
    sa.Column("entry", sa.LargeBinary, nullable=False),
    sa.Column("mac", sa.LargeBinary, nullable=False),
)


class Database:
    """An open database. :meth:`changing` is one transaction and one generation."""

    def __init__(self, folder: Path, key: bytearray, *, create: bool) -> None:
        path = folder / DATABASE_FILE
        if create:
            path.touch(mode=OWNER_FILE, exist_ok=False)
        elif not path.is_file():
            raise VaultError(Code.VAULT_DAMAGED, what=DATABASE_FILE)
        self._engine = _engine(path, key)
        self._connection: Connection | None = None
        with typed_faults():
            self._connection = self._engine.connect()
            if create:
                METADATA.create_all(self._connection)
            self._connection.execute(sa.select(FACTS.c.name)).all()
            self._connection.commit()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A consistent view. Raises VaultError where a page is not authentic."""
        with typed_faults():
            connection = self._open()
            try:
                yield connection
            finally:
                connection.rollback()

    @contextmanager
    def changing(self) -> Iterator[Connection]:
        """All or nothing. Raises VaultError; what was there before is there still."""
        with typed_faults():
            connection = self._open()
            try:
                yield connection
                connection.commit()
            except BaseException:
                connection.rollback()
                raise

    def check_pages(self) -> None:
        """Reads every page and its authentication code. Raises VaultError(VAULT_DAMAGED)."""
        with self.reading() as connection:
            wrong = connection.exec_driver_sql("PRAGMA cipher_integrity_check").all()
            broken = connection.exec_driver_sql("PRAGMA integrity_check").scalar()
        if wrong or broken != "ok":
            raise VaultError(Code.VAULT_DAMAGED, what=DATABASE_FILE)

    def close(self) -> None:
        """Ends every connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        self._engine.dispose()

    def _open(self) -> Connection:
        if self._connection is None:
            raise VaultError(Code.VAULT_LOCKED)
        return self._connection


def fact(connection: Connection, name: str) -> bytes:
    """A named fact, b"" where there is none."""
    value = connection.execute(sa.select(FACTS.c.value).where(FACTS.c.name == name)).scalar()
    return bytes(value) if value is not None else b""


def set_fact(connection: Connection, name: str, value: bytes) -> None:
    """Replaces a named fact."""
    connection.execute(sa.delete(FACTS).where(FACTS.c.name == name))
    connection.execute(sa.insert(FACTS).values(name=name, value=value))


def next_digest(previous: bytes, *written: bytes) -> bytes:
    """The running digest of all commits: SHA-256 of the one before and what this one wrote."""
    digest = hashlib.sha256(previous)
    for part in written:
        digest.update(len(part).to_bytes(4, "big") + part)
    return digest.digest()


@contextmanager
def typed_faults() -> Iterator[None]:
    """Turns what the driver raises into faults with a code; a full disk and a damaged file are told apart."""
    try:
        yield
    except sa.exc.IntegrityError:
        raise
    except sa.exc.DBAPIError as fault:
        text = str(fault.orig).lower()
        if "full" in text:
            raise VaultError(Code.VAULT_DISK_FULL) from None
        if "locked" in text or "busy" in text:
            raise VaultError(Code.VAULT_IN_USE) from None
        if "readonly" in text or "disk i/o" in text or "unable to open" in text:
            raise VaultError(Code.VAULT_UNWRITABLE) from None
        raise VaultError(Code.VAULT_DAMAGED, what=DATABASE_FILE) from None


def _engine(path: Path, key: bytearray) -> Engine:
    """One connection, held for as long as the vault is open: the vault thread is the only one that uses it."""
    import sqlcipher3.dbapi2  # noqa: PLC0415 - late: the library is loaded when a vault is opened

    engine = sa.create_engine(
        sa.URL.create("sqlite", database=str(path)), module=sqlcipher3.dbapi2, poolclass=StaticPool
    )

    def configure(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA cipher_log_level = NONE")
        cursor.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
        cursor.execute(f"PRAGMA cipher_page_size = {PAGE_BYTES}")
        cursor.execute("PRAGMA cipher_memory_security = ON")
        cursor.execute("PRAGMA journal_mode = DELETE")
        cursor.execute("PRAGMA synchronous = EXTRA")
        cursor.execute("PRAGMA secure_delete = ON")
        cursor.execute("PRAGMA temp_store = MEMORY")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        cursor.close()

    sa.event.listen(engine, "connect", configure)
    return engine
