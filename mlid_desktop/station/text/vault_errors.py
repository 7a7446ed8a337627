"""What to say of each fault of a vault, and of the register that it may be in: what happened, and what to do next."""

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

REGISTER_FAULTS: Final[dict[Code, tuple[str, str]]] = {
    Code.REGISTER_UNREACHABLE: (
        _("The server of the register cannot be reached."),
        _("Check the network and whether the server runs. What was done here is kept and sent later."),
    ),
    Code.REGISTER_UNVERIFIED: (
        _("The register is on another machine, and the connection would not be verified ({mode})."),
        _("Use sslmode=verify-full, with the certificate that the server's certificate is checked against."),
    ),
    Code.REGISTER_NO_SERVICE: (
        _("No file describes the PostgreSQL service {name}."),
        _("Add it to the service file, or name host and database."),
    ),
    Code.REGISTER_SETTINGS: (
        _("How the server of the register is reached is not clear: {what}."),
        _("Correct it where it was given: in what was typed, in the service file or in the environment's variables."),
    ),
    Code.REGISTER_REFUSED: (
        _("The server of the register did not let this desk in."),
        _(
            "It may have been taken out of the register. Otherwise the server's administrator compares pg_hba.conf and "
            "ssl_ca_file with what was shown when the register was made."
        ),
    ),
    Code.REGISTER_WRONG_PASSPHRASE: (
        _("The server does not accept this name with this passphrase."),
        _("Type both again as they were shown. The server's administrator can set a new passphrase."),
    ),
    Code.REGISTER_NO_DATABASE: (
        _("The server has no database of this name."),
        _("Check the name; its administrator makes an empty one."),
    ),
    Code.REGISTER_CERTIFICATE: (
        _("The certificates of this desk and of the register's server do not fit, or one of them has expired."),
        _("Check this machine's clock. Then ask the server's administrator to check both, and ssl_ca_file."),
    ),
    Code.REGISTER_NO_ROOT: (
        _("There is nothing here that the certificate of the register's server can be checked against."),
        _("Name the file with the certificate of its authority (sslrootcert)."),
    ),
    Code.REGISTER_SERVER_TOO_OLD: (
        _("The server runs PostgreSQL {found}; a register needs {oldest} or newer."),
        _("Ask its administrator for a newer server."),
    ),
    Code.REGISTER_NOT_PERMITTED: (
        _("The server of the register does not permit that to this role."),
        _("Ask its administrator whether the roles of the register were changed."),
    ),
    Code.REGISTER_NOT_A_DESK: (
        _("The register does not know this desk, or it was taken out."),
        _("Join the register again, from an empty folder."),
    ),
    Code.REGISTER_EXISTS: (
        _("There is a register in the database {database} already."),
        _("Choose an empty database."),
    ),
    Code.REGISTER_MISSING: (
        _("There is no register in this database."),
        _("Check the name of the database."),
    ),
    Code.REGISTER_VERSION: (
        _("The register is of version {found}; this program knows {known}."),
        _("Install the newer program at this desk. Checks go on here for the hours that the policy allows."),
    ),
    Code.REGISTER_BEFORE_UPGRADE: (
        _("The register was set back to before its update: it is of version {found}, and was of {known}."),
        _("Tell a supervisor: it is updated once more at the desk that leads. What it lost is put back then."),
    ),
    Code.REGISTER_CUTS_OFF: (
        _("These desks do not know the new version of the register yet, and would be cut off: {desks}."),
        _("Install the newer program there and open it once, or take them out. Or say of each that it may be cut off."),
    ),
    Code.REGISTER_ANOTHER: (
        _("This is the register of another vault."),
        _("Check the name of the database. Nothing was read or written."),
    ),
    Code.REGISTER_BUSY: (
        _("The register is busy with another desk."),
        _("Try again in a moment."),
    ),
    Code.REGISTER_MOVED_ON: (
        _("The register went on in between."),
        _("Try again."),
    ),
    Code.REGISTER_CROWDED: (
        _("The server of the register takes no more connections."),
        _("Try again in a moment. Its administrator raises max_connections: two for each desk, and some to spare."),
    ),
    Code.REGISTER_READ_ONLY: (
        _("The server of the register takes no changes: it was set to be read only, or is a copy of another."),
        _("Ask its administrator. Enrolments stay unfinished here and are saved later; checks go on."),
    ),
    Code.REGISTER_FULL: (
        _("The server of the register has no room left."),
        _("Ask its administrator for room. What was done here is kept and sent later."),
    ),
    Code.REGISTER_FAULTY: (
        _("The server of the register answered with a fault it should not have ({state})."),
        _("Ask its administrator to look into its log."),
    ),
    Code.REGISTER_OUTCOME_UNKNOWN: (
        _("The connection broke while a change was written; whether it arrived is not known yet."),
        _("It is looked up with the next contact. Nothing is lost or doubled."),
    ),
    Code.REGISTER_DAMAGED: (
        _("What stands in the register is not what the desks wrote ({what})."),
        _("Nothing of it was taken over. Tell a supervisor: the server's data were damaged or altered."),
    ),
    Code.REGISTER_ROLLED_BACK: (
        _("The register was set back: it ends before what desks have seen."),
        _("Nothing of it was taken over. Tell a supervisor: what the server lost can be put back from this desk."),
    ),
    Code.REGISTER_NOT_SET_BACK: (
        _("The register was not set back: it has everything that this desk saw."),
        _("There is nothing to put back."),
    ),
    Code.REGISTER_SEEN_ELSEWHERE: (
        _("Another desk ({desk}) saw more of the register than this one."),
        _("Put back there what the server lost."),
    ),
    Code.REGISTER_TOO_OLD_TO_MEND: (
        _("The register was set back further than this desk keeps its changes."),
        _("Restore a newer state of the server. Otherwise make a new register of the vault of the desk that leads."),
    ),
    Code.REGISTER_FORKED: (
        _("Another desk, or a copy of this one, has written to the register in its place."),
        _("This desk writes no more. Tell a supervisor, and look for a copied machine or vault."),
    ),
    Code.REGISTER_KEYS_RENEWED: (
        _("The keys of the register were renewed at the desk that leads it."),
        _("Join the register again, from an empty folder."),
    ),
    Code.REGISTER_KEYS_AWAITED: (
        _("New keys of the register have not come to this desk yet."),
        _("They come when another desk is connected that has them. A desk that joins asks once more."),
    ),
    Code.REGISTER_LED_ELSEWHERE: (
        _("That is done at the desk that leads the register."),
        _("Do it there. It is here moments later."),
    ),
    Code.REGISTER_TOO_LONG_AGO: (
        _("This desk was in step with the register too long ago to check anybody. Hours allowed: {hours}."),
        _("Connect it to the register. After the machine was started or its clock was changed, once is needed too."),
    ),
    Code.REGISTER_TRIED_ENOUGH: (
        _("This person failed {failed} times in a row while this desk is without the register."),
        _("Connect this desk to the register, then try again."),
    ),
    Code.REGISTER_NONE: (
        _("This vault is in no register."),
        _("A supervisor makes one of this vault; a new desk joins one at its first start."),
    ),
    Code.REGISTER_IN_ONE: (
        _("This vault is in a register already."),
        _("Look at its desks to see which one it is."),
    ),
    Code.REGISTER_NO_APPLICANT: (
        _("No desk asks to join with this code."),
        _("Compare it letter by letter with what the other desk shows; it asks for an hour."),
    ),
    Code.REGISTER_NOT_ANSWERED: (
        _("No supervisor let this desk in."),
        _("Ask again: a new code is shown then."),
    ),
    Code.REGISTER_NO_SUCH_DESK: (
        _("No other desk of the register is called {name}, or several are."),
        _("Look at the list of desks; how an identifier begins will do too, six characters at least."),
    ),
    Code.REGISTER_SERVER_LACKS: (
        _("The server lacks something that a register needs."),
        _("Have its administrator mend what was said before this. Nothing was changed."),
    ),
    Code.REGISTER_DUMP_UNREADABLE: (
        _("This is no whole dump of a register ({what})."),
        _("Dump the database with pg_dump again; a dump that was cut off lacks its end."),
    ),
    Code.REGISTER_DUMP_PROGRAM: (
        _("This format of dump takes the program pg_restore, which is not on this machine."),
        _("Install pg_restore, which comes with PostgreSQL, or dump again as plain SQL."),
    ),
    Code.REGISTER_NOT_READY: (
        _("The desk that leads has not sent everything to the register yet."),
        _("Let it send everything, then join again."),
    ),
}
