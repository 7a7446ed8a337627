"""Newcomers of other desks of a register, who are compared with those enrolled here shortly before: two desks that
enrol one person in the same moment do not find each other when they search for duplicates.

Of the two it is the desk whose change came first that has the other's newcomer arrive, so that each pair is looked at
once. What is noted is this desk's own, and survives a kill.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from mlid_desktop.domain.roles import Act, SecondPerson
from mlid_desktop.vault.store.schema import SUBJECTS
from mlid_desktop.vault.store.transaction import SharedRow, Transaction, read_facts
from mlid_desktop.vault.subjects import repository
from mlid_desktop.vault.unlocked.register.rows import cells_of
from mlid_desktop.vault.unlocked.state import VaultState

NEWCOMERS: Final = "register-newcomers"
KEPT_FOR: Final = timedelta(days=1)  # an enrolment that was searched for waits as a draft for so long at most
MOST_OWN, MOST_ARRIVED, MOST_ALIKE = 200, 2000, 200

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Noted:
    """What a desk noted: people whom it enrolled, each with a number and when; people who arrived, each with the number
    before which those stand whom they are compared with; and pairs that are alike. ``number`` is the next one."""

    number: int = 0
    own: tuple[tuple[int, str, str], ...] = ()
    arrived: tuple[tuple[int, str], ...] = ()
    alike: tuple[Pair, ...] = ()

    @classmethod
    def read(cls, facts: Mapping[str, bytes]) -> Noted:
        """Reads it from the facts of a vault."""
        if NEWCOMERS not in facts:
            return cls()
        kept = json.loads(facts[NEWCOMERS])
        own = tuple((int(number), str(person), str(at)) for number, person, at in kept["own"])
        arrived = tuple((int(before), str(person)) for before, person in kept["arrived"])
        alike = tuple((str(first), str(second)) for first, second in kept["alike"])
        return cls(int(kept["number"]), own, arrived, alike)

    def write(self, transaction: Transaction) -> None:
        """Writes it among the facts of a vault."""
        kept = {"number": self.number, "own": self.own, "arrived": self.arrived, "alike": self.alike}
        transaction.facts[NEWCOMERS] = json.dumps(kept, separators=(",", ":")).encode()

    def without(self, person: str) -> Noted:
        """Without anything of a person."""
        return replace(
            self,
            own=tuple(entry for entry in self.own if entry[1] != person),
            arrived=tuple(entry for entry in self.arrived if entry[1] != person),
            alike=tuple(pair for pair in self.alike if person not in pair),
        )


def note_enrolled(transaction: Transaction, people: Iterable[str]) -> None:
    """Notes people whom this desk enrolled; for a day, and the newest 200."""
    noted = Noted.read(transaction.facts)
    since = transaction.now - KEPT_FOR
    kept = [entry for entry in noted.own if datetime.fromisoformat(entry[2]) > since]
    fresh = [(noted.number + at, person, transaction.now.isoformat()) for at, person in enumerate(people)]
    if fresh:
        replace(noted, number=fresh[-1][0] + 1, own=tuple((*kept, *fresh)[-MOST_OWN:])).write(transaction)


def note_arrived(transaction: Transaction, people: Iterable[str]) -> None:
    """Notes people whom another desk enrolled, where this one enrolled anybody in the day before."""
    noted = Noted.read(transaction.facts)
    since = transaction.now - KEPT_FOR
    if any(datetime.fromisoformat(at) > since for _, _, at in noted.own):
        arrived = (*noted.arrived, *((noted.number, person) for person in people))
        if arrived != noted.arrived:
            replace(noted, arrived=arrived[-MOST_ARRIVED:]).write(transaction)


def forget_newcomer(transaction: Transaction, subject_id: str) -> None:
    """Drops what was noted of a person who is erased."""
    if NEWCOMERS in transaction.facts:
        Noted.read(transaction.facts).without(subject_id).write(transaction)


def enrolled_in(rows: Sequence[SharedRow]) -> tuple[str, ...]:
    """The people who are new in rows that went and came."""
    of_people = [row for row in rows if row.table is SUBJECTS]
    gone = {cells_of(row.table, row.row)["subject"] for row in of_people if not row.came}
    came = dict.fromkeys(cells_of(row.table, row.row)["subject"] for row in of_people if row.came)
    return tuple(person for person in came if person not in gone)


class Newcomers:
    """Who is to be compared at this desk, and which pairs two people have to decide about."""

    def __init__(self, state: VaultState) -> None:
        self._state = state

    def to_compare(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """People of other desks, each with those enrolled here before to compare them with; of both those alone who are
        still enrolled and compared."""
        with self._state.reading(Act.COMPARE) as connection:
            noted = Noted.read(read_facts(connection))
            asked = {person for _, person in noted.arrived} | {person for _, person, _ in noted.own}
            there = {person for person in asked if repository.is_known(connection, person)}
            compared = {person for person in there if not repository.withdrawn(connection, person)}
            own = [(number, person) for number, person, _ in noted.own if person in compared]
            return tuple(
                (person, tuple(other for number, other in own if number < before and other != person))
                for before, person in noted.arrived
                if person in compared
            )

    def note_compared(self, people: Collection[str], alike: Sequence[Pair]) -> None:
        """Notes that these people were compared, and which pairs are alike."""
        self._state.require(Act.COMPARE)
        with self._state.changing() as transaction:
            noted = Noted.read(transaction.facts)
            arrived = tuple(entry for entry in noted.arrived if entry[1] not in people)
            pairs = dict.fromkeys((*noted.alike, *(_ordered(pair) for pair in alike)))
            replace(noted, arrived=arrived, alike=tuple(pairs)[-MOST_ALIKE:]).write(transaction)

    def alike(self) -> tuple[Pair, ...]:
        """Pairs that may be one person under two numbers, both of whom are still enrolled."""
        with self._state.reading(Act.READ_PEOPLE) as connection:
            noted = Noted.read(read_facts(connection))
            return tuple(
                pair for pair in noted.alike if all(repository.is_known(connection, person) for person in pair)
            )

    def tell_apart(self, pair: Pair, second: SecondPerson | None) -> None:
        """Two people decide that a pair are two people; the audit has both names. Raises
        VaultError(VAULT_NOT_PERMITTED, VAULT_SECOND_PERSON_NEEDED)."""
        confirmed = self._state.require_two(Act.DECIDE_SEARCH, second)
        with self._state.changing() as transaction:
            noted = Noted.read(transaction.facts)
            replace(noted, alike=tuple(kept for kept in noted.alike if kept != _ordered(pair))).write(transaction)
            for person in pair:
                self._state.record(
                    transaction, "identification.decided", subject=person, outcome="different", second=confirmed
                )


def _ordered(pair: Pair) -> Pair:
    return (min(pair), max(pair))
