"""Numbers that several people share, because earlier versions kept two spellings of one number apart (FORMAT.md, 14).

Nobody new is given a number that somebody has. Those who share one stand in a table of their own until two operators
give one of them another number: the index of numbers stays one that holds each value once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from mlid_desktop.domain.errors import Code, UsageError
from mlid_desktop.domain.subjects import SubjectSummary
from mlid_desktop.vault.crypto.multiset_hash import Cell
from mlid_desktop.vault.store.schema import SHARED_NUMBERS, SUBJECTS
from mlid_desktop.vault.store.statements import is_any_among
from mlid_desktop.vault.store.transaction import Transaction
from mlid_desktop.vault.subjects.subject_keys import SubjectKeys

NUMBERS_AT_A_TIME = 500  # parameters of one statement


def index_numbers(blinds: Mapping[str, bytes], keys: SubjectKeys) -> tuple[dict[str, bytes], list[dict[str, Cell]]]:
    """What the index of numbers holds for people with these blind index values: the value itself where it is one
    person's, else a placeholder, with the rows of those who share."""
    holders: dict[bytes, list[str]] = {}
    for subject_id, blind in blinds.items():
        holders.setdefault(blind, []).append(subject_id)
    shared = {blind: people for blind, people in holders.items() if len(people) > 1}
    kept = {who: keys.blind_placeholder(who) if blind in shared else blind for who, blind in blinds.items()}
    rows: list[dict[str, Cell]] = [
        {"subject": subject_id, "blind_number": blind} for blind, people in shared.items() for subject_id in people
    ]
    return kept, rows


def migrate(transaction: Transaction, people: Iterable[SubjectSummary], keys: SubjectKeys) -> None:
    """Computes the index of numbers anew from the numbers of all people, as they are compared now."""
    now, rows = index_numbers({person.subject_id: keys.blind_number(person.number) for person in people}, keys)
    columns = (SUBJECTS.c.subject, SUBJECTS.c.blind_number)
    before = {subject_id: bytes(blind) for subject_id, blind in transaction.connection.execute(sa.select(*columns))}
    changed = {subject_id for subject_id, blind in now.items() if before.get(subject_id) != blind}
    if changed:  # first out of each other's way, because no value may stand twice even for an instant
        _reindex(transaction, {subject_id: keys.blind_placeholder(subject_id) for subject_id in changed})
        _reindex(transaction, {subject_id: now[subject_id] for subject_id in changed})
    transaction.insert(SHARED_NUMBERS, rows)


def holders(connection: Connection, number: str, keys: SubjectKeys) -> tuple[str, ...]:
    """The identifiers of everybody who has this number, however it is written."""
    blind = keys.blind_number(number)
    found = sa.union_all(
        sa.select(SUBJECTS.c.subject).where(SUBJECTS.c.blind_number == blind),
        sa.select(SHARED_NUMBERS.c.subject).where(SHARED_NUMBERS.c.blind_number == blind),
    )
    return tuple(sorted(connection.execute(found).scalars()))


def sharing(connection: Connection) -> tuple[tuple[str, ...], ...]:
    """The identifiers of those who share a number, together for each number."""
    found: dict[bytes, list[str]] = {}
    rows = connection.execute(sa.select(SHARED_NUMBERS).order_by(SHARED_NUMBERS.c.subject))
    for subject_id, blind in rows:
        found.setdefault(bytes(blind), []).append(subject_id)
    return tuple(sorted(tuple(people) for people in found.values()))


def require_free(connection: Connection, blinds: Sequence[bytes]) -> None:
    """Raises UsageError(USAGE_NUMBER_TAKEN) where a blind index value is somebody's, or stands twice."""
    taken = len(set(blinds)) != len(blinds)
    for start in range(0, len(blinds), NUMBERS_AT_A_TIME):
        for table in (SUBJECTS, SHARED_NUMBERS):
            part = blinds[start : start + NUMBERS_AT_A_TIME]
            taken = taken or is_any_among(connection, table, "blind_number", part)
    if taken:
        raise UsageError(Code.USAGE_NUMBER_TAKEN)


def kept_by(connection: Connection, subject_id: str, number: str, keys: SubjectKeys) -> bytes | None:
    """What the index of numbers holds for a person who keeps this number; None where the number is not theirs."""
    if subject_id not in holders(connection, number, keys):
        return None
    blind = connection.execute(sa.select(SUBJECTS.c.blind_number).where(SUBJECTS.c.subject == subject_id)).scalar_one()
    return bytes(blind)


def release(transaction: Transaction, subject_id: str) -> None:
    """Takes a person out of those who share a number. Who is left alone with it has it alone again."""
    connection, of_person = transaction.connection, SHARED_NUMBERS.c.subject == subject_id
    blind = connection.execute(sa.select(SHARED_NUMBERS.c.blind_number).where(of_person)).scalar()
    if blind is None:
        return
    transaction.delete(SHARED_NUMBERS, of_person)
    same = SHARED_NUMBERS.c.blind_number == blind
    left = connection.execute(sa.select(SHARED_NUMBERS.c.subject).where(same)).scalars().all()
    if len(left) == 1:
        transaction.delete(SHARED_NUMBERS, same)
        transaction.update(SUBJECTS, SUBJECTS.c.subject == left[0], blind_number=blind)


def give(transaction: Transaction, subject_id: str, number: str, keys: SubjectKeys) -> None:
    """Gives a person who shares a number another one, in the index of numbers. Raises UsageError(USAGE_NUMBER_TAKEN,
    USAGE_NUMBER_NOT_SHARED)."""
    shares = sa.select(SHARED_NUMBERS.c.subject).where(SHARED_NUMBERS.c.subject == subject_id)
    if transaction.connection.execute(shares).first() is None:
        raise UsageError(Code.USAGE_NUMBER_NOT_SHARED)
    blind = keys.blind_number(number)
    require_free(transaction.connection, [blind])
    release(transaction, subject_id)
    transaction.update(SUBJECTS, SUBJECTS.c.subject == subject_id, blind_number=blind)


def exchange(transaction: Transaction, subject_id: str, number: str, keys: SubjectKeys) -> None:
    """Gives a person this number in the index of numbers, unless it is another spelling of their own. Raises
    UsageError(USAGE_NUMBER_TAKEN)."""
    if kept_by(transaction.connection, subject_id, number, keys) is not None:
        return
    blind = keys.blind_number(number)
    require_free(transaction.connection, [blind])
    release(transaction, subject_id)
    transaction.update(SUBJECTS, SUBJECTS.c.subject == subject_id, blind_number=blind)


def _reindex(transaction: Transaction, blinds: Mapping[str, bytes]) -> None:
    def anew(row: Sequence[object]) -> tuple[object, ...]:
        subject_id, blind, *rest = row
        return subject_id, blinds.get(str(subject_id), blind), *rest

    transaction.rewrite(SUBJECTS, SUBJECTS.c.subject, SUBJECTS.c.blind_number, anew)
