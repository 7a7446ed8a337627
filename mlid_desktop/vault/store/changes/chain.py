"""Checks a chain of signed changes, and names what was done to it (FORMAT.md, 21)."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from mlid_desktop.vault.crypto.signing import is_signed
from mlid_desktop.vault.store.changes.change import Change, Point, link_of, signed_content

MOST_TRIED = 1000  # places among which a change that stands in a wrong one is looked for


class ChangeFault(StrEnum):
    """Kinds of damage to a chain of changes."""

    CHANGED = "changed"
    REMOVED = "removed"
    ADDED = "added"
    REORDERED = "reordered"
    FORGED = "forged"
    UNKNOWN_DESK = "unknown_desk"
    TRUNCATED = "truncated"


@dataclass(frozen=True, slots=True)
class ChangeFinding:
    """The first damage found in a chain, and at the number of which change."""

    fault: ChangeFault
    number: int


@dataclass(frozen=True, slots=True)
class CheckedChain:
    """How far a chain holds: ``end`` is where the last change that does leaves it, ``newest`` that change (None where
    there is none after the start); ``finding`` the first thing wrong after it."""

    end: Point
    newest: Change | None = None
    finding: ChangeFinding | None = None


def check_chain(
    changes: Iterable[Change], start: Point, desks: Mapping[str, bytes], header: bytes, expected: Point | None = None
) -> CheckedChain:
    """Checks that ``changes`` follow ``start`` one by one, each linked to the one before and signed by its desk;
    ``desks`` has the verify keys (32 bytes) by the desks' identifiers. Where ``expected`` is given, the chain has to
    end there."""
    end, newest, ahead = start, None, iter(changes)
    for change in ahead:
        if expected is not None and end.number == expected.number:
            return CheckedChain(end, newest, ChangeFinding(ChangeFault.ADDED, change.number))
        if not _holds(change, end, desks, header):
            return CheckedChain(end, newest, _finding(change, ahead, end, desks, header))
        end, newest = change.point, change
    if expected is None or end == expected:
        return CheckedChain(end, newest)
    fault = ChangeFault.TRUNCATED if end.number < expected.number else ChangeFault.CHANGED
    return CheckedChain(end, newest, ChangeFinding(fault, min(end.number + 1, expected.number)))


def _holds(change: Change, before: Point, desks: Mapping[str, bytes], header: bytes) -> bool:
    if change.number != before.number + 1:  # nothing is signed of numbers out of range
        return False
    content = signed_content(change, before.link, header)
    return hmac.compare_digest(change.link, link_of(content)) and is_signed(
        [desks.get(change.desk, b"")], change.signature, content
    )


def _finding(
    change: Change, ahead: Iterator[Change], before: Point, desks: Mapping[str, bytes], header: bytes
) -> ChangeFinding:
    """What was done at the first change that does not hold."""
    number = before.number + 1
    if change.number > number:
        return ChangeFinding(ChangeFault.REMOVED, number)
    if change.number < number:
        return ChangeFinding(ChangeFault.ADDED, change.number)
    if change.desk not in desks:
        return ChangeFinding(ChangeFault.UNKNOWN_DESK, number)
    others = (other for other, _ in zip(ahead, range(MOST_TRIED), strict=False))
    if any(_is_of(other, number, before.link, desks, header) for other in others):
        return ChangeFinding(ChangeFault.REORDERED, number)
    linked = hmac.compare_digest(change.link, link_of(signed_content(change, before.link, header)))
    return ChangeFinding(ChangeFault.FORGED if linked else ChangeFault.CHANGED, number)


def _is_of(change: Change, number: int, before: bytes, desks: Mapping[str, bytes], header: bytes) -> bool:
    """Whether a change was signed for this number, after the change with this link."""
    content = signed_content(replace(change, number=number), before, header)
    return is_signed([desks.get(change.desk, b"")], change.signature, content)
