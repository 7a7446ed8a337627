"""The test of attack detection in words: how far it is, and what to show to the camera now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from mlid_desktop.domain.errors import Code
from mlid_desktop.gui.administration.presenter import Task
from mlid_desktop.station.attack_tests.report import SPECIES
from mlid_desktop.station.text.language import N_ as _
from mlid_desktop.station.text.language import Language
from mlid_desktop.workflow.attack_test.plan import AttackSpecies, AttackTest, PlannedPresentation


@dataclass(frozen=True, slots=True)
class PresentationScreen:
    """What the dialog says before and while a presentation is recorded."""

    what: str = field(repr=False)
    why: str
    position: str


OBSTACLES: Final = {
    Code.MODEL_LOOKS_FOR_NO_ATTACK: (_("Models"), _("Those in use look for no attack: install the models.")),
    Code.USAGE_NEEDS_DEMO_VAULT: (
        _("Vault"),
        _("A test is made in a demo vault, so that nobody's record is touched."),
    ),
}
"""What a test lacks here, by the fault that beginning one raises."""


def rows_of_test(test: AttackTest | None, obstacles: Sequence[Code], language: Language) -> tuple[tuple[str, str], ...]:
    """The rows of the section: what was asked and done of each kind, the people, and what comes next; before that, what
    a test lacks here."""
    text = language.text
    lacking = [(text(name), text(said)) for name, said in (OBSTACLES[code] for code in obstacles)]
    if test is None:
        takes = text("It takes a supervisor, a second person, and people of this site who agree to it.")
        return (*lacking, (text("No test is under way"), takes))
    asked = test.plan.presentations
    counts = tuple(
        (kind_name(kind, language), text("{done} of {asked}", done=test.done(kind), asked=asked)) for kind in test.kinds
    )
    people = ", ".join(test.people) or text("Nobody yet")
    return (*lacking, *counts, (text("People"), people), (text("Next"), next_text(test, language)))


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


def presentation_screen(planned: PlannedPresentation, asked: int, language: Language) -> PresentationScreen:
    """What to show now."""
    text = language.text
    position = text("{number} of {asked}", number=planned.number, asked=asked)
    if planned.species is None:
        what = text("{person} looks at the camera", person=planned.person)
        return PresentationScreen(
            what, text("As at the desk: the living person, nothing in front of the face."), position
        )
    kind = kind_name(planned.species, language)
    what = text("Show the camera: {kind}, of {person}", kind=kind, person=planned.person)
    why = text("Hold it as somebody would who wants to be accepted. What comes of it is kept, whatever it is.")
    return PresentationScreen(what, why, position)
