"""Consent and retention of a person: consent given, withdrawn or renewed, last seen, and the day of erasure."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from mlid_desktop.domain.characteristics import Characteristic
from mlid_desktop.domain.errors import Code, UsageError, VaultError
from mlid_desktop.domain.subjects import (
    Consent,
    Details,
    DueRecord,
    ErasureReason,
    Standing,
    SubjectRecord,
    Withdrawal,
)
from mlid_desktop.vault.crypto.envelope import seal
from mlid_desktop.vault.crypto.multiset_hash import Tally
from mlid_desktop.vault.store.schema import PROFILE, RECORDS, SUBJECTS, content_columns
from mlid_desktop.vault.store.transaction import Transaction
from mlid_desktop.vault.subjects import search_tables, shared_numbers
from mlid_desktop.vault.subjects.record_codec import read_profile, read_summary, record_bytes
from mlid_desktop.vault.subjects.records import unsent_withdrawals
from mlid_desktop.vault.subjects.repository import held_records
from mlid_desktop.vault.subjects.subject_keys import SubjectKeys


def touch(transaction: Transaction, subject_id: str) -> None:
    """Records a visit of today, from which retention is counted anew. Raises UsageError(USAGE_UNKNOWN_SUBJECT) for
    somebody who is gone, and USAGE_CONSENT_WITHDRAWN for somebody of whom nothing may be compared."""
    today = transaction.now.date().isoformat()
    wanted = sa.select(SUBJECTS.c.seen, SUBJECTS.c.standing).where(SUBJECTS.c.subject == subject_id)
    known = transaction.connection.execute(wanted).first()
    if known is None:
        raise UsageError(Code.USAGE_UNKNOWN_SUBJECT)
    if known.standing != Standing.HELD.value:
        raise UsageError(Code.USAGE_CONSENT_WITHDRAWN)
    if known.seen < today:
        transaction.update(SUBJECTS, SUBJECTS.c.subject == subject_id, seen=today)


def note_seen(transaction: Transaction, subject_id: str, day: str) -> None:
    """Records a visit of a day; an earlier one than the last changes nothing, and whoever is gone stays gone."""
    known = transaction.connection.execute(sa.select(SUBJECTS.c.seen).where(SUBJECTS.c.subject == subject_id)).scalar()
    if known is not None and known < day:
        transaction.update(SUBJECTS, SUBJECTS.c.subject == subject_id, seen=day)


def is_first_of_month(transaction: Transaction, subject_id: str) -> bool:
    """Whether a visit now is the person's first in this month; to be asked before :func:`touch`. That of somebody who
    was enrolled in it is not."""
    known = transaction.connection.execute(sa.select(SUBJECTS.c.seen).where(SUBJECTS.c.subject == subject_id)).scalar()
    return known is not None and date.fromisoformat(known) < transaction.now.date().replace(day=1)


def withdraw(transaction: Transaction, subject_id: str, withdrawal: Withdrawal, keys: SubjectKeys) -> str:
    """Withdraws a person's consent: nothing of this person is compared any more, and what served searches alone is
    deleted. Gives the caller that had said so, empty for none. Raises UsageError(USAGE_UNKNOWN_SUBJECT,
    USAGE_CONSENT_WITHDRAWN)."""
    record, kept = _read(transaction.connection, subject_id, keys)
    caller = caller_who_said(record)
    _rewrite(transaction, replace(record, withdrawal=withdrawal), kept, keys)
    search_tables.drop(transaction, subject_id, keys)
    transaction.update(SUBJECTS, SUBJECTS.c.subject == subject_id, standing=Standing.WITHDRAWN.value)
    return caller


def caller_who_said(record: SubjectRecord) -> str:
    """The caller that says that this person takes back consent, empty for none. Raises
    UsageError(USAGE_CONSENT_WITHDRAWN) where it was taken back at a desk."""
    before = record.withdrawal
    if before is not None and not before.caller:
        raise UsageError(Code.USAGE_CONSENT_WITHDRAWN)
    return "" if before is None else before.caller


def stop(transaction: Transaction, subject_id: str, said: Withdrawal, keys: SubjectKeys) -> None:
    """Compares nothing of a person from now on, because a caller says that consent is taken back: until an operator
    confirms it (:func:`withdraw`) or undoes it. Who is stopped already stays so. Raises
    UsageError(USAGE_UNKNOWN_SUBJECT, USAGE_CONSENT_WITHDRAWN)."""
    record, kept = _read(transaction.connection, subject_id, keys)
    if caller_who_said(record):
        return
    _rewrite(transaction, replace(record, withdrawal=said), kept, keys)
    transaction.update(SUBJECTS, SUBJECTS.c.subject == subject_id, standing=Standing.STOPPED.value)


def undo_stop(transaction: Transaction, subject_id: str, keys: SubjectKeys) -> str:
    """The person is compared again as before; gives the caller. Raises UsageError(USAGE_UNKNOWN_SUBJECT;
    USAGE_BAD_ARGUMENT where no caller had said so, or an operator confirmed it)."""
    record, kept = _read(transaction.connection, subject_id, keys)
    if record.withdrawal is None or not record.withdrawal.caller:
        raise UsageError(Code.USAGE_BAD_ARGUMENT, what="NUMBER")
    _rewrite(transaction, replace(record, withdrawal=None), kept, keys)
    transaction.update(SUBJECTS, SUBJECTS.c.subject == subject_id, standing=Standing.HELD.value)
    return record.withdrawal.caller


def list_stopped(connection: Connection) -> tuple[str, ...]:
    """The people of whom nothing is compared until an operator says whether consent was taken back."""
    wanted = sa.select(SUBJECTS.c.subject).where(SUBJECTS.c.standing == Standing.STOPPED.value)
    found = dict.fromkeys(connection.execute(wanted).scalars(), Standing.STOPPED)
    found |= unsent_withdrawals.standings(connection)
    return tuple(sorted(subject_id for subject_id, standing in found.items() if standing is Standing.STOPPED))


def renew(transaction: Transaction, subject_id: str, consent: Consent, keys: SubjectKeys) -> None:
    """Renews a person's consent to today's text; the earlier one stays on record, and what was left out stays left out.
    Raises UsageError(USAGE_UNKNOWN_SUBJECT)."""
    record, kept = _read(transaction.connection, subject_id, keys)
    consent = replace(consent, left_out=record.consent.left_out)
    renewed = replace(record, consent=consent, withdrawal=None, earlier=(*record.earlier, record.consent))
    _rewrite(transaction, renewed, kept, keys)
    transaction.update(
        SUBJECTS,
        SUBJECTS.c.subject == subject_id,
        standing=Standing.HELD.value,
        retention=consent.retention_days,
        seen=consent.given_at.date().isoformat(),
    )


def state_of(record: SubjectRecord) -> str:
    """What a record is known again by: another after every change of consent, details or portrait, by whatever clock,
    at whichever desk; the same after a new receipt."""
    return hashlib.sha256(record_bytes(replace(record, token=""), ())).hexdigest()


def require_state(record: SubjectRecord, state: str) -> None:
    """Raises UsageError(USAGE_RECORD_CHANGED) where a record is not as it was when it was in this state: somebody took
    consent back, corrected the record or enrolled the person anew since."""
    if state_of(record) != state:
        raise UsageError(Code.USAGE_RECORD_CHANGED)


def take_over(transaction: Transaction, before: SubjectRecord, keys: SubjectKeys) -> None:
    """Takes over the earlier consents and the receipt's token of a person who was enrolled anew."""
    record, kept = _read(transaction.connection, before.subject_id, keys)
    earlier = (*before.earlier, before.consent)
    _rewrite(transaction, replace(record, earlier=earlier, token=before.token), kept, keys)


