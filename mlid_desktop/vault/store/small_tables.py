"""Reads the tables that are small and read by single rows, such as the settings, whole: a row that is missing from them
is noticed in no other way."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from mlid_desktop.vault.crypto.multiset_hash import Marker
from mlid_desktop.vault.store.backend import DatabaseBackend
from mlid_desktop.vault.store.schema import POINT_READ
from mlid_desktop.vault.store.transaction import require_tally


def require_small_tables(database: DatabaseBackend, tally_key: bytearray, but: Collection[sa.Table]) -> None:
    """Checks the rows of every small table and its indexes, ``but`` those that a migration reads. Raises
    VaultError(VAULT_DAMAGED) where a row was lost or added."""
    known = database.table_names()
    with database.reading() as connection:
        for table in POINT_READ:
            if table not in but:
                require_tally(connection, Marker(tally_key), table)
            if table.name in known:
                database.check_table(table.name)
