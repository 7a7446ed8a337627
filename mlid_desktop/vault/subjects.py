"""People in the database: rows without a personal column, records under a key of each person's own (FORMAT.md, 5)."""

from __future__ import annotations

import hmac
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from mlid_desktop.domain.characteristics import Characteristic, Modality
from mlid_desktop.domain.errors import Code, UsageError, VaultError
from mlid_desktop.domain.subjects import Enrolment, SubjectRecord, SubjectSummary, new_identifier
from mlid_desktop.domain.templates import Reference
from mlid_desktop.vault.change import Change, marks, read_facts, require_equal
from mlid_desktop.vault.envelope import KEY_BYTES, bind, new_key, seal, unseal, wipe
from mlid_desktop.vault.identity import VaultIdentity
from mlid_desktop.vault.records import profile_bytes, read_profile, read_reference, reference_bytes
from mlid_desktop.vault.schema import ATTEMPTS, PROFILE, RECORDS, SUBJECTS, content_columns
from mlid_desktop.vault.tally import Cell, Marker, Tally

Row = Sequence[Any]  # subject, sequence, extractor, sealed


@dataclass(frozen=True, slots=True)
class SubjectKeys:
    """What opens the people of one vault: the key that wraps theirs, the blind index's, and the tallies'."""

    identity: VaultIdentity
    wrap: bytearray = field(repr=False)
    blind: bytearray = field(repr=False)
    tally: bytearray = field(repr=False)

    @property
    def marker(self) -> Marker:
        """Makes the marks of rows."""
        return Marker(self.tally)

    def wrapped(self, subject_id: str, key: bytes | bytearray) -> bytes:
        """A person's key, wrapped."""
        return seal(self.wrap, key, bind(b"subject-key", self.identity.header, subject_id.encode()))

    def unwrapped(self, subject_id: str, untrusted: bytes) -> bytearray:
        """A person's key. Raises VaultError(VAULT_DAMAGED)."""
        associated = bind(b"subject-key", self.identity.header, subject_id.encode())
        key = bytearray(unseal(self.wrap, untrusted, associated, "subject key"))
        if len(key) != KEY_BYTES:
            raise VaultError(Code.VAULT_DAMAGED, what="subject key")
        return key

    def blind_number(self, number: str) -> bytes:
        """What the index holds in place of a number: HMAC-SHA-256 of its normalised form."""
        normalised = unicodedata.normalize("NFKC", number).strip().casefold()
        return hmac.digest(self.blind, normalised.encode("utf-8", "surrogatepass"), "sha256")

    def associated(self, subject_id: str, kind: str, sequence: int, extractor: str) -> bytes:
        """What a record is bound to: vault, person, kind, place and extractor."""
        place = sequence.to_bytes(4, "big")
        return bind(b"record", self.identity.header, subject_id.encode(), kind.encode(), place, extractor.encode())


def insert(change: Change, enrolment: Enrolment, keys: SubjectKeys) -> SubjectSummary:
    """A person with every record. Raises UsageError(USAGE_NUMBER_TAKEN)."""
    subject_id, blind = enrolment.subject_id, keys.blind_number(enrolment.details.number)
    if change.connection.execute(sa.select(SUBJECTS.c.subject).where(SUBJECTS.c.blind_number == blind)).first():
        raise UsageError(Code.USAGE_NUMBER_TAKEN)
    key = new_key()
    rows = [
        (kind, _row(subject_id, key, kind, place, extractor, plain, keys))
        for kind, place, extractor, plain in _plain(enrolment)
    ]
    marker = keys.marker
    records = Tally.of(
        marker.mark(RECORDS[kind].name, (row["subject"], row["sequence"], row["extractor"], row["sealed"]))
        for kind, row in rows
    )
    person: dict[str, Cell] = {
        "subject": subject_id,
        "blind_number": blind,
        "wrapped_key": keys.wrapped(subject_id, key),
        "records_tally": records.written(),
    }
    wipe(key)
    change.insert(SUBJECTS, [person])
    for kind, row in rows:
        change.insert(RECORDS[kind], [row])
    return SubjectSummary(
        subject_id,
        enrolment.details.number,
        enrolment.details.name,
        enrolment.enrolled_at,
        tuple(one.characteristic for one in enrolment.captures if one.template is not None),
    )


def find(connection: Connection, number: str, keys: SubjectKeys) -> SubjectSummary | None:
    """The person with this number."""
    wanted = sa.select(SUBJECTS.c.subject).where(SUBJECTS.c.blind_number == keys.blind_number(number))
    subject_id = connection.execute(wanted).scalar()
    return None if subject_id is None else _summary(*profile(connection, subject_id, keys))


def profile(
    connection: Connection, subject_id: str, keys: SubjectKeys
) -> tuple[SubjectRecord, tuple[Characteristic, ...]]:
    """A person's record. Raises UsageError(USAGE_UNKNOWN_SUBJECT), VaultError(VAULT_DAMAGED)."""
    held = [plain for kind, plain in _held(connection, subject_id, keys) if kind == PROFILE]
    if len(held) != 1:
        raise VaultError(Code.VAULT_DAMAGED, what=PROFILE)
    return read_profile(subject_id, held[0])


