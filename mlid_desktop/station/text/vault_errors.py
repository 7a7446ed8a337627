"""What to say of each fault of a vault: what happened, and what to do next."""

from __future__ import annotations

from typing import Final

from mlid_desktop.domain.errors import Code
from mlid_desktop.station.text.language import N_ as _

VAULT_FAULTS: Final[dict[Code, tuple[str, str]]] = {
    Code.VAULT_NOT_FOUND: (_("There is no vault in this folder."), _("Choose another folder, or create a vault.")),
    Code.VAULT_ANOTHER: (
        _("This backup is of another vault."),
        _("Choose a backup that this vault made, or restore it into an empty folder."),
    ),
    Code.VAULT_EXISTS: (_("There is a vault in this folder already."), _("Unlock it, or choose an empty folder.")),
    Code.VAULT_IN_USE: (_("The vault is open in another window or program."), _("Close it there first.")),
    Code.VAULT_LOCKED: (_("The vault is locked."), _("Unlock it and go on.")),
    Code.VAULT_WRONG_PASSPHRASE: (
        _("The passphrase does not open this vault."),
        _("Check the name and the passphrase."),
    ),
    Code.VAULT_UNKNOWN_OPERATOR: (
        _("The vault does not know this operator, or needs a name."),
        _("Give the operator's name."),
    ),
    Code.VAULT_TRY_LATER: (
        _("Too many wrong passphrases."),
        _("Wait {seconds} seconds, or ask a supervisor for a new passphrase."),
    ),
    Code.VAULT_BAD_RECOVERY_CODE: (
        _("This is not the recovery code: a letter was mistaken."),
        _("Compare it with the paper, letter by letter."),
    ),
    Code.VAULT_NO_RECOVERY_CODE: (
        _("A passphrase that is tied to this machine is lost with the machine."),
        _("Make a recovery code first."),
    ),
    Code.VAULT_NO_DEVICE_SECRET: (
        _("This machine's key store ({store}) does not have what the passphrase needs besides."),
        _("Unlock the key store, or open the vault with the recovery code."),
    ),
    Code.VAULT_LAST_SUPERVISOR: (_("A vault needs a supervisor."), _("Give somebody else the role first.")),
    Code.VAULT_SAME_PASSPHRASE: (
        _("Both passphrases are the same."),
        _("Each of you types one of your own, which the other does not see."),
    ),
    Code.VAULT_WEAK_PASSPHRASE: (_("The passphrase is too short."), _("Use at least {minimum} characters.")),
    Code.VAULT_NOT_PERMITTED: (_("Your role does not permit this."), _("Ask a supervisor.")),
    Code.VAULT_SECOND_PERSON_NEEDED: (
        _("This needs a second person."),
        _("Ask a colleague to confirm with a passphrase."),
    ),
    Code.VAULT_SECOND_MUST_WAIT: (
        _("One passphrase was set not long ago, by somebody who may know both. For a day you count as one person."),
        _("Ask somebody else, or try again in {hours} hours during which this machine runs."),
    ),
    Code.VAULT_SECOND_IS_NOBODY: (
        _("Whoever confirmed this has no access any more, or was given a new passphrase."),
        _("Ask again."),
    ),
    Code.VAULT_RECOVERY_CODE_ALONE: (
        _("The recovery code gives new passphrases. It confirms nothing, and nothing is confirmed for it."),
        _("Ask a colleague to confirm with a passphrase."),
    ),
    Code.VAULT_NOBODY_TO_SECOND: (
        _("This needs a second person, and nobody else has access to this vault."),
        _("Admit somebody first; who is alone does it with the recovery code."),
    ),
    Code.VAULT_DAMAGED: (
        _("The vault is damaged: {what}. Nothing was changed."),
        _("Do not write to it. Restore the last backup."),
    ),
    Code.VAULT_ROLLED_BACK: (
        _("A file of the vault is older than it should be."),
        _("Somebody put an old copy back, or a disk lost data. Restore the last backup."),
    ),
    Code.VAULT_UNSUPPORTED_VERSION: (
        _("The vault was made by another version of this program."),
        _("Install the newest version."),
    ),
    Code.VAULT_EARLIER_FORMAT: (
        _("The vault was made by an earlier version of this program. Nothing was changed."),
        _("Make a backup and update it."),
    ),
    Code.VAULT_NO_BACKUP_OF_FORMAT: (
        _("The vault is older than backups are. Nothing was changed."),
        _("Copy its folder, update it without a backup, and destroy the copy."),
    ),
    Code.VAULT_KDF_OUT_OF_BOUNDS: (
        _("The key file asks for more work than is allowed."),
        _("It may have been tampered with. Restore it."),
    ),
    Code.VAULT_DISK_FULL: (
        _("The disk is full, or takes no file as large as this. Nothing was saved, nothing was lost."),
        _("Free some space, or choose another disk, and try again. One formatted with FAT takes 4 GB in one file."),
    ),
    Code.VAULT_UNWRITABLE: (
        _("The vault cannot be written. Nothing was lost."),
        _("Check that the folder can be written to."),
    ),
    Code.VAULT_CLOCK_SET_BACK: (_("The clock of this machine is wrong."), _("Set it right, or ask a supervisor.")),
}
