"""Administers an unlocked vault: operators, keys, backups, audit, policy, devices."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from mlid_desktop.decision.policy import read_policy
from mlid_desktop.decision.policy_floors import require_storable
from mlid_desktop.domain.audit import AuditEntry, AuditReport, Checkpoint
from mlid_desktop.domain.decisions import PolicyIdentity
from mlid_desktop.domain.errors import Code, DeviceError
from mlid_desktop.domain.provenance import DeviceIdentity
from mlid_desktop.domain.roles import Act, SecondPerson
from mlid_desktop.domain.subjects import Operator, Role
from mlid_desktop.station.administration.organisation import Organisation, read_organisation, store_organisation
from mlid_desktop.station.administration.readiness import SetupProofs, VaultFacts, read_vault_facts
from mlid_desktop.station.administration.vault_admin import VaultAdmin, read_ledger_file
from mlid_desktop.station.administration.vault_policy import POLICY
from mlid_desktop.station.capture.admission import needs_pin
from mlid_desktop.station.configuration.settings import Settings
from mlid_desktop.station.services.vault_session import VaultSession
from mlid_desktop.station.text.language import Language
from mlid_desktop.vault.audit.notices import StaffNotice
from mlid_desktop.vault.backup.kinds import target_at
from mlid_desktop.vault.keys.device_secret import usual_binding
from mlid_desktop.vault.keys.slots import NO_DEVICE_SECRET, KdfCost
from mlid_desktop.vault.subjects.erasure_ledger import ledger_bytes
from mlid_desktop.vault.unlocked.backups import BackupRecord
from mlid_desktop.vault.unlocked.vault import VerifyReport

if TYPE_CHECKING:
    from mlid_desktop.station.documents.pdf import PaperSheet

__all__ = ["BackupRecord", "StaffNotice", "VaultAdministration"]


class VaultAdministration:
    """Administers an unlocked vault, within what the operator's role allows. Call on the vault thread. Each raises
    VaultError(VAULT_NOT_PERMITTED) where the operator's role does not allow it."""

    def __init__(self, session: VaultSession, admin: VaultAdmin) -> None:
        self._session = session
        self._admin = admin

    def operators(self) -> tuple[Operator, ...]:
        """The operators of this vault."""
        return self._session.vault.operators.all()

    def setup_facts(self, proofs: SetupProofs, *, managed: bool) -> VaultFacts:
        """What the vault shows of its set-up. ``managed``: the organisation is said by the administrator. Raises
        VaultError."""
        return read_vault_facts(self._session.vault, proofs, managed=managed)

    def second_needed(self, act: Act, *, leaving: str = "", untrusted_policy: bytes | None = None) -> bool:
        """Whether a second person has to confirm this act now; False where it may be done alone. ``leaving`` is who is
        taken out, ``untrusted_policy`` what is to be stored. Raises VaultError where nobody can confirm it."""
        shipped = untrusted_policy is not None and self._session.is_shipped_policy(untrusted_policy)
        return self._session.vault.operators.second_needed(act, leaving=leaving, is_shipped=shipped)

    def add_operator(self, name: str, role: Role, passphrase: str, second: SecondPerson | None) -> None:
        """Gives another person a slot; two people do it. Raises VaultError, UsageError."""
        self._session.vault.operators.add(name, role, passphrase, second, self._admin.cost())

    def reset_operator(self, name: str, passphrase: str, second: SecondPerson | None) -> None:
        """Gives a person who forgot it a new passphrase; two people do it. Raises VaultError."""
        self._session.vault.operators.reset_passphrase(name, passphrase, second, self._admin.cost())

    def remove_operator(self, name: str, second: SecondPerson | None) -> None:
        """Takes a slot away, makes every key anew and encrypts every record anew. Raises VaultError."""
        self._session.vault.operators.remove(name, second)

    def passphrase_cost(self) -> KdfCost:
        """What a guess at the passphrase of who unlocked the vault costs: memory and passes."""
        return self._session.vault.operators.own_cost

    def change_passphrase(self, present: str, fresh: str, *, to_device: bool | None = None) -> None:
        """Changes the operator's own passphrase. ``to_device`` ties it to this machine's key store, or unties it; None
        leaves it as it is. Raises VaultError."""
        binding = None if to_device is None else usual_binding() if to_device else NO_DEVICE_SECRET
        self._session.vault.operators.change_passphrase(present, fresh, self._admin.cost(), binding=binding)

    def set_recovery_code(self, code: str, again: str, second: SecondPerson | None) -> None:
        """From now on this code opens the vault, where it was typed again as it was shown. Raises VaultError."""
        self._session.vault.operators.set_recovery_code(code, again, second)

    def notices(self) -> tuple[StaffNotice, ...]:
        """What everybody who opens the vault has to know, and the person at it has not said to have seen."""
        return self._session.vault.operators.notices()

    def mark_notices_seen(self) -> None:
        """The person at the vault saw them all."""
        self._session.vault.operators.mark_notices_seen()

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

    def trust_clock(self) -> None:
        """Takes the machine's clock for right again, where the vault has seen a later time or rested for years. Raises
        VaultError(VAULT_NOT_PERMITTED)."""
        self._session.vault.trust_clock()

    def sign_checkpoint(self) -> Checkpoint:
        """Signs a checkpoint of the audit, to be kept outside the vault."""
        return self._session.vault.audit.sign_checkpoint()

    def newest_checkpoint(self) -> Checkpoint | None:
        """The newest signed checkpoint of the audit, None before the first."""
        return self._session.vault.audit.newest_checkpoint()

    def organisation(self, settings: Settings) -> Organisation:
        """The organisation that asks for consent here, as far as that was said. Raises VaultError."""
        return read_organisation(self._session.vault, settings)

    def set_organisation(self, organisation: Organisation, second: SecondPerson | None) -> None:
        """Stores who asks for consent here; it takes two. Raises VaultError."""
        store_organisation(self._session.vault, organisation, second)

    def report_of_day(self, day: date, language: Language) -> PaperSheet:
        """The report of one day's audit entries, with a checkpoint signed now. Raises VaultError(VAULT_NOT_PERMITTED,
        VAULT_DAMAGED)."""
        from mlid_desktop.station.administration.audit_reports import report_of_day  # noqa: PLC0415 - late: start-up

        return report_of_day(self._session.vault, day, language)

    def store_policy(self, untrusted: bytes, second: SecondPerson | None) -> PolicyIdentity:
        """From the next unlock on this vault decides by this policy. Raises ModelError(MODEL_POLICY_INVALID,
        MODEL_POLICY_BELOW_FLOOR, MODEL_POLICY_NAME_TAKEN) and VaultError where there is no second person."""
        policy = read_policy(untrusted)
        require_storable(policy, self._session.shipped_policies, demo=self._session.demo)
        shipped = self._session.is_shipped_policy(untrusted)
        self._session.vault.settings.store_policy(POLICY, untrusted, second, is_shipped=shipped)
        return policy.identity

    def unpinned_devices(self) -> tuple[DeviceIdentity, ...]:
        """Registered devices that sign what they send and whose certificate was never pinned: they count as
        recorded."""
        return tuple(device for device in self._session.vault.settings.devices() if needs_pin(device))

    def register_device(self, identity: DeviceIdentity, second: SecondPerson | None) -> None:
        """From now on samples of this device count as live; two people say so. One that signs what it sends is pinned
        to its certificate. Raises VaultError, DeviceError(DEVICE_UNTRUSTED) for such a one without."""
        if needs_pin(identity):
            raise DeviceError(Code.DEVICE_UNTRUSTED, why="certificate", source=identity.name)
        self._session.vault.settings.register_device(identity, second)
