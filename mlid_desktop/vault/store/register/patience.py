"""How long a desk waits for an answer of its register's server. A server ends what takes long by itself; one that is
stopped, or behind something that swallows what it says, never answers: then nobody at the desk waits for it. And what
is not waited for: what has come already, the answer to calls while the desk has other work to do, and the making of a
question that was asked before. Of the driver this is all that a connection is made of."""

from __future__ import annotations

import re
import struct
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from itertools import count, starmap
from typing import TYPE_CHECKING, Any, Final, TypeVar
from uuid import UUID

if TYPE_CHECKING:
    import psycopg

ANSWERS_WITHIN_S: Final = 40.0  # a statement that takes 30 the server ends
CALL: Final = re.compile(rb"SELECT (\w+\((?:%[bs](?:::\w+\[\])?(?:, )?)*\))")  # of a function that gives nothing
PARAMETER: Final = re.compile(rb"%[bs](?:::(\w+)\[\])?")
BYTES, NUMBER, TEXT, UUIDS = 17, 20, 25, 2950  # PostgreSQL's types by its own numbers; of lists, with their elements
LISTS: Final = {b"bytea": (1001, BYTES), b"text": (1009, TEXT)}
ANY_TYPE, BINARY = 0, 1
NO_CELL: Final = struct.pack(">i", -1)

T = TypeVar("T")
Question = tuple[str, Sequence[int | UUID]]


@lru_cache(maxsize=1)
def patient_connection() -> type[psycopg.Connection[Any]]:
    """The driver's connection, which ends when an answer takes too long. The driver is imported when this is called."""
    import psycopg  # noqa: PLC0415 - late: a desk alone never needs it

    class PatientConnection(psycopg.Connection[Any]):
        """A connection that waits for an answer, and not for ever; at most so long, where ``answers_within`` says."""

        answers_within: float | None = None

        def wait(self, gen: Generator[Any, Any, T], *given: Any, **named: Any) -> T:
            """As the driver's own. Raises OperationalError where nothing comes for too long; the connection is closed
            then, as what was asked may still be carried out."""
            limited = _limited(gen, time.monotonic() + (self.answers_within or ANSWERS_WITHIN_S))
            try:
                return super().wait(limited, *given, **named)
            except TimeoutError:
                self.pgconn.finish()
                raise psycopg.OperationalError("the server does not answer") from None

    return PatientConnection


def libpq_defaults() -> dict[str, str]:
    """Libpq's own, with the variables of the environment in them. The driver is imported when this is called."""
    import psycopg  # noqa: PLC0415 - late: a desk alone never needs it

    return {
        option.keyword.decode(): option.val.decode("utf-8", "replace")
        for option in psycopg.pq.Conninfo.get_defaults()
        if option.val is not None
    }


@contextmanager
def hurried(connection: psycopg.Connection[Any], seconds: float | None) -> Iterator[None]:
    """Has a connection wait for answers within the context no longer than this; as ever where it is None."""
    connection.answers_within = seconds  # type: ignore[attr-defined]  # of the class above, made late
    try:
        yield
    finally:
        connection.answers_within = None  # type: ignore[attr-defined]  # as above


def copied_rows(copy: psycopg.Copy, connection: psycopg.pq.abc.PGconn) -> Iterator[tuple[Any, ...]]:
    """The rows that are copied, as they come. The driver is asked where they have to be waited for, and for the end;
    those that are there already are taken without it, as each of its turns takes longer than a row."""
    while came := copy.read():
        while came:
            row = copy.formatter.parse_row(came)
            if row is None:  # the last: the end itself is the driver's, with whatever the server says of it
                break
            yield row
            length, came = connection.get_copy_data(1)
            if length < 0:
                raise _fault_within(connection)


def send_calls(connection: psycopg.Connection[Any], statements: Sequence[tuple[bytes, Sequence[Any] | None]]) -> bool:
    """Sends statements as one, where each of them calls a function that gives nothing, and waits for no answer; gives
    whether it was so. The cells are numbers, text, bytes, identifiers and lists of text or bytes, and go in the
    server's own binary form."""
    from psycopg import generators  # noqa: PLC0415 - as above

    calls = [found[1] for statement, _ in statements if (found := CALL.fullmatch(statement)) is not None]
    if len(calls) < len(statements):
        return False
    cells = [cell for _, given in statements for cell in given or ()]
    text, kinds = _numbered(b"SELECT " + b", ".join(calls))  # from left to right
    sent = [_of_list(cell, kind) if kind else _of_cell(cell) for cell, kind in zip(cells, kinds, strict=True)]
    types, values = [kind for kind, _ in sent], [value for _, value in sent]
    connection.pgconn.send_query_params(text, values, types, [BINARY] * len(sent), BINARY)
    connection.wait(generators.send(connection.pgconn))
    return True


