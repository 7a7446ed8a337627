"""What the sections on the desk itself say: people with access, the organisation, backups, the vault, the program."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from mlid_desktop.domain.audit import Checkpoint
from mlid_desktop.domain.roles import may
from mlid_desktop.domain.subjects import Operator, Role
from mlid_desktop.gui.administration.content import (
    LOGO,
    Acts,
    Cell,
    Fact,
    Facts,
    Named,
    NamedRows,
    Nothing,
    SectionContent,
    SectionState,
    Table,
)
from mlid_desktop.gui.administration.presenter import ON_A_ROW, TASKS, Task
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.station.administration.organisation import Organisation
from mlid_desktop.station.administration.vault_administration import BackupRecord
from mlid_desktop.station.installation.components import OWN_LICENCE, Component
from mlid_desktop.station.services.pending_work import BACKUP_EVERY
from mlid_desktop.station.text.language import LEFT_TO_RIGHT_MARK, Language
from mlid_desktop.station.text.language import N_ as _
from mlid_desktop.station.text.terms import ROLES

DUTIES: Final = {
    Role.OPERATOR: _("enrols and checks people"),
    Role.SUPERVISOR: _("enrols, checks, and looks after this desk"),
    Role.AUDITOR: _("reads the audit and the figures"),
}
CHECK_EVERY: Final = timedelta(days=92)
ID_GROUP: Final = 8  # signs of an identifier that stand together


@dataclass(frozen=True, slots=True)
class VaultSummary:
    """What is known of the vault as a whole: ``people`` is None where they are not this operator's to count."""

    vault_id: str
    people: int | None = field(repr=False)
    checked_at: datetime | None
    now: datetime


def people_content(people: Sequence[Operator], own: Operator, language: Language) -> SectionContent:
    """Who has access; what can be done about somebody stands in their row."""
    text = language.text
    about = tuple(task for task in ON_A_ROW if may(own, TASKS[task][1]))

    def said(account: Operator) -> str:
        words = f"{text(ROLES[account.role])} · {text(DUTIES[account.role])}"
        return text("{role} · unlocked this desk", role=words) if account.name == own.name else words

    rows = tuple(
        Named(account.name, said(account), () if account.name == own.name else about)
        for account in sorted(people, key=lambda account: account.name != own.name)
    )
    supervisors = sum(account.role is Role.SUPERVISOR for account in people)
    if supervisors > 1:
        words = language.plural(
            "{number} supervisor opens this vault.", "{number} supervisors open this vault.", supervisors
        )
        condition = SectionState(Tone.ACCEPTED, words)
    else:
        why = text("If that passphrase is lost, only a recovery code helps. Admit a second one.")
        condition = SectionState(Tone.INCONCLUSIVE, text("Only one supervisor opens this vault."), why)
    parts = NamedRows(rows, "person"), Acts((Task.CHANGE_OWN, Task.RECOVERY_CODE), text("Passphrase and recovery code"))
    return SectionContent(parts, condition)


def organisation_content(organisation: Organisation, managed: frozenset[str], language: Language) -> SectionContent:
    """Who asks for consent, what is missing of it, and what people read of it."""
    text = language.text
    rows = (
        ("organisation", text("Name"), organisation.name),
        ("contact", text("Contact"), organisation.contact),
        ("withdrawal", text("Taking consent back"), organisation.withdrawal),
    )
    by_whom = text("managed by your administrator")
    facts = tuple(
        Fact(name, f"{value} · {by_whom}" if setting in managed else value)
        if value
        else Fact(name, text("not said yet"), minor=True)
        for setting, name, value in rows
    )
    if all(value for _, _, value in rows):
        condition = SectionState(Tone.ACCEPTED, text("People are told who asks them."))
    else:
        why = text("The consent text and the receipt are incomplete until this is filled in.")
        condition = SectionState(Tone.INCONCLUSIVE, text("People are not told yet who asks them."), why)
    _, body = organisation.paragraph(language)
    asks = Facts(facts, text("Who asks"))
    if not body:  # nothing that the sentence above does not say
        return SectionContent((asks,), condition)
    where = text("Before the consent text and on the receipt")
    return SectionContent((asks, Facts((Fact(where, body),), text("What people read"))), condition)


