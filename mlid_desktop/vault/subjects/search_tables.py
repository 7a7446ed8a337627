"""Search tables of references, each in a record beside its reference, under the person's key (FORMAT.md, section 5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

import sqlalchemy as sa

from mlid_desktop.domain.templates import Reference, SearchTable
from mlid_desktop.vault.crypto.multiset_hash import Cell
from mlid_desktop.vault.store.schema import SEARCH_TABLES, SUBJECTS
from mlid_desktop.vault.store.transaction import Transaction
from mlid_desktop.vault.subjects.record_codec import read_reference
from mlid_desktop.vault.subjects.records.record_rows import replace_rows, sealed_row
from mlid_desktop.vault.subjects.records.search_table_codec import table_bytes
from mlid_desktop.vault.subjects.repository import held_rows, is_known, withdrawn
from mlid_desktop.vault.subjects.subject_keys import SubjectKeys

OF_REFERENCES = {modality.value: kind for modality, kind in SEARCH_TABLES.items()}


def keep(transaction: Transaction, tabulated: Sequence[Reference], keys: SubjectKeys) -> int:
    """Keeps the search tables of references, of one person after another, in place of those that they had, and gives
    how many. References that are gone, and those of people who are gone or withdrew consent, are passed over. Raises
    VaultError(VAULT_DAMAGED)."""
    barred, kept = withdrawn(transaction.connection), 0
    for subject_id, own in groupby(tabulated, lambda reference: reference.subject_id):
        tables = {reference.reference_id: reference.template.search_table for reference in own}
        if subject_id not in barred and is_known(transaction.connection, subject_id):
            kept += _keep_of(transaction, subject_id, tables, keys)
    return kept


def drop(transaction: Transaction, subject_id: str, keys: SubjectKeys) -> None:
    """Deletes the search tables of a person. Raises VaultError(VAULT_DAMAGED)."""
    held, kinds = held_rows(transaction.connection, subject_id, keys), OF_REFERENCES.values()
    replace_rows(transaction, subject_id, [(kind, row) for kind, row, _ in held if kind in kinds], {}, keys)


def _keep_of(
    transaction: Transaction, subject_id: str, tables: Mapping[str, SearchTable | None], keys: SubjectKeys
) -> int:
    held = held_rows(transaction.connection, subject_id, keys)
    wrapped = sa.select(SUBJECTS.c.wrapped_key).where(SUBJECTS.c.subject == subject_id)
    key = keys.unwrapped(subject_id, transaction.connection.execute(wrapped).scalar_one())
    come: dict[str, list[dict[str, Cell]]] = {}
    renewed: set[tuple[str, int]] = set()
    for kind, (_, sequence, extractor, _), plain in held:
        if kind not in OF_REFERENCES:
            continue
        reference_id, beside = read_reference(subject_id, plain).reference_id, OF_REFERENCES[kind]
        table = tables.get(reference_id)
        if table is not None:
            content = table_bytes(reference_id, table)
            row = sealed_row(subject_id, beside, sequence, extractor, content, key, keys)
            come.setdefault(beside, []).append(row)
            renewed.add((beside, sequence))
    gone = [(kind, row) for kind, row, _ in held if (kind, row[1]) in renewed]
    replace_rows(transaction, subject_id, gone, come, keys)
    return len(renewed)
