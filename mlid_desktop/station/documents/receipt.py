"""The receipt that an enrolled person takes home: a page that says what was captured, what was not and why, and what
can be asked for.

A receipt names the person and is written only where the operator asks for it; the station keeps no copy.
"""

from __future__ import annotations

from datetime import datetime

from mlid_desktop.domain.characteristics import Characteristic
from mlid_desktop.domain.subjects import SubjectSummary
from mlid_desktop.site_fields.schema import FieldSchema, Shown, Values
from mlid_desktop.station.documents.pdf import PaperSection, PaperSheet
from mlid_desktop.station.text.consent_texts import consent_text, left_out_words, portrait_words, version_words
from mlid_desktop.station.text.language import Language
from mlid_desktop.station.text.modality_terms import LISTED
from mlid_desktop.station.text.terms import characteristic_name, exceptions_text
from mlid_desktop.workflow.capture import CaptureState
from mlid_desktop.workflow.enrolment import EnrolmentSession

CODE_PREFIX = "mlid:"  # by which a scanner's input is known as a code


def receipt_sheet(
    session: EnrolmentSession,
    now: datetime,
    language: Language,
    token: str = "",
    organisation: tuple[str, str] = ("", ""),
) -> PaperSheet:
    """The receipt of a saved enrolment; what was captured stands in the order of the steps, fingers in that of their
    quality, the best to use first. ``token`` becomes a code that finds the record again; ``organisation`` is head and
    body of who asks for consent. Raises ValueError before consent and details were given."""
    details, consent = session.details, session.consent
    if details is None or consent is None:
        raise ValueError("a receipt comes after consent and details")
    agreed = [
        (language.text("Enrolled on"), language.date(now)),
        (language.text("Consent given on"), language.date(consent.given_at)),
        (language.text("Consent text"), version_words(consent.text_version, language)),
    ]
    portrait = portrait_words(consent, language)
    if portrait:
        agreed.append((language.text("Portrait"), portrait))
    left_out = left_out_words(consent, language)
    if left_out:
        agreed.append((language.text("Left out by the person"), left_out))
    if consent.guardian:
        agreed.append((language.text("Agreed by"), consent.guardian))
    missing = exceptions_text(session.exceptions, language)
    sections = [
        PaperSection(language.text("Enrolment"), tuple(agreed)),
        _fields(session.agreed_fields, details.fields, language),
        PaperSection(language.text("What was captured"), _captured(session, language)),
        PaperSection(language.text("Not captured"), missing),
        code_section(token, language),
        PaperSection(organisation[0], text=organisation[1]),
        *(PaperSection(head, text=body) for head, body in consent_text(language).paragraphs[1:]),
    ]
    shown = tuple(section for section in sections if section.rows or section.text or section.code)
    number = language.text("No. {number}", number=details.number)
    return PaperSheet(language.text("Enrolment receipt"), details.name, number, shown, one_page=True)


def code_sheet(person: SubjectSummary, token: str, language: Language, schema: FieldSchema) -> PaperSheet:
    """A document with a receipt's code and the fields of the site that receipts show, for somebody whose receipt is
    lost or not true any more."""
    number = language.text("No. {number}", number=person.number)
    fields = _fields(schema, person.fields, language)
    sections = (*((fields,) if fields.rows else ()), code_section(token, language))
    return PaperSheet(language.text("Enrolment receipt"), person.name, number, sections)


def _fields(schema: FieldSchema, values: Values, language: Language) -> PaperSection:
    rows = schema.rows(values, Shown.RECEIPT, language.code, language.day)
    return PaperSection(language.text("Recorded besides"), rows)


def code_section(token: str, language: Language) -> PaperSection:
    """The section with a receipt's code, to hold to the scanner or camera: it says nothing about the person, and a new
    one invalidates it."""
    if not token:
        return PaperSection("")
    explained = language.text("It finds your record here, and says nothing about you. Ask for a new one if it is lost.")
    return PaperSection(language.text("Your code"), text=explained, code=CODE_PREFIX + token)


def _captured(session: EnrolmentSession, language: Language) -> tuple[tuple[str, str], ...]:
    def rank(row: tuple[Characteristic, CaptureState]) -> tuple[int, int]:
        return LISTED.index(row[0].modality), -_quality(row[1])

    rows = sorted(session.kept.items(), key=rank)
    return tuple(
        (
            characteristic_name(characteristic, language),
            language.text("quality {number} of 100", number=_quality(state)),
        )
        for characteristic, state in rows
    )


def _quality(state: CaptureState) -> int:
    return -1 if state.best is None else state.best.quality
