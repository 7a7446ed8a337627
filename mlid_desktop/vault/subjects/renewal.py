"""References of earlier extractors give way to new ones, in the transaction of the acceptance that made them."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.domain.subjects import RenewedReference, new_identifier
from mlid_desktop.vault.store.schema import SEARCH_TABLES, SUBJECTS
from mlid_desktop.vault.store.transaction import Transaction
from mlid_desktop.vault.subjects.record_codec import read_reference, reference_bytes
from mlid_desktop.vault.subjects.records.record_rows import replace_rows, sealed_row
from mlid_desktop.vault.subjects.records.search_table_codec import table_bytes
from mlid_desktop.vault.subjects.repository import held_rows
from mlid_desktop.vault.subjects.subject_keys import SubjectKeys


def renew(transaction: Transaction, subject_id: str, renewed: RenewedReference, keys: SubjectKeys) -> None:
    """Puts the new reference in the place of those that it replaces. Every one of them has to be the person's, of the
    same characteristic, and made by another extractor; raises VaultError(VAULT_DAMAGED) otherwise."""
    template = renewed.capture.template
    if template is None or not renewed.replaced:
        raise ValueError("a reference is renewed by a template")
    modality, extractor = renewed.capture.characteristic.modality, template.extractor.key
    wrapped = sa.select(SUBJECTS.c.wrapped_key).where(SUBJECTS.c.subject == subject_id)
    key = keys.unwrapped(subject_id, transaction.connection.execute(wrapped).scalar_one())
    held = held_rows(transaction.connection, subject_id, keys)
    replaced: dict[str, int] = {}
    for kind, row, content in held:
        if kind != modality.value:
            continue
        reference = read_reference(subject_id, content)
        same = reference.template.characteristic == renewed.capture.characteristic
        if reference.reference_id in renewed.replaced and same and row[2] != extractor:
            replaced[reference.reference_id] = row[1]
    if set(replaced) != set(renewed.replaced):
        raise VaultError(Code.VAULT_DAMAGED, what="reference")
    kinds = {modality.value, SEARCH_TABLES.get(modality)}
    gone = [(kind, row) for kind, row, _ in held if kind in kinds and row[1] in replaced.values()]
    reference_id, sequence = new_identifier(), 1 + max(row[1] for _, row, _ in held)
    plain = {modality.value: reference_bytes(reference_id, renewed.capture, transaction.now)}
    if template.search_table is not None and modality in SEARCH_TABLES:
        plain[SEARCH_TABLES[modality]] = table_bytes(reference_id, template.search_table)
    come = {
        kind: [sealed_row(subject_id, kind, sequence, extractor, content, key, keys)] for kind, content in plain.items()
    }
    replace_rows(transaction, subject_id, gone, come, keys)


def renew_all(
    transaction: Transaction, subject_id: str, renewals: Sequence[RenewedReference], keys: SubjectKeys
) -> tuple[str, ...]:
    """Renews references as :func:`renew`, and gives the kinds of those that were."""
    for renewed in renewals:
        renew(transaction, subject_id, renewed, keys)
    return tuple(renewed.capture.characteristic.modality.value for renewed in renewals)
