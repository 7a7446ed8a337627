"""The changes that a vault keeps, in a table of their own: appended with each commit, checked, and cut at checkpoints
(FORMAT.md, 21)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from mlid_desktop.domain.errors import Code, VaultError
from mlid_desktop.vault.store.changes.chain import ChangeFault, ChangeFinding, check_chain
from mlid_desktop.vault.store.changes.change import (
    FIRST_LINK,
    LINK_BYTES,
    Change,
    Point,
    Signer,
    digest_of,
    signed_change,
    tallies_digest,
)
from mlid_desktop.vault.store.schema import CHANGES, DESKS
from mlid_desktop.vault.store.statements import insert_rows
from mlid_desktop.vault.store.transaction import AUDIT_LINK, GENERATION, TALLY, Transaction, read_facts

LINK: Final = "change-link"  # of the newest change
CUT: Final = "change-cut"  # number and link of the change before the first that is kept
NEWEST: Final = 1000  # changes that are checked at unlock
ROWS_AT_A_TIME: Final = 1000


def log_change(transaction: Transaction, number: int, header: bytes, signer: Signer) -> None:
    """Appends what the transaction changed as the change of this number, signed; the last act before it is closed."""
    facts = transaction.facts
    before = facts.get(LINK, FIRST_LINK)
    gone, come = transaction.marks_gone, transaction.marks_come
    bare = Change(
        number,
        signer.desk,
        transaction.act,
        transaction.subject,
        digest_of(gone, come),
        _state(facts),
        facts.get(AUDIT_LINK, FIRST_LINK),
    )
    change = signed_change(bare, before, header, signer)
    insert_rows(transaction.connection, CHANGES, [change_row(change)])
    facts[LINK] = change.link
    if CUT not in facts:
        facts[CUT] = Point(number - 1, before).written()


def cut(transaction: Transaction, before: Point) -> None:
    """Drops every change up to this one, whose link a supervisor signed."""
    transaction.connection.execute(sa.delete(CHANGES).where(CHANGES.c.n <= before.number))
    transaction.facts[CUT] = before.written()


def newest_point(facts: Mapping[str, bytes]) -> Point:
    """The number and link of the newest change. Raises VaultError(VAULT_DAMAGED) where there is none."""
    link = facts.get(LINK, b"")
    if len(link) != LINK_BYTES:
        raise VaultError(Code.VAULT_DAMAGED, what=CHANGES.name)
    return Point(int.from_bytes(facts.get(GENERATION, b""), "big"), link)


def require_newest(connection: Connection, header: bytes) -> None:
    """Checks the newest 1,000 changes, and that the newest of all left the vault as it is: a cost that does not grow
    with the log. Raises VaultError(VAULT_DAMAGED) naming the change and what was done to it."""
    facts = read_facts(connection)
    end, start = newest_point(facts), _cut_of(facts)
    if end.number - NEWEST > start.number:
        found = next(_changes(connection, end.number - NEWEST, end.number - NEWEST), None)
        if found is None:
            raise _damaged(ChangeFinding(ChangeFault.REMOVED, end.number - NEWEST))
        start = found.point
    _require(connection, start, end, header)


def require_all(connection: Connection, header: bytes, signed: Point | None) -> int:
    """Checks every change that is kept; gives how many. ``signed`` is up to where the newest checkpoint that says so
    covers the log: it has to be cut there; without one it has to begin with the first change of all. Raises
    VaultError(VAULT_DAMAGED) as :func:`require_newest`."""
    facts = read_facts(connection)
    end, start = newest_point(facts), _cut_of(facts)
    if start != signed if signed is not None else start.link != FIRST_LINK:
        raise _damaged(ChangeFinding(ChangeFault.REMOVED, start.number))
    first = connection.execute(sa.select(sa.func.min(CHANGES.c.n))).scalar()
    if first is not None and first <= start.number:
        raise _damaged(ChangeFinding(ChangeFault.ADDED, int(first)))
    _require(connection, start, end, header)
    return end.number - start.number


def _require(connection: Connection, start: Point, end: Point, header: bytes) -> None:
    facts = read_facts(connection)
    desks = {row.desk: row.sign_pk for row in connection.execute(sa.select(DESKS.c.desk, DESKS.c.sign_pk))}
    checked = check_chain(_changes(connection, start.number + 1, None), start, desks, header, end)
    if checked.finding is not None:
        raise _damaged(checked.finding)
    left = (_state(facts), facts.get(AUDIT_LINK, FIRST_LINK))
    newest = checked.newest
    if newest is not None and (newest.tallies, newest.audit_link) != left:
        raise _damaged(ChangeFinding(ChangeFault.CHANGED, end.number))


def _changes(connection: Connection, first: int, last: int | None) -> Iterator[Change]:
    wanted = sa.select(CHANGES).where(CHANGES.c.n >= first).order_by(CHANGES.c.n)
    if last is not None:
        wanted = wanted.where(CHANGES.c.n <= last)
    for rows in connection.execute(wanted).partitions(ROWS_AT_A_TIME):
        for row in rows:
            yield Change(*row)


def change_row(change: Change) -> dict[str, Any]:
    """A change as a row of the tables that keep changes."""
    return {
        "n": change.number,
        "desk": change.desk,
        "act": change.act,
        "subject": change.subject,
        "digest": change.digest,
        "tallies": change.tallies,
        "audit_link": change.audit_link,
        "link": change.link,
        "signature": change.signature,
    }


def _state(facts: Mapping[str, bytes]) -> bytes:
    return tallies_digest({name.removeprefix(TALLY): kept for name, kept in facts.items() if name.startswith(TALLY)})


def _cut_of(facts: Mapping[str, bytes]) -> Point:
    try:
        return Point.read(facts.get(CUT, b""))
    except ValueError:
        raise VaultError(Code.VAULT_DAMAGED, what=CHANGES.name) from None


def _damaged(finding: ChangeFinding) -> VaultError:
    return VaultError(Code.VAULT_DAMAGED, what=f"change {finding.number}", how=finding.fault.value)
