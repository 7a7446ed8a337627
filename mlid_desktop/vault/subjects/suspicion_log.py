"""Suspicions of an attack, one row each, counted until two people release them (FORMAT.md, section 15).

A row names nobody: whom the attempt was about stands there as a random identifier, or as a key that a number not
enrolled here is turned into; devices and staff as marks that only tell them apart.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.decisions import Journey, NotedSuspicion, Suspicion, SuspicionStanding
from mlid_desktop.domain.errors import Code, UsageError
from mlid_desktop.domain.provenance import DeviceIdentity, SourceKind
from mlid_desktop.domain.text import number_key
from mlid_desktop.vault.crypto.envelope import bind
from mlid_desktop.vault.store.schema import ATTEMPTS, SUSPICIONS
from mlid_desktop.vault.store.statements import is_any_among, select_rows
from mlid_desktop.vault.store.transaction import Transaction
from mlid_desktop.vault.subjects import attempt_counter

KEPT = timedelta(days=30)  # longer than any draft of an attempt lives, and than anybody asks which camera it was
KEPT_OF_CANDIDATES = timedelta(days=365)  # who never came back; a clock that is set forward must not clear a count
CANDIDATE = "candidate/"  # begins the key of somebody who is not enrolled
MARK_BYTES = 16
OF_CANDIDATES = tuple(
    sa.select(table.c.subject).where(table.c.subject.startswith(CANDIDATE, autoescape=True))
    for table in (SUSPICIONS, ATTEMPTS)
)


@dataclass(frozen=True, slots=True)
class Attempt:
    """What a suspicion ended: the attempt's name, what was being done, and about whom (``subject_id`` is the person's
    identifier, or the key of a candidate; "" in a search). ``draft_of`` is whom a draft of it would be of."""

    attempt_id: str
    journey: Journey
    subject_id: str = field(repr=False)
    draft_of: str = ""


@dataclass(frozen=True, slots=True)
class Marks:
    """Makes the keys of candidates and the marks of devices and staff; they stay the same when roots are rotated."""

    key: bytearray = field(repr=False)

    def candidate(self, number: str) -> str:
        """What stands for the number of somebody who is not enrolled."""
        return CANDIDATE + self._mark(b"candidate", number_key(number))

    def device(self, identity: DeviceIdentity) -> str:
        """Tells devices apart."""
        return self._mark(b"device", identity.scheme, identity.key)

    def operator(self, name: str) -> str:
        """Tells members of staff apart."""
        return self._mark(b"operator", name)

    def _mark(self, purpose: bytes, *parts: str) -> str:
        said = bind(b"suspicion", purpose, *(part.encode("utf-8", "surrogatepass") for part in parts))
        return hmac.digest(self.key, said, "sha256")[:MARK_BYTES].hex()


def insert(transaction: Transaction, suspicion: Suspicion, attempt: Attempt, operator: str, marks: Marks) -> None:
    """Notes one more suspicion, open. Raises ValueError for an attempt without a name."""
    if not attempt.attempt_id:
        raise ValueError("a suspicion is noted with the attempt that it ended")
    _prune(transaction)
    newest = transaction.connection.execute(sa.select(sa.func.max(SUSPICIONS.c.sequence))).scalar()
    device = suspicion.device
    transaction.insert(
        SUSPICIONS,
        [
            {
                "sequence": (newest or 0) + 1,
                "attempt": attempt.attempt_id,
                "subject": attempt.subject_id,
                "noted_at": transaction.now.isoformat(),
                "journey": attempt.journey.value,
                "modality": suspicion.characteristic.modality.value,
                "device": marks.device(device),
                "device_name": device.name if suspicion.source is SourceKind.LIVE else "",
                "operator": marks.operator(operator),
                "standing": SuspicionStanding.OPEN.value,
            }
        ],
    )


def is_noted(connection: Connection, attempt_id: str) -> bool:
    """Whether a suspicion ended this attempt."""
    if not attempt_id:
        return False
    return is_any_among(connection, SUSPICIONS, "attempt", [attempt_id])


def require_none(connection: Connection, attempt_id: str) -> None:
    """Raises UsageError(USAGE_ATTEMPT_ENDED) where a suspicion ended this attempt."""
    if is_noted(connection, attempt_id):
        raise UsageError(Code.USAGE_ATTEMPT_ENDED)


def person_suspicions(connection: Connection, subject_id: str) -> tuple[NotedSuspicion, ...]:
    """The suspicions of one person or candidate, in the order they were noted."""
    return _read(connection, SUSPICIONS.c.subject == subject_id) if subject_id else ()


def search_suspicions(connection: Connection, *, device: str = "", operator: str = "") -> tuple[NotedSuspicion, ...]:
    """The suspicions of searches with this device, or by this operator, given as a mark."""
    which = SUSPICIONS.c.device == device if device else SUSPICIONS.c.operator == operator
    return _read(connection, SUSPICIONS.c.journey == Journey.IDENTIFICATION.value, which)


def all_suspicions(connection: Connection) -> tuple[NotedSuspicion, ...]:
    """All suspicions that are noted."""
    return _read(connection)


def change_standing(
    transaction: Transaction, subject_id: str, before: Sequence[SuspicionStanding], after: SuspicionStanding
) -> int:
    """Of a person's suspicions that stand so ``before``; how many there were."""
    if not is_any_among(transaction.connection, SUSPICIONS, "subject", [subject_id]):
        return 0
    which = sa.and_(
        SUSPICIONS.c.subject == subject_id, SUSPICIONS.c.standing.in_([standing.value for standing in before])
    )
    return transaction.update(SUSPICIONS, which, standing=after.value)


