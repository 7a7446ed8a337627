"""Failed attempts of all desks of a register: said and heard at a check, and again at each contact (FORMAT.md, 22).

Where the register does not answer, this desk counts by itself, with what it heard before, as long as nobody failed too
often. A server can withhold what other desks say; it can make no desk forget its own count.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from typing import Final

import sqlalchemy as sa

from mlid_desktop.domain.errors import Code, RegisterError
from mlid_desktop.vault.store.register.attempts import (
    SINCE,
    PersonAtDesk,
    SignedAttempts,
    drop_attempts,
    forget_attempts,
    put_attempt,
    put_attempts,
    read_attempts,
    read_numbers,
)
from mlid_desktop.vault.store.register.connection import RegisterConnection
from mlid_desktop.vault.store.schema import ATTEMPTS, SUBJECTS
from mlid_desktop.vault.store.transaction import Transaction, read_facts
from mlid_desktop.vault.subjects import attempt_counter
from mlid_desktop.vault.subjects.attempt_counter import AttemptRecord
from mlid_desktop.vault.unlocked.register.contact import Contact
from mlid_desktop.vault.unlocked.register.freshness import MOST_FAILED
from mlid_desktop.vault.unlocked.register.link import RegisterLink, certified_desks
from mlid_desktop.vault.unlocked.register.standings import removed_desks
from mlid_desktop.vault.unlocked.register.writing.attempt_notes import (
    NOTHING,
    KeptAttempts,
    Numbers,
    Said,
    are_together,
    everybody_noted,
    forget_noted,
    read_noted,
    renumbered,
    with_heard,
    write_noted,
)
from mlid_desktop.vault.unlocked.register.writing.attempt_rows import AttemptRows
from mlid_desktop.vault.unlocked.register.writing.change_writer import CLOSED, Difference
from mlid_desktop.vault.unlocked.state import VaultState

AT_A_TIME: Final = 500  # rows that are put
FAILED: Final = (  # of people alone, not of candidates
    sa.select(ATTEMPTS.c.subject, ATTEMPTS.c.failed)
    .join(SUBJECTS, SUBJECTS.c.subject == ATTEMPTS.c.subject)
    .where(ATTEMPTS.c.failed > 0)
)


class SharedAttempts:
    """The failed attempts of all desks, in an unlocked vault that is in a register. For one that is in none, or whose
    register has no such rows, nothing is done."""

    def __init__(self, state: VaultState, contact: Contact) -> None:
        self._state, self._contact = state, contact
        self._known: dict[PersonAtDesk, tuple[int, Said]] = {}  # what was opened of other desks, with the rows' numbers
        self._had: dict[str, int] = {}  # numbers of this desk's rows that the server had
        self._refused: dict[str, SignedAttempts] = {}  # rows of this desk that the server did not say that it keeps

    def counted(self, subject_id: str | None, before: AttemptRecord) -> None:
        """Says that an attempt was counted here, and hears what others counted, in one round trip; ``before`` is how
        the person stood. Raises RegisterError(REGISTER_TRIED_ENOUGH) where the register does not answer and the person
        failed as often as is allowed without it; the attempt is taken back then."""
        if subject_id is None or self._state.shared.is_alone:
            return
        facts, link = self._facts(), self._contact.link
        if link is None or not are_together(facts):
            return
        try:
            self._say_and_hear(subject_id, read_noted(facts, subject_id), link)
        except RegisterError:
            self._known.clear()  # what is wrong there is named at the next contact
            if before.failed_in_a_row >= MOST_FAILED:
                with self._state.changing() as transaction:
                    attempt_counter.withdraw(transaction, subject_id)
                raise RegisterError(Code.REGISTER_TRIED_ENOUGH, failed=MOST_FAILED) from None

    def hear(self, subject_id: str) -> None:
        """Says and hears what is new of one person, where the register answers."""
        if not (self._state.shared.is_alone or self._contact.is_away) and are_together(self._facts()):
            with suppress(RegisterError), self._contact.connected() as (connection, link, desks):
                self._look(connection, link, desks, {subject_id})

    def bring(self) -> None:
        """Says and hears what is new of everybody of whom this desk has anything to say. Raises
        RegisterError(REGISTER_DAMAGED) for a row that its desk did not write, and REGISTER_FORKED where somebody else
        wrote in this desk's place."""
        facts = self._facts()
        people = everybody_noted(facts).keys() | self._counted().keys() if are_together(facts) else ()
        if people:
            with self._contact.connected() as (connection, link, desks):
                self._look(connection, link, desks, people)

    def _say_and_hear(self, subject_id: str, kept: KeptAttempts, link: RegisterLink) -> None:
        rows = AttemptRows(self._state.keys, self._state.identity)
        row = rows.row_of(subject_id, kept, link)
        with self._contact.at_hand() as connection:
            found = put_attempt(connection, row)
        if row not in [there for there, _ in found]:  # it keeps another, or none
            self._refused[subject_id] = row
            raise RegisterError(Code.REGISTER_DAMAGED, what="attempt")
        self._refused.pop(subject_id, None)
        self._had[subject_id] = row.number
        said = [(there, desk) for there, desk in found if there.desk != link.desk.desk]
        if not (said or kept.heard or kept.said.cleared):
            return  # nobody else says anything, nor did before
        desks, gone = certified_desks(tuple(desk for _, desk in said), self._state.key_file.control), self._removed()
        others = {there.desk: rows.said_of(there, desks) for there, _ in said if there.desk not in gone}
        self._keep({subject_id: others}, link.desk.desk, None)

    def _look(
        self, connection: RegisterConnection, link: RegisterLink, desks: Mapping[str, bytes], people: Collection[str]
    ) -> None:
        rows, own, gone = AttemptRows(self._state.keys, self._state.identity), link.desk.desk, self._removed()
        names = {rows.name_of(subject_id): subject_id for subject_id in people}
        there = read_numbers(connection, names)
        standing = {names[name]: number for (name, desk), number in there.items() if desk == own}
        self._drop_foreign(connection, rows, standing, own, desks)
        others = {whose: number for whose, number in there.items() if whose[1] != own and whose[1] not in gone}
        fault = self._read(connection, rows, others, desks)
        for whose in [whose for whose in self._known if whose[0] in names and whose not in others]:
            del self._known[whose]
        said: dict[str, dict[str, Said]] = {subject_id: {} for subject_id in people}
        for name, desk in others.keys() & self._known.keys():
            said[names[name]][desk] = self._known[name, desk][1]
        self._put(connection, rows, self._keep(said, own, standing), standing, link)
        if fault is not None:
            raise fault

    def _drop_foreign(
        self,
        connection: RegisterConnection,
        rows: AttemptRows,
        standing: dict[str, int],
        own: str,
        desks: Mapping[str, bytes],
    ) -> None:
        """Deletes rows in this desk's place that it did not write. Raises RegisterError(REGISTER_FORKED) where its own
        keys wrote what this vault does not know of."""
        facts = self._facts()
        known = {rows.name_of(subject_id): subject_id for subject_id in standing}
        doubted = {
            name: self._refused.pop(subject_id, None)
            for name, subject_id in known.items()
            if standing[subject_id] > read_noted(facts, subject_id).number or subject_id in self._refused
        }
        foreign: list[bytes] = []
        for row in read_attempts(connection, [(name, own) for name in doubted]) if doubted else ():
            if row != doubted[row.person]:
                if rows.is_signed(row, desks) and row.number >= read_noted(facts, known[row.person]).number:
                    raise RegisterError(Code.REGISTER_FORKED, number=row.number)
                foreign.append(row.person)
                del standing[known[row.person]]
        if foreign:
            drop_attempts(connection, foreign)

    def _read(
        self,
        connection: RegisterConnection,
        rows: AttemptRows,
        others: Mapping[PersonAtDesk, int],
        desks: Mapping[str, bytes],
    ) -> RegisterError | None:
        """Reads what other desks say that is not known; gives the fault of a row that its desk did not write, which
        counts for nothing."""
        unread = [whose for whose, number in others.items() if self._known.get(whose, (0, None))[0] != number]
        fault = None
        for row in read_attempts(connection, unread) if unread else ():
            try:
                self._known[row.person, row.desk] = (row.number, rows.said_of(row, desks))
            except RegisterError as found:
                fault = found
        return fault

    def _put(
        self,
        connection: RegisterConnection,
        rows: AttemptRows,
        kept: Mapping[str, KeptAttempts],
        standing: Mapping[str, int],
        link: RegisterLink,
    ) -> None:
        """Puts what the register has not, or has older, and drops what there is nothing to say of."""
        spoken = [subject_id for subject_id, noted in kept.items() if noted.said != NOTHING.said]
        lacking = [subject_id for subject_id in spoken if standing.get(subject_id, 0) < kept[subject_id].number]
        for at in range(0, len(lacking), AT_A_TIME):
            part = lacking[at : at + AT_A_TIME]
            put_attempts(connection, [rows.row_of(subject_id, kept[subject_id], link) for subject_id in part])
            self._had |= {subject_id: kept[subject_id].number for subject_id in part}
        dropped = [subject_id for subject_id in standing if kept[subject_id].said == NOTHING.said]
        if dropped:
            drop_attempts(connection, [rows.name_of(subject_id) for subject_id in dropped])
            for subject_id in dropped:
                self._had.pop(subject_id, None)

    def _keep(
        self, said: Mapping[str, Mapping[str, Said]], own: str, standing: Mapping[str, int] | None
    ) -> dict[str, KeptAttempts]:
        """Keeps what was heard of people, and takes off this desk's count what was cleared at another; gives what is
        kept of each. With ``standing``, the numbers of this desk's rows, those that the server lost are noted in the
        audit, and what there is nothing to say of is dropped."""
        facts, counted, now = self._facts(), self._counted(), self._state.time().now
        numbers, changed, kept = Numbers(facts), {}, {}
        lost = 0
        cleared: dict[str, int] = {}
        for subject_id, others in said.items():
            before = read_noted(facts, subject_id)
            mine = renumbered(numbers, before, counted.get(subject_id, 0))
            noted = with_heard(numbers, mine, others, own, now)
            if len(noted.said.failed) < len(mine.said.failed):
                cleared[subject_id] = len(noted.said.failed)
            if standing is not None:
                had = self._had.get(subject_id, 0)
                lost += before.number == had and standing.get(subject_id, 0) < had
                if noted.said == NOTHING.said and not noted.heard and subject_id not in standing:
                    noted = NOTHING
            kept[subject_id] = noted
            if noted != before:
                changed[subject_id] = noted
        if changed or lost:
            with self._state.changing() as transaction:
                numbers.keep(transaction)
                for subject_id, noted in changed.items():
                    write_noted(transaction, subject_id, noted)
                for subject_id, left in cleared.items():
                    attempt_counter.leave(transaction, subject_id, left)
                if lost:
                    self._state.record(transaction, "register.attempts_lost", number=lost)
        return kept

    def _counted(self) -> dict[str, int]:
        """The failed attempts in a row of each person, by this desk's own count."""
        with self._state.database.reading() as local:
            return {subject_id: int(failed) for subject_id, failed in local.execute(FAILED)}

    def _removed(self) -> Collection[str]:
        with self._state.database.reading() as local:
            return removed_desks(local, self._state).keys()

    def _facts(self) -> dict[str, bytes]:
        with self._state.database.reading() as local:
            return read_facts(local)


def forget_erased(
    connection: RegisterConnection,
    transaction: Transaction,
    found: Difference,
    act: str,
    rows: Callable[[], AttemptRows],
) -> None:
    """Has the register forget what every desk says of people who are erased by a change; and of everybody where roots
    are renewed, under which nothing of it opens any more. ``rows`` are asked for where somebody is erased."""
    if connection.schema < SINCE:
        return
    if act == CLOSED:
        forget_attempts(connection, None)
        for subject_id in everybody_noted(transaction.facts):
            forget_noted(transaction, subject_id)
        return
    erased = [key.hex() for kind, key in found.gone if kind == SUBJECTS.name]
    if erased:
        named = rows()
        forget_attempts(connection, [named.name_of(subject_id) for subject_id in erased])
