"""How long a desk waits for an answer of its register's server. A server ends what takes long by itself; one that is
stopped, or behind something that swallows what it says, never answers: then nobody at the desk waits for it. And what
is not waited for, as it has come."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    import psycopg

ANSWERS_WITHIN_S: Final = 40.0  # a statement that takes 30 the server ends

T = TypeVar("T")


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
