"""How a desk comes to hold its register with the vault in step. Where others write too it stands in line: what they
changed is read, checked and applied while the desk before it still writes, and under the hold what came since."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from typing import Final

from sqlalchemy.engine import Connection

from mlid_desktop.domain.errors import Code, MlidError, RegisterError
from mlid_desktop.vault.store.register.items import Brought, Lacking, allow_long
from mlid_desktop.vault.store.register.line import leave_line, line_up
from mlid_desktop.vault.store.transaction import UPKEEP, Transaction, read_facts
from mlid_desktop.vault.unlocked.register.applying import NotAtOnceError
from mlid_desktop.vault.unlocked.register.contact import Contact
from mlid_desktop.vault.unlocked.register.fetching import Arrived, Facts, Fetcher
from mlid_desktop.vault.unlocked.register.link import require_schema, seen_point
from mlid_desktop.vault.unlocked.register.writing.change_writer import UNSENT
from mlid_desktop.vault.unlocked.register.writing.hold import Hold, held_as_next, held_point
from mlid_desktop.vault.unlocked.state import VaultState

SPARED_S: Final = 60.0  # after a wait in line that was in vain: whoever is the next there does not go on
MANY_ROWS: Final = 1000  # of others, that take seconds to apply

BeginsChange = Callable[[], AbstractContextManager[Transaction]]
Found = tuple[Lacking, Brought]


class Turns:
    """The turns of a vault's desk; ``hold`` is what it holds, or is the next to hold."""

    def __init__(self, state: VaultState, contact: Contact, fetcher: Fetcher) -> None:
        self._state, self._contact, self._fetcher = state, contact, fetcher
        self._has_come = False  # whether others had written before the newest act
        self._spared_until = 0.0  # by the machine's counter
        self.hold: Hold | None = None

    @contextmanager
    def holding(self) -> Iterator[Hold]:
        """Holds the register where it stands, in step or not. Raises RegisterError."""
        with self._contact.connected() as (connection, link, desks):
            now = Hold(connection, link, desks, held_point(connection))
            with self._having(now):
                yield now

    @contextmanager
    def in_step(self, *, is_long: bool = False) -> Iterator[None]:
        """Holds the register, and reads what the vault lacks, which the first change is to apply. ``is_long``: the act
        is about everybody, and others wait for it. Raises RegisterError."""
        facts, fetcher = self._facts(), self._fetcher  # before others wait: nobody changes them meanwhile
        with self._showing(), self.holding() as now:
            require_schema(facts, now.connection.schema)
            if is_long or UNSENT in facts:  # a register that nobody else is in yet holds up nobody
                allow_long(now.connection)
            if now.point != seen_point(facts) or not fetcher.is_settled:
                now.arrived = fetcher.read(now.connection, now.link, now.desks, facts)
                if len(now.arrived.rows) > MANY_ROWS:
                    allow_long(now.connection)
                if not fetcher.is_settled or now.arrived.keys.taken:
                    fetcher.take(now.connection, now.arrived)
                    now.arrived = None
            self._has_come = now.arrived is not None
            yield

    @property
    def has_company(self) -> bool:
        """Whether it is worth while to stand in line: others had written before the newest act, and it is known of
        every change of this desk if the register has it."""
        is_spared = self._state.clock.monotonic() < self._spared_until
        return self._has_come and self._fetcher.is_settled and not is_spared

    @contextmanager
    def next(self, change: BeginsChange) -> Iterator[Transaction | None]:
        """The transaction of a change, which begins while this desk is the next, and holds the register, in step, once
        it has begun. None where the register is to be held first, as what others wrote is much or brings keys. Raises
        RegisterError."""
        facts, transaction = self._facts(), None
        with ExitStack() as until:
            with ExitStack() as begun, suppress(NotAtOnceError):
                if UNSENT not in facts and begun.enter_context(self._in_line(facts)):
                    transaction = begun.enter_context(change())
                    until.enter_context(begun.pop_all())
            yield transaction

    def begin(self, transaction: Transaction) -> None:
        """Brings into a transaction that begins what other desks changed."""
        now = self.hold
        if now is None or now.is_taken:
            return
        if now.arrived is not None:
            self._apply(transaction, now, now.arrived)
        if now.is_next:
            start = seen_point(transaction.facts)
            found = held_as_next(now.connection, start, now.link.desk.desk)
            now.is_next, now.point = False, found[0].end
            if now.point != start:
                self._apply(transaction, now, self._little(now, transaction.facts, found, transaction.connection))

    @contextmanager
    def _in_line(self, facts: Facts) -> Iterator[bool]:
        """Stands in line as the next, until the next change or the end of the context; gives whether it does."""
        with self._showing(), self._contact.connected() as (connection, link, desks):
            require_schema(facts, connection.schema)
            now = Hold(connection, link, desks, seen_point(facts), is_next=True)
            if self._lines_up(now, facts):
                with self._having(now):
                    yield True
            else:
                yield False

    def _lines_up(self, now: Hold, facts: Facts) -> bool:
        """Waits to be the next, and reads what is there then; not where others are the next for too long, or what is
        there is much or brings keys."""
        try:
            found = line_up(now.connection, now.point, now.link.desk.desk)
            if found[0].end != now.point:
                now.arrived = self._little(now, facts, found)
        except NotAtOnceError:
            leave_line(now.connection)
            return False
        except RegisterError as fault:
            if fault.code is not Code.REGISTER_BUSY:
                raise
            self._spared_until = self._state.clock.monotonic() + SPARED_S
            return False
        return True

    def _little(self, now: Hold, facts: Facts, found: Found, within: Connection | None = None) -> Arrived:
        self._has_come = True
        return self._fetcher.read(
            now.connection, now.link, now.desks, facts, found=found, within=within, is_little=True
        )

    def _apply(self, transaction: Transaction, now: Hold, arrived: Arrived) -> None:
        now.about |= self._fetcher.apply(transaction, arrived)
        transaction.shared_rows.clear()  # the register has them
        transaction.act, transaction.subject = UPKEEP, ""
        now.is_taken = True

    @contextmanager
    def _having(self, now: Hold) -> Iterator[None]:
        """Has it until its change, or the end of the context."""
        self.hold = now
        try:
            yield
        finally:
            self.hold = None
            if now.is_next:
                leave_line(now.connection)
            elif not now.is_over:
                now.connection.roll_back()

    @contextmanager
    def _showing(self) -> Iterator[None]:
        """What others wrote, which may be in the way of an act, is to be seen where it ends with a fault."""
        self._has_come = False
        try:
            yield
        except MlidError:
            if self._has_come:
                with suppress(MlidError), self._contact.connected() as (connection, link, desks):
                    self._fetcher.fetch(connection, link, desks)
            raise

    def _facts(self) -> Facts:
        with self._state.database.reading() as local:
            return read_facts(local)
