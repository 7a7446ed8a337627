"""The wording of a language for those who grew up with it: each English sentence beside its translation, with the page
that it stands on, and the better wording that they write, as a file to send in."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from mlid_desktop.station.text.language import DOMAIN, Language, open_language
from mlid_desktop.station.text.language import N_ as _

BLANK = re.compile(r"{\w+}")
HEADS = ("language", "file", "english", "translation", "better")
BETWEEN_FORMS = " / "  # of a sentence that has a form for each number
NUMBERS = (1, 2, 5, 11, 100)  # those whose plural forms differ, in the languages that are shipped
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # how a cell begins that a spreadsheet would work out
PAGES = (  # by the first folder that fits
    ("gui/unlock/", _("Unlock")),
    ("gui/home/", _("Home")),
    ("gui/enrol/", _("Enrol")),
    ("gui/capture/", _("Enrol")),
    ("gui/verify/", _("Verify")),
    ("gui/identify/", _("Identify")),
    ("gui/records/", _("Records")),
    ("gui/device_setup/", _("Devices")),
    ("gui/administration/", _("Administration")),
    ("gui/figures/", _("Figures")),
    ("gui/transparency/", _("How good is this?")),
    ("gui/", _("Several pages")),
    ("cli/", _("Command line")),
    ("evaluation/", _("Measurements")),
    ("station/documents/measurement", _("Measurements")),
    ("station/documents/", _("Printed pages")),
    ("station/diagnosis/", _("Test of this desk")),
    ("", _("Hints and messages")),
)


@dataclass(frozen=True, slots=True)
class CatalogueSentence:
    """A sentence of the catalogue: in English, as it is translated now, and the source files that say it."""

    english: str
    translated: str
    files: tuple[str, ...]

    @property
    def pages(self) -> tuple[str, ...]:
        """The pages that it stands on, each once, untranslated."""
        return tuple(dict.fromkeys(_page_of(file) for file in self.files))

    def matches(self, typed: str) -> bool:
        """Whether what was typed stands in the sentence or its translation, in letters of any size."""
        return typed.casefold() in self.english.casefold() or typed.casefold() in self.translated.casefold()

    def lost_blanks(self, better: str) -> tuple[str, ...]:
        """The blanks, in braces, that a better wording leaves out or adds: what would not be filled in any more."""
        return tuple(sorted(set(BLANK.findall(self.english)) ^ set(BLANK.findall(better))))


def read_wording(folder: Path, code: str) -> tuple[CatalogueSentence, ...]:
    """Every sentence of the program in this language, page by page; none where the template of the catalogue is not
    there. ``folder`` is that of the translations."""
    language = open_language(folder, code)
    try:
        lines = (folder / f"{DOMAIN}.pot").read_text(encoding="utf-8").splitlines()
    except OSError:
        return ()
    order = list(dict.fromkeys(name for _folder, name in PAGES))
    found = (CatalogueSentence(_shown(forms), _translated(forms, language), files) for forms, files in _entries(lines))
    return tuple(sorted(found, key=lambda sentence: min(order.index(page) for page in sentence.pages)))


def wording_csv(
    code: str, sentences: Sequence[CatalogueSentence], better: Mapping[str, str], *, everything: bool = False
) -> bytes:
    """The sentences for which there is a better wording as CSV with a header, or ``everything``, so that better ones
    can be filled in; ``better`` by English sentence. It has the mark by which spreadsheets know UTF-8."""
    table = io.StringIO()
    rows = [
        (code, " ".join(said.files), said.english, said.translated, _plain_cell(better.get(said.english, "")))
        for said in sentences
        if everything or better.get(said.english, "").strip()
    ]
    csv.writer(table, lineterminator="\n").writerows([HEADS, *rows])
    return table.getvalue().encode("utf-8-sig")


@cache
def _page_of(file: str) -> str:
    inside = file.partition("/")[2]
    return next(page for folder, page in PAGES if inside.startswith(folder))


def _plain_cell(words: str) -> str:
    return f"'{words}" if words.startswith(FORMULA) else words


def _shown(forms: Sequence[str]) -> str:
    return BETWEEN_FORMS.join(forms)


def _translated(forms: Sequence[str], language: Language) -> str:
    """The translation as the program reads it, its blanks unfilled; of two forms, those for one and for many."""
    if len(forms) == 1:
        return language.text(forms[0])
    singular, many = forms
    said = (language.plural_form(singular, many, number) for number in NUMBERS)
    return BETWEEN_FORMS.join(dict.fromkeys(said))


def _entries(lines: Sequence[str]) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """The English forms and the source files of each entry of a template, but for its head."""
    files: list[str] = []
    forms: list[str] = []
    for line in [*lines, ""]:
        keyword, _blank, rest = line.partition(" ")
        if keyword == "#:":
            files += rest.split()
        elif keyword in ("msgid", "msgid_plural"):
            forms.append(_unquoted(rest))
        elif keyword.startswith("msgstr"):
            if forms and forms[0]:
                yield tuple(forms), tuple(files)
            files, forms = [], []
        elif line.startswith('"') and forms:
            forms[-1] += _unquoted(line)


def _unquoted(line: str) -> str:
    """A quoted string of a template, which escapes as JSON does."""
    return str(json.loads(line))
