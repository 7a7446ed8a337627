"""Cells of a list that a spreadsheet, a database or a web form spoiled before it came here, and cells that it only
wrapped: what is certain is undone, what is lost is recognised."""

from __future__ import annotations

import re
from typing import Final

from mlid_desktop.domain.text import is_misread, tidy, tidy_number

KEPT_AS_TEXT: Final = re.compile(r"=\"([^\"]*)\"|'([\d=+\-@].*)", re.DOTALL)
BEFORE_DIGITS = "\t\x1f"  # what programs put before a number, so that a spreadsheet keeps its leading zeros
QUOTED: Final = re.compile("(?:\"([^\"]*)\"|“([^“”]*)”|„([^„“”]*)[“”]|«([^«»]*)»|'([^']*)')")

# How spreadsheets spoil a number: too long a one is rounded, one beside gaps becomes 12.0, 1-12 a day of December.
ROUNDED: Final = re.compile(r"[+-]?\d+([.,]\d+)?E[+]?\d+|\d+\.0", re.IGNORECASE)
MONTHS: Final = (  # as spreadsheets shorten them, in the languages that the program speaks, and German
    *("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec", "mär", "mrz", "mai"),
    *("okt", "dez", "janv", "févr", "mars", "avr", "juin", "juil", "août", "déc", "ene", "abr", "ago", "dic", "fev"),
    *("fév", "set", "out"),
)
WRITTEN_MONTH: Final = "|".join((*MONTHS, *(month.title() for month in MONTHS)))  # capitals are a site's own: SET-15
DAY_OF_MONTH: Final = re.compile(rf"\d{{1,2}}(?:-|\. ?)(?:{WRITTEN_MONTH})\.?|(?:{WRITTEN_MONTH})\.?[- ]\d{{2}}")
# An error of a formula, in the languages that spreadsheets speak, or a formula that was not worked out.
FAULT_OF_A_FORMULA: Final = re.compile(
    r"=.*|#+|#[^\s\d]\S*[!?]|#NOM \?|#(?:N/?A|N/?D|NV|Н/Д)|(?:Err|Fehler|Erreur|Erro):\d{3}|BEZUG!", re.DOTALL
)
NOTHING: Final = frozenset(
    {"NULL", "null", "(null)", "<null>", "NaN", "nan", "None", "nil", "undefined", "N/A", "n/a"}
)  # how programs write that there is nothing
TRUTHS: Final = frozenset({"true", "false", "wahr", "falsch", "vrai", "faux", "verdadero", "falso"})
# Letters that were written out for a page, an address, a program or a mail, and letters that were lost.
WRITTEN_OUT: Final = re.compile(
    r"&(?:#\d+|#x[0-9a-f]+|[a-z]{2,8});|(?:%[0-9a-f]{2}){2}|\\u[0-9a-f]{4}|\\x[0-9a-f]{2}|=[0-9A-F]{2}=[0-9A-F]{2}"
    r"|\+A[A-Za-z0-9+/]{2}-|\w\?\w|\?\?",
    re.IGNORECASE,
)


def strip_quoting(cell: str) -> str:
    """A cell without what kept a spreadsheet from working it out: ="007" and '007 are 007; and without quotation marks
    around the whole."""
    text = cell.strip().lstrip(BEFORE_DIGITS)
    if (kept := KEPT_AS_TEXT.fullmatch(text)) is not None:
        return kept[1] or kept[2] or ""
    if (quoted := QUOTED.fullmatch(text)) is not None:
        return next((inner for inner in quoted.groups() if inner is not None), "")
    return text


def blank_if_null(cell: str) -> str:
    """A cell that may be empty, unwrapped; empty where a program wrote that there is nothing."""
    text = strip_quoting(cell)
    return "" if text in NOTHING else text


def is_rounded(number: str) -> bool:
    """Whether a number is what a spreadsheet made of another one, which is lost."""
    written = tidy_number(number)
    return ROUNDED.fullmatch(written) is not None or DAY_OF_MONTH.fullmatch(written) is not None


def is_no_number(number: str) -> bool:
    """Whether a cell says that there is no number, or is an error of a formula."""
    written = tidy(number)
    return written in NOTHING or written.lower() in TRUTHS or FAULT_OF_A_FORMULA.fullmatch(written) is not None


def is_spoiled(name: str) -> bool:
    """Whether a name lost its letters on the way: none is left, they were read in a wrong encoding or written out for
    another purpose, or there was none."""
    written = tidy(name)
    lost = written in NOTHING or FAULT_OF_A_FORMULA.fullmatch(written) or WRITTEN_OUT.search(written)
    return bool(lost) or is_misread(name) or not any(letter.isalpha() for letter in name)
