"""What the transparency page shows: how good the station is, what it keeps and what it cannot see, in words for whoever
is asked to trust it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.station.documents.measured_accuracy import MeasuredAccuracy
from mlid_desktop.station.text.language import Language
from mlid_desktop.station.text.modality_terms import LISTED, terms_of


@dataclass(frozen=True, slots=True)
class TransparencySection:
    """The titled paragraphs on one modality."""

    title: str
    paragraphs: tuple[tuple[str, str], ...]


def transparency_screen(
    measured: Mapping[Modality, MeasuredAccuracy], days: int, language: Language
) -> tuple[TransparencySection, ...]:
    """The sections on every modality, and on what holds for all of them. ``days`` the consent text keeps records after
    the last visit."""
    text = language.text
    sections = tuple(
        TransparencySection(
            text(terms_of(modality).name),
            (
                (text("How often it is wrong"), _accuracy(measured[modality], language)),
                (text("How it is collected"), text(terms_of(modality).collected)),
                (text("How it can be fooled"), _fooled(modality, measured[modality], language)),
            ),
        )
        for modality in LISTED
    )
    everything = TransparencySection(
        text("For all of them"),
        (
            (
                text("What is kept, and for how long"),
                text(
                    "Only codes made of the pictures and the sound, with your number and name, encrypted on this "
                    "machine; at most {days} days after your last visit. You may take your consent back at any time.",
                    days=language.number(days),
                ),
            ),
            (
                text("How groups differ"),
                text(
                    "The models were made by others from pictures in which some groups are more frequent than others. "
                    "Rates by group were not measured here for lack of labelled data: a site can measure its own. "
                    "Nobody's group is ever inferred."
                ),
            ),
            (
                text("What the models learnt from"),
                text(
                    "Of some models the collections they learnt from are named by their makers, of others nothing is "
                    "said: nobody tells which recordings the voice model knows. What is known is in the card of each "
                    "model, on request."
                ),
            ),
            (
                text("Who decides"),
                text(
                    "People do. The station compares; whoever it does not recognise is never turned away by it alone: "
                    "there is always a way without biometrics, at no disadvantage."
                ),
            ),
        ),
    )
    return (*sections, everything)


def _accuracy(measured: MeasuredAccuracy, language: Language) -> str:
    """The equal error rate as people read it."""
    rate = _percent(measured.equal_error)
    people = language.plural("{number} person", "{number} people", measured.people)
    if measured.interval is None:
        return language.text(
            "Where both kinds of mistake are equally frequent, {rate} of 100 comparisons are wrong (measured on "
            "{people}: few).",
            rate=rate,
            people=people,
        )
    low, high = (_percent(bound) for bound in measured.interval)
    return language.text(
        "Where both kinds of mistake are equally frequent, {rate} of 100 comparisons are wrong ({low} to {high}; "
        "measured on {people}).",
        rate=rate,
        low=low,
        high=high,
        people=people,
    )


def _fooled(modality: Modality, measured: MeasuredAccuracy, language: Language) -> str:
    terms = terms_of(modality)
    if terms.fooled_unchecked and measured.attacks_shown is None:
        return language.text(terms.fooled_unchecked)
    return language.text(terms.fooled, shown=measured.attacks_shown or 0, missed=measured.attacks_missed or 0)


def _percent(value: float) -> str:
    return f"{value:g}"
