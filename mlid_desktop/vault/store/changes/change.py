"""A change of the vault as a desk signs it: which rows went and came, and what state it left (FORMAT.md, 21).

Pure: bytes in, bytes out. The folder vault writes changes into a table of its own, a register into another; both check
them with :mod:`.chain`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final, Protocol

from mlid_desktop.vault.crypto.envelope import bind
from mlid_desktop.vault.crypto.multiset_hash import Tally

MARK_BYTES: Final = 32
NUMBER_BYTES: Final = 8
LINK_BYTES: Final = 32
POINT_BYTES: Final = NUMBER_BYTES + LINK_BYTES
FIRST_LINK: Final = bytes(LINK_BYTES)  # stands before the first change


class Signer(Protocol):
    """A desk, as far as it signs changes."""

    @property
    def desk(self) -> str:
        """Identifier of the desk, 32 hex digits."""
        ...

    def sign(self, content: bytes) -> bytes:
        """The desk's Ed25519 signature over the content, 64 bytes."""
        ...


@dataclass(frozen=True, slots=True)
class Point:
    """A point in the chain of changes: the number of a change, and its link (32 bytes)."""

    number: int
    link: bytes

    def written(self) -> bytes:
        """The point as 40 bytes."""
        return self.number.to_bytes(NUMBER_BYTES, "big") + self.link

    @classmethod
    def read(cls, written: bytes) -> Point:
        """The inverse of :meth:`written`. Raises ValueError for another length."""
        if len(written) != POINT_BYTES:
            raise ValueError("no point of a chain")
        return cls(int.from_bytes(written[:NUMBER_BYTES], "big"), written[NUMBER_BYTES:])


@dataclass(frozen=True, slots=True)
class Change:
    """One change of the vault. ``desk`` made it (32 hex digits); ``act`` is the event of the audit that stands for it,
    ``subject`` whom it was about or "". ``digest`` covers the rows that went and came (:func:`digest_of`), ``tallies``
    the state after it (:func:`tallies_digest`), ``audit_link`` the newest entry of the audit then. ``link`` is the
    SHA-256 of all that and of the link before; ``signature`` the desk's."""

    number: int
    desk: str
    act: str
    subject: str
    digest: bytes
    tallies: bytes
    audit_link: bytes
    link: bytes = b""
    signature: bytes = b""

    @property
    def point(self) -> Point:
        """Where the chain stands after this change."""
        return Point(self.number, self.link)


def signed_change(bare: Change, before: bytes, header: bytes, signer: Signer) -> Change:
    """A change with its link and signature. ``before`` is the link of the change before it, ``header`` the vault's."""
    content = signed_content(bare, before, header)
    return replace(bare, link=link_of(content), signature=signer.sign(content))


def signed_content(change: Change, before: bytes, header: bytes) -> bytes:
    """The bytes that a change's link and signature are computed over."""
    return bind(
        b"change",
        header,
        change.number.to_bytes(NUMBER_BYTES, "big"),
        before,
        change.desk.encode(),
        change.act.encode(),
        change.subject.encode(),
        change.digest,
        change.tallies,
        change.audit_link,
    )


def link_of(content: bytes) -> bytes:
    """The link of a change, from what it covers."""
    return hashlib.sha256(content).digest()


def digest_of(gone: Iterable[int], come: Iterable[int]) -> bytes:
    """The digest of the marks of rows that a change removed and of those that it added, in whatever order. A row that
    it added and removed again counts for neither."""
    net: dict[int, int] = {}
    for mark in gone:
        net[mark] = net.get(mark, 0) - 1
    for mark in come:
        net[mark] = net.get(mark, 0) + 1
    removed = sorted(mark for mark, times in net.items() for _ in range(-times))
    added = sorted(mark for mark, times in net.items() for _ in range(times))
    return hashlib.sha256(bind(_joined(removed), _joined(added))).digest()


def tallies_digest(tallies: Mapping[str, bytes]) -> bytes:
    """The digest of the state: of every table's tally, written as 40 bytes, by the table's name. A table without rows
    counts like a table that is not there."""
    empty = Tally().written()
    kept = {name: tally for name, tally in tallies.items() if tally not in {b"", empty}}
    parts = [part for name in sorted(kept) for part in (name.encode(), kept[name])]
    return hashlib.sha256(bind(*parts)).digest()


def _joined(marks: Iterable[int]) -> bytes:
    return b"".join(mark.to_bytes(MARK_BYTES, "big") for mark in marks)
