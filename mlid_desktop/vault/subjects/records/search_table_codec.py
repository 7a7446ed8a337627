"""Encodes search tables as bytes (FORMAT.md, section 5): each in a record of its own, beside its reference."""

from __future__ import annotations

from collections.abc import Iterable

from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.domain.templates import SearchTable
from mlid_desktop.vault.crypto.envelope import bind, unbind

SEARCH_TABLE = "search table"
VERSION_BYTES = 4
MAX_TABLE_BYTES = 64 * 1024


def table_bytes(reference_id: str, table: SearchTable) -> bytes:
    """A search table as the bytes of its record. Raises ValueError for one beyond MAX_TABLE_BYTES."""
    if len(table.content) > MAX_TABLE_BYTES:
        raise ValueError("a search table of more than the limit could not be read back")
    return bind(reference_id.encode(), table.version.to_bytes(VERSION_BYTES, "big"), table.content)


def read_table(plain: bytes) -> tuple[str, SearchTable]:
    """Parses a record of a search table: the identifier of its reference, and the table. Raises
    VaultError(VAULT_DAMAGED)."""
    try:
        reference_id, version, content = unbind(plain, 3)
        name = reference_id.decode()
    except ValueError:
        raise VaultError(Code.VAULT_DAMAGED, what=SEARCH_TABLE) from None
    if len(version) != VERSION_BYTES or len(content) > MAX_TABLE_BYTES:
        raise VaultError(Code.VAULT_DAMAGED, what=SEARCH_TABLE)
    return name, SearchTable(int.from_bytes(version, "big"), content)


def read_tables(records: Iterable[bytes]) -> dict[str, SearchTable]:
    """Parses records of search tables, by the identifiers of their references. Raises VaultError(VAULT_DAMAGED)."""
    return dict(map(read_table, records))
