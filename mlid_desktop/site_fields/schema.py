"""The schema of a site's own fields: what each is called, what may stand in it, why and for how long it is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum

from mlid_desktop.domain.text import number_key

MAX_FIELDS = 40
MAX_CHOICE_FIELDS = 10
MAX_CHOICES = 200
MAX_CHARACTERS = 500
WriteDay = Callable[[date], str]
Values = tuple[tuple[str, str], ...]  # a person's values by the keys of fields, in the order of keys


class FieldKind(StrEnum):
    """Kinds of fields, by what may stand in them."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    CHOICE = "choice"
    PHONE = "phone"
    EMAIL = "email"
    DOCUMENT = "document"


class Shown(StrEnum):
    """Where a field is shown or taken: the step of details, the list of people, receipts, the search, lists that are
    imported and exported, and answers to other programs."""

    DETAILS = "details"
    LIST = "list"
    RECEIPT = "receipt"
    SEARCH = "search"
    IMPORT = "import"
    EXPORT = "export"
    INTERFACE = "interface"


MASKABLE = frozenset({Shown.LIST, Shown.RECEIPT, Shown.INTERFACE})  # where a value is masked unless the schema says so


class CheckScheme(StrEnum):
    """Schemes of check digits, by the name of their standard."""

    NONE = "none"
    LUHN = "luhn"
    ICAO_9303 = "icao_9303"
    MOD_11_2 = "iso7064_mod11_2"
    MOD_37_2 = "iso7064_mod37_2"
    MOD_97_10 = "iso7064_mod97_10"
    MOD_661_26 = "iso7064_mod661_26"
    MOD_1271_36 = "iso7064_mod1271_36"
    MOD_11_10 = "iso7064_mod11_10"
    MOD_27_26 = "iso7064_mod27_26"
    MOD_37_36 = "iso7064_mod37_36"


@dataclass(frozen=True, slots=True)
class FieldChoice:
    """A choice of a field: the code that is kept, and its labels by language."""

    code: str
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SiteField:
    """A field of a site. ``name`` is what lists and commands call it; ``since`` the version of the schema that it came
    with: a field of the same name that comes again is another one. ``days`` is for how long after the last visit a
    value is kept. ``plain`` is where a value is shown whole that is masked elsewhere. ``least`` and ``most`` bound
    numbers, ``earliest`` and ``latest`` (ISO dates, or "today") dates; ``decimals`` are those of a number, ``region``
    the country of a phone number without one, ``licence`` the element of a driving licence's code that fills it."""

    name: str
    kind: FieldKind
    labels: Mapping[str, str]
    purposes: Mapping[str, str]
    days: int
    since: int = 1
    required: bool = False
    unique: bool = False
    shown: frozenset[Shown] = frozenset({Shown.DETAILS})
    plain: frozenset[Shown] = frozenset()
    length: int = MAX_CHARACTERS
    least: Decimal | None = None
    most: Decimal | None = None
    decimals: int = 0
    earliest: str = ""
    latest: str = ""
    choices: tuple[FieldChoice, ...] = ()
    region: str = ""
    scheme: CheckScheme = CheckScheme.NONE
    licence: str = ""

    @property
    def key(self) -> str:
        """The key under which values are kept."""
        return f"{self.name}.{self.since}"

    @property
    def sorts_lists(self) -> bool:
        """Whether lists may be sorted by it: they show it, and whole."""
        return Shown.LIST in self.shown and Shown.LIST in self.plain

    def label(self, language: str) -> str:
        """The field's label in this language, or the nearest there is."""
        return in_language(self.labels, language)

    def purpose(self, language: str) -> str:
        """Why the field is recorded, in this language, or the nearest there is."""
        return in_language(self.purposes, language)

    def display(self, value: str, language: str, day: WriteDay = date.isoformat) -> str:
        """A kept value as people read it; ``day`` writes dates as the language does."""
        if self.kind is FieldKind.DATE and value:
            return _written(value, day)
        if self.kind is FieldKind.CHOICE:
            return next(
                (in_language(choice.labels, language) for choice in self.choices if choice.code == value), value
            )
        return value

    def masked(self, value: str, language: str, where: Shown, day: WriteDay = date.isoformat) -> str:
        """A kept value as it is shown there: masked, unless the schema says otherwise. Long values end with their last
        two characters; short ones, and those of few possible ones, show nothing."""
        whole = self.display(value, language, day)
        if where not in MASKABLE or where in self.plain or not whole:
            return whole
        telling = len(whole) >= 8 and self.kind in {FieldKind.PHONE, FieldKind.DOCUMENT, FieldKind.TEXT}
        return "••••" + whole[-2:] if telling else "••••"


