"""A register is brought to the newest schema that the program knows, by two people at the desk that leads and as the
server's administrator connects: refused while a desk would be cut off without notice."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from mlid_desktop.domain.errors import Code, RegisterError
from mlid_desktop.domain.roles import Act, SecondPerson
from mlid_desktop.vault.store.register.connection import RegisterConnection
from mlid_desktop.vault.store.register.installation import read_desks, read_point, upgrade
from mlid_desktop.vault.store.register.items import seen_heads
from mlid_desktop.vault.store.register.schema import SCHEMA_VERSION
from mlid_desktop.vault.unlocked.register.contact import Contact
from mlid_desktop.vault.unlocked.register.desk_words import require_words
from mlid_desktop.vault.unlocked.register.link import RegisterLink, certified_desks, note_schema
from mlid_desktop.vault.unlocked.register.standings import (
    DeskStanding,
    found_desk,
    removed_desks,
    standings_of,
)
from mlid_desktop.vault.unlocked.register.writing.hold import retry_while_busy
from mlid_desktop.vault.unlocked.state import VaultState


@dataclass(frozen=True, slots=True)
class UpgradePlan:
    """The version of a register's schema and the newest that the program knows; ``cut_off`` are the other desks that do
    not know it by their last word."""

    version: int
    newest: int
    cut_off: tuple[DeskStanding, ...]

    @property
    def is_older(self) -> bool:
        """Whether there is anything to upgrade."""
        return self.version < self.newest


class Upgrading:
    """Upgrades the register that an unlocked vault leads. Methods raise RegisterError for whatever is wrong with the
    server; the register is then as it was."""

    def __init__(self, state: VaultState, contact: Contact) -> None:
        self._state, self._contact = state, contact

    @property
    def found(self) -> int:
        """The version of the register's schema, as it was found last; the newest where none was."""
        return self._contact.schema or SCHEMA_VERSION

    def plan(self) -> UpgradePlan:
        """What an upgrade would do. Raises VaultError(VAULT_NOT_PERMITTED)."""
        self._state.require(Act.GOVERN)
        with self._contact.connected(leads=True) as (connection, link, _):
            standings = self._standings(connection, link)
            return UpgradePlan(connection.schema, SCHEMA_VERSION, _cut_off(standings))

    def upgrade(
        self, administrator: Mapping[str, str], untrusted_without: Collection[str], second: SecondPerson | None
    ) -> UpgradePlan:
        """Upgrades the register, as an administrator of the server connects with these parameters of libpq besides
        where the register is. The desks ``untrusted_without`` (by name, or how their identifiers begin) are known to be
        cut off. Gives what was done; a register of the newest version is left as it is. Raises
        RegisterError(REGISTER_CUTS_OFF, REGISTER_NO_SUCH_DESK, REGISTER_LED_ELSEWHERE, REGISTER_BUSY), VaultError."""
        state, link = self._state, self._contact.link
        if link is None:
            raise RegisterError(Code.REGISTER_NONE)
        if not link.leads:
            raise RegisterError(Code.REGISTER_LED_ELSEWHERE)
        confirmed = state.require_two(Act.GOVERN, second)
        cut_off: list[DeskStanding] = []
        connection = RegisterConnection.open({**link.server, **administrator}, name="mlid register upgrade")

        def permit() -> None:
            standings = self._standings(connection, link)
            named = {found_desk(standings, name).identifier for name in untrusted_without}
            cut_off[:] = _cut_off(standings)
            unnamed = [desk.name for desk in cut_off if desk.identifier not in named]
            if unnamed:
                raise RegisterError(Code.REGISTER_CUTS_OFF, desks=", ".join(unnamed))

        try:
            found = retry_while_busy(lambda: upgrade(connection, state.identity.header, permit))
        finally:
            connection.close()
        plan = UpgradePlan(found, SCHEMA_VERSION, tuple(cut_off))
        if plan.is_older:
            with state.changing() as transaction:
                note_schema(transaction, SCHEMA_VERSION)
                state.record(transaction, "register.upgraded", number=SCHEMA_VERSION, second=confirmed)
        return plan

    def _standings(self, connection: RegisterConnection, link: RegisterLink) -> tuple[DeskStanding, ...]:
        """The desks as the connection has them, by words that they signed."""
        state, heads, rows = self._state, seen_heads(connection), read_desks(connection)
        require_words(heads, certified_desks(rows, state.key_file.control), state.identity)
        with state.database.reading() as local:
            removed = removed_desks(local, state)
        point = read_point(connection)
        return standings_of(rows, heads, point, link.desk.desk, removed, state.keys.roots, state.identity)


def _cut_off(standings: tuple[DeskStanding, ...]) -> tuple[DeskStanding, ...]:
    """Those that do not know the newest schema."""
    return tuple(desk for desk in standings if not (desk.is_own or desk.is_removed) and desk.schema < SCHEMA_VERSION)
