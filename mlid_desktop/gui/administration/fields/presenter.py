"""What the administration page shows of the site's own fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from mlid_desktop.gui.administration.content import Acts, Cell, Nothing, SectionContent, SectionState, Table
from mlid_desktop.gui.administration.presenter import Task
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.site_fields.schema import FieldChoice, FieldKind, FieldSchema, SiteField
from mlid_desktop.station.text.field_terms import KINDS, SHOWN_IN
from mlid_desktop.station.text.language import N_ as _
from mlid_desktop.station.text.language import Language

WANTED: Final = {
    "labels": _("What it is called"),
    "purposes": _("Why it is recorded"),
    "days": _("Days that it is kept after the last visit"),
    "choices": _("Choices, a line each, such as gold: en=Gold; fr=Or"),
    "name": _("Name in lists and commands (a to z, 0 to 9, _)"),
}
"""What a field cannot do without, in the order in which it is asked for."""
# What a line is called, and how its text becomes the field's value.
LINES: Final = {
    "length": _("At most so many characters"),
    "decimals": _("Digits after the point"),
    "least": _("At least"),
    "most": _("At most"),
    "earliest": _("Not before (a date, or today)"),
    "latest": _("Not after (a date, or today)"),
    "region": _("Country of numbers without one, such as FR"),
    "licence": _("Element of a driving licence's code, such as DAQ"),
}
LINES_OF: Final = {
    FieldKind.TEXT: ("length", "licence"),
    FieldKind.NUMBER: ("decimals", "least", "most"),
    FieldKind.DATE: ("earliest", "latest", "licence"),
    FieldKind.CHOICE: ("licence",),
    FieldKind.PHONE: ("region",),
    FieldKind.EMAIL: ("length",),
    FieldKind.DOCUMENT: ("length", "licence"),
}


def lacking_of(known: SiteField) -> str:
    """What is still to be filled in of a field, first of all; empty where it has all that it cannot do without."""
    filled = {
        "labels": any(words.strip() for words in known.labels.values()),
        "purposes": any(words.strip() for words in known.purposes.values()),
        "days": known.days > 0,
        "choices": known.kind is not FieldKind.CHOICE or bool(known.choices),
        "name": bool(known.name.strip()),
    }
    return next((entry for entry in WANTED if not filled[entry]), "")


def fields_content(schema: FieldSchema, people_left: int, due: Mapping[str, int], language: Language) -> SectionContent:
    """The fields in the order in which they are asked for, after what is still to be destroyed."""
    text = language.text
    absent = set() if due or people_left else {Task.ERASE_FIELDS}
    condition = _condition(schema, people_left, due, language)
    if not schema.fields:
        absent.add(Task.SAVE_FIELDS)
        words = text("Besides number and name nothing is asked. Add what this site needs, such as a date of birth.")
        nothing = Nothing(text("No fields of this site yet"), words, text("Add fields …"))
        return SectionContent((), condition, nothing, absent=frozenset(absent))
    rows = tuple(_row(known, language) for known in schema.fields)
    heads = text("Field"), text("Kind"), text("Kept after the last visit"), text("Shown in")
    listed = Table(heads, rows, numbers=frozenset({2}))
    acts = Acts((Task.LOAD_FIELDS, Task.SAVE_FIELDS, Task.ERASE_FIELDS))
    return SectionContent((listed, acts), condition, absent=frozenset(absent))


def due_text(schema: FieldSchema, due: Mapping[str, int], language: Language) -> str:
    """What destroying the values whose time is over takes: how many, and of how many people in which field."""
    counted = language.plural(
        "{number} value is destroyed for good: it was kept for longer than its field says.",
        "{number} values are destroyed for good: they were kept for longer than their fields say.",
        sum(due.values()),
    )
    listed = (
        language.text(
            "{field}: of {people}",
            field=schema.by_name[name].label(language.code),
            people=language.plural("{number} person", "{number} people", count),
        )
        for name, count in due.items()
    )
    return "\n".join((counted, *listed))


def _condition(
    schema: FieldSchema, people_left: int, due: Mapping[str, int], language: Language
) -> SectionState | None:
    text = language.text
    if people_left:
        said = language.plural(
            "What stood in dropped fields is still to be destroyed of {number} person.",
            "What stood in dropped fields is still to be destroyed of {number} people.",
            people_left,
        )
        return SectionState(Tone.INFORMATION, said)
    if due:
        names = ", ".join(f"{schema.by_name[name].label(language.code)} ({count})" for name, count in due.items())
        return SectionState(Tone.INCONCLUSIVE, text("The time of some values is over: destroy them."), names)
    if schema.fields:
        asked = language.plural("{number} field is asked for.", "{number} fields are asked for.", len(schema.fields))
        return SectionState(Tone.INFORMATION, asked)
    return None


def _row(known: SiteField, language: Language) -> tuple[Cell, ...]:
    text = language.text
    asked = [text("required") if known.required else text("may be left empty")]
    asked += [text("unique")] if known.unique else []
    shown = ", ".join(text(SHOWN_IN[where]) for where in sorted(known.shown))
    return (
        Cell(known.label(language.code), note=known.purpose(language.code)),
        Cell(text(KINDS[known.kind]), note=", ".join(asked)),
        Cell(language.plural("{number} day", "{number} days", known.days)),
        Cell(shown),
    )


def choices_text(choices: tuple[FieldChoice, ...]) -> str:
    """Choices as a person edits them: a line each, the code and its labels by language."""
    return "\n".join(
        f"{choice.code}: " + "; ".join(f"{language}={label}" for language, label in sorted(choice.labels.items()))
        for choice in choices
    )


def read_choices(written: str) -> tuple[FieldChoice, ...]:
    """Choices as they were edited; a label without a language is in English."""
    found = []
    for line in written.splitlines():
        code, _, labels = line.partition(":")
        parts = [part.partition("=") for part in labels.split(";") if part.strip()]
        by_language = {
            (language.strip() if label else "en"): (label or language).strip() for language, _, label in parts
        }
        if code.strip():
            found.append(FieldChoice(code.strip(), by_language or {"en": code.strip()}))
    return tuple(found)


def whole_number(typed: str) -> int:
    """A whole number as it was typed, 0 for what is none: the check says what is wrong with it."""
    return int(typed) if typed.strip().isascii() and typed.strip().isdigit() and len(typed) < 9 else 0
