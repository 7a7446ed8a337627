"""The home page: four actions, what waits, the numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.errors import MlidError
from mlid_desktop.domain.subjects import SubjectSummary
from mlid_desktop.gui.presenters.faults import fault_text
from mlid_desktop.station.language import Language


@dataclass(frozen=True, slots=True)
class Figure:
    """A number and what it counts."""

    value: str
    name: str


@dataclass(frozen=True, slots=True)
class HomeScreen:
    """The numbers under the four actions, in titled groups; ``empty`` invites to enrol the first person; ``off`` says
    which modalities are, and what turns them on."""

    groups: tuple[tuple[str, tuple[Figure, ...]], ...]
    empty: bool
    off: str = ""


@dataclass(frozen=True, slots=True)
class DayCounts:
    """What was done since the vault was unlocked."""

    enrolled: int = 0
    accepted: int = 0
    rejected: int = 0
    inconclusive: int = 0
    searches: int = 0


def home_screen(
    people: Sequence[SubjectSummary],
    counts: DayCounts,
    now: datetime,
    language: Language,
    engine_faults: Mapping[Modality, MlidError | None] = MappingProxyType({}),
) -> HomeScreen:
    """Plain figures: who is enrolled, who was today, and the checks of this session."""
    today = language.date(now)
    enrolled_today = sum(language.date(one.enrolled_at) == today for one in people)
    enrolled = (
        Figure(f"{len(people):,}", language.text("in all")),
        Figure(f"{enrolled_today:,}", language.text("today")),
    )
    checks = (
        Figure(f"{counts.accepted:,}", language.text("accepted")),
        Figure(f"{counts.rejected:,}", language.text("rejected")),
        Figure(f"{counts.inconclusive:,}", language.text("inconclusive")),
        Figure(f"{counts.searches:,}", language.text("searches")),
    )
    groups = ((language.text("People enrolled"), enrolled), (language.text("Since the vault was unlocked"), checks))
    off = " ".join(fault_text(fault, language) for fault in engine_faults.values() if fault is not None)
    return HomeScreen(groups, empty=not people, off=off)
