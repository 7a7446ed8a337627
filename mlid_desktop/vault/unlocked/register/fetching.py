"""Brings the vault of a desk to the state of its register: new keys by mail, rows that came and went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeAlias

from sqlalchemy.engine import Connection

from mlid_desktop.domain.errors import Code, RegisterError
from mlid_desktop.vault.crypto.envelope import wipe
from mlid_desktop.vault.keyring import IN_FORCE, VaultKeys, wraps_name
from mlid_desktop.vault.store.changes import register_log
from mlid_desktop.vault.store.changes.change import Change, Point
from mlid_desktop.vault.store.register import mail as post
from mlid_desktop.vault.store.register.connection import RegisterConnection
from mlid_desktop.vault.store.register.items import (
    Brought,
    Item,
    Lacking,
    items_after,
    read_brought,
    unhurried,
    while_held,
)
from mlid_desktop.vault.store.transaction import Transaction, read_facts
from mlid_desktop.vault.subjects import attack_tests, drafts
from mlid_desktop.vault.subjects.suspicion_log import Marks
from mlid_desktop.vault.unlocked.erasure.key_destruction import KeyDestruction
from mlid_desktop.vault.unlocked.register.applying import (
    ArrivedRow,
    NotAtOnceError,
    apply_rows,
    require_tallies,
    rows_of,
    take_over_candidates,
)
from mlid_desktop.vault.unlocked.register.chain import ChainEnd, require_chain, require_none_of
from mlid_desktop.vault.unlocked.register.desk_words import leave_word
from mlid_desktop.vault.unlocked.register.freshness import is_to_note, note_in_step
from mlid_desktop.vault.unlocked.register.link import (
    RegisterLink,
    note_point,
    note_schema,
    require_schema,
    seen_point,
    seen_schema,
)
from mlid_desktop.vault.unlocked.register.prekeys import leave_prekeys
from mlid_desktop.vault.unlocked.register.rows import SharedRows, shared_rows
from mlid_desktop.vault.unlocked.register.standings import (
    Fetched,
    desks_behind,
    note_erasures,
    removed_desks,
    silent_desks,
)
from mlid_desktop.vault.unlocked.register.writing.change_writer import CLOSED, MENDED, UNSENT, WHOLE
from mlid_desktop.vault.unlocked.register.writing.key_mail import (
    OWED,
    KeyMail,
    forget_mailed,
    new_keys,
    require_opening,
    settle_mail,
    take_people,
)
from mlid_desktop.vault.unlocked.register.writing.newcomers import note_arrived, note_enrolled
from mlid_desktop.vault.unlocked.state import VaultState

SET_BACK: Final = frozenset({Code.REGISTER_ROLLED_BACK, Code.REGISTER_BEFORE_UPGRADE})
Desks: TypeAlias = Mapping[str, bytes]  # their verify keys
Facts: TypeAlias = Mapping[str, bytes]
MOST_RECOVERED: Final = 1  # changes of its own that a desk may not know: the one in which it was cut off


@dataclass(frozen=True, slots=True)
class Arrived:
    """What a desk lacks of a register, read and opened: rows, items that went, what its newest change says of the
    state, keys, changes of its own in which it was cut off, and the desks to whom it may owe keys since then."""

    rows: Sequence[ArrivedRow]
    gone: Sequence[tuple[str, bytes]]
    newest: ChainEnd
    keys: KeyMail
    owed: tuple[str, ...] = ()

    @property
    def point(self) -> Point:
        """How far the register has come."""
        return self.newest.point

    @property
    def changes(self) -> bool:
        """Whether there is anything to apply."""
        return self.newest.change is not None or self.keys.successor is not None


class Fetcher:
    """Fetches into an unlocked vault; kept while it is open."""

    def __init__(self, state: VaultState, keys: KeyDestruction) -> None:
        self._state = state
        self._keys = keys
        self.has_asked = False  # whether the register was asked since the vault was unlocked
        self.uncertain: Point | None = None  # a change of this desk that the register may have, and the vault lacks
        self.behind: frozenset[str] = frozenset()  # other desks that have not seen the newest destruction of keys
        self.silent: tuple[str, ...] = ()  # other desks that said nothing for long, at the desk that leads

    @property
    def is_settled(self) -> bool:
        """Whether it is known of every change of this desk if the register has it."""
        return self.has_asked and self.uncertain is None

    def fetch(self, connection: RegisterConnection, link: RegisterLink, desks: Mapping[str, bytes]) -> Fetched:
        """Brings the vault to the state of the register; it is left as it was where anything is wrong. Raises
        RegisterError: rolled back, before its upgrade, forked, damaged, keys renewed."""
        leave_prekeys(connection, link, self._state)  # what could not be mailed for want of them is mailed then
        is_final = self.is_settled or while_held(connection)  # the server may still be at what this desk was cut off in
        try:
            with connection.view():
                arrived = self.read(connection, link, desks, self._facts())
        except RegisterError as fault:
            if fault.code in SET_BACK:  # how far this desk saw is to be known before it is mended
                self._leave_word(connection, link, seen_point(self._facts()))
            raise
        self.take(connection, arrived, is_final=is_final)
        self._leave_word(connection, link, arrived.point)
        self._note_in_step(connection)
        return Fetched(len(arrived.rows), len(arrived.gone), arrived.point)

    def read(
        self,
        connection: RegisterConnection,
        link: RegisterLink,
        desks: Desks,
        facts: Facts,
        *,
        within: Connection | None = None,
        found: tuple[Lacking, Brought] | None = None,
        is_little: bool = False,
    ) -> Arrived:
        """What the desk lacks that has these facts, in a view of the register that stands still; ``found`` is what was
        read of it, ``within`` the vault's, where a change has begun. Raises RegisterError; if it ``is_little`` alone
        may be applied, NotAtOnceError."""
        state = self._state
        with state.database.reading() if within is None else nullcontext(within) as local:
            removed = removed_desks(local, state)
        others = tuple(desk for desk in desks if desk != link.desk.desk and desk not in removed)
        require_schema(facts, connection.schema)
        seen = seen_point(facts)
        lacking, brought = found or read_brought(connection, seen, link.desk.desk)
        newest = require_chain(lacking, seen, desks, state.identity, link.desk.desk)
        require_none_of(removed, newest)
        if link.leads:
            self.silent = silent_desks(newest.words, others, state.clock.now(), state.keys.roots, state.identity)
        self.behind = desks_behind(newest.words, others, facts)
        self._require_own(newest.own)
        if newest.change is not None and newest.change.act not in {WHOLE, MENDED}:
            is_closed = newest.change.act == CLOSED
            if not (is_closed and newest.change in newest.own):  # of its own it was cut off in: it may go on
                code = Code.REGISTER_KEYS_RENEWED if is_closed else Code.REGISTER_DAMAGED
                raise RegisterError(code, what=f"change {newest.point.number}")
        keys = new_keys(brought.mail, facts, state, link.desk.desk, newest.change)
        if is_little and (newest.is_mended or brought.items is None or keys.taken or keys.successor is not None):
            raise NotAtOnceError
        if newest.change is None:
            return Arrived((), (), newest, keys)
        if newest.is_mended:
            items, gone = self._differing(connection)
        else:
            items = brought.items if brought.items is not None else _every_item(connection, seen.number)
            came = {(item.kind, item.key) for item in items}
            gone = [key for key in brought.removed if key not in came]
        opening = [SharedRows(held, state.identity) for held in (keys.successor, state.keys) if held is not None]
        return Arrived(rows_of(items, opening), gone, newest, keys, others if newest.own else ())

    def _differing(self, connection: RegisterConnection) -> tuple[list[Item], list[tuple[str, bytes]]]:
        """The items of a register that the vault has not, or has otherwise, and those that it has and the register has
        not: whatever changes say, as the server lost what some of them did."""
        rows = SharedRows(self._state.keys, self._state.identity)
        with self._state.database.reading() as local:
            here = {rows.key_of(table, row): rows.mark_of(table, row) for table, row in shared_rows(local)}
        there: set[tuple[str, bytes]] = set()
        items = []
        with items_after(connection, 0) as found:
            for item in found:
                there.add((item.kind, item.key))
                if here.get((item.kind, item.key)) != int.from_bytes(item.mark, "big"):
                    items.append(item)
        return items, [key for key in here if key not in there]

    def take(self, connection: RegisterConnection, arrived: Arrived, *, is_final: bool = True) -> None:
        """Takes what was read, in a change of its own. ``is_final``: no change of this desk can appear any more that it
        does not know of. Raises RegisterError, VaultError."""
        state, keys = self._state, arrived.keys
        if keys.people is not None:
            take_people(state, keys.people)
        if arrived.changes or keys.taken:
            if keys.successor is not None:
                state.write_key_file(state.key_file.with_wrap(state.keys.wrapped, pending=keys.successor.wrapped))
            about: set[str] = set()
            with state.changing(partial(self._adopt, about, keys.successor), applying=True) as transaction:
                about |= self.apply(transaction, arrived)
        if is_final or arrived.newest.own:
            self.has_asked, self.uncertain = True, None
        state.settle_key_file()
        for mail in keys.taken:
            post.drop_mail(connection, mail.number)

    def apply(self, transaction: Transaction, arrived: Arrived) -> frozenset[str]:
        """Applies what was read within a transaction; gives whom it was about. Raises RegisterError(REGISTER_DAMAGED)
        where the vault is not the state of the register then."""
        state, newest, successor = self._state, arrived.newest, arrived.keys.successor
        naming = partial(SharedRows, state.keys, state.identity)
        about, fresh = apply_rows(
            transaction, arrived.rows, arrived.gone, naming, partial(self._keys.delete_people, transaction)
        )
        if newest.change is not None:
            marker = state.keys.subjects.marker
            require_tallies(transaction.connection, transaction.facts, marker, newest.change.tallies)
            transaction.facts.pop(UNSENT, None)
            if newest.change.act == CLOSED:
                transaction.facts[UNSENT] = b"\x01"
        require_none_of(removed_desks(transaction.connection, state), newest)
        if successor is not None:
            require_opening(transaction, successor)
            drafts.rewrap(transaction, state.keys.subjects, successor.subjects)
            attack_tests.rewrap(transaction, state.keys.subjects, successor.subjects)
            transaction.facts[IN_FORCE] = wraps_name(successor.wrapped)
        known_by = successor or state.keys
        take_over_candidates(transaction, about, known_by.subjects, Marks(state.keys.audit.entries))
        settle_mail(transaction, arrived.keys)
        if newest.own:  # among them may be who was enrolled here in the act in which this desk was cut off
            note_enrolled(transaction, fresh)
        note_arrived(transaction, fresh)
        for change in newest.own:
            state.record(transaction, "register.recovered", number=change.number)
        register_log.keep(transaction, newest.kept)
        transaction.facts.update(dict.fromkeys((OWED + desk for desk in arrived.owed), b"\x01"))
        if newest.is_mended:  # what waited on the server to be taken is gone
            forget_mailed(transaction)
        note_point(transaction, newest.point)
        note_erasures(transaction, newest.point.number)
        note_in_step(transaction, state.clock)
        return about

    def _adopt(self, about: set[str], successor: VaultKeys | None) -> None:
        state = self._state
        if successor is not None:
            wipe(state.keys.subjects.wrap)
            state.keys = successor
            self._keys.wipe_held()
        state.note_changed(*about)

    def _require_own(self, own: Sequence[Change]) -> None:
        """Raises RegisterError(REGISTER_FORKED) where somebody else writes as this desk: it does not know more than
        the one change in which it was cut off, before it was unlocked or since."""
        if not own:
            return
        expected = not self.has_asked if self.uncertain is None else own[-1].point == self.uncertain
        if len(own) > MOST_RECOVERED or not expected:
            raise RegisterError(Code.REGISTER_FORKED, number=own[-1].number)

    def _facts(self) -> dict[str, bytes]:
        with self._state.database.reading() as local:
            return read_facts(local)

    def _leave_word(self, connection: RegisterConnection, link: RegisterLink, point: Point) -> None:
        """Leaves the point that was seen."""
        state = self._state
        with state.database.reading() as local, unhurried(connection):
            leave_word(connection, state, link, point, point.number, local)

    def _note_in_step(self, connection: RegisterConnection) -> None:
        """Notes, once in a while, that the vault is in step, and at once that the register has a newer schema."""
        state, facts = self._state, self._facts()
        is_newer = connection.schema > seen_schema(facts)
        if is_newer or is_to_note(facts, state.clock):
            with state.changing() as transaction:
                note_in_step(transaction, state.clock)
                if is_newer:
                    note_schema(transaction, connection.schema)


def _every_item(connection: RegisterConnection, n: int) -> list[Item]:
    with items_after(connection, n) as found:
        return list(found)
