"""Withdrawals of consent, each at once at this desk: where the register of its desks cannot take one, it is noted and
heeded here, and brought there at the next contact."""

from __future__ import annotations

from mlid_desktop.domain.errors import RegisterError
from mlid_desktop.domain.subjects import Withdrawal
from mlid_desktop.vault.callers.request_log import WITHDRAWN
from mlid_desktop.vault.second_person import Act
from mlid_desktop.vault.store.transaction import Transaction
from mlid_desktop.vault.subjects import consent_and_retention, repository
from mlid_desktop.vault.subjects.records import unsent_withdrawals
from mlid_desktop.vault.unlocked.callers import caller_facts
from mlid_desktop.vault.unlocked.enrolled.requests_about_people import settle
from mlid_desktop.vault.unlocked.state import VaultState


def withdraw(state: VaultState, subject_id: str, withdrawal: Withdrawal) -> bool:
    """Withdraws a person's consent; False where the register does not have it yet. Raises
    UsageError(USAGE_UNKNOWN_SUBJECT, USAGE_CONSENT_WITHDRAWN)."""
    state.require(Act.WITHDRAW)
    try:
        with state.sharing(lambda: state.note_changed(subject_id)) as transaction:
            caller = consent_and_retention.withdraw(transaction, subject_id, withdrawal, state.keys.subjects)
            _settle(transaction, state, subject_id, withdrawal, caller)
    except RegisterError:  # whatever it is: a person's word waits for no server
        with state.changing(lambda: state.note_changed(subject_id)) as transaction:
            record = repository.profile(transaction.connection, subject_id, state.keys.subjects)
            caller, given_at = consent_and_retention.caller_who_said(record), record.consent.given_at
            unsent_withdrawals.note(transaction, subject_id, withdrawal, given_at, state.keys.subjects)
            _settle(transaction, state, subject_id, withdrawal, caller)
        return False
    return True


def _settle(transaction: Transaction, state: VaultState, subject_id: str, withdrawal: Withdrawal, caller: str) -> None:
    """Part of withdrawing: the entry of the audit, and the answer to whoever had said so."""
    said_by = caller_facts(transaction.connection, state, caller) if caller else {}
    guardian = bool(withdrawal.guardian)
    state.record(transaction, "consent.withdrawn", subject=subject_id, guardian=guardian, **said_by)
    settle(transaction, state, subject_id, WITHDRAWN)
