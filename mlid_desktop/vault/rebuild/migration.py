"""Migrates a vault of an earlier format to the present one, in one resumable step (FORMAT.md, section 13).

The key file says the present format first, so that no earlier program opens what it would take for damaged, and has the
bucket keys to come beside the one key that wrapped all; then one transaction adds what is missing, whatever number of
formats lies between. A kill between the two, or within the second, leaves a vault that the next unlock brings forward.
It takes no supervisor: nothing that is signed changes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.vault.crypto.multiset_hash import Marker, Tally
from mlid_desktop.vault.keyring import VaultKeys
from mlid_desktop.vault.keys.desk_keys import DeskKeys
from mlid_desktop.vault.keys.desk_register import join
from mlid_desktop.vault.keys.device_secret import OpenStore
from mlid_desktop.vault.keys.key_file import VAULT_FORMAT, KeyFile
from mlid_desktop.vault.rebuild import migration_format_2, migration_format_3
from mlid_desktop.vault.rebuild.key_wrapping import wrap_anew
from mlid_desktop.vault.store.backend import DatabaseBackend
from mlid_desktop.vault.store.commit import Commits
from mlid_desktop.vault.store.schema import DRAFTS, POINT_READ, content_columns
from mlid_desktop.vault.store.transaction import FORMAT, Transaction, marks, require_tally, tally_name
from mlid_desktop.vault.subjects.subject_keys import EVERY_BUCKET

TABLES_READ, NUMBERS_COMPARED = 0.05, 0.55  # shares of the time that a large vault takes
MIGRATED = "vault.migrated"  # the act of the change that a migration is
MissingColumns = Mapping[sa.Table, Sequence[sa.Column[Any]]]


def is_of_earlier_format(key_file: KeyFile, facts: Mapping[str, bytes]) -> bool:
    """Whether the vault is of an earlier format, or was left between the two steps of a migration."""
    return key_file.format < VAULT_FORMAT or int.from_bytes(facts.get(FORMAT, b""), "big") < VAULT_FORMAT


def unlike_present(database: DatabaseBackend) -> list[sa.Table]:
    """The small tables that an earlier format lacks, or has with fewer columns: a migration reads them whole itself."""
    known = database.table_names()
    return [table for table in POINT_READ if table.name not in known or _missing(database, table)]


def missing_columns(database: DatabaseBackend) -> MissingColumns:
    """The columns that small tables of an earlier format lack. Their tallies are checked while they get it."""
    found = {table: _missing(database, table) for table in POINT_READ}
    return {table: columns for table, columns in found.items() if columns}


def _missing(database: DatabaseBackend, table: sa.Table) -> list[sa.Column[Any]]:
    return [column for column in table.columns if not database.has_column(column)]


def migrate(
    database: DatabaseBackend,
    commits: Commits,
    keys: VaultKeys,
    key_file: KeyFile,
    write_key_file: Callable[[KeyFile], None],
    now: datetime,
    store: OpenStore,
    progress: Callable[[float], None],
) -> tuple[VaultKeys, DeskKeys]:
    """Carries out both steps of the migration, as far as they are not done; gives the keys with those of the buckets,
    and those of this machine's desk. ``progress`` is told how much of it is done, from 0 to 1. Raises VaultError:
    damaged, disk full, not writable."""
    successor = keys.with_fresh_wraps(key_file.identity, EVERY_BUCKET)
    key_file = key_file.in_present_format().with_wrap(keys.wrapped, pending=successor.wrapped)
    write_key_file(key_file)
    database.add_missing_tables()
    missing, marker = missing_columns(database), keys.subjects.marker
    with commits.transaction(marker, now, key_file.generation, lambda: None) as transaction:
        progress(TABLES_READ)
        bring_forward(database, transaction, marker, missing)
        progress(2 * TABLES_READ)
        migration_format_3.compare_numbers_anew(transaction, keys.subjects)
        migration_format_3.complete(transaction, key_file, keys.audit)
        progress(NUMBERS_COMPARED)
        wrap_anew(
            transaction,
            keys.subjects,
            successor,
            EVERY_BUCKET,
            lambda share: progress(NUMBERS_COMPARED + share * (1 - NUMBERS_COMPARED)),
        )
        transaction.name_act(MIGRATED, "")
        number = commits.head.generation + 1
        desk, _ = join(transaction, keys.roots, key_file.identity, store, number)
        commits.desk = desk
    return successor, desk


def bring_forward(database: DatabaseBackend, transaction: Transaction, marker: Marker, missing: MissingColumns) -> None:
    """Brings the tables into the present format. Raises VaultError(VAULT_DAMAGED) where one was not whole."""
    for table in POINT_READ:
        if table not in missing:
            require_tally(transaction.connection, marker, table)
    for table, columns in missing.items():
        _add_columns(database, transaction, marker, table, columns)


def _add_columns(
    database: DatabaseBackend,
    transaction: Transaction,
    marker: Marker,
    table: sa.Table,
    columns: Sequence[sa.Column[Any]],
) -> None:
    """Adds columns to a table after checking that it is whole, and computes its tally anew."""
    connection, name = transaction.connection, tally_name(table)
    kept = [column.name for column in content_columns(table) if column not in columns]
    rows = database.stored_rows(connection, table.name)
    before = Tally.of(marks(marker, table, ([row[column] for column in kept] for row in rows)))
    if before != Tally.read(transaction.facts.get(name, b"")):
        raise VaultError(Code.VAULT_DAMAGED, what=table.name)
    for column in columns:
        database.add_column(connection, column)
    if DRAFTS.c.kind in columns:
        migration_format_2.name_searches(connection)
    if rows:
        after = connection.execute(sa.select(*content_columns(table)))
        transaction.facts[name] = Tally.of(marks(marker, table, after)).written()
