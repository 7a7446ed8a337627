"""The register of many desks, as the faces use it: made, sent to, fetched from, joined. Call on the vault thread."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from mlid_desktop.domain.errors import Code, RegisterError, UsageError
from mlid_desktop.domain.ports import Clock
from mlid_desktop.domain.roles import SecondPerson
from mlid_desktop.domain.text import tidy
from mlid_desktop.station.services.vault_session import VaultSession
from mlid_desktop.vault.keys.desk_keys import new_desk_keys
from mlid_desktop.vault.store.register import mail
from mlid_desktop.vault.store.register.connection import RegisterConnection, read_parameters
from mlid_desktop.vault.store.register.installation import role_of
from mlid_desktop.vault.store.register.listening import Listener
from mlid_desktop.vault.unlocked.register.desk_words import LONGEST_NAME
from mlid_desktop.vault.unlocked.register.fetching import Fetched
from mlid_desktop.vault.unlocked.register.joining import Answer, Applying, code_of
from mlid_desktop.vault.unlocked.register.link import tls_password
from mlid_desktop.vault.unlocked.register.new_copy import Joining, make_copy
from mlid_desktop.vault.unlocked.register.sending import Sent
from mlid_desktop.vault.unlocked.register.standings import (
    DeskStanding,
    ErasureStanding,
    NewRegister,
    RegisterReport,
    RegisterStatus,
)

__all__ = [
    "DeskStanding",
    "ErasureStanding",
    "Fetched",
    "JoinRequest",
    "NewRegister",
    "RegisterReport",
    "RegisterService",
    "RegisterStatus",
    "Sent",
]

ASKED_EVERY_S = 2.0
SECRETS = frozenset({"password", "passfile", "sslpassword"})  # no vault keeps them


class RegisterService:
    """The register of an unlocked vault. Whatever is wrong with the server is a RegisterError; the vault stays as it
    was."""

    def __init__(self, session: VaultSession) -> None:
        self._session = session

    @property
    def reads(self) -> bool | None:
        """Whether this desk keeps a copy of what another one writes; None for a vault that is in no register."""
        link = self._session.vault.register.link
        return None if link is None else link.reads

    def create(self, server: str, administrator: str, name: str, second: SecondPerson | None) -> NewRegister:
        """Makes a register of this vault: ``server`` is how desks reach its database, ``administrator`` what the
        server's administrator adds to that to connect, both as ``psql`` takes them; ``name`` is what people call
        this desk. Raises RegisterError, UsageError, VaultError."""
        reached = desk_parameters(server)
        given = {**reached, **read_parameters(administrator)}
        return self._session.vault.register.create(given, reached, desk_name(name), second)

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

    def status(self) -> RegisterStatus:
        """How the register and this desk stand. Raises RegisterError."""
        return self._session.vault.register.status()

    def bring_in_step(self) -> Sent | Fetched:
        """Sends what changed here, or fetches what changed there, whichever this desk does. Raises RegisterError."""
        register = self._session.vault.register
        return register.fetch() if self.reads else register.send()

    def follow(self, at_unsent: Callable[[], None]) -> Callable[[], Listener]:
        """Keeps the connection from one act to the next, and has ``at_unsent`` told of each commit that others have not
        seen; gives what opens a connection that waits for word of theirs, on whichever thread. Raises
        RegisterError(REGISTER_NONE)."""
        return self._session.vault.register.listen(at_unsent)

    @property
    def in_step_at(self) -> datetime | None:
        """When a copy was in step last, by the vault's time; None for a vault that is no copy."""
        return self._session.vault.register.in_step_at

    def verify(self) -> RegisterReport:
        """Reads the whole register. Raises RegisterError."""
        return self._session.vault.register.verify()


@dataclass(frozen=True, slots=True, eq=False)
class JoinRequest:
    """A desk that asks to join: it shows ``code``, which a supervisor types at the desk that writes. Its keys are in
    memory alone: what is given up is asked anew."""

    code: str
    _server: dict[str, str] = field(repr=False)
    _applying: Applying = field(repr=False)
    _tls_key: bytes = field(repr=False)
    _connection: RegisterConnection = field(repr=False)
    _name: str = ""

    @classmethod
    def begin(cls, server: str, password: str, name: str = "") -> JoinRequest:
        """Asks: ``server`` is how the database is reached, with the role of those who ask; ``name`` is what people call
        the desk. Raises RegisterError, UsageError."""
        from mlid_desktop.vault.crypto.tls_certificates import new_tls_key  # noqa: PLC0415 - late: once for a desk

        given = desk_parameters(server)
        connection = RegisterConnection.open({**given, "password": password}, name="mlid register join")
        keys = new_desk_keys()
        private, request = new_tls_key(role_of(keys.desk), tls_password(keys).encode())
        applying = Applying.begun(keys, request)
        try:
            mail.ask_to_join(connection, code_of(applying.applicant), applying.applicant)
        except RegisterError:
            connection.close()
            raise
        reached = {name: value for name, value in given.items() if name != "user"}
        return cls(applying.code, reached, applying, private, connection, desk_name(name))

    def wait(self, seconds: float, sleep: Callable[[float], None] = time.sleep) -> Joining:
        """Waits until a supervisor admitted this desk. Raises RegisterError(REGISTER_NOT_ANSWERED) after so long."""
        until = time.monotonic() + seconds
        while True:
            answer = mail.take_answer(self._connection, code_of(self._applying.applicant))
            if answer is not None:
                return Joining(
                    self._applying, Answer.opened(answer, self._applying), self._tls_key, self._server, self._name
                )
            if time.monotonic() >= until:
                raise RegisterError(Code.REGISTER_NOT_ANSWERED)
            sleep(ASKED_EVERY_S)

    def close(self) -> None:
        """Ends the connection."""
        self._connection.close()


def join(joining: Joining, folder: Path, operator_name: str | None, passphrase: str, clock: Clock) -> int:
    """Makes the copy of the register in an empty folder, for somebody who may open it; gives how many rows it has.
    Raises RegisterError, VaultError."""
    return make_copy(folder, joining, operator_name, passphrase, clock)


def desk_name(untrusted: str) -> str:
    """What people call a desk: what was typed, else the name of the machine."""
    return (tidy(untrusted) or platform.node())[:LONGEST_NAME]


def desk_parameters(server: str) -> dict[str, str]:
    """Where the register is, as a vault keeps it. Raises UsageError(USAGE_BAD_ARGUMENT) for a secret in it, and where
    nothing is said."""
    found = read_parameters(server)
    if not found or SECRETS & set(found):
        raise UsageError(Code.USAGE_BAD_ARGUMENT, what="--server")
    return found
