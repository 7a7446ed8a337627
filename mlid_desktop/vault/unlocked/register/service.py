"""The register of an unlocked vault: making one, sending to it, fetching from it, and letting desks in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from mlid_desktop.domain.errors import Code, RegisterError
from mlid_desktop.domain.roles import Act, SecondPerson
from mlid_desktop.vault.keys.desk_keys import new_desk_keys
from mlid_desktop.vault.keys.key_file_codec import key_file_bytes
from mlid_desktop.vault.store.register import mail
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
from mlid_desktop.vault.store.register.items import items_after
from mlid_desktop.vault.store.register.server_state import ServerState, read_server_state
from mlid_desktop.vault.store.schema import RECORDS, SUBJECTS
from mlid_desktop.vault.store.transaction import Transaction, read_facts
from mlid_desktop.vault.subjects import erasure_ledger
from mlid_desktop.vault.unlocked.erasure.key_destruction import KeyDestruction
from mlid_desktop.vault.unlocked.register.applying import rows_of
from mlid_desktop.vault.unlocked.register.chain import require_chain, require_seen, settled
from mlid_desktop.vault.unlocked.register.contact import Contact, WayToListen
from mlid_desktop.vault.unlocked.register.desk_words import require_words
from mlid_desktop.vault.unlocked.register.fetching import Fetched, Fetcher, count_visits
from mlid_desktop.vault.unlocked.register.freshness import in_step_at, require_fresh
from mlid_desktop.vault.unlocked.register.link import (
    START,
    Points,
    RegisterLink,
    certified_desks,
    tls_password,
    write_tls_files,
)
from mlid_desktop.vault.unlocked.register.members import MAILED, RegisterDesks, certified
from mlid_desktop.vault.unlocked.register.prekeys import sealed_to_desk
from mlid_desktop.vault.unlocked.register.rows import EMPTY, SharedRows, require_signed, shared_rows, tallies_of
from mlid_desktop.vault.unlocked.register.sending import Sender, Sent
from mlid_desktop.vault.unlocked.register.standings import (
    REMOVED,
    NewRegister,
    RegisterReport,
    RegisterStatus,
    note_renewal,
    renewals,
)
from mlid_desktop.vault.unlocked.state import VaultState

KINDS = (SUBJECTS.name, *(table.name for table in RECORDS.values()))


class Register:
    """The register that an unlocked vault is in, if it is in one. Methods that talk to the server raise RegisterError
    for whatever is wrong with it, and leave the vault as it was."""

    def __init__(self, state: VaultState, keys: KeyDestruction) -> None:
        self._state = state
        self._contact = Contact(state)
        self._sender = Sender(state)
        self._fetcher = Fetcher(state, keys)
        self.desks = RegisterDesks(state, self._contact, keys, self.send)
        self.at_unsent: Callable[[], None] = lambda: None
        link = self.link
        state.reads_register = link is not None and link.reads
        state.at_commit = self._note

    @property
    def link(self) -> RegisterLink | None:
        """Where the register is; None for a vault that is in none."""
        return self._contact.link

    def listen(self, at_unsent: Callable[[], None]) -> WayToListen:
        """Keeps the connection from one act to the next, and has ``at_unsent`` told of each commit that others have not
        seen; gives how a connection is opened that waits for word of theirs. Raises
        RegisterError(REGISTER_NONE)."""
        self.at_unsent = at_unsent
        return self._contact.listen()

    @property
    def in_step_at(self) -> datetime | None:
        """When a copy of a register was in step with it last; None for a vault that is no copy."""
        with self._state.database.reading() as connection:
            return in_step_at(read_facts(connection))

    def require_fresh(self) -> None:
        """Raises RegisterError(REGISTER_TOO_LONG_AGO) where the vault is a copy that is too old to compare anybody
        with it."""
        state = self._state
        if state.reads_register:
            with state.database.reading() as connection:
                require_fresh(read_facts(connection), state.clock)

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
        is how desks reach it. This desk, called ``name``, is the one that writes. Raises RegisterError, VaultError."""
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
            RegisterLink(server, False, desk, name).write(transaction, state.keys.roots, identity)
            Points().write(transaction)
            state.record(transaction, "register.created", second=confirmed, device=desk.desk)
        return NewRegister(join_role_of(identity.vault_id), password, authority.certificate(now), lines)

    def send(self) -> Sent:
        """Sends what changed here since, and to other desks the keys that they need for it. Raises RegisterError."""
        with self._contact.connected(reads=False) as (connection, link, desks):
            count_visits(self._state, connection, desks)
            end = settled(points := self._points(), require_chain(connection, points.seen, desks, self._state.identity))
            self._mail_keys(connection, link, desks)
            rows = SharedRows(self._state.keys, self._state.identity)
            sent = self._sender.send(connection, link, rows, end, is_whole=end == points.sent)
            self._note_erasures()
            return sent

    def fetch(self) -> Fetched:
        """Fetches what changed at the desk that writes. Raises RegisterError."""
        with self._contact.connected(reads=True) as (connection, link, desks):
            return self._fetcher.fetch(connection, link, desks)

    def status(self) -> RegisterStatus:
        """How the register stands. Raises RegisterError."""
        with self._contact.connected() as (connection, link, _):
            point, desks = read_point(connection), read_desks(connection)
            points = self._points()
            known = max(points.seen.number, 0 if link.reads else points.sent.number)
            return RegisterStatus(
                link.desk.desk,
                link.reads,
                point.number,
                max(0, point.number - known),
                connection.is_encrypted,
                connection.server_version,
                tuple(row.desk for row in desks if not row.is_removed),
                self.in_step_at,
            )

    def verify(self) -> RegisterReport:
        """Reads the whole register: every signed change from the first on, every item, and whether they are what the
        newest change left. Raises RegisterError(REGISTER_DAMAGED, REGISTER_ROLLED_BACK, REGISTER_FORKED)."""
        state = self._state
        state.require(Act.VERIFY)
        with self._contact.connected() as (connection, _, desks), connection.view():
            newest = require_chain(connection, START, desks, state.identity)
            points = self._points()
            require_seen(connection, points.seen, newest.point)
            rows = SharedRows(state.keys, state.identity)
            with items_after(connection, 0) as items:
                found = rows_of(items, [rows])
            tallies = tallies_of((table.name, rows.mark_of(table, row)) for table, row in found)
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
            self._points().seen,
            lambda desks: certified_desks(desks, control),
            lambda heads, desks: require_words(heads, desks, state.identity),
            rows.row_of,
        )
        return check_dump(untrusted_file, checks)

    def _note_erasures(self) -> None:
        """Notes which key file destroyed the keys of those who were erased since."""
        with self._state.database.reading() as local:
            newest = max((entry.sequence for entry in erasure_ledger.entries(local)), default=0)
            known = max(renewals(read_facts(local)), default=0)
        if newest > known:
            with self._state.changing() as transaction:
                note_renewal(transaction, newest, self._state.key_file.generation)

    def _note(self, transaction: Transaction) -> None:
        """Notes what a commit changed of what desks share, where this desk sends it."""
        self._sender.note(transaction)
        if transaction.changed_rows and not self._state.reads_register:
            self.at_unsent()

    def _points(self) -> Points:
        with self._state.database.reading() as connection:
            return Points.read(read_facts(connection))

    def _mail_keys(self, connection: RegisterConnection, link: RegisterLink, desks: Mapping[str, bytes]) -> None:
        """Mails the key file to every other desk that does not have it, where the desk left a key to seal it to."""
        state = self._state
        with state.database.reading() as local:
            facts = read_facts(local)
        generation = state.key_file.generation
        content = key_file_bytes(state.key_file, state.keys.roots.data)
        for desk, verify_key in desks.items():
            mailed = int.from_bytes(facts.get(MAILED + desk, b""), "big")
            if mailed >= generation or desk == link.desk.desk or REMOVED + desk in facts:
                continue
            left = mail.prekeys(connection, desk)
            if not left:
                continue
            mail.send_mail(
                connection,
                desk,
                left[0].identifier,
                sealed_to_desk(left[0], desk, verify_key, content, state.identity),
            )
            with state.changing() as transaction:
                transaction.set_counter(MAILED + desk, generation)
