"""What may be typed into a site's field: brought to the form in which it is kept, or the reason why it cannot be."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Final

from mlid_desktop.domain.text import is_misread, is_seen, is_shown, searched, tidy, tidy_number
from mlid_desktop.site_fields.check_digits import is_checked
from mlid_desktop.site_fields.schema import (
    CheckScheme,
    FieldKind,
    FieldSchema,
    Shown,
    SiteField,
    Values,
)

MAX_TYPED = 2000  # characters that are looked at: what is longer is refused unread
MAX_DIGITS = 30
MAX_ADDRESS, MAX_LOCAL_PART, MAX_LABEL = 254, 64, 63  # RFC 5321, 4.5.3.1; RFC 1035, 2.3.4
MAX_PHONE = 40
_ISO_DATE: Final = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_DAY_FIRST: Final = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
_NUMBER: Final = re.compile(r"[+-]?\d+(?:\.\d+)?")
_LOCAL_PART: Final = re.compile(r"[^\s@\"(),:;<>\[\\\].]+(?:\.[^\s@\"(),:;<>\[\\\].]+)*")
_SEPARATORS: Final = re.compile(r"[\s.\-/]")
_DOCUMENT: Final = re.compile(r"[A-Z0-9<*]{1,64}")


class ValueProblem(StrEnum):
    """Reasons why what was typed cannot be kept in a field."""

    MISSING = "missing"
    NOT_SHOWN = "not_shown"
    MISREAD = "misread"
    TOO_LONG = "too_long"
    NO_NUMBER = "no_number"
    TOO_MANY_DECIMALS = "too_many_decimals"
    TOO_SMALL = "too_small"
    TOO_LARGE = "too_large"
    NO_DATE = "no_date"
    TOO_EARLY = "too_early"
    TOO_LATE = "too_late"
    NO_CHOICE = "no_choice"
    NO_PHONE = "no_phone"
    NO_EMAIL = "no_email"
    NO_DOCUMENT = "no_document"
    CHECK_DIGIT = "check_digit"


@dataclass(frozen=True, slots=True)
class Checked:
    """What was typed into a field, checked: the ``value`` that is kept, "" where nothing was typed, or the ``problem``
    with the ``limit`` that it went beyond."""

    value: str = field(default="", repr=False)
    problem: ValueProblem | None = None
    limit: str = ""


def check(known: SiteField, typed: str, today: date) -> Checked:
    """Checks what was typed into a field. Nothing typed is no problem, unless the field is required."""
    if len(typed) > MAX_TYPED:
        return Checked(problem=ValueProblem.TOO_LONG, limit=str(known.length))
    text = tidy(typed)
    if not text:
        return Checked(problem=ValueProblem.MISSING) if known.required else Checked()
    if not is_shown(text) or not is_seen(text):
        return Checked(problem=ValueProblem.NOT_SHOWN)
    if is_misread(text):
        return Checked(problem=ValueProblem.MISREAD)
    if len(text) > known.length:
        return Checked(problem=ValueProblem.TOO_LONG, limit=str(known.length))
    judge = _BY_KIND.get(known.kind)
    return Checked(text) if judge is None else judge(known, text, today)


def check_all(
    schema: FieldSchema, typed: Mapping[str, str], today: date, where: Shown = Shown.DETAILS
) -> tuple[Values, Mapping[str, Checked]]:
    """Checks what was typed into the fields that are taken there, by their names: the values to keep, and the fields
    with a problem."""
    found = {known.name: check(known, typed.get(known.name, ""), today) for known in schema.shown_in(where)}
    values = tuple(sorted((schema.by_name[name].key, done.value) for name, done in found.items() if done.value))
    return values, {name: done for name, done in found.items() if done.problem is not None}


def recheck(schema: FieldSchema, values: Values, today: date) -> Mapping[str, Checked]:
    """What is wrong with values that were checked before, perhaps under an earlier schema: by the names of fields."""
    given = dict(values)
    found = {known.name: check(known, given.get(known.key, ""), today) for known in schema.fields}
    return {name: done for name, done in found.items() if done.problem is not None}


def _number(known: SiteField, text: str, _today: date) -> Checked:
    plain = tidy_number(text).replace("\u066b", ".").replace("\u2212", "-").replace(" ", "")
    if plain.count(",") == 1 and "." not in plain:
        plain = plain.replace(",", ".")
    if not _NUMBER.fullmatch(plain) or len(plain) > MAX_DIGITS:
        return Checked(problem=ValueProblem.NO_NUMBER)
    try:
        number = Decimal(plain)
    except InvalidOperation:
        return Checked(problem=ValueProblem.NO_NUMBER)
    if len(plain.partition(".")[2]) > known.decimals:
        return Checked(problem=ValueProblem.TOO_MANY_DECIMALS, limit=str(known.decimals))
    if known.least is not None and number < known.least:
        return Checked(problem=ValueProblem.TOO_SMALL, limit=str(known.least))
    if known.most is not None and number > known.most:
        return Checked(problem=ValueProblem.TOO_LARGE, limit=str(known.most))
    return Checked(format(number + 0, "f"))


def _date(known: SiteField, text: str, today: date) -> Checked:
    text = tidy_number(text)
    iso, german = _ISO_DATE.fullmatch(text.replace("/", "-")), _DAY_FIRST.fullmatch(text)
    parts = iso.groups() if iso else german.groups()[::-1] if german else None
    try:
        day = date(*map(int, parts or ()))
    except (ValueError, TypeError):
        return Checked(problem=ValueProblem.NO_DATE)
    earliest, latest = _bound(known.earliest, today), _bound(known.latest, today)
    if earliest is not None and day < earliest:
        return Checked(problem=ValueProblem.TOO_EARLY, limit=earliest.isoformat())
    if latest is not None and day > latest:
        return Checked(problem=ValueProblem.TOO_LATE, limit=latest.isoformat())
    return Checked(day.isoformat())


def _bound(written: str, today: date) -> date | None:
    if not written:
        return None
    return today if written == "today" else date.fromisoformat(written)


def _choice(known: SiteField, text: str, _today: date) -> Checked:
    if any(choice.code == text for choice in known.choices):
        return Checked(text)
    asked = searched(text)
    alike = {
        choice.code
        for choice in known.choices
        if asked in {searched(choice.code), *map(searched, choice.labels.values())}
    }
    return Checked(alike.pop()) if len(alike) == 1 else Checked(problem=ValueProblem.NO_CHOICE)


def _phone(known: SiteField, text: str, _today: date) -> Checked:
    from mlid_desktop.site_fields.phones import international  # noqa: PLC0415 - its tables are read when needed

    number = international(tidy_number(text), known.region) if len(text) <= MAX_PHONE else ""
    return Checked(number) if number else Checked(problem=ValueProblem.NO_PHONE)


def _email(_known: SiteField, text: str, _today: date) -> Checked:
    """An address as RFC 5321 bounds it, of words without quotation; the domain in any script, in small letters."""
    local, at, domain = text.rpartition("@")
    labels = domain.casefold().split(".")
    if not at or not _LOCAL_PART.fullmatch(local) or len(labels) < 2:
        return Checked(problem=ValueProblem.NO_EMAIL)
    try:
        ascii_labels = [label.encode("idna").decode("ascii") for label in labels]
    except UnicodeError:
        return Checked(problem=ValueProblem.NO_EMAIL)
    is_whole = all(
        re.fullmatch(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", label) and len(label) <= MAX_LABEL
        for label in ascii_labels
    )
    length = len(local.encode()) + 1 + len(".".join(ascii_labels))
    if not is_whole or ascii_labels[-1].isdigit() or len(local.encode()) > MAX_LOCAL_PART or length > MAX_ADDRESS:
        return Checked(problem=ValueProblem.NO_EMAIL)
    return Checked(f"{local}@{'.'.join(labels)}")


def _document(known: SiteField, text: str, _today: date) -> Checked:
    number = _SEPARATORS.sub("", tidy_number(text)).upper()
    if not _DOCUMENT.fullmatch(number):
        return Checked(problem=ValueProblem.NO_DOCUMENT)
    if known.scheme is not CheckScheme.NONE and not is_checked(known.scheme, number):
        return Checked(problem=ValueProblem.CHECK_DIGIT)
    return Checked(number)


_BY_KIND: Final[Mapping[FieldKind, Callable[[SiteField, str, date], Checked]]] = {
    FieldKind.NUMBER: _number,
    FieldKind.DATE: _date,
    FieldKind.CHOICE: _choice,
    FieldKind.PHONE: _phone,
    FieldKind.EMAIL: _email,
    FieldKind.DOCUMENT: _document,
}