def give_token(transaction: Transaction, subject_id: str, token: str, keys: SubjectKeys) -> None:
    """Gives a person's receipt a new token; an earlier one no longer finds the record. Raises
    UsageError(USAGE_UNKNOWN_SUBJECT)."""
    record, kept = _read(transaction.connection, subject_id, keys)
    _rewrite(transaction, replace(record, token=token), kept, keys)


def give_number(transaction: Transaction, subject_id: str, number: str, keys: SubjectKeys) -> None:
    """Gives a person who shares a number with somebody another one. Raises UsageError(USAGE_UNKNOWN_SUBJECT,
    USAGE_NUMBER_TAKEN, USAGE_NUMBER_NOT_SHARED), ValueError for what cannot be a number."""
    record, kept = _read(transaction.connection, subject_id, keys)
    shared_numbers.give(transaction, subject_id, number, keys)
    before = record.details
    details = _details(before, Details(number, before.name).number, before.name)
    _rewrite(transaction, replace(record, details=details), kept, keys)


def correct(transaction: Transaction, subject_id: str, details: Details, keys: SubjectKeys) -> None:
    """Puts other details in the place of a person's; a wish that was noted stays. Raises
    UsageError(USAGE_UNKNOWN_SUBJECT)."""
    record, kept = _read(transaction.connection, subject_id, keys)
    wish = record.details.without_movements
    corrected = Details.kept(details.number, details.name, without_movements=wish, fields=details.fields)
    _rewrite(transaction, replace(record, details=corrected), kept, keys)


