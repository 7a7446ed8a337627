"""Subject access documents: what is held about a person, for that person, complete and without anybody else's secrets
(GDPR 15, 20)."""

from __future__ import annotations

import base64
import json
from datetime import datetime
from typing import Any

from mlid_desktop.domain.audit import AuditEntry
from mlid_desktop.domain.subjects import Consent
from mlid_desktop.domain.templates import Portrait, Reference, Touch
from mlid_desktop.station.documents.pdf import PaperSection, PaperSheet
from mlid_desktop.station.text.consent_texts import find_text, left_out_words, portrait_words, version_words
from mlid_desktop.station.text.language import Language
from mlid_desktop.station.text.terms import SOURCES, characteristic_name, exceptions_text
from mlid_desktop.vault.unlocked.enrolled.requests_about_people import AnsweredRequest
from mlid_desktop.vault.unlocked.subject_rights import Holdings

NOT_THEIRS = frozenset({"subject", "operator", "second"})  # the staff's names are the staff's


def access_document(holdings: Holdings, now: datetime) -> dict[str, Any]:
    """Everything held about a person as a JSON document; templates in base64."""
    record = holdings.record
    taken_back = record.withdrawal
    return {
        "made_at": now.isoformat(),
        "number": record.details.number,
        "name": record.details.name,
        "identifier": record.subject_id,
        "without_movements": record.details.without_movements,
        "fields": _fields(holdings),
        "enrolled_at": record.enrolled_at.isoformat(),
        "last_visit": holdings.last_seen.isoformat(),
        "code_on_the_receipt": record.token,
        "similar_person_reviewed": record.duplicate_review,
        "consent": _consent(record.consent),
        "earlier_consents": [_consent(consent) for consent in record.earlier],
        "withdrawal": None
        if taken_back is None
        else {
            "at": taken_back.at.isoformat(),
            "guardian": taken_back.guardian,
            "reason": taken_back.reason,
            "said_by_program": taken_back.caller,
        },
        "not_captured": [
            {"characteristic": str(exception.characteristic), "reason": exception.reason.value}
            for exception in record.exceptions
        ],
        "templates": [_template(reference) for reference in holdings.references],
        "portrait": _portrait(holdings.portrait),
        "earlier_finger_images": [_touch(touch) for touch in holdings.touches],
        "failed_attempts_in_a_row": holdings.attempts.failed_in_a_row,
        "last_failed_attempt": _moment(holdings.attempts.last_failed_at),
        "answers_to_other_programs": [_answered(answered) for answered in holdings.answered],
        "what_was_done": [_entry(entry) for entry in holdings.entries],
    }


def access_document_bytes(holdings: Holdings, now: datetime) -> bytes:
    """The subject access document as indented JSON, for people and programs."""
    return (json.dumps(access_document(holdings, now), indent=2, ensure_ascii=False) + "\n").encode()


def access_sheet(holdings: Holdings, language: Language) -> PaperSheet:
    """The subject access document for reading on paper, with the templates' descriptions in place of their bytes."""
    text, record = language.text, holdings.record
    references = tuple(
        (
            characteristic_name(reference.template.characteristic, language),
            text(
                "quality {value} of 100 · {source} · {date}",
                value=reference.quality,
                source=text(SOURCES[reference.provenance.kind]),
                date=language.date(reference.created_at),
            ),
        )
        for reference in holdings.references
    )
    missing = exceptions_text(record.exceptions, language)
    agreed = [
        (text("Consent given on"), language.date(record.consent.given_at)),
        (text("Consent text"), version_words(record.consent.text_version, language)),
    ]
    portrait = portrait_words(record.consent, language)
    if portrait:
        agreed.append((text("Portrait"), portrait))
    left_out = left_out_words(record.consent, language)
    if left_out:
        agreed.append((text("Left out by the person"), left_out))
    if record.consent.guardian:
        agreed.append((text("Agreed by"), record.consent.guardian))
    if record.withdrawal is not None and record.withdrawal.caller:
        words = text("Another program says that consent is taken back")
        agreed.append((text("Not compared since"), f"{language.date(record.withdrawal.at)}. {words}"))
    elif record.withdrawal is not None:
        agreed.append((text("Withdrawn on"), language.date(record.withdrawal.at)))
    visits = (
        (text("Enrolled on"), language.date(record.enrolled_at)),
        (text("Last visit"), language.day(holdings.last_seen)),
    )
    wishes = ((text("Movements"), text("Asks to be checked without movements")),)
    told = tuple((language.date(answered.request.at), _answer_words(answered)) for answered in holdings.answered)
    acts = tuple((language.date(entry.at), _words(entry)) for entry in holdings.entries)
    sections = (
        PaperSection(text("Visits"), visits),
        PaperSection(text("Consent"), tuple(agreed)),
        PaperSection(text("Recorded besides"), _field_rows(holdings, language)),
        PaperSection(text("Wishes"), wishes if record.details.without_movements else ()),
        PaperSection(text("Kept"), references),
        _portrait_section(holdings, language),
        PaperSection(text("Not captured"), missing),
        PaperSection(text("Answers to other programs"), told),
        PaperSection(text("What was done"), acts),
    )
    shown = tuple(section for section in sections if section.rows or section.picture)
    return PaperSheet(
        text("What is kept about you"),
        record.details.name,
        text("No. {number}", number=record.details.number),
        shown,
    )


