"""A test of attack detection with a site's own people and attacks: which presentation comes next, and how far it is.

What was recorded is the state: a test that was interrupted goes on where the last recorded presentation left it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from mlid_desktop.domain.templates import Template

BONA_FIDE: Final = "bona fide"


class AttackSpecies(StrEnum):
    """A kind of attack instrument against the face; what a report does not have of these it lists as not tested."""

    PRINT = "print"
    CUT_OUT = "cut-out"
    PAPER_MASK = "paper-mask"
    PHONE = "phone"
    TABLET = "tablet"
    MONITOR = "monitor"
    MASK = "mask"
    INJECTION = "injection"


@dataclass(frozen=True, slots=True)
class ObservedFrame:
    """The result of one frame of a presentation: liveness 0..1, None where it gave no evidence that may be judged;
    unified quality, the template where there is one, and the milliseconds of each step."""

    liveness: float | None = field(repr=False)
    quality: int = -1
    template: Template | None = field(default=None, repr=False)
    steps_ms: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ObservedPresentation:
    """One bona fide or attack presentation: the person it is of, and its frames in their order."""

    person: str
    frames: tuple[ObservedFrame, ...] = field(repr=False)


# The field's test laboratories ask six species with 150 presentations each, none accepted, and that at most 15 % of
# the living are refused.
OFFERED: Final = (
    AttackSpecies.PRINT,
    AttackSpecies.CUT_OUT,
    AttackSpecies.PAPER_MASK,
    AttackSpecies.PHONE,
    AttackSpecies.TABLET,
    AttackSpecies.MONITOR,
)
PRESENTATIONS: Final = 150
MAX_PRESENTATIONS: Final = 1000
MAX_PEOPLE: Final = 100
MAX_LABEL: Final = 40


@dataclass(frozen=True, slots=True)
class AttackTestPlan:
    """What a test asks: so many presentations of each species, and as many bona fide ones. Raises ValueError for a plan
    without species, or with the same one twice, or with a number out of bounds."""

    species: tuple[AttackSpecies, ...] = OFFERED
    presentations: int = PRESENTATIONS

    def __post_init__(self) -> None:
        if not self.species or len(set(self.species)) < len(self.species):
            raise ValueError("a test has species, each once")
        if not 1 <= self.presentations <= MAX_PRESENTATIONS:
            raise ValueError("a test has 1 to 1,000 presentations of each kind")


@dataclass(frozen=True, slots=True)
class PlannedPresentation:
    """A presentation to record: of a species, or bona fide where ``species`` is None; of a person; ``number`` counts
    those of its kind from 1."""

    species: AttackSpecies | None
    person: str
    number: int


@dataclass(frozen=True, slots=True)
class RecordedPresentation:
    """A presentation that was recorded."""

    species: AttackSpecies | None
    person: str


@dataclass(frozen=True, slots=True)
class AttackTest:
    """A test as it stands. Frozen: :meth:`admit` and :meth:`record` return the next state. ``people`` are labels, never
    names; each agreed to take part."""

    plan: AttackTestPlan
    people: tuple[str, ...] = ()
    recorded: tuple[RecordedPresentation, ...] = ()

    @classmethod
    def resume(
        cls, plan: AttackTestPlan, people: Sequence[str], recorded: Iterable[RecordedPresentation]
    ) -> AttackTest:
        """The test that was left, from what was kept of it. Raises ValueError where that contradicts itself."""
        test = cls(plan)
        for label in people:
            test = test.admit(label)
        for presentation in recorded:
            test = test.record(presentation)
        return test

    def admit(self, label: str) -> AttackTest:
        """Adds a person under a label. Raises ValueError for one that is empty, too long or taken, or one too many."""
        clean = label.strip()
        if not clean or len(clean) > MAX_LABEL or not clean.isprintable() or clean in self.people:
            raise ValueError("a label of its own, of at most 40 characters")
        if len(self.people) >= MAX_PEOPLE:
            raise ValueError("at most 100 people")
        return replace(self, people=(*self.people, clean))

    def record(self, presentation: RecordedPresentation) -> AttackTest:
        """Counts a presentation. Raises ValueError for a person or a species that the test does not know."""
        if presentation.person not in self.people:
            raise ValueError("nobody of this label takes part")
        if presentation.species is not None and presentation.species not in self.plan.species:
            raise ValueError("the plan does not ask this species")
        return replace(self, recorded=(*self.recorded, presentation))

    @property
    def kinds(self) -> tuple[AttackSpecies | None, ...]:
        """Every kind of presentation, the bona fide ones first."""
        return (None, *self.plan.species)

    def done(self, species: AttackSpecies | None, person: str | None = None) -> int:
        """How many presentations of a kind were recorded, of one person or of all."""
        return sum(
            presentation.species is species and person in (None, presentation.person) for presentation in self.recorded
        )

    @property
    def next_planned(self) -> PlannedPresentation | None:
        """The presentation to record next; None where the plan is met, or nobody takes part yet.

        Everybody is shown alive before a copy of them is: an attack is compared with the living person. Then the kind
        that is least far comes, and of it the person who was shown least.
        """
        if not self.people:
            return None
        unseen = [person for person in self.people if not self.done(None, person)]
        if unseen:
            return PlannedPresentation(None, unseen[0], self.done(None) + 1)
        kind = min(self.kinds, key=self.done)
        if self.done(kind) >= self.plan.presentations:
            return None
        person = min(self.people, key=lambda label: self.done(kind, label))
        return PlannedPresentation(kind, person, self.done(kind) + 1)

    @property
    def progress(self) -> float:
        """0..1 of what the plan asks; what is beyond it does not count."""
        wanted = self.plan.presentations * len(self.kinds)
        return sum(min(self.done(kind), self.plan.presentations) for kind in self.kinds) / wanted
