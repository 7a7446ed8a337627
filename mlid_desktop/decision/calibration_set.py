"""Calibrations side by side: those of today's extractors, and those of earlier ones whose references still count."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from mlid_desktop.decision.calibration import Calibration
from mlid_desktop.domain.characteristics import Modality

Calibrations = Mapping[Modality, Calibration]
"""Today's calibration of each modality; a :class:`CalibrationSet` knows those of earlier extractors too."""


@dataclass(frozen=True, slots=True, eq=False)
class CalibrationSet(Mapping[Modality, Calibration]):
    """Today's calibration of each modality (as a mapping), and beside them those of ``earlier`` extractors, the newest
    first."""

    today: Mapping[Modality, Calibration]
    earlier: tuple[Calibration, ...] = field(default=())

    def __getitem__(self, modality: Modality) -> Calibration:
        return self.today[modality]

    def __iter__(self) -> Iterator[Modality]:
        return iter(self.today)

    def __len__(self) -> int:
        return len(self.today)

    def stepped_back(self, modality: Modality) -> CalibrationSet:
        """The set for a station that has not got a modality's newest extractor: the calibration before it counts as
        today's. Unchanged where there is none."""
        before = next((made for made in self.earlier if made.modality is modality), None)
        if before is None:
            return self
        rest = tuple(made for made in self.earlier if made is not before)
        return CalibrationSet({**self.today, modality: before}, rest)


def earlier_of(calibrations: Calibrations) -> tuple[Calibration, ...]:
    """The calibrations of earlier extractors, the newest first."""
    return calibrations.earlier if isinstance(calibrations, CalibrationSet) else ()


def calibration_for(calibrations: Calibrations, modality: Modality, extractor: str) -> Calibration | None:
    """The calibration whose scores an extractor's comparisons have, today's or an earlier one; None where there is
    none: scores of different extractors mean different things."""
    today = calibrations.get(modality)
    before = tuple(made for made in earlier_of(calibrations) if made.modality is modality)
    known = before if today is None else (today, *before)
    return next((made for made in known if made.extractor == extractor), None)
