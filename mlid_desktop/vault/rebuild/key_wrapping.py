"""Wraps the keys of whole buckets anew, so that nothing deleted in them can be opened any more (FORMAT.md, 5)."""

from __future__ import annotations

from collections.abc import Callable, Collection

from mlid_desktop.vault.keyring import IN_FORCE, VaultKeys, wraps_name
from mlid_desktop.vault.store.transaction import Transaction
from mlid_desktop.vault.subjects import attack_tests, drafts, repository
from mlid_desktop.vault.subjects.records import portraits
from mlid_desktop.vault.subjects.subject_keys import SubjectKeys


def wrap_anew(
    transaction: Transaction,
    old: SubjectKeys,
    successor: VaultKeys,
    buckets: Collection[int],
    progress: Callable[[float], None] = lambda _: None,
) -> None:
    """Wraps every key in these buckets under the successor's bucket keys, which are in force from then on. ``progress``
    is told how much of it is done, from 0 to 1. Raises VaultError(VAULT_DAMAGED)."""
    new = successor.subjects
    for done, bucket in enumerate(sorted(buckets)):
        progress(done / len(buckets))
        repository.rewrap(transaction, old, new, bucket)
        portraits.rewrap(transaction, old, new, bucket)
    if attack_tests.BUCKET in buckets:
        attack_tests.rewrap(transaction, old, new)
    drafts.rewrap(transaction, old, new)  # at most 16
    transaction.facts[IN_FORCE] = wraps_name(successor.wrapped)
