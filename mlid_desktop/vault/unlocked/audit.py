"""The audit of an unlocked vault: entries, checkpoints, and faults found in them."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.engine import Connection

from mlid_desktop.domain.audit import AuditEntry, AuditFact, AuditFault, AuditFinding, AuditReport, Checkpoint
from mlid_desktop.domain.errors import Code, UsageError, VaultError
from mlid_desktop.vault.audit import checkpoints
from mlid_desktop.vault.audit import log as audit_log
from mlid_desktop.vault.audit import verification as audit_verification
from mlid_desktop.vault.audit.export import export_lines
from mlid_desktop.vault.keys import desk_register
from mlid_desktop.vault.keys.slot_operations import signing_key
from mlid_desktop.vault.second_person import Act
from mlid_desktop.vault.store.changes import change_log
from mlid_desktop.vault.store.schema import CHECKPOINTS
from mlid_desktop.vault.store.transaction import require_tally
from mlid_desktop.vault.unlocked.state import VaultState

EVERY_ENTRY = 2**62


class Audit:
    """The audit of an unlocked vault: operators add entries; supervisors and auditors read them; everybody can have
    them checked."""

    def __init__(self, state: VaultState) -> None:
        self._state = state

    def append(self, event: str, facts: Mapping[str, AuditFact]) -> None:
        """Appends an entry with the operator's name. Raises ValueError for an event or fact that ``vault.audit.events``
        does not list."""
        self._state.record_alone(event, **facts)

    def entries(self, first: int = 1, last: int = EVERY_ENTRY) -> tuple[AuditEntry, ...]:
        """The audit entries between two numbers, both included. Raises VaultError(VAULT_DAMAGED) where one does not
        open under its number."""
        with self._state.reading(Act.READ_AUDIT) as connection:
            return tuple(audit_verification.read(connection, self._state.keys.audit, first, last))

    def check(self, untrusted_outside: bytes | None = None) -> AuditReport:
        """Checks the whole audit chain, also against every checkpoint and one that was kept outside; a fault is
        returned as a value. Raises UsageError where that is no checkpoint."""
        self._state.require(Act.VERIFY)
        outside = None if untrusted_outside is None else checkpoints.read_checkpoint(untrusted_outside)
        with self._state.database.reading() as connection:
            return self._report(connection, outside)

    def require_whole(self, connection: Connection) -> int:
        """Checks the whole audit chain as this connection sees it, and every change that is kept; gives the number of
        entries. Raises VaultError(VAULT_DAMAGED)."""
        state, report = self._state, self._report(connection, None)
        _require_nothing_found(report)
        signed = checkpoints.signed_change(checkpoints.read_checkpoints(connection))
        change_log.require_all(connection, state.identity.header, signed)
        desk_register.require_certified(connection, state.key_file.control.trusted_keys, state.identity)
        return report.entries

    def sign_checkpoint(self) -> Checkpoint:
        """Signs a checkpoint of audit and vault as they are, kept in the vault too; the log of changes before it is cut
        off, as the checkpoint covers it. Nothing is signed that does not hold: raises VaultError(VAULT_DAMAGED) naming
        the entry or change, VaultError(VAULT_NOT_PERMITTED)."""
        state = self._state
        state.require(Act.SIGN_CHECKPOINT)
        key = signing_key(state.keys.roots, state.identity)
        with state.database.reading() as connection:
            self.require_whole(connection)
        with state.changing() as transaction:
            state.record(transaction, "checkpoint.signed")
            sequence, link = transaction.counter(audit_log.COUNT), transaction.facts[audit_log.LINK]
            change = change_log.newest_point(transaction.facts)
            signed = checkpoints.sign(state.identity, sequence, link, change, transaction.now, key)
            checkpoints.store(transaction, signed)
            change_log.cut(transaction, change)
        return signed

    def newest_checkpoint(self) -> Checkpoint | None:
        """The newest checkpoint that a supervisor signed, None before the first."""
        with self._state.reading(Act.VERIFY) as connection:
            known = checkpoints.read_checkpoints(connection)
            return known[-1] if known else None

    def export(self) -> tuple[str, ...]:
        """Exports the audit as lines of JSON that can be checked without any key, the newest checkpoint at the end; the
        export is itself an entry of the audit."""
        state = self._state
        state.require(Act.READ_AUDIT)
        state.record_alone("audit.exported")
        with state.database.reading() as connection:
            known = checkpoints.read_checkpoints(connection)
            rows = audit_verification.sealed_rows(connection, state.keys.audit)
            return tuple(export_lines(state.identity, rows, known[-1] if known else None))

    def _report(self, connection: Connection, outside: Checkpoint | None) -> AuditReport:
        state = self._state
        chain = audit_verification.walk(connection, state.keys.audit)
        require_tally(connection, state.keys.subjects.marker, CHECKPOINTS)
        try:
            known = checkpoints.read_checkpoints(connection)
        except UsageError:
            raise VaultError(Code.VAULT_DAMAGED, what=CHECKPOINTS.name) from None
        generation, trusted = state.commits.head.generation, state.key_file.control.trusted_keys

        def finding(checkpoint: Checkpoint) -> AuditFinding | None:
            return checkpoints.finding(checkpoint, state.identity, trusted, chain.links, generation)

        found = chain.finding
        for checkpoint in known:
            found = found or finding(checkpoint)
        if outside is not None:
            found = finding(outside) if found is None else _sharper(found, finding(outside))
        checked = state.keys.audit.first is not None
        return AuditReport(chain.entries, len(known), checked, outside, found)


def _sharper(found: AuditFinding, outside: AuditFinding | None) -> AuditFinding:
    """The more specific of two findings: where a vault was put back as a whole and also changed, the change."""
    return outside if outside is not None and outside.fault is AuditFault.FORGED_CHECKPOINT else found


def _require_nothing_found(report: AuditReport) -> None:
    if report.finding is not None:
        where = f"audit entry {report.finding.entry}"
        raise VaultError(Code.VAULT_DAMAGED, what=where, how=report.finding.fault.value)
