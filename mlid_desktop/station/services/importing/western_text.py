"""Whether bytes that were read as Windows-1252 are Western words: those of Windows' other Latin code pages are letters
there too, and a name would be kept as another one."""

from __future__ import annotations

import re
from typing import Final

WORD: Final = re.compile(r"[^\W\d_]+")
MOSTLY = 0.5  # of the letters of words with accents: Western words have fewer, the letters of other scripts are all so
# Within a word, or at its end behind small letters: a capital with an accent (Mac OS, DOS).
ODD_CAPITAL: Final = re.compile("(?:[A-ZÀ-Þ]|[^\\W\\d_]{2})[À-ÖØ-ÞŒŠŸŽ][a-zß-öø-ÿœšž]|[a-zß-öø-ÿ]{2}[À-ÖØ-ÞŒŠŸŽ]\\b")
# Signs within a word, or before its first letter: Polish, Romanian and Turkish letters, and those of DOS.
ODD_SIGN: Final = re.compile(
    "[^\\W\\d_][\u00a1-\u00a9\u00aa\u00ac-\u00b3\u00b6\u00b8-\u00ba\u00bc-\u00bf\u2020-\u2022\u2026\u2030\u201a\u201c-\u201e]"
    "[^\\W\\d_]|\\b[\u00aa\u00ba][a-z]|(?<!\\w)[\u00a3\u00a5\u00a6\u00bc-\u00be](?=[a-z])|[a-z]\u00b3(?!\\w)"
)
# The letters beyond ASCII that one Western language has together.
ALPHABETS: Final = tuple(
    frozenset(letters)
    for letters in (
        "àâäçéèêëîïôöœùûüÿæ",  # French
        "äöüßéèàâ",  # German, with the names of its neighbours
        "àèéìíîòóùú",  # Italian
        "áéíñóúüç",  # Spanish
        "àáâãçéêíóôõúüò",  # Portuguese
        "àçèéíïòóúü",  # Catalan
        "åäöéüæøðá",  # Danish, Norwegian, Swedish, Finnish
        "áðéíóúýþæö",  # Icelandic, Faroese
        "áðíóúýæø",
        "äëéèïöüóáíê",  # Dutch
        "õäöüšž",  # Estonian
        "áéíóúàèìòù",  # Irish, Gaelic
        "áâçéëíîóôöúüäšž",  # what Central European code pages have in the same positions
    )
)
# Single letters that stand elsewhere in their languages than where other code pages put theirs: Turkish, Croatian,
# Czech, Polish, Romanian, Baltic.
MISPLACED: Final = re.compile(
    r"[aeiouöüý]þ(?!ó|ena)|[^\W\d_]þ(?!\w)|\bð|ðlu\b|ý[^\W\d_]*ý|[^\W\d_]{2}ýn\b|ký|iæ\b|èi|ùv|[aeioy]ø[aeiouyáéíóú]|ãu\b|[^\W\d_]ø[ií]|øí|ì[a-zà-ÿ]|ã[bcdfghjklmpqrstvxz]"
    r"|[^\W\d_]ê[bcdgłłkzż]|¹",
    re.IGNORECASE,
)
HUNGARIAN: Final = frozenset("õû")  # as Windows-1252 shows the letters with two strokes


def is_western(text: str) -> bool:
    """Whether a text that was read as Windows-1252 looks like Western words, each with the letters of one language, in
    places where it has them."""
    words = [word.casefold() for word in WORD.findall(text) if not word.isascii()]
    if ODD_SIGN.search(text) or ODD_CAPITAL.search(text):
        return False
    accented = sum(not letter.isascii() for word in words for letter in word)
    if accented > MOSTLY * sum(map(len, words)) or any(map(_is_foreign, words)):
        return False
    used = {letter for word in words for letter in word if not letter.isascii()}
    return not (used & HUNGARIAN and used <= HUNGARIAN | frozenset("áéíóúöü"))


def _is_foreign(word: str) -> bool:
    letters = frozenset(letter for letter in word if not letter.isascii())
    return MISPLACED.search(word) is not None or not any(letters <= alphabet for alphabet in ALPHABETS)
