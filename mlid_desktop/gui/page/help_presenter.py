"""What help shows: what a page is for, step by step, and every key."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from mlid_desktop.gui.page.keys import HELP_KEY, KEYS_KEY, LOCK_KEY, RECEIPT_KEY, SECOND_SCREEN_KEY
from mlid_desktop.gui.page.navigation import ACTIONS, ASIDE, FURTHER, PAGES, PageName
from mlid_desktop.station.text.language import N_ as _
from mlid_desktop.station.text.language import Language

STEPS: Final[dict[PageName, tuple[str, ...]]] = {
    PageName.HOME: (
        _("Choose what you want to do: every action has a large button and a key."),
        _("Below the buttons is what is still to be done, and each suspicion of an attack, by person and by device."),
        _("The strip at the top says which devices and models work; it follows what is plugged in."),
    ),
    PageName.ENROL: (
        _("Read the consent text with the person, in their language. Saying no is always possible."),
        _("Enter number and name. If a number is taken already, the page says so at once."),
        _("A good capture is taken automatically; Space uses the best so far, R starts again."),
        _("What cannot be captured is skipped with its reason (X): a bandaged finger, or a voice in a loud room."),
        _("Somebody similar who is enrolled already is shown beside the person: two people decide."),
        _("A portrait is a choice of its own, where this desk keeps portraits: saying no costs nothing."),
        _("Review everything, save, and hand out the receipt."),
        _("You can leave at any time: the enrolment is kept for a day and resumed from the home page."),
    ),
    PageName.VERIFY: (
        _("Find the person by number, name, a scanned barcode or the receipt, held to the camera."),
        _("Let the person look at the camera, or place the finger that is asked."),
        _("Where a copy cannot be ruled out, movements are asked for. “Can't do this” asks for another, at no cost."),
        _("Where a portrait is kept, it stands beside what was captured: compare the two. Each look is noted."),
        _("The decision says why, how sure it is, and what to do next. After failed attempts one has to wait."),
        _("A suspicion of an attack ends the attempt. Go on with a document; two people may let the person try again."),
        _("If it does not work, check the identity another way: nobody may be worse off for it."),
    ),
    PageName.IDENTIFY: (
        _("The person is searched among all who are enrolled; at most ten candidates are shown side by side."),
        _("A candidate is never the person until two people said so. Ask a supervisor where you cannot tell."),
        _("If nobody is found, ask for the number, or look at a document."),
    ),
    PageName.RECORDS: (
        _("Type a part of a number or name. Choose a person to see what is kept, and since when."),
        _("Withdrawing consent is one button. Erasing takes a second person and leaves a certificate."),
        _("A portrait is shown to whoever may see it, and each look is noted. It can be destroyed alone."),
        _("Hand out gives the person a copy of everything that is kept about them."),
        _("People who share a number are told apart by two people, who give one of them another number."),
    ),
    PageName.DEVICES: (
        _("Choose what is used for each characteristic. A device counts as live once two people have registered it."),
        _("If a device is not listed, plug it in again and look for devices."),
        _("Streams and files are added by their address; they count in demo vaults only."),
    ),
    PageName.ADMINISTRATION: (
        _("What you see depends on your role: what is not permitted is not offered."),
        _("People at the desk, devices, certificates and policies are changed by two people."),
        _("Check the audit and the backups now and then: one that was never checked may be of no use."),
        _("Calibration compares the people here with one another, without names; two people decide by the result."),
    ),
    PageName.SETUP: (
        _("Each step says why it is done and what proves it. Leave at any time: it goes on where it stood."),
        _(
            "When all are done, the home page says that this desk is ready; a step that comes undone is named there "
            "again."
        ),
    ),
    PageName.CHECK_IN: (
        _("Type or scan a number, a barcode or the code of a receipt: the face confirms it."),
        _("A code scanned during a check belongs to the next person."),
        _("In the empty field, Space lets the face propose somebody; a finger or the code then confirms who it is."),
        _("The queue sees the verdict and a first name. The last twenty are yours alone, and gone when you leave."),
        _("A suspicion stops everything until you press Next."),
    ),
    PageName.FIGURES: (
        _("Choose a day, a week, a month or all months; Earlier and Later go from one to the next."),
        _("Every picture shows the rows of one table, which can be read and saved as well."),
        _("Counts from 1 to 4 are never shown: they could point at somebody."),
    ),
    PageName.TRANSPARENCY: (
        _("See how often a comparison is wrong, on how many people that was measured, and how it can be fooled."),
        _("For the person at the desk too: turn the screen, or read it aloud."),
    ),
}
CAPTURE_KEYS: Final = (
    ("Space", _("capture, or use the best so far")),
    ("R", _("begin the capture again")),
)
ENROLMENT_KEYS: Final = (
    ("S", _("stop the capture of fingers or of a voice")),
    ("X", _("say why something cannot be captured")),
    ("← →  1 … 0", _("from finger to finger")),
    ("P", _("play a voice, or stop it")),
)
FINDING_KEYS: Final = ((RECEIPT_KEY, _("find a person by the receipt, held to the camera")),)
COMMON_KEYS: Final = (
    ("Enter", _("go on")),
    ("Esc", _("one step back")),
    ("Tab", _("to the next field or button")),
    (LOCK_KEY, _("lock the vault")),
    (SECOND_SCREEN_KEY, _("turn the screen for the person on or off")),
    (HELP_KEY, _("help for this page")),
    (KEYS_KEY, _("all keys")),
)
KEYS_OF: Final = {  # of a page, besides those that are the same everywhere
    PageName.ENROL: (*CAPTURE_KEYS, *ENROLMENT_KEYS),
    PageName.VERIFY: (*FINDING_KEYS, *CAPTURE_KEYS),
    PageName.IDENTIFY: CAPTURE_KEYS,
    PageName.RECORDS: FINDING_KEYS,
}
SEQUENCES: Final = frozenset({PageName.ENROL, PageName.VERIFY})  # whose steps follow one another


@dataclass(frozen=True, slots=True)
class KeyGroup:
    """Keys that belong together, under a title, each with what it does."""

    title: str
    keys: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class HelpScreen:
    """The help of one page: ``steps``, in their order where they are a sequence; the ``keys`` of the page itself, and
    ``all_keys`` of the program by group, those of every page among them, each with what it does."""

    title: str
    steps: tuple[str, ...]
    keys: tuple[tuple[str, str], ...]
    all_keys: tuple[KeyGroup, ...]
    is_sequence: bool = False


def help_screen(page_name: PageName, language: Language) -> HelpScreen:
    """The help of one page."""
    steps = tuple(language.text(step) for step in STEPS[page_name])
    there = (*ACTIONS, *FURTHER, *ASIDE) if page_name is PageName.HOME else ()  # whose cards and rows stand there
    pages = [name for name in PAGES if name in there]
    here = (*_to_pages(pages, language), *_meant(KEYS_OF.get(page_name, ()), language))
    title = language.text("Help: {page}", page=language.text(PAGES[page_name].name))
    return HelpScreen(title, steps, here, all_keys(language), page_name in SEQUENCES)


def all_keys(language: Language) -> tuple[KeyGroup, ...]:
    """Every key and what it does: those that lead to a page, those of captures, then those of every page."""
    text = language.text
    return (
        KeyGroup(text("To a page"), _to_pages(PAGES, language)),
        KeyGroup(text("While something is captured"), _meant((*CAPTURE_KEYS, *ENROLMENT_KEYS), language)),
        KeyGroup(text("Everywhere"), _meant((*FINDING_KEYS, *COMMON_KEYS), language)),
    )


def _to_pages(page_names: Iterable[PageName], language: Language) -> tuple[tuple[str, str], ...]:
    found = [(PAGES[page_name].key, language.text(PAGES[page_name].name)) for page_name in page_names]
    return tuple(sorted(found, key=lambda row: (len(row[0]), row[0])))  # as they lie on the keyboard: F2 before F10


def _meant(keys: tuple[tuple[str, str], ...], language: Language) -> tuple[tuple[str, str], ...]:
    return tuple((key, language.text(meaning)) for key, meaning in keys)