def take_answer(connection: psycopg.Connection[Any]) -> None:
    """Waits for the answer to what was sent; raises what the server says of it."""
    from psycopg import errors, generators  # noqa: PLC0415 - as above

    for result in connection.wait(generators.fetch_many(connection.pgconn)):
        if result.error_message:
            raise errors.error_from_result(result)


class Questions:
    """Questions of one connection, each a statement and the cells of its parameters. One that is asked again is made
    once, and has a name from then on: to plan it takes the server as long as to answer it."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self._asked: set[str] = set()
        self._names: dict[str, str] = {}

    def put(self, questions: Sequence[Question]) -> psycopg.Cursor[Any]:
        """Asks all of them in one message."""
        again = [asked for asked, _ in questions if asked in self._asked and asked not in self._names]
        names = {asked: f"asked_{len(self._names) + index}" for index, asked in enumerate(dict.fromkeys(again))}
        if names:
            made = ";".join(f"PREPARE {name} AS {_counted(asked)}" for asked, name in names.items())
            self._connection.execute(made.encode())
            self._names |= names
        self._asked.update(asked for asked, _ in questions if asked.startswith("SELECT"))
        return self._connection.execute(";".join(starmap(self._written, questions)).encode())

    def _written(self, asked: str, parameters: Sequence[int | UUID]) -> str:
        cells = [str(cell) if isinstance(cell, int) else f"'{cell}'" for cell in parameters]
        if asked not in self._names:
            return asked.replace("%s", "{}").format(*cells)
        return f"EXECUTE {self._names[asked]}" + (f"({', '.join(cells)})" if cells else "")


def _counted(asked: str) -> str:
    """A statement with its parameters as the server counts them."""
    first, *others = asked.split("%s")
    return first + "".join(f"${index}{part}" for index, part in enumerate(others, 1))


@lru_cache(maxsize=64)
def _numbered(statement: bytes) -> tuple[bytes, list[bytes | None]]:
    """A statement with its parameters as the server has them, and the element's type of each that is a list."""
    numbers = count(1)

    def numbered(found: re.Match[bytes]) -> bytes:
        return b"$%d" % next(numbers) + (b"::%b[]" % found[1] if found[1] else b"")

    return PARAMETER.sub(numbered, statement), [found[1] for found in PARAMETER.finditer(statement)]


def _of_cell(cell: Any) -> tuple[int, bytes | None]:
    """A cell's type, and the cell in binary form."""
    if isinstance(cell, int):
        return NUMBER, struct.pack(">q", cell)
    if isinstance(cell, UUID):
        return UUIDS, cell.bytes
    if isinstance(cell, str):
        return TEXT, cell.encode()
    return (ANY_TYPE, None) if cell is None else (BYTES, bytes(cell))


def _of_list(cells: Sequence[Any] | None, kind: bytes) -> tuple[int, bytes | None]:
    """A list's type, and the list in binary form: how many dimensions, whether cells are missing, the elements' type,
    how many there are, the number of the first."""
    listed, element = LISTS[kind]
    if cells is None:
        return listed, None
    written = [None if cell is None else cell.encode() if isinstance(cell, str) else cell for cell in cells]
    parts = [struct.pack(">iiI", 1 if cells else 0, None in written, element)]
    if cells:
        parts.append(struct.pack(">ii", len(cells), 1))
    for cell in written:
        parts += (NO_CELL,) if cell is None else (len(cell).to_bytes(4, "big"), cell)
    return listed, b"".join(parts)


def _fault_within(connection: psycopg.pq.abc.PGconn) -> psycopg.Error:
    """What the server says where rows end before their end."""
    import psycopg  # noqa: PLC0415 - as above

    results = list(iter(connection.get_result, None))  # all, or the next statement would get them
    return psycopg.errors.error_from_result(results[0]) if results else psycopg.OperationalError("rows end early")


def _limited(waiting: Generator[Any, Any, T], end: float) -> Generator[Any, Any, T]:
    """What the driver waits for, until this moment. Raises TimeoutError."""
    try:
        state = next(waiting)
        while True:
            ready = yield state
            if not ready and time.monotonic() > end:
                raise TimeoutError
            state = waiting.send(ready)
    except StopIteration as done:
        given: T = done.value
        return given
