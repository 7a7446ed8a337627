"""Earlier images of a person's fingers, in one record under the person's key (FORMAT.md, section 5); erased with it."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from mlid_desktop.domain.templates import Touch, newest_touches
from mlid_desktop.vault.crypto.envelope import seal
from mlid_desktop.vault.crypto.multiset_hash import Cell, Tally
from mlid_desktop.vault.store.schema import RECORDS, SUBJECTS, TOUCHES, content_columns
from mlid_desktop.vault.store.transaction import Transaction
from mlid_desktop.vault.subjects.records.touch_codec import read_touches, touches_bytes
from mlid_desktop.vault.subjects.repository import held_records
from mlid_desktop.vault.subjects.subject_keys import SubjectKeys


def touches(connection: Connection, subject_id: str, keys: SubjectKeys) -> tuple[Touch, ...]:
    """The touches kept of a person, oldest first. Raises UsageError(USAGE_UNKNOWN_SUBJECT), VaultError."""
    plain = [record for kind, record in held_records(connection, subject_id, keys) if kind == TOUCHES]
    return tuple(touch for record in plain for touch in read_touches(record))


def remember(transaction: Transaction, subject_id: str, newest: Sequence[Touch], keys: SubjectKeys) -> None:
    """Adds touches to those of a person; the oldest beyond what is kept go. Raises UsageError(USAGE_UNKNOWN_SUBJECT),
    VaultError."""
    if not newest:
        return
    table = RECORDS[TOUCHES]
    plain = touches_bytes(newest_touches((*touches(transaction.connection, subject_id, keys), *newest)))
    person = transaction.connection.execute(sa.select(SUBJECTS).where(SUBJECTS.c.subject == subject_id)).one()
    key = keys.unwrapped(subject_id, person.wrapped_key)
    cells: dict[str, Cell] = {"subject": subject_id, "sequence": 0, "extractor": ""}
    cells["sealed"] = seal(key, plain, keys.associated(subject_id, TOUCHES, 0, ""))
    before = transaction.connection.execute(sa.select(*content_columns(table)).where(table.c.subject == subject_id))
    mark, tally = keys.marker.mark, Tally.read(person.records_tally)
    for row in before.all():
        tally -= Tally.of([mark(table.name, list(row))])
    transaction.delete(table, table.c.subject == subject_id)
    transaction.insert(table, [cells])
    tally += Tally.of([mark(table.name, list(cells.values()))])
    transaction.update(SUBJECTS, SUBJECTS.c.subject == subject_id, records_tally=tally.written())
