"""Text that people type, brought to one form: names and numbers as they are kept, numbers to compare, words to
search."""

from __future__ import annotations

import codecs
import re
import unicodedata
from typing import Final

ZERO_WIDTH_NON_JOINER, ZERO_WIDTH_JOINER = "\u200c", "\u200d"  # letters of Persian, Kurdish and Indic names
JOINERS: Final = ZERO_WIDTH_NON_JOINER + ZERO_WIDTH_JOINER
LINE_ENDS: Final = "\t\n\v\f\r"  # Unicode's own separators are no line breaks that anybody types: refused
UNPRINTED: Final = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
_LINE_END_TABLE = dict.fromkeys(map(ord, LINE_ENDS), " ")
_ASCII_UNTIDY = re.compile(r"[^\x20-\x7e]|  ")
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

# What a search takes for the same and Unicode's decomposition leaves apart: Latin letters with a stroke and ligatures
# (as the collations of their languages' neighbours have them), the ways to write an apostrophe or a dash, and Arabic
# letters that keyboards and habits exchange.
_SAME_LETTERS: Final = {
    **dict.fromkeys("ı", "i"), **dict.fromkeys("łƚ", "l"), **dict.fromkeys("øɵ", "o"), **dict.fromkeys("đðɖ", "d"),
    **dict.fromkeys("ħ", "h"), **dict.fromkeys("ŧ", "t"), **dict.fromkeys("ƀɓ", "b"), **dict.fromkeys("ɗ", "d"),
    **dict.fromkeys("ƙ", "k"), **dict.fromkeys("ƴ", "y"), **dict.fromkeys("ɛ", "e"), **dict.fromkeys("ɔ", "o"),
    **dict.fromkeys("ǝə", "e"), **dict.fromkeys("ŋ", "n"), "þ": "th", "æ": "ae", "œ": "oe", "ß": "ss", "ĸ": "k",
    **dict.fromkeys("'’‘ʼʻʹʽʾʿˈ`´′＇‛ꞌ׳՚", None),
    **dict.fromkeys("‐‑‒–—―−﹘﹣－⁃־", "-"),
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
    return tidy("".join(_digit(letter) for letter in plain if letter not in JOINERS))


def number_key(text: str) -> str:
    """The form of a number that two spellings of the same number share: as :func:`tidy_number`, in one case.
    Folding case can bring forth what is to be brought to one form again, so both go on until nothing changes."""
    key = tidy_number(text).casefold()
    while not key.isascii() and (again := tidy_number(key).casefold()) != key:
        key = again
    return key


def searched(text: str) -> str:
    """Text in the form in which a search compares it: without case, accents, apostrophes and marks, in any script, with
    letters that keyboards and habits exchange as one."""
    lowered = text.casefold()
    if lowered.isascii():
        return lowered.replace("'", "").replace("`", "")
    apart = unicodedata.normalize("NFKD", lowered.translate(_SEARCH_TABLE)).casefold()
    return apart.translate(_SEARCH_TABLE)


def is_shown(text: str) -> bool:
    """Whether every character of a text can be shown in one line; the joiners of Persian and Indic names belong to
    letters."""
    return all(letter in JOINERS or unicodedata.category(letter) not in UNPRINTED for letter in text)


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


def _shown(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Zs":
        return " "
    return "" if category == "Cf" and character not in JOINERS else character


def _digit(character: str) -> str:
    value = unicodedata.decimal(character, None)
    return character if value is None else str(value)


class _SearchTable(dict[int, "str | None"]):
    """Cache of the search form of each character, so that a hundred thousand names are looked up and not worked out."""

    def __missing__(self, point: int) -> str | None:
        character = chr(point)
        if unicodedata.combining(character) or unicodedata.category(character) == "Cf":
            found: str | None = None
        elif unicodedata.category(character) == "Zs":
            found = " "
        else:
            found = _digit(character)
        self[point] = found
        return found


_SEARCH_TABLE = _SearchTable({ord(letter): same for letter, same in _SAME_LETTERS.items()})
