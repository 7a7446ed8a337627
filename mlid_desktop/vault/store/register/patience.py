"""How long a desk waits for an answer of its register's server. A server ends what takes long by itself; one that is
stopped, or behind something that swallows what it says, never answers: then nobody at the desk waits for it."""

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
