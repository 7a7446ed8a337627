"""A register that a desk holds: a transaction of its server is open, in which nobody else writes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Final, TypeVar

from mlid_desktop.domain.errors import Code, RegisterError
from mlid_desktop.vault.store.changes.change import Change, Point
from mlid_desktop.vault.store.register.connection import RegisterConnection
from mlid_desktop.vault.store.register.items import Brought, Lacking, hold, read_brought
from mlid_desktop.vault.store.register.line import hold_as_next
from mlid_desktop.vault.unlocked.register.fetching import Arrived
from mlid_desktop.vault.unlocked.register.link import RegisterLink
from mlid_desktop.vault.unlocked.register.writing.change_writer import WHOLE

T = TypeVar("T")

TRIES: Final = 6  # of two seconds: a desk that stopped inside a write is ended by the server within ten


@dataclass(slots=True)
class Hold:
    """A register that is held: a transaction of the server is open. ``arrived`` is what the vault lacks, ``change`` the
    one that was staged, ``act`` what it is called; ``is_next``: the desk does not hold it yet, and is the next to;
    ``is_over``: the server has ended it."""

    connection: RegisterConnection
    link: RegisterLink
    desks: Mapping[str, bytes]
    point: Point
    arrived: Arrived | None = None
    about: frozenset[str] = frozenset()
    change: Change | None = None
    is_over: bool = False
    is_taken: bool = False
    is_next: bool = False
    act: str = WHOLE
    until: ExitStack = field(default_factory=ExitStack)


def held_point(connection: RegisterConnection) -> Point:
    """Begins a transaction of the server in which the register stands still. Raises RegisterError(REGISTER_BUSY)
    where others hold it for too long."""

    def begin() -> Point:
        try:
            return hold(connection)
        except RegisterError:
            connection.rows("ROLLBACK")
            raise

    return retry_while_busy(begin)


def held_as_next(connection: RegisterConnection, start: Point, desk: str) -> tuple[Lacking, Brought]:
    """As :func:`held_point`, of the desk that is next in line, with what it lacks after ``start``."""
    try:
        return hold_as_next(connection, start, desk)
    except RegisterError as fault:
        if fault.code is not Code.REGISTER_BUSY:
            raise
    held_point(connection)
    return read_brought(connection, start, desk)


def retry_while_busy(task: Callable[[], T]) -> T:
    """What the task gives, tried again for as long as a desk that stopped may hold the register. Raises
    RegisterError(REGISTER_BUSY) where others hold it for longer."""
    for _ in range(TRIES - 1):
        try:
            return task()
        except RegisterError as fault:
            if fault.code is not Code.REGISTER_BUSY:
                raise
    return task()
