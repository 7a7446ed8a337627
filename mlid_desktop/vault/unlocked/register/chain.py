"""Checks a register's chain of changes from the point that a desk saw, and what other desks say they saw: a server that
was set back, or that shows two desks different things, is found out."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from mlid_desktop.domain.errors import Code, RegisterError
from mlid_desktop.vault.crypto.vault_identity import VaultIdentity
from mlid_desktop.vault.store.changes.chain import ChangeFault, check_chain
from mlid_desktop.vault.store.changes.change import Change, Point
from mlid_desktop.vault.store.changes.register_log import KEPT
from mlid_desktop.vault.store.register.items import Lacking, SeenHead
from mlid_desktop.vault.unlocked.register.desk_words import require_words
from mlid_desktop.vault.unlocked.register.writing.change_writer import MENDED


@dataclass(frozen=True, slots=True)
class ChainEnd:
    """The end of a register's chain: the point, the newest change (None where there is none after the start), how many
    there are, those that one desk made, the number of the last one of each desk, the newest changes as they are kept,
    whether one of all mended the register, and what every desk says it saw, as it signed it."""

    point: Point
    change: Change | None
    changes: int
    own: tuple[Change, ...] = ()
    last: Mapping[str, int] = field(default_factory=dict)
    kept: tuple[Change, ...] = field(repr=False, default=())
    is_mended: bool = False
    words: tuple[SeenHead, ...] = ()


def require_chain(
    lacking: Lacking, start: Point, desks: Mapping[str, bytes], identity: VaultIdentity, own: str = ""
) -> ChainEnd:
    """Checks every change after ``start`` and the words of other desks; gives where the chain ends, with the changes of
    the desk ``own``.

    Raises RegisterError: REGISTER_ROLLED_BACK where the register ends before what this desk or another saw,
    REGISTER_FORKED where it has another change at a point that was seen, REGISTER_DAMAGED where a change is not as its
    desk signed it.
    """
    require_seen(start, lacking.end, lacking.there)
    noted = _Noted(own)
    found = check_chain(noted.of(lacking.changes), start, desks, identity.header, lacking.end)
    if found.finding is not None:
        is_short = found.finding.fault is ChangeFault.TRUNCATED
        what = f"change {found.finding.number}: {found.finding.fault.value}"
        raise RegisterError(Code.REGISTER_ROLLED_BACK if is_short else Code.REGISTER_DAMAGED, what=what)
    require_words(lacking.heads, desks, identity)
    for head in lacking.heads:
        require_seen(head.point, found.end, head.there)
    number = found.end.number - start.number
    return ChainEnd(
        found.end,
        found.newest,
        number,
        tuple(noted.made),
        noted.last,
        tuple(noted.kept),
        is_mended=noted.is_mended,
        words=tuple(lacking.heads),
    )


def require_seen(seen: Point, end: Point, there: bytes) -> None:
    """Raises RegisterError(REGISTER_ROLLED_BACK) where the register ends before a point that was seen, and
    REGISTER_FORKED where it has another change there, with the link ``there``."""
    if seen.number > end.number:
        raise RegisterError(Code.REGISTER_ROLLED_BACK, seen=seen.number, found=end.number)
    link = end.link if seen.number == end.number else there if seen.number else seen.link
    if link != seen.link:
        raise RegisterError(Code.REGISTER_FORKED, number=seen.number)


def require_none_of(removed: Mapping[str, int], newest: ChainEnd) -> None:
    """Raises RegisterError(REGISTER_DAMAGED) where a desk wrote after the change by which it was taken out."""
    for desk, number in removed.items():
        if newest.last.get(desk, 0) > number:
            raise RegisterError(Code.REGISTER_DAMAGED, what=f"change {newest.last[desk]}")


@dataclass(slots=True)
class _Noted:
    """What is noted of changes as they pass."""

    own: str
    made: list[Change] = field(default_factory=list)
    last: dict[str, int] = field(default_factory=dict)
    kept: deque[Change] = field(default_factory=lambda: deque(maxlen=KEPT))
    is_mended: bool = False

    def of(self, changes: Iterable[Change]) -> Iterator[Change]:
        """The changes, noted."""
        for change in changes:
            self.last[change.desk] = change.number
            self.kept.append(change)
            self.is_mended = self.is_mended or change.act == MENDED
            if change.desk == self.own:
                self.made.append(change)
            yield change
