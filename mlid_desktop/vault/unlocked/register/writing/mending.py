"""A server that was restored from an older state gets back what it lost: the changes, as desks signed them, from a desk
that saw them all, and the state that they left, in a change of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from mlid_desktop.domain.errors import Code, RegisterError
from mlid_desktop.domain.roles import Act, SecondPerson
from mlid_desktop.vault.store.changes.chain import check_chain
from mlid_desktop.vault.store.changes.change import Change, Point
from mlid_desktop.vault.store.changes.register_log import kept_from
from mlid_desktop.vault.store.register.connection import RegisterConnection
from mlid_desktop.vault.store.register.installation import DeskRow, add_desk, read_desks, read_point, remove_desk
from mlid_desktop.vault.store.register.items import allow_long, put_back, seen_heads
from mlid_desktop.vault.store.transaction import Transaction, read_facts
from mlid_desktop.vault.unlocked.register.chain import require_seen
from mlid_desktop.vault.unlocked.register.contact import Contact
from mlid_desktop.vault.unlocked.register.desk_words import leave_word, require_words
from mlid_desktop.vault.unlocked.register.link import RegisterLink, certified_desks, seen_point
from mlid_desktop.vault.unlocked.register.standings import other_desks, removed_desks, standings_of
from mlid_desktop.vault.unlocked.register.writing.change_writer import MENDED, UNSENT
from mlid_desktop.vault.unlocked.register.writing.hold import Hold
from mlid_desktop.vault.unlocked.register.writing.key_mail import OWED, forget_mailed
from mlid_desktop.vault.unlocked.register.writing.shared_writes import SharedWrites
from mlid_desktop.vault.unlocked.state import VaultState

ADMITTED: Final = "register-admitted/"  # and a desk: its row, at the desk that admitted it


@dataclass(frozen=True, slots=True)
class MendPlan:
    """What a server lacks that was set back: so many changes that this desk saw. ``unheard`` are the names of other
    desks that have said nothing since: what one of them wrote that this desk has not seen would be lost to the
    others."""

    lacks: int
    unheard: tuple[str, ...]


class Mending:
    """Mends the register that an unlocked vault is in. Methods raise RegisterError: REGISTER_NOT_SET_BACK where the
    server has what this desk saw, REGISTER_FORKED where somebody wrote on after it was set back,
    REGISTER_SEEN_ELSEWHERE where another desk saw more than this one, REGISTER_TOO_OLD_TO_MEND where it was set back
    further than this desk keeps changes."""

    def __init__(self, state: VaultState, contact: Contact, shared: SharedWrites) -> None:
        self._state, self._contact, self._shared = state, contact, shared

    def plan(self) -> MendPlan:
        """What would be put back, and which desks should be heard before."""
        state = self._state
        state.require(Act.RESTORE)
        with self._contact.connected() as (connection, link, desks):
            seen = self._say(connection, link)
            end = read_point(connection)
            with state.database.reading() as local:
                removed, facts = removed_desks(local, state), read_facts(local)
            missing = self._missing(end, seen, {**desks, **_admitted_keys(facts)})
            heads = seen_heads(connection)
            self._require_furthest(connection, link, seen, desks)
            rows = read_desks(connection)
            standings = standings_of(rows, heads, seen, link.desk.desk, removed, state.keys.roots, state.identity)
            heard = {head.desk for head in heads if head.point.number > end.number}
            unheard = [desk for desk in standings if not (desk.is_own or desk.is_removed or desk.identifier in heard)]
            return MendPlan(len(missing), tuple(desk.name for desk in unheard))

    def mend(self, second: SecondPerson | None) -> int:
        """Puts back what the server lost, and makes it the state of this vault; gives how many changes it lacked.
        Raises VaultError too."""
        state = self._state
        lacks = self.plan().lacks
        confirmed = state.require_two(Act.RESTORE, second)
        with self._shared.holding() as now:
            allow_long(now.connection)
            with state.database.reading() as local:
                seen = seen_point(read_facts(local))
            self._restore_desks(now)
            put_back(now.connection, self._missing(now.point, seen, now.desks))
            self._require_furthest(now.connection, now.link, seen, now.desks)
            now.point, now.act = seen, MENDED
            with state.changing() as transaction:
                transaction.facts[UNSENT] = b"\x01"
                forget_mailed(transaction)
                for desk in other_desks(transaction.connection, state, now.link.desk.desk, now.desks):
                    transaction.facts[OWED + desk] = b"\x01"  # every one-time key went with the mail
                state.record(transaction, "register.mended", number=seen.number, second=confirmed)
        return lacks

    def _say(self, connection: RegisterConnection, link: RegisterLink) -> Point:
        """Leaves word of what this desk saw, which another desk that would mend has to know of; gives it."""
        with self._state.database.reading() as local:
            seen = seen_point(read_facts(local))
            leave_word(connection, self._state, link, seen, seen.number, local)
        return seen

    def _missing(self, end: Point, seen: Point, desks: Mapping[str, bytes]) -> tuple[Change, ...]:
        """What a server that ends there lacks of what this desk saw, checked."""
        if end.number >= seen.number:
            raise RegisterError(Code.REGISTER_NOT_SET_BACK)
        with self._state.database.reading() as local:
            kept = kept_from(local, end)
        if not kept:
            raise RegisterError(Code.REGISTER_TOO_OLD_TO_MEND)
        before, missing = (end.link, kept) if not end.number else (kept[0].link, kept[1:])
        if before != end.link:
            raise RegisterError(Code.REGISTER_FORKED, number=end.number)
        known = {change.desk for change in missing} <= desks.keys()
        if not known:  # it was admitted since: the desk that leads has its certificate
            raise RegisterError(Code.REGISTER_LED_ELSEWHERE)
        found = check_chain(missing, end, desks, self._state.identity.header, seen)
        if found.finding is not None:
            raise RegisterError(Code.REGISTER_TOO_OLD_TO_MEND)
        return missing

    def _require_furthest(
        self, connection: RegisterConnection, link: RegisterLink, seen: Point, desks: Mapping[str, bytes]
    ) -> None:
        """Nobody saw more than this desk, by their own words."""
        with self._state.database.reading() as local:
            others = other_desks(local, self._state, link.desk.desk, desks)
        heads, end = [head for head in seen_heads(connection) if head.desk in others], read_point(connection)
        require_words(heads, others, self._state.identity)
        for head in heads:
            if head.point.number > seen.number:
                raise RegisterError(Code.REGISTER_SEEN_ELSEWHERE, desk=head.desk[:12])
            if head.point.number <= end.number:
                require_seen(head.point, end, head.there)

    def _restore_desks(self, now: Hold) -> None:
        """At the desk that leads: desks that it admitted since are desks again, and those that it took out are none."""
        if not now.link.leads:
            return
        state, rows = self._state, read_desks(now.connection)
        with state.database.reading() as local:
            facts, removed = read_facts(local), removed_desks(local, state)
        there = {row.desk for row in rows}
        for name, kept in facts.items():
            desk = name.removeprefix(ADMITTED)
            if name.startswith(ADMITTED) and desk not in there:
                add_desk(now.connection, _read_row(desk, kept))
        for row in read_desks(now.connection):
            if row.desk in removed and not row.is_removed:
                remove_desk(now.connection, row.desk)
        now.desks = certified_desks(read_desks(now.connection), state.key_file.control)


def note_admitted(transaction: Transaction, row: DeskRow) -> None:
    """Keeps the row of a desk that is admitted, for a server that loses it."""
    content = {name: value.hex() if isinstance(value, bytes) else value for name, value in asdict(row).items()}
    transaction.facts[ADMITTED + row.desk] = json.dumps(content, sort_keys=True).encode()


def _admitted_keys(facts: Mapping[str, bytes]) -> dict[str, bytes]:
    """The verify keys of the desks that this one admitted."""
    rows = (_read_row(name.removeprefix(ADMITTED), kept) for name, kept in facts.items() if name.startswith(ADMITTED))
    return {row.desk: row.sign_key for row in rows}


def _read_row(desk: str, kept: bytes) -> DeskRow:
    content: dict[str, Any] = json.loads(kept)
    sign_key, box_key, certificate = (bytes.fromhex(content[name]) for name in ("sign_key", "box_key", "certificate"))
    return DeskRow(desk, sign_key, box_key, int(content["epoch"]), certificate)
