"""Visits at a desk of a register: noted in its vault with each acceptance, which waits for no server, and brought into
the register at its next contact."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy.engine import Connection

from mlid_desktop.domain.errors import Code, UsageError
from mlid_desktop.domain.templates import Touch, newest_touches
from mlid_desktop.vault.store.transaction import Transaction, read_facts
from mlid_desktop.vault.subjects import consent_and_retention, repository
from mlid_desktop.vault.subjects import touches as kept_touches
from mlid_desktop.vault.subjects.subject_keys import SubjectKeys
from mlid_desktop.vault.subjects.touch_codec import read_touches, touches_bytes

VISIT: Final = "register-visit/"  # and a person: the day of the visit, and the images of fingers
MOST_VISITS: Final = 10_000
AT_A_TIME: Final = 200  # while the register is held
DAY_LENGTH: Final = 10


def note_visit(transaction: Transaction, subject_id: str, touches: Sequence[Touch] = ()) -> None:
    """Notes that a person was here today, with the images of fingers that were taken. Beyond 10,000 people no more are
    noted until the register was reached. Raises UsageError(USAGE_CONSENT_WITHDRAWN) for somebody of whom nothing may be
    compared."""
    if repository.withdrawn(transaction.connection, subject_id):
        raise UsageError(Code.USAGE_CONSENT_WITHDRAWN)
    facts, name = transaction.facts, VISIT + subject_id
    if name not in facts and len(_names(facts)) >= MOST_VISITS:
        return
    kept = newest_touches((*_touches(facts.get(name, b"")), *touches))
    day = transaction.now.date().isoformat().encode()
    facts[name] = day + (touches_bytes(kept) if kept else b"")


def are_noted(facts: Mapping[str, bytes]) -> bool:
    """Whether there are visits that the register does not have."""
    return any(name.startswith(VISIT) for name in facts)


def known_touches(connection: Connection, subject_id: str, keys: SubjectKeys) -> tuple[Touch, ...]:
    """The images of a person's fingers that are known, oldest first, with those that the register does not have yet.
    Raises UsageError(USAGE_UNKNOWN_SUBJECT), VaultError."""
    noted = _touches(read_facts(connection).get(VISIT + subject_id, b""))
    return (*kept_touches.touches(connection, subject_id, keys), *noted)


def bring(transaction: Transaction, keys: SubjectKeys) -> None:
    """Brings visits of some people into a change of what desks share: of whoever is still enrolled and compared, the
    later day holds."""
    connection = transaction.connection
    for name in _names(transaction.facts)[:AT_A_TIME]:
        subject_id, noted = name.removeprefix(VISIT), transaction.facts.pop(name)
        if repository.is_known(connection, subject_id) and not repository.withdrawn(connection, subject_id):
            consent_and_retention.note_seen(transaction, subject_id, noted[:DAY_LENGTH].decode())
            kept_touches.remember(transaction, subject_id, _touches(noted), keys)


def forget_visit(transaction: Transaction, subject_id: str) -> None:
    """Drops what was noted of a person who is erased."""
    transaction.facts.pop(VISIT + subject_id, None)


def _names(facts: Mapping[str, bytes]) -> list[str]:
    return sorted(name for name in facts if name.startswith(VISIT))


def _touches(noted: bytes) -> tuple[Touch, ...]:
    return read_touches(noted[DAY_LENGTH:]) if len(noted) > DAY_LENGTH else ()
