"""Index of everybody who is enrolled, to search and sort: 100,000 people are looked through in milliseconds."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.subjects import Standing, SubjectSummary
from mlid_desktop.domain.text import number_key, searched, tidy, tidy_number
from mlid_desktop.site_fields.schema import NO_FIELDS, FieldKind, FieldSchema, Shown
from mlid_desktop.station.documents.receipt import CODE_PREFIX

SORTED_BY = 40  # characters of a name that decide its place in the list: more would fill memory for nothing
# Letters that the machine-readable zone of a document writes as two (ICAO 9303-3, 6), and those two.
ON_DOCUMENTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})
TAKEN_FROM_ONE = re.compile(r"([aou])e|(a)a")
Indices = NDArray[np.int64]


class Order(StrEnum):
    """Orders in which people can be listed, besides those by a field of the site's own."""

    NUMBER = "number"
    NAME = "name"
    ENROLLED = "enrolled"
    KEPT = "kept"


class Part(StrEnum):
    """Parts of the people that can be listed."""

    EVERYBODY = "everybody"
    TODAY = "today"
    DUE = "due"
    STOPPED = "stopped"
    WITHDRAWN = "withdrawn"
    SHARING = "sharing"
    EARLIER = "earlier"
    PORTRAIT = "portrait"


TOLD_BY_VAULT = frozenset({Part.DUE, Part.EARLIER})  # read there anew for each search


@dataclass(frozen=True, slots=True)
class Query:
    """A search for people: every word of ``text``, in this part of the people, in this ``order``: an Order, or the key
    of a field of the site's own."""

    text: str = field(default="", repr=False)
    order: str = Order.NAME
    backwards: bool = False
    part: Part = Part.EVERYBODY


