"""Withdrawals of consent that a register of many desks does not have yet (FORMAT.md, 22): noted in the vault of the
desk where consent was taken back, and heeded there at once. The rows that desks share stay as the register has them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.domain.subjects import Standing, SubjectRecord, SubjectSummary, Withdrawal
from mlid_desktop.vault.crypto.envelope import bind, unbind
from mlid_desktop.vault.store.schema import FACTS
from mlid_desktop.vault.store.statements import rows_with, select_rows
from mlid_desktop.vault.store.transaction import Transaction
from mlid_desktop.vault.subjects.records.record_rows import opened_note, sealed_note
from mlid_desktop.vault.subjects.subject_keys import SubjectKeys

UNSENT: Final = "unsent-withdrawal/"  # and a person; a backup that is restored keeps it
AFTER: Final = "unsent-withdrawal0"  # the first name behind those of all people
KIND: Final = "unsent-withdrawal"
ANOTHER_DESK: Final = "0" * 32  # stands for the caller where one desk took consent back and another took a new one
PARTS: Final = 3
OF_EVERYBODY: Final = (
    sa.select(FACTS.c.name, FACTS.c.value).where(FACTS.c.name >= UNSENT, FACTS.c.name < AFTER).order_by(FACTS.c.name)
)


@dataclass(frozen=True, slots=True)
class UnsentWithdrawal:
    """A withdrawal that the register does not have, and when the consent was given that it takes back; None where the
    person was enrolled anew since, under another key."""

    withdrawal: Withdrawal
    given_at: datetime | None


def note(
    transaction: Transaction, subject_id: str, withdrawal: Withdrawal, given_at: datetime, keys: SubjectKeys
) -> None:
    """Notes a withdrawal of the consent that was ``given_at`` this moment, in the place of an earlier note. Raises
    UsageError(USAGE_UNKNOWN_SUBJECT)."""
    said = {"guardian": withdrawal.guardian, "reason": withdrawal.reason, "given_at": given_at.isoformat()}
    sealed = sealed_note(transaction.connection, subject_id, KIND, json.dumps(said, sort_keys=True).encode(), keys)
    content = bind(withdrawal.at.isoformat().encode(), withdrawal.caller.encode(), sealed)
    transaction.facts[UNSENT + subject_id] = content


def drop(transaction: Transaction, subject_id: str) -> None:
    """Drops what was noted of a person."""
    transaction.facts.pop(UNSENT + subject_id, None)


def are_unsent(facts: Mapping[str, bytes]) -> bool:
    """Whether there are withdrawals that the register does not have."""
    return any(name.startswith(UNSENT) for name in facts)


def standings(connection: Connection, subject_id: str | None = None) -> dict[str, Standing]:
    """How people stand of whom a withdrawal is noted, of everybody or of this person alone. No record is opened."""
    return {known: _standing(content) for known, content in _noted(connection, subject_id)}


def unsent(connection: Connection, subject_id: str, keys: SubjectKeys) -> UnsentWithdrawal | None:
    """The withdrawal that is noted of a person, None where there is none. Raises VaultError(VAULT_DAMAGED)."""
    for _, content in _noted(connection, subject_id):
        at, caller, sealed = _parts(content)
        bare = Withdrawal(datetime.fromisoformat(at.decode()), caller=caller.decode())
        said = opened_note(connection, subject_id, KIND, sealed, keys)
        if said is None:
            return UnsentWithdrawal(bare, None)
        given_at = datetime.fromisoformat(said["given_at"])
        return UnsentWithdrawal(replace(bare, guardian=said["guardian"], reason=said["reason"]), given_at)
    return None


def apply_noted_withdrawals(connection: Connection, people: Iterable[SubjectSummary]) -> tuple[SubjectSummary, ...]:
    """People's summaries with the withdrawals that are noted here and not yet in the register."""
    noted = standings(connection)
    if not noted:
        return tuple(people)
    return tuple(
        replace(person, standing=noted[person.subject_id]) if person.subject_id in noted else person
        for person in people
    )


def apply_noted_withdrawal(connection: Connection, record: SubjectRecord, keys: SubjectKeys) -> SubjectRecord:
    """A person's record, with the withdrawal that is noted."""
    found = unsent(connection, record.subject_id, keys)
    return record if found is None else replace(record, withdrawal=found.withdrawal)


def _noted(connection: Connection, subject_id: str | None) -> list[tuple[str, bytes]]:
    if subject_id is None:
        return [(known.removeprefix(UNSENT), content) for known, content in select_rows(connection, OF_EVERYBODY)]
    found = rows_with(connection, FACTS, {"name": UNSENT + subject_id})
    return [(subject_id, bytes(row.value)) for row in found]


def _parts(content: bytes) -> list[bytes]:
    try:
        return unbind(content, PARTS)
    except ValueError:
        raise VaultError(Code.VAULT_DAMAGED, what=KIND) from None


def _standing(content: bytes) -> Standing:
    return Standing.STOPPED if _parts(content)[1] else Standing.WITHDRAWN
