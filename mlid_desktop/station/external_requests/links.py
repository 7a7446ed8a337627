"""Links of the scheme ``mlid``: what one may say, and how many are taken. Without clock, thread or disk: a moment is
handed in as seconds that never run backwards.

A link comes from whoever can have one opened, a web page that nobody admitted included. It names a request that stands
at the desk already, by the identifier that its caller alone knows, or nothing but a number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from enum import StrEnum
from urllib.parse import quote, unquote_to_bytes

from mlid_desktop.domain.text import is_seen, is_shown
from mlid_desktop.station.external_requests.request_book import WAITS_S, Key
from mlid_desktop.station.text.language import N_ as _

SCHEME = "mlid"
MAXIMUM_LINK = 1024  # characters: 64 of a number, each written as twelve
MAXIMUM_NUMBER = 64
NOTICES = 10  # of numbers that nobody vouches for
NOTICES_S = 3600.0
MOST_FOLLOWED = 200
# Nothing but what RFC 3986 leaves unreserved, and bytes in hex: no blank, quote, line break or second part.
LINK = re.compile(r"[mM][lL][iI][dD]:(request|person)/((?:[A-Za-z0-9._~-]|%[0-9A-Fa-f]{2})+)", re.ASCII)
REQUEST = re.compile(r"[0-9a-f]{32}", re.ASCII)


class LinkOutcome(StrEnum):
    """What became of a link; all but SHOWN leave nothing behind."""

    SHOWN = "shown"
    MALFORMED = "malformed"
    BUSY = "busy"  # the notice of an earlier link stands
    TOO_MANY = "too_many"  # in an hour
    LOCKED = "locked"
    UNKNOWN = "unknown"  # no such request waits
    USED = "used"  # the link was followed before


OUTCOME_TEXTS = {
    LinkOutcome.SHOWN: _("The window of the desk shows it."),
    LinkOutcome.MALFORMED: _("That is no link for this desk."),
    LinkOutcome.BUSY: _("The desk shows another link. Follow this one again when that is done."),
    LinkOutcome.TOO_MANY: _("Links brought the most numbers of an hour ({most}). Type the number at the desk."),
    LinkOutcome.LOCKED: _("The vault is locked. Unlock it, and follow the link again."),
    LinkOutcome.UNKNOWN: _("No request of this link waits at the desk. Send it again."),
    LinkOutcome.USED: _("The link was followed before. Send a new request."),
}


class LinkMalformedError(Exception):
    """A link that says nothing this desk knows."""


@dataclass(frozen=True, slots=True)
class DeskLink:
    """A link: the identifier of a ``request``, or else a ``number``."""

    request: str = field(default="", repr=False)
    number: str = field(default="", repr=False)

    def written(self) -> str:
        """The link as it is opened."""
        if self.request:
            return f"{SCHEME}:request/{self.request}"
        return f"{SCHEME}:person/{quote(self.number, safe='')}"


def read_link(untrusted: str) -> DeskLink:
    """What a link says. Raises LinkMalformedError."""
    found = LINK.fullmatch(untrusted) if len(untrusted) <= MAXIMUM_LINK else None
    if found is None:
        raise LinkMalformedError
    what, said = found.groups()
    if what == "request":
        if not REQUEST.fullmatch(said):
            raise LinkMalformedError
        return DeskLink(request=said)
    try:
        number = unquote_to_bytes(said).decode("utf-8")
    except UnicodeDecodeError:
        raise LinkMalformedError from None
    if len(number) > MAXIMUM_NUMBER or not is_seen(number) or not is_shown(number):
        raise LinkMalformedError
    return DeskLink(number=number)


@dataclass(frozen=True, slots=True)
class LinkBook:
    """What links brought: the ``number`` that is shown since ``since``, the request that one named last, which ones
    were named before, when numbers were shown in the last hour, and how many links were ``refused`` for the lock."""

    number: str = field(default="", repr=False)
    since: float = 0.0
    named: Key | None = None
    followed: tuple[str, ...] = ()
    moments: tuple[float, ...] = ()
    refused: int = 0

    def show(self, number: str, now: float) -> tuple[LinkBook, LinkOutcome]:
        """The book with a number that a link brought."""
        book = self.at(now)
        if book.number:
            return book, LinkOutcome.BUSY
        if len(book.moments) >= NOTICES:
            return book, LinkOutcome.TOO_MANY
        return replace(book, number=number, since=now, moments=(*book.moments, now)), LinkOutcome.SHOWN

    def refuse(self, now: float) -> tuple[LinkBook, LinkOutcome]:
        """The book with a link that came while the vault was locked, which is said as often as numbers are shown."""
        book = self.at(now)
        if len(book.moments) >= NOTICES:
            return book, LinkOutcome.TOO_MANY
        return replace(book, number="", moments=(*book.moments, now), refused=book.refused + 1), LinkOutcome.LOCKED

    def name(self, key: Key | None, request: str) -> tuple[LinkBook, LinkOutcome]:
        """The book with a link that named a request, ``key`` where that waits; a link is followed once."""
        if request in self.followed:
            return self, LinkOutcome.USED
        if key is None:
            return self, LinkOutcome.UNKNOWN
        followed = (*self.followed, request)[-MOST_FOLLOWED:]
        return replace(self, named=key, followed=followed), LinkOutcome.SHOWN

    def dismiss(self) -> LinkBook:
        """The operator opened or dismissed the number; that it was shown still counts."""
        return replace(self, number="")

    def at(self, now: float) -> LinkBook:
        """The book at this moment: a number that nobody opened is gone after two minutes."""
        moments = tuple(moment for moment in self.moments if now - moment < NOTICES_S)
        stands = self.number if now - self.since < WAITS_S else ""
        return replace(self, number=stands, moments=moments)