def take_over(transaction: Transaction, candidate: str, subject_id: str) -> None:
    """A candidate was enrolled, or somebody was given their number: what was noted and counted of them goes on as the
    person's, with what is the person's already."""
    transaction.update_with(SUSPICIONS, {"subject": candidate}, subject=subject_id)
    attempt_counter.join(transaction, candidate, subject_id)


def candidates(connection: Connection) -> frozenset[str]:
    """The keys of people who are not enrolled, of whom anything is noted or counted."""
    found: set[str] = set()
    for wanted in OF_CANDIDATES:
        found.update(subject for (subject,) in select_rows(connection, wanted))
    return frozenset(found)


def count_from_now(transaction: Transaction) -> None:
    """The clock was set back: what was noted at a time that is still to come counts as of now, or it would delay
    searches and stand among the newest until that time. The audit keeps the time that the clock showed."""
    now = transaction.now.isoformat()
    transaction.update(SUSPICIONS, SUSPICIONS.c.noted_at > now, noted_at=now)


def forget_person(transaction: Transaction, subject_id: str) -> None:
    """The person was erased: what was noted stays for its device, and belongs to nobody any more."""
    transaction.update_with(SUSPICIONS, {"subject": subject_id}, subject="")


def _prune(transaction: Transaction) -> None:
    """Takes out what bears on nobody any more. What is open of somebody who is enrolled stays."""
    over = sa.or_(SUSPICIONS.c.standing != SuspicionStanding.OPEN.value, SUSPICIONS.c.subject == "")
    transaction.delete(SUSPICIONS, SUSPICIONS.c.noted_at < (transaction.now - KEPT).isoformat(), over)
    long_ago = (transaction.now - KEPT_OF_CANDIDATES).isoformat()
    for table, moment in ((SUSPICIONS, SUSPICIONS.c.noted_at), (ATTEMPTS, ATTEMPTS.c.last_at)):
        transaction.delete(table, table.c.subject.startswith(CANDIDATE, autoescape=True), moment < long_ago)


def _read(connection: Connection, *conditions: sa.ColumnElement[bool]) -> tuple[NotedSuspicion, ...]:
    rows = connection.execute(sa.select(SUSPICIONS).where(*conditions).order_by(SUSPICIONS.c.sequence))
    return tuple(
        NotedSuspicion(
            datetime.fromisoformat(row.noted_at),
            Journey(row.journey),
            row.attempt,
            row.subject,
            Modality(row.modality),
            row.device,
            row.device_name,
            row.operator,
            SuspicionStanding(row.standing),
        )
        for row in rows
    )
