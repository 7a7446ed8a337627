"""The line before a register: of the desks that wait for it one at a time is the next, and reads what is there while
the desk before it still writes.

It guards nothing, and orders nothing that counts: who may write is decided by the hold alone, which whoever waits in
this line for too long asks for without it. The lock that is the line lasts with the session, so that the next desk can
be let in as soon as the register is held, and not only when it is free; it is taken and kept within transactions alone,
of which the server ends one that rests, with its session.
"""

from __future__ import annotations

from typing import Final

from mlid_desktop.domain.errors import RegisterError
from mlid_desktop.vault.store.changes.change import Point
from mlid_desktop.vault.store.register.connection import RegisterConnection
from mlid_desktop.vault.store.register.items import HELD, Brought, Lacking, ask_brought

LINE: Final = int.from_bytes(b"mlid", "big")  # a number of the register's own database
LET_IN: Final = f"SELECT pg_advisory_unlock({LINE})"


def line_up(connection: RegisterConnection, start: Point, desk: str) -> tuple[Lacking, Brought]:
    """Waits until this desk is the next, and begins a view of the register that stands still; gives what it lacks of it
    that saw the register at ``start``, in the same round trip. Raises RegisterError, REGISTER_BUSY where another desk
    is the next for longer than two seconds: then this one stands in no line."""
    try:
        with connection.together():
            for statement in ("BEGIN", f"SELECT pg_advisory_lock({LINE})", "COMMIT"):  # the view is of after it
                connection.ask(statement)
            connection.ask("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            return ask_brought(connection, start, desk)()
    except RegisterError:
        leave_line(connection)
        raise


def hold_as_next(connection: RegisterConnection, start: Point, desk: str) -> tuple[Lacking, Brought]:
    """As :func:`~mlid_desktop.vault.store.register.items.hold`, of the desk that is the next: the view ends, and the
    line goes on once the register is held. Gives what the desk lacks too that saw the register at ``start``, in the
    same round trip."""
    try:
        with connection.together():
            for statement in ("COMMIT", "BEGIN"):
                connection.ask(statement)
            for statement in (HELD, LET_IN):
                connection.ask(statement)
            return ask_brought(connection, start, desk)()
    except RegisterError:
        leave_line(connection)
        raise


def leave_line(connection: RegisterConnection) -> None:
    """Ends the transaction that is open, and lets in whoever is behind; ends the connection where nobody answers."""
    connection.roll_back()
    try:
        connection.rows("SELECT pg_advisory_unlock_all()")  # of a line in which it did not stand yet too
    except RegisterError:
        connection.close()
