"""Sentences for the audit's events, beside each event's own name."""

from __future__ import annotations

from typing import Final

from mlid_desktop.station.text.language import N_ as _

EVENTS: Final[dict[str, str]] = {
    "audit.exported": _("The audit was exported"),
    "audit.reported": _("A report of the day was made"),
    "backup.changed": _("The keys of a backup were renewed"),
    "backup.made": _("A backup was made"),
    "backup.restored": _("This vault was restored from a backup"),
    "backup.retired": _("A backup was given up"),
    "backup.verified": _("A backup was checked"),
    "checkpoint.signed": _("A checkpoint was signed"),
    "clock.set_back": _("The clock of this machine was set back"),
    "consent.declined": _("A person declined"),
    "consent.renewed": _("A consent was renewed"),
    "consent.withdrawn": _("A consent was withdrawn"),
    "device.registered": _("A device was registered"),
    "draft.dropped": _("An unfinished enrolment was dropped"),
    "draft.resumed": _("An unfinished enrolment was resumed"),
    "draft.saved": _("An unfinished enrolment was kept"),
    "enrolment.refused": _("An enrolment ended without being saved"),
    "enrolment.renewed": _("A person was enrolled anew"),
    "enrolment.saved": _("A person was enrolled"),
    "identification.closed": _("A search ended"),
    "identification.decided": _("Candidates of a search were compared"),
    "import.ended": _("An import ended"),
    "import.started": _("An import began"),
    "ledger.replayed": _("Earlier erasures were repeated"),
    "number.changed": _("A person who shared a number was given another one"),
    "operator.added": _("Somebody was admitted to the vault"),
    "operator.changed": _("The access of somebody was changed"),
    "operator.removed": _("Somebody was taken out of the vault"),
    "passphrase.changed": _("A passphrase was changed"),
    "passphrase.refused": _("Wrong passphrases were tried"),
    "receipt.made": _("A receipt was made"),
    "recovery.made": _("A recovery code was made"),
    "recovery.used": _("The recovery code was used"),
    "roots.rotated": _("The keys of the vault were changed"),
    "settings.stored": _("A setting of the vault was changed"),
    "statistics.exported": _("Statistics were exported"),
    "subject.erased": _("A person was erased"),
    "subject.exported": _("What is kept about a person was exported"),
    "vault.locked": _("The vault was locked"),
    "vault.unlocked": _("The vault was unlocked"),
    "vault.verified": _("The whole vault was checked"),
    "verification.decided": _("A person was checked"),
    "verification.delayed": _("A check had to wait after failed attempts"),
    "verification.otherwise": _("A person was checked without biometrics"),
}
