"""Text that people type, brought to one form: names and numbers as they are kept, numbers to compare, words to
search."""

from __future__ import annotations

import codecs
import re
import tomllib
import unicodedata
from collections.abc import Callable
from typing import Any, Final

ZERO_WIDTH_NON_JOINER, ZERO_WIDTH_JOINER = "\u200c", "\u200d"  # letters of Persian, Kurdish and Indic names
JOINERS: Final = ZERO_WIDTH_NON_JOINER + ZERO_WIDTH_JOINER
LINE_ENDS: Final = "\t\n\v\f\r"  # Unicode's own separators are no line breaks that anybody types: refused
BLANKS: Final = "\u2800\u3164\uffa0"  # letters and symbols by category, of which nothing is seen
# Marks without a shape that Unicode gives no category of their own: what chooses a variant of a letter (of Japanese
# names too, where it is kept), and what keeps letters apart.
SHAPELESS_MARKS: Final = frozenset(
    {
        "\u034f",
        "\u17b4",
        "\u17b5",
        *map(chr, (*range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))),
    }
)
UNPRINTED: Final = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
_LINE_END_TABLE = dict.fromkeys(map(ord, LINE_ENDS), " ")
_ASCII_UNTIDY = re.compile(r"[^\x20-\x7e]|  ")
_LONG_KEY = re.compile(r"""(?<![\w"'-])(?:(?:[\w-]{1,64}|"[^"\n]{0,64}"|'[^'\n]{0,64}')[ \t]*\.[ \t]*){30}""")
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

_APOSTROPHES: Final = "'’‘ʼʻʹʽʾʿˈ`´′＇‛ꞌ׳՚"
_DASHES: Final = "‐‑‒–—―−﹘﹣－⁃־"
_NUMBER_MARKS: Final = str.maketrans(
    dict.fromkeys(_DASHES, "-") | dict.fromkeys(_APOSTROPHES, "'")
)  # what word processors put in place of what was typed

# What a search takes for the same and Unicode's decomposition leaves apart: Latin letters with a stroke and ligatures
# (as the collations of their languages' neighbours have them), the ways to write an apostrophe or a dash, and Arabic
# letters that keyboards and habits exchange.
_SAME_LETTERS: Final = {
    **dict.fromkeys("ı", "i"), **dict.fromkeys("łƚ", "l"), **dict.fromkeys("øɵ", "o"), **dict.fromkeys("đðɖ", "d"),
    **dict.fromkeys("ħ", "h"), **dict.fromkeys("ŧ", "t"), **dict.fromkeys("ƀɓ", "b"), **dict.fromkeys("ɗ", "d"),
    **dict.fromkeys("ƙ", "k"), **dict.fromkeys("ƴ", "y"), **dict.fromkeys("ɛ", "e"), **dict.fromkeys("ɔ", "o"),
    **dict.fromkeys("ǝə", "e"), **dict.fromkeys("ŋ", "n"), "þ": "th", "æ": "ae", "œ": "oe", "ß": "ss", "ĸ": "k",
    **dict.fromkeys(_APOSTROPHES + ".·‧", None),
    **dict.fromkeys("-" + _DASHES, " "),
    "ة": "ه", "ۃ": "ه", "ە": "ه", "ہ": "ه", "ھ": "ه", "ى": "ي", "ی": "ي", "ې": "ي", "ے": "ي", "ک": "ك", "ڪ": "ك",
    "ٱ": "ا", "ـ": None, "ς": "σ",
    **{chr(hiragana + 0x60): chr(hiragana) for hiragana in range(0x3041, 0x3097)},
}  # fmt: skip


def tidy(text: str) -> str:
    """Brings a name to the form in which it is kept: composed (NFC), every kind of space and line break one space,
    marks of direction and other characters without a shape left out, joiners inside a word kept. What cannot be shown
    stays, to be refused."""
    if text.isascii() and not _ASCII_UNTIDY.search(text):
        return text.strip()
    spaced = unicodedata.normalize("NFC", "".join(_shown(letter) for letter in text.translate(_LINE_END_TABLE)))
    words = (word.lstrip(JOINERS).rstrip(ZERO_WIDTH_NON_JOINER) for word in spaced.split(" "))
    return " ".join(word for word in words if word)


def tidy_number(text: str) -> str:
    """Brings a subject's number to the form in which it is kept: as :func:`tidy`, in compatible forms (NFKC), with the
    digits of any script as 0 to 9. Leading zeros and capitals stay as they are."""
    plain = unicodedata.normalize("NFKC", tidy(text))
    if plain.isascii():
        return plain
    return tidy("".join(_digit(letter) for letter in plain if letter not in JOINERS and letter not in SHAPELESS_MARKS))