def _portrait_section(holdings: Holdings, language: Language) -> PaperSection:
    portrait = holdings.portrait
    if portrait is None:
        return PaperSection("")
    taken = (language.text("Taken on"), language.date(portrait.taken_at))
    return PaperSection(language.text("Portrait"), (taken,), picture=portrait.picture)


def _portrait(portrait: Portrait | None) -> dict[str, Any] | None:
    if portrait is None:
        return None
    return {
        "identifier": portrait.portrait_id,
        "taken_at": portrait.taken_at.isoformat(),
        "source": portrait.source,
        "jpeg": base64.b64encode(portrait.picture).decode(),
    }


def _consent(consent: Consent) -> dict[str, Any]:
    agreed = find_text(consent.text_version)
    return {
        "outcome": consent.outcome.value,
        "purpose": consent.purpose,
        "text_version": consent.text_version,
        "language": consent.language,
        "given_at": consent.given_at.isoformat(),
        "guardian": consent.guardian,
        "reason": consent.reason,
        "kept_days_after_last_visit": consent.retention_days,
        "text_speaks_of": [use.value for use in consent.uses],
        "portrait_chosen": consent.portrait,
        "left_out": [modality.value for modality in consent.left_out],
        "text": None if agreed is None else [{"head": head, "body": body} for head, body in agreed.paragraphs],
    }


def _fields(holdings: Holdings) -> list[dict[str, Any]]:
    """The values of the site's own fields, with why and for how long each is kept."""
    given = dict(holdings.record.details.fields)
    return [
        {
            "name": known.name,
            "label": dict(known.labels),
            "purpose": dict(known.purposes),
            "kept_days_after_last_visit": known.days,
            "value": given[known.key],
        }
        for known in holdings.fields.fields
        if given.get(known.key)
    ]


def _field_rows(holdings: Holdings, language: Language) -> tuple[tuple[str, str], ...]:
    """Labels and whole values: to the person nothing is masked."""
    given = dict(holdings.record.details.fields)
    return tuple(
        (known.label(language.code), known.display(given[known.key], language.code, language.day))
        for known in holdings.fields.fields
        if given.get(known.key)
    )


def _touch(touch: Touch) -> dict[str, Any]:
    return {
        "characteristic": str(touch.characteristic),
        "sha256": touch.digest.hex(),
        "minutiae": base64.b64encode(touch.geometry).decode(),
    }


def _template(reference: Reference) -> dict[str, Any]:
    template, came_from, table = reference.template, reference.provenance, reference.template.search_table
    return {
        "characteristic": str(template.characteristic),
        "identifier": reference.reference_id,
        "made_at": reference.created_at.isoformat(),
        "made_by": template.extractor.key,
        "quality": reference.quality,
        "source": came_from.kind.value,
        "device": came_from.device.name,
        "bytes": base64.b64encode(template.payload).decode(),
        "search_table": None if table is None else base64.b64encode(table.content).decode(),
    }


def _answered(answered: AnsweredRequest) -> dict[str, Any]:
    request = answered.request
    return {
        "at": request.at.isoformat(),
        "program": answered.caller_name,
        "identifier_of_the_program": request.caller_id,
        "asked": request.kind.value,
        "answer": request.outcome,
    }


def _answer_words(answered: AnsweredRequest) -> str:
    request = answered.request
    return " / ".join((answered.caller_name or request.caller_id, request.kind.value, request.outcome))


def _entry(entry: AuditEntry) -> dict[str, Any]:
    facts = {name: value for name, value in entry.facts.items() if name not in NOT_THEIRS}
    return {"number": entry.sequence, "at": entry.at.isoformat(), "event": entry.event, "facts": facts}


def _words(entry: AuditEntry) -> str:
    facts = [str(value) for name, value in entry.facts.items() if name in {"verdict", "reason", "outcome"}]
    return " / ".join((entry.event, *facts))


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
