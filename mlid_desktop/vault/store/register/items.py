"""What stands in a register: items (a row of the vault each, sealed), the signed changes that brought them, and which
items changes removed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from mlid_desktop.vault.store.changes.change import Change, Point
from mlid_desktop.vault.store.register.connection import RegisterConnection

CHANGES_AT_A_TIME: Final = 1000
LONG_REST: Final = "10min"
ITEMS_AFTER: Final = "SELECT kind, key, mark, extractor, body FROM item WHERE changed > {n}"
WRITE_ITEMS: Final = (
    "SELECT write_items(%b, %b::text[], %b::bytea[], %b::bytea[], %b::text[], %b::bytea[], %b::bytea[], %b::text[],"
    " %b::bytea[])"
)
WRITE_CHANGE: Final = "SELECT write_change(%b, %b, %b, %b, %b, %b, %b, %b)"


@dataclass(frozen=True, slots=True)
class Item:
    """A row of the vault as a register has it: ``kind`` is its table, ``key`` tells it from others of the kind,
    ``mark`` is the row's own (FORMAT.md, 6), ``body`` is ciphertext. ``extractor`` is that of a reference; ``blind``
    what nobody else may have."""

    kind: str
    key: bytes
    mark: bytes
    body: bytes = field(repr=False)
    extractor: str = ""
    blind: bytes | None = None


@dataclass(frozen=True, slots=True)
class SeenHead:
    """A desk's word: the point of the register that it saw last, what else it says, sealed, and its signature over
    both. ``at`` is when the server took it, by the server's clock, for which nobody vouches."""

    desk: str
    point: Point
    sealed: bytes = field(repr=False)
    signature: bytes
    at: datetime | None = None


def hold(connection: RegisterConnection) -> Point:
    """Holds the register where it is until the transaction ends, and says where that is. Raises
    RegisterError(REGISTER_BUSY) where another desk holds it for longer than two seconds."""
    n, link = connection.rows("SELECT n, link FROM hold()")[0]
    return Point(int(n), bytes(link))


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


def changes_after(connection: RegisterConnection, n: int) -> Iterator[Change]:
    """The signed changes after the n-th, in their order."""
    while True:
        rows = connection.rows(
            "SELECT n, desk, act, subject, digest, tallies, audit_link, link, signature FROM change"
            " WHERE n > %s ORDER BY n LIMIT %s",
            [n, CHANGES_AT_A_TIME],
        )
        for number, desk, act, subject, digest, tallies, audit, link, signature in rows:
            parts = (bytes(part) for part in (digest, tallies, audit, link, signature))
            yield Change(int(number), desk.hex, act, "" if subject is None else subject.hex, *parts)
        if len(rows) < CHANGES_AT_A_TIME:
            return
        n = int(rows[-1][0])


def count_items(connection: RegisterConnection) -> int:
    """How many items there are."""
    return int(connection.rows("SELECT count(*) FROM item")[0][0])


@contextmanager
def items_after(connection: RegisterConnection, n: int) -> Iterator[Iterator[Item]]:
    """The items that changes after the n-th brought and that are there now, one at a time."""
    with connection.copied(ITEMS_AFTER.format(n=int(n))) as rows:
        yield (Item(kind, bytes(key), bytes(mark), bytes(body), name) for kind, key, mark, name, body in rows)


def removed_after(connection: RegisterConnection, n: int) -> list[tuple[str, bytes]]:
    """The items that changes after the n-th removed, those too that came again."""
    rows = connection.rows("SELECT DISTINCT kind, key FROM removed WHERE n > %s", [n])
    return [(kind, bytes(key)) for kind, key in rows]


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
    rows = connection.rows("SELECT desk, n, link, sealed, signature, at FROM seen_head")
    return [
        SeenHead(desk.hex, Point(int(n), bytes(link)), bytes(sealed), bytes(signature), at)
        for desk, n, link, sealed, signature, at in rows
    ]


def link_at(connection: RegisterConnection, n: int) -> bytes:
    """The link of the n-th change; empty where it is not there."""
    found = connection.rows("SELECT link FROM change WHERE n = %s", [n])
    return bytes(found[0][0]) if found else b""
