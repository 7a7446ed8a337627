"""What the administration page shows of the site's own fields."""

from __future__ import annotations

from collections.abc import Mapping

from mlid_desktop.gui.administration.presenter import Rows
from mlid_desktop.site_fields.schema import FieldChoice, FieldSchema, SiteField
from mlid_desktop.station.text.field_terms import KINDS, SHOWN_IN
from mlid_desktop.station.text.language import Language


def field_rows(schema: FieldSchema, people_left: int, due: Mapping[str, int], language: Language) -> Rows:
    """Rows of the fields in the order in which they are asked for, after what is still to be destroyed."""
    text = language.text
    rows: list[tuple[str, str]] = []
    if people_left:
        said = language.plural("of {number} person", "of {number} people", people_left)
        rows.append((text("Still to be destroyed"), said))
    if due:
        names = ", ".join(f"{schema.by_name[name].label(language.code)} ({count})" for name, count in due.items())
        rows.append((text("Their time is over"), names))
    if not schema.fields:
        rows.append((text("There are no fields of the site's own."), ""))
    rows += [(known.label(language.code), _facts(known, language)) for known in schema.fields]
    return tuple(rows)


def _facts(known: SiteField, language: Language) -> str:
    text = language.text
    asked = [text("required") if known.required else text("may be left empty")]
    asked += [text("unique")] if known.unique else []
    shown = ", ".join(text(SHOWN_IN[where]) for where in sorted(known.shown))
    kept = language.plural("{number} day", "{number} days", known.days)
    return " · ".join((text(KINDS[known.kind]), *asked, kept, shown)) + f"\n{known.purpose(language.code)}"


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
