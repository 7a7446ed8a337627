"""References of earlier extractors give way to new ones: in the transaction of the acceptance that made them, or, at a
desk of a register, in the change that brings the visit there."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.domain.subjects import RenewedReference, new_identifier
from mlid_desktop.vault.store.schema import SEARCH_TABLES, SUBJECTS
from mlid_desktop.vault.store.transaction import Transaction
from mlid_desktop.vault.subjects.record_codec import read_reference, reference_bytes
from mlid_desktop.vault.subjects.records.record_rows import replace_rows, sealed_row
from mlid_desktop.vault.subjects.records.search_table_codec import table_bytes
from mlid_desktop.vault.subjects.repository import held_rows
from mlid_desktop.vault.subjects.subject_keys import SubjectKeys


@dataclass(frozen=True, slots=True)
class MadeReference:
    """A reference that is to take the place of others: ``records`` are the plaintexts of its records by their kinds,
    ``kind`` that of the reference itself."""

    kind: str
    extractor: str
    replaced: tuple[str, ...]
    records: Mapping[str, bytes] = field(repr=False)

    @classmethod
    def of(cls, renewed: RenewedReference, at: datetime) -> MadeReference:
        """What is made of a capture at this moment."""
        template = renewed.capture.template
        if template is None or not renewed.replaced:
            raise ValueError("a reference is renewed by a template")
        modality, reference_id = renewed.capture.characteristic.modality, new_identifier()
        records = {modality.value: reference_bytes(reference_id, renewed.capture, at)}
        if template.search_table is not None and modality in SEARCH_TABLES:
            records[SEARCH_TABLES[modality]] = table_bytes(reference_id, template.search_table)
        return cls(modality.value, template.extractor.key, tuple(renewed.replaced), records)

    @classmethod
    def read(cls, written: dict[str, Any]) -> MadeReference:
        """Reads what :meth:`written` gave, out of an envelope of the vault."""
        records = {kind: b64decode(plain) for kind, plain in written["records"].items()}
        return cls(written["kind"], written["extractor"], tuple(written["replaced"]), records)

    def written(self) -> dict[str, Any]:
        """The reference as values that JSON can hold."""
        records = {kind: b64encode(plain).decode() for kind, plain in self.records.items()}
        return {"kind": self.kind, "extractor": self.extractor, "replaced": list(self.replaced), "records": records}


def put(transaction: Transaction, subject_id: str, made: MadeReference, keys: SubjectKeys) -> bool:
    """Puts a reference in the place of those that it replaces. Every one of them has to be the person's, of the same
    characteristic, and made by another extractor; False, and nothing is done, otherwise. Raises VaultError."""
    wrapped = sa.select(SUBJECTS.c.wrapped_key).where(SUBJECTS.c.subject == subject_id)
    key = keys.unwrapped(subject_id, transaction.connection.execute(wrapped).scalar_one())
    held = held_rows(transaction.connection, subject_id, keys)
    characteristic = read_reference(subject_id, made.records[made.kind]).template.characteristic
    replaced: dict[str, int] = {}
    for kind, row, content in held:
        if kind != made.kind:
            continue
        reference = read_reference(subject_id, content)
        same = reference.template.characteristic == characteristic
        if reference.reference_id in made.replaced and same and row[2] != made.extractor:
            replaced[reference.reference_id] = row[1]
    if set(replaced) != set(made.replaced):
        return False
    kinds = {made.kind, SEARCH_TABLES.get(Modality(made.kind))}
    gone = [(kind, row) for kind, row, _ in held if kind in kinds and row[1] in replaced.values()]
    sequence = 1 + max(row[1] for _, row, _ in held)
    come = {
        kind: [sealed_row(subject_id, kind, sequence, made.extractor, content, key, keys)]
        for kind, content in made.records.items()
    }
    replace_rows(transaction, subject_id, gone, come, keys)
    return True


def renew_all(
    transaction: Transaction, subject_id: str, renewals: Sequence[RenewedReference], keys: SubjectKeys
) -> tuple[str, ...]:
    """Renews references, each as :func:`put`, and gives the kinds of those that were. Raises VaultError(VAULT_DAMAGED)
    where one is not in the place of those that it names."""
    kinds = []
    for renewed in renewals:
        made = MadeReference.of(renewed, transaction.now)
        if not put(transaction, subject_id, made, keys):
            raise VaultError(Code.VAULT_DAMAGED, what="reference")
        kinds.append(made.kind)
    return tuple(kinds)
