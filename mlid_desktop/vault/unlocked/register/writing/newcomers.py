"""Newcomers of other desks of a register, who are compared with those enrolled here shortly before: two desks that
enrol one person in the same moment do not find each other when they search for duplicates.

Of the two it is the desk whose change came first that has the other's newcomer arrive, so that each pair is looked at
once. What is noted is this desk's own, and survives a kill.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from struct import Struct
from typing import Final

from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.domain.roles import Act, SecondPerson
from mlid_desktop.vault.crypto.envelope import bind, unbind
from mlid_desktop.vault.store.schema import SUBJECTS
from mlid_desktop.vault.store.transaction import SharedRow, Transaction, read_facts
from mlid_desktop.vault.subjects import repository
from mlid_desktop.vault.unlocked.register.rows import cells_of
from mlid_desktop.vault.unlocked.state import VaultState

NEWCOMERS: Final = "register-newcomers"
KEPT_FOR: Final = timedelta(days=1)  # an enrolment that was searched for waits as a draft for so long at most
MOST_OWN, MOST_ARRIVED, MOST_ALIKE = 200, 2000, 200
NUMBER_BYTES: Final = 8
OWN, ARRIVED, ALIKE = Struct(">Q16sq"), Struct(">Q16s"), Struct(">16s16s")
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Noted:
    """What a desk noted: people whom it enrolled, each with a number and when; people who arrived, each with the number
    before which those stand whom they are compared with; and pairs that are alike. ``number`` is the next one.

    Kept as records of one length each, as it is added to while others wait."""

    number: int = 0
    owns: bytes = b""
    arrivals: bytes = b""
    pairs: bytes = b""

    @classmethod
    def read(cls, facts: Mapping[str, bytes]) -> Noted:
        """Reads it from the facts of a vault. Raises VaultError(VAULT_DAMAGED)."""
        if NEWCOMERS not in facts:
            return cls()
        try:
            number, owns, arrivals, pairs = unbind(facts[NEWCOMERS], 4)
        except ValueError:
            raise VaultError(Code.VAULT_DAMAGED, what=NEWCOMERS) from None
        if len(owns) % OWN.size or len(arrivals) % ARRIVED.size or len(pairs) % ALIKE.size:
            raise VaultError(Code.VAULT_DAMAGED, what=NEWCOMERS)
        return cls(int.from_bytes(number, "big"), owns, arrivals, pairs)

    @property
    def own(self) -> tuple[tuple[int, str], ...]:
        """Numbers and people."""
        return tuple((number, person.hex()) for number, person, _ in OWN.iter_unpack(self.owns))

    @property
    def arrived(self) -> tuple[tuple[int, str], ...]:
        """Numbers and people."""
        return tuple((before, person.hex()) for before, person in ARRIVED.iter_unpack(self.arrivals))

    @property
    def alike(self) -> tuple[Pair, ...]:
        """Pairs of people."""
        return tuple((first.hex(), second.hex()) for first, second in ALIKE.iter_unpack(self.pairs))

    def has_own_since(self, moment: datetime) -> bool:
        """Whether any of the desk's own was enrolled later."""
        after = _at(moment)
        return any(own[2] > after for own in OWN.iter_unpack(self.owns))

    def since(self, moment: datetime) -> bytes:
        """Those of the desk's own who were enrolled later."""
        after = _at(moment)
        return b"".join(OWN.pack(*own) for own in OWN.iter_unpack(self.owns) if own[2] > after)

    def with_alike(self, pairs: Iterable[Pair]) -> Noted:
        """With these pairs, the newest last, in place of all."""
        kept = b"".join(ALIKE.pack(*map(bytes.fromhex, pair)) for pair in pairs)
        return replace(self, pairs=kept[-MOST_ALIKE * ALIKE.size :])

    def with_none_arrived_of(self, people: Collection[str]) -> Noted:
        """Without these people among those who arrived."""
        gone = {bytes.fromhex(person) for person in people}
        kept = (entry for entry in ARRIVED.iter_unpack(self.arrivals) if entry[1] not in gone)
        return replace(self, arrivals=b"".join(ARRIVED.pack(*entry) for entry in kept))

    def without(self, person: str) -> Noted:
        """Without anything of a person."""
        gone = bytes.fromhex(person)
        owns = b"".join(OWN.pack(*own) for own in OWN.iter_unpack(self.owns) if own[1] != gone)
        left = replace(self.with_none_arrived_of({person}), owns=owns)
        return left.with_alike(pair for pair in self.alike if person not in pair)

    def write(self, transaction: Transaction) -> None:
        """Writes it among the facts of a vault."""
        number = self.number.to_bytes(NUMBER_BYTES, "big")
        transaction.facts[NEWCOMERS] = bind(number, self.owns, self.arrivals, self.pairs)


def note_enrolled(transaction: Transaction, people: Iterable[str]) -> None:
    """Notes people whom this desk enrolled; for a day, and the newest 200."""
    fresh = [bytes.fromhex(person) for person in people]
    if fresh:
        noted, now = Noted.read(transaction.facts), _at(transaction.now)
        added = b"".join(OWN.pack(noted.number + index, person, now) for index, person in enumerate(fresh))
        owns = (noted.since(transaction.now - KEPT_FOR) + added)[-MOST_OWN * OWN.size :]
        replace(noted, number=noted.number + len(fresh), owns=owns).write(transaction)


def note_arrived(transaction: Transaction, people: Iterable[str]) -> None:
    """Notes people whom another desk enrolled, where this one enrolled anybody in the day before."""
    noted = Noted.read(transaction.facts)
    added = b"".join(ARRIVED.pack(noted.number, bytes.fromhex(person)) for person in people)
    if added and noted.has_own_since(transaction.now - KEPT_FOR):
        replace(noted, arrivals=(noted.arrivals + added)[-MOST_ARRIVED * ARRIVED.size :]).write(transaction)


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
            asked = {person for _, person in (*noted.arrived, *noted.own)}
            there = {person for person in asked if repository.is_known(connection, person)}
            compared = {person for person in there if not repository.withdrawn(connection, person)}
            own = [(number, person) for number, person in noted.own if person in compared]
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
            pairs = dict.fromkeys((*noted.alike, *(_ordered(pair) for pair in alike)))
            noted.with_none_arrived_of(people).with_alike(pairs).write(transaction)

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
            noted.with_alike(kept for kept in noted.alike if kept != _ordered(pair)).write(transaction)
            for person in pair:
                self._state.record(
                    transaction, "identification.decided", subject=person, outcome="different", second=confirmed
                )


def _ordered(pair: Pair) -> Pair:
    return (min(pair), max(pair))


def _at(moment: datetime) -> int:
    """A moment as it is kept."""
    return (moment - EPOCH) // MICROSECOND
