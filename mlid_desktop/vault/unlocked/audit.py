"""The part of an unlocked vault that keeps the audit: entries, checkpoints, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.engine import Connection

from mlid_desktop.domain.audit import AuditEntry, AuditFact, AuditFault, AuditFinding, AuditReport, Checkpoint
from mlid_desktop.domain.errors import Code, UsageError, VaultError
from mlid_desktop.vault.audit import checkpoints
from mlid_desktop.vault.audit import log as audit_log
from mlid_desktop.vault.audit import verification as audit_verification
from mlid_desktop.vault.audit.export import export_lines
from mlid_desktop.vault.keys.slot_operations import signing_key
from mlid_desktop.vault.second_person import Act
from mlid_desktop.vault.store.schema import CHECKPOINTS
from mlid_desktop.vault.store.transaction import require_tally
from mlid_desktop.vault.unlocked.state import Workings

EVERY_ENTRY = 2**62


class Trail(Workings):
    """Whoever is at the desk adds entries; supervisors and auditors read them; everybody can have them checked."""

    def append_audit(self, event: str, facts: Mapping[str, AuditFact]) -> None:
        """One more entry, with the name of who is at the desk. Raises ValueError for an event or fact that
        ``vault.audit.events`` does not list."""
        self._require_open()
        self._note(event, **facts)

    def audit_entries(self, first: int = 1, last: int = EVERY_ENTRY) -> tuple[AuditEntry, ...]:
        """Entries by number, both included. Raises VaultError(VAULT_DAMAGED) where one does not open in its place."""
        with self._reading(Act.READ_AUDIT) as connection:
            return tuple(audit_verification.read(connection, self._keys.audit, first, last))

    def check_audit(self, untrusted_outside: bytes | None = None) -> AuditReport:
        """Reads the whole chain and holds it against every checkpoint, also against one that was kept outside. What is
        wrong is a value. Raises UsageError where that is no checkpoint."""
        self._require(Act.VERIFY)
        outside = None if untrusted_outside is None else checkpoints.read_checkpoint(untrusted_outside)
        with self._database.reading() as connection:
            return self._report(connection, outside)

    def sign_checkpoint(self) -> Checkpoint:
        """A supervisor's signature over audit and vault as they are, kept in the vault too. Nothing is signed that does
        not hold: raises VaultError(VAULT_DAMAGED) naming the entry, VaultError(VAULT_NOT_PERMITTED)."""
        self._require(Act.SIGN_CHECKPOINT)
        key = signing_key(self._keys.roots, self.identity)
        with self._database.reading() as connection:
            _require_whole(self._report(connection, None))
        with self._change() as change:
            self._enter(change, "checkpoint.signed")
            place, link = change.counter(audit_log.COUNT), change.facts[audit_log.LINK]
            generation = self._generations.head.generation + 1
            signed = checkpoints.sign(self.identity, place, link, generation, change.now, key)
            checkpoints.store(change, signed)
        return signed

    def newest_checkpoint(self) -> Checkpoint | None:
        """The last one that a supervisor signed, None before the first."""
        with self._reading(Act.VERIFY) as connection:
            known = checkpoints.stored(connection)
            return known[-1] if known else None

    def export_audit(self) -> tuple[str, ...]:
        """Lines of JSON that can be checked without any key, the newest checkpoint at the end; the export is itself an
        entry of the audit."""
        self._require(Act.READ_AUDIT)
        self.append_audit("audit.exported", {})
        with self._database.reading() as connection:
            known = checkpoints.stored(connection)
            rows = audit_verification.sealed_rows(connection, self._keys.audit)
            return tuple(export_lines(self.identity, rows, known[-1] if known else None))

    def _report(self, connection: Connection, outside: Checkpoint | None) -> AuditReport:
        chain = audit_verification.walk(connection, self._keys.audit)
        require_tally(connection, self._keys.subjects.marker, CHECKPOINTS)
        try:
            known = checkpoints.stored(connection)
        except UsageError:
            raise VaultError(Code.VAULT_DAMAGED, what=CHECKPOINTS.name) from None
        generation = self._generations.head.generation
        trusted = [self._key_file.control.verify_key, *(one.by for one in self._key_file.control.succession)]
        found = chain.finding
        for one in (*known, *([] if outside is None else [outside])):
            if found is None:
                found = checkpoints.finding(one, self.identity, trusted, chain.links, generation)
            elif one is outside:
                found = _sharper(found, checkpoints.finding(one, self.identity, trusted, chain.links, generation))
        checked = self._keys.audit.first is not None
        return AuditReport(chain.entries, len(known), checked, outside, found)

    def _require_whole_audit(self, connection: Connection) -> int:
        """How many entries there are. Raises VaultError(VAULT_DAMAGED)."""
        report = self._report(connection, None)
        _require_whole(report)
        return report.entries


def _sharper(found: AuditFinding, outside: AuditFinding | None) -> AuditFinding:
    """A vault that was put back as a whole is whole in itself; one that was also touched is named by the touch."""
    return outside if outside is not None and outside.fault is AuditFault.FORGED_CHECKPOINT else found


def _require_whole(report: AuditReport) -> None:
    if report.finding is not None:
        where = f"audit entry {report.finding.entry}"
        raise VaultError(Code.VAULT_DAMAGED, what=where, how=report.finding.fault.value)
