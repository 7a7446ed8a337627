"""Names of forty languages among 100,000 people: each is found however it is typed, and what a receipt cannot print is
said.

Half of the names of a language are made up by Faker, half are what the language calls the countries of the world
(CLDR's territories, in Babel): text in its own script that nobody chose for this test.
"""

from __future__ import annotations

import importlib
import random
import re
import time
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime

from babel import Locale

from mlid_desktop.domain.subjects import Details, SubjectSummary
from mlid_desktop.gui.state.people_index import PeopleIndex, Query, folded
from mlid_desktop.station.documents.fonts import unprintable
from tests.bench.report import Report

PEOPLE = 100_000
OF_EACH = 25  # names of a language from either source
FIRST = 10
SEED = 20261128
ENROLLED = datetime(2026, 1, 5, tzinfo=UTC)
LANGUAGES = (
    "am_ET", "ar_EG", "az_AZ", "bg_BG", "bn_BD", "cs_CZ", "da_DK", "de_DE", "el_GR", "es_ES", "et_EE", "fa_IR", "fi_FI",
    "fr_FR", "ga_IE", "gu_IN", "ha_NG", "he_IL", "hi_IN", "hu_HU", "hy_AM", "is_IS", "ja_JP", "ka_GE", "ko_KR", "lt_LT",
    "lv_LV", "mt_MT", "ne_NP", "no_NO", "pl_PL", "pt_PT", "ro_RO", "ru_RU", "ta_IN", "th_TH", "tr_TR", "uk_UA", "uz_UZ",
    "vi_VN", "yo_NG", "zh_CN",
)  # fmt: skip
APOSTROPHES = re.compile("[’‘ʻʼ`´]")
LETTER = re.compile(r"LATIN (SMALL|CAPITAL) LETTER ([A-Z]) WITH .*")
DOTLESS = {"tr_TR": {"i": "İ", "ı": "I"}, "az_AZ": {"i": "İ", "ı": "I"}}  # their capitals are not those of others


def names_of(language: str, count: int) -> Iterator[str]:
    """Names of a language from both sources, in turn."""
    faker = importlib.import_module("faker").Faker(language)  # late and untyped: nothing but this needs it
    faker.seed_instance(SEED)
    territories = [
        name
        for code, name in sorted(Locale.parse(language.replace("no_NO", "nb_NO")).territories.items())
        if code.isalpha()
    ]
    chance = random.Random(f"{SEED}/{language}")
    chance.shuffle(territories)
    for number in range(count):
        yield faker.name()
        yield territories[number] if number < len(territories) else faker.name()


def without_marks(name: str) -> str:
    """A name as somebody types it on a plain keyboard: no accents, and the letter where Unicode's own name of a
    character is that of a letter with a stroke."""
    return "".join(_plain(letter) for letter in unicodedata.normalize("NFD", name) if not unicodedata.combining(letter))


def _plain(letter: str) -> str:
    named = LETTER.fullmatch(unicodedata.name(letter, ""))
    if named is None:
        return {"ı": "i", "İ": "I"}.get(letter, letter)
    return named[2].lower() if named[1] == "SMALL" else named[2]


def in_capitals(name: str, language: str) -> str:
    """A name in the capitals of its language."""
    return "".join(DOTLESS.get(language, {}).get(letter, letter) for letter in name).upper()


def typed(name: str, language: str) -> dict[str, str]:
    """The ways in which a name is searched for."""
    ways = {
        "in its own script": name,
        "without marks": without_marks(name),
        "in capitals": in_capitals(name, language),
        "decomposed": unicodedata.normalize("NFD", name),
    }
    return ways | ({"with an ASCII apostrophe": APOSTROPHES.sub("'", name)} if APOSTROPHES.search(name) else {})


def people() -> tuple[list[SubjectSummary], dict[str, list[SubjectSummary]]]:
    """Everybody, and those of each language who are searched for."""
    searched: dict[str, list[SubjectSummary]] = {}
    everybody: list[SubjectSummary] = []
    each = PEOPLE // (2 * len(LANGUAGES)) + 1
    for language in LANGUAGES:
        for index, raw in enumerate(names_of(language, each)):
            if len(everybody) == PEOPLE:
                break
            name = raw.replace("'", "’") if index % 4 < 2 else raw  # as a word processor writes it
            number = len(everybody) + 1
            kept = Details(str(number), name)
            person = SubjectSummary(f"{number:032x}", kept.number, kept.name, ENROLLED, ())
            everybody.append(person)
            if index < 2 * OF_EACH:
                searched.setdefault(language, []).append(person)
    return everybody, searched


def run(report: Report) -> None:
    """Builds the index, searches for everybody chosen in every way."""
    everybody, searched = people()
    begun = time.perf_counter()
    index = PeopleIndex.of(everybody)
    report.figure("building the index of 100,000 names in 42 languages", time.perf_counter() - begun, "s")
    missed: dict[str, int] = {}
    asked: dict[str, int] = {}
    longest, namesakes = 0.0, 0
    for language, chosen in searched.items():
        for person in chosen:
            for way, text in typed(person.name, language).items():
                begun = time.perf_counter()
                found = index.find(Query(text), ENROLLED)[:FIRST]
                longest = max(longest, time.perf_counter() - begun)
                asked[way] = asked.get(way, 0) + 1
                shown = {everybody[index].name for index in found.tolist()}
                if (
                    person.name not in shown
                    and len(found) == FIRST
                    and {folded(name) for name in shown} == {folded(text)}
                ):
                    namesakes += 1  # ten people are called just what was typed, as a search compares
                elif person.name not in shown:
                    missed[way] = missed.get(way, 0) + 1
                    report.note(f"{language} {way}: {text!r} does not find {person.name!r}")
    for way, count in asked.items():
        report.figure(
            f"found among the first ten, {way} ({count})", 1 - missed.get(way, 0) / count, "share", at_least=1.0
        )
    report.figure(
        "searches of them whose first ten are called just what was typed, but for marks", namesakes, "searches"
    )
    report.figure("longest search", 1000 * longest, "ms")
    said = {language: sum(bool(unprintable(person.name)) for person in chosen) for language, chosen in searched.items()}
    report.note("names with letters that no font here has, said before printing: " + _listed(said))
    report.figure("languages whose names all print here", sum(not count for count in said.values()), "of 42")


def _listed(said: dict[str, int]) -> str:
    return ", ".join(f"{language} {count}" for language, count in said.items() if count) or "none"