def backups_content(
    made: Sequence[BackupRecord], now: datetime, language: Language, *, is_whole: bool
) -> SectionContent:
    """The backups, the newest first. ``is_whole``: one of them was read to its end at this desk."""
    text = language.text
    erasures = Acts((Task.SAVE_LEDGER, Task.REPLAY_LEDGER), text("If this vault is ever lost"))
    if not made:
        use = Acts((Task.CHECK_BACKUP, Task.RESTORE), text("Use a backup"))
        why = text("If this disk fails or is stolen, everybody has to be enrolled again.")
        condition = SectionState(Tone.INCONCLUSIVE, text("No backup of this vault was made yet."), why)
        return SectionContent((use, erasures), condition, absent=frozenset({Task.FORGET_BACKUP}))
    newest, next_act = max(backup.made_at for backup in made), Task.BACK_UP
    words = text("The last backup was made on {day}.", day=language.moment(newest))
    if now - newest > BACKUP_EVERY:
        condition = SectionState(Tone.INCONCLUSIVE, words, text("Whoever was enrolled in the days since is in none."))
    elif not is_whole:
        next_act = Task.CHECK_BACKUP
        condition = SectionState(
            Tone.INCONCLUSIVE, words, text("It was never checked: check it once, so that it is of use.")
        )
    else:
        condition = SectionState(Tone.ACCEPTED, words)
    ordered = sorted(made, key=lambda backup: backup.made_at, reverse=True)
    rows = tuple(
        (Cell(language.moment(backup.made_at)), Cell(f"{LEFT_TO_RIGHT_MARK}{backup.location}")) for backup in ordered
    )
    listed = Table((text("Made on"), text("Place")), rows, text("Backups of this vault"), wide=1)
    use = Acts((Task.BACK_UP, Task.CHECK_BACKUP, Task.RESTORE, Task.FORGET_BACKUP), text("With a backup"))
    return SectionContent((listed, use, erasures), condition, next_act=next_act)


def vault_content(vault: VaultSummary, language: Language) -> SectionContent:
    """Whether the vault was found whole, and when."""
    text = language.text
    if vault.checked_at is None:
        why = text("A check opens every record and tells whether anything was damaged or replaced by an older copy.")
        condition = SectionState(Tone.INCONCLUSIVE, text("Checked last: never"), why)
    else:
        words = text("Found whole on {moment}.", moment=language.moment(vault.checked_at))
        is_fresh = vault.now - vault.checked_at <= CHECK_EVERY
        why = "" if is_fresh else text("That was more than three months ago: check it again.")
        condition = SectionState(Tone.ACCEPTED if is_fresh else Tone.INCONCLUSIVE, words, why)
    people = () if vault.people is None else (Fact(text("People enrolled"), language.number(vault.people)),)
    facts = (*people, Fact(text("Vault number, for the help desk"), in_groups(vault.vault_id), minor=True))
    return SectionContent((Facts(facts), Acts((Task.ROTATE,)), Acts((Task.STATISTICS,))), condition)


def in_groups(identifier: str) -> str:
    """A long identifier in groups that the eye takes in, and which can stand under one another."""
    return " ".join(identifier[at : at + ID_GROUP] for at in range(0, len(identifier), ID_GROUP))


def unread_audit_content(newest: Checkpoint | None, language: Language) -> SectionContent:
    """What whoever may not read the entries sees of the audit."""
    text = language.text
    nothing = Nothing(text("Supervisors and auditors read the entries"), signed_text(newest, language))
    return SectionContent((Acts((Task.COMPARE_CHECKPOINT,)),), nothing=nothing)


def signed_text(newest: Checkpoint | None, language: Language) -> str:
    """How far the audit was signed, and when."""
    text = language.text
    if newest is None:
        return text(
            "Not signed yet. Under Export, “Report of today …” signs the entries: kept elsewhere, it proves them."
        )
    number, moment = language.number(newest.sequence), language.moment(newest.at)
    return text("Signed last: entry {number}, {moment}", number=number, moment=moment)


def about_content(version: str, system: str, parts: Sequence[Component], language: Language) -> SectionContent:
    """The program with its version, what the help desk asks for, and the components that it is built on; ``system`` is
    what it runs on."""
    text = language.text
    purpose = text("Enrols people who agree to it, and checks by face, finger and voice that they are who they say.")
    own = NamedRows((Named(text("MLID Desktop"), purpose),), LOGO)
    asked = Facts(
        (
            Fact(text("Version"), version),
            Fact(text("Machine"), f"{LEFT_TO_RIGHT_MARK}{system}"),
            Fact(text("Licence"), OWN_LICENCE),
        ),
        text("What the help desk asks for"),
        short=True,
    )
    rows = tuple((Cell(part.name), Cell(part.version), Cell(part.licence)) for part in parts)
    heads = text("Library"), text("Version"), text("Licence")
    built = Table(heads, rows, text("What it is made of"), wide=2)
    return SectionContent((own, asked, Acts((Task.CHECK_PROGRAM, Task.TEST_DESK)), built))
