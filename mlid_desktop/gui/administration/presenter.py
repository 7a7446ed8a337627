"""What the administration page shows: sections of rows and actions, each offered to whom the table of roles permits
it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from mlid_desktop.decision.policy import Policy
from mlid_desktop.domain.audit import Checkpoint
from mlid_desktop.domain.roles import Act, may
from mlid_desktop.domain.subjects import Operator
from mlid_desktop.domain.templates import Grade
from mlid_desktop.domain.text import searched
from mlid_desktop.station.administration.organisation import Organisation
from mlid_desktop.station.administration.served_modalities import ServedModality, served_in_short
from mlid_desktop.station.documents.measured_accuracy import FusionFigures, RuleFigures
from mlid_desktop.station.installation.components import Component, InstalledModel
from mlid_desktop.station.text.language import LEFT_TO_RIGHT_MARK, Language
from mlid_desktop.station.text.language import N_ as _
from mlid_desktop.station.text.results import policy_name
from mlid_desktop.station.text.terms import MODALITIES, ROLES

Rows = tuple[tuple[str, str], ...]


class Section(StrEnum):
    """Sections of the administration page."""

    PEOPLE = "people"
    ORGANISATION = "organisation"
    POLICY = "policy"
    FIELDS = "fields"
    MODELS = "models"
    CALIBRATION = "calibration"
    AUDIT = "audit"
    BACKUPS = "backups"
    VAULT = "vault"
    ATTACK_TEST = "attack_test"
    CALLERS = "callers"
    DESKS = "desks"
    ABOUT = "about"


class Task(StrEnum):
    """Actions of the administration page."""

    ADMIT = "admit"
    RESET = "reset"
    DISMISS = "dismiss"
    CHANGE_OWN = "change_own"
    RECOVERY_CODE = "recovery_code"
    SET_ORGANISATION = "set_organisation"
    CHANGE_POLICY = "change_policy"
    CHECK_AUDIT = "check_audit"
    DAY_REPORT = "day_report"
    COMPARE_CHECKPOINT = "compare_checkpoint"
    EXPORT_AUDIT = "export_audit"
    BACK_UP = "back_up"
    CHECK_BACKUP = "check_backup"
    FORGET_BACKUP = "forget_backup"
    RESTORE = "restore"
    SAVE_LEDGER = "save_ledger"
    REPLAY_LEDGER = "replay_ledger"
    CHECK_VAULT = "check_vault"
    ROTATE = "rotate"
    STATISTICS = "statistics"
    CHECK_PROGRAM = "check_program"
    INSTALL_MODELS = "install_models"
    INSTALL_MODELS_FROM = "install_models_from"
    EDIT_FIELDS = "edit_fields"
    LOAD_FIELDS = "load_fields"
    SAVE_FIELDS = "save_fields"
    ERASE_FIELDS = "erase_fields"
    BEGIN_TEST = "begin_test"
    ADD_TEST_PERSON = "add_test_person"
    RECORD_TEST = "record_test"
    REPORT_TEST = "report_test"
    ERASE_TEST = "erase_test"
    TEST_DESK = "test_desk"
    CALIBRATE = "calibrate"
    REVERT_CALIBRATION = "revert_calibration"
    TURN_ON = "turn_on"
    TURN_OFF = "turn_off"
    PAIR = "pair"
    REVOKE = "revoke"
    MAKE_REGISTER = "make_register"
    ADMIT_DESK = "admit_desk"
    REMOVE_DESK = "remove_desk"
    BRING_IN_STEP = "bring_in_step"
    CHECK_REGISTER = "check_register"
    MEND_REGISTER = "mend_register"
    UPGRADE_REGISTER = "upgrade_register"


@dataclass(frozen=True, slots=True)
class SectionWords:
    """The name of an administration section, and the sentence under it."""

    name: str
    purpose: str


SECTIONS: Final = {
    Section.PEOPLE: SectionWords(_("People at the desk"), _("Who opens this vault, and as what.")),
    Section.ORGANISATION: SectionWords(
        _("Organisation"), _("Who asks for consent: it stands before the consent text and on receipts.")
    ),
    Section.POLICY: SectionWords(_("Policy"), _("What the desk decides by. It is changed by two people.")),
    Section.FIELDS: SectionWords(
        _("Site's fields"), _("What is recorded of people besides number and name. It is changed by two people.")
    ),
    Section.MODELS: SectionWords(_("Models"), _("What faces and voices are compared with.")),
    Section.CALIBRATION: SectionWords(
        _("Calibration"), _("How alike two strangers look to this desk: the thresholds of the policy follow from it.")
    ),
    Section.AUDIT: SectionWords(_("Audit"), _("What was done here, in a chain that shows every change to it.")),
    Section.BACKUPS: SectionWords(
        _("Backups"), _("Copies that open on any machine, by a supervisor or the recovery code.")
    ),
    Section.VAULT: SectionWords(_("Vault"), _("What this desk keeps: whether it is whole, its keys, and its counts.")),
    Section.ATTACK_TEST: SectionWords(
        _("Attack test"), _("How well copies are told from living people here, with people and copies of this site.")
    ),
    Section.CALLERS: SectionWords(
        _("Other programs"), _("Programs of this site that may ask this desk, and are answered with a signature.")
    ),
    Section.DESKS: SectionWords(
        _("Desks"), _("The desks that share a register with this one, and what each has followed.")
    ),
    Section.ABOUT: SectionWords(_("About"), _("What this program is made of.")),
}
TASKS: Final = {
    Task.ADMIT: (_("Admit somebody …"), Act.ADMIT_OPERATOR),
    Task.RESET: (_("New passphrase …"), Act.RESET_OPERATOR),
    Task.DISMISS: (_("Take out …"), Act.REMOVE_OPERATOR),
    Task.CHANGE_OWN: (_("Change my passphrase …"), Act.VERIFY),
    Task.RECOVERY_CODE: (_("New recovery code …"), Act.MAKE_RECOVERY_CODE),
    Task.SET_ORGANISATION: (_("Change these words …"), Act.GOVERN),
    Task.CHANGE_POLICY: (_("Choose another policy …"), Act.CHANGE_POLICY),
    Task.CHECK_AUDIT: (_("Check the whole audit"), Act.VERIFY),
    Task.DAY_REPORT: (_("Report of today …"), Act.SIGN_CHECKPOINT),
    Task.COMPARE_CHECKPOINT: (_("Compare with a checkpoint …"), Act.VERIFY),
    Task.EXPORT_AUDIT: (_("Export …"), Act.READ_AUDIT),
    Task.BACK_UP: (_("Back up now …"), Act.BACK_UP),
    Task.CHECK_BACKUP: (_("Check a backup …"), Act.BACK_UP),
    Task.FORGET_BACKUP: (_("Take a backup off the list …"), Act.BACK_UP),
    Task.RESTORE: (_("Restore from a backup …"), Act.RESTORE),
    Task.SAVE_LEDGER: (_("Save the list of erasures …"), Act.RESTORE),
    Task.REPLAY_LEDGER: (_("Repeat erasures …"), Act.REPLAY_ERASURES),
    Task.CHECK_VAULT: (_("Read and check everything"), Act.VERIFY),
    Task.ROTATE: (_("Change the keys …"), Act.ROTATE_KEYS),
    Task.STATISTICS: (_("Statistics …"), Act.STATISTICS),
    Task.EDIT_FIELDS: (_("Change the fields …"), Act.CHANGE_FIELDS),
    Task.LOAD_FIELDS: (_("Take fields from a file …"), Act.CHANGE_FIELDS),
    Task.SAVE_FIELDS: (_("Save the fields to a file …"), Act.VERIFY),
    Task.ERASE_FIELDS: (_("Destroy old values …"), Act.ERASE),
    Task.BEGIN_TEST: (_("Begin a test …"), Act.TEST_ATTACKS),
    Task.ADD_TEST_PERSON: (_("Add a person …"), Act.ENROL),
    Task.RECORD_TEST: (_("Record …"), Act.ENROL),
    Task.REPORT_TEST: (_("Write the report …"), Act.ENROL),
    Task.ERASE_TEST: (_("Erase the test …"), Act.TEST_ATTACKS),
    Task.CALIBRATE: (_("Calibrate on the people here …"), Act.CHANGE_POLICY),
    Task.REVERT_CALIBRATION: (_("Use the program's own …"), Act.CHANGE_POLICY),
    Task.INSTALL_MODELS: (_("Install the models …"), Act.GOVERN),
    Task.INSTALL_MODELS_FROM: (_("Install from a folder …"), Act.GOVERN),
    Task.TURN_ON: (_("Turn on …"), Act.SET_INTERFACE),
    Task.TURN_OFF: (_("Turn off"), Act.SET_INTERFACE),
    Task.PAIR: (_("Admit a program …"), Act.ADMIT_CALLER),
    Task.REVOKE: (_("Take a program out …"), Act.SET_INTERFACE),
    Task.MAKE_REGISTER: (_("Make a register …"), Act.GOVERN),
    Task.ADMIT_DESK: (_("Admit a desk …"), Act.GOVERN),
    Task.REMOVE_DESK: (_("Take a desk out …"), Act.GOVERN),
    Task.BRING_IN_STEP: (_("Send or fetch now"), Act.VERIFY),
    Task.CHECK_REGISTER: (_("Check the whole register"), Act.VERIFY),
    Task.MEND_REGISTER: (_("Put back what the server lost …"), Act.RESTORE),
    Task.UPGRADE_REGISTER: (_("Update the register …"), Act.GOVERN),
    Task.CHECK_PROGRAM: (_("Check this program"), Act.VERIFY),
    Task.TEST_DESK: (_("Test this desk …"), Act.VERIFY),
}
OFFERED: Final = {
    Section.PEOPLE: (Task.ADMIT, Task.RESET, Task.DISMISS, Task.CHANGE_OWN, Task.RECOVERY_CODE),
    Section.ORGANISATION: (Task.SET_ORGANISATION,),
    Section.POLICY: (Task.CHANGE_POLICY,),
    Section.FIELDS: (Task.EDIT_FIELDS, Task.LOAD_FIELDS, Task.SAVE_FIELDS, Task.ERASE_FIELDS),
    Section.MODELS: (Task.INSTALL_MODELS, Task.INSTALL_MODELS_FROM),
    Section.CALIBRATION: (Task.CALIBRATE, Task.REVERT_CALIBRATION),
    Section.AUDIT: (Task.CHECK_AUDIT, Task.COMPARE_CHECKPOINT, Task.DAY_REPORT, Task.EXPORT_AUDIT),
    Section.BACKUPS: (
        Task.BACK_UP,
        Task.CHECK_BACKUP,
        Task.FORGET_BACKUP,
        Task.RESTORE,
        Task.SAVE_LEDGER,
        Task.REPLAY_LEDGER,
    ),
    Section.VAULT: (Task.CHECK_VAULT, Task.ROTATE, Task.STATISTICS),
    Section.ATTACK_TEST: (
        Task.BEGIN_TEST,
        Task.ADD_TEST_PERSON,
        Task.RECORD_TEST,
        Task.REPORT_TEST,
        Task.ERASE_TEST,
    ),
    Section.CALLERS: (Task.TURN_ON, Task.TURN_OFF, Task.PAIR, Task.REVOKE),
    Section.DESKS: (
        Task.MAKE_REGISTER,
        Task.ADMIT_DESK,
        Task.REMOVE_DESK,
        Task.BRING_IN_STEP,
        Task.CHECK_REGISTER,
        Task.MEND_REGISTER,
        Task.UPGRADE_REGISTER,
    ),
    Section.ABOUT: (Task.CHECK_PROGRAM, Task.TEST_DESK),
}


def sections_found(query: str, operator: Operator, language: Language) -> tuple[Section, ...]:
    """The sections in whose name, sentence or actions every word that was typed stands."""
    wanted = searched(query).split()

    def words(section: Section) -> str:
        said = (SECTIONS[section].name, SECTIONS[section].purpose)
        named = (TASKS[task][0] for task in offered_tasks(section, operator))
        return searched(" ".join(map(language.text, (*said, *named))))

    return tuple(section for section in Section if all(word in words(section) for word in wanted))


def offered_tasks(section: Section, operator: Operator) -> tuple[Task, ...]:
    """The actions of a section that this operator may carry out."""
    return tuple(action for action in OFFERED[section] if may(operator, TASKS[action][1]))


ON_A_ROW: Final = (Task.RESET, Task.DISMISS)
"""Actions on somebody who is named by the row that they stand in."""


def people_rows(people: Sequence[Operator], own: str, language: Language) -> Rows:
    """Rows of the operators: names and roles; that of ``own`` says so."""
    text = language.text

    def said(account: Operator) -> str:
        role = text(ROLES[account.role])
        return text("{role} · unlocked this desk", role=role) if account.name == own else role

    return tuple((account.name, said(account)) for account in people)


def organisation_rows(organisation: Organisation, managed: frozenset[str], language: Language) -> Rows:
    """Rows on who asks for consent; what the administrator manages says so."""
    text = language.text
    rows = (
        ("organisation", text("Name"), organisation.name),
        ("contact", text("Contact"), organisation.contact),
        ("withdrawal", text("Taking consent back"), organisation.withdrawal),
    )
    unsaid, by_whom = text("not said yet"), text("managed by your administrator")
    return tuple(
        (name, f"{value} · {by_whom}" if setting in managed else value or unsaid) for setting, name, value in rows
    )


POLICIES: Final = {
    "standard": _("standard: one is enough; face and finger shown together are counted together"),
    "standard-all": _("standard-all: one is enough; each that is shown must pass by itself"),
    "strict": _("strict: two are asked for, and each must pass by itself"),
}


def rule_rows(policy: Policy, figures: FusionFigures, language: Language) -> Rows:
    """How several modalities decide together, and what both rules do to the right people and to others."""
    text, number = language.text, language.number
    rules = policy.comparison
    if rules.rule == "fused" and rules.fused_fmr is not None:
        asked = text(
            "are counted together: at most 1 in {number} strangers would pass",
            number=number(round(1 / rules.fused_fmr)),
        )
    else:
        asked = text("must each pass by itself")

    def told(found: RuleFigures) -> str:
        return text(
            "of 100: {refused} right people refused, {wrong} accepted with their own face and a stranger's finger",
            refused=f"{found.refused:g}",
            wrong=f"{found.own_and_strangers:g}",
        )

    counted = text(
        "Measured on {people} people joined with {fingers} fingers", people=figures.people, fingers=figures.fingers
    )
    return (
        (text("Face and finger shown together"), asked),
        (text("If counted together"), f"{told(figures.fused)}\n{counted}"),
        (text("If each must pass"), f"{told(figures.each)}\n{counted}"),
    )


CHALLENGES = {"always": _("asked of everybody"), "unsure": _("asked where the check against copies is not sure")}


def policy_name_rows(policy: Policy, managed: frozenset[str], language: Language) -> Rows:
    """Which policy is in force, and who manages it."""
    text = language.text
    managed_row = ((text("Managed by"), text("your administrator")),) if "policy" in managed else ()
    name = f"{policy_name(policy.name, language)} · {LEFT_TO_RIGHT_MARK}{policy.identity.digest[:12]}"
    return (text("Name"), name), *managed_row


def likeness_rows(policy: Policy, language: Language) -> Rows:
    """How seldom a stranger would pass by each modality, and how many must agree."""
    text, number, rules = language.text, language.number, policy.comparison
    rates = tuple(
        (
            text(MODALITIES[modality]),
            text("at most 1 in {number} strangers would pass", number=number(round(1 / rules.rate(modality)))),
        )
        for modality in (*rules.primary, *rules.supporting)
    )
    against = text("stops an acceptance") if rules.heed_supporting else text("is shown, and stops nothing")
    return (
        *rates,
        (text("How many of face and fingers must agree"), number(rules.minimum_primary)),
        (text("A voice that does not match"), against),
        (text("People that a search proposes"), text("at most {number}", number=policy.identification.candidates)),
    )


def caution_rows(policy: Policy, language: Language) -> Rows:
    """What is asked of people against copies, and what stands against trying again and again."""
    text, number, attempts = language.text, language.number, policy.attempts
    virtual = text("count once registered") if policy.allows_virtual else text("never count")
    return (
        *((text("Movements before the camera"), text(CHALLENGES[rules.challenge])) for rules in policy.attack.values()),
        (text("Virtual cameras and microphones"), virtual),
        (
            text("Failed attempts"),
            text(
                "after {free} a wait of {seconds} seconds, after {most} the person is locked",
                free=number(attempts.free),
                seconds=number(round(attempts.delay_s)),
                most=number(attempts.lock_out),
            ),
        ),
    )


def model_rows(models: Sequence[InstalledModel], language: Language) -> Rows:
    """Rows of the models by role: the file, what it may be used for, its size, whether it is there."""
    text = language.text
    states = {"installed": text("installed"), "missing": text("missing"), "changed": text("changed")}
    grades = {Grade.OPERATIONAL: text("for operation"), Grade.EVALUATION: text("for evaluation")}
    return tuple(
        (
            model.role,
            (
                f"{model.file} · {states[model.state]} · {grades[model.grade]} · "
                f"{LEFT_TO_RIGHT_MARK}{model.size / 1e6:.1f} MB · {model.licence}"
            ),
        )
        for model in models
    )


def served_rows(served: Sequence[ServedModality], language: Language) -> Rows:
    """What each modality serves for. Which files are missing stands with the files."""
    return tuple((language.text(MODALITIES[row.modality]), served_in_short(row, language)) for row in served)


def size_to_fetch(models: Sequence[InstalledModel]) -> int:
    """Bytes of the models that an installation would bring."""
    return sum(model.size for model in models if model.state != "installed")


def checkpoint_row(newest: Checkpoint | None, language: Language) -> tuple[str, str]:
    """The row that says how far the audit was signed: the entry, and when."""
    name = language.text("Signed last")
    if newest is None:
        return name, language.text("None was signed yet")
    number, moment = language.number(newest.sequence), language.moment(newest.at)
    return name, language.text("entry {number}, {moment}", number=number, moment=moment)


def backup_rows(backups: Sequence[tuple[datetime, str]], language: Language) -> Rows:
    """Rows of the backups: when and where, the newest first."""
    return tuple((language.moment(at), location) for at, location in sorted(backups, reverse=True))


def about_rows(version: str, parts: Sequence[Component], language: Language) -> Rows:
    """Rows of versions: this program, then the components it is built on."""
    own = (language.text("MLID Desktop"), version)
    return (own, *((part.name, f"{part.version} · {part.licence}") for part in parts))
