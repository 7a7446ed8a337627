"""A desk joins a register: it shows a code, a supervisor types it at a desk that is in the register, and a copy is made
in an empty folder. Call on the vault thread."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from mlid_desktop.domain.errors import Code, RegisterError
from mlid_desktop.domain.ports import Clock
from mlid_desktop.station.administration.register.server import desk_name, desk_parameters
from mlid_desktop.vault.keys.desk_keys import new_desk_keys
from mlid_desktop.vault.rebuild.vault_folder import require_no_vault
from mlid_desktop.vault.store.register import mail
from mlid_desktop.vault.store.register.connection import RegisterConnection
from mlid_desktop.vault.store.register.installation import role_of
from mlid_desktop.vault.unlocked.register.joining import Applying, JoinAnswer, code_of
from mlid_desktop.vault.unlocked.register.link import tls_password
from mlid_desktop.vault.unlocked.register.new_copy import Joining, make_copy

__all__ = ["JoinRequest", "Joining", "join", "require_folder"]

ASKED_EVERY_S = 2.0
NAME = "mlid register join"  # as the server's administrator sees it


class JoinRequest:
    """A desk that asks to join: it shows ``code``, which a supervisor types at a desk of the register. Its keys are in
    memory alone: what is given up is asked anew."""

    def __init__(self, applying: Applying, tls_key: bytes, given: dict[str, str], password: str, name: str) -> None:
        self.code = applying.code
        self._applying, self._tls_key, self._given, self._name = applying, tls_key, given, name
        self._password = password
        self._connection: RegisterConnection | None = None

    @classmethod
    def begin(cls, server: str, password: str, name: str = "") -> JoinRequest:
        """Asks: ``server`` is how the database is reached, with the role of those who ask; ``name`` is what people call
        the desk. Raises RegisterError, UsageError."""
        from mlid_desktop.vault.crypto.tls_certificates import new_tls_key  # noqa: PLC0415 - late: once for a desk

        given = desk_parameters(server)
        keys = new_desk_keys()
        private, asked = new_tls_key(role_of(keys.desk), tls_password(keys).encode())
        request = cls(Applying.begun(keys, asked), private, given, password, desk_name(name))
        try:
            applicant = request._applying.applicant
            mail.ask_to_join(request._connected(), code_of(applicant), applicant)
        except RegisterError:
            request.close()
            raise
        return request

    def answered(self) -> Joining | None:
        """What this desk joins with, once a supervisor admitted it; None until then. A connection that ended meanwhile
        is made anew, and the code stays. Raises RegisterError."""
        try:
            answer = mail.take_answer(self._connected(), code_of(self._applying.applicant))
        except RegisterError as fault:
            self.close()
            if fault.code is not Code.REGISTER_UNREACHABLE:
                raise
            answer = mail.take_answer(self._connected(), code_of(self._applying.applicant))
        if answer is None:
            return None
        reached = {name: value for name, value in self._given.items() if name != "user"}
        opened = JoinAnswer.opened(answer, self._applying)
        return Joining(self._applying, opened, self._tls_key, reached, self._name)

    def wait(self, seconds: float, sleep: Callable[[float], None] = time.sleep) -> Joining:
        """Waits until a supervisor admitted this desk. Raises RegisterError(REGISTER_NOT_ANSWERED) after so long."""
        until = time.monotonic() + seconds
        while True:
            joining = self.answered()
            if joining is not None:
                return joining
            if time.monotonic() >= until:
                raise RegisterError(Code.REGISTER_NOT_ANSWERED)
            sleep(ASKED_EVERY_S)

    def close(self) -> None:
        """Ends the connection; callable more than once."""
        if self._connection is not None:
            with suppress(RegisterError):
                self._connection.close()
            self._connection = None

    def _connected(self) -> RegisterConnection:
        if self._connection is None:
            self._connection = RegisterConnection.open({**self._given, "password": self._password}, name=NAME)
        return self._connection


def require_folder(folder: Path) -> None:
    """Raises VaultError where a desk could not join with a copy in this folder, as a vault is there."""
    require_no_vault(folder)


def join(
    joining: Joining,
    folder: Path,
    operator_name: str | None,
    passphrase: str,
    clock: Clock,
    progress: Callable[[float], None] = lambda _: None,
) -> int:
    """Makes the copy of the register in an empty folder, for somebody who may open it; gives how many rows it has.
    ``progress`` is told which share of them is there. Raises RegisterError, VaultError; the folder is empty again
    then, and the same may be tried once more."""
    return make_copy(folder, joining, operator_name, passphrase, clock, progress=progress)
