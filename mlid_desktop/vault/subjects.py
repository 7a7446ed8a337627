"""People in the database: no personal column, records under a key of each person's own (FORMAT.md, section 5)."""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from mlid_desktop.domain.characteristics import Characteristic, Modality
from mlid_desktop.domain.errors import Code, UsageError, VaultError
from mlid_desktop.domain.subjects import Enrolment, SubjectRecord, SubjectSummary, new_identifier
from mlid_desktop.domain.templates import Reference
from mlid_desktop.vault.database import ATTEMPTS, RECORDS, SUBJECTS
from mlid_desktop.vault.envelope import bind, new_key, seal, unseal, wipe
from mlid_desktop.vault.keyfile import VaultIdentity
from mlid_desktop.vault.records import PROFILE, REFERENCE, profile_bytes, read_profile, read_reference, reference_bytes


@dataclass(frozen=True, slots=True)
class SubjectKeys:
    """What opens the people of one vault: the key that wraps theirs, and the key of the blind index."""

    identity: VaultIdentity
    wrap: bytearray = field(repr=False)
    blind: bytearray = field(repr=False)

    def wrapped(self, subject_id: str, key: bytes | bytearray) -> bytes:
        """A person's key, wrapped."""
        return seal(self.wrap, bytes(key), bind(b"subject-key", self.identity.header, subject_id.encode()))

    def unwrapped(self, subject_id: str, untrusted: bytes) -> bytearray:
        """A person's key. Raises VaultError(VAULT_DAMAGED)."""
        associated = bind(b"subject-key", self.identity.header, subject_id.encode())
        return bytearray(unseal(self.wrap, untrusted, associated, "subject key"))

    def blind_number(self, number: str) -> bytes:
        """What the index holds in place of a number: HMAC-SHA-256 of its normalised form."""
        normalised = unicodedata.normalize("NFKC", number).strip().casefold()
        return hmac.new(bytes(self.blind), normalised.encode(), hashlib.sha256).digest()

    def associated(self, subject_id: str, kind: str, sequence: int, extractor: str) -> bytes:
        """What a record is bound to: vault, person, kind, place and extractor."""
        place = sequence.to_bytes(4, "big")
        return bind(b"record", self.identity.header, subject_id.encode(), kind.encode(), place, extractor.encode())


def insert(connection: Connection, enrolment: Enrolment, keys: SubjectKeys) -> SubjectSummary:
    """A person with every record. Raises IntegrityError where the number is taken."""
    subject_id, key = enrolment.subject_id, new_key()
    connection.execute(
        sa.insert(SUBJECTS).values(
            subject=subject_id,
            blind_number=keys.blind_number(enrolment.details.number),
            wrapped_key=keys.wrapped(subject_id, key),
        )
    )
    captures = [one for one in enrolment.captures if one.template is not None]
    rows = [(PROFILE, "", "", profile_bytes(enrolment))]
    rows += [
        (
            REFERENCE,
            one.characteristic.modality.value,
            one.template.extractor.key,
            reference_bytes(new_identifier(), one, enrolment.enrolled_at),
        )
        for one in captures
        if one.template is not None
    ]
    for sequence, (kind, modality, extractor, plain) in enumerate(rows):
        connection.execute(
            sa.insert(RECORDS).values(
                subject=subject_id,
                kind=kind,
                sequence=sequence,
                modality=modality,
                extractor=extractor,
                sealed=seal(key, plain, keys.associated(subject_id, kind, sequence, extractor)),
            )
        )
    wipe(key)
    return SubjectSummary(
        subject_id,
        enrolment.details.number,
        enrolment.details.name,
        enrolment.enrolled_at,
        tuple(one.characteristic for one in captures),
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
    joined = _records(SUBJECTS.c.subject == subject_id, RECORDS.c.kind == PROFILE)
    row = connection.execute(joined).first()
    if row is None:
        raise UsageError(Code.USAGE_UNKNOWN_SUBJECT)
    return read_profile(subject_id, _opened(row, keys))


def everybody(connection: Connection, keys: SubjectKeys) -> Iterator[SubjectSummary]:
    """Every person. Raises VaultError where a record does not open, or a person has no profile."""
    count = connection.execute(sa.select(sa.func.count()).select_from(SUBJECTS)).scalar_one()
    seen = 0
    for row in connection.execute(_records(RECORDS.c.kind == PROFILE)):
        seen += 1
        yield _summary(*read_profile(row.subject, _opened(row, keys)))
    if seen != count:
        raise VaultError(Code.VAULT_DAMAGED, what=PROFILE)


def references(
    connection: Connection, keys: SubjectKeys, *, subject_id: str | None = None, modality: Modality | None = None
) -> Iterator[Reference]:
    """Stored templates: of one person, of one modality, or all."""
    conditions = [RECORDS.c.kind == REFERENCE]
    if subject_id is not None:
        conditions.append(SUBJECTS.c.subject == subject_id)
    if modality is not None:
        conditions.append(RECORDS.c.modality == modality.value)
    for row in connection.execute(_records(*conditions)):
        yield read_reference(row.subject, _opened(row, keys))


def delete(connection: Connection, subject_id: str) -> None:
    """Takes out every row of a person. Raises UsageError(USAGE_UNKNOWN_SUBJECT)."""
    connection.execute(sa.delete(RECORDS).where(RECORDS.c.subject == subject_id))
    connection.execute(sa.delete(ATTEMPTS).where(ATTEMPTS.c.subject == subject_id))
    gone = connection.execute(sa.delete(SUBJECTS).where(SUBJECTS.c.subject == subject_id))
    if gone.rowcount == 0:
        raise UsageError(Code.USAGE_UNKNOWN_SUBJECT)


def rewrap(connection: Connection, old: SubjectKeys, new: SubjectKeys) -> None:
    """Wraps every remaining person's key anew."""
    rows = connection.execute(sa.select(SUBJECTS.c.subject, SUBJECTS.c.wrapped_key)).all()
    changed = [
        {"who": row.subject, "key": new.wrapped(row.subject, old.unwrapped(row.subject, row.wrapped_key))}
        for row in rows
    ]
    if changed:
        statement = sa.update(SUBJECTS).where(SUBJECTS.c.subject == sa.bindparam("who"))
        connection.execute(statement.values(wrapped_key=sa.bindparam("key")), changed)


def _records(*conditions: sa.ColumnElement[bool]) -> sa.Select[tuple[str, bytes, str, int, str, bytes]]:
    return (
        sa.select(
            SUBJECTS.c.subject,
            SUBJECTS.c.wrapped_key,
            RECORDS.c.kind,
            RECORDS.c.sequence,
            RECORDS.c.extractor,
            RECORDS.c.sealed,
        )
        .join(RECORDS, RECORDS.c.subject == SUBJECTS.c.subject)
        .where(*conditions)
    )


def _opened(row: sa.Row[tuple[str, bytes, str, int, str, bytes]], keys: SubjectKeys) -> bytes:
    key = keys.unwrapped(row.subject, row.wrapped_key)
    plain = unseal(key, row.sealed, keys.associated(row.subject, row.kind, row.sequence, row.extractor), row.kind)
    wipe(key)
    return plain


def _summary(record: SubjectRecord, characteristics: tuple[Characteristic, ...]) -> SubjectSummary:
    return SubjectSummary(
        record.subject_id, record.details.number, record.details.name, record.enrolled_at, characteristics
    )
