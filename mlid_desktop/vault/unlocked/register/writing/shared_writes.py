"""Has the register take each change of what desks share before the vault keeps it: one desk at a time, each in step
with all that came before, so that there is one chain, and a vault is never ahead of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from functools import partial
from typing import Final

from mlid_desktop.domain.errors import Code, RegisterError
from mlid_desktop.vault.keyring import VaultKeys
from mlid_desktop.vault.store.changes import register_log
from mlid_desktop.vault.store.changes.change import Change
from mlid_desktop.vault.store.register.items import allow_long, link_at
from mlid_desktop.vault.store.transaction import Transaction
from mlid_desktop.vault.subjects.records.unsent_withdrawals import are_unsent, standings
from mlid_desktop.vault.unlocked.register.contact import Contact
from mlid_desktop.vault.unlocked.register.desk_words import leave_word
from mlid_desktop.vault.unlocked.register.fetching import Fetcher
from mlid_desktop.vault.unlocked.register.freshness import note_in_step
from mlid_desktop.vault.unlocked.register.link import RegisterLink, note_point, seen_point
from mlid_desktop.vault.unlocked.register.rows import SharedRows
from mlid_desktop.vault.unlocked.register.standings import note_erasures, other_desks
from mlid_desktop.vault.unlocked.register.writing.attempt_rows import AttemptRows
from mlid_desktop.vault.unlocked.register.writing.change_writer import (
    CLOSED,
    NOTHING,
    UNSENT,
    Difference,
    Progress,
    difference_of,
    unheard,
    whole_difference,
    write_difference,
)
from mlid_desktop.vault.unlocked.register.writing.hold import Hold, held_point
from mlid_desktop.vault.unlocked.register.writing.key_mail import OWED, mail_wraps, name_of_wraps
from mlid_desktop.vault.unlocked.register.writing.newcomers import enrolled_in, note_enrolled
from mlid_desktop.vault.unlocked.register.writing.shared_attempts import forget_erased
from mlid_desktop.vault.unlocked.register.writing.turns import BeginsChange, Turns
from mlid_desktop.vault.unlocked.register.writing.visits import are_noted
from mlid_desktop.vault.unlocked.register.writing.withdrawals import bring_withdrawals
from mlid_desktop.vault.unlocked.state import VaultState

LOOKS: Final = 4  # at a server that did not say whether it committed
PAUSE_S: Final = 0.5


class SharedWrites:
    """The shared changes of a vault that is in a register, or may come to be in one."""

    def __init__(self, state: VaultState, contact: Contact, fetcher: Fetcher) -> None:
        self._state, self._contact, self._fetcher = state, contact, fetcher
        self._turns = Turns(state, contact, fetcher)
        self.at_waiting: Callable[[], None] = lambda: None
        self._progress: Progress = unheard
        link = contact.link
        self.is_alone, self.leads = link is None, link is None or link.leads

    @property
    def is_settled(self) -> bool:
        """Whether it is known of every change of this desk if the register has it."""
        return self.is_alone or self._fetcher.is_settled

    @contextmanager
    def telling(self, progress: Progress) -> Iterator[None]:
        """Has ``progress`` hear of items that are sent within the context."""
        self._progress = progress
        try:
            yield
        finally:
            self._progress = unheard

    def mail_owed(self, waiting: frozenset[str]) -> None:
        """Mails the bucket keys in force to these desks, as far as they left keys to seal them to. Raises
        RegisterError."""
        state = self._state
        with self.held(), state.changing() as transaction:
            now = self._turns.hold
            if now is None:
                return
            others = other_desks(transaction.connection, state, now.link.desk.desk, now.desks)
            wanted = {desk: key for desk, key in others.items() if desk in waiting}
            for gone in waiting - wanted.keys():
                transaction.facts.pop(OWED + gone, None)
            mail_wraps(now.connection, wanted, state.identity, transaction, state.keys.wrapped)
            now.connection.rows("COMMIT")
            now.is_over = True

    def joined(self) -> None:
        """The vault is in a register from now on, which its desk leads."""
        self.is_alone = False
        self._fetcher.has_asked = True

    @contextmanager
    def held(self, *, is_long: bool = False) -> Iterator[None]:
        """Holds the register, with the vault in step with it, until its next change or the end of the context.
        ``is_long``: the act is about everybody, and others wait for it. Raises RegisterError, where it cannot be held
        too."""
        if self._turns.hold is not None:
            yield
            return
        self.bring_withdrawals()
        if self.is_alone:
            yield
            return
        with self._turns.in_step(is_long=is_long):
            yield

    @contextmanager
    def turn(self, change: BeginsChange) -> Iterator[Transaction]:
        """As :meth:`held`, with the one change that is made then: it begins before the register is held, where others
        wait for it too. Raises RegisterError."""
        with ExitStack() as until:
            transaction = None
            if not self.is_alone and self._turns.hold is None and self._turns.has_company:
                self.bring_withdrawals()
                transaction = until.enter_context(self._turns.next(change))
            if transaction is None:
                until.enter_context(self.held())
                transaction = until.enter_context(change())
            yield transaction

    @contextmanager
    def holding(self) -> Iterator[Hold]:
        """Holds the register where it stands, in step or not. Raises RegisterError."""
        with self._turns.holding() as now:
            yield now

    def bring_withdrawals(self) -> int:
        """Brings withdrawals that are noted at this desk into the register, in a change of their own, before any other;
        gives of how many people. Raises RegisterError."""
        state = self._state
        with state.database.reading() as local:
            about = frozenset(standings(local))
        if about:
            until = nullcontext() if self.is_alone else self._turns.in_step()
            with until, state.changing(lambda: state.note_changed(*about)) as transaction:
                bring_withdrawals(transaction, state)
        return len(about)

    def close(self) -> None:
        """Has other desks write nothing more until this one wrote everything anew, as under other roots. Raises
        RegisterError."""
        self.bring_withdrawals()  # which are sealed under keys of people that may be renewed now
        if self.is_alone:
            return
        state = self._state
        with self.held(), state.changing() as transaction:
            now = self._turns.hold
            if now is not None:
                self._write(transaction, now, NOTHING, SharedRows(state.keys, state.identity), state.keys, CLOSED)
                transaction.facts[UNSENT] = b"\x01"

    def begin(self, transaction: Transaction) -> None:
        """Brings into a transaction that begins what other desks changed."""
        self._turns.begin(transaction)

    def stage(self, transaction: Transaction, keys: VaultKeys) -> None:
        """Writes into the register what a transaction changed; ``keys`` are those in force after it. Raises
        RegisterError(REGISTER_MOVED_ON) where it was not held and went on meanwhile."""
        is_unsent, now = UNSENT in transaction.facts, self._turns.hold
        is_staged = now is not None and now.change is not None
        if self.is_alone or is_staged or not (transaction.shared_rows or (is_unsent and now is not None)):
            return
        if now is None:
            until = ExitStack()
            now = until.enter_context(self._turns.holding())
            now.until = until
        elif now.is_over:
            now.point, now.arrived, now.is_over = held_point(now.connection), None, False
        if now.point != seen_point(transaction.facts):
            raise RegisterError(Code.REGISTER_MOVED_ON)
        state = self._state
        rows = SharedRows(keys, state.identity)
        if is_unsent:
            allow_long(now.connection)
            found = whole_difference(now.connection, transaction, rows)
        else:
            found = difference_of(transaction.shared_rows, rows)
        if not (found.come or found.gone or is_unsent):
            return
        if keys is not state.keys:
            others = other_desks(transaction.connection, state, now.link.desk.desk, now.desks)
            mail_wraps(now.connection, others, state.identity, transaction, keys.wrapped)
        transaction.facts.pop(UNSENT, None)
        note_enrolled(transaction, () if is_unsent else enrolled_in(transaction.shared_rows))
        self._write(transaction, now, found, rows, keys, now.act)

    def publish(self) -> None:
        """Has the register keep what was staged, just before the vault keeps it. Raises
        RegisterError(REGISTER_OUTCOME_UNKNOWN) where nobody can say whether it did."""
        now = self._turns.hold
        if now is None or now.change is None or now.is_over:
            return
        now.connection.settle()  # what is wrong with what was written is known before anybody keeps it
        self._fetcher.uncertain = now.change.point
        now.is_over = True
        try:
            now.connection.rows("COMMIT")
        except RegisterError as fault:
            if fault.code is not Code.REGISTER_UNREACHABLE:
                self._fetcher.uncertain = None  # the server says that it did not
                raise
            if not self._has_arrived(now.link, now.change):
                self._fetcher.uncertain = None
                raise

    def committed(self, transaction: Transaction) -> None:
        """The vault keeps it too."""
        if are_noted(transaction.facts) or are_unsent(transaction.facts):
            self.at_waiting()
        now = self._turns.hold
        if now is None:
            return
        if now.is_taken:
            self._state.note_changed(*now.about)
            now.about, now.arrived, now.is_taken = frozenset(), None, False
        if now.change is not None and now.is_over:
            self._fetcher.uncertain = now.change = None
        self._let_go(now)

    def abandon(self) -> None:
        """The vault does not keep it: the next look fetches what the register has of it all the same."""
        now = self._turns.hold
        if now is None:
            return
        now.is_taken = False
        if now.change is not None and not now.is_over:
            now.is_over = True
            now.connection.roll_back()
        now.change = None
        self._let_go(now)

    def _write(
        self, transaction: Transaction, now: Hold, found: Difference, rows: SharedRows, keys: VaultKeys, act: str
    ) -> None:
        """Writes the next change, and notes it in the transaction, while the server writes; where keys are renewed,
        once it did."""
        state, wraps = self._state, name_of_wraps(keys.wrapped)
        marker = state.keys.subjects.marker
        with now.connection.together(later=keys is state.keys):
            about = (state.identity, marker, transaction, found, rows, now.point, wraps, act, self._progress)
            change = write_difference(now.connection, now.link, *about)
            forget_erased(now.connection, transaction, found, act, partial(AttemptRows, keys, state.identity))
            if keys is state.keys:  # of an erasure the desk speaks when its own keys are gone
                leave_word(now.connection, state, now.link, change.point, change.number, transaction.connection)
        now.change = change
        register_log.keep(transaction, [change])
        note_point(transaction, change.point)
        note_erasures(transaction, change.number)
        note_in_step(transaction, state.clock)

    def _let_go(self, now: Hold) -> None:
        """Ends a hold that no context keeps."""
        until, now.until = now.until, ExitStack()
        until.close()

    def _has_arrived(self, link: RegisterLink, change: Change) -> bool:
        """Whether a change stands in the register of which the server did not say so: asked anew, and held, as the
        transaction may not have ended yet. Raises RegisterError(REGISTER_OUTCOME_UNKNOWN)."""
        for _ in range(LOOKS):
            with suppress(RegisterError):
                again = link.connect(self._state.folder)
                try:
                    held_point(again)
                    return link_at(again, change.number) == change.link
                finally:
                    again.close()
            time.sleep(PAUSE_S)
        raise RegisterError(Code.REGISTER_OUTCOME_UNKNOWN)
