"""The key of a number, made from FORMAT.md alone (section 5): no code of the product."""

from __future__ import annotations

import unicodedata

JOINERS = "\u200c\u200d"
BLANKS = "\t\n\v\f\r\u2800\u3164\uffa0"
WITHOUT_SHAPE = frozenset(
    {0x034F, 0x17B4, 0x17B5, *range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)}
)
DASHES = (*range(0x2010, 0x2016), 0x2043, 0x2212, 0xFE58, 0xFE63, 0xFF0D, 0x05BE)
APOSTROPHES = (
    0x2019, 0x2018, 0x02B9, *range(0x02BB, 0x02C0), 0x02C8, 0x0060, 0x00B4, 0x2032, 0xFF07, 0x201B, 0xA78C, 0x05F3,
    0x055A,
)  # fmt: skip  # as the text lists them
MARKS = dict.fromkeys(DASHES, "-") | dict.fromkeys(APOSTROPHES, "'")


def key_of_number(number: str) -> str:
    """The form that all spellings of a number have in common."""
    while (again := _form(number)) != number:
        number = again
    return number


def _form(text: str) -> str:
    plain = unicodedata.normalize("NFKC", _tidied(text))
    if not plain.isascii():
        kept = (letter for letter in plain if letter not in JOINERS and ord(letter) not in WITHOUT_SHAPE)
        plain = _tidied("".join(map(_digit, kept)))
    return plain.translate(MARKS).casefold()


def _tidied(text: str) -> str:
    words = unicodedata.normalize("NFC", "".join(map(_spaced, text))).split(" ")
    return " ".join(word for word in (word.lstrip(JOINERS).rstrip(JOINERS[0]) for word in words) if word)


def _spaced(letter: str) -> str:
    if letter in BLANKS or unicodedata.category(letter) == "Zs":
        return " "
    return "" if unicodedata.category(letter) == "Cf" and letter not in JOINERS else letter


def _digit(letter: str) -> str:
    value = unicodedata.decimal(letter, None)
    return letter if value is None else str(value)
