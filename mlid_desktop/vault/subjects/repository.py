"""People in the database: rows without a personal column, records under a key of each person's own (FORMAT.md, 5)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.errors import Code, UsageError, VaultError
from mlid_desktop.domain.subjects import Enrolment, Standing, SubjectRecord, SubjectSummary
from mlid_desktop.domain.templates import Reference
from mlid_desktop.site_fields.schema import FieldSchema
from mlid_desktop.vault.crypto.multiset_hash import Tally
from mlid_desktop.vault.store.schema import (
    ATTEMPTS,
    NO_REFERENCES,
    PROFILE,
    RECORDS,
    SEARCH_TABLES,
    SUBJECTS,
    content_columns,
)
from mlid_desktop.vault.store.transaction import Transaction
from mlid_desktop.vault.subjects import erasure_ledger, shared_numbers, site_fields
from mlid_desktop.vault.subjects.record_codec import (
    read_profile,
    read_reference,
    read_summary,
    summary_of,
)
from mlid_desktop.vault.subjects.records import portraits, unsent_withdrawals
from mlid_desktop.vault.subjects.records.sealed_people import SealedPeople
from mlid_desktop.vault.subjects.records.search_table_codec import read_tables
from mlid_desktop.vault.subjects.records.touch_codec import read_record
from mlid_desktop.vault.subjects.records.whole_tables import no_search_for_cycles, open_record, whole_table
from mlid_desktop.vault.subjects.subject_keys import SubjectKeys, in_bucket


def insert(
    transaction: Transaction,
    enrolments: Sequence[Enrolment],
    keys: SubjectKeys,
    schema: FieldSchema,
    sealed: SealedPeople | None = None,
) -> list[SubjectSummary]:
    """Inserts people with every record; those that were ``sealed`` before where they are the same under the same keys,
    else sealed now. Raises UsageError(USAGE_NUMBER_TAKEN, USAGE_FIELD_TAKEN; USAGE_RECORD_CHANGED for somebody who was
    erased)."""
    erasure_ledger.require_not_erased(transaction.connection, [enrolment.subject_id for enrolment in enrolments])
    blinds = [keys.blind_number(enrolment.details.number) for enrolment in enrolments]
    shared_numbers.require_free(transaction.connection, blinds)
    return _insert(transaction, enrolments, blinds, keys, schema, sealed)


def replace(transaction: Transaction, enrolment: Enrolment, keys: SubjectKeys, schema: FieldSchema) -> None:
    """Replaces every record of a person, under a new key of theirs. Raises UsageError(USAGE_NUMBER_TAKEN,
    USAGE_FIELD_TAKEN) where number or fields are now others and somebody has them."""
    subject_id, number = enrolment.subject_id, enrolment.details.number
    kept = shared_numbers.kept_by(transaction.connection, subject_id, number, keys)
    if kept is None:
        shared_numbers.release(transaction, subject_id)
    _delete_records(transaction, subject_id)
    if kept is None:
        insert(transaction, [enrolment], keys, schema)
    else:
        _insert(transaction, [enrolment], [kept], keys, schema)


def _insert(
    transaction: Transaction,
    enrolments: Sequence[Enrolment],
    blinds: Sequence[bytes],
    keys: SubjectKeys,
    schema: FieldSchema,
    sealed: SealedPeople | None = None,
) -> list[SubjectSummary]:
    given = [(enrolment.subject_id, enrolment.details.fields) for enrolment in enrolments]
    site_fields.require_unused(transaction.connection, given, schema, keys)
    if sealed is None or not sealed.is_of(enrolments, keys):
        sealed = SealedPeople.of(enrolments, keys)
    people = [{**person, "blind_number": blind} for person, blind in zip(sealed.people, blinds, strict=True)]
    transaction.insert(SUBJECTS, people)
    for kind, records in sealed.records.items():
        transaction.insert_content(RECORDS[kind], records.rows, records.marks)
    site_fields.index(transaction, given, schema, keys)
    portraits.insert_all(transaction, enrolments, keys)
    return [summary_of(enrolment) for enrolment in enrolments]


def people_with(connection: Connection, number: str, keys: SubjectKeys) -> tuple[SubjectSummary, ...]:
    """The summaries of everybody who has this number, however it is written: one person, unless an earlier version kept
    spellings of it apart."""
    found = shared_numbers.holders(connection, number, keys)
    people = [read_summary(subject_id, _profile(connection, subject_id, keys)) for subject_id in found]
    return unsent_withdrawals.apply_noted_withdrawals(connection, people)


def profile(connection: Connection, subject_id: str, keys: SubjectKeys) -> SubjectRecord:
    """Reads a person's record. Raises UsageError(USAGE_UNKNOWN_SUBJECT), VaultError(VAULT_DAMAGED)."""
    record = read_profile(subject_id, _profile(connection, subject_id, keys))
    return unsent_withdrawals.apply_noted_withdrawal(connection, record, keys)


