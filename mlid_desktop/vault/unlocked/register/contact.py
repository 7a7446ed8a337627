"""The connection of an unlocked vault to its register: made for an act, or kept from one act to the next where the desk
follows the register."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from mlid_desktop.domain.errors import Code, RegisterError
from mlid_desktop.vault.store.register.connection import RegisterConnection, addresses_of
from mlid_desktop.vault.store.register.installation import read_desks, require_register
from mlid_desktop.vault.store.register.listening import Listener
from mlid_desktop.vault.store.register.reaching import ServerAddress
from mlid_desktop.vault.store.transaction import read_facts
from mlid_desktop.vault.unlocked.register.link import RegisterLink, certified_desks
from mlid_desktop.vault.unlocked.state import VaultState

# What a kept connection says that has ended, or whose desk was taken out meanwhile: a new one tells which.
ENDED: Final = frozenset({Code.REGISTER_UNREACHABLE, Code.REGISTER_MISSING, Code.REGISTER_NOT_PERMITTED})


@dataclass(frozen=True, slots=True)
class WayToListen:
    """How word of changes is waited for: where the server is, and what opens the connection for it, on the vault thread
    (RegisterError)."""

    addresses: tuple[ServerAddress, ...]
    open: Callable[[], Listener]


class Contact:
    """Connects as the vault's desk. Raises RegisterError for whatever is wrong with the server."""

    def __init__(self, state: VaultState) -> None:
        self._state = state
        self._kept: RegisterConnection | None = None
        self._known: RegisterLink | None = None
        self._is_lasting = False
        self.schema: int | None = None  # the version of the register's schema, as it was found last
        state.at_lock(self._let_go)

    @property
    def link(self) -> RegisterLink | None:
        """Where the register is; None for a vault that is in none."""
        state = self._state
        if self._known is None:  # kept, as it is asked for within changes too
            with state.database.reading() as connection:
                self._known = RegisterLink.read(read_facts(connection), state.keys.roots, state.identity)
        return self._known

    @contextmanager
    def connected(self, *, leads: bool = False) -> Iterator[tuple[RegisterConnection, RegisterLink, dict[str, bytes]]]:
        """A connection to the register, which is this vault's, and the desks that are certified. Raises RegisterError
        where the desk is not one that ``leads``."""
        link = self._required_link()
        if leads and not link.leads:
            raise RegisterError(Code.REGISTER_LED_ELSEWHERE)
        connection, self._kept = self._kept or self._opened(link), None
        try:
            try:
                rows = read_desks(connection)
            except RegisterError as fault:
                if fault.code not in ENDED:
                    raise
                connection.close()  # one that was kept and had ended meanwhile is made anew, once
                connection = self._opened(link)
                rows = read_desks(connection)
            self.schema = connection.schema
            yield connection, link, certified_desks(rows, self._state.key_file.control)
        except BaseException:
            connection.close()
            raise
        self._keep(connection)

    @property
    def is_away(self) -> bool:
        """Whether the register is known to be away, as the desk keeps a connection and has none."""
        return self._is_lasting and self._kept is None

    @contextmanager
    def at_hand(self) -> Iterator[RegisterConnection]:
        """The connection that was kept, as it is, or a new one at a desk that keeps none: nobody waits for a server
        that is away. Raises RegisterError."""
        link = self._required_link()
        if self.is_away:
            raise RegisterError(Code.REGISTER_UNREACHABLE)
        connection, self._kept = self._kept or self._opened(link), None
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        self._keep(connection)

    def listen(self) -> WayToListen:
        """Keeps the connection from now on; gives how another one is opened that waits for word of changes. Raises
        RegisterError(REGISTER_NONE)."""
        link = self._required_link()
        self._is_lasting = True
        return WayToListen(addresses_of(link.server), self._listener)

    def _listener(self) -> Listener:
        connection = self._required_link().connect(self._state.folder)
        try:
            return Listener(connection)
        except BaseException:
            connection.close()
            raise

    def _keep(self, connection: RegisterConnection) -> None:
        if self._is_lasting and connection.is_open and self._kept is None:  # one that an act within it left is kept
            self._kept = connection
        else:
            connection.close()

    def _let_go(self) -> None:
        self._is_lasting = False
        if self._known is not None:
            self._known.desk.wipe()
            self._known = None
        if self._kept is not None:
            self._kept.close()
            self._kept = None

    def _required_link(self) -> RegisterLink:
        link = self.link
        if link is None:
            raise RegisterError(Code.REGISTER_NONE)
        return link

    def _opened(self, link: RegisterLink) -> RegisterConnection:
        connection = link.connect(self._state.folder)
        try:
            require_register(connection, self._state.identity.header)
        except BaseException:
            connection.close()
            raise
        return connection
