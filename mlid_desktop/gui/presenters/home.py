"""The home page: four actions, what waits, the numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from mlid_desktop.domain.subjects import SubjectSummary
from mlid_desktop.station.language import Language


@dataclass(frozen=True, slots=True)
class Figure:
    """A number and what it counts."""

    value: str
    name: str


@dataclass(frozen=True, slots=True)
class HomeScreen:
    """The numbers under the four actions; ``empty`` invites to enrol the first person."""

    figures: tuple[Figure, ...]
    empty: bool


@dataclass(frozen=True, slots=True)
class DayCounts:
    """What was done since the vault was unlocked."""

    enrolled: int = 0
    accepted: int = 0
    rejected: int = 0
    inconclusive: int = 0
    searches: int = 0


def home_screen(people: Sequence[SubjectSummary], counts: DayCounts, now: datetime, language: Language) -> HomeScreen:
    """Plain figures: who is enrolled, who was today, and the checks of this session."""
    today = language.date(now)
    enrolled_today = sum(language.date(one.enrolled_at) == today for one in people)
    figures = (
        Figure(f"{len(people):,}", language.text("people enrolled")),
        Figure(f"{enrolled_today:,}", language.text("enrolled today")),
        Figure(f"{counts.accepted:,}", language.text("accepted since unlocking")),
        Figure(f"{counts.rejected:,}", language.text("rejected since unlocking")),
        Figure(f"{counts.inconclusive:,}", language.text("inconclusive since unlocking")),
        Figure(f"{counts.searches:,}", language.text("searches since unlocking")),
    )
    return HomeScreen(figures, empty=not people)
