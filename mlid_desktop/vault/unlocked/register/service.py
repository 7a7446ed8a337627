"""The register of an unlocked vault: making one, sending to it, fetching from it, and letting desks in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from mlid_desktop.domain.errors import Code, RegisterError
from mlid_desktop.domain.roles import Act, SecondPerson
from mlid_desktop.vault.keys.desk_keys import new_desk_keys
from mlid_desktop.vault.store.changes import register_log
from mlid_desktop.vault.store.changes.change import Point
from mlid_desktop.vault.store.register.connection import RegisterConnection
from mlid_desktop.vault.store.register.dump_check import DumpChecks, DumpReport, check_dump
from mlid_desktop.vault.store.register.installation import (
    access_lines,
    install,
    join_role_of,
    read_desks,
    read_point,
    role_of,
)
from mlid_desktop.vault.store.register.items import count_items, items_after, link_at, read_lacking
from mlid_desktop.vault.store.register.mail import without_wraps
from mlid_desktop.vault.store.register.schema import SCHEMA_VERSION
from mlid_desktop.vault.store.register.server_state import ServerState, read_server_state
from mlid_desktop.vault.store.schema import RECORDS, SUBJECTS
from mlid_desktop.vault.store.transaction import read_facts
from mlid_desktop.vault.subjects.attempt_counter import AttemptRecord
from mlid_desktop.vault.subjects.records import unsent_withdrawals
from mlid_desktop.vault.unlocked.erasure.key_destruction import KeyDestruction
from mlid_desktop.vault.unlocked.register.applying import rows_of
from mlid_desktop.vault.unlocked.register.chain import require_chain, require_seen
from mlid_desktop.vault.unlocked.register.contact import Contact, WayToListen
from mlid_desktop.vault.unlocked.register.desk_words import require_words
from mlid_desktop.vault.unlocked.register.fetching import Fetcher
from mlid_desktop.vault.unlocked.register.freshness import (
    WITHOUT_REGISTER,
    in_step_at,
    note_in_step,
    require_few_failed,
    require_fresh,
)
from mlid_desktop.vault.unlocked.register.link import (
    START,
    RegisterLink,
    certified_desks,
    note_schema,
    seen_point,
    tls_password,
    write_tls_files,
)
from mlid_desktop.vault.unlocked.register.members import RegisterDesks, certified
from mlid_desktop.vault.unlocked.register.rows import EMPTY, SharedRows, require_signed, shared_rows, tallies_of
from mlid_desktop.vault.unlocked.register.standings import (
    Fetched,
    NewRegister,
    RegisterReport,
    RegisterStatus,
    other_desks,
)
from mlid_desktop.vault.unlocked.register.writing.attempt_rows import AttemptRows
from mlid_desktop.vault.unlocked.register.writing.change_writer import UNSENT, Progress, counted, unheard
from mlid_desktop.vault.unlocked.register.writing.key_mail import mail_people, owed
from mlid_desktop.vault.unlocked.register.writing.mending import Mending
from mlid_desktop.vault.unlocked.register.writing.newcomers import Newcomers
from mlid_desktop.vault.unlocked.register.writing.shared_attempts import SharedAttempts
from mlid_desktop.vault.unlocked.register.writing.shared_writes import SharedWrites
from mlid_desktop.vault.unlocked.register.writing.upgrading import Upgrading
from mlid_desktop.vault.unlocked.register.writing.visits import are_noted, bring
from mlid_desktop.vault.unlocked.state import VaultState

KINDS = (SUBJECTS.name, *(table.name for table in RECORDS.values()))


class Register:
    """The register that an unlocked vault is in, if it is in one. Methods that talk to the server raise RegisterError
    for whatever is wrong with it, and leave the vault as it was."""

    def __init__(self, state: VaultState, keys: KeyDestruction) -> None:
        self._state = state
        self._contact = Contact(state)
        self._fetcher = Fetcher(state, keys)
        self._shared = SharedWrites(state, self._contact, self._fetcher)
        self.desks = RegisterDesks(state, self._contact, keys)
        self.newcomers = Newcomers(state)
        self.mending = Mending(state, self._contact, self._shared)
        self.upgrading = Upgrading(state, self._contact)
        self.attempts = SharedAttempts(state, self._contact)
        state.shared = self._shared

    @property
    def link(self) -> RegisterLink | None:
        """Where the register is; None for a vault that is in none."""
        return self._contact.link

    def listen(self, at_waiting: Callable[[], None]) -> WayToListen:
        """Keeps the connection from one act to the next, and has ``at_waiting`` told of each commit with something for
        the register that waits here; gives how a connection is opened that waits for word of changes. Raises
        RegisterError(REGISTER_NONE)."""
        self._shared.at_waiting = at_waiting
        return self._contact.listen()

    @property
    def in_step_at(self) -> datetime | None:
        """When a copy of a register was in step with it last; None for a vault that is no copy."""
        with self._state.database.reading() as connection:
            return in_step_at(read_facts(connection))

    @property
    def waiting(self) -> int:
        """How many withdrawals of consent are noted at this desk alone, until the register takes them."""
        with self._state.database.reading() as connection:
            return len(unsent_withdrawals.standings(connection))

    @property
    def silent(self) -> tuple[str, ...]:
        """The names of desks that said nothing for thirty days when this one, which leads, looked last."""
        return self._fetcher.silent

    def require_fresh(self, longest: timedelta = WITHOUT_REGISTER, attempts: AttemptRecord | None = None) -> None:
        """Raises RegisterError(REGISTER_TOO_LONG_AGO) where the vault is a copy that was in step longer ago than
        ``longest``, and REGISTER_TRIED_ENOUGH where so many ``attempts`` on one person failed in a row as are allowed
        while the desk is without its register."""
        state = self._state
        if not state.shared.is_alone:
            with state.database.reading() as connection:
                facts = read_facts(connection)
            require_fresh(facts, state.clock, longest)
            if attempts is not None:
                require_few_failed(facts, state.clock, attempts.failed_in_a_row)

    def look_at_server(self, administrator: Mapping[str, str]) -> ServerState:
        """What the server lacks for a register of this vault, as an administrator of it connects. Raises
        RegisterError."""
        connection = RegisterConnection.open(administrator, name="mlid register create")
        try:
            return read_server_state(connection, self._state.identity.header)
        finally:
            connection.close()

    def create(
        self, administrator: Mapping[str, str], server: Mapping[str, str], name: str, second: SecondPerson | None
    ) -> NewRegister:
        """Makes a register of this vault in an empty database, as an administrator of the server connects; ``server``
        is how desks reach it. This desk, called ``name``, is the one that leads. Raises RegisterError, VaultError."""
        from mlid_desktop.vault.crypto.tls_certificates import (  # noqa: PLC0415 - late: once for a register or a desk
            CertificateAuthority,
            new_tls_key,
        )

        state = self._state
        if self.link is not None:
            raise RegisterError(Code.REGISTER_IN_ONE)
        confirmed = state.require_two(Act.GOVERN, second)
        desk, identity, control = new_desk_keys(), state.identity, state.keys.roots.control
        assert control is not None  # who may govern has it
        connection = RegisterConnection.open(administrator, name="mlid register create")
        try:
            authority, now = CertificateAuthority(control, identity.number), state.clock.now()
            private, request = new_tls_key(role_of(desk.desk), tls_password(desk).encode())
            write_tls_files(state.folder, private, authority.issue(request, role_of(desk.desk), now))
            row = certified(state, desk.desk, desk.sign_pk, desk.box_pk, supervises=True)
            password = install(connection, identity.header, identity.vault_id, KINDS, row)
            lines = access_lines(connection.database)
        finally:
            connection.close()
        with state.changing() as transaction:
            RegisterLink(server, True, desk, name).write(transaction, state.keys.roots, identity)
            transaction.facts[UNSENT] = b"\x01"
            note_schema(transaction, SCHEMA_VERSION)
            register_log.forget(transaction)
            note_in_step(transaction, state.clock)
            state.record(transaction, "register.created", second=confirmed, device=desk.desk)
        self._shared.joined()
        return NewRegister(join_role_of(identity.vault_id), password, authority.certificate(now), lines)

    def send(self, progress: Progress = unheard) -> Fetched:
        """Brings register and vault in step, at the desk that leads: the register is made the state of the vault where
        it is not yet one (``progress`` hears of how many items), and who may open the vault is mailed. Raises
        RegisterError."""
        state = self._state
        with self._contact.connected(leads=True) as (connection, link, desks):
            with state.database.reading() as local:
                others = other_desks(local, state, link.desk.desk, desks)
            mail_people(connection, others, state)
        fetched = self.fetch()
        if not self.is_sent:
            with self._shared.telling(progress), state.sharing():
                pass  # the change that goes along is the whole state
        return fetched

    @property
    def is_sent(self) -> bool:
        """Whether the register was made the state of the vault, so that what changes since is all that is sent."""
        with self._state.database.reading() as local:
            return UNSENT not in read_facts(local)

    def fetch(self) -> Fetched:
        """Fetches what changed at other desks, and brings there what waits here. Raises RegisterError."""
        state = self._state
        with self._contact.connected() as (connection, link, desks):
            fetched = self._fetcher.fetch(connection, link, desks)
            behind = self._fetcher.behind
            lost = behind & without_wraps(connection) if behind else behind  # whatever became of their mail
        brought = self._shared.bring_withdrawals()
        self._mail_owed(lost)
        while self._waits():
            with state.sharing() as transaction:
                bring(transaction, state)
        self.attempts.bring()
        return replace(fetched, brought=brought)

    def status(self) -> RegisterStatus:
        """How the register stands. Raises RegisterError."""
        with self._contact.connected() as (connection, link, _):
            point, desks = read_point(connection), read_desks(connection)
            return RegisterStatus(
                link.desk.desk,
                link.leads,
                point.number,
                max(0, point.number - self._seen().number),
                connection.is_encrypted,
                connection.server_version,
                tuple(row.desk for row in desks if not row.is_removed),
                self.in_step_at,
                self.waiting,
                connection.schema,
            )

    def verify(self, progress: Progress = unheard) -> RegisterReport:
        """Reads the whole register: every signed change from the first on, every item (``progress`` hears of how
        many), and whether they are what the newest change left. Raises RegisterError(REGISTER_DAMAGED,
        REGISTER_ROLLED_BACK, REGISTER_FORKED)."""
        state = self._state
        state.require(Act.VERIFY)
        with self._contact.connected() as (connection, _, desks), connection.view():
            newest = require_chain(read_lacking(connection, START), START, desks, state.identity)
            seen = self._seen()
            require_seen(seen, newest.point, link_at(connection, seen.number))
            rows = SharedRows(state.keys, state.identity)
            of = count_items(connection)
            with items_after(connection, 0) as items:
                found = rows_of(counted(items, of, progress), [rows])
            tallies = tallies_of((table.name, mark) for table, _, mark in found)
            require_signed(tallies, EMPTY if newest.change is None else newest.change.tallies)
            return RegisterReport(newest.changes, len(found), newest.point.number)

    def count_shared(self) -> Counter[str]:
        """How many rows of each kind desks share, or would share, by table."""
        with self._state.database.reading() as local:
            return Counter(table.name for table, _ in shared_rows(local))

    def check_dump(self, untrusted_file: Path) -> DumpReport:
        """Checks a dump of the register without its server; what :func:`.dump_check.check_dump` raises."""
        state = self._state
        state.require(Act.VERIFY)
        if self.link is None:
            raise RegisterError(Code.REGISTER_NONE)
        rows, control = SharedRows(state.keys, state.identity), state.key_file.control
        checks = DumpChecks(
            state.identity.header,
            self._seen(),
            lambda desks: certified_desks(desks, control),
            lambda heads, desks: require_words(heads, desks, state.identity),
            AttemptRows(state.keys, state.identity).require_signed,
            rows.row_of,
        )
        return check_dump(untrusted_file, checks)

    def _mail_owed(self, lost: frozenset[str]) -> None:
        """Mails the bucket keys in force to desks that had left no key to seal them to, and to those that ``lost``
        theirs."""
        with self._state.database.reading() as local:
            waiting = owed(read_facts(local)) | lost
        if waiting:
            self._shared.mail_owed(waiting)

    def _waits(self) -> bool:
        with self._state.database.reading() as local:
            return are_noted(read_facts(local))

    def _seen(self) -> Point:
        with self._state.database.reading() as local:
            return seen_point(read_facts(local))
