"""What waits at the desk: enrolments to resume, records that are due, a backup that is overdue; and what was done
today."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from mlid_desktop.decision.site_calibration.score_history import Drift
from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.decisions import Verdict
from mlid_desktop.domain.errors import MlidError
from mlid_desktop.domain.roles import Act, may
from mlid_desktop.domain.subjects import Details, SubjectSummary
from mlid_desktop.station.drafts.enrolment_draft import details_in
from mlid_desktop.station.drafts.search_draft import candidates_in
from mlid_desktop.station.services.attempt_releases import AttemptReleases, RecentSuspicions
from mlid_desktop.station.services.site_calibrations import detect_drift, made_for_another_model
from mlid_desktop.station.services.subject_rights import SubjectRightsService
from mlid_desktop.station.services.vault_session import VaultSession
from mlid_desktop.vault.subjects.drafts import DraftKind

BACKUP_EVERY = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class PendingEnrolment:
    """An enrolment that can be resumed until ``expires_at``."""

    name: str
    details: Details = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class PendingSearch:
    """A search left to another operator: ``candidates`` wait for review until ``expires_at``."""

    name: str
    candidates: int
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class DayCounts:
    """How many enrolments, checks and searches were made at this vault since the day began, whoever made them."""

    enrolled: int = 0
    accepted: int = 0
    rejected: int = 0
    inconclusive: int = 0
    searches: int = 0


@dataclass(frozen=True, slots=True)
class PendingWork:
    """The pending work: ``due`` people whose record is to be erased by today; ``sharing`` people who share a number and
    are to be told apart; ``backup_due`` where people are kept and none of them is in a backup of the last seven days;
    ``suspicions`` of an attack in the last days, by person and by device; ``to_renew`` people who are still compared by
    an earlier extractor, until their next accepted visit: nobody has to do anything for that. ``clock`` is the time
    that the vault goes by where the machine's clock is wrong; ``may_trust_clock`` whether this operator may say that it
    is right. ``today`` counts what was done since the day began. ``drifts`` is what moved of scores and quality;
    ``calibrate_again`` of which modalities the site's own calibration was made for another model;
    ``withdrawals`` are those that another program sent and that are to be confirmed or undone; ``alike`` are pairs whom
    two desks enrolled at about the same time, and who may be one person; ``silent`` names desks of a register that said
    nothing for thirty days, at the desk that leads it."""

    drafts: tuple[PendingEnrolment, ...] = ()
    searches: tuple[PendingSearch, ...] = ()
    due: int = 0
    backup_due: bool = False
    sharing: int = 0
    suspicions: RecentSuspicions = field(default_factory=RecentSuspicions)
    to_renew: int = 0
    clock: datetime | None = None
    may_trust_clock: bool = False
    today: DayCounts = DayCounts()
    drifts: tuple[Drift, ...] = ()
    calibrate_again: tuple[Modality, ...] = ()
    withdrawals: int = 0
    alike: tuple[tuple[SubjectSummary, SubjectSummary], ...] = ()
    silent: tuple[str, ...] = ()

    @property
    def number(self) -> int:
        """Number of all pending items."""
        to_release = sum(person.may_release for person in self.suspicions.people)
        waiting = len(self.drafts) + len(self.searches) + to_release
        waiting += bool(self.withdrawals) + len(self.alike) + len(self.silent)
        return waiting + bool(self.due) + self.backup_due + bool(self.sharing) + (self.clock is not None)


def read_pending_work(session: VaultSession) -> PendingWork:
    """Reads the pending work, as far as the operator may know of it. Call on the vault thread."""
    operator = session.operator
    drafts = tuple(_drafts(session)) if may(operator, Act.ENROL) else ()
    rights = SubjectRightsService(session)
    due = len(rights.due()) if may(operator, Act.READ_PEOPLE) else 0
    sharing = sum(map(len, rights.sharing_numbers())) if may(operator, Act.CHANGE_NUMBER) else 0
    searches = tuple(_searches(session)) if may(operator, Act.ENROL) and may(operator, Act.DECIDE_SEARCH) else ()
    suspicions = AttemptReleases(session).recent() if may(operator, Act.READ_PEOPLE) else RecentSuspicions()
    backup_due = may(operator, Act.BACK_UP) and _backup_due(session)
    to_renew = len(rights.to_renew()) if may(operator, Act.READ_PEOPLE) else 0
    clock = session.now() if session.clock_is_wrong else None
    may_trust = may(operator, Act.SET_CLOCK)
    today = read_day_counts(session) if may(operator, Act.VERIFY) else DayCounts()
    watches = may(operator, Act.SEE_SCORES)
    drifts = detect_drift(session) if watches else ()
    again = made_for_another_model(session) if watches else ()
    withdrawals = len(session.vault.requested_withdrawals.waiting()) if may(operator, Act.WITHDRAW) else 0
    found = drafts, searches, due, backup_due, sharing, suspicions, to_renew, clock, may_trust, today, drifts, again
    decides = may(operator, Act.READ_PEOPLE) and may(operator, Act.DECIDE_SEARCH)
    silent = session.vault.register.silent if may(operator, Act.GOVERN) else ()
    return PendingWork(*found, withdrawals, read_alike(session) if decides else (), silent)


def read_alike(session: VaultSession) -> tuple[tuple[SubjectSummary, SubjectSummary], ...]:
    """Pairs whom two desks enrolled at about the same time, and who may be one person under two numbers. Raises
    VaultError."""
    pairs = session.vault.register.newcomers.alike()
    people = session.vault.people.those({person for pair in pairs for person in pair})
    return tuple((people[first], people[second]) for first, second in pairs)


def read_day_counts(session: VaultSession) -> DayCounts:
    """Counts what was done today, at this vault. Call on the vault thread."""
    counts = session.vault.figures.acts_of_today()

    def of(act: str) -> int:
        return sum(number for name, number in counts.items() if f"{name}/".startswith(f"{act}/"))

    def checks(verdict: Verdict) -> int:
        return of(f"verification.decided/{verdict.value}")

    return DayCounts(
        of("enrolment.saved"),
        checks(Verdict.ACCEPTED),
        checks(Verdict.REJECTED),
        checks(Verdict.INCONCLUSIVE),
        of("identification.closed"),
    )


def _drafts(session: VaultSession) -> Iterator[PendingEnrolment]:
    for draft in session.vault.drafts.all():
        if draft.kind is DraftKind.ENROLMENT:
            with suppress(MlidError):  # made by another version of the program: it expires by itself
                whom = details_in(session.vault.drafts.load(draft.draft_id))
                yield PendingEnrolment(draft.draft_id, whom, draft.expires_at)


def _searches(session: VaultSession) -> Iterator[PendingSearch]:
    for draft in session.vault.drafts.all():
        if draft.kind is DraftKind.SEARCH:
            with suppress(MlidError):  # as above
                candidates = candidates_in(session.vault.drafts.load(draft.draft_id))
                yield PendingSearch(draft.draft_id, candidates, draft.expires_at)


def _backup_due(session: VaultSession) -> bool:
    if session.demo or not session.vault.people.count():
        return False
    newest = max((backup.made_at for backup in session.vault.backups.all()), default=None)
    return newest is None or session.now() - newest > BACKUP_EVERY