def references(connection: Connection, subject_id: str, keys: SubjectKeys) -> tuple[Reference, ...]:
    """Reads a person's references; none of one who withdrew consent. Raises UsageError(USAGE_UNKNOWN_SUBJECT),
    VaultError(VAULT_DAMAGED)."""
    held = [] if subject_id in withdrawn(connection, subject_id) else held_records(connection, subject_id, keys)
    return references_in(subject_id, held)


def references_in(subject_id: str, held: Sequence[tuple[str, bytes]]) -> tuple[Reference, ...]:
    """The references among a person's records, with their search tables. Raises VaultError(VAULT_DAMAGED)."""
    tables = read_tables(plain for kind, plain in held if kind in SEARCH_TABLES.values())
    return tuple(read_reference(subject_id, plain, tables) for kind, plain in held if kind not in NO_REFERENCES)


def everybody(connection: Connection, keys: SubjectKeys) -> tuple[SubjectSummary, ...]:
    """Reads the summary of every person. Raises VaultError(VAULT_DAMAGED) where one is missing or changed."""
    with no_search_for_cycles():
        people = [read_summary(row[0], plain) for row, plain in whole_table(connection, PROFILE, keys)]
    return unsent_withdrawals.apply_noted_withdrawals(connection, people)


def all_references(connection: Connection, modality: Modality, keys: SubjectKeys) -> tuple[Reference, ...]:
    """Reads every reference of a modality, with its search table where it has one, never a part: raises
    VaultError(VAULT_DAMAGED) where one is missing or changed. Those of people who withdrew are read and left out."""
    barred, searched = withdrawn(connection), SEARCH_TABLES.get(modality)
    with no_search_for_cycles():
        kept = () if searched is None else whole_table(connection, searched, keys)
        tables = read_tables(plain for _, plain in kept)
        whole = whole_table(connection, modality.value, keys)
        return tuple(read_reference(row[0], plain, tables) for row, plain in whole if row[0] not in barred)


def made_by(connection: Connection, extractors: Collection[str]) -> frozenset[str]:
    """The people who have references of one of these extractors, withdrawn ones left out. Reads no record."""
    found: set[str] = set()
    for kind, table in RECORDS.items():
        if kind not in NO_REFERENCES and extractors:
            wanted = sa.select(table.c.subject).where(table.c.extractor.in_(sorted(extractors))).distinct()
            found.update(connection.execute(wanted).scalars())
    return frozenset(found) - withdrawn(connection)


def withdrawn(connection: Connection, subject_id: str | None = None) -> frozenset[str]:
    """The people who withdrew consent, whether their register knows it or not yet, and those of whom a caller says so:
    of everybody, or of this person alone."""
    wanted = sa.select(SUBJECTS.c.subject).where(SUBJECTS.c.standing != Standing.HELD.value)
    asked = wanted if subject_id is None else wanted.where(SUBJECTS.c.subject == subject_id)
    return frozenset(connection.execute(asked).scalars()) | unsent_withdrawals.standings(connection, subject_id).keys()


def read_all(connection: Connection, keys: SubjectKeys) -> tuple[int, int]:
    """Reads every record; gives how many people and how many records. Raises VaultError(VAULT_DAMAGED)."""
    tallies: dict[str, Tally] = {}
    records, marker = 0, keys.marker
    for kind, table in RECORDS.items():
        for row, plain in whole_table(connection, kind, keys):
            subject_id = str(row[0])
            read_record(kind, subject_id, plain)
            tallies[subject_id] = tallies.get(subject_id, Tally()) + Tally.of([marker.mark(table.name, row)])
            records += 1
    people = connection.execute(sa.select(SUBJECTS.c.subject, SUBJECTS.c.records_tally)).all()
    if any(tallies.get(subject_id, Tally()).written() != tally for subject_id, tally in people):
        raise VaultError(Code.VAULT_DAMAGED, what="records")
    return len(people), records