def number_key(text: str) -> str:
    """The form of a number that two spellings of the same number share: as :func:`tidy_number`, in one case, with
    every dash as a hyphen and every apostrophe as the plain one. Folding case can bring forth what is to be brought to
    one form again, so both go on until nothing changes."""
    key = _number_form(text)
    while not key.isascii() and (again := _number_form(key)) != key:
        key = again
    return key


def _number_form(text: str) -> str:
    return tidy_number(text).translate(_NUMBER_MARKS).casefold()


def searched(text: str) -> str:
    """Text in the form in which a search compares it: without case, accents, apostrophes, full stops and marks, in any
    script, with letters that keyboards and habits exchange as one; a hyphen parts words."""
    lowered = text.casefold()
    if lowered.isascii():
        return lowered.translate(_ASCII_SEARCH_TABLE)
    apart = unicodedata.normalize("NFKD", lowered.translate(_SEARCH_TABLE)).casefold()
    return apart.translate(_SEARCH_TABLE)


def is_shown(text: str) -> bool:
    """Whether every character of a text can be shown in one line; the joiners of Persian and Indic names belong to
    letters."""
    return all(letter in JOINERS or unicodedata.category(letter) not in UNPRINTED for letter in text)


def is_seen(text: str) -> bool:
    """Whether a text has a letter, a digit or a sign: marks alone show nobody."""
    return any(unicodedata.category(letter)[0] in "LNPS" for letter in text)


def is_misread(text: str) -> bool:
    """Whether a text shows that it was decoded in a wrong encoding before it came here: a sign for what could not be
    read, or UTF-8 that was taken for Windows-1252."""
    if "\ufffd" in text:
        return True
    try:
        return not text.isascii() and text.encode("cp1252").decode("utf-8") != text
    except (UnicodeEncodeError, UnicodeDecodeError):
        return False


def decoded(untrusted: bytes) -> tuple[str, str]:
    """Decodes the bytes of a text file, and returns the text and its encoding: as its byte order mark says, else UTF-16
    where every other byte is nothing, else UTF-8, else Windows-1252. Raises UnicodeDecodeError where it is none of
    them."""
    named = next((encoding for bom, encoding in _BOMS if untrusted.startswith(bom)), None)
    if named is not None:
        return untrusted.decode(named), named.removesuffix("-sig")
    if not len(untrusted) % 2 and untrusted[1::2].count(0) > len(untrusted) // 3:
        return untrusted.decode("utf-16-le"), "utf-16-le"
    if not len(untrusted) % 2 and untrusted[::2].count(0) > len(untrusted) // 3:
        return untrusted.decode("utf-16-be"), "utf-16-be"
    try:
        return untrusted.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return untrusted.decode("cp1252"), "windows-1252"


def unicode_text(untrusted: bytes) -> str:
    """The text of a file in Unicode, as any editor saves it: a byte order mark is no part of it, UTF-16 is read, line
    ends are line feeds. Raises UnicodeDecodeError for other encodings: what a machine reads is not guessed at."""
    text, encoding = decoded(untrusted)
    if encoding == "windows-1252":
        raise UnicodeDecodeError("utf-8", untrusted, 0, 1, "no UTF-8")
    return text.replace("\r\n", "\n")


def toml_content(untrusted: bytes, parse_float: Callable[[str], Any] = float) -> dict[str, Any]:
    """The content of a TOML file, as :func:`unicode_text`. Raises ValueError for what is none, and for what nobody
    writes: numbers of thousands of digits, tables in one another without end, keys of dozens of parts, over which a
    reader sits for minutes."""
    text = unicode_text(untrusted)
    if _LONG_KEY.search(text):
        raise ValueError("a key of too many parts")
    try:
        return tomllib.loads(text, parse_float=parse_float)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _shown(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Zs" or character in BLANKS:
        return " "
    return "" if category == "Cf" and character not in JOINERS else character


def _digit(character: str) -> str:
    value = unicodedata.decimal(character, None)
    return character if value is None else str(value)


class _SearchForms(dict[int, "str | None"]):
    """Cache of the search form of each character, so that a hundred thousand names are looked up and not worked out."""

    def __missing__(self, point: int) -> str | None:
        character = chr(point)
        category = unicodedata.category(character)
        if unicodedata.combining(character) or category == "Cf" or character in SHAPELESS_MARKS:
            found: str | None = None
        elif category == "Zs" or character in BLANKS:
            found = " "
        else:
            found = _digit(character)
        self[point] = found
        return found


_ASCII_SEARCH_TABLE = str.maketrans({"'": None, "`": None, ".": None, "-": " "})
_SEARCH_TABLE = _SearchForms({ord(letter): same for letter, same in _SAME_LETTERS.items()})
