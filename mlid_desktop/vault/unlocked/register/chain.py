"""Checks a register's chain of changes from the point that a desk saw, and what other desks say they saw: a server that
was set back, or that shows two desks different things, is found out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mlid_desktop.domain.errors import Code, RegisterError
from mlid_desktop.vault.crypto.vault_identity import VaultIdentity
from mlid_desktop.vault.store.changes.chain import ChangeFault, check_chain
from mlid_desktop.vault.store.changes.change import Change, Point
from mlid_desktop.vault.store.register.connection import RegisterConnection
from mlid_desktop.vault.store.register.installation import read_point
from mlid_desktop.vault.store.register.items import changes_after, link_at, seen_heads
from mlid_desktop.vault.unlocked.register.desk_words import require_words
from mlid_desktop.vault.unlocked.register.link import Points


@dataclass(frozen=True, slots=True)
class Newest:
    """The end of a register's chain: the point, and the newest change (None where there is none after the start)."""

    point: Point
    change: Change | None
    changes: int


def require_chain(
    connection: RegisterConnection, start: Point, desks: Mapping[str, bytes], identity: VaultIdentity
) -> Newest:
    """Checks every change after ``start`` and the words of other desks; gives where the chain ends.

    Raises RegisterError: REGISTER_ROLLED_BACK where the register ends before what this desk or another saw,
    REGISTER_FORKED where it has another change at a point that was seen, REGISTER_DAMAGED where a change is not as its
    desk signed it.
    """
    expected = read_point(connection)
    require_seen(connection, start, expected)
    found = check_chain(changes_after(connection, start.number), start, desks, identity.header, expected)
    if found.finding is not None:
        is_short = found.finding.fault is ChangeFault.TRUNCATED
        what = f"change {found.finding.number}: {found.finding.fault.value}"
        raise RegisterError(Code.REGISTER_ROLLED_BACK if is_short else Code.REGISTER_DAMAGED, what=what)
    _require_words(connection, found.end, desks, identity)
    return Newest(found.end, found.newest, found.end.number - start.number)


def settled(points: Points, newest: Newest) -> Point:
    """Where a desk that writes alone goes on from: at the change that it sent last, if that arrived. Raises
    RegisterError(REGISTER_FORKED) where somebody else, or a copy of this desk, wrote after it."""
    if newest.point not in {points.seen, points.sent}:
        raise RegisterError(Code.REGISTER_FORKED, number=newest.point.number)
    return newest.point


def require_seen(connection: RegisterConnection, seen: Point, end: Point) -> None:
    """Raises RegisterError(REGISTER_ROLLED_BACK) where the register ends before a point that was seen, and
    REGISTER_FORKED where it has another change there."""
    if seen.number > end.number:
        raise RegisterError(Code.REGISTER_ROLLED_BACK, seen=seen.number, found=end.number)
    link = end.link if seen.number == end.number else link_at(connection, seen.number) if seen.number else seen.link
    if link != seen.link:
        raise RegisterError(Code.REGISTER_FORKED, number=seen.number)


def _require_words(
    connection: RegisterConnection, end: Point, desks: Mapping[str, bytes], identity: VaultIdentity
) -> None:
    """Compares the chain with what every desk says it saw. A word that no desk signed counts for nothing."""
    heads = seen_heads(connection)
    require_words(heads, desks, identity)
    for head in heads:
        require_seen(connection, head.point, end)
