"""References of earlier extractors give way to new ones, in the transaction of the acceptance that made them."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.domain.subjects import RenewedReference, new_identifier
from mlid_desktop.vault.crypto.envelope import seal
from mlid_desktop.vault.crypto.multiset_hash import Cell, Tally
from mlid_desktop.vault.store.schema import RECORDS, SUBJECTS
from mlid_desktop.vault.store.transaction import Transaction
from mlid_desktop.vault.subjects.record_codec import read_reference, reference_bytes
from mlid_desktop.vault.subjects.repository import held_rows
from mlid_desktop.vault.subjects.subject_keys import SubjectKeys


def renew(transaction: Transaction, subject_id: str, renewed: RenewedReference, keys: SubjectKeys) -> None:
    """Puts the new reference in the place of those that it replaces. Every one of them has to be the person's, of the
    same characteristic, and made by another extractor; raises VaultError(VAULT_DAMAGED) otherwise."""
    template = renewed.capture.template
    if template is None or not renewed.replaced:
        raise ValueError("a reference is renewed by a template")
    kind = renewed.capture.characteristic.modality.value
    person = transaction.connection.execute(sa.select(SUBJECTS).where(SUBJECTS.c.subject == subject_id)).one()
    held = held_rows(transaction.connection, subject_id, keys)
    table, gone, known = RECORDS[kind], Tally(), set()
    for held_kind, row, plain in held:
        if held_kind != kind:
            continue
        reference = read_reference(subject_id, plain)
        same = reference.template.characteristic == renewed.capture.characteristic
        if reference.reference_id in renewed.replaced and same and row[2] != template.extractor.key:
            known.add(reference.reference_id)
            gone += Tally.of([keys.marker.mark(table.name, list(row))])
            transaction.delete(table, table.c.subject == subject_id, table.c.sequence == row[1])
    if known != set(renewed.replaced):
        raise VaultError(Code.VAULT_DAMAGED, what="reference")
    sequence = 1 + max(row[1] for _, row, _ in held)
    key = keys.unwrapped(subject_id, person.wrapped_key)
    plain = reference_bytes(new_identifier(), renewed.capture, transaction.now)
    extractor = template.extractor.key
    cells: dict[str, Cell] = {"subject": subject_id, "sequence": sequence, "extractor": extractor}
    cells["sealed"] = seal(key, plain, keys.associated(subject_id, kind, sequence, extractor))
    transaction.insert(table, [cells])
    come = Tally.of([keys.marker.mark(table.name, list(cells.values()))])
    tally = Tally.read(person.records_tally) - gone + come
    transaction.update(SUBJECTS, SUBJECTS.c.subject == subject_id, records_tally=tally.written())


def renew_all(
    transaction: Transaction, subject_id: str, renewals: Sequence[RenewedReference], keys: SubjectKeys
) -> tuple[str, ...]:
    """Renews references as :func:`renew`, and gives the kinds of those that were."""
    for renewed in renewals:
        renew(transaction, subject_id, renewed, keys)
    return tuple(renewed.capture.characteristic.modality.value for renewed in renewals)
