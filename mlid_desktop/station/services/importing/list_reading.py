"""Reads lists as spreadsheets write them: encoding and separator are detected, headings match in any case, an
unreadable row affects no other, and lines are counted as an editor shows them."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mlid_desktop.domain.errors import Code, UsageError
from mlid_desktop.domain.text import decoded, searched
from mlid_desktop.station.services.importing.western_text import is_western

MAXIMUM_ROWS = 100_000
MAXIMUM_LIST_BYTES = 64 * 1024 * 1024
MAXIMUM_LINES_OF_A_ROW = 64  # a quotation mark that is never closed spoils its line, not the rest of the list
SEPARATORS = (",", ";", "\t", "|")
SEPARATOR_LINE = re.compile(r"sep=(.)\s*")  # what Excel writes before the heads, and reads
GAPS = re.compile(r"[\s_\-\u2010-\u2015]+")
HEAD_SIGNS = (
    ' \t*:#[]()<>"'  # around a heading: what marks a needed column, a line of remarks, or a field of a database
)
LINES_ABOVE_HEADS = 20  # a title and remarks, which people put above a list
END_OF_TEXT = "\x1a\0"  # what programs of DOS put behind it
GUESSED = "windows-1252"
WORKBOOKS = (  # how files begin that are no text, whatever their name ends in
    (re.compile(rb"PK\x03\x04.{0,60}mimetypeapplication/vnd\.oasis", re.DOTALL), "ODS"),
    (re.compile(rb"PK\x03\x04"), "XLSX"),
    (re.compile(rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), "XLS"),
    (re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype html|html|table)", re.IGNORECASE), "HTML"),
    (re.compile(rb"%PDF"), "PDF"),
    (re.compile(rb"\{\\rtf"), "RTF"),
    (re.compile(rb"(?:\xef\xbb\xbf)?\s*<\?xml"), "XML"),
    (re.compile(rb"(?:\xef\xbb\xbf)?\s*[\[{]\s*[\[{\"]"), "JSON"),
    (re.compile(rb"SQLite format 3\0"), "SQLite"),
    (re.compile(rb"\x1f\x8b"), "GZIP"),
    (re.compile(rb"7z\xbc\xaf\x27\x1c"), "7Z"),
)


@dataclass(frozen=True, slots=True)
class ListRow:
    """A row of a list by its headings; ``cells`` None where it cannot be read. ``line`` is where it begins, from 1."""

    line: int
    cells: dict[str, str] | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class ListTable:
    """A list that was read: how it was written, and its rows; ``unknown`` headings were ignored."""

    encoding: str
    separator: str
    unknown: tuple[str, ...]
    rows: tuple[ListRow, ...] = field(repr=False)


def read_table(path: Path, known: Collection[str], needed: Sequence[str], encoding: str | None = None) -> ListTable:
    """Reads a list as a spreadsheet wrote it, in the ``encoding`` that somebody names or in the one that it shows.
    Raises UsageError: USAGE_PATH_MISSING, USAGE_BAD_ARGUMENT for an encoding that there is not, or
    USAGE_LIST_UNREADABLE where the list as a whole cannot be used: too large, no text or a workbook, a head missing or
    there twice."""
    try:
        with path.open("rb") as file:
            untrusted = file.read(MAXIMUM_LIST_BYTES + 1)  # a device or a pipe does not say its size
        if len(untrusted) > MAXIMUM_LIST_BYTES:
            raise _unusable(path, "size")
        kind = next((kind for start, kind in WORKBOOKS if start.match(untrusted)), None)
        if kind is not None:
            raise _unusable(path, kind)
        text, encoding = _decoded(untrusted, encoding)
    except (OSError, ValueError) as fault:
        if isinstance(fault, UnicodeError):
            raise _unusable(path, "encoding") from None
        raise UsageError(Code.USAGE_PATH_MISSING, path=str(path)) from None
    lines = list(io.StringIO(text.rstrip(END_OF_TEXT), newline=""))
    first, separator = _heads(lines, known)
    heads_at, heads = next(_parsed(lines, first, separator), (0, None))
    if heads is None:
        raise _unusable(path, "heads")
    names = _known_names(heads, known)
    twice = sorted({name for name in names if name and names.count(name) > 1})
    missing = [name for name in needed if name not in names]
    if twice or missing:
        raise _unusable(path, ", ".join(twice or missing))
    unknown = tuple(head.strip() for head, name in zip(heads, names, strict=True) if not name and head.strip())
    rows = tuple(_rows(lines, heads_at, separator, names))
    if len(rows) > MAXIMUM_ROWS:
        raise _unusable(path, "rows")
    return ListTable(encoding, separator, unknown, rows)


def _known_names(heads: Sequence[str], known: Collection[str]) -> list[str]:
    """The known heading that each head is, in any case, with or without gaps between its words; empty for others."""
    by_fold = {_folded(heading): heading for heading in known}
    without_gaps = {fold.replace("_", ""): heading for fold, heading in by_fold.items()}
    if len(without_gaps) < len(by_fold):  # two headings that a gap alone tells apart
        without_gaps = {}
    return [by_fold.get(fold) or without_gaps.get(fold.replace("_", ""), "") for fold in map(_folded, heads)]


def _rows(lines: Sequence[str], heads_at: int, separator: str, names: Sequence[str]) -> Iterator[ListRow]:
    parsed = _parsed(lines, heads_at, separator)
    next(parsed, None)
    for at, cells in parsed:
        if cells is not None and not any(cell.strip() for cell in cells):
            continue
        if cells is None or any(cell.strip() for cell in cells[len(names) :]):
            yield ListRow(at + 1, None)
        else:  # spreadsheets leave out empty cells at the end of a row
            whole = [*cells, *[""] * (len(names) - len(cells))]
            yield ListRow(at + 1, {name: cell for name, cell in zip(names, whole, strict=False) if name})


def _parsed(lines: Sequence[str], first: int, separator: str) -> Iterator[tuple[int, list[str] | None]]:
    """Each row with the index of its first line; None where its quotation marks are unbalanced."""
    at = first
    while at < len(lines):
        reader = csv.reader(
            lines[at : at + MAXIMUM_LINES_OF_A_ROW], delimiter=separator, strict=True, skipinitialspace=True
        )
        try:
            cells: list[str] | None = next(reader)
            end = at + reader.line_num
        except (csv.Error, StopIteration):
            cells, end = None, at + 1
        yield at, cells
        at = end


def _heads(lines: Sequence[str], known: Collection[str]) -> tuple[int, str]:
    """The index of the heading line, and the separator that gives the most known headings: the first line with the
    most of them among the first ones."""
    filled = [at for at, line in enumerate(lines[:LINES_ABOVE_HEADS]) if line.strip()] or [0]
    said = SEPARATOR_LINE.fullmatch(lines[filled[0]].strip()) if lines else None
    separators = SEPARATORS if said is None else (said[1], *SEPARATORS)  # what is stated first, if it is so
    candidates = [(at, separator) for at in filled[said is not None :] for separator in separators]

    def found(candidate: tuple[int, str]) -> int:
        _at, heads = next(_parsed(lines, *candidate), (0, None))
        return sum(name != "" for name in _known_names(heads or (), known))

    return max(candidates, key=found, default=(0, SEPARATORS[0]))


def _decoded(untrusted: bytes, named: str | None) -> tuple[str, str]:
    """The text of a list and its encoding. Raises UnicodeError where it is in none that can be told: what reads as
    Windows-1252 has to look like it, or names of another script would be saved as other letters. UsageError for a name
    of no encoding."""
    if named is None:
        text, encoding = decoded(untrusted)
        if encoding != GUESSED:
            return text, encoding
        if _is_mostly_utf_8(untrusted):
            return untrusted.decode("utf-8", "replace"), "utf-8"  # the cell with the damage spoils its row
        if not is_western(text):
            raise UnicodeError
        return text, encoding
    try:
        text = untrusted.decode(named)
    except LookupError:
        raise UsageError(Code.USAGE_BAD_ARGUMENT, what=f"--encoding {named}") from None
    return text.removeprefix("\ufeff"), codecs.lookup(named).name


def _is_mostly_utf_8(untrusted: bytes) -> bool:
    """Whether more lines have letters in UTF-8 than have bytes that are none."""
    sound = broken = 0
    for line in untrusted.split(b"\n"):
        if line.isascii():
            continue
        try:
            line.decode("utf-8")
            sound += 1
        except UnicodeDecodeError:
            broken += 1
    return sound > broken


def _folded(head: str) -> str:
    return GAPS.sub("_", searched(head).strip(HEAD_SIGNS))


def _unusable(path: Path, why: str) -> UsageError:
    return UsageError(Code.USAGE_LIST_UNREADABLE, path=path.name, why=why)