def references(connection: Connection, subject_id: str, keys: SubjectKeys) -> tuple[Reference, ...]:
    """A person's templates. Raises UsageError(USAGE_UNKNOWN_SUBJECT), VaultError(VAULT_DAMAGED)."""
    held = _held(connection, subject_id, keys)
    return tuple(read_reference(subject_id, plain) for kind, plain in held if kind != PROFILE)


def everybody(connection: Connection, keys: SubjectKeys) -> tuple[SubjectSummary, ...]:
    """Every person. Raises VaultError(VAULT_DAMAGED) where one is missing or changed."""
    found = _whole_table(connection, PROFILE, keys)
    return tuple(_summary(*read_profile(subject_id, plain)) for subject_id, plain in found)


def all_references(connection: Connection, modality: Modality, keys: SubjectKeys) -> tuple[Reference, ...]:
    """Every template of a modality, never a part: raises VaultError(VAULT_DAMAGED) where one is missing or changed."""
    found = _whole_table(connection, modality.value, keys)
    return tuple(read_reference(subject_id, plain) for subject_id, plain in found)


def require_known(connection: Connection, subject_id: str) -> None:
    """Raises UsageError(USAGE_UNKNOWN_SUBJECT)."""
    if connection.execute(sa.select(SUBJECTS.c.subject).where(SUBJECTS.c.subject == subject_id)).first() is None:
        raise UsageError(Code.USAGE_UNKNOWN_SUBJECT)


def delete(change: Change, subject_id: str) -> None:
    """Takes out every row of a person."""
    for table in RECORDS.values():
        change.delete(table, table.c.subject == subject_id)
    change.delete(ATTEMPTS, ATTEMPTS.c.subject == subject_id)
    change.delete(SUBJECTS, SUBJECTS.c.subject == subject_id)


def rewrap(change: Change, old: SubjectKeys, new: SubjectKeys) -> None:
    """Wraps every remaining person's key anew."""
    rows = []
    for row in change.connection.execute(sa.select(*content_columns(SUBJECTS))).all():
        key = old.unwrapped(row.subject, row.wrapped_key)
        rows.append({**row._mapping, "wrapped_key": new.wrapped(row.subject, key)})
        wipe(key)
    change.replace(SUBJECTS, SUBJECTS.c.subject, rows)


def _plain(enrolment: Enrolment) -> Iterator[tuple[str, int, str, bytes]]:
    """Kind, sequence, extractor and plaintext of each record."""
    yield PROFILE, 0, "", profile_bytes(enrolment)
    kept = [(one, one.template) for one in enrolment.captures if one.template is not None]
    for sequence, (capture, template) in enumerate(kept, start=1):
        plain = reference_bytes(new_identifier(), capture, enrolment.enrolled_at)
        yield capture.characteristic.modality.value, sequence, template.extractor.key, plain


def _row(
    subject_id: str, key: bytearray, kind: str, sequence: int, extractor: str, plain: bytes, keys: SubjectKeys
) -> dict[str, Any]:
    sealed = seal(key, plain, keys.associated(subject_id, kind, sequence, extractor))
    return {"subject": subject_id, "sequence": sequence, "extractor": extractor, "sealed": sealed}


def _held(connection: Connection, subject_id: str, keys: SubjectKeys) -> list[tuple[str, bytes]]:
    """Every record of a person as kind and plaintext, complete by the person's own tally."""
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
    return [(kind, _opened(kind, row, person.wrapped_key, keys)) for kind, row in rows]


def _whole_table(connection: Connection, kind: str, keys: SubjectKeys) -> list[tuple[str, bytes]]:
    """Every record of a kind as subject and plaintext, complete by the table's tally."""
    table = RECORDS[kind]
    wrapped: dict[str, bytes] = {
        row.subject: row.wrapped_key
        for row in connection.execute(sa.select(SUBJECTS.c.subject, SUBJECTS.c.wrapped_key))
    }
    rows = connection.execute(sa.select(*content_columns(table))).all()
    require_equal(read_facts(connection), table, Tally.of(marks(keys.marker, table, rows)))
    if not {row.subject for row in rows} <= wrapped.keys():
        raise VaultError(Code.VAULT_DAMAGED, what=table.name)
    return [(row.subject, _opened(kind, row, wrapped[row.subject], keys)) for row in rows]


def _opened(kind: str, row: Row, wrapped_key: bytes, keys: SubjectKeys) -> bytes:
    subject_id, sequence, extractor, sealed = row
    key = keys.unwrapped(subject_id, wrapped_key)
    plain = unseal(key, sealed, keys.associated(subject_id, kind, sequence, extractor), kind)
    wipe(key)
    return plain


def _summary(record: SubjectRecord, characteristics: tuple[Characteristic, ...]) -> SubjectSummary:
    return SubjectSummary(
        record.subject_id, record.details.number, record.details.name, record.enrolled_at, characteristics
    )
