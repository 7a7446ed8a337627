"""The report of a test of attack detection: the numbers for machines, the sentences for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

from mlid_desktop.station.attack_tests.judging import AttackResult
from mlid_desktop.station.attack_tests.windows import ErrorShare, HeldOut
from mlid_desktop.station.documents.exact_interval import Interval, exact_interval
from mlid_desktop.station.documents.measurement import percent, step_medians
from mlid_desktop.station.text.language import N_ as _
from mlid_desktop.station.text.language import Language
from mlid_desktop.workflow.attack_test.plan import BONA_FIDE, AttackSpecies

SPECIES: Final = {
    AttackSpecies.PRINT: _("printed photograph"),
    AttackSpecies.CUT_OUT: _("printed photograph with eyes or mouth cut out"),
    AttackSpecies.PAPER_MASK: _("paper mask worn on the face"),
    AttackSpecies.PHONE: _("picture or video on a telephone"),
    AttackSpecies.TABLET: _("picture or video on a tablet"),
    AttackSpecies.MONITOR: _("picture or video on a monitor"),
    AttackSpecies.MASK: _("mask of silicone, resin or plaster"),
    AttackSpecies.INJECTION: _("video fed in place of the camera"),
}


def attack_document(result: AttackResult, around: Mapping[str, Any]) -> dict[str, Any]:
    """Puts the numbers of a test in order: APCER a species, worst first, BPCER, never one averaged figure (ISO/IEC
    30107-3). Windows and frames without a response are counted apart; a species without a judged window has no rate."""
    order = worst_first(result)
    shares = {**{name: result.apcer[name] for name in order}, BONA_FIDE: result.bpcer}
    return {
        "kind": "attack",
        **around,
        "window": result.rules.window,
        "threshold": result.rules.threshold,
        "frame_floor": result.rules.frame_floor,
        "apcer": {name: _rate(result.apcer[name]) for name in order},
        "iapar": {name: _verified(result.iapar[name]) for name in order},
        "bpcer": _rate(result.bpcer),
        "fta": result.fta,
        "intervals": {
            "apcer": {name: _bounds(result.apcer[name].interval) for name in order},
            "bpcer": _bounds(result.bpcer.interval),
            "fta": _bounds(result.fta_interval),
        },
        "windows": {
            name: {"judged": share.windows, "errors": share.errors, "non_response": share.non_response}
            for name, share in shares.items()
        },
        "people": {name: {"affected": share.people, "of": share.of_people} for name, share in shares.items()},
        "non_response": {
            name: {"frames": found.frames, "not_judged": found.not_judged, "rate": found.rate}
            for name, found in result.not_judged.items()
        },
        "single_pictures": {name: asdict(found) for name, found in result.singles.items()},
        "not_tested": [species.value for species in not_tested(result)],
        "leave_one_out": _held_out(result.held_out),
        "step_ms": step_medians(result.steps_ms),
    }


def worst_first(result: AttackResult) -> tuple[str, ...]:
    """The species by the share that was accepted, then by how much worse it may be."""
    shares = result.apcer
    return tuple(sorted(shares, key=lambda name: (-shares[name].rate, -shares[name].interval.high, name)))


def not_tested(result: AttackResult) -> tuple[AttackSpecies, ...]:
    """The species of which no window was judged; what was only held nearer is the same species."""
    shown = {name.partition(" x")[0].strip().lower() for name, share in result.apcer.items() if share.windows}
    return tuple(species for species in AttackSpecies if species.value not in shown)


def attack_lines(result: AttackResult, language: Language) -> tuple[str, ...]:
    """The report in sentences, the worst species first: each rate with the people and windows that it rests on, and
    with what could not be judged."""
    text = language.text
    lines = [_species_line(name, result, language) for name in worst_first(result)]
    lines.append(_living_line(result, language))
    for name, found in result.singles.items():
        lines.append(
            text(
                "{name}, single pictures, which are no windows: {alive} of {judged} look alive, {missing} not judged.",
                name=_named(name, language),
                alive=found.alive,
                judged=found.judged,
                missing=found.shown - found.judged,
            )
        )
    missing = [text(SPECIES[species]) for species in not_tested(result)]
    if missing:
        lines.append(text("Not tested: {species}.", species=text(", ").join(missing)))
    return tuple(lines)


def _named(name: str, language: Language) -> str:
    """The species in words, where it is one that is known; how much nearer it was held stays."""
    kind, nearer, times = name.partition(" x")
    if kind == BONA_FIDE:
        return language.text("Living people")
    known = next((species for species in AttackSpecies if species.value == kind.strip().lower()), None)
    return name if known is None else f"{language.text(SPECIES[known])}{nearer}{times}"


def _species_line(name: str, result: AttackResult, language: Language) -> str:
    text, share, passed = language.text, result.apcer[name], result.iapar[name]
    named = _named(name, language)
    if not share.windows:
        return text("{name}: no window could be judged, so there is no rate.", name=named)
    said = text(
        "{name}: {errors} of {windows} windows accepted; people: {people}; 95 %: {low} to {high}.",
        name=named,
        errors=share.errors,
        windows=share.windows,
        people=share.of_people,
        low=percent(share.interval.low),
        high=percent(share.interval.high),
    )
    if passed.windows:
        matched = text(
            "Accepted and taken for the person: {errors} of {windows}.", errors=passed.errors, windows=passed.windows
        )
        said = f"{said} {matched}"
    return f"{said} {_missing(name, result, language)}"


def _living_line(result: AttackResult, language: Language) -> str:
    share = result.bpcer
    if not share.windows:
        return language.text("Living people: no window could be judged, so there is no rate.")
    said = language.text(
        "Living people: {errors} of {windows} windows refused; people: {people}; 95 %: {low} to {high}.",
        errors=share.errors,
        windows=share.windows,
        people=share.of_people,
        low=percent(share.interval.low),
        high=percent(share.interval.high),
    )
    return f"{said} {_missing(BONA_FIDE, result, language)}"


def _missing(name: str, result: AttackResult, language: Language) -> str:
    found = result.not_judged[name]
    return language.text("Not judged: {missing} of {frames} pictures.", missing=found.not_judged, frames=found.frames)


def _rate(share: ErrorShare) -> float | None:
    return share.rate if share.windows else None


def _verified(share: ErrorShare) -> dict[str, Any]:
    """A share that is none where nothing was compared."""
    return {
        "rate": _rate(share),
        "errors": share.errors,
        "compared": share.windows,
        "people": {"affected": share.people, "of": share.of_people},
        "interval": _bounds(share.interval),
    }


def _held_out(rounds: Sequence[HeldOut]) -> dict[str, Any]:
    """Errors of all rounds together, with exact intervals, and each round."""
    attacks, passed = (
        sum(held_out.attacks for held_out in rounds),
        sum(held_out.attacks_accepted for held_out in rounds),
    )
    bona_fide, refused = (
        sum(held_out.bona_fide for held_out in rounds),
        sum(held_out.bona_fide_refused for held_out in rounds),
    )
    return {
        "attacks": attacks,
        "attacks_accepted": passed,
        "attacks_interval": _bounds(exact_interval(passed, attacks)),
        "bona_fide": bona_fide,
        "bona_fide_refused": refused,
        "bona_fide_interval": _bounds(exact_interval(refused, bona_fide)),
        "rounds": [asdict(held_out) for held_out in rounds],
    }


def _bounds(interval: Interval) -> list[float]:
    return [interval.low, interval.high]