@dataclass(frozen=True, slots=True, eq=False)
class PeopleIndex:
    """All people by their index; ``folded`` is what a search looks at, ``orders`` holds the indices sorted,
    ``sharing`` the identifiers of people who share a number, ``pictured`` of those who have a portrait; ``modalities``
    are those in which somebody is enrolled."""

    people: tuple[SubjectSummary, ...] = field(default=(), repr=False)
    folded: tuple[str, ...] = field(default=(), repr=False)
    enrolled: NDArray[np.float64] = field(default_factory=lambda: np.empty(0), repr=False)
    orders: Mapping[str, Indices] = field(default_factory=dict, repr=False)
    by_id: Mapping[str, SubjectSummary] = field(default_factory=dict, repr=False)
    numbers: frozenset[str] = field(default=frozenset(), repr=False)
    sharing: frozenset[str] = field(default=frozenset(), repr=False)
    pictured: frozenset[str] = field(default=frozenset(), repr=False)
    by_name: Mapping[str, tuple[int, ...]] = field(default_factory=dict, repr=False)
    by_token: Mapping[str, int] = field(default_factory=dict, repr=False)
    schema: FieldSchema = field(default=NO_FIELDS, repr=False)
    modalities: frozenset[Modality] = frozenset()

    @classmethod
    def of(cls, people: Sequence[SubjectSummary], schema: FieldSchema = NO_FIELDS) -> PeopleIndex:
        """Builds the index, away from the GUI thread: it takes about a second for 100,000 people. Sorting is numpy's,
        which lets other threads run meanwhile. Of the site's own fields those are searched that ``schema`` says."""
        everybody = tuple(people)
        searched_keys = frozenset(known.key for known in schema.shown_in(Shown.SEARCH))
        lines = tuple(_line(person, searched_keys) for person in everybody)
        enrolled = np.array([person.enrolled_at.timestamp() for person in everybody], dtype=np.float64)
        numbers = np.array([_counted(person.number) for person in everybody], dtype=f"U{SORTED_BY}")
        orders: dict[str, Indices] = {
            Order.NAME: np.argsort(np.array(lines, dtype=f"U{SORTED_BY}"), kind="stable"),
            Order.NUMBER: np.argsort(numbers, kind="stable"),
            Order.ENROLLED: np.argsort(enrolled, kind="stable"),
            Order.KEPT: np.argsort([len(person.characteristics) for person in everybody], kind="stable"),
        }
        by_name: dict[str, tuple[int, ...]] = {}
        for index, summary in enumerate(everybody):
            name = " ".join(folded(summary.name).split())
            by_name[name] = (*by_name.get(name, ()), index)
        keys = [number_key(person.number) for person in everybody]
        often = {key for key, times in Counter(keys).items() if times > 1}
        sharing = frozenset(person.subject_id for person, key in zip(everybody, keys, strict=True) if key in often)
        by_id = {person.subject_id: person for person in everybody}
        tokens = {person.token: index for index, person in enumerate(everybody) if person.token}
        pictured = frozenset(person.subject_id for person in everybody if person.portrait)
        modalities = frozenset(kept.modality for person in everybody for kept in person.characteristics)
        return cls(
            everybody,
            lines,
            enrolled,
            orders,
            by_id,
            frozenset(keys),
            sharing,
            pictured,
            by_name,
            tokens,
            schema,
            modalities,
        )

    def find(self, query: Query, today: datetime, listed: frozenset[str] = frozenset()) -> Indices:
        """The indices of those who answer to the query; where words are looked for, those with just this name come
        first, the spelling that was typed before others, then those whose name or number begins with the first word.
        The code of a receipt finds its one person. ``today`` is when the day began, ``listed`` who is in a part that
        the vault tells: whose time is over, who is compared by an earlier model."""
        code = query.text.strip().casefold()
        if code.startswith(CODE_PREFIX):
            found_by_code = self.by_token.get(code.removeprefix(CODE_PREFIX))
            return np.array([] if found_by_code is None else [found_by_code], dtype=np.int64)
        indices = self._in_order(query)
        indices = self._within(indices, query.part, today, listed)
        words = folded(query.text).split()
        if not words:
            return indices
        first, *others = words
        lines = self.folded
        found = [index for index in indices.tolist() if first in lines[index]]
        for word in others:
            found = [index for index in found if word in lines[index]]
        named = set(self.by_name.get(" ".join(words), ()))
        spelled = tidy(query.text).casefold()  # among those with just this name, who is spelled as it was typed
        whole = sorted(named.intersection(found), key=lambda at: tidy(self.people[at].name).casefold() != spelled)
        begins = [index for index in found if index not in named and self._begins(index, first)]
        known = named.union(begins)
        return np.array([*whole, *begins, *(index for index in found if index not in known)], dtype=np.int64)

    def since(self, moment: datetime) -> int:
        """How many people were enrolled from this moment on."""
        return int(np.count_nonzero(self.enrolled >= moment.timestamp()))

    def has_code(self, code: str) -> bool:
        """Whether the code of a receipt is somebody's."""
        return code.removeprefix(CODE_PREFIX) in self.by_token

    def has_number(self, number: str) -> bool:
        """Whether somebody has this number, as the vault compares numbers."""
        return number_key(number) in self.numbers

    def is_shared(self, number: str) -> bool:
        """Whether several people have this number, so that none of them can be meant by it alone."""
        return bool(self.sharing) and number_key(number) in {
            number_key(self.by_id[subject_id].number) for subject_id in self.sharing
        }

    def called(self, name: str) -> tuple[SubjectSummary, ...]:
        """People of this name, whatever its case and accents."""
        return tuple(self.people[index] for index in self.by_name.get(" ".join(folded(name).split()), ()))

    def _in_order(self, query: Query) -> Indices:
        """Everybody in the order of a query; those without a value of the field that is sorted by come last, either
        way round. By a field that lists mask, or show no more, nobody sorts: the order would tell of it."""
        known = self.schema.by_key.get(query.order)
        if known is None or not known.sorts_lists:
            indices = self.orders.get(query.order, self.orders.get(Order.NAME, np.empty(0, dtype=np.int64)))
            return indices[::-1] if query.backwards else indices
        values = [next((value for key, value in person.fields if key == known.key), "") for person in self.people]
        given = np.array([bool(value) for value in values], dtype=np.bool_)
        if known.kind is FieldKind.NUMBER:
            keys = np.array([_number(value) for value in values], dtype=np.float64)
        else:
            keys = np.array([folded(value) for value in values], dtype=f"U{SORTED_BY}")
        indices = np.argsort(keys, kind="stable")
        indices = indices[::-1] if query.backwards else indices
        return np.concatenate([indices[given[indices]], indices[~given[indices]]])

    def _begins(self, index: int, word: str) -> bool:
        return self.folded[index].startswith(word) or folded(self.people[index].number).startswith(word)

    def _within(self, indices: Indices, part: Part, today: datetime, listed: frozenset[str]) -> Indices:
        if part is Part.TODAY:
            return indices[self.enrolled[indices] >= today.timestamp()]
        if part is Part.EVERYBODY:
            return indices
        people = self.people
        if part in TOLD_BY_VAULT:
            kept = [index for index in indices.tolist() if people[index].subject_id in listed]
        elif part in (Part.SHARING, Part.PORTRAIT):
            told = self.sharing if part is Part.SHARING else self.pictured
            kept = [index for index in indices.tolist() if people[index].subject_id in told]
        else:
            standing = Standing.STOPPED if part is Part.STOPPED else Standing.WITHDRAWN
            kept = [index for index in indices.tolist() if people[index].standing is standing]
        return np.array(kept, dtype=np.int64)


def folded(text: str) -> str:
    """A text as a search compares it: without case and accents, in any script."""
    return searched(text)


def _line(person: SubjectSummary, searched_keys: frozenset[str]) -> str:
    """What words are looked for in: name, number and fields that are searched; all without spaces, which not everybody
    writes; and the name as a document without its letters writes it, or with them where it was taken from one."""
    plain = folded(person.name)
    apart = f"{plain} {folded(person.number)}"
    line = f"{apart} {apart.replace(' ', '')}"
    lowered = person.name.casefold()
    marked = lowered if lowered.isascii() else lowered.translate(ON_DOCUMENTS)
    written = TAKEN_FROM_ONE.sub(r"\1\2", plain) if marked == lowered else folded(marked)
    if written != plain:
        line = f"{line} {written} {written.replace(' ', '')}"
    if not searched_keys or not person.fields:
        return line
    return " ".join((line, *(folded(value) for key, value in person.fields if key in searched_keys)))


def day_began(now: datetime) -> datetime:
    """Midnight in the local time zone."""
    return now.astimezone().replace(hour=0, minute=0, second=0, microsecond=0)


def _number(value: str) -> float:
    """A kept number; nothing counts as 0, and comes last all the same."""
    return float(value) if value else 0.0


def _counted(number: str) -> str:
    """A number in a form that sorts in the order of counting, whatever its length."""
    plain = tidy_number(number)
    return plain.zfill(SORTED_BY) if plain.isdecimal() else folded(plain)
