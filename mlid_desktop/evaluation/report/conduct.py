"""How a performance test was made, in sentences: what ISO/IEC 19795-1 asks a report to tell beside its rates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mlid_desktop.evaluation.comparisons import ComparisonResult
from mlid_desktop.evaluation.fusion import FusionResult
from mlid_desktop.evaluation.metrics import operating_point_name
from mlid_desktop.station.text.language import Language


def generalised_rates(result: ComparisonResult) -> dict[str, dict[str, float]]:
    """GFAR and GFRR at each operating point: failures to enrol and to acquire count as refusals (ISO/IEC 19795-1:2021).
    Where a sample without a template is among the trials as one that matches nothing, it is counted already."""
    lost = 0.0 if result.failures_match_nothing else 1.0 - (1.0 - result.fte) * (1.0 - result.fta)
    return {
        operating_point_name(point): {"gfar": (1.0 - lost) * point, "gfrr": lost + (1.0 - lost) * refused}
        for point, refused in result.rates.fnmr_at_fmr.items()
    }


def comparison_notes(result: ComparisonResult, language: Language, enrolled: int = 1) -> tuple[str, ...]:
    """What a reader has to know of a comparison test; ``enrolled`` samples make a reference."""
    samples = result.samples
    middle = samples[len(samples) // 2]
    notes = [
        language.text("A technology evaluation: stored samples compared offline. Nobody stood at a desk."),
        language.text(
            "{people} people with {samples} samples: {least} to {most} each, half of them {middle} or more.",
            people=len(samples),
            samples=sum(samples),
            least=samples[0],
            most=samples[-1],
            middle=middle,
        ),
        language.plural(
            "An attempt compares a sample with a reference of {number} sample.",
            "An attempt compares a sample with a reference of {number} samples.",
            enrolled,
        ),
        _failure_note(result, language),
        language.text("Intervals (95 %) come from {rounds} draws of people.", rounds=_rounds(result))
        + " "
        + language.text("Where there was no error, the bound is that of as many attempts as people."),
    ]
    if not result.groups:
        notes.append(language.text("Nothing is known of age, sex or origin, so this says nothing about groups."))
    notes.append(language.text("How much time lies between two samples of a person is not known."))
    return tuple(notes)


def fusion_notes(result: FusionResult, language: Language) -> tuple[str, ...]:
    """What a reader has to know of a test of several modalities on joined people."""
    return (
        language.text("A technology evaluation: stored samples compared offline. Nobody stood at a desk."),
        language.text(
            "{people} faces, each joined with each of {fingers} fingers: nobody in it is a real person, and what faces "
            "and fingers of one person have in common is not in it.",
            people=result.people,
            fingers=result.fingers,
        ),
        language.text("Fingers are judged by a calibration made of other fingers, faces by the one that is in use."),
        language.text("Intervals (95 %) come from draws of people and of fingers."),
    )


def bootstrap_draws(result: ComparisonResult) -> Mapping[str, Any]:
    """What each bootstrap round gave, by the names of the headline rates, for a later comparison with this run."""
    return {
        name if name == "eer" else f"fnmr_at_fmr {name}": rounded_draws(rates)
        for name, rates in result.rates.draws.items()
    }


def rounded_draws(rates: Sequence[float]) -> list[float]:
    """What the bootstrap rounds gave, as a report keeps it: six digits."""
    return [float(f"{rate:.6g}") for rate in rates]


def _failure_note(result: ComparisonResult, language: Language) -> str:
    if result.failures_match_nothing:
        return language.text("A sample that gave no template counts as one that matches nothing, in every rate.")
    return language.text(
        "Samples that gave no template are in FTA and FTE, not in FMR and FNMR; the generalised rates count them."
    )


def _rounds(result: ComparisonResult) -> int:
    return max((len(rates) for rates in result.rates.draws.values()), default=0)
