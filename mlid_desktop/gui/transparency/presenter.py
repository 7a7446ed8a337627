"""What the transparency page shows: how good the station is, what it keeps and what it cannot see, in words for whoever
is asked to trust it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.station.documents.exact_interval import exact_interval
from mlid_desktop.station.documents.measured_accuracy import GroupFigures, MeasuredAccuracy, RefusedFigures
from mlid_desktop.station.text.language import Language
from mlid_desktop.station.text.modality_terms import LISTED, terms_of

FEW = 30  # people: of fewer a rate says little, whatever its interval


@dataclass(frozen=True, slots=True)
class TransparencySection:
    """The titled paragraphs on one modality, and its icon."""

    title: str
    icon: str
    paragraphs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class RateRow:
    """One rate of the chart, in percent: what was measured, and the bounds of its 95 % interval; ``figure`` is the
    whole in words. ``few`` people were measured: it is not to be relied on."""

    name: str
    value: float
    low: float
    high: float
    figure: str
    few: bool = False


@dataclass(frozen=True, slots=True)
class SettingRow:
    """What one modality does as this desk is set: about how many of 100 right people it ``refused``, in a sentence, and
    how many strangers pass at most. ``doubt`` says that it was measured on too few ``people`` to rely on it, empty
    where it was not."""

    name: str
    icon: str
    refused: str
    strangers: str
    people: str
    doubt: str = ""


def setting_rows(
    measured: Mapping[Modality, MeasuredAccuracy], limits: Mapping[Modality, float], language: Language
) -> tuple[SettingRow, ...]:
    """What each modality does as this desk is set, by the share of strangers that the policy lets pass at most."""
    text = language.text

    def told(modality: Modality, figures: MeasuredAccuracy) -> SettingRow:
        limit = limits[modality]
        number = next((each.people for each in figures.refused if each.strangers == limit), figures.people)
        people = language.plural_form("{number} person", "{number} people", number)
        few = text("Too few people to rely on it: {number}.", number=language.number(number))
        return SettingRow(
            text(terms_of(modality).name),
            terms_of(modality).icon,
            _refused(figures, limit, language)[0],
            text("at most 1 in {number}", number=language.number(round(1 / limit))),
            text("Measured on {people}.", people=people.format(number=language.number(number))),
            few if number < FEW else "",
        )

    return tuple(told(modality, figures) for modality, figures in measured.items())


def _refused(figures: MeasuredAccuracy, limit: float, language: Language) -> tuple[str, str]:
    """About how many right people of 100 are refused at a limit, and how that is known, with its interval: the stricter
    the limit, the more are. What was measured of the same people at a laxer one is the least, at a stricter one the
    most."""
    text, even = language.text, figures.equal_error
    low, high = figures.interval or (even, even)
    measured = (*figures.refused, RefusedFigures(even / 100, even, low, high, figures.people))
    exact = next((each for each in measured if each.strangers == limit), None)
    if exact is not None:
        rate = _rounded(exact.refused)
        how = text(
            "As this desk is set, {rate} of 100 were refused; with other people it may be {between}.",
            rate=rate,
            between=_between(exact.low, exact.high, language),
        )
        return text("about {rate} in 100", rate=rate), how
    same_people = (each for each in measured if each.people == figures.people)
    known = sorted(same_people, key=lambda each: each.strangers)
    laxer = next((each for each in known if each.strangers > limit), None)
    stricter = next((each for each in reversed(known) if each.strangers < limit), None)
    if laxer is not None and stricter is not None:
        fewest, most_of = _rounded(laxer.refused), _rounded(stricter.refused)
        how = text(
            "At a less strict setting than this desk has, {low} of 100 were refused, at a stricter one {high}; with "
            "other people it may be {between}.",
            low=fewest,
            high=most_of,
            between=_between(laxer.low, stricter.high, language),
        )
        return text("about {low} to {high} in 100", low=fewest, high=most_of), how
    if laxer is not None:
        rate = _rounded(laxer.refused)
        how = text(
            "At a less strict setting than this desk has, {rate} of 100 were refused, with other people it may be "
            "{between}; how many more this desk refuses was not measured.",
            rate=rate,
            between=_between(laxer.low, laxer.high, language),
        )
        return text("about {rate} in 100, perhaps more", rate=rate), how
    most = known[-1] if stricter is None else stricter
    rate = _rounded(most.refused)
    how = text(
        "At a stricter setting than this desk has, {rate} of 100 were refused, with other people it may be {between}; "
        "this desk refuses no more.",
        rate=rate,
        between=_between(most.low, most.high, language),
    )
    return text("about {rate} in 100, perhaps fewer", rate=rate), how


def _between(low: float, high: float, language: Language) -> str:
    return language.text("between {low} and {high}", low=_rounded(low), high=_rounded(high))


def mistake_rows(measured: Mapping[Modality, MeasuredAccuracy], language: Language) -> tuple[RateRow, ...]:
    """How often each modality is wrong where both kinds of mistake are equally frequent; those with an interval."""
    return tuple(
        _rate_row(terms_of(modality).name, figures.equal_error, figures.interval, language, few=figures.people < FEW)
        for modality, figures in measured.items()
        if figures.interval is not None
    )


def missed_rows(measured: Mapping[Modality, MeasuredAccuracy], language: Language) -> tuple[RateRow, ...]:
    """How many of the attacks that were tried were not noticed, with exact intervals."""
    rows = []
    for modality, figures in measured.items():
        shown, missed = figures.attacks_shown, figures.attacks_missed
        if shown and missed is not None:
            found = exact_interval(missed, shown)
            bounds = (100 * found.low, 100 * found.high)
            rows.append(_rate_row(terms_of(modality).name, 100 * missed / shown, bounds, language))
    return tuple(rows)


def _rate_row(
    name: str, value: float, interval: tuple[float, float], language: Language, *, few: bool = False
) -> RateRow:
    figure = language.text(
        "{rate} % ({low} to {high})", rate=_rounded(value), low=_rounded(interval[0]), high=_rounded(interval[1])
    )
    if few:
        figure = language.text("{figure}: too few people", figure=figure)
    return RateRow(language.text(name), value, interval[0], interval[1], figure, few)


def transparency_screen(
    measured: Mapping[Modality, MeasuredAccuracy],
    days: int,
    licences: Sequence[str],
    language: Language,
    limits: Mapping[Modality, float],
) -> tuple[TransparencySection, ...]:
    """The sections on every modality, and on what holds for all of them. ``days`` the consent text keeps records after
    the last visit; ``licences`` are those of the models; ``limits`` the share of strangers that the policy lets pass at
    most."""
    text = language.text
    sections = tuple(
        TransparencySection(
            text(terms_of(modality).name),
            terms_of(modality).icon,
            (
                (text("How it was measured"), _accuracy(measured[modality], limits[modality], language)),
                (text("How it can be fooled"), _fooled(modality, measured[modality], language)),
                (text("How it is collected"), text(terms_of(modality).collected)),
            ),
        )
        for modality in LISTED
    )
    everything = TransparencySection(
        text("For all of them"),
        "people",
        (
            (
                text("What is kept, and for how long"),
                text(
                    "Codes made of the pictures and the sound, with your number and name and what else you answered, "
                    "encrypted on this machine; one small portrait, if you chose that. At most {days} days after your "
                    "last visit. You may take your consent back at any time.",
                    days=language.number(days),
                ),
            ),
            (
                text("How groups differ"),
                _groups(measured[Modality.FACE].groups, language),
            ),
            (
                text("What the models learnt from"),
                text(
                    "All models may be used and passed on by anybody: {licences}. What they learnt from is known of "
                    "some. Of the two that compare faces, the maker of one names three collections of pictures, one of "
                    "which its publisher withdrew later, and does not say which of them it learnt from; of the other "
                    "nothing is published. Of the model of fingers nothing is said: it may know the public fingers "
                    "that it was measured with. Nobody tells which recordings the voice model knows. The card of each "
                    "model says what is known, on request.",
                    licences=", ".join(licences),
                ),
            ),
            (
                text("Who decides"),
                text(
                    "People do. The desk compares; whoever it does not recognise is never turned away by it alone: "
                    "there is always a way without biometrics, at no disadvantage."
                ),
            ),
        ),
    )
    return (*sections, everything)


def _groups(figures: GroupFigures | None, language: Language) -> str:
    """What is known of how often people of one group are confused."""
    unknown = language.text(
        "The models were made by others from pictures in which some groups are more frequent than others. By age, "
        "origin or skin colour, and of fingers and voices at all, nothing was measured, for lack of labelled data: a "
        "site can measure its own. Nobody's group is shown or kept."
    )
    if figures is None:
        return unknown
    told = language.text(
        "Faces: at one threshold women are taken for one another {women} times as often as people of one group are on "
        "average (at most {women_most}), men {men} times (at most {men_most}); measured on pictures of {people} public "
        "figures, fewer of them women.",
        women=_percent(figures.women),
        women_most=_percent(figures.women_most),
        men=_percent(figures.men),
        men_most=_percent(figures.men_most),
        people=language.number(figures.people),
    )
    return f"{told} {unknown}"


def _accuracy(measured: MeasuredAccuracy, limit: float, language: Language) -> str:
    """Whether it was measured on enough people, how often right people are refused at the desk's own limit and how that
    is known, and the equal error rate as people read it."""
    rate, number = _rounded(measured.equal_error), measured.people
    at_limit = next((each.people for each in measured.refused if each.strangers == limit), number)
    few = language.text("Measured on too few people to rely on it.") if at_limit < FEW else ""
    people = language.plural("{number} person", "{number} people", number)
    at_this = _refused(measured, limit, language)[1]
    if not measured.refused:  # what is known of this limit is the equal error rate
        on = language.text("Measured on {people}.", people=people)
        return " ".join(part for part in (few, at_this, on) if part)
    even = language.text("Set so that as many strangers pass, about {rate} of 100 are refused.", rate=rate)
    if measured.interval is None:
        how = language.text("Measured on {people}.", people=people)
    else:
        low, high = map(_rounded, measured.interval)
        how = language.text(
            "Measured on {people}; with others it may be between {low} and {high} of 100.",
            people=people,
            low=low,
            high=high,
        )
    return " ".join(part for part in (few, at_this, even, how) if part)


def _fooled(modality: Modality, measured: MeasuredAccuracy, language: Language) -> str:
    terms = terms_of(modality)
    if terms.fooled_unchecked and measured.attacks_shown is None:
        return language.text(terms.fooled_unchecked)
    return language.text(terms.fooled, shown=measured.attacks_shown or 0, missed=measured.attacks_missed or 0)


def _rounded(percent: float) -> str:
    """A rate to one decimal, the same in the chart and in the text; what is not nothing is never said to be nothing."""
    return "<0.1" if 0 < percent < 0.05 else f"{percent:.1f}".removesuffix(".0")


def _percent(value: float) -> str:
    return f"{value:g}"
