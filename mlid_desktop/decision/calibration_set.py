"""Calibrations side by side: those of today's extractors, and those of earlier ones whose references still count."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from mlid_desktop.decision.calibration import Calibration
from mlid_desktop.domain.characteristics import Modality

Calibrations = Mapping[Modality, Calibration]
"""Today's calibration of each modality; a :class:`CalibrationSet` knows those of earlier extractors too."""


@dataclass(frozen=True, slots=True, eq=False)
class CalibrationSet(Mapping[Modality, Calibration]):
    """Today's calibration of each modality (as a mapping), and beside them those of ``earlier`` extractors, the newest
    first. ``continuity`` has those by which samples of one capture are told to be of one person, where they are others
    than today's."""

    today: Mapping[Modality, Calibration]
    earlier: tuple[Calibration, ...] = field(default=())
    continuity: Mapping[Modality, Calibration] = field(default_factory=dict)

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
        return replace(self, today={**self.today, modality: before}, earlier=rest)

    def with_extractor(
        self, modality: Modality, name: str, earlier: Sequence[str] = (), continuity: str = ""
    ) -> CalibrationSet:
        """The set for a station whose extractor of a modality has this name, and which compares with references of the
        ``earlier`` ones and no others; its captures are held together by the extractor named ``continuity``. A
        modality without a calibration of that name is never accepted."""
        known = {
            made.extractor.partition("/")[0]: made
            for made in (*reversed(self.earlier), *self.today.values())
            if made.modality is modality
        }

        def replaced(table: Mapping[Modality, Calibration], extractor: str) -> dict[Modality, Calibration]:
            others = {kind: made for kind, made in table.items() if kind is not modality}
            return {**others, modality: known[extractor]} if extractor in known else others

        others = tuple(made for made in self.earlier if made.modality is not modality)
        kept = tuple(known[before] for before in earlier if before in known)
        return CalibrationSet(replaced(self.today, name), (*others, *kept), replaced(self.continuity, continuity))


def earlier_of(calibrations: Calibrations) -> tuple[Calibration, ...]:
    """The calibrations of earlier extractors, the newest first."""
    return calibrations.earlier if isinstance(calibrations, CalibrationSet) else ()


def continuity_calibration(calibrations: Calibrations, modality: Modality) -> Calibration | None:
    """The calibration by which samples of one capture are told to be of one person; None where there is none."""
    linking = calibrations.continuity.get(modality) if isinstance(calibrations, CalibrationSet) else None
    return calibrations.get(modality) if linking is None else linking


def calibration_for(calibrations: Calibrations, modality: Modality, extractor: str) -> Calibration | None:
    """The calibration whose scores an extractor's comparisons have, today's or an earlier one; None where there is
    none: scores of different extractors mean different things."""
    today = calibrations.get(modality)
    before = tuple(made for made in earlier_of(calibrations) if made.modality is modality)
    known = before if today is None else (today, *before)
    return next((made for made in known if made.extractor == extractor), None)
