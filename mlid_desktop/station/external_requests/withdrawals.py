"""Withdrawals that callers send: comparisons of the person stop at once, and an operator confirms the withdrawal with
the person or undoes it. Call on the vault thread."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from mlid_desktop.domain.roles import Act, may
from mlid_desktop.domain.subjects import ConsentUse, Standing, SubjectSummary
from mlid_desktop.station.external_requests.request_book import ExternalRequest
from mlid_desktop.station.services.vault_session import VaultSession
from mlid_desktop.station.text.language import N_ as _
from mlid_desktop.vault.callers.caller import RequestKind
from mlid_desktop.vault.callers.request_log import (
    ENROLLED,
    NOT_WITHDRAWN,
    OPEN,
    STOPPED,
    WITHDRAWN,
    TakenRequest,
    UndoReason,
)
from mlid_desktop.vault.subjects.records.unsent_withdrawals import ANOTHER_DESK

__all__ = [
    "ANOTHER_DESK",
    "UNDO_REASONS",
    "WITHDRAWALS_A_DAY",
    "RequestedWithdrawal",
    "UndoReason",
    "WithdrawalRequests",
]

WITHDRAWALS_A_DAY = 20  # of one caller
COUNTED = frozenset({OPEN, STOPPED, WITHDRAWN, NOT_WITHDRAWN})
UNDO_REASONS = {
    UndoReason.PERSON_DISAGREES: _("The person says that they did not take it back"),
    UndoReason.SOMEBODY_ELSE: _("It was about somebody else"),
    UndoReason.MISTAKE: _("The program sent it by mistake"),
}


@dataclass(frozen=True, slots=True)
class RequestedWithdrawal:
    """A withdrawal that waits for an operator: of whom, and which program said so when. ``caller_name`` is empty once
    the program was taken out, and where one desk took consent back and another a new one."""

    subject: SubjectSummary = field(repr=False)
    caller_name: str
    since: datetime


class WithdrawalRequests:
    """Withdrawals that other programs ask for: stopped at once, then confirmed or undone by an operator. Each method
    raises VaultError where the operator's role does not allow it."""

    def __init__(self, session: VaultSession) -> None:
        self._session = session
        self._callers = session.vault.callers

    def stop(self, request: ExternalRequest) -> SubjectSummary | None:
        """Compares nothing of the person from now on, durable when this returns; None, and nothing is done, where the
        caller had not enrolled the person, had its withdrawals of a day, or was answered under this identifier."""
        if not may(self._session.operator, Act.WITHDRAW) or self.had_enough(request):
            return None
        people = self._session.people_with(request.number)
        if len(people) != 1 or not self._may_stop(people[0], request):
            return None
        person, before = people[0], self._callers.taken(*request.key)
        if before is not None and before.outcome != OPEN:
            return person if (before.outcome, before.subject_id) == (STOPPED, person.subject_id) else None
        now = self._session.now()
        taken = TakenRequest(*request.key, request.kind, request.digest, STOPPED, now, person.subject_id)
        self._session.vault.requested_withdrawals.stop(taken)
        return person

    def undo(self, subject: SubjectSummary, reason: UndoReason) -> None:
        """The person is compared as before. Raises UsageError(USAGE_BAD_ARGUMENT) where there is nothing to undo."""
        self._session.vault.requested_withdrawals.undo(subject.subject_id, reason)

    def waiting(self) -> tuple[RequestedWithdrawal, ...]:
        """The withdrawals that wait for an operator, the oldest first."""
        vault, names = self._session.vault, {caller.caller_id: caller.name for caller in self._callers.all()}
        found = []
        for subject in vault.people.those(vault.requested_withdrawals.waiting()).values():
            said = vault.record(subject.subject_id).withdrawal
            if said is not None:
                found.append(RequestedWithdrawal(subject, names.get(said.caller, ""), said.at))
        return tuple(sorted(found, key=lambda withdrawal: withdrawal.since))

    def had_enough(self, request: ExternalRequest) -> bool:
        """Whether the caller had its withdrawals of a day, besides this one."""
        since = self._session.now() - timedelta(days=1)
        others = [
            taken
            for taken in self._callers.recent_requests()
            if (taken.caller_id, taken.kind) == (request.caller_id, RequestKind.WITHDRAW)
            and taken.request_id != request.request_id
            and taken.outcome in COUNTED
            and taken.at > since
        ]
        return len(others) >= WITHDRAWALS_A_DAY

    def _may_stop(self, person: SubjectSummary, request: ExternalRequest) -> bool:
        consent, own = self._session.vault.record(person.subject_id).consent, (request.caller_id, ENROLLED)
        agreed = ConsentUse.ANSWERS in consent.covers and consent.purpose == request.purpose
        enrolled = any((taken.caller_id, taken.outcome) == own for taken in self._callers.about(person.subject_id))
        return person.standing is not Standing.WITHDRAWN and agreed and enrolled
