"""The terms shown for a site's own fields: their kinds, where they are shown, and what is wrong with what was typed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from mlid_desktop.domain.errors import Code, UsageError
from mlid_desktop.site_fields.schema import CheckScheme, FieldKind, Shown, SiteField
from mlid_desktop.site_fields.schema_problem import SchemaProblem
from mlid_desktop.site_fields.values import Checked, ValueProblem
from mlid_desktop.station.text.language import N_ as _
from mlid_desktop.station.text.language import Language

KINDS: Final[Mapping[FieldKind, str]] = {
    FieldKind.TEXT: _("Text"),
    FieldKind.NUMBER: _("Figure"),
    FieldKind.DATE: _("Date"),
    FieldKind.CHOICE: _("Choice"),
    FieldKind.PHONE: _("Phone number"),
    FieldKind.EMAIL: _("E-mail address"),
    FieldKind.DOCUMENT: _("Document number"),
}
SHOWN_IN: Final[Mapping[Shown, str]] = {
    Shown.DETAILS: _("Enrolment"),
    Shown.LIST: _("List of people"),
    Shown.RECEIPT: _("Receipt"),
    Shown.SEARCH: _("Search"),
    Shown.IMPORT: _("Import"),
    Shown.EXPORT: _("Export"),
    Shown.INTERFACE: _("Other programs"),
}
SCHEMES: Final[Mapping[CheckScheme, str]] = {
    CheckScheme.NONE: _("No check digit"),
    CheckScheme.LUHN: "Luhn (ISO/IEC 7812-1)",
    CheckScheme.ICAO_9303: "ICAO 9303",
    CheckScheme.MOD_11_2: "ISO/IEC 7064, MOD 11-2",
    CheckScheme.MOD_37_2: "ISO/IEC 7064, MOD 37-2",
    CheckScheme.MOD_97_10: "ISO/IEC 7064, MOD 97-10",
    CheckScheme.MOD_661_26: "ISO/IEC 7064, MOD 661-26",
    CheckScheme.MOD_1271_36: "ISO/IEC 7064, MOD 1271-36",
    CheckScheme.MOD_11_10: "ISO/IEC 7064, MOD 11,10",
    CheckScheme.MOD_27_26: "ISO/IEC 7064, MOD 27,26",
    CheckScheme.MOD_37_36: "ISO/IEC 7064, MOD 37,36",
}
PROBLEMS: Final[Mapping[str, str]] = {
    ValueProblem.MISSING: _("This is needed."),
    ValueProblem.NOT_SHOWN: _("This holds characters that cannot be shown."),
    ValueProblem.MISREAD: _("Letters were lost on the way. Type it again."),
    ValueProblem.TOO_LONG: _("At most {limit} characters."),
    ValueProblem.NO_NUMBER: _("Write a figure, such as 12 or -3."),
    ValueProblem.TOO_MANY_DECIMALS: _("At most {limit} digits after the point."),
    ValueProblem.TOO_SMALL: _("At least {limit}."),
    ValueProblem.TOO_LARGE: _("At most {limit}."),
    ValueProblem.NO_DATE: _("Write a date as 2026-01-31 or 31.01.2026."),
    ValueProblem.TOO_EARLY: _("Not before {limit}."),
    ValueProblem.TOO_LATE: _("Not after {limit}."),
    ValueProblem.NO_CHOICE: _("Choose from the list."),
    ValueProblem.NO_PHONE: _("This is no phone number. Write it with its country, such as +33."),
    ValueProblem.NO_EMAIL: _("This is no e-mail address."),
    ValueProblem.NO_DOCUMENT: _("Letters and digits only."),
    ValueProblem.CHECK_DIGIT: _("A character is wrong: the check digit does not agree."),
}
FORMS: Final[Mapping[FieldKind, str]] = {
    FieldKind.DATE: PROBLEMS[ValueProblem.NO_DATE],
    FieldKind.PHONE: _("Write a number with its country, such as +33."),
}
SCHEMA_PROBLEMS: Final[Mapping[str, str]] = {
    SchemaProblem.NOT_TOML: _("this is no TOML"),
    SchemaProblem.UNKNOWN_ENTRY: _("there is no such entry"),
    SchemaProblem.MISSING_ENTRY: _("it is missing"),
    SchemaProblem.WRONG_VALUE: _("it does not have a value that it can have"),
    SchemaProblem.TOO_MANY: _("at most {limit}"),
    SchemaProblem.TOO_LONG: _("at most {limit} characters"),
    SchemaProblem.BAD_NAME: _("a name is made of small letters, digits and _, and begins with a letter"),
    SchemaProblem.NAME_RESERVED: _("this name has a meaning of its own"),
    SchemaProblem.NAME_TWICE: _("this name stands twice"),
    SchemaProblem.BAD_LANGUAGE: _("a language is written as en, pt-BR or sr-Latn"),
    SchemaProblem.PERIOD_TOO_LONG: _("what the people agreed to ends after {limit} days"),
    SchemaProblem.NOT_OF_THIS_KIND: _("a field of this kind has no such entry"),
    SchemaProblem.CHOICES_ALIKE: _("two choices are alike"),
    SchemaProblem.BOUNDS_CROSSED: _("the lower bound lies above the upper bound"),
    SchemaProblem.REQUIRED_UNSEEN: _("what is required has to be asked for at enrolment"),
}
FIELD_FAULTS: Final[Mapping[Code, tuple[str, str]]] = {
    Code.USAGE_FIELDS_INVALID: (
        _("The site's fields cannot be used. {entry}: {why}."),
        _("Correct it and try again. Nothing was changed."),
    ),
    Code.USAGE_FIELD_INVALID: (_("{field}: {why}"), _("Correct it and try again.")),
    Code.USAGE_FIELD_TAKEN: (
        _("{field}: somebody else who is enrolled has this already."),
        _("Check it. Who it is can be found under Records, where the site allows it."),
    ),
    Code.USAGE_FIELDS_NOT_AGREED: (
        _("The person has not agreed to a text that speaks of the site's own fields."),
        _("Ask for consent to the text of today first: under Records, Renew consent."),
    ),
    Code.USAGE_FIELDS_BUSY: (
        _("Values of fields that are gone are still being destroyed."),
        _("Wait until that is through."),
    ),
    Code.USAGE_FIELDS_PROBED: (
        _("What other people have was typed too often."),
        _("Try again in an hour. Everybody who opens this vault is told."),
    ),
}


def field_fault_reason(problem: str, limit: object, language: Language) -> str:
    """What is wrong with a schema, or with what was typed into a field, in words; "" for another fault."""
    words = PROBLEMS.get(problem) or SCHEMA_PROBLEMS.get(problem, "")
    if problem in {ValueProblem.TOO_EARLY, ValueProblem.TOO_LATE}:
        limit = language.day(date.fromisoformat(str(limit)))
    return language.text(words, limit=limit) if words else ""


def field_fault(known: SiteField, found: Checked, language: Language) -> UsageError:
    """The fault of a value that was given without a person at a form."""
    problem = "" if found.problem is None else found.problem.value
    field = known.label(language.code)
    return UsageError(Code.USAGE_FIELD_INVALID, field=field, problem=problem, limit=found.limit)


def problem_text(found: Checked, language: Language) -> str:
    """What is wrong with what was typed into a field, in words; "" where nothing is."""
    return "" if found.problem is None else field_fault_reason(found.problem, found.limit, language)


def field_hint(known: SiteField, language: Language) -> str:
    """Why a field is recorded and for how long, as the step of details says it, and how it is written where that has a
    form."""
    days = language.plural(
        "Kept {number} day after the last visit.", "Kept {number} days after the last visit.", known.days
    )
    form = language.text(FORMS[known.kind]) if known.kind in FORMS else ""
    return " ".join(filter(None, (known.purpose(language.code), days, form)))
