"""The words of the sentences: one noun a thing, none that only the trade knows, British spelling. The lists are
those of docs/how-to/write-a-sentence.md."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.makers import ROOT
from tests.unit.station.text.test_catalogues import TEMPLATE, catalogue

GUIDE = (ROOT / "docs" / "how-to" / "write-a-sentence.md").read_text("utf-8")
SIZES = ("size", "sizes", "sized", "resize", "resized", "seize", "prize")  # no verbs in -ise
IZE = re.compile(r"\b\w+[iy]z(?:e|es|ed|er|ing|ation)\b", re.IGNORECASE)


def section(title: str) -> str:
    """What stands below a heading of the guide."""
    return GUIDE.partition(f"## {title}\n")[2].partition("\n## ")[0]


def words(listed: str) -> Iterator[str]:
    """The words of a list, which commas part."""
    yield from (word for word in (part.strip(" .\n") for part in listed.replace("\n", " ").split(",")) if word)


NEVER = [word for row in section("One word a thing").splitlines()[4:] for word in words(row.split("|")[3])]
TRADE = [
    word
    for line in section("Not for people at a desk").splitlines()
    if line.startswith("- ")
    for word in words(line.partition(": ")[2])
]
MEASUREMENTS = tuple(re.findall(r"\*([\w/]+)\*", section("Not for people at a desk")))
MISSPELT = list(words(section("Spelling").partition("Never: ")[2]))


def sentences(*, measurements: bool) -> list[str]:
    """Every English sentence of the program, those of measurements with it or not; blanks in braces are no words."""
    found = []
    for message in catalogue(TEMPLATE):
        files = [file.removeprefix("mlid_desktop/") for file, _line in message.locations]
        if message.id and (measurements or not all(file.startswith(MEASUREMENTS) for file in files)):
            forms = (message.id,) if isinstance(message.id, str) else message.id
            found += [re.sub(r"{\w+}", "", form) for form in forms]
    return found


def with_word(word: str, among: list[str]) -> list[str]:
    """The sentences in which a word or phrase stands."""
    pattern = re.compile(rf"(?<![\w-]){re.escape(word)}(?![\w-])", re.IGNORECASE)
    return [sentence for sentence in among if pattern.search(sentence)]


def test_the_guide_has_its_lists() -> None:
    assert min(len(NEVER), len(TRADE), len(MISSPELT)) > 15
    assert len(MEASUREMENTS) > 5


@pytest.mark.parametrize("listed", [NEVER, TRADE], ids=["one word a thing", "not for people at a desk"])
def test_people_at_a_desk_read_no_other_words(listed: list[str]) -> None:
    among = sentences(measurements=False)
    found = {word: hits for word in listed if (hits := with_word(word, among))}
    assert not found


def test_spelling_is_british() -> None:
    among = sentences(measurements=True)
    assert not {word: hits for word in MISSPELT if (hits := with_word(word, among))}
    assert not [said for said in among for word in IZE.findall(said) if word.lower() not in SIZES]
