"""Connections to a register's server, through psycopg, and what each of its faults is called here. The driver is
imported when a connection is made, and nowhere else."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from mlid_desktop.domain.errors import Code, RegisterError, UsageError
from mlid_desktop.vault.store.register import patience
from mlid_desktop.vault.store.register.reaching import ServerAddress, addresses_in, refused_connection, register_fault
from mlid_desktop.vault.store.register.settings import DATES, LIMITS, connection_parameters

if TYPE_CHECKING:
    import psycopg

MOST_TOGETHER: Final = 16  # statements that wait to be sent together
IN_TRANSACTION: Final = 2  # as libpq numbers it (PQTRANS_INTRANS)
AFTER_TOGETHER: Final = b"SELECT 1"  # how long a transaction rests the server counts after what came alone
ITEM_TYPES: Final = ("text", "bytea", "bytea", "bytea", "text")  # of what is fetched by copying
OLDEST_SERVER: Final = 14
_SILENT: Final = logging.NullHandler()


def read_parameters(untrusted: str) -> dict[str, str]:
    """Libpq's parameters out of a connection string or address, as ``psql`` takes them. Raises
    UsageError(USAGE_BAD_ARGUMENT)."""
    from psycopg.conninfo import conninfo_to_dict  # noqa: PLC0415 - late, as the driver

    try:
        found = conninfo_to_dict(untrusted)
    except Exception:  # noqa: BLE001 - the driver's own faults, of which one class is not public
        raise UsageError(Code.USAGE_BAD_ARGUMENT, what="--server") from None
    return {name: str(value) for name, value in found.items() if value is not None}


def addresses_of(given: Mapping[str, str]) -> tuple[ServerAddress, ...]:
    """Where the server of these parameters, environment and service listens. Raises RegisterError for bad ones."""
    defaults = patience.libpq_defaults()
    return addresses_in({**defaults, **connection_parameters(given, defaults, os.environ, Path.home())})


class RegisterConnection:
    """A connection to a register. Every method raises RegisterError: unreachable, busy, full, and what it says."""

    def __init__(self, raw: psycopg.Connection[Any]) -> None:
        self._raw = raw
        self._waiting: list[tuple[bytes, Sequence[Any] | None]] | None = None  # to be sent together
        self._asked: list[tuple[patience.Question, list[list[tuple[Any, ...]]]]] = []  # with them, and the answers
        self._questions = patience.Questions(raw)
        self._is_owed = False  # the answer to what was sent and not waited for
        self.schema = 0  # the version of the register's schema, once its desks were read

    @classmethod
    def open(cls, given: Mapping[str, str], *, name: str) -> RegisterConnection:
        """Connects; ``given`` are libpq's parameters, ``name`` what the server's administrator sees. Raises
        RegisterError."""
        import psycopg  # noqa: PLC0415 - late: a desk alone never needs it

        defaults = patience.libpq_defaults()
        wanted = connection_parameters(given, defaults, os.environ, Path.home())
        options = " ".join(f"-c {limit}={value}" for limit, value in LIMITS.items())
        parameters: dict[str, Any] = {**wanted, "application_name": name, "options": options}
        logging.getLogger(psycopg.__name__).addHandler(_SILENT)  # what it says of a fault, it raises too
        try:
            raw = patience.patient_connection().connect(**parameters, autocommit=True)
        except psycopg.Error as fault:
            raise refused_connection(str(fault), addresses_in({**defaults, **wanted})) from None
        except UnicodeError:  # a name that is none, or what no keyboard gives
            raise RegisterError(Code.REGISTER_SETTINGS, what="host, password") from None
        connection = cls(raw)
        if not (raw.info.parameter_status("DateStyle") or "").startswith(DATES):  # PGDATESTYLE outweighs the options
            connection.rows(f"SET datestyle = {DATES}")
        found = raw.info.server_version // 10_000
        if found < OLDEST_SERVER:
            connection.close()
            raise RegisterError(Code.REGISTER_SERVER_TOO_OLD, found=found, oldest=OLDEST_SERVER)
        return connection

    @property
    def is_encrypted(self) -> bool:
        """Whether the connection is under TLS."""
        return bool(self._raw.pgconn.ssl_in_use)

    @property
    def server_version(self) -> int:
        """The server's major version."""
        return int(self._raw.info.server_version) // 10_000

    @property
    def user(self) -> str:
        """The role that the server knows this connection by."""
        return str(self._raw.info.user)

    @property
    def database(self) -> str:
        """The name of the database."""
        return str(self._raw.info.dbname)

    @property
    def socket(self) -> int:
        """The descriptor of its socket, to wait on."""
        with self._named_faults():
            return int(self._raw.fileno())

    @property
    def is_open(self) -> bool:
        """Whether neither side is known to have ended it."""
        return not (self._raw.closed or self._raw.broken)

    def take_notices(self) -> None:
        """Takes what the server told unasked."""
        with self._named_faults():
            self._raw.pgconn.consume_input()
            while self._raw.pgconn.notifies() is not None:
                pass

    def rows(
        self, statement: str, parameters: Sequence[Any] = (), *, within: float | None = None
    ) -> list[tuple[Any, ...]]:
        """The rows that a statement gives, if any; within :meth:`together` it gives some. ``within``: seconds that an
        answer is waited for, where they are few."""
        with self._named_faults(), patience.hurried(self._raw, within):
            if self._waiting is not None:
                with self._sending():
                    return self._raw.execute(statement.encode(), parameters or None, binary=True).fetchall()
            cursor = self._raw.execute(statement.encode(), parameters or None, binary=True)
            return cursor.fetchall() if cursor.description is not None else []

    def begin(self, statement: str) -> list[tuple[Any, ...]]:
        """Begins a transaction; the rows that its first statement, without parameters, gives in the same round trip."""
        with self._named_faults():
            cursor = self._raw.execute(b"BEGIN;" + statement.encode())
            cursor.nextset()
            return cursor.fetchall()

    def ask(self, statement: str, *parameters: int | UUID) -> Callable[[], list[tuple[Any, ...]]]:
        """Asks the server within :meth:`together`, without waiting: what is given back waits for the rows, and comes
        with whatever else was asked."""
        answer: list[list[tuple[Any, ...]]] = []
        self._asked.append(((statement, parameters), answer))

        def rows() -> list[tuple[Any, ...]]:
            with self._named_faults():
                if not answer:
                    self._answer()
                return answer[0]

        return rows

    def send(self, statement: str, parameters: Sequence[Any] = ()) -> None:
        """Has the server carry out a statement that gives nothing; within :meth:`together` later."""
        if self._waiting is None:
            with self._named_faults():
                self._raw.execute(statement.encode(), parameters or None)
            return
        self._waiting.append((statement.encode(), parameters or None))
        if len(self._waiting) >= MOST_TOGETHER:
            with self._named_faults(), self._sending():
                pass

    @contextmanager
    def together(self, *, later: bool = False) -> Iterator[None]:
        """What is sent within the context goes to the server in one round trip, at its end or when something is asked:
        whatever is wrong with the first that is at fault is raised then, and those after it were not carried out. A
        desk that stops meanwhile has begun nothing whose end the server would wait for without a limit. ``later``: of
        calls of functions what is wrong is raised when the connection is used next, before anything else."""
        self._waiting = []
        try:
            yield
            with self._named_faults():
                if self._waiting and not self._called(later=later):
                    with self._sending():
                        pass
                self._answer()
        finally:
            self._waiting, self._asked = None, []

    def settle(self) -> None:
        """Waits for what was sent to be carried out."""
        with self._named_faults():
            pass

    def roll_back(self) -> None:
        """Ends the transaction that is open, and nothing of it is kept; the connection, where nobody answers."""
        with suppress(RegisterError):
            self.settle()
        try:
            self.rows("ROLLBACK")
        except RegisterError:
            self._raw.close()  # the server ends it

    def _called(self, *, later: bool) -> bool:
        """Carries out as one statement what waits, where all of it calls functions; gives whether it was so."""
        if not patience.send_calls(self._raw, self._waiting or []):
            return False
        self._waiting, self._is_owed = [], True
        if not later:
            self._take_owed()
        return True

    def _take_owed(self) -> None:
        if self._is_owed:
            self._is_owed = False
            patience.take_answer(self._raw)

    def script(self, statements: str) -> None:
        """Several statements, one after another."""
        with self._named_faults():
            self._raw.execute(statements.encode())

    @contextmanager
    def view(self) -> Iterator[None]:
        """A consistent view: what others write meanwhile is not seen."""
        self.rows("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        try:
            yield
        finally:
            self.roll_back()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """One transaction: all or nothing. Raises RegisterError(REGISTER_OUTCOME_UNKNOWN) if lost as it commits."""
        self.rows("BEGIN")
        try:
            yield
        except BaseException:
            self.roll_back()
            raise
        try:
            self.rows("COMMIT")
        except RegisterError as fault:
            if fault.code is Code.REGISTER_UNREACHABLE:
                raise RegisterError(Code.REGISTER_OUTCOME_UNKNOWN) from None
            raise

    def password_verifier(self, role: str, password: str) -> str:
        """What the server keeps of a role's password (SCRAM-SHA-256), made here: neither the server nor its log sees
        the password."""
        with self._named_faults():
            return self._raw.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()

    @contextmanager
    def copied(self, statement: str) -> Iterator[Iterator[tuple[Any, ...]]]:
        """The rows that a query of items gives, by binary COPY and one at a time: kind, key, mark, body, extractor. The
        connection is free again when the context ends, however many of them were read."""
        whole = f"COPY ({statement}) TO STDOUT (FORMAT binary)".encode()
        with self._named_faults(), self._raw.cursor() as cursor, cursor.copy(whole) as copy:
            copy.set_types(ITEM_TYPES)
            yield patience.copied_rows(copy, self._raw.pgconn)
            for _ in copy:  # what was not taken is in the way of the next statement
                pass

    def close(self) -> None:
        """Ends the connection; callable more than once."""
        self._raw.close()

    def _answer(self) -> None:
        """Asks what was to be asked, all in one message, after what waits."""
        asked, self._asked = self._asked, []
        if self._waiting:
            with self._sending():
                pass
        if asked:
            cursor = self._questions.put([question for question, _ in asked])
            for _, answer in asked:
                answer.append(cursor.fetchall() if cursor.pgresult and cursor.pgresult.nfields else [])
                cursor.nextset()

    @contextmanager
    def _sending(self) -> Iterator[None]:
        """Sends what waits, and what the context executes, in one round trip."""
        waiting, self._waiting = self._waiting or [], []
        with self._raw.pipeline():
            for statement, parameters in waiting:
                self._raw.execute(statement, parameters)
            yield
        if self._raw.info.transaction_status == IN_TRANSACTION:
            self._raw.execute(AFTER_TOGETHER)

    @contextmanager
    def _named_faults(self) -> Iterator[None]:
        import psycopg  # noqa: PLC0415 - as above

        try:
            self._take_owed()
            yield
        except psycopg.Error as fault:
            if isinstance(fault, psycopg.DataError) and not fault.sqlstate:  # the driver's own, of a cell
                raise RegisterError(Code.REGISTER_DAMAGED, what="row") from None
            raise register_fault(fault.sqlstate or "") from None
