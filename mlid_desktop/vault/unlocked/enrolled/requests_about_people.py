"""What requests of callers have to do with people of an unlocked vault: who was answered about whom, and withdrawals
that callers send."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlalchemy.engine import Connection

from mlid_desktop.domain.errors import RegisterError
from mlid_desktop.domain.subjects import Withdrawal
from mlid_desktop.vault.callers import request_log
from mlid_desktop.vault.callers.request_log import NOT_WITHDRAWN, STOPPED, TakenRequest, UndoReason
from mlid_desktop.vault.second_person import Act
from mlid_desktop.vault.store.transaction import Transaction
from mlid_desktop.vault.subjects import consent_and_retention, repository
from mlid_desktop.vault.subjects.records import unsent_withdrawals
from mlid_desktop.vault.unlocked.callers import caller_facts
from mlid_desktop.vault.unlocked.state import VaultState


@dataclass(frozen=True, slots=True)
class AnsweredRequest:
    """What a caller was answered about a person; ``caller_name`` as the audit has it, where it still does."""

    caller_name: str
    request: TakenRequest


class RequestedWithdrawals:
    """Withdrawals that callers send: nothing of the person is compared from then on, and an operator confirms it by
    withdrawing the consent with the person, or undoes it."""

    def __init__(self, state: VaultState) -> None:
        self._state = state

    def stop(self, request: TakenRequest) -> None:
        """Compares nothing of the person whom the request is about, durable when this returns: at this desk at once,
        also where the register of its desks cannot be reached. Raises UsageError(USAGE_UNKNOWN_SUBJECT,
        USAGE_CONSENT_WITHDRAWN)."""
        state, subject_id = self._state, request.subject_id
        state.require(Act.WITHDRAW)
        try:
            with state.sharing(lambda: state.note_changed(subject_id)) as transaction:
                said = Withdrawal(transaction.now, caller=request.caller_id)
                consent_and_retention.stop(transaction, subject_id, said, state.keys.subjects)
                self._take(transaction, request)
        except RegisterError:
            with state.changing(lambda: state.note_changed(subject_id)) as transaction:
                record = repository.profile(transaction.connection, subject_id, state.keys.subjects)
                if not consent_and_retention.caller_who_said(record):
                    said, given_at = Withdrawal(transaction.now, caller=request.caller_id), record.consent.given_at
                    unsent_withdrawals.note(transaction, subject_id, said, given_at, state.keys.subjects)
                self._take(transaction, request)

    def undo(self, subject_id: str, reason: UndoReason) -> None:
        """The person is compared as before: what a caller said did not hold. Raises UsageError(USAGE_UNKNOWN_SUBJECT;
        USAGE_BAD_ARGUMENT where there is nothing to undo)."""
        state = self._state
        state.require(Act.WITHDRAW)
        try:
            with state.sharing(lambda: state.note_changed(subject_id)) as transaction:
                caller_id = consent_and_retention.undo_stop(transaction, subject_id, state.keys.subjects)
                self._undone(transaction, subject_id, caller_id, reason)
        except RegisterError:
            with state.changing(lambda: state.note_changed(subject_id)) as transaction:
                found = unsent_withdrawals.unsent(transaction.connection, subject_id, state.keys.subjects)
                if found is None or not found.withdrawal.caller:  # the register has it
                    raise
                unsent_withdrawals.drop(transaction, subject_id)
                self._undone(transaction, subject_id, found.withdrawal.caller, reason)

    def waiting(self) -> tuple[str, ...]:
        """The people of whom a caller says that they take back consent, and nobody confirmed or undid it."""
        with self._state.reading(Act.READ_PEOPLE) as connection:
            return consent_and_retention.list_stopped(connection)

    def _take(self, transaction: Transaction, request: TakenRequest) -> None:
        state, subject_id = self._state, request.subject_id
        request_log.take(transaction, replace(request, outcome=STOPPED))
        facts = caller_facts(transaction.connection, state, request.caller_id)
        state.record(transaction, "comparisons.stopped", subject=subject_id, request=request.request_id, **facts)

    def _undone(self, transaction: Transaction, subject_id: str, caller_id: str, reason: UndoReason) -> None:
        state = self._state
        facts = caller_facts(transaction.connection, state, caller_id)
        state.record(transaction, "withdrawal.undone", subject=subject_id, reason=reason.value, **facts)
        settle(transaction, state, subject_id, NOT_WITHDRAWN)


def settle(transaction: Transaction, state: VaultState, subject_id: str, outcome: str) -> None:
    """Part of confirming or undoing: the requests by which comparisons of the person were stopped are answered."""
    for request in request_log.settle(transaction, subject_id, outcome):
        facts = caller_facts(transaction.connection, state, request.caller_id)
        told = {"request": request.request_id, "outcome": outcome, "subject": subject_id}
        state.record(transaction, "request.answered", **told, **facts)


def answers_about(connection: Connection, subject_id: str, names: Mapping[str, str]) -> tuple[AnsweredRequest, ...]:
    """What callers were answered about a person, the oldest first; ``names`` are those that the audit has for callers,
    so that one that was revoked is named too."""
    taken = request_log.requests_about(connection, subject_id)
    return tuple(AnsweredRequest(names.get(request.caller_id, ""), request) for request in taken)
