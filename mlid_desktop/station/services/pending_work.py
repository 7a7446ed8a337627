"""What waits for somebody at the desk: enrolments to resume, records that are due, a backup that is overdue."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from mlid_desktop.domain.errors import MlidError
from mlid_desktop.domain.roles import Act, may
from mlid_desktop.domain.subjects import Details
from mlid_desktop.station.drafts.enrolment_draft import whose
from mlid_desktop.station.drafts.search_draft import candidates_in
from mlid_desktop.station.services.vault_session import Desk

BACKUP_EVERY = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class WaitingDraft:
    """An enrolment that can be resumed until ``expires_at``."""

    name: str
    details: Details = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class WaitingSearch:
    """A search of which somebody could not tell: ``candidates`` wait until ``expires_at`` for another's eyes."""

    name: str
    candidates: int
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class PendingWork:
    """``due`` people whose record is to be erased by today; ``backup_due`` where people are kept and none of them is in
    a backup of the last seven days."""

    drafts: tuple[WaitingDraft, ...] = ()
    hits: tuple[WaitingSearch, ...] = ()
    due: int = 0
    backup_due: bool = False

    @property
    def number(self) -> int:
        """Of all of it."""
        return len(self.drafts) + len(self.hits) + bool(self.due) + self.backup_due


def read_pending_work(desk: Desk) -> PendingWork:
    """As far as whoever is at the desk may know. Call on the vault thread."""
    operator = desk.vault.operator
    drafts = tuple(_drafts(desk)) if may(operator, Act.ENROL) else ()
    due = len(desk.due()) if may(operator, Act.READ_PEOPLE) else 0
    hits = tuple(_hits(desk)) if may(operator, Act.ENROL) and may(operator, Act.DECIDE_SEARCH) else ()
    return PendingWork(drafts, hits, due, may(operator, Act.BACK_UP) and _backup_due(desk))


def _drafts(desk: Desk) -> Iterator[WaitingDraft]:
    for one in desk.drafts():
        try:
            yield WaitingDraft(one.draft_id, whose(desk.vault.load_draft(one.draft_id)), one.expires_at)
        except MlidError:
            continue  # made by another version of the program: it expires by itself


def _hits(desk: Desk) -> Iterator[WaitingSearch]:
    for one in desk.drafts():
        try:
            candidates = candidates_in(desk.vault.load_draft(one.draft_id))
        except MlidError:
            continue  # as above
        if candidates:
            yield WaitingSearch(one.draft_id, candidates, one.expires_at)


def _backup_due(desk: Desk) -> bool:
    if desk.vault.identity.demo or not desk.vault.directory():
        return False
    newest = max((one.made_at for one in desk.vault.backups()), default=None)
    return newest is None or desk.now() - newest > BACKUP_EVERY
