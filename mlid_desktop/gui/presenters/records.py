"""The records page: who is enrolled, and one person's record."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

from mlid_desktop.domain.characteristics import Characteristic
from mlid_desktop.domain.subjects import SubjectRecord, SubjectSummary
from mlid_desktop.domain.templates import Reference
from mlid_desktop.station.language import Language
from mlid_desktop.station.wording import EXCEPTIONS, SOURCES, characteristic_name


@dataclass(frozen=True, slots=True)
class RecordRow:
    """One line of the list. ``folded`` is what a search looks at."""

    subject_id: str
    number: str = field(repr=False)
    name: str = field(repr=False)
    enrolled: str
    kept: str
    folded: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class RecordScreen:
    """One person's record."""

    name: str = field(repr=False)
    number: str = field(repr=False)
    lines: tuple[str, ...]
    references: tuple[tuple[str, str], ...]
    exceptions: tuple[tuple[str, str], ...]
    withdrawn: bool = False


def folded(text: str) -> str:
    """Text as a search compares it: without case and accents, in any script."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(one for one in apart if not unicodedata.combining(one))


def record_rows(people: Sequence[SubjectSummary], language: Language) -> tuple[RecordRow, ...]:
    """The list, by name."""
    return tuple(sorted((_row(one, language) for one in people), key=lambda row: (row.folded, row.number)))


def matching(rows: Sequence[RecordRow], query: str) -> tuple[RecordRow, ...]:
    """Rows that hold every word of the query, those whose number or name begins with it first."""
    words = folded(query).split()
    if not words:
        return tuple(rows)
    found = [row for row in rows if all(word in row.folded for word in words)]
    begins = words[0]
    return tuple(
        sorted(found, key=lambda row: not (row.folded.startswith(begins) or folded(row.number).startswith(begins)))
    )


def count_text(shown: int, total: int, language: Language) -> str:
    """``3 of 120 people``."""
    if shown == total:
        return language.plural("{number} person", "{number} people", total)
    return language.text("{shown} of {total} people", shown=f"{shown:,}", total=f"{total:,}")


def record_screen(
    person: SubjectSummary, record: SubjectRecord, references: Sequence[Reference], language: Language
) -> RecordScreen:
    """What is kept about one person."""
    consent = record.consent
    lines = [
        language.text("Enrolled on {date}", date=language.date(record.enrolled_at)),
        language.text("Consent given on {date}", date=language.date(consent.given_at)),
    ]
    if consent.guardian:
        lines.append(language.text("Guardian: {name}", name=consent.guardian))
    if record.withdrawal is not None:
        lines.append(language.text("Consent withdrawn on {date}", date=language.date(record.withdrawal.at)))
        lines.append(language.text("Nothing about this person is compared any more. Erase the record."))
    kept = tuple(
        (
            characteristic_name(one.template.characteristic, language),
            language.text(
                "quality {value} of 100 · {source} · {date}",
                value=one.quality,
                source=language.text(SOURCES[one.provenance.kind]),
                date=language.date(one.created_at),
            ),
        )
        for one in references
    )
    exceptions = tuple(
        (characteristic_name(one.characteristic, language), language.text(EXCEPTIONS[one.reason]))
        for one in record.exceptions
    )
    number = language.text("No. {number}", number=person.number)
    withdrawn = record.withdrawal is not None
    return RecordScreen(person.name, number, tuple(lines), kept, exceptions, withdrawn)


def kept_text(characteristics: Sequence[Characteristic], language: Language) -> str:
    """``Face, 2 fingers``."""
    fingers = sum(one.position is not None for one in characteristics)
    names = [characteristic_name(one, language) for one in characteristics if one.position is None]
    if fingers:
        names.append(language.plural("{number} finger", "{number} fingers", fingers))
    return ", ".join(names)


def _row(person: SubjectSummary, language: Language) -> RecordRow:
    return RecordRow(
        person.subject_id,
        person.number,
        person.name,
        language.date(person.enrolled_at),
        kept_text(person.characteristics, language),
        folded(f"{person.name} {person.number}"),
    )
