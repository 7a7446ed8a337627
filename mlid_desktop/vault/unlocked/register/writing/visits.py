"""Visits at a desk of a register: noted in its vault with each acceptance, which waits for no server, and brought into
the register at its next contact."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy.engine import Connection

from mlid_desktop.domain.errors import Code, UsageError
from mlid_desktop.domain.subjects import RenewedReference
from mlid_desktop.domain.templates import Touch, newest_touches
from mlid_desktop.vault.store.transaction import Transaction, read_facts
from mlid_desktop.vault.subjects import consent_and_retention, repository
from mlid_desktop.vault.subjects import touches as kept_touches
from mlid_desktop.vault.subjects.records.record_rows import opened_note, sealed_note
from mlid_desktop.vault.subjects.records.touch_codec import read_touches, touches_bytes
from mlid_desktop.vault.subjects.renewal import MadeReference, put
from mlid_desktop.vault.subjects.subject_keys import SubjectKeys
from mlid_desktop.vault.unlocked.state import VaultState

VISIT: Final = "register-visit/"  # and a person: the day of the visit, and the images of fingers
RENEWAL: Final = "register-renewal/"  # and a person: references that take the place of others with the visit
RENEWAL_KIND: Final = "register-renewal"
MOST_VISITS: Final = 10_000
MOST_RENEWALS: Final = 200  # they are some KB each, and every change reads the facts
AT_A_TIME: Final = 200  # while the register is held
DAY_LENGTH: Final = 10


def note_visit(
    transaction: Transaction,
    subject_id: str,
    touches: Sequence[Touch],
    renewals: Sequence[RenewedReference],
    keys: SubjectKeys,
) -> None:
    """Notes that a person was here today, with the images of fingers that were taken and the references that are to
    take the place of others. Beyond 10,000 people, and 200 with references, no more are noted until the register was
    reached: what is not renewed is at the next visit. Raises UsageError(USAGE_UNKNOWN_SUBJECT) for somebody who is
    gone, and USAGE_CONSENT_WITHDRAWN for somebody of whom nothing may be compared."""
    repository.require_known(transaction.connection, subject_id)
    if repository.withdrawn(transaction.connection, subject_id):
        raise UsageError(Code.USAGE_CONSENT_WITHDRAWN)
    facts, name = transaction.facts, VISIT + subject_id
    if name not in facts and len(_names(facts)) >= MOST_VISITS:
        return
    kept = newest_touches((*_touches(facts.get(name, b"")), *touches))
    day = transaction.now.date().isoformat().encode()
    facts[name] = day + (touches_bytes(kept) if kept else b"")
    if renewals and (RENEWAL + subject_id in facts or sum(map(_is_renewal, facts)) < MOST_RENEWALS):
        made = {"made": [MadeReference.of(renewed, transaction.now).written() for renewed in renewals]}
        plain = json.dumps(made, sort_keys=True).encode()
        facts[RENEWAL + subject_id] = sealed_note(transaction.connection, subject_id, RENEWAL_KIND, plain, keys)


def are_noted(facts: Mapping[str, bytes]) -> bool:
    """Whether there are visits that the register does not have."""
    return any(name.startswith(VISIT) for name in facts)


def known_touches(connection: Connection, subject_id: str, keys: SubjectKeys) -> tuple[Touch, ...]:
    """The images of a person's fingers that are known, oldest first, with those that the register does not have yet.
    Raises UsageError(USAGE_UNKNOWN_SUBJECT), VaultError."""
    noted = _touches(read_facts(connection).get(VISIT + subject_id, b""))
    return (*kept_touches.touches(connection, subject_id, keys), *noted)


def bring(transaction: Transaction, state: VaultState) -> None:
    """Brings visits of some people into a change of what desks share: of whoever is still enrolled and compared, the
    later day holds, and references are renewed that nobody renewed meanwhile."""
    connection, keys = transaction.connection, state.keys.subjects
    for name in _names(transaction.facts)[:AT_A_TIME]:
        subject_id, noted = name.removeprefix(VISIT), transaction.facts.pop(name)
        renewal = transaction.facts.pop(RENEWAL + subject_id, b"")
        if repository.is_known(connection, subject_id) and not repository.withdrawn(connection, subject_id):
            consent_and_retention.note_seen(transaction, subject_id, noted[:DAY_LENGTH].decode())
            kept_touches.remember(transaction, subject_id, _touches(noted), keys)
            if renewal:
                _renew(transaction, state, subject_id, renewal)


def forget_visit(transaction: Transaction, subject_id: str) -> None:
    """Drops what was noted of a person who is erased."""
    transaction.facts.pop(VISIT + subject_id, None)
    transaction.facts.pop(RENEWAL + subject_id, None)


def _renew(transaction: Transaction, state: VaultState, subject_id: str, noted: bytes) -> None:
    found = opened_note(transaction.connection, subject_id, RENEWAL_KIND, noted, state.keys.subjects)
    for written in found["made"] if found is not None else ():  # of who was enrolled anew there is nothing to renew
        made = MadeReference.read(written)
        if put(transaction, subject_id, made, state.keys.subjects):
            state.changed.add(subject_id)
            state.record(transaction, "reference.renewed", subject=subject_id, name=made.kind)


def _is_renewal(name: str) -> bool:
    return name.startswith(RENEWAL)


def _names(facts: Mapping[str, bytes]) -> list[str]:
    return sorted(name for name in facts if name.startswith(VISIT))


def _touches(noted: bytes) -> tuple[Touch, ...]:
    return read_touches(noted[DAY_LENGTH:]) if len(noted) > DAY_LENGTH else ()
