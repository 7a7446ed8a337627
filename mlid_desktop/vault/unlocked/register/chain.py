"""Checks a register's chain of changes from the point that a desk saw, and what other desks say they saw: a server that
was set back, or that shows two desks different things, is found out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from mlid_desktop.domain.errors import Code, RegisterError
from mlid_desktop.vault.crypto.vault_identity import VaultIdentity
from mlid_desktop.vault.store.changes.chain import ChangeFault, check_chain
from mlid_desktop.vault.store.changes.change import Change, Point
from mlid_desktop.vault.store.register.connection import RegisterConnection
from mlid_desktop.vault.store.register.installation import read_point
from mlid_desktop.vault.store.register.items import changes_after, link_at, seen_heads
from mlid_desktop.vault.unlocked.register.desk_words import require_words


@dataclass(frozen=True, slots=True)
class Newest:
    """The end of a register's chain: the point, the newest change (None where there is none after the start), how many
    there are, those that one desk made, and the number of the last one of each desk."""

    point: Point
    change: Change | None
    changes: int
    own: tuple[Change, ...] = ()
    last: Mapping[str, int] = field(default_factory=dict)


def require_chain(
    connection: RegisterConnection, start: Point, desks: Mapping[str, bytes], identity: VaultIdentity, own: str = ""
) -> Newest:
    """Checks every change after ``start`` and the words of other desks; gives where the chain ends, with the changes of
    the desk ``own``.

    Raises RegisterError: REGISTER_ROLLED_BACK where the register ends before what this desk or another saw,
    REGISTER_FORKED where it has another change at a point that was seen, REGISTER_DAMAGED where a change is not as its
    desk signed it.
    """
    expected = read_point(connection)
    require_seen(connection, start, expected)
    made: list[Change] = []
    last: dict[str, int] = {}
    changes = _noted(changes_after(connection, start.number), own, made, last)
    found = check_chain(changes, start, desks, identity.header, expected)
    if found.finding is not None:
        is_short = found.finding.fault is ChangeFault.TRUNCATED
        what = f"change {found.finding.number}: {found.finding.fault.value}"
        raise RegisterError(Code.REGISTER_ROLLED_BACK if is_short else Code.REGISTER_DAMAGED, what=what)
    _require_words(connection, found.end, desks, identity)
    return Newest(found.end, found.newest, found.end.number - start.number, tuple(made), last)


def require_seen(connection: RegisterConnection, seen: Point, end: Point) -> None:
    """Raises RegisterError(REGISTER_ROLLED_BACK) where the register ends before a point that was seen, and
    REGISTER_FORKED where it has another change there."""
    if seen.number > end.number:
        raise RegisterError(Code.REGISTER_ROLLED_BACK, seen=seen.number, found=end.number)
    link = end.link if seen.number == end.number else link_at(connection, seen.number) if seen.number else seen.link
    if link != seen.link:
        raise RegisterError(Code.REGISTER_FORKED, number=seen.number)


def require_none_of(removed: Mapping[str, int], newest: Newest) -> None:
    """Raises RegisterError(REGISTER_DAMAGED) where a desk wrote after the change by which it was taken out."""
    for desk, number in removed.items():
        if newest.last.get(desk, 0) > number:
            raise RegisterError(Code.REGISTER_DAMAGED, what=f"change {newest.last[desk]}")


def _noted(changes: Iterator[Change], own: str, made: list[Change], last: dict[str, int]) -> Iterator[Change]:
    """The changes, noted as they pass."""
    for change in changes:
        last[change.desk] = change.number
        if change.desk == own:
            made.append(change)
        yield change


def _require_words(
    connection: RegisterConnection, end: Point, desks: Mapping[str, bytes], identity: VaultIdentity
) -> None:
    """Compares the chain with what every desk says it saw. A word that no desk signed counts for nothing."""
    heads = seen_heads(connection)
    require_words(heads, desks, identity)
    for head in heads:
        require_seen(connection, head.point, end)
