"""What stands in a register: items (a row of the vault each, sealed), the signed changes that brought them, and which
items changes removed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import starmap
from typing import Any, Final, NamedTuple
from uuid import UUID

from mlid_desktop.domain.errors import Code, RegisterError
from mlid_desktop.vault.store.changes.change import Change, Point
from mlid_desktop.vault.store.register.connection import RegisterConnection
from mlid_desktop.vault.store.register.installation import POINT, point_of
from mlid_desktop.vault.store.register.mail import Mail, ask_mail
from mlid_desktop.vault.store.register.reaching import cells

CHANGES_AT_A_TIME: Final = 1000
LONG_REST: Final = "10min"
FEW_ITEMS: Final = 500
CHANGES_AFTER: Final = (
    "SELECT n, desk, act, subject, digest, tallies, audit_link, link, signature FROM change"
    " WHERE n > %s ORDER BY n LIMIT %s"
)
LINK_AT: Final = "SELECT link FROM change WHERE n = %s"
HEADS: Final = (  # a word and the link of its change in one statement, as desks go on while this is read
    "SELECT said.desk, said.n, said.link, said.sealed, said.signature, said.at, change.link"
    " FROM seen_head AS said LEFT JOIN change ON change.n = said.n"
)
HELD: Final = "SELECT n, link FROM hold()"
REMOVED_AFTER: Final = "SELECT DISTINCT kind, key FROM removed WHERE n > %s"  # those too that came again
CHANGE_CELLS: Final = (int, UUID, str, UUID | None, bytes, bytes, bytes, bytes, bytes)
HEAD_CELLS: Final = (UUID, int, bytes, bytes, bytes, datetime | None, bytes | None)
ITEMS: Final = "SELECT kind, key, mark, body, extractor FROM item WHERE changed"
WRITE_ITEMS: Final = (
    "SELECT write_items(%b, %b::text[], %b::bytea[], %b::bytea[], %b::text[], %b::bytea[], %b::bytea[], %b::text[],"
    " %b::bytea[])"
)
WRITE_CHANGE: Final = "SELECT write_change(%b, %b, %b, %b, %b, %b, %b, %b)"


class Item(NamedTuple):
    """A row of the vault as a register has it: ``kind`` is its table, ``key`` tells it from others of the kind,
    ``mark`` is the row's own (FORMAT.md, 6), ``body`` is ciphertext. ``extractor`` is that of a reference; ``blind``
    what nobody else may have."""

    kind: str
    key: bytes
    mark: bytes
    body: bytes
    extractor: str = ""
    blind: bytes | None = None

    def __repr__(self) -> str:
        return f"Item({self.kind!r}, {self.key!r})"


@dataclass(frozen=True, slots=True)
class SeenHead:
    """A desk's word: the point of the register that it saw last, what else it says, sealed, and its signature over
    both. ``at`` is when the server took it, by the server's clock, for which nobody vouches; ``there`` is the link that
    the register has at that point, empty where it has none."""

    desk: str
    point: Point
    sealed: bytes = field(repr=False)
    signature: bytes
    at: datetime | None = None
    there: bytes = b""


@dataclass(frozen=True, slots=True)
class Lacking:
    """What a desk lacks of a register: how far the register has come by its own account, its changes after the desk's
    ``start``, the link that it has there (empty where it has none), and each desk's word."""

    end: Point
    changes: Iterable[Change]
    there: bytes
    heads: Sequence[SeenHead]


@dataclass(frozen=True, slots=True)
class Brought:
    """What changes brought and removed, and the mail that waits; ``items`` is None where they are too many to come with
    other answers."""

    items: list[Item] | None
    removed: Sequence[tuple[str, bytes]]
    mail: Sequence[Mail]


def hold(connection: RegisterConnection) -> Point:
    """Begins a transaction in which the register stays where it is, and says where that is. Raises
    RegisterError(REGISTER_BUSY) where another desk holds it for longer than two seconds."""
    return point_of(connection.begin(HELD))


