"""How good the station is, what it keeps and what it cannot see, in words for whoever is asked to trust it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.station.documents.measured_accuracy import Measured
from mlid_desktop.station.text.language import Language
from mlid_desktop.station.text.terms import MODALITIES


@dataclass(frozen=True, slots=True)
class Told:
    """One modality: titled paragraphs."""

    title: str
    paragraphs: tuple[tuple[str, str], ...]


def transparency_screen(measured: Mapping[Modality, Measured], days: int, language: Language) -> tuple[Told, ...]:
    """Every modality, and what holds for all of them. ``days`` the consent text keeps records after the last visit."""
    text = language.text
    told = tuple(
        Told(
            text(MODALITIES[modality]),
            (
                (text("How often it is wrong"), _accuracy(measured[modality], language)),
                (text("How it is collected"), _collected(modality, language)),
                (text("How it can be fooled"), _fooled(modality, measured[modality], language)),
            ),
        )
        for modality in Modality
    )
    everything = Told(
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
                text("Who decides"),
                text(
                    "People do. The station compares; whoever it does not recognise is never turned away by it alone: "
                    "there is always a way without biometrics, at no disadvantage."
                ),
            ),
        ),
    )
    return (*told, everything)


def _accuracy(measured: Measured, language: Language) -> str:
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
    low, high = (_percent(one) for one in measured.interval)
    return language.text(
        "Where both kinds of mistake are equally frequent, {rate} of 100 comparisons are wrong ({low} to {high}; "
        "measured on {people}).",
        rate=rate,
        low=low,
        high=high,
        people=people,
    )


def _collected(modality: Modality, language: Language) -> str:
    match modality:
        case Modality.FACE:
            return language.text("A camera takes a few pictures while you look at it. The pictures are not kept.")
        case Modality.FINGERPRINT:
            return language.text("A reader takes pictures of your fingertips. The pictures are not kept.")
        case Modality.VOICE:
            return language.text("You say digits that appear on the screen. The recording is not kept.")


def _fooled(modality: Modality, measured: Measured, language: Language) -> str:
    match modality:
        case Modality.FACE if measured.attacks_shown is None:
            return language.text(
                "By a picture, a screen or a mask: the models in use do not look for them. The person at the desk "
                "looks."
            )
        case Modality.FACE:
            return language.text(
                "By a good mask, perhaps, or a look-alike. Pictures and screens are looked for in every capture: of "
                "{shown} that were shown, {missed} passed. The person at the desk looks as well.",
                shown=measured.attacks_shown or 0,
                missed=measured.attacks_missed or 0,
            )
        case Modality.FINGERPRINT:
            return language.text(
                "By a cast of the finger: the picture alone does not show it. The person at the desk looks at the "
                "finger."
            )
        case Modality.VOICE:
            return language.text(
                "By a cloned voice, or by all ten digits recorded and put together. That is why a voice alone never "
                "opens anything: it only supports."
            )


def _percent(value: float) -> str:
    return f"{value:g}"
