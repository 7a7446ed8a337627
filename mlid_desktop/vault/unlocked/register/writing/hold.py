"""A register that a desk holds: a transaction of its server is open, in which nobody else writes."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Final

from mlid_desktop.domain.errors import Code, RegisterError
from mlid_desktop.vault.store.changes.change import Change, Point
from mlid_desktop.vault.store.register.connection import RegisterConnection
from mlid_desktop.vault.store.register.items import hold
from mlid_desktop.vault.unlocked.register.fetching import Arrived
from mlid_desktop.vault.unlocked.register.link import RegisterLink
from mlid_desktop.vault.unlocked.register.writing.change_writer import WHOLE

TRIES: Final = 6  # of two seconds: a desk that stopped inside a write is ended by the server within ten


@dataclass(slots=True)
class Hold:
    """A register that is held: a transaction of the server is open. ``arrived`` is what the vault lacks, ``change`` the
    one that was staged, ``act`` what it is called; ``is_over``: the server has ended it."""

    connection: RegisterConnection
    link: RegisterLink
    desks: Mapping[str, bytes]
    point: Point
    arrived: Arrived | None = None
    about: frozenset[str] = frozenset()
    change: Change | None = None
    is_over: bool = False
    is_taken: bool = False
    act: str = WHOLE
    until: ExitStack = field(default_factory=ExitStack)


def held_point(connection: RegisterConnection) -> Point:
    """Begins a transaction of the server in which the register stands still. Raises RegisterError(REGISTER_BUSY)
    where others hold it for too long."""
    for tried in range(1, TRIES + 1):
        try:
            with connection.together():
                connection.send("BEGIN")
                return hold(connection)
        except RegisterError as fault:
            connection.rows("ROLLBACK")
            if fault.code is not Code.REGISTER_BUSY or tried == TRIES:
                raise
    raise RegisterError(Code.REGISTER_BUSY)
