"""Administers a locked vault: recovery by code, migration, backups checked, restored and put in a vault's place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from mlid_desktop.domain.errors import Code, UsageError, VaultError
from mlid_desktop.domain.ports import Clock
from mlid_desktop.domain.subjects import LedgerEntry
from mlid_desktop.vault.backup.kinds import target_at
from mlid_desktop.vault.keys.kdf_calibration import calibrated_cost
from mlid_desktop.vault.keys.recovery_code import is_same_code, new_code
from mlid_desktop.vault.keys.slots import KdfCost
from mlid_desktop.vault.lifecycle import SecondFounder, Vault, recover_vault, unlock_vault
from mlid_desktop.vault.rebuild.vault_folder import finish_replacement
from mlid_desktop.vault.replace import Replacement, replace_vault
from mlid_desktop.vault.restore import BackupReport, Credential, restore_backup, verify_backup
from mlid_desktop.vault.subjects.erasure_ledger import MAXIMUM_LEDGER, read_ledger

__all__ = [
    "BackupReport",
    "Credential",
    "KdfCost",
    "Replacement",
    "SecondFounder",
    "VaultAdmin",
    "is_same_code",
    "new_code",
]


@dataclass(frozen=True, slots=True)
class VaultAdmin:
    """Administers locked vaults; built from the cost of a passphrase (seconds) and the clock. Call on the vault
    thread."""

    unlock_seconds: float
    clock: Clock = field(repr=False)

    def cost(self) -> KdfCost:
        """The key derivation cost of a new passphrase on this machine."""
        return calibrated_cost(self.unlock_seconds)

    def recover(self, folder: Path, code: str, name: str, fresh: str) -> None:
        """A new passphrase for an operator, by the recovery code; where one person alone is left, also a first
        passphrase for somebody new, as an operator. Raises VaultError."""
        vault = recover_vault(folder, code=code, clock=self.clock, before_migration=refuse_migration)
        try:
            vault.operators.reset_passphrase(name, fresh, cost=self.cost())
        finally:
            vault.lock()

    def migrate(
        self,
        folder: Path,
        operator_name: str | None,
        passphrase: str,
        backup: str | None,
        progress: Callable[[float], None],
    ) -> bool:
        """Migrates a vault of an earlier format, after a backup to a new target where the location of one is named;
        gives whether there was anything to do. ``progress`` is told how much is done, from 0 to 1. Raises VaultError:
        what unlocking raises, and VAULT_NO_BACKUP_OF_FORMAT where a backup is named and the vault is older than backups
        are: then nothing was changed."""
        migrated: list[bool] = []

        def back_up_first(vault: Vault | None) -> None:
            if backup is not None and vault is None:
                raise VaultError(Code.VAULT_NO_BACKUP_OF_FORMAT)
            if backup is not None and vault is not None:
                vault.backups.create(target_at(backup))
            migrated.append(True)

        unlock_vault(
            folder,
            operator_name=operator_name,
            passphrase=passphrase,
            clock=self.clock,
            before_migration=back_up_first,
            progress=progress,
        ).lock()
        return bool(migrated)

    def restore(
        self,
        location: str,
        folder: Path,
        credential: Credential,
        second: Credential | None = None,
        ledger_file: Path | None = None,
    ) -> BackupReport:
        """Restores a vault from a backup; people whom a later day's erasure ledger names are not restored. Raises
        VaultError."""
        later = () if ledger_file is None else read_ledger_file(ledger_file)
        return restore_backup(target_at(location), folder, credential, self.clock, second=second, later=later)

    @staticmethod
    def finds_vault(folder: Path) -> bool:
        """Whether there is a vault in this folder; an interrupted replacement is completed first. Raises VaultError."""
        finish_replacement(folder)
        return folder.is_dir() and any(folder.iterdir())

    def replace(
        self,
        location: str,
        folder: Path,
        credential: Credential,
        second: Credential | None = None,
        ledger_file: Path | None = None,
    ) -> Replacement:
        """Restores a backup as :meth:`restore` does, in place of an existing vault, which is put aside. Raises
        VaultError."""
        later = () if ledger_file is None else read_ledger_file(ledger_file)
        return replace_vault(target_at(location), folder, credential, self.clock, second=second, later=later)

    @staticmethod
    def verify(location: str, credential: Credential) -> BackupReport:
        """Reads a backup whole without restoring it. Raises VaultError."""
        return verify_backup(target_at(location), credential)


def refuse_migration(_vault: Vault | None) -> None:
    """Refuses to migrate a vault of an earlier format without asking. Raises VaultError(VAULT_EARLIER_FORMAT)."""
    raise VaultError(Code.VAULT_EARLIER_FORMAT)


def read_ledger_file(path: Path) -> tuple[LedgerEntry, ...]:
    """Reads a ledger of erasures from a file. Raises UsageError(USAGE_PATH_MISSING), VaultError(VAULT_DAMAGED,
    VAULT_UNSUPPORTED_VERSION)."""
    try:
        with path.open("rb") as file:
            untrusted = file.read(MAXIMUM_LEDGER + 1)
    except OSError:
        raise UsageError(Code.USAGE_PATH_MISSING, path=str(path)) from None
    return read_ledger(untrusted)
