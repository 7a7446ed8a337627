"""What the records page shows: who is enrolled, and one person's record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from mlid_desktop.decision.policy import AttemptRules
from mlid_desktop.domain.characteristics import Characteristic
from mlid_desktop.domain.subjects import ConsentUse, Standing, SubjectRecord, SubjectSummary
from mlid_desktop.domain.templates import Reference
from mlid_desktop.gui.state.people_index import Order
from mlid_desktop.site_fields.schema import FieldSchema, Shown, SiteField
from mlid_desktop.station.external_requests.withdrawals import ANOTHER_DESK
from mlid_desktop.station.services.subject_directory import History
from mlid_desktop.station.text.attempt_terms import failed_words
from mlid_desktop.station.text.consent_texts import left_out_words, portrait_words
from mlid_desktop.station.text.language import N_ as _
from mlid_desktop.station.text.language import Language
from mlid_desktop.station.text.terms import SOURCES, characteristic_name, exceptions_text
from mlid_desktop.workflow.enrolment_navigation import find_unexplained

MOST_NAME = 24  # characters of a name on a button
MOST_HISTORY = 50  # rows; more is for the audit
HAPPENED: Final = {
    "enrolment.saved": _("Enrolled"),
    "enrolment.renewed": _("Enrolled again"),
    "reference.renewed": _("Reference renewed for today's model"),
    "verification.decided": _("Checked"),
    "verification.delayed": _("Check refused: too many failed before"),
    "verification.otherwise": _("Checked without biometrics"),
    "identification.decided": _("Compared by two people"),
    "comparisons.stopped": _("Another program said that consent is taken back"),
    "withdrawal.brought": _("The register learned of the withdrawal"),
    "withdrawal.undone": _("Withdrawal undone"),
    "number.changed": _("Given another number"),
    "subject.corrected": _("Corrected"),
    "wish.noted": _("Wish about movements noted"),
    "subject.exported": _("What is kept was handed out"),
    "portrait.shown": _("Portrait shown"),
    "portrait.destroyed": _("Portrait destroyed"),
}
CALLER_SAYS: Final = _("Another program says that consent is taken back: nothing is compared.")
DISAGREE: Final = _("Consent was taken back at one desk and given again at another: nothing is compared.")
VERDICTS: Final = {"accepted": _("accepted"), "rejected": _("rejected"), "inconclusive": _("inconclusive")}


@dataclass(frozen=True, slots=True)
class RecordRow:
    """One line of the list of people."""

    subject_id: str
    number: str = field(repr=False)
    name: str = field(repr=False)
    enrolled: str
    kept: str


@dataclass(frozen=True, slots=True)
class RecordScreen:
    """One person's record as it is shown: ``facts`` are named, ``lines`` are sentences that ask for something."""

    name: str = field(repr=False)
    number: str = field(repr=False)
    facts: tuple[tuple[str, str], ...]
    lines: tuple[str, ...]
    references: tuple[tuple[str, ...], ...]
    exceptions: tuple[tuple[str, str], ...]
    history: tuple[tuple[str, str], ...] = ()
    withdrawn: bool = False
    stopped: bool = False
    due: str = ""
    fields: tuple[tuple[str, str], ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the list: ``key`` is what it is remembered and sorted by; of a field of the site's own, the field."""

    key: str
    head: str
    sortable: bool = True
    known: SiteField | None = None


def columns_of(schema: FieldSchema, language: Language) -> tuple[Column, ...]:
    """The usual columns, then those of the site. By what is masked nobody sorts: the order would tell of it."""
    text = language.text
    usual = (
        Column(Order.NUMBER, text("Number")),
        Column(Order.NAME, text("Name")),
        Column(Order.ENROLLED, text("Enrolled")),
        Column(Order.KEPT, text("Enrolled with")),
    )
    listed = schema.shown_in(Shown.LIST)
    own = [Column(known.key, known.label(language.code), known.sorts_lists, known) for known in listed]
    return (*usual, *own)


def record_row(person: SubjectSummary, language: Language) -> RecordRow:
    """One person's line in the list."""
    kept = kept_text(person.characteristics, language)
    return RecordRow(person.subject_id, person.number, person.name, language.date(person.enrolled_at), kept)


def about_person(person: SubjectSummary, language: Language, *, named: bool = False) -> tuple[str, str]:
    """What tells a person from another of the same name: the number, and when they were enrolled; with the name, where
    it does not stand above that already."""
    number = language.text("No. {number}", number=person.number)
    enrolled = language.text("enrolled {date}", date=language.date(person.enrolled_at))
    return number, f"{person.name} · {enrolled}" if named else enrolled


def shortened(name: str) -> str:
    """A name as it fits on a button."""
    return name if len(name) <= MOST_NAME else f"{name[: MOST_NAME - 1].rstrip()}…"


def count_text(shown: int, total: int, language: Language) -> str:
    """How many people are listed of how many, such as ``3 of 120 people``."""
    if shown == total:
        return language.plural("{number} person", "{number} people", total)
    return language.text("{shown} of {total} people", shown=language.number(shown), total=language.number(total))


def record_screen(
    person: SubjectSummary,
    record: SubjectRecord,
    references: Sequence[Reference],
    history: History,
    today: date,
    language: Language,
    *,
    rules: AttemptRules,
    keeps_portraits: bool = True,
) -> RecordScreen:
    """What is kept about one person, and what happened with it. ``rules`` say what comes of failed checks,
    ``keeps_portraits`` that this desk keeps some."""
    lines: list[str] = []
    stopped = person.standing is Standing.STOPPED
    if record.withdrawal is not None and stopped:
        words = DISAGREE if record.withdrawal.caller == ANOTHER_DESK else CALLER_SAYS
        lines.append(language.text(words))
        lines.append(language.text("Ask the person. Then confirm the withdrawal, or undo it."))
    elif record.withdrawal is not None:
        lines.append(language.text("Consent withdrawn on {date}", date=language.date(record.withdrawal.at)))
        lines.append(language.text("Nothing about this person is compared any more. Erase the record."))
    if history.is_unsent:
        lines.append(language.text("So far this desk alone knows of it. The register learns of it once it is reached."))
    kept = tuple(_kept_row(reference, record, language) for reference in references)
    exceptions = _not_captured(record, references, language)
    number = language.text("No. {number}", number=person.number)
    withdrawn = record.withdrawal is not None
    over = history.due.due_on <= today
    due = language.text("The time of this record is over. Prolong it with the person, or erase it.") if over else ""
    return RecordScreen(
        person.name,
        number,
        _facts(record, history, language, over=over, rules=rules, keeps_portraits=keeps_portraits),
        tuple(lines),
        kept,
        exceptions,
        history_rows(record, history, language),
        withdrawn,
        stopped,
        "" if withdrawn else due,
    )


def _facts(
    record: SubjectRecord,
    history: History,
    language: Language,
    *,
    over: bool,
    rules: AttemptRules,
    keeps_portraits: bool,
) -> tuple[tuple[str, str], ...]:
    """What is known of a person besides what was captured: the name of each fact, and the fact."""
    text, consent = language.text, record.consent
    enrolled, agreed = language.date(record.enrolled_at), language.date(consent.given_at)
    once = enrolled == agreed
    facts = [
        (text("Enrolled, with consent") if once else text("Enrolled"), enrolled),
        *([] if once else [(text("Consent given"), agreed)]),
        (text("Last visit"), language.day(history.last_seen)),
        *([] if over else [(text("Kept until"), language.day(history.due.due_on))]),
    ]
    if consent.guardian:
        facts.append((text("Guardian"), consent.guardian))
    portrait = portrait_words(consent, language)
    if portrait and (keeps_portraits or ConsentUse.PORTRAIT in consent.covers):
        facts.append((text("Portrait"), portrait))
    left_out = left_out_words(consent, language)
    if left_out:
        facts.append((text("Left out by the person"), left_out))
    if record.details.without_movements:
        facts.append((text("Wish"), text("Asks to be checked without movements")))
    failed = history.attempts.failed_in_a_row
    if failed:
        facts.append((text("Failed checks"), failed_words(failed, rules, language)))
    return tuple(facts)


def _kept_row(reference: Reference, record: SubjectRecord, language: Language) -> tuple[str, ...]:
    """What is kept, its quality, and where it came from; the day only where it is another than that of the
    enrolment."""
    made = language.date(reference.created_at)
    source = language.text(SOURCES[reference.provenance.kind])
    return (
        characteristic_name(reference.template.characteristic, language),
        language.text("{value} of 100", value=reference.quality),
        source if made == language.date(record.enrolled_at) else f"{source} · {made}",
    )


def _not_captured(
    record: SubjectRecord, references: Sequence[Reference], language: Language
) -> tuple[tuple[str, str], ...]:
    """What is asked for at an enrolment and was not captured, each with its reason, or that none was given."""
    captured = {reference.template.characteristic for reference in references}
    silent = find_unexplained(captured, record.exceptions)
    rows = [(characteristic_name(each, language), language.text("no reason was given")) for each in silent]
    return (*exceptions_text(record.exceptions, language), *rows)


def add_site_fields(
    screen: RecordScreen,
    person: SubjectSummary,
    schema: FieldSchema,
    missing: Sequence[SiteField],
    language: Language,
) -> RecordScreen:
    """The record with what is recorded in the site's own fields, and what is asked for at the next visit."""
    given = dict(person.fields)
    rows = tuple(
        (known.label(language.code), known.display(given[known.key], language.code, language.day))
        for known in schema.fields
        if given.get(known.key)
    )
    asked = ", ".join(known.label(language.code) for known in missing)
    lines = (language.text("To be asked for at the next visit: {fields}", fields=asked),) if asked else ()
    return replace(screen, fields=rows, lines=(*screen.lines, *lines))


def history_rows(record: SubjectRecord, history: History, language: Language) -> tuple[tuple[str, str], ...]:
    """What happened with a person and when, the newest first: from the record itself, and from the audit for those who
    may read it."""
    moments = [(consent.given_at, language.text("Consent given")) for consent in (*record.earlier, record.consent)]
    if record.withdrawal is not None and not record.withdrawal.caller:
        moments.append((record.withdrawal.at, language.text("Consent withdrawn")))
    for entry in history.entries:
        words = HAPPENED.get(entry.event)
        if words is not None:
            said = VERDICTS.get(str(entry.facts.get("verdict", "")))
            moments.append((entry.at, language.text(words) + (f": {language.text(said)}" if said else "")))
    newest_first = sorted(moments, key=lambda pair: pair[0], reverse=True)
    return tuple((words, language.moment(at)) for at, words in newest_first[:MOST_HISTORY])


def kept_text(characteristics: Sequence[Characteristic], language: Language) -> str:
    """The captured characteristics in words, such as ``Face, 2 fingers``."""
    fingers = sum(characteristic.position is not None for characteristic in characteristics)
    names = [
        characteristic_name(characteristic, language)
        for characteristic in characteristics
        if characteristic.position is None
    ]
    if fingers:
        names.append(language.plural("{number} finger", "{number} fingers", fingers))
    return ", ".join(names)
