"""What is shown of the candidates of a 1:N search: in tiers, side by side at one scale; never "the person"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mlid_desktop.domain.decisions import Candidate, Tier
from mlid_desktop.domain.subjects import Details, Operator, SubjectSummary
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.site_fields.schema import NO_FIELDS, FieldSchema, Shown
from mlid_desktop.station.services.redaction import candidate_for
from mlid_desktop.station.text.language import Language
from mlid_desktop.station.text.results import not_compared_text
from mlid_desktop.station.text.terms import TIERS, characteristic_name, meaning_text
from mlid_desktop.workflow.events import CandidatesFound


@dataclass(frozen=True, slots=True)
class CandidateRow:
    """One person whom a search proposes for review. ``meaning`` and ``score`` are for who asks; ``record`` is what is
    recorded of the person as far as lists show it, by the labels of the site's fields."""

    subject_id: str
    name: str = field(repr=False)
    number: str = field(repr=False)
    by: str
    meaning: str
    enrolled: str
    score: str = ""
    record: tuple[tuple[str, str], ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class CandidateTier:
    """The candidates of a search that stand out alike."""

    title: str
    tone: Tone
    rows: tuple[CandidateRow, ...]


@dataclass(frozen=True, slots=True)
class CandidatesScreen:
    """The candidates of a search as they are listed for review. ``reach`` says among how many people was searched, how
    many strangers such a search brings up by itself, and who could not be compared; ``typed`` is what was recorded of
    whoever is here now, by the same labels as the record of each candidate."""

    title: str
    reach: str
    tiers: tuple[CandidateTier, ...]
    typed: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    @property
    def count(self) -> int:
        """How many people are proposed."""
        return sum(len(tier.rows) for tier in self.tiers)


def candidates_screen(
    found: CandidatesFound,
    people: Mapping[str, SubjectSummary],
    operator: Operator,
    language: Language,
    schema: FieldSchema = NO_FIELDS,
    typed: Details | None = None,
) -> CandidatesScreen:
    """The candidates of a search by tier, strongest first. Those erased since are left out. ``typed`` are the details
    of whoever is enrolled now, which stand beside those of the candidates."""
    tiers = []
    for tier, tone in ((Tier.STRONG, Tone.INFORMATION), (Tier.POSSIBLE, Tone.NEUTRAL)):
        rows = tuple(
            _row(candidate, people[candidate.subject_id], operator, language, schema, beside=typed is not None)
            for candidate in found.candidates
            if candidate.tier is tier and candidate.subject_id in people
        )
        if rows:
            tiers.append(CandidateTier(language.text(TIERS[tier]), tone, rows))
    count = sum(len(tier.rows) for tier in tiers)
    title = (
        language.plural("{number} person is similar", "{number} people are similar", count)
        if count
        else language.text("Nobody similar is enrolled here.")
    )
    reach = " ".join(part for part in (expectation(found, language), not_compared_text(found, language)) if part)
    told = () if typed is None else _details(typed, schema, language, beside=True)
    return CandidatesScreen(title, reach, tuple(tiers), told)


def _details(
    person: Details | SubjectSummary, schema: FieldSchema, language: Language, *, beside: bool
) -> tuple[tuple[str, str], ...]:
    """What is known of a person as far as lists show it; the name too where it stands ``beside`` another."""
    named = ((language.text("Name"), person.name),) if beside else ()
    return (*named, *schema.rows(person.fields, Shown.LIST, language.code, language.day))


def expectation(found: CandidatesFound, language: Language) -> str:
    """How many false hits a search through this gallery is expected to bring."""
    people = language.plural("{number} person", "{number} people", found.gallery_size)
    if found.expected_false_hits < 0.01:
        return language.text(
            "Searched {people}. Fewer than 1 in 100 such searches shows somebody by mistake.", people=people
        )
    if found.expected_false_hits < 1:
        number = max(1, round(1 / found.expected_false_hits))
        return language.text(
            "Searched {people}. About 1 in {number} such searches shows somebody by mistake.",
            people=people,
            number=number,
        )
    return language.text(
        "Searched {people}. Such a search shows about {number} people by mistake.",
        people=people,
        number=round(found.expected_false_hits),
    )


def _row(
    candidate: Candidate,
    person: SubjectSummary,
    operator: Operator,
    language: Language,
    schema: FieldSchema,
    *,
    beside: bool,
) -> CandidateRow:
    shown = candidate_for(operator, candidate)
    return CandidateRow(
        subject_id=candidate.subject_id,
        name=person.name,
        number=language.text("No. {number}", number=person.number),
        by=characteristic_name(candidate.characteristic, language),
        meaning="" if shown.meaning is None else meaning_text(shown.meaning, language),
        enrolled=language.text("enrolled {date}", date=language.date(person.enrolled_at)),
        score=_score(shown, language),
        record=_details(person, schema, language, beside=beside),
    )


def _score(candidate: Candidate, language: Language) -> str:
    if candidate.score is None:
        return ""
    return language.text("score {value}", value=f"{candidate.score:.3f}")
