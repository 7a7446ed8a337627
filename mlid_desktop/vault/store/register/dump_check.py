"""Checks a dump of a register without a server: whether it is whole, of this register, and how far it goes."""

from __future__ import annotations

import hmac
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeVar

from mlid_desktop.domain.errors import Code, RegisterError, VaultError
from mlid_desktop.vault.crypto.multiset_hash import Tally
from mlid_desktop.vault.store.changes.chain import check_chain
from mlid_desktop.vault.store.changes.change import FIRST_LINK, Change, Point, tallies_digest
from mlid_desktop.vault.store.register import dump
from mlid_desktop.vault.store.register.attempts import SignedAttempts
from mlid_desktop.vault.store.register.installation import DeskRow
from mlid_desktop.vault.store.register.items import Item, SeenHead
from mlid_desktop.vault.store.register.upgrades import require_known
from mlid_desktop.vault.store.schema import SUBJECTS

START: Final = Point(0, FIRST_LINK)
PEOPLE: Final = SUBJECTS.name
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class DumpReport:
    """A dump that was found whole: its newest change, counts of changes and items, and of the items that are under keys
    of before an erasure (of those the signed sum alone was checked). ``behind`` is how many changes it lacks of those
    that this desk saw."""

    point: Point
    changes: int
    items: int
    unopened: int
    behind: int


@dataclass(frozen=True, slots=True)
class DumpChecks:
    """What a vault knows of its register: its header, how far it saw it, and functions that raise RegisterError: who is
    certified (the verify keys by desk), whether desks signed their words and their failed attempts, whether an item is
    as it was sent (VaultError where its keys do not open it)."""

    header: bytes
    seen: Point
    certified: Callable[[tuple[DeskRow, ...]], Mapping[str, bytes]]
    require_words: Callable[[Iterable[SeenHead], Mapping[str, bytes]], None]
    require_attempts: Callable[[Iterable[SignedAttempts], Mapping[str, bytes]], None]
    require_item: Callable[[Item], object]


@dataclass(slots=True)
class _Found:
    versions: list[tuple[int, bytes]] = field(default_factory=list)
    points: list[Point] = field(default_factory=list)
    desks: list[DeskRow] = field(default_factory=list)
    heads: list[SeenHead] = field(default_factory=list)
    attempts: list[SignedAttempts] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    tallies: dict[str, Tally] = field(default_factory=dict)
    items: int = 0
    opened: set[int] = field(default_factory=set)  # buckets of people who were opened
    unopened: Counter[int] = field(default_factory=Counter)  # people who were not, by bucket
    fault: RegisterError | None = None  # of the first item that is not as it was sent


def check_dump(untrusted_file: Path, checks: DumpChecks) -> DumpReport:
    """Reads a whole dump and checks it: every signed change from the first on, every item, and whether they are what
    the newest change left.

    Raises RegisterError: REGISTER_DUMP_UNREADABLE, REGISTER_DUMP_PROGRAM, REGISTER_VERSION, REGISTER_ANOTHER;
    REGISTER_DAMAGED naming what is not as desks wrote it, and REGISTER_FORKED where it has another change at the point
    that this desk saw.
    """
    found = _read(untrusted_file, checks)
    version, header = _single(found.versions, "register")
    require_known(version)
    if not hmac.compare_digest(header, checks.header):
        raise RegisterError(Code.REGISTER_ANOTHER)
    desks = checks.certified(tuple(found.desks))
    changes = sorted(found.changes, key=lambda change: change.number)
    end = _single(found.points, "state")
    chain = check_chain(changes, START, desks, checks.header, end)
    if chain.finding is not None:
        raise RegisterError(Code.REGISTER_DAMAGED, what=f"change {chain.finding.number}: {chain.finding.fault.value}")
    if found.fault is not None:
        raise found.fault
    written = {kind: tally.written() for kind, tally in found.tallies.items()}
    signed = tallies_digest({}) if chain.newest is None else chain.newest.tallies
    if not hmac.compare_digest(tallies_digest(written), signed):
        raise RegisterError(Code.REGISTER_DAMAGED, what="tallies")
    checks.require_words(found.heads, desks)
    checks.require_attempts(found.attempts, desks)
    links = {change.number: change.link for change in changes}
    for point in (checks.seen, *(head.point for head in found.heads)):
        if 0 < point.number <= end.number and links[point.number] != point.link:
            raise RegisterError(Code.REGISTER_FORKED, number=point.number)
    behind = max(0, checks.seen.number - end.number)
    _require_renewed(found, behind)
    return DumpReport(end, len(changes), found.items, found.unopened.total(), behind)


def bucket_of(item: Item) -> int:
    """The bucket that a person's key is wrapped in: the first byte of the identifier (FORMAT.md, 2)."""
    return item.key[0]


def _require_renewed(found: _Found, behind: int) -> None:
    """People whose keys do not open are those of buckets that an erasure renewed since: whole buckets, in a dump that
    is older than what this desk saw. Anything else is damage."""
    if found.unopened and (not behind or found.opened & set(found.unopened)):
        raise RegisterError(Code.REGISTER_DAMAGED, what=PEOPLE)


def _read(file: Path, checks: DumpChecks) -> _Found:
    found = _Found()
    for table, cells in dump.read_dump(file):
        match table:
            case "item":
                _count(found, dump.item_of(cells), checks)
            case "change":
                found.changes.append(dump.change_of(cells))
            case "desk":
                found.desks.append(dump.desk_of(cells))
            case "seen_head":
                found.heads.append(dump.head_of(cells))
            case "attempt":
                found.attempts.append(dump.attempt_of(cells))
            case "state":
                found.points.append(dump.point_of(cells))
            case "register":
                found.versions.append(dump.version_of(cells))
    return found


def _count(found: _Found, item: Item, checks: DumpChecks) -> None:
    found.items += 1
    found.tallies[item.kind] = found.tallies.get(item.kind, Tally()) + Tally(1, int.from_bytes(item.mark, "big"))
    try:
        checks.require_item(item)
        if item.kind == PEOPLE:
            found.opened.add(bucket_of(item))
    except VaultError:
        if item.kind == PEOPLE:
            found.unopened[bucket_of(item)] += 1
        else:
            found.fault = found.fault or RegisterError(Code.REGISTER_DAMAGED, what=item.kind)
    except RegisterError as fault:
        found.fault = found.fault or fault


def _single(rows: list[T], table: str) -> T:
    if len(rows) != 1:
        raise RegisterError(Code.REGISTER_DUMP_UNREADABLE, what=table)
    return rows[0]