def bare_keys(connection: Connection, keys: SubjectKeys) -> dict[str, bytes]:
    """Every person's key, unwrapped. Raises VaultError(VAULT_DAMAGED)."""
    rows = connection.execute(sa.select(SUBJECTS.c.subject, SUBJECTS.c.wrapped_key))
    return {subject_id: keys.unwrapped(subject_id, wrapped) for subject_id, wrapped in rows}


def is_known(connection: Connection, subject_id: str) -> bool:
    """Whether this person is enrolled."""
    return connection.execute(sa.select(SUBJECTS.c.subject).where(SUBJECTS.c.subject == subject_id)).first() is not None


def count(connection: Connection) -> int:
    """How many people are enrolled."""
    return int(connection.execute(sa.select(sa.func.count()).select_from(SUBJECTS)).scalar_one())


def summaries(connection: Connection, subject_ids: Collection[str], keys: SubjectKeys) -> dict[str, SubjectSummary]:
    """The summaries of those of these people who are enrolled. Raises VaultError(VAULT_DAMAGED)."""
    known = [subject_id for subject_id in subject_ids if is_known(connection, subject_id)]
    people = [read_summary(subject_id, _profile(connection, subject_id, keys)) for subject_id in known]
    return {person.subject_id: person for person in unsent_withdrawals.apply_noted_withdrawals(connection, people)}


def require_known(connection: Connection, subject_id: str) -> None:
    """Raises UsageError(USAGE_UNKNOWN_SUBJECT) for an identifier of nobody."""
    if not is_known(connection, subject_id):
        raise UsageError(Code.USAGE_UNKNOWN_SUBJECT)


def delete(transaction: Transaction, subject_id: str, keys: SubjectKeys) -> None:
    """Deletes every row of a person."""
    shared_numbers.release(transaction, subject_id)
    site_fields.unindex(transaction, subject_id, keys)
    _delete_records(transaction, subject_id)
    transaction.delete(ATTEMPTS, ATTEMPTS.c.subject == subject_id)


def _delete_records(transaction: Transaction, subject_id: str) -> None:
    """Deletes a person's key and everything it opens; failed attempts stay counted."""
    for table in RECORDS.values():
        transaction.delete(table, table.c.subject == subject_id)
    portraits.delete_of(transaction, subject_id)
    transaction.delete(SUBJECTS, SUBJECTS.c.subject == subject_id)


def rewrap(transaction: Transaction, old: SubjectKeys, new: SubjectKeys, bucket: int) -> None:
    """Wraps the key of every person who remains in a bucket anew."""

    def anew(row: Sequence[Any]) -> tuple[Any, ...]:
        subject_id, blind, wrapped, *rest = row
        return subject_id, blind, new.wrapped(subject_id, old.unwrapped(subject_id, wrapped)), *rest

    subject = SUBJECTS.c.subject
    transaction.rewrite(SUBJECTS, subject, SUBJECTS.c.wrapped_key, anew, in_bucket(subject, bucket))


def held_records(connection: Connection, subject_id: str, keys: SubjectKeys) -> list[tuple[str, bytes]]:
    """Every record of a person as kind and plaintext, complete by the person's own tally."""
    return [(kind, plain) for kind, _, plain in held_rows(connection, subject_id, keys)]


def held_rows(connection: Connection, subject_id: str, keys: SubjectKeys) -> list[tuple[str, Sequence[Any], bytes]]:
    """Every record of a person as kind, row and plaintext, as :func:`held_records`."""
    person = connection.execute(sa.select(SUBJECTS).where(SUBJECTS.c.subject == subject_id)).first()
    if person is None:
        raise UsageError(Code.USAGE_UNKNOWN_SUBJECT)
    rows = [
        (kind, row)
        for kind, table in RECORDS.items()
        for row in connection.execute(
            sa.select(*content_columns(table)).where(table.c.subject == subject_id).order_by(table.c.sequence)
        )
    ]
    marker = keys.marker
    if Tally.of(marker.mark(RECORDS[kind].name, row) for kind, row in rows).written() != person.records_tally:
        raise VaultError(Code.VAULT_DAMAGED, what="records")
    key = keys.unwrapped(subject_id, person.wrapped_key)
    return [(kind, row, open_record(kind, row, key, keys)) for kind, row in rows]


def _profile(connection: Connection, subject_id: str, keys: SubjectKeys) -> bytes:
    held = [plain for kind, plain in held_records(connection, subject_id, keys) if kind == PROFILE]
    if len(held) != 1:
        raise VaultError(Code.VAULT_DAMAGED, what=PROFILE)
    return held[0]
