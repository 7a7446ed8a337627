"""Bringing a vault of format 1 forward to format 2, in which a draft says its kind (FORMAT.md, section 13).

The key file says format 2 first, so that no earlier program opens what it would take for damaged; then one transaction
adds the column. A kill between the two, or within the second, leaves a vault that the next unlock brings forward. It
takes no supervisor: nothing that is signed changes.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import sqlalchemy as sa

from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.vault.crypto.multiset_hash import Marker, Tally
from mlid_desktop.vault.keys.key_file import VAULT_FORMAT, KeyFile
from mlid_desktop.vault.store.backend import DatabaseBackend
from mlid_desktop.vault.store.commit import Commits
from mlid_desktop.vault.store.schema import DRAFTS, content_columns
from mlid_desktop.vault.store.transaction import Transaction, marks, tally_name
from mlid_desktop.vault.subjects.drafts import DraftKind

COLUMNS_BEFORE = ("draft", "subject", "expires_at", "wrapped_key", "sealed")


def is_format_1(database: DatabaseBackend, key_file: KeyFile) -> bool:
    """Whether the vault is of format 1, or was left between the two steps of this migration."""
    return key_file.format < VAULT_FORMAT or not database.has_column(DRAFTS.c.kind)


def migrate(
    database: DatabaseBackend,
    commits: Commits,
    marker: Marker,
    key_file: KeyFile,
    write_key_file: Callable[[KeyFile], None],
    now: datetime,
) -> None:
    """Both steps, as far as they are not done. Raises VaultError: damaged, disk full, not writable."""
    if key_file.format < VAULT_FORMAT:
        key_file = key_file.in_present_format()
        write_key_file(key_file)
    if database.has_column(DRAFTS.c.kind):
        return
    with commits.transaction(marker, now, key_file.generation, lambda: None) as transaction:
        _add_kind(database, transaction, marker)


def _add_kind(database: DatabaseBackend, transaction: Transaction, marker: Marker) -> None:
    """A draft without a subject is a search: the program of before saved them so."""
    connection, name = transaction.connection, tally_name(DRAFTS)
    rows = database.stored_rows(connection, DRAFTS.name)
    before = [[row[column] for column in COLUMNS_BEFORE] for row in rows]
    if Tally.of(marks(marker, DRAFTS, before)) != Tally.read(transaction.facts.get(name, b"")):
        raise VaultError(Code.VAULT_DAMAGED, what=DRAFTS.name)
    database.add_column(connection, DRAFTS.c.kind)
    searches = sa.update(DRAFTS).where(DRAFTS.c.subject == "").values(kind=DraftKind.SEARCH.value)
    connection.execute(searches)
    if rows:
        after = connection.execute(sa.select(*content_columns(DRAFTS)))
        transaction.facts[name] = Tally.of(marks(marker, DRAFTS, after)).written()
