"""Keeps the copy of a desk that reads in step with its register: new keys by mail, rows that came and went, its own
visits back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from mlid_desktop.domain.errors import Code, RegisterError, VaultError
from mlid_desktop.vault.crypto.envelope import bind, derive, seal, unseal, wipe
from mlid_desktop.vault.crypto.signing import is_signed
from mlid_desktop.vault.keyring import IN_FORCE, VaultKeys, wraps_name
from mlid_desktop.vault.keys.key_file import KeyFile
from mlid_desktop.vault.keys.key_file_codec import read_key_file, require_authentic
from mlid_desktop.vault.store.changes.change import Point
from mlid_desktop.vault.store.register.connection import RegisterConnection
from mlid_desktop.vault.store.register.items import items_after, removed_after
from mlid_desktop.vault.store.register.mail import (
    Mail,
    drop_mail,
    drop_visits,
    note_visits,
    put_prekeys,
    read_mail,
    read_visits,
)
from mlid_desktop.vault.store.transaction import Transaction, read_facts
from mlid_desktop.vault.subjects import attack_tests, consent_and_retention, drafts, repository
from mlid_desktop.vault.unlocked.erasure.key_destruction import KeyDestruction
from mlid_desktop.vault.unlocked.register.applying import apply_rows, require_tallies, rows_of
from mlid_desktop.vault.unlocked.register.chain import require_chain
from mlid_desktop.vault.unlocked.register.desk_words import leave_word
from mlid_desktop.vault.unlocked.register.freshness import is_to_note, note_in_step
from mlid_desktop.vault.unlocked.register.link import Points, RegisterLink
from mlid_desktop.vault.unlocked.register.prekeys import (
    FEW,
    opened_mail,
    published,
    read_prekeys,
    refilled,
    write_prekeys,
)
from mlid_desktop.vault.unlocked.register.rows import SharedRows
from mlid_desktop.vault.unlocked.register.sending import WHOLE
from mlid_desktop.vault.unlocked.state import VaultState

VISITS, TAKEN = "register-visits", "register-keys"
MOST_VISITS: Final = 100_000


@dataclass(frozen=True, slots=True)
class Fetched:
    """What was fetched: how many items came, how many went, and how far the copy is now."""

    come: int
    gone: int
    point: Point


@dataclass(frozen=True, slots=True)
class _Renewal:
    """A key file that came by mail."""

    mail: Mail
    key_file: KeyFile


class Fetcher:
    """Fetches into the unlocked vault of a desk that reads."""

    def __init__(self, state: VaultState, keys: KeyDestruction) -> None:
        self._state = state
        self._keys = keys

    def fetch(self, connection: RegisterConnection, link: RegisterLink, desks: Mapping[str, bytes]) -> Fetched:
        """Brings the copy to the state of the register; the copy is left as it was where anything is wrong. Raises
        RegisterError: rolled back, forked, damaged, keys renewed."""
        state = self._state
        facts = self._facts()
        points, renewal = Points.read(facts), self._renewal(connection, link, facts)
        with connection.view():
            newest = require_chain(connection, points.seen, desks, state.identity)
            is_whole = newest.change is not None and newest.change.act == WHOLE
            with items_after(connection, points.seen.number if is_whole else newest.point.number) as found:
                items = list(found)
            came = {(item.kind, item.key) for item in items}
            removed = removed_after(connection, points.seen.number) if is_whole else []
        gone = [key for key in removed if key not in came]
        successor = self._successor(renewal)
        if renewal is not None and successor is None:
            self._take_key_file(renewal.key_file)
            self._settle_mail(connection, renewal)
        if newest.change is not None and is_whole:
            opening = [SharedRows(keys, state.identity) for keys in (successor, state.keys) if keys is not None]
            rows = rows_of(items, opening)
            adopted = self._apply(rows, gone, opening[-1], newest.point, newest.change.tallies, successor, renewal)
            if adopted and renewal is not None:
                self._settle_mail(connection, renewal)
        self._leave_word(connection, link)
        return Fetched(len(items), len(gone), newest.point if is_whole else points.seen)

    def _facts(self) -> dict[str, bytes]:
        with self._state.database.reading() as local:
            return read_facts(local)

    def _renewal(
        self, connection: RegisterConnection, link: RegisterLink, facts: Mapping[str, bytes]
    ) -> _Renewal | None:
        """The newest key file that waits for this desk. Raises RegisterError(REGISTER_KEYS_RENEWED) where it is of
        other roots, and REGISTER_DAMAGED where no holder of the data root wrote it."""
        state, kept = self._state, read_prekeys(facts)
        taken = int.from_bytes(facts.get(TAKEN, b""), "big")
        for mail in read_mail(connection, link.desk.desk):
            content = opened_mail(mail, kept, link.desk.desk, state.identity)
            if content is None:
                continue
            try:
                key_file = read_key_file(content)
                if key_file.control.epoch != state.key_file.control.epoch:
                    raise RegisterError(Code.REGISTER_KEYS_RENEWED)
                require_authentic(content, key_file, state.keys.roots.data)
            except VaultError:
                raise RegisterError(Code.REGISTER_DAMAGED, what="mailbox") from None
            if key_file.generation > taken:
                return _Renewal(mail, key_file)
        return None

    def _successor(self, renewal: _Renewal | None) -> VaultKeys | None:
        """The keys to come, where the key file has another key that wraps those of people."""
        state = self._state
        if renewal is None or renewal.key_file.subject_wrap == state.keys.wrapped:
            return None
        return state.keys.with_wraps(state.identity, renewal.key_file.subject_wrap)

    def _apply(
        self,
        rows: Sequence[tuple[sa.Table, Sequence[object]]],
        gone: Sequence[tuple[str, bytes]],
        naming: SharedRows,
        point: Point,
        tallies: bytes,
        successor: VaultKeys | None,
        renewal: _Renewal | None,
    ) -> bool:
        """Applies everything in one change; gives whether the keys to come are in force after it."""
        state = self._state
        if successor is not None and renewal is not None:
            self._take_key_file(renewal.key_file, pending=successor.wrapped)
        about: set[str] = set()
        adopting: list[VaultKeys] = []

        def committed() -> None:
            for keys in adopting:
                wipe(state.keys.subjects.wrap)
                state.keys = keys
            state.note_changed(*about)

        with state.changing(committed, applying=True) as transaction:
            about |= apply_rows(
                transaction, rows, gone, naming, lambda people: self._keys.delete_people(transaction, people)
            )
            require_tallies(transaction.connection, transaction.facts, state.keys.subjects.marker, tallies)
            if successor is not None and _opens_everything(transaction, successor):
                drafts.rewrap(transaction, state.keys.subjects, successor.subjects)
                attack_tests.rewrap(transaction, state.keys.subjects, successor.subjects)
                transaction.facts[IN_FORCE] = wraps_name(successor.wrapped)
                adopting.append(successor)
            Points(point, point).write(transaction)
            note_in_step(transaction, state.clock)
        state.settle_key_file()
        return bool(adopting)

    def _take_key_file(self, key_file: KeyFile, pending: bytes = b"") -> None:
        """Takes who may open the vault from the key file of the desk that writes, and keeps what is this desk's own."""
        state = self._state
        state.write_key_file(key_file.succeeding(state.key_file, state.keys.wrapped, pending))

    def _settle_mail(self, connection: RegisterConnection, renewal: _Renewal) -> None:
        """Destroys the one-time key of mail that was taken, and then the mail."""
        with self._state.changing() as transaction:
            kept = read_prekeys(transaction.facts)
            kept.pop(renewal.mail.prekey.hex(), None)
            write_prekeys(transaction, kept)
            transaction.set_counter(TAKEN, renewal.key_file.generation)
        drop_mail(connection, renewal.mail.number)

    def _leave_word(self, connection: RegisterConnection, link: RegisterLink) -> None:
        """Leaves the point that was seen, the visits of this desk, and new one-time keys where few are left."""
        state = self._state
        facts = self._facts()
        point, kept, visits = Points.read(facts).seen, read_prekeys(facts), facts.get(VISITS, b"")
        leave_word(connection, state, link, point, int.from_bytes(facts.get(TAKEN, b""), "big"))
        if len(kept) < FEW:
            kept = refilled(kept)
            with state.changing() as transaction:
                write_prekeys(transaction, kept)
            put_prekeys(connection, published(kept, link.desk, state.identity))
        if visits:
            sealed = _seal_visits(state, link.desk.desk, visits)
            note_visits(connection, sealed, link.desk.sign(sealed))
        if visits or is_to_note(facts, state.clock):
            with state.changing() as transaction:
                transaction.facts.pop(VISITS, None)
                note_in_step(transaction, state.clock)


