"""Migrates a vault of format 2 to format 3, which adds who made each slot and when, the vault's own time, and notices
(FORMAT.md, section 14).

Whoever adds to format 3 while it is not released adds here: a table needs nothing, it is made empty; a column needs a
default on the server in ``store/schema.py``, and stands last in its table; what has to be computed is computed in
:func:`complete`, which restoring a backup of an earlier format calls as well.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from mlid_desktop.domain.audit import AuditEntry
from mlid_desktop.vault.audit import log as audit_log
from mlid_desktop.vault.audit.log import AuditKeys
from mlid_desktop.vault.audit.verification import read as read_entries
from mlid_desktop.vault.figures import figure_store
from mlid_desktop.vault.keys.key_file import KeyFile
from mlid_desktop.vault.keys.slot_operations import RECOVERY_NAME
from mlid_desktop.vault.keys.slot_register import SlotOrigin, register
from mlid_desktop.vault.store.transaction import FORMAT, NEWEST_TIME, Transaction
from mlid_desktop.vault.subjects import repository, shared_numbers
from mlid_desktop.vault.subjects.subject_keys import SubjectKeys

LOOKED_BACK = timedelta(hours=24)
ENTRIES_AT_A_TIME = 200


def complete(transaction: Transaction, key_file: KeyFile, keys: AuditKeys) -> None:
    """Adds everything that a vault of format 2 lacks, as rows and facts. Does nothing to a vault of format 3. Raises
    VaultError(VAULT_DAMAGED)."""
    if transaction.counter(FORMAT) >= 3:
        return
    transaction.set_counter(FORMAT, 3)
    figure_store.count_entries(
        transaction, read_entries(transaction.connection, keys, 1, transaction.counter(audit_log.COUNT))
    )
    recent = _recent_makers(transaction, keys)
    for grant in key_file.control.grants:
        maker = recent.get(grant.name)
        if maker is None:
            register(transaction, grant, SlotOrigin.CARRIED)
        else:
            register(transaction, grant, maker[0], maker[1])


def compare_numbers_anew(transaction: Transaction, keys: SubjectKeys) -> None:
    """Makes the index of numbers as numbers are compared now. People whose numbers become equal are neither merged nor
    refused: they share the number. For a vault of format 2 alone; a transfer of rows makes the index by itself. Raises
    VaultError(VAULT_DAMAGED)."""
    if transaction.counter(FORMAT) < 3:
        shared_numbers.migrate(transaction, repository.everybody(transaction.connection, keys), keys)


def _recent_makers(transaction: Transaction, keys: AuditKeys) -> dict[str, tuple[SlotOrigin, str]]:
    """The origins and makers of slots made in the last day that the audit saw: these wait, as if made now."""
    stored = transaction.facts.get(NEWEST_TIME)
    newest = transaction.now if stored is None else datetime.fromisoformat(stored.decode())
    since = max(newest, transaction.now) - LOOKED_BACK
    found: dict[str, tuple[SlotOrigin, str]] = {}
    for entry in _entries_since(transaction, keys, since):
        by = str(entry.facts.get("operator", ""))
        if entry.event == "operator.added":
            found[str(entry.facts.get("added", ""))] = (SlotOrigin.ADDED, by)
        elif entry.event == "operator.changed":
            recovered = by == RECOVERY_NAME
            how = SlotOrigin.RECOVERED if recovered else SlotOrigin.RESET
            found[str(entry.facts.get("changed", ""))] = (how, "" if recovered else by)
    return found


def _entries_since(transaction: Transaction, keys: AuditKeys, since: datetime) -> list[AuditEntry]:
    last = transaction.counter(audit_log.COUNT)
    found: list[AuditEntry] = []
    while last > 0:
        first = max(1, last - ENTRIES_AT_A_TIME + 1)
        entries = list(read_entries(transaction.connection, keys, first, last))
        found = [entry for entry in entries if entry.at >= since] + found
        if not entries or entries[0].at < since:
            break
        last = first - 1
    return found