def note_wish(transaction: Transaction, subject_id: str, keys: SubjectKeys, *, without_movements: bool) -> None:
    """Notes whether a person asks to be checked without movements. Raises UsageError(USAGE_UNKNOWN_SUBJECT)."""
    record, kept = _read(transaction.connection, subject_id, keys)
    before = record.details
    details = Details.kept(before.number, before.name, without_movements=without_movements, fields=before.fields)
    _rewrite(transaction, replace(record, details=details), kept, keys)


def forget_portrait(transaction: Transaction, subject_id: str, keys: SubjectKeys) -> None:
    """Takes the name of the portrait out of a person's profile. Raises UsageError(USAGE_UNKNOWN_SUBJECT)."""
    record, kept = _read(transaction.connection, subject_id, keys)
    _rewrite(transaction, replace(record, portrait=""), kept, keys)


def due(connection: Connection, until: date) -> tuple[DueRecord, ...]:
    """The people whose retention ends by this day, and those who withdrew; the longest overdue first."""
    columns = (SUBJECTS.c.subject, SUBJECTS.c.seen, SUBJECTS.c.retention, SUBJECTS.c.standing)
    rows = connection.execute(sa.select(*columns)).all()
    unsent = unsent_withdrawals.standings(connection)
    found = [_due(known, seen, retention, unsent.get(known, standing)) for known, seen, retention, standing in rows]
    return tuple(
        sorted(
            (erasure for erasure in found if erasure.due_on <= until),
            key=lambda erasure: (erasure.due_on, erasure.subject_id),
        )
    )


def due_on(connection: Connection, subject_id: str) -> DueRecord:
    """The day on which this person's retention ends. Raises UsageError(USAGE_UNKNOWN_SUBJECT)."""
    columns = (SUBJECTS.c.seen, SUBJECTS.c.retention, SUBJECTS.c.standing)
    row = connection.execute(sa.select(*columns).where(SUBJECTS.c.subject == subject_id)).first()
    if row is None:
        raise UsageError(Code.USAGE_UNKNOWN_SUBJECT)
    unsent = unsent_withdrawals.standings(connection, subject_id)
    return _due(subject_id, row.seen, row.retention, unsent.get(subject_id, row.standing))


def last_seen(connection: Connection, subject_id: str) -> date:
    """The day of a person's last visit. Raises UsageError(USAGE_UNKNOWN_SUBJECT)."""
    seen = connection.execute(sa.select(SUBJECTS.c.seen).where(SUBJECTS.c.subject == subject_id)).scalar()
    if seen is None:
        raise UsageError(Code.USAGE_UNKNOWN_SUBJECT)
    return date.fromisoformat(seen)


def _details(before: Details, number: str, name: str) -> Details:
    return Details.kept(number, name, without_movements=before.without_movements, fields=before.fields)


def _due(subject_id: str, seen: str, retention: int, standing: str) -> DueRecord:
    day = date.fromisoformat(seen)
    if standing == Standing.WITHDRAWN.value:
        return DueRecord(subject_id, day, ErasureReason.WITHDRAWN)
    return DueRecord(subject_id, day + timedelta(days=retention), ErasureReason.RETENTION)


def _read(
    connection: Connection, subject_id: str, keys: SubjectKeys
) -> tuple[SubjectRecord, tuple[Characteristic, ...]]:
    plain = [record for kind, record in held_records(connection, subject_id, keys) if kind == PROFILE]
    if len(plain) != 1:
        raise VaultError(Code.VAULT_DAMAGED, what=PROFILE)
    return read_profile(subject_id, plain[0]), read_summary(subject_id, plain[0]).characteristics


def _rewrite(
    transaction: Transaction, record: SubjectRecord, kept: Sequence[Characteristic], keys: SubjectKeys
) -> None:
    """Seals a profile anew, in the tallies of its table and of the person."""
    table, subject_id = RECORDS[PROFILE], record.subject_id
    person = transaction.connection.execute(sa.select(SUBJECTS).where(SUBJECTS.c.subject == subject_id)).one()
    key = keys.unwrapped(subject_id, person.wrapped_key)
    sealed = seal(key, record_bytes(record, kept), keys.associated(subject_id, PROFILE, 0, ""))
    old = transaction.connection.execute(sa.select(*content_columns(table)).where(table.c.subject == subject_id)).one()
    transaction.update(table, table.c.subject == subject_id, sealed=sealed)
    mark = keys.marker.mark
    gone = Tally.of([mark(table.name, old)])
    come = Tally.of([mark(table.name, [*old[:-1], sealed])])
    tally = Tally.read(person.records_tally) - gone + come
    transaction.update(SUBJECTS, SUBJECTS.c.subject == subject_id, records_tally=tally.written())
