"""What the administration page shows: sections of rows and actions, each offered to whom the table of roles permits
it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from mlid_desktop.domain.roles import Act, may
from mlid_desktop.domain.subjects import Operator
from mlid_desktop.domain.text import searched
from mlid_desktop.station.text.language import N_ as _
from mlid_desktop.station.text.language import Language

Rows = tuple[tuple[str, str], ...]


class Section(StrEnum):
    """Sections of the administration page."""

    PEOPLE = "people"
    ORGANISATION = "organisation"
    POLICY = "policy"
    FIELDS = "fields"
    MODELS = "models"
    CALIBRATION = "calibration"
    ATTACK_TEST = "attack_test"
    AUDIT = "audit"
    BACKUPS = "backups"
    VAULT = "vault"
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
    """The name of an administration section, the sentence under it, and the icon beside it."""

    name: str
    purpose: str
    icon: str


SECTIONS: Final = {
    Section.PEOPLE: SectionWords(_("People at the desk"), _("Who opens this vault, and as what."), "people"),
    Section.ORGANISATION: SectionWords(
        _("Organisation"), _("Who asks for consent: it stands before the consent text and on receipts."), "building"
    ),
    Section.POLICY: SectionWords(_("Policy"), _("What the desk decides by. It is changed by two people."), "sliders"),
    Section.FIELDS: SectionWords(
        _("Site's fields"),
        _("What is recorded of people besides number and name. It is changed by two people."),
        "form",
    ),
    Section.MODELS: SectionWords(_("Models"), _("What faces and voices are compared with."), "cube"),
    Section.CALIBRATION: SectionWords(
        _("Calibration"),
        _("How alike two people may be before this desk takes one for the other."),
        "gauge",
    ),
    Section.AUDIT: SectionWords(
        _("Audit"), _("What was done here, by whom and when. Nothing can be changed unnoticed."), "log"
    ),
    Section.BACKUPS: SectionWords(
        _("Backups"), _("Copies that open on any machine, by a supervisor or the recovery code."), "copies"
    ),
    Section.VAULT: SectionWords(_("Vault"), _("What this desk keeps, and whether it is whole."), "lock"),
    Section.ATTACK_TEST: SectionWords(
        _("Attack test"),
        _("Tries printed pictures, masks and screens on this desk: how many does it notice?"),
        "shield",
    ),
    Section.CALLERS: SectionWords(
        _("Other programs"), _("Programs of this site that may ask this desk for checks and enrolments."), "plug"
    ),
    Section.DESKS: SectionWords(
        _("Desks"), _("Other machines that know the same people, and how up to date each is."), "network"
    ),
    Section.ABOUT: SectionWords(_("About"), _("The program, its version, and what it is made of."), "info"),
}
GROUPS: Final = (
    (_("People and site"), (Section.PEOPLE, Section.ORGANISATION, Section.POLICY, Section.FIELDS)),
    (_("Recognition"), (Section.MODELS, Section.CALIBRATION, Section.ATTACK_TEST)),
    (_("What is kept"), (Section.AUDIT, Section.BACKUPS, Section.VAULT)),
    (_("Programs and desks"), (Section.CALLERS, Section.DESKS, Section.ABOUT)),
)
"""The sections under the head of their group, in the order of the list."""
TASKS: Final = {
    Task.ADMIT: (_("Admit somebody …"), Act.ADMIT_OPERATOR),
    Task.RESET: (_("New passphrase …"), Act.RESET_OPERATOR),
    Task.DISMISS: (_("Remove …"), Act.REMOVE_OPERATOR),
    Task.CHANGE_OWN: (_("Change my passphrase …"), Act.VERIFY),
    Task.RECOVERY_CODE: (_("New recovery code …"), Act.MAKE_RECOVERY_CODE),
    Task.SET_ORGANISATION: (_("Edit the organisation …"), Act.GOVERN),
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
    Task.REPLAY_LEDGER: (_("Erase again after a restore …"), Act.REPLAY_ERASURES),
    Task.CHECK_VAULT: (_("Read and check everything"), Act.VERIFY),
    Task.ROTATE: (_("Change the keys …"), Act.ROTATE_KEYS),
    Task.STATISTICS: (_("Save all figures as CSV …"), Act.STATISTICS),
    Task.EDIT_FIELDS: (_("Change the fields …"), Act.CHANGE_FIELDS),
    Task.LOAD_FIELDS: (_("Take fields from a file …"), Act.CHANGE_FIELDS),
    Task.SAVE_FIELDS: (_("Save the fields to a file …"), Act.VERIFY),
    Task.ERASE_FIELDS: (_("Destroy old values …"), Act.ERASE),
    Task.BEGIN_TEST: (_("Begin a test …"), Act.TEST_ATTACKS),
    Task.ADD_TEST_PERSON: (_("Add a person …"), Act.ENROL),
    Task.RECORD_TEST: (_("Record what is shown …"), Act.ENROL),
    Task.REPORT_TEST: (_("Write the report …"), Act.ENROL),
    Task.ERASE_TEST: (_("Erase the test …"), Act.TEST_ATTACKS),
    Task.CALIBRATE: (_("Calibrate on the people here …"), Act.CHANGE_POLICY),
    Task.REVERT_CALIBRATION: (_("Use the supplied limits …"), Act.CHANGE_POLICY),
    Task.INSTALL_MODELS: (_("Install the models …"), Act.GOVERN),
    Task.INSTALL_MODELS_FROM: (_("Install from a folder …"), Act.GOVERN),
    Task.TURN_ON: (_("Let programs ask …"), Act.SET_INTERFACE),
    Task.TURN_OFF: (_("Turn off"), Act.SET_INTERFACE),
    Task.PAIR: (_("Admit a program …"), Act.ADMIT_CALLER),
    Task.REVOKE: (_("Remove a program …"), Act.SET_INTERFACE),
    Task.MAKE_REGISTER: (_("Share with other desks …"), Act.GOVERN),
    Task.ADMIT_DESK: (_("Admit a desk …"), Act.GOVERN),
    Task.REMOVE_DESK: (_("Remove a desk …"), Act.GOVERN),
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