@contextmanager
def holding(connection: RegisterConnection) -> Iterator[None]:
    """One transaction in which nobody else writes; whatever was being written when it begins has ended. Raises
    RegisterError(REGISTER_BUSY) as :func:`hold` does."""
    with connection.transaction():
        connection.rows("SELECT FROM hold()")
        yield


def while_held(connection: RegisterConnection, task: Callable[[], object] = lambda: None) -> bool:
    """Runs a task, or nothing, while nobody else writes; gives whether that could be within two seconds. Whatever was
    being written before has ended then. Raises RegisterError."""
    try:
        with holding(connection):
            task()
    except RegisterError as fault:
        if fault.code is not Code.REGISTER_BUSY:
            raise
        return False
    return True


def allow_long(connection: RegisterConnection) -> None:
    """Lets the transaction rest for minutes between two statements, where what is written takes long to make."""
    connection.rows(f"SET LOCAL idle_in_transaction_session_timeout = '{LONG_REST}'")


@contextmanager
def unhurried(connection: RegisterConnection) -> Iterator[None]:
    """One transaction of the server, in one round trip, that nobody waits for to be on its disk: for what is said anew
    at each look, so that a server whose power fails has at worst what was said before."""
    with connection.together():
        connection.send("BEGIN")
        connection.send("SET LOCAL synchronous_commit = off")
        yield
        connection.send("COMMIT")


def write_items(
    connection: RegisterConnection, number: int, come: Sequence[Item], gone: Sequence[tuple[str, bytes]]
) -> None:
    """Writes items of the change with this number, which follows in the same transaction. Raises
    RegisterError(REGISTER_MOVED_ON) where it does not follow the newest."""
    connection.send(
        WRITE_ITEMS,
        [
            number,
            [item.kind for item in come],
            [item.key for item in come],
            [item.mark for item in come],
            [item.extractor for item in come],
            [item.blind for item in come],
            [item.body for item in come],
            [kind for kind, _ in gone],
            [key for _, key in gone],
        ],
    )


def write_change(connection: RegisterConnection, change: Change) -> None:
    """Writes a change whose items were written in the same transaction. Raises RegisterError(REGISTER_MOVED_ON) where
    it does not follow the newest."""
    connection.send(
        WRITE_CHANGE,
        [
            change.number,
            change.act,
            UUID(change.subject) if change.subject else None,
            change.digest,
            change.tallies,
            change.audit_link,
            change.link,
            change.signature,
        ],
    )


def put_back(connection: RegisterConnection, changes: Sequence[Change]) -> None:
    """Puts changes back that the server lost, in their order; the first of them follows its newest, and this desk has
    said that it saw the last. Raises RegisterError(REGISTER_MOVED_ON) where it does not follow."""
    for at in range(0, len(changes), CHANGES_AT_A_TIME):
        part = changes[at : at + CHANGES_AT_A_TIME]
        connection.rows(
            "SELECT put_back(%s, %s::uuid[], %s::text[], %s::uuid[], %s::bytea[], %s::bytea[], %s::bytea[],"
            " %s::bytea[], %s::bytea[])",
            [
                part[0].number,
                [UUID(change.desk) for change in part],
                [change.act for change in part],
                [UUID(change.subject) if change.subject else None for change in part],
                [change.digest for change in part],
                [change.tallies for change in part],
                [change.audit_link for change in part],
                [change.link for change in part],
                [change.signature for change in part],
            ],
        )


def read_lacking(connection: RegisterConnection, start: Point) -> Lacking:
    """What a desk lacks that saw the register at ``start``, in one round trip but for the changes behind the first
    1,000."""
    with connection.together():
        return ask_lacking(connection, start)()


def read_brought(connection: RegisterConnection, start: Point, desk: str) -> tuple[Lacking, Brought]:
    """As :func:`read_lacking`, with the items and the mail to this desk, in the same round trip."""
    with connection.together():
        return ask_brought(connection, start, desk)()


