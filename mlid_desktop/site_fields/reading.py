"""Reads a schema of a site's fields from TOML: checked against every bound before anything of it is used."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, NoReturn, TypeVar

from mlid_desktop.domain.errors import Code, UsageError
from mlid_desktop.domain.subjects import USUAL_RETENTION_DAYS
from mlid_desktop.domain.text import is_seen, is_shown, searched, tidy, toml_content
from mlid_desktop.site_fields.schema import (
    MASKABLE,
    MAX_CHARACTERS,
    MAX_CHOICE_FIELDS,
    MAX_CHOICES,
    MAX_FIELDS,
    CheckScheme,
    FieldChoice,
    FieldKind,
    FieldSchema,
    Shown,
    SiteField,
)
from mlid_desktop.site_fields.schema_problem import SchemaProblem

MAX_SCHEMA_BYTES = 1024 * 1024
MAX_LABEL, MAX_PURPOSE = 80, 200
MAX_VERSION = 1_000_000
MAX_DECIMALS = 6
# What lists and commands call something else.
RESERVED: Final = frozenset(
    {"number", "name", "guardian", "face", "voice", "subject", "token", "consent", "enrolled_at", "standing"}
)
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,31}")
_CODE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}")
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(?:-[A-Z][a-z]{3})?(?:-[A-Z]{2})?")
_REGION: Final = re.compile(r"[A-Z]{2}")
_ELEMENT: Final = re.compile(r"[DZ][A-Z]{2}")  # AAMVA DL/ID card design standard, annex D
_KINDS_OF: Final[Mapping[str, frozenset[FieldKind]]] = {
    "length": frozenset({FieldKind.TEXT, FieldKind.EMAIL, FieldKind.DOCUMENT}),
    "least": frozenset({FieldKind.NUMBER}),
    "most": frozenset({FieldKind.NUMBER}),
    "decimals": frozenset({FieldKind.NUMBER}),
    "earliest": frozenset({FieldKind.DATE}),
    "latest": frozenset({FieldKind.DATE}),
    "choices": frozenset({FieldKind.CHOICE}),
    "region": frozenset({FieldKind.PHONE}),
    "scheme": frozenset({FieldKind.DOCUMENT}),
}
_OF_ALL: Final = frozenset(
    {"name", "kind", "label", "purpose", "days", "since", "required", "unique", "shown", "plain", "licence"}
)
T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)


def read_schema(untrusted: bytes, longest_days: int = USUAL_RETENTION_DAYS) -> FieldSchema:
    """Reads a schema. ``longest_days`` is for how long a person's record may be kept after the last visit: no field
    outlives it. Raises UsageError(USAGE_FIELDS_INVALID) that names the entry and the :class:`SchemaProblem`."""
    if len(untrusted) > MAX_SCHEMA_BYTES:
        _refuse("", SchemaProblem.TOO_LONG, MAX_SCHEMA_BYTES)
    try:
        content = toml_content(untrusted, Decimal)
    except ValueError:
        _refuse("", SchemaProblem.NOT_TOML)
    for entry in content.keys() - {"version", "field"}:
        _refuse(str(entry)[:40], SchemaProblem.UNKNOWN_ENTRY)
    tables = content.get("field", [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        _refuse("field", SchemaProblem.WRONG_VALUE)
    if len(tables) > MAX_FIELDS:
        _refuse("field", SchemaProblem.TOO_MANY, MAX_FIELDS)
    fields = tuple(_FieldReader(table, index, longest_days).read() for index, table in enumerate(tables, start=1))
    _require_apart(fields)
    version = content.get("version", 0)
    if type(version) is not int or not 0 <= version <= MAX_VERSION:
        _refuse("version", SchemaProblem.WRONG_VALUE)
    return FieldSchema(version, fields)


def _require_apart(fields: tuple[SiteField, ...]) -> None:
    names: set[str] = set()
    for known in fields:
        if known.name in names:
            _refuse(known.name, SchemaProblem.NAME_TWICE)
        names.add(known.name)
    if sum(known.kind is FieldKind.CHOICE for known in fields) > MAX_CHOICE_FIELDS:
        _refuse("field", SchemaProblem.TOO_MANY, MAX_CHOICE_FIELDS)


def _refuse(entry: str, problem: SchemaProblem, limit: int | str = "") -> NoReturn:
    raise UsageError(Code.USAGE_FIELDS_INVALID, entry=entry or "TOML", problem=problem.value, limit=limit) from None


class _FieldReader:
    """Reads one table of the file as a field."""

    def __init__(self, untrusted: Mapping[str, Any], index: int, longest_days: int) -> None:
        self._untrusted = untrusted
        self._longest_days = longest_days
        name = untrusted.get("name")
        self._of = name if isinstance(name, str) and _NAME.fullmatch(name) else f"field {index}"

    def read(self) -> SiteField:
        name = self._text("name", 32)
        if not _NAME.fullmatch(name):
            self._refuse("name", SchemaProblem.BAD_NAME)
        if name in RESERVED or name.startswith(("consent_", "left_", "right_")):
            self._refuse("name", SchemaProblem.NAME_RESERVED)
        kind = self._word("kind", FieldKind)
        for entry in self._untrusted:
            if entry not in _OF_ALL and entry not in _KINDS_OF:
                self._refuse(str(entry)[:40], SchemaProblem.UNKNOWN_ENTRY)
            if entry in _KINDS_OF and kind not in _KINDS_OF[entry]:
                self._refuse(entry, SchemaProblem.NOT_OF_THIS_KIND)
        read = SiteField(
            name,
            kind,
            self._texts("label", MAX_LABEL),
            self._texts("purpose", MAX_PURPOSE),
            self._days(),
            self._number("since", 1, 1, MAX_VERSION),
            required=self._flag("required"),
            unique=self._flag("unique"),
            shown=self._where("shown", {Shown.DETAILS}),
            plain=self._where("plain", set()),
            length=self._number("length", MAX_CHARACTERS, 1, MAX_CHARACTERS),
            least=self._decimal("least"),
            most=self._decimal("most"),
            decimals=self._number("decimals", 0, 0, MAX_DECIMALS),
            earliest=self._day("earliest"),
            latest=self._day("latest"),
            choices=self._choices() if kind is FieldKind.CHOICE else (),
            region=self._region(),
            scheme=self._word("scheme", CheckScheme, CheckScheme.NONE),
            licence=self._licence(),
        )
        self._require_sound(read)
        return read

    def _require_sound(self, read: SiteField) -> None:
        if read.required and Shown.DETAILS not in read.shown:
            self._refuse("shown", SchemaProblem.REQUIRED_UNSEEN)
        if read.plain - MASKABLE:
            self._refuse("plain", SchemaProblem.WRONG_VALUE)
        if read.unique and read.kind is FieldKind.CHOICE:
            self._refuse("unique", SchemaProblem.NOT_OF_THIS_KIND)
        if read.least is not None and read.most is not None and read.least > read.most:
            self._refuse("least", SchemaProblem.BOUNDS_CROSSED)
        is_dated = all(bound and bound != "today" for bound in (read.earliest, read.latest))
        if is_dated and read.earliest > read.latest:
            self._refuse("earliest", SchemaProblem.BOUNDS_CROSSED)

    def _refuse(self, entry: str, problem: SchemaProblem, limit: int | str = "") -> NoReturn:
        _refuse(f"{self._of}: {entry}", problem, limit)

    def _given(self, entry: str, kind: type[T], usual: T | None = None) -> T:
        """The entry's value, of its type to the letter: true is no number."""
        if entry not in self._untrusted:
            if usual is None:
                self._refuse(entry, SchemaProblem.MISSING_ENTRY)
            return usual
        value = self._untrusted[entry]
        if type(value) is not kind:
            self._refuse(entry, SchemaProblem.WRONG_VALUE)
        return value

    def _flag(self, entry: str) -> bool:
        return self._given(entry, bool, usual=False)

    def _text(self, entry: str, limit: int, usual: str | None = None) -> str:
        return self._bounded(self._given(entry, str, usual), entry, limit)

    def _bounded(self, text: str, entry: str, limit: int) -> str:
        if len(text) > limit:
            self._refuse(entry, SchemaProblem.TOO_LONG, limit)
        return text

    def _number(self, entry: str, usual: int, least: int, most: int) -> int:
        value = self._given(entry, int, usual)
        if not least <= value <= most:
            self._refuse(entry, SchemaProblem.WRONG_VALUE)
        return value

    def _days(self) -> int:
        days = self._given("days", int)
        if days > self._longest_days:
            self._refuse("days", SchemaProblem.PERIOD_TOO_LONG, self._longest_days)
        if days < 1:
            self._refuse("days", SchemaProblem.WRONG_VALUE)
        return days

    def _decimal(self, entry: str) -> Decimal | None:
        value = self._untrusted.get(entry)
        if value is None:
            return None
        if type(value) not in (int, Decimal):
            self._refuse(entry, SchemaProblem.WRONG_VALUE)
        number = Decimal(value)
        if not number.is_finite() or len(str(number)) > 30:
            self._refuse(entry, SchemaProblem.WRONG_VALUE)
        return number

    def _day(self, entry: str) -> str:
        value = self._untrusted.get(entry, "")
        if type(value) is date:
            return value.isoformat()
        if value in ("", "today"):
            return str(value)
        return self._refuse(entry, SchemaProblem.WRONG_VALUE)

    def _word(self, entry: str, words: type[E], usual: E | None = None) -> E:
        written = self._text(entry, 40, None if usual is None else usual.value)
        try:
            return words(written)
        except ValueError:
            self._refuse(entry, SchemaProblem.WRONG_VALUE)

    def _where(self, entry: str, usual: set[Shown]) -> frozenset[Shown]:
        written = self._given(entry, list, sorted(usual))
        try:
            return frozenset(map(Shown, written))
        except (ValueError, TypeError):
            self._refuse(entry, SchemaProblem.WRONG_VALUE)

    def _texts(self, entry: str, limit: int) -> Mapping[str, str]:
        return self._languages(self._given(entry, dict), entry, limit)

    def _languages(self, untrusted: Mapping[Any, Any], entry: str, limit: int) -> Mapping[str, str]:
        if not untrusted:
            self._refuse(entry, SchemaProblem.MISSING_ENTRY)
        if len(untrusted) > 40:
            self._refuse(entry, SchemaProblem.TOO_MANY, 40)
        read: dict[str, str] = {}
        for language, text in untrusted.items():
            if not isinstance(language, str) or not _LANGUAGE.fullmatch(language):
                self._refuse(entry, SchemaProblem.BAD_LANGUAGE)
            if not isinstance(text, str) or not is_seen(tidy(text)) or not is_shown(tidy(text)):
                self._refuse(entry, SchemaProblem.WRONG_VALUE)
            read[language] = self._bounded(tidy(text), entry, limit)
        return read

    def _choices(self) -> tuple[FieldChoice, ...]:
        tables = self._given("choices", list)
        if len(tables) < 2 or not all(isinstance(table, dict) for table in tables):
            self._refuse("choices", SchemaProblem.WRONG_VALUE)
        if len(tables) > MAX_CHOICES:
            self._refuse("choices", SchemaProblem.TOO_MANY, MAX_CHOICES)
        read = tuple(self._choice(table) for table in tables)
        if len({searched(choice.code) for choice in read}) < len(read):
            self._refuse("choices", SchemaProblem.CHOICES_ALIKE)
        for language in {language for choice in read for language in choice.labels}:
            labels = [searched(choice.labels[language]) for choice in read if language in choice.labels]
            if len(set(labels)) < len(labels):
                self._refuse("choices", SchemaProblem.CHOICES_ALIKE)
        return read

    def _choice(self, untrusted: Mapping[str, Any]) -> FieldChoice:
        code, labels = untrusted.get("code"), untrusted.get("label")
        if untrusted.keys() - {"code", "label"} or not isinstance(labels, dict):
            self._refuse("choices", SchemaProblem.WRONG_VALUE)
        if not isinstance(code, str) or not _CODE.fullmatch(code):
            self._refuse("choices", SchemaProblem.BAD_NAME)
        return FieldChoice(code, self._languages(labels, "choices", MAX_LABEL))

    def _region(self) -> str:
        from mlid_desktop.site_fields.phones import regions  # noqa: PLC0415 - its tables are read when needed

        region = self._text("region", 2, "")
        if region and (not _REGION.fullmatch(region) or region not in regions()):
            self._refuse("region", SchemaProblem.WRONG_VALUE)
        return region

    def _licence(self) -> str:
        element = self._text("licence", 3, "")
        if element and not _ELEMENT.fullmatch(element):
            self._refuse("licence", SchemaProblem.WRONG_VALUE)
        return element