@dataclass(frozen=True, slots=True)
class FieldSchema:
    """The fields of a site in the order in which they are asked for. ``version`` is 0 where none was ever stored."""

    version: int = 0
    fields: tuple[SiteField, ...] = ()
    by_key: Mapping[str, SiteField] = field(init=False, repr=False, compare=False)
    by_name: Mapping[str, SiteField] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_key", {known.key: known for known in self.fields})
        object.__setattr__(self, "by_name", {known.name: known for known in self.fields})

    def shown_in(self, where: Shown) -> tuple[SiteField, ...]:
        """The fields that are shown or taken there."""
        return tuple(known for known in self.fields if where in known.shown)

    def known(self, values: Values) -> Values:
        """The values that are of a field of this schema; the others are of fields that it has no more."""
        return tuple((key, value) for key, value in values if key in self.by_key)

    def missing(self, values: Values) -> tuple[SiteField, ...]:
        """The required fields that have no value."""
        given = {key for key, value in values if value}
        return tuple(known for known in self.fields if known.required and known.key not in given)

    def rows(
        self, values: Values, where: Shown, language: str, day: WriteDay = date.isoformat
    ) -> tuple[tuple[str, str], ...]:
        """Labels and values as they are shown there, masked where the schema says nothing else."""
        given = dict(values)
        return tuple(
            (known.label(language), known.masked(given[known.key], language, where, day))
            for known in self.shown_in(where)
            if given.get(known.key)
        )

    def without(self, keys: Iterable[str]) -> FieldSchema:
        """The schema without the fields of these keys."""
        gone = set(keys)
        return FieldSchema(self.version, tuple(known for known in self.fields if known.key not in gone))


def _written(value: str, day: WriteDay) -> str:
    """A kept date as ``day`` writes it; as it is kept, where it is none."""
    try:
        return day(date.fromisoformat(value))
    except ValueError:
        return value


NO_FIELDS = FieldSchema()


def next_schema(before: FieldSchema, after: FieldSchema, last_version: int) -> FieldSchema:
    """The schema ``after`` as the version that follows: fields that were there, and are of the same kind, keep when
    they came. ``last_version`` is the highest that there was."""
    version = max(before.version, last_version) + 1

    def dated(fresh: SiteField) -> SiteField:
        earlier = before.by_name.get(fresh.name)
        same = earlier is not None and earlier.kind is fresh.kind
        return replace(fresh, since=earlier.since if earlier is not None and same else version)

    return FieldSchema(version, tuple(dated(fresh) for fresh in after.fields))


def dropped_fields(before: FieldSchema, after: FieldSchema) -> tuple[SiteField, ...]:
    """The fields of ``before`` that ``after`` has no more, or has as another kind: their values are to be erased."""
    return tuple(gone for gone in before.fields if gone.key not in after.by_key)


def unique_key(value: str) -> str:
    """The form of a kept value that two spellings of it share, to compare where nobody may have what another has."""
    return number_key(value)


def in_language(texts: Mapping[str, str], language: str) -> str:
    """The text in this language, in the same language of another script or country, in English, or the first."""
    for wanted in (language, language.split("-", 1)[0].split("_", 1)[0], "en"):
        if wanted in texts:
            return texts[wanted]
        near = next((code for code in texts if code.split("-", 1)[0] == wanted), None)
        if near is not None:
            return texts[near]
    return next(iter(texts.values()), "")