def ask_brought(connection: RegisterConnection, start: Point, desk: str) -> Callable[[], tuple[Lacking, Brought]]:
    """As :func:`read_brought`, within :meth:`~RegisterConnection.together`."""
    lacking, last = ask_lacking(connection, start), start.number + CHANGES_AT_A_TIME  # an end: plans take the index
    items = connection.ask(f"{ITEMS} BETWEEN %s AND %s LIMIT {FEW_ITEMS + 1}", start.number + 1, last)
    removed, letters = connection.ask(REMOVED_AFTER, start.number), ask_mail(connection, desk)

    def answered() -> tuple[Lacking, Brought]:
        found, rows = lacking(), items()
        few = [Item(*row) for row in rows] if len(rows) <= FEW_ITEMS and found.end.number <= last else None
        gone = [(kind, key) for kind, key in (cells("removed", row, (str, bytes)) for row in removed())]
        return found, Brought(few, gone, letters())

    return answered


def ask_lacking(connection: RegisterConnection, start: Point) -> Callable[[], Lacking]:
    """As :func:`read_lacking`, within :meth:`~RegisterConnection.together`."""
    end, there = connection.ask(POINT), connection.ask(LINK_AT, start.number)
    first, heads = connection.ask(CHANGES_AFTER, start.number, CHANGES_AT_A_TIME), connection.ask(HEADS)

    def answered() -> Lacking:
        point, links = point_of(end()), there()  # in the order in which they were asked: of faults the first counts
        made = _changes(connection, first())
        return Lacking(point, made, _link_of(links), _heads(heads()))

    return answered


def _changes(connection: RegisterConnection, rows: list[tuple[Any, ...]]) -> Iterator[Change]:
    """The signed changes from these on, in their order."""
    while True:
        for row in rows:
            number, desk, act, subject, *parts = cells("change", row, CHANGE_CELLS)
            yield Change(number, desk.hex, act, "" if subject is None else subject.hex, *parts)
        if len(rows) < CHANGES_AT_A_TIME:
            return
        rows = connection.rows(CHANGES_AFTER, [int(rows[-1][0]), CHANGES_AT_A_TIME])


def count_items(connection: RegisterConnection) -> int:
    """How many items there are."""
    return int(connection.rows("SELECT count(*) FROM item")[0][0])


@contextmanager
def items_after(connection: RegisterConnection, n: int) -> Iterator[Iterator[Item]]:
    """The items that changes after the n-th brought and that are there now, one at a time. All of them, of 100,000
    people, take longer to be taken in than any other statement may: reading holds up nobody."""
    if n == 0:
        connection.rows(f"SET LOCAL statement_timeout = '{LONG_REST}'")
    with connection.copied(f"{ITEMS} > {int(n)}") as rows:
        yield starmap(Item, rows)


def marks(connection: RegisterConnection) -> dict[tuple[str, bytes], bytes]:
    """The mark of every item, by its kind and key."""
    rows = connection.rows("SELECT kind, key, mark FROM item")
    return {(kind, bytes(key)): bytes(mark) for kind, key, mark in rows}


def note_seen(connection: RegisterConnection, head: SeenHead) -> None:
    """Leaves this desk's word of what it saw."""
    connection.send(
        "SELECT note_seen(%s, %s, %s, %s)", [head.point.number, head.point.link, head.sealed, head.signature]
    )


def seen_heads(connection: RegisterConnection) -> list[SeenHead]:
    """Each desk's word of what it saw last."""
    return _heads(connection.rows(HEADS))


def _heads(rows: list[tuple[Any, ...]]) -> list[SeenHead]:
    heads = []
    for row in rows:
        desk, n, link, sealed, signature, at, there = cells("seen_head", row, HEAD_CELLS)
        heads.append(SeenHead(desk.hex, Point(n, link), sealed, signature, at, there or b""))
    return heads


def _link_of(rows: Sequence[tuple[Any, ...]]) -> bytes:
    return bytes(cells("change", rows[0], (bytes,))[0]) if rows else b""


def link_at(connection: RegisterConnection, n: int) -> bytes:
    """The link of the n-th change; empty where it is not there."""
    return _link_of(connection.rows(LINK_AT, [n]))
