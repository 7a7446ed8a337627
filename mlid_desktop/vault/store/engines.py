"""Selects the engine of a vault's database: SQLCipher, in a file of the vault's folder, is the only one."""

from __future__ import annotations

from pathlib import Path

from mlid_desktop.vault.store.backend import DatabaseBackend
from mlid_desktop.vault.store.sqlcipher import DATABASE_FILE, JOURNAL, SqlCipherDatabase

__all__ = ["DATABASE_FILE", "JOURNAL", "create_database", "open_database"]


def create_database(folder: Path, key: bytearray, name: str = DATABASE_FILE) -> DatabaseBackend:
    """Creates a database with every table, empty. Raises VaultError."""
    return SqlCipherDatabase(folder, key, create=True, name=name)


def open_database(folder: Path, key: bytearray) -> DatabaseBackend:
    """Opens the vault's database. Raises VaultError."""
    return SqlCipherDatabase(folder, key, create=False)
