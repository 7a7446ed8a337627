"""Reads a whole table of records, complete by its tally."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.vault.crypto.envelope import unseal
from mlid_desktop.vault.crypto.multiset_hash import MODULUS, Tally
from mlid_desktop.vault.store.schema import RECORDS, SUBJECTS, content_columns
from mlid_desktop.vault.store.transaction import read_facts, require_equal
from mlid_desktop.vault.subjects.subject_keys import SubjectKeys

ROWS_AT_A_TIME = 1000  # fetched in one call


def whole_table(connection: Connection, kind: str, keys: SubjectKeys) -> Iterator[tuple[Sequence[Any], bytes]]:
    """Every record of a kind as row and plaintext. That they are complete by the table's tally is known once all were
    yielded: a part must not be used."""
    table, mark = RECORDS[kind], keys.marker.mark
    people = connection.execute(sa.select(SUBJECTS.c.subject, SUBJECTS.c.wrapped_key))
    wrapped: dict[str, bytes] = {subject_id: key for subject_id, key in people}  # noqa: C416 - rows are no pairs to mypy
    rows, total, whose, key = 0, 0, "", b""
    found = connection.execute(sa.select(*content_columns(table)).order_by(table.c.place))
    for row in chain.from_iterable(found.partitions(ROWS_AT_A_TIME)):
        rows, total = rows + 1, total + mark(table.name, row)
        if row[0] not in wrapped:
            raise VaultError(Code.VAULT_DAMAGED, what=table.name)
        if row[0] != whose:
            whose, key = row[0], keys.unwrapped(row[0], wrapped[row[0]])
        yield row, open_record(kind, row, key, keys)
    require_equal(read_facts(connection), table, Tally(rows, total % MODULUS))


@contextmanager
def no_search_for_cycles() -> Iterator[None]:
    """Suspends the search for reference cycles: among hundreds of thousands of values without any it takes a quarter of
    the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def open_record(kind: str, row: Sequence[Any], key: bytes, keys: SubjectKeys) -> bytes:
    """Opens one record of a kind. Raises VaultError(VAULT_DAMAGED)."""
    subject_id, sequence, extractor, sealed = row
    return unseal(key, sealed, keys.associated(subject_id, kind, sequence, extractor), kind)
