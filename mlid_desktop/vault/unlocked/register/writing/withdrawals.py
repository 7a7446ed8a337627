"""Brings withdrawals that are noted at a desk into the register of its desks, before anything else."""

from __future__ import annotations

from contextlib import suppress

from mlid_desktop.domain.errors import UsageError
from mlid_desktop.domain.subjects import Standing, Withdrawal
from mlid_desktop.vault.store.transaction import Transaction
from mlid_desktop.vault.subjects import consent_and_retention, repository
from mlid_desktop.vault.subjects.records import unsent_withdrawals
from mlid_desktop.vault.subjects.records.unsent_withdrawals import ANOTHER_DESK
from mlid_desktop.vault.unlocked.state import VaultState


def bring_withdrawals(transaction: Transaction, state: VaultState) -> None:
    """Brings every withdrawal that is noted into a change of what desks share. Raises VaultError."""
    for subject_id in unsent_withdrawals.standings(transaction.connection):
        if repository.is_known(transaction.connection, subject_id):  # an erasure stands
            outcome = _bring(transaction, state, subject_id)
            state.record(transaction, "withdrawal.brought", subject=subject_id, outcome=outcome.value)
        unsent_withdrawals.drop(transaction, subject_id)


def _bring(transaction: Transaction, state: VaultState, subject_id: str) -> Standing:
    """Withdraws the consent that was taken back. Where another desk took a new one meanwhile nobody can say which came
    later, as clocks differ: then nothing is compared, at any desk, until an operator asked the person."""
    keys, connection = state.keys.subjects, transaction.connection
    found = unsent_withdrawals.unsent(connection, subject_id, keys)
    assert found is not None  # the caller has its name
    said = found.withdrawal
    if found.given_at != repository.profile(connection, subject_id, keys).consent.given_at:
        said = Withdrawal(said.at, caller=said.caller or ANOTHER_DESK)
    bring = consent_and_retention.stop if said.caller else consent_and_retention.withdraw
    with suppress(UsageError):  # another desk withdrew it too
        bring(transaction, subject_id, said, keys)
    return Standing.STOPPED if said.caller else Standing.WITHDRAWN
