"""What stands in a section of the administration: how it stands first, then rows, tables and actions, or one sentence
where there is nothing yet."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from mlid_desktop.gui.administration.presenter import Section, Task
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.station.text.language import N_ as _

LOGO: Final = "logo"  # in the place of an icon


@dataclass(frozen=True, slots=True)
class SectionState:
    """How a section stands, in a tone: ``words``, and ``why`` it matters or what follows from it."""

    tone: Tone
    words: str = field(repr=False)
    why: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """A name and what is said under it; in a ``tone``, beside its icon. A ``minor`` one is for whoever looks for it."""

    name: str
    value: str = field(repr=False)
    tone: Tone | None = None
    minor: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """Facts in a card, under a title where there are several cards. Where the names are ``short``, what is said has
    the more room."""

    rows: tuple[Fact, ...] = field(repr=False)
    title: str = ""
    short: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a cell of a table, in a tone beside its icon; a ``note`` in small under it."""

    words: str = field(repr=False)
    tone: Tone | None = None
    note: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Table:
    """A table in a card. ``numbers`` are the columns whose words end at one edge, ``wide`` the one that takes the room
    there is, which is left empty after the last column; a ``note`` says how the table is to be read. In a ``named`` one
    the first column is as wide as the names of facts, so that what is said stands under what is said in other cards.
    In an ``even`` one all columns are of one width."""

    heads: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...] = field(repr=False)
    title: str = ""
    numbers: frozenset[int] = frozenset()
    wide: int = 0
    note: str = ""
    named: bool = False
    even: bool = False


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody or something that is named, with what is said of it and what can be done about it."""

    name: str = field(repr=False)
    said: str = field(default="", repr=False)
    about: tuple[Task, ...] = ()


@dataclass(frozen=True, slots=True)
class NamedRows:
    """A card of those who are named, each with an ``icon``."""

    rows: tuple[Named, ...] = field(repr=False)
    icon: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Acts:
    """A card of actions: a row each with what it does. Those that are not offered to whom looks are left out."""

    tasks: tuple[Task, ...]
    title: str = ""


@dataclass(frozen=True, slots=True)
class Nothing:
    """What is said where there is nothing yet; ``act`` is what the next action is called then, where that is not its
    name, ``leads_to`` another section in which to go on."""

    title: str
    words: str
    act: str = ""
    leads_to: Section | None = None


Part = Facts | Table | NamedRows | Acts


@dataclass(frozen=True, slots=True)
class SectionContent:
    """What a section shows, in order. ``next_act`` is the action that is to be done next, None where that is the
    section's usual one; it is the button that stands out, ``closed`` for as long as these words say why. Those
    ``absent`` have nothing to work on now. Where ``nothing`` is there yet, its sentence stands in the middle with the
    next action under it."""

    parts: tuple[Part, ...] = field(repr=False)
    condition: SectionState | None = None
    nothing: Nothing | None = None
    next_act: Task | None = None
    absent: frozenset[Task] = frozenset()
    closed: str = ""


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
}
"""The action of each section that people mostly come for."""
DESTRUCTIVE: Final = frozenset(
    {Task.DISMISS, Task.FORGET_BACKUP, Task.ERASE_FIELDS, Task.ERASE_TEST, Task.REVOKE, Task.REMOVE_DESK}
)
"""Actions after which something is gone."""
PURPOSES: Final = {
    Task.ADMIT: _("Gives somebody a passphrase of their own. A second person confirms it."),
    Task.RESET: _("For somebody who forgot theirs."),
    Task.DISMISS: _("Their passphrase opens nothing any more."),
    Task.CHANGE_OWN: _("The others keep theirs."),
    Task.RECOVERY_CODE: _("Opens this vault if every passphrase is forgotten. An earlier code stops working."),
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
    Task.SAVE_LEDGER: _("By number alone, without names. Keep it apart from the backups."),
    Task.REPLAY_LEDGER: _(
        "Only where this vault was lost: a restored backup brings back who was erased after it. The list erases them."
    ),
    Task.CHECK_VAULT: _("Opens every record and follows every chain."),
    Task.ROTATE: _("After a theft, or when somebody left: new keys here and in backups within reach."),
    Task.STATISTICS: _("Every hour and day since the vault was made. The page Figures shows them."),
    Task.EDIT_FIELDS: _("Adds, changes and drops fields. A second person confirms it."),
    Task.LOAD_FIELDS: _("Takes over what another desk saved to a file."),
    Task.SAVE_FIELDS: _("For another desk, or to keep with the site's papers."),
    Task.ERASE_FIELDS: _("Destroys the values whose time is over."),
    Task.BEGIN_TEST: _("Chooses what is shown to the camera, and how often."),
    Task.ADD_TEST_PERSON: _("Somebody who takes part. Kept for the test alone."),
    Task.RECORD_TEST: _("Shows what comes next to the camera, and keeps what comes of it."),
    Task.REPORT_TEST: _("What was told apart and what was not, with intervals."),
    Task.ERASE_TEST: _("Deletes the people, the pictures and the outcomes of the test."),
    Task.CALIBRATE: _("Measures how alike the people here are to each other, and shows before and after."),
    Task.REVERT_CALIBRATION: _("Uses again the limits that came with the program."),
    Task.INSTALL_MODELS: _("Fetches those that are missing, and checks each."),
    Task.INSTALL_MODELS_FROM: _("For a desk without network: from a disk or a stick."),
    Task.TURN_ON: _("Programs of this machine may ask from then on, once each was admitted."),
    Task.TURN_OFF: _("Nobody is answered any more. Who was admitted stays admitted."),
    Task.PAIR: _("You get a code here, which is typed in the program within five minutes."),
    Task.REVOKE: _("It is answered no more, from this moment on."),
    Task.MAKE_REGISTER: _("Other desks know the same people then. It takes a server, which cannot read them."),
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
VERBS: Final = {
    Task.CHANGE_OWN: _("Change …"),
    Task.RECOVERY_CODE: _("Make …"),
    Task.BACK_UP: _("Back up …"),
    Task.CHECK_BACKUP: _("Check …"),
    Task.FORGET_BACKUP: _("Take off …"),
    Task.RESTORE: _("Restore …"),
    Task.SAVE_LEDGER: _("Save …"),
    Task.REPLAY_LEDGER: _("Apply the list …"),
    Task.ROTATE: _("Change …"),
    Task.STATISTICS: _("Save …"),
    Task.EDIT_FIELDS: _("Change …"),
    Task.LOAD_FIELDS: _("Open …"),
    Task.SAVE_FIELDS: _("Save …"),
    Task.ERASE_FIELDS: _("Destroy …"),
    Task.ADD_TEST_PERSON: _("Add …"),
    Task.RECORD_TEST: _("Record …"),
    Task.REPORT_TEST: _("Write …"),
    Task.ERASE_TEST: _("Erase …"),
    Task.REVERT_CALIBRATION: _("Use them …"),
    Task.INSTALL_MODELS_FROM: _("Install …"),
    Task.TURN_OFF: _("Turn off"),
    Task.PAIR: _("Admit …"),
    Task.REVOKE: _("Remove …"),
    Task.REMOVE_DESK: _("Remove …"),
    Task.BRING_IN_STEP: _("Do it now"),
    Task.CHECK_REGISTER: _("Check"),
    Task.MEND_REGISTER: _("Put back …"),
    Task.UPGRADE_REGISTER: _("Update …"),
    Task.CHECK_PROGRAM: _("Check"),
    Task.TEST_DESK: _("Test …"),
}
"""What the button of an action says where its name stands beside it."""
