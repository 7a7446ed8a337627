"""What stands in a section of the administration: rows in groups, and why an action has nothing to work on now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from mlid_desktop.gui.administration.presenter import Rows, Section, Task
from mlid_desktop.station.text.language import N_ as _


@dataclass(frozen=True, slots=True)
class Group:
    """Rows under a heading, which may be empty. ``about`` has the actions on what a row names."""

    rows: Rows = field(repr=False)
    title: str = ""
    about: Mapping[str, tuple[Task, ...]] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class SectionContent:
    """The groups of a section in order; ``idle`` says of an action why there is nothing for it to do now; ``next_act``
    is the one that is to be done next, None where that is the section's usual one; those ``absent`` have no place
    here. ``before_acts`` is the number of groups that stand before the actions."""

    groups: tuple[Group, ...] = field(repr=False)
    idle: Mapping[Task, str] = field(default_factory=dict)
    next_act: Task | None = None
    absent: frozenset[Task] = frozenset()
    before_acts: int = 1


USUAL_ACTS: Final = {
    Section.PEOPLE: Task.ADMIT,
    Section.ORGANISATION: Task.SET_ORGANISATION,
    Section.POLICY: Task.CHANGE_POLICY,
    Section.FIELDS: Task.EDIT_FIELDS,
    Section.MODELS: Task.INSTALL_MODELS,
    Section.CALIBRATION: Task.CALIBRATE,
    Section.AUDIT: Task.CHECK_AUDIT,
    Section.BACKUPS: Task.BACK_UP,
    Section.VAULT: Task.CHECK_VAULT,
    Section.ATTACK_TEST: Task.BEGIN_TEST,
    Section.CALLERS: Task.PAIR,
    Section.DESKS: Task.ADMIT_DESK,
    Section.ABOUT: Task.CHECK_PROGRAM,
}
"""The action of each section that people mostly come for."""
PURPOSES: Final = {
    Task.ADMIT: _("Gives somebody a passphrase of their own. A second person confirms it."),
    Task.RESET: _("For somebody who forgot theirs."),
    Task.DISMISS: _("Their passphrase opens nothing any more."),
    Task.CHANGE_OWN: _("Yours alone: the others keep theirs."),
    Task.RECOVERY_CODE: _("For the day when every passphrase is forgotten. The code of before opens nothing any more."),
    Task.SET_ORGANISATION: _("Name, contact, and how consent is taken back."),
    Task.CHANGE_POLICY: _("It is confirmed by a second person and holds from the next unlock on."),
    Task.CHECK_AUDIT: _("Reads every entry and follows the chain from the first to the last."),
    Task.DAY_REPORT: _("A page on what was done today, to print or to file."),
    Task.COMPARE_CHECKPOINT: _("Tells whether the whole vault was put back to an earlier day."),
    Task.EXPORT_AUDIT: _("Every entry, for an auditor's own programs."),
    Task.BACK_UP: _("Copies the vault into a folder, best on another disk."),
    Task.CHECK_BACKUP: _("Opens a backup and reads it to the last byte. Nothing is restored."),
    Task.FORGET_BACKUP: _("For a backup that was destroyed: erasures need not reach it any more."),
    Task.RESTORE: _("Puts a backup in the place of this vault, or beside it."),
    Task.SAVE_LEDGER: _("Which people were erased, by number alone. Keep it apart from the backups."),
    Task.REPLAY_LEDGER: _("After an older backup was restored: whoever was erased since is erased again."),
    Task.CHECK_VAULT: _("Opens every record and follows every chain."),
    Task.ROTATE: _("Replaces every key, in backups within reach as well."),
    Task.STATISTICS: _("Counts by hour and day as a table, without anybody's name."),
    Task.EDIT_FIELDS: _("Adds, changes and drops fields. A second person confirms it."),
    Task.LOAD_FIELDS: _("Takes over what another desk saved to a file."),
    Task.SAVE_FIELDS: _("For another desk, or to keep with the site's papers."),
    Task.ERASE_FIELDS: _("Destroys the values whose time is over."),
    Task.BEGIN_TEST: _("Chooses the kinds of copies, and how often each is shown."),
    Task.ADD_TEST_PERSON: _("Somebody who takes part. Kept for the test alone."),
    Task.RECORD_TEST: _("Shows what comes next to the camera, and keeps what comes of it."),
    Task.REPORT_TEST: _("What was told apart and what was not, with intervals."),
    Task.ERASE_TEST: _("Deletes the people, the pictures and the outcomes of the test."),
    Task.CALIBRATE: _("Measures how alike the people here are to each other, and shows before and after."),
    Task.REVERT_CALIBRATION: _("Decides again by what the program was published with."),
    Task.INSTALL_MODELS: _("Fetches those that are missing, and checks each."),
    Task.INSTALL_MODELS_FROM: _("For a desk without network: from a disk or a stick."),
    Task.TURN_ON: _("Programs of this machine may ask from then on, once each was admitted."),
    Task.TURN_OFF: _("Nobody is answered any more. Who was admitted stays admitted."),
    Task.PAIR: _("The program shows a code, which is typed here."),
    Task.REVOKE: _("It is answered no more, from this moment on."),
    Task.MAKE_REGISTER: _("Shares what this vault has with other desks, through a server that cannot read it."),
    Task.ADMIT_DESK: _("The other desk shows a code, which is typed here."),
    Task.REMOVE_DESK: _("It gets nothing more, and the keys that it had are replaced."),
    Task.BRING_IN_STEP: _("It happens by itself; this does it at once."),
    Task.CHECK_REGISTER: _("Reads everything that the server holds, and follows every chain."),
    Task.MEND_REGISTER: _("Sends a server that was put back to an earlier day what it lost since."),
    Task.UPGRADE_REGISTER: _("Gives it what this program's version needs. Older programs are let in no more."),
    Task.CHECK_PROGRAM: _("Compares every file with what was published."),
    Task.TEST_DESK: _("Tries camera, reader, microphone, models and vault; a report for the help desk."),
}
"""What each action is for, in a sentence beside its button."""
