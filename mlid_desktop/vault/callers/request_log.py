"""The requests that were taken up at the desk, one row each (FORMAT.md, section 20): so that a kill never makes a
second enrolment of one request, and a person can be told who was answered about them.

A row holds random identifiers and codes. What was asked stands there as a digest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from mlid_desktop.vault.callers.caller import RequestKind
from mlid_desktop.vault.store.schema import CALLER_REQUESTS
from mlid_desktop.vault.store.transaction import Transaction

ENROLLED = "enrolled"  # the outcome of a request by which somebody was enrolled
WITHDRAWN = "withdrawn"  # and of one by which a consent was withdrawn
NOT_WITHDRAWN = "not_withdrawn"  # an operator undid it
OPEN = ""  # the outcome of a request that was taken up and not answered
STOPPED = "stopped"  # of one by which comparisons were stopped, until an operator confirms or undoes it
UNANSWERED = frozenset({OPEN, STOPPED})
KEPT = timedelta(days=30)  # without a person; those about a person stay as long as the person


AskedBy = tuple[str, str]  # the identifiers of a caller and of its request


class UndoReason(StrEnum):
    """Reasons why an operator undoes a withdrawal that a caller sent."""

    PERSON_DISAGREES = "person_disagrees"
    SOMEBODY_ELSE = "somebody_else"
    MISTAKE = "mistake"


@dataclass(frozen=True, slots=True)
class TakenRequest:
    """A request that was taken up: ``digest`` of what was asked; ``outcome`` a code, OPEN until it is answered;
    ``subject_id`` whom the answer was about."""

    caller_id: str
    request_id: str
    kind: RequestKind
    digest: str
    outcome: str
    at: datetime
    subject_id: str = ""

    @property
    def is_answered(self) -> bool:
        """Whether a request came to something that its caller can be told."""
        return self.outcome not in UNANSWERED


def take(transaction: Transaction, request: TakenRequest) -> None:
    """Keeps that a request was taken up, in the place of an earlier time that it was and was not answered."""
    transaction.delete(CALLER_REQUESTS, CALLER_REQUESTS.c.subject == "", CALLER_REQUESTS.c.at < _oldest(transaction))
    transaction.delete(CALLER_REQUESTS, *_which(request.caller_id, request.request_id))
    row = {
        "caller": request.caller_id,
        "request": request.request_id,
        "kind": request.kind.value,
        "digest": request.digest,
        "outcome": request.outcome,
        "at": transaction.now.isoformat(),
        "subject": request.subject_id,
    }
    transaction.insert(CALLER_REQUESTS, [row])


def close(transaction: Transaction, caller_id: str, request_id: str, outcome: str, subject_id: str) -> bool:
    """Keeps what a request that is not answered has come to; whether there was such a one."""
    found = find(transaction.connection, caller_id, request_id)
    if found is None or found.is_answered:
        return False
    where = sa.and_(*_which(caller_id, request_id))
    transaction.update(CALLER_REQUESTS, where, outcome=outcome, subject=subject_id, at=transaction.now.isoformat())
    return True


def find(connection: Connection, caller_id: str, request_id: str) -> TakenRequest | None:
    """The request of this caller under this identifier, None where it was never taken up."""
    found = _read(connection, *_which(caller_id, request_id))
    return found[0] if found else None


def requests_since(connection: Connection, since: datetime) -> tuple[TakenRequest, ...]:
    """The requests that were taken at this time or later."""
    return _read(connection, CALLER_REQUESTS.c.at >= since.isoformat())


def requests_about(connection: Connection, subject_id: str) -> tuple[TakenRequest, ...]:
    """The requests that were answered about a person, the oldest first."""
    return _read(connection, CALLER_REQUESTS.c.subject == subject_id)


def settle(transaction: Transaction, subject_id: str, outcome: str) -> tuple[TakenRequest, ...]:
    """Keeps what the withdrawals have come to by which comparisons of a person were stopped; gives them."""
    which = sa.and_(CALLER_REQUESTS.c.subject == subject_id, CALLER_REQUESTS.c.outcome == STOPPED)
    found = _read(transaction.connection, which)
    if found:
        transaction.update(CALLER_REQUESTS, which, outcome=outcome, at=transaction.now.isoformat())
    return found


def forget_person(transaction: Transaction, subject_id: str) -> None:
    """The person was erased: that there was a request stays for its time, and belongs to nobody any more."""
    settle(transaction, subject_id, WITHDRAWN)
    transaction.update(CALLER_REQUESTS, CALLER_REQUESTS.c.subject == subject_id, subject="")


def _which(caller_id: str, request_id: str) -> Sequence[sa.ColumnElement[bool]]:
    return (CALLER_REQUESTS.c.caller == caller_id, CALLER_REQUESTS.c.request == request_id)


def _oldest(transaction: Transaction) -> str:
    return (transaction.now - KEPT).isoformat()


def _read(connection: Connection, *conditions: sa.ColumnElement[bool]) -> tuple[TakenRequest, ...]:
    rows = connection.execute(sa.select(CALLER_REQUESTS).where(*conditions).order_by(CALLER_REQUESTS.c.at))
    return tuple(
        TakenRequest(
            row.caller,
            row.request,
            RequestKind(row.kind),
            row.digest,
            row.outcome,
            datetime.fromisoformat(row.at),
            row.subject,
        )
        for row in rows
    )
