"""Administers an unlocked vault: operators, keys, backups, audit, policy, devices."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from mlid_desktop.decision.policy import read_policy
from mlid_desktop.domain.audit import AuditEntry, AuditReport, Checkpoint
from mlid_desktop.domain.decisions import PolicyIdentity
from mlid_desktop.domain.provenance import DeviceIdentity
from mlid_desktop.domain.roles import SecondPerson
from mlid_desktop.domain.subjects import Operator, Role
from mlid_desktop.station.administration.vault_admin import VaultAdmin, read_ledger_file
from mlid_desktop.station.services.vault_session import VaultSession
from mlid_desktop.station.text.language import Language
from mlid_desktop.vault.backup.kinds import target_at
from mlid_desktop.vault.keys.device_secret import usual_binding
from mlid_desktop.vault.keys.slots import NO_DEVICE_SECRET
from mlid_desktop.vault.subjects.erasure_ledger import ledger_bytes
from mlid_desktop.vault.unlocked.backups import BackupRecord
from mlid_desktop.vault.unlocked.vault import VerifyReport

if TYPE_CHECKING:
    from mlid_desktop.station.documents.pdf import PaperSheet

__all__ = ["POLICY", "BackupRecord", "VaultAdministration"]

POLICY = "policy"  # the policy in force, kept under the supervisors' signature


class VaultAdministration:
    """Administers an unlocked vault, within what the operator's role allows. Call on the vault thread. Each raises
    VaultError(VAULT_NOT_PERMITTED) where the operator's role does not allow it."""

    def __init__(self, session: VaultSession, admin: VaultAdmin) -> None:
        self._session = session
        self._admin = admin

    def operators(self) -> tuple[Operator, ...]:
        """The operators of this vault."""
        return self._session.vault.operators.all()

    def add_operator(self, name: str, role: Role, passphrase: str) -> None:
        """Adds an operator. Raises VaultError, UsageError."""
        self._session.vault.operators.add(name, role, passphrase, self._admin.cost())

    def remove_operator(self, name: str) -> None:
        """Removes an operator, makes every key anew and encrypts every record anew. Raises VaultError."""
        self._session.vault.operators.remove(name)

    def change_passphrase(self, present: str, fresh: str, *, to_device: bool | None = None) -> None:
        """Changes the operator's own passphrase. ``to_device`` ties it to this machine's key store, or unties it; None
        leaves it as it is. Raises VaultError."""
        binding = None if to_device is None else usual_binding() if to_device else NO_DEVICE_SECRET
        self._session.vault.operators.change_passphrase(present, fresh, self._admin.cost(), binding=binding)

    def set_recovery_code(self, code: str, again: str) -> None:
        """Sets the recovery code, where it was typed again as it was shown. Raises VaultError."""
        self._session.vault.operators.set_recovery_code(code, again)

    def rotate_keys(self, *, deep: bool = False) -> None:
        """Rotates the root keys; ``deep`` encrypts every record anew too. Raises VaultError."""
        self._session.vault.rotation.rotate(deep=deep)

    def verify(self) -> VerifyReport:
        """Verifies the vault: reads every page and every record. Raises VaultError(VAULT_DAMAGED,
        VAULT_ROLLED_BACK)."""
        return self._session.vault.verify()

    def back_up(self, location: str) -> BackupRecord:
        """Writes a backup to the target that a location names, such as the path of a new folder. Raises
        UsageError(USAGE_OUTPUT_UNWRITABLE), VaultError."""
        return self._session.vault.backups.create(target_at(location))

    def backups(self) -> tuple[BackupRecord, ...]:
        """The backups that were made and are not struck off."""
        return self._session.vault.backups.all()

    def forget_backup(self, backup_id: str) -> None:
        """Removes a destroyed backup from the list of backups. Raises VaultError, UsageError(USAGE_BAD_ARGUMENT) for no
        backup of that name."""
        self._session.vault.backups.forget(backup_id)

    def export_erasures(self) -> bytes:
        """The ledger of erasures as the bytes of a file to be kept outside the vault: random identifiers, days and
        reasons."""
        return ledger_bytes(self._session.vault.subject_rights.erasures())

    def replay_erasures(self, ledger: Path, second: SecondPerson | None) -> int:
        """Erases again the people whom a later ledger names, after an older copy of the vault was put back; gives how
        many were here. Raises UsageError(USAGE_PATH_MISSING), VaultError."""
        return len(self._session.vault.subject_rights.replay_erasures(read_ledger_file(ledger), second))

    def audit_entries(self, first: int = 1, last: int | None = None) -> tuple[AuditEntry, ...]:
        """The audit entries from ``first`` to ``last``, counted from 1; to the newest where ``last`` is None."""
        audit = self._session.vault.audit
        return audit.entries(first) if last is None else audit.entries(first, last)

    def check_audit(self, untrusted_outside: bytes | None = None) -> AuditReport:
        """Checks the whole audit, also against a checkpoint that was kept outside, where there is one."""
        return self._session.vault.audit.check(untrusted_outside)

    def export_audit(self) -> bytes:
        """The audit as JSON lines that can be checked without any key."""
        return ("\n".join(self._session.vault.audit.export()) + "\n").encode()

    def sign_checkpoint(self) -> Checkpoint:
        """Signs a checkpoint of the audit, to be kept outside the vault."""
        return self._session.vault.audit.sign_checkpoint()

    def newest_checkpoint(self) -> Checkpoint | None:
        """The newest signed checkpoint of the audit, None before the first."""
        return self._session.vault.audit.newest_checkpoint()

    def report_of_day(self, day: date, language: Language) -> PaperSheet:
        """The report of one day's audit entries, with a checkpoint signed now. Raises VaultError(VAULT_NOT_PERMITTED,
        VAULT_DAMAGED)."""
        from mlid_desktop.station.administration.audit_reports import report_of_day  # noqa: PLC0415 - late: start-up

        return report_of_day(self._session.vault, day, language)

    def store_policy(self, untrusted: bytes, second: SecondPerson | None) -> PolicyIdentity:
        """Stores a policy that this vault decides by from the next unlock on. Raises ModelError(MODEL_POLICY_INVALID)
        and VaultError where there is no second person."""
        policy = read_policy(untrusted)
        self._session.vault.settings.store_policy(POLICY, untrusted, second)
        return policy.identity

    def register_device(self, identity: DeviceIdentity) -> None:
        """Registers a device, whose samples count as live from now on."""
        self._session.vault.settings.register_device(identity)
