"""The register of many desks, as the faces use it: made, sent to, fetched from, joined. Call on the vault thread."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from functools import partial
from pathlib import Path
from typing import Final

from mlid_desktop.domain.errors import Code, RegisterError, UsageError
from mlid_desktop.domain.roles import SecondPerson
from mlid_desktop.station.administration.register.server import (
    ServerState,
    administrator_parameters,
    desk_name,
    desk_parameters,
    read_parameters,
)
from mlid_desktop.station.services.vault_session import VaultSession
from mlid_desktop.vault.store.register.dump_check import DumpReport
from mlid_desktop.vault.store.register.schema import SCHEMA_VERSION
from mlid_desktop.vault.store.schema import SUBJECTS
from mlid_desktop.vault.unlocked.register.contact import WayToListen
from mlid_desktop.vault.unlocked.register.standings import (
    DeskStanding,
    ErasureStanding,
    Fetched,
    NewRegister,
    RegisterReport,
    RegisterStatus,
)
from mlid_desktop.vault.unlocked.register.writing.mending import MendPlan
from mlid_desktop.vault.unlocked.register.writing.upgrading import UpgradePlan

__all__ = [
    "DeskStanding",
    "DumpReport",
    "ErasureStanding",
    "Fetched",
    "MendPlan",
    "MovePlan",
    "MoveReport",
    "MoveStep",
    "NewRegister",
    "RegisterReport",
    "RegisterService",
    "RegisterStatus",
    "UpgradePlan",
]


PEOPLE: Final = SUBJECTS.name


class MoveStep(Enum):
    """Steps of taking a vault over into a register."""

    SENDING = auto()
    READING = auto()


@dataclass(frozen=True, slots=True)
class MovePlan:
    """What of a vault a register holds: how many people, and how many items in all."""

    people: int
    items: int


@dataclass(frozen=True, slots=True)
class MoveReport:
    """A vault that was taken over whole: what the register holds of it, how many items were sent just now, and how many
    signed changes brought them all."""

    plan: MovePlan
    sent: int
    changes: int


class RegisterService:
    """The register of an unlocked vault. Whatever is wrong with the server is a RegisterError; the vault stays as it
    was."""

    def __init__(self, session: VaultSession) -> None:
        self._session = session

    @property
    def leads(self) -> bool | None:
        """Whether what one desk does for all is done at this one; None for a vault that is in no register."""
        link = self._session.vault.register.link
        return None if link is None else link.leads

    def look_at_server(self, server: str, administrator: str, password: str = "") -> ServerState:
        """What a register of this vault would lack on a server, as its administrator connects: ``server`` is how desks
        reach the database, ``administrator`` what is added to that, both as ``psql`` takes them. Raises RegisterError,
        UsageError."""
        given = administrator_parameters(server, administrator, password)
        return self._session.vault.register.look_at_server(given)

    def create(
        self, server: str, administrator: str, name: str, second: SecondPerson | None, password: str = ""
    ) -> NewRegister:
        """Makes a register of this vault: ``server`` is how desks reach its database, ``administrator`` what the
        server's administrator adds to that to connect, both as ``psql`` takes them, and ``password`` the
        administrator's, which is kept nowhere; ``name`` is what people call this desk. Raises RegisterError,
        UsageError, VaultError."""
        given = administrator_parameters(server, administrator, password)
        return self._session.vault.register.create(given, desk_parameters(server), desk_name(name), second)

    def renew_joining(
        self, server: str, administrator: str, second: SecondPerson | None, password: str = ""
    ) -> NewRegister:
        """Gives those who ask to join another passphrase, and says again what the server has to allow. Raises
        RegisterError, UsageError, VaultError."""
        given = administrator_parameters(server, administrator, password)
        return self._session.vault.register.desks.renew_joining(given, second)

    def to_move(self) -> MovePlan:
        """What of this vault a register would hold, or holds."""
        register = self._session.vault.register
        counts = register.count_shared()
        return MovePlan(counts[PEOPLE], counts.total())

    def take_over(self, progress: Callable[[MoveStep, int, int], None] = lambda *_: None) -> MoveReport:
        """Sends everything that the register lacks, then reads the whole register: what is sent stands there.
        ``progress`` hears of how many items of how many. What is interrupted goes on when it is asked for again. Raises
        RegisterError."""
        register = self._session.vault.register
        is_sent = register.is_sent
        register.send(partial(progress, MoveStep.SENDING))
        plan = self.to_move()
        found = register.verify(partial(progress, MoveStep.READING))
        if found.items != plan.items:
            raise RegisterError(Code.REGISTER_DAMAGED, what="item")
        return MoveReport(plan, 0 if is_sent else plan.items, found.changes)

    def admit(self, code: str, second: SecondPerson | None) -> str:
        """Admits the desk that shows this code; gives its identifier. Raises RegisterError, VaultError."""
        return self._session.vault.register.desks.admit(code, second)

    def desks(self) -> tuple[DeskStanding, ...]:
        """The desks of the register, and how far each has followed. Raises RegisterError."""
        return self._session.vault.register.desks.all()

    def erasures(self, entry: int | None = None) -> tuple[ErasureStanding, ...]:
        """The erasures of the register, the newest first, and which desks have carried each out; of one ``entry`` of
        the list alone. Raises RegisterError, and UsageError(USAGE_BAD_ARGUMENT) where there is no such entry."""
        found = self._session.vault.register.desks.erasures()
        if entry is None:
            return found
        chosen = tuple(erasure for erasure in found if erasure.entry.sequence == entry)
        if not chosen:
            raise UsageError(Code.USAGE_BAD_ARGUMENT, what="--entry")
        return chosen

    def remove(self, desk: str, second: SecondPerson | None) -> DeskStanding:
        """Takes a desk out, by its name or how its identifier begins. Raises RegisterError, VaultError."""
        return self._session.vault.register.desks.remove(desk, second)

    def plan_to_mend(self) -> MendPlan:
        """What a server that was restored from an older state lacks. Raises RegisterError."""
        return self._session.vault.register.mending.plan()

    def mend(self, second: SecondPerson | None) -> int:
        """Puts back what the server lost; gives how many changes. Raises RegisterError, VaultError."""
        return self._session.vault.register.mending.mend(second)

    @property
    def schema(self) -> int:
        """The version of the register's schema, as it was found last; the newest where none was."""
        return self._session.vault.register.upgrading.found

    @property
    def is_older(self) -> bool:
        """Whether the register was found to have an older schema than this program knows."""
        return self.schema < SCHEMA_VERSION

    def plan_to_upgrade(self) -> UpgradePlan:
        """What an upgrade of the register would do, and whom it would cut off. Raises RegisterError, VaultError."""
        return self._session.vault.register.upgrading.plan()

    def upgrade(
        self, administrator: str, without: Collection[str], second: SecondPerson | None, password: str = ""
    ) -> UpgradePlan:
        """Upgrades the register: ``administrator`` is what the server's administrator connects with besides where it
        is, as ``psql`` takes it, ``password`` the administrator's, which is kept nowhere; ``without`` are desks that
        are known to be cut off. Raises RegisterError, UsageError, VaultError."""
        given = {**read_parameters(administrator), **({"password": password} if password else {})}
        return self._session.vault.register.upgrading.upgrade(given, without, second)

    def status(self) -> RegisterStatus:
        """How the register and this desk stand. Raises RegisterError."""
        return self._session.vault.register.status()

    def bring_in_step(self) -> Fetched:
        """Fetches what changed at other desks, and brings there what waits here. Raises RegisterError."""
        register = self._session.vault.register
        return register.send() if self.leads else register.fetch()

    def follow(self, at_waiting: Callable[[], None]) -> WayToListen:
        """Keeps the connection from one act to the next, and has ``at_waiting`` told of each commit with something for
        the register that waits here; gives how a connection is opened that waits for word of changes. Raises
        RegisterError(REGISTER_NONE)."""
        return self._session.vault.register.listen(at_waiting)

    @property
    def in_step_at(self) -> datetime | None:
        """When the desk was in step last, by the vault's time; None for a vault that is in no register."""
        return self._session.vault.register.in_step_at

    @property
    def waiting(self) -> int:
        """How many withdrawals of consent wait at this desk for the register."""
        return self._session.vault.register.waiting

    @property
    def silent(self) -> tuple[str, ...]:
        """The names of desks that said nothing for thirty days, at the desk that leads."""
        return self._session.vault.register.silent

    def check_dump(self, untrusted_file: Path) -> DumpReport:
        """Checks a dump of the register without its server. Raises RegisterError."""
        return self._session.vault.register.check_dump(untrusted_file)

    def verify(self) -> RegisterReport:
        """Reads the whole register. Raises RegisterError."""
        return self._session.vault.register.verify()