def note_visit(transaction: Transaction, subject_id: str) -> None:
    """Notes that a person was here today, to be told to the desk that writes."""
    noted = json.loads(transaction.facts.get(VISITS, b"{}"))
    if len(noted) < MOST_VISITS:
        noted[subject_id] = transaction.now.date().isoformat()
        transaction.facts[VISITS] = json.dumps(noted, separators=(",", ":")).encode()


def count_visits(state: VaultState, connection: RegisterConnection, desks: Mapping[str, bytes]) -> None:
    """Counts the visits that other desks noted, at the desk that writes: of whoever is still enrolled, the later day
    holds. Raises RegisterError(REGISTER_DAMAGED) for visits that no desk signed."""
    left = read_visits(connection)
    if not left:
        return
    days: dict[str, str] = {}
    for visits in left:
        if not is_signed([desks.get(visits.desk, b"")], visits.signature, visits.sealed):
            raise RegisterError(Code.REGISTER_DAMAGED, what="visit")
        for subject_id, day in json.loads(_open_visits(state, visits.desk, visits.sealed)).items():
            days[subject_id] = max(day, days.get(subject_id, ""))
    with state.changing() as transaction:
        for subject_id, day in days.items():
            consent_and_retention.note_seen(transaction, subject_id, day)
    drop_visits(connection, [visits.number for visits in left])


def _seal_visits(state: VaultState, desk: str, visits: bytes) -> bytes:
    key = derive(state.keys.roots.data, VISITS, state.identity.number)
    sealed = seal(key, visits, bind(VISITS.encode(), state.identity.header, desk.encode()))
    wipe(key)
    return sealed


def _open_visits(state: VaultState, desk: str, sealed: bytes) -> bytes:
    key = derive(state.keys.roots.data, VISITS, state.identity.number)
    plain = unseal(key, sealed, bind(VISITS.encode(), state.identity.header, desk.encode()), "visits")
    wipe(key)
    return plain


def _opens_everything(transaction: Transaction, keys: VaultKeys) -> bool:
    """Whether every key of a person opens under these keys: the rows are those that came with them."""
    people = keys.subjects
    try:
        repository.bare_keys(transaction.connection, people)
    except VaultError:
        return False
    return True
