"""The measured accuracy that the station shows of itself, and what it cannot detect."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from pathlib import Path

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.modalities.registry import REGISTRY

FILE = Path("transparency") / "figures.toml"
BUILTIN = "builtin"  # ends the name of the section of figures measured with built-in models


@dataclass(frozen=True, slots=True)
class GroupFigures:
    """How often women, and men, are falsely matched among themselves at one threshold, over the rate of all pairs
    within these groups, with upper bounds at 95 %."""

    people: int
    women: float
    women_most: float
    men: float
    men_most: float


@dataclass(frozen=True, slots=True)
class RefusedFigures:
    """How many right people of 100 are refused where this share of strangers passes, with the 95 % interval, over so
    many people."""

    strangers: float
    refused: float
    low: float
    high: float
    people: int


@dataclass(frozen=True, slots=True)
class MeasuredAccuracy:
    """Measured accuracy of one modality: equal error rate in percent with its 95 % interval where there is one, over
    how many people and comparisons; attacks that were shown and missed where they were tried; ``groups`` where they
    were measured apart; ``refused`` tells of shares of strangers at which it was measured."""

    people: int
    equal_error: float
    interval: tuple[float, float] | None = None
    comparisons: int | None = None
    attacks_shown: int | None = None
    attacks_missed: int | None = None
    groups: GroupFigures | None = None
    refused: tuple[RefusedFigures, ...] = ()


@dataclass(frozen=True, slots=True)
class RuleFigures:
    """What a rule for several modalities does, in percent: right people whom it refuses, and people whom it accepts who
    bring their own face and a stranger's finger."""

    refused: float
    own_and_strangers: float


@dataclass(frozen=True, slots=True)
class FusionFigures:
    """Both rules, on so many people joined with so many fingers."""

    people: int
    fingers: int
    fused: RuleFigures
    each: RuleFigures


def read_fusion_figures(resources: Path) -> FusionFigures:
    """The shipped figures of the two rules for several modalities."""
    content = tomllib.loads((resources / FILE).read_text(encoding="utf-8"))["fusion"]
    rules = [
        RuleFigures(content[rule]["refused_percent"], content[rule]["own_and_strangers_percent"])
        for rule in ("fused", "all")
    ]
    return FusionFigures(content["people"], content["fingers"], *rules)


def read_measured_accuracy(
    resources: Path, *, builtin: bool = False, looks_for_attacks: bool = True
) -> dict[Modality, MeasuredAccuracy]:
    """Reads the shipped accuracy figures of the models in use: the ``builtin`` ones, or the model pack. Where nothing
    ``looks_for_attacks``, none were noticed that were tried on what has such models."""
    content = tomllib.loads((resources / FILE).read_text(encoding="utf-8"))
    measured = {
        modality: MeasuredAccuracy(
            figures["people"],
            figures["equal_error_percent"],
            (figures["interval_percent"][0], figures["interval_percent"][1]) if "interval_percent" in figures else None,
            figures.get("comparisons"),
            figures.get("attacks_shown"),
            figures.get("attacks_missed"),
            GroupFigures(**figures["groups"]) if "groups" in figures else None,
            tuple(RefusedFigures(float(at), *rates) for at, rates in figures.get("refused_percent", {}).items()),
        )
        for modality, figures in ((modality, content[_section(modality, builtin=builtin)]) for modality in REGISTRY)
    }
    blind = () if looks_for_attacks else [each for each in measured if REGISTRY[each].builtin is not None]
    return measured | {each: replace(measured[each], attacks_shown=None, attacks_missed=None) for each in blind}


def _section(modality: Modality, *, builtin: bool) -> str:
    stands_in = builtin and REGISTRY[modality].builtin is not None
    return f"{modality.value}_{BUILTIN}" if stands_in else modality.value
