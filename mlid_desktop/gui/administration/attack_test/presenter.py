"""The test of attack detection in words: how far it is, and what to show to the camera now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from mlid_desktop.domain.errors import Code
from mlid_desktop.gui.administration.content import (
    Acts,
    Cell,
    Fact,
    Facts,
    Nothing,
    SectionContent,
    SectionState,
    Table,
)
from mlid_desktop.gui.administration.presenter import OFFERED, Section, Task
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.station.attack_tests.report import SPECIES
from mlid_desktop.station.text.language import Language, capitalised
from mlid_desktop.workflow.attack_test.plan import PRESENTATIONS, AttackSpecies, AttackTest, PlannedPresentation

MINUTES_TOLD = 90  # from so many on, hours are told
SECONDS_EACH = 15  # to hold something up, and to be told what comes next; a guess, said as one


@dataclass(frozen=True, slots=True)
class PresentationScreen:
    """What the dialog says before and while a presentation is recorded, and how far the test is: 0 to 1."""

    what: str = field(repr=False)
    why: str
    position: str
    progress: float


def content_of_test(test: AttackTest | None, obstacles: Sequence[Code], language: Language) -> SectionContent:
    """What the section shows: before a test, what it takes or lacks here; then how far it is, and what comes next."""
    text = language.text
    if test is not None:
        return _content_of(test, language)
    during = frozenset(OFFERED[Section.ATTACK_TEST]) - {Task.BEGIN_TEST}
    nothing = Nothing(text("No test is under way"), text("Begin one once the people who take part are here."))
    if Code.MODEL_LOOKS_FOR_NO_ATTACK in obstacles:
        lacks = text("The models in use do not look for copies of faces. Install those that do, then test them here.")
        nothing = Nothing(text("Install the models first"), lacks, leads_to=Section.MODELS)
    elif obstacles:
        demo = text("A test is made in a demo vault, so that nobody's record is touched.")
        nothing = Nothing(text("A test needs a demo vault"), demo)
    absent = during | {Task.BEGIN_TEST} if obstacles else during
    return SectionContent((_before(obstacles, language),), nothing=nothing, absent=absent)


def _before(obstacles: Sequence[Code], language: Language) -> Facts:
    """What a test takes, with a sign for what is there and what is lacking, and what it goes on to."""
    text = language.text

    def takes(name: str, obstacle: Code, there: str, lacking: str) -> Fact:
        is_there = obstacle not in obstacles
        return Fact(name, there if is_there else lacking, Tone.ACCEPTED if is_there else Tone.INCONCLUSIVE)

    rows = (
        takes(
            text("Models"),
            Code.MODEL_LOOKS_FOR_NO_ATTACK,
            text("They look for copies of faces."),
            text("None that looks for copies of faces is installed."),
        ),
        takes(
            text("Vault"),
            Code.USAGE_NEEDS_DEMO_VAULT,
            text("A demo vault: nobody's record is touched."),
            text("Real people are in it: use a demo vault."),
        ),
        Fact(text("People"), text("A supervisor, a second person, and people of this site who agree to it.")),
        Fact(text("What is kept"), text("No picture. What came of each presentation, until the test is erased.")),
    )
    return Facts(rows, short=True)


def _content_of(test: AttackTest, language: Language) -> SectionContent:
    text, asked = language.text, test.plan.presentations
    rows = tuple(
        (
            Cell(capitalised(kind_name(kind, language))),
            Cell(
                text("{done} of {asked}", done=test.done(kind), asked=asked),
                Tone.ACCEPTED if test.people and test.done(kind) >= asked else None,
            ),
        )
        for kind in test.kinds
    )
    shown = Table(
        (text("What is shown"), text("Recorded")), rows, text("How far it is"), numbers=frozenset({1}), wide=2
    )
    people = Facts((Fact(text("People"), ", ".join(test.people) or text("Nobody yet")),), text("Who takes part"))
    acts = Acts((Task.ADD_TEST_PERSON, Task.RECORD_TEST, Task.REPORT_TEST, Task.ERASE_TEST))
    if test.next_planned is None and test.people:
        condition = SectionState(
            Tone.ACCEPTED, next_text(test, language), text("Write the report, then erase the test.")
        )
    else:
        condition = SectionState(Tone.INFORMATION, text("Next: {what}", what=next_text(test, language)))
    return SectionContent(
        (shown, people, acts), condition, next_act=next_task(test), absent=frozenset({Task.BEGIN_TEST})
    )


def total_text(kinds: int, typed: str, language: Language) -> str:
    """How much a test takes that shows so many kinds, and the living person, as often as was ``typed``; nothing where
    no number was."""
    if not kinds or not typed.isdecimal():
        return ""
    total = (kinds + 1) * int(typed)
    minutes = max(1, round(total * SECONDS_EACH / 60))
    if minutes < MINUTES_TOLD:
        lasts = language.plural("about {number} minute", "about {number} minutes", minutes)
    else:
        lasts = language.plural("about {number} hour", "about {number} hours", round(minutes / 60))
    return language.text(
        "With the living person {total} recordings, {lasts}. Laboratories ask {asked} of each.",
        total=language.number(total),
        lasts=lasts,
        asked=language.number(PRESENTATIONS),
    )


def next_task(test: AttackTest) -> Task:
    """What is to be done next in a test."""
    if test.next_planned is not None:
        return Task.RECORD_TEST
    return Task.REPORT_TEST if test.people else Task.ADD_TEST_PERSON


def kind_name(species: AttackSpecies | None, language: Language) -> str:
    """The name of a kind of presentation."""
    return language.text("the living person") if species is None else language.text(SPECIES[species])


def next_text(test: AttackTest, language: Language) -> str:
    """What comes next, in one line."""
    planned = test.next_planned
    if planned is not None:
        return f"{kind_name(planned.species, language)} · {planned.person}"
    if not test.people:
        return language.text("Add the people who take part first.")
    return language.text("All that was planned is recorded.")


def presentation_screen(planned: PlannedPresentation, test: AttackTest, language: Language) -> PresentationScreen:
    """What to show now."""
    text = language.text
    position = text(
        "{number} of {asked} of this kind. Recorded of the whole test: {percent} %",
        number=planned.number,
        asked=test.plan.presentations,
        percent=round(100 * test.progress),
    )
    if planned.species is None:
        what = text("{person} looks at the camera", person=planned.person)
        return PresentationScreen(
            what, text("As at the desk: the living person, nothing in front of the face."), position, test.progress
        )
    kind = kind_name(planned.species, language)
    what = text("Show the camera: {kind}, of {person}", kind=kind, person=planned.person)
    why = text("Hold it as somebody would who wants to be accepted. What comes of it is kept, whatever it is.")
    return PresentationScreen(what, why, position, test.progress)
