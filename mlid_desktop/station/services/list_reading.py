"""Reads lists as spreadsheets write them: encoding and separator are detected, headings match in any case, an
unreadable row affects no other, and lines are counted as an editor shows them."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mlid_desktop.domain.errors import Code, UsageError
from mlid_desktop.domain.text import decoded, searched

MAXIMUM_ROWS = 100_000
MAXIMUM_LIST_BYTES = 64 * 1024 * 1024
MAXIMUM_LINES_OF_A_ROW = 64  # a quotation mark that is never closed spoils its line, not the rest of the list
SEPARATORS = (",", ";", "\t", "|")
SEPARATOR_LINE = re.compile(r"sep=(.)\s*")  # what Excel writes before the heads, and reads
GAPS = re.compile(r"[\s_\-\u2010-\u2015]+")


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


def read_table(path: Path, known: Collection[str], needed: Sequence[str]) -> ListTable:
    """Reads a list as a spreadsheet wrote it. Raises UsageError: USAGE_PATH_MISSING, or USAGE_LIST_UNREADABLE where the
    list as a whole cannot be used: too large, no text, a head missing or there twice."""
    try:
        if path.stat().st_size > MAXIMUM_LIST_BYTES:
            raise _unusable(path, "size")
        text, encoding = decoded(path.read_bytes())
    except (OSError, ValueError) as fault:
        if isinstance(fault, UnicodeDecodeError):
            raise _unusable(path, "encoding") from None
        raise UsageError(Code.USAGE_PATH_MISSING, path=str(path)) from None
    lines = list(io.StringIO(text, newline=""))
    first, separator = _separator(lines, known)
    heads_at, heads = next(_parsed(lines, first, separator), (0, None))
    if heads is None:
        raise _unusable(path, "heads")
    by_fold = {_folded(heading): heading for heading in known}
    names = [by_fold.get(_folded(head), "") for head in heads]
    twice = sorted({name for name in names if name and names.count(name) > 1})
    missing = [name for name in needed if name not in names]
    if twice or missing:
        raise _unusable(path, ", ".join(twice or missing))
    unknown = tuple(head.strip() for head, name in zip(heads, names, strict=True) if not name and head.strip())
    rows = tuple(_rows(lines, heads_at, separator, names))
    if len(rows) > MAXIMUM_ROWS:
        raise _unusable(path, "rows")
    return ListTable(encoding, separator, unknown, rows)


def _rows(lines: Sequence[str], heads_at: int, separator: str, names: Sequence[str]) -> Iterator[ListRow]:
    parsed = _parsed(lines, heads_at, separator)
    next(parsed, None)
    for at, cells in parsed:
        if cells is not None and not any(cell.strip() for cell in cells):
            continue
        if cells is None or len(cells) < len(names) or any(cell.strip() for cell in cells[len(names) :]):
            yield ListRow(at + 1, None)
        else:
            yield ListRow(at + 1, {name: cell for name, cell in zip(names, cells, strict=False) if name})


def _parsed(lines: Sequence[str], first: int, separator: str) -> Iterator[tuple[int, list[str] | None]]:
    """Each row with the index of its first line; None where its quotation marks are unbalanced."""
    at = first
    while at < len(lines):
        reader = csv.reader(lines[at : at + MAXIMUM_LINES_OF_A_ROW], delimiter=separator, strict=True)
        try:
            cells: list[str] | None = next(reader)
            end = at + reader.line_num
        except (csv.Error, StopIteration):
            cells, end = None, at + 1
        yield at, cells
        at = end


def _separator(lines: Sequence[str], known: Collection[str]) -> tuple[int, str]:
    """The index of the heading line, and the separator that gives the most known headings."""
    first = next((at for at, line in enumerate(lines) if line.strip()), 0)
    said = SEPARATOR_LINE.fullmatch(lines[first].strip()) if lines else None
    if said is not None:
        return first + 1, said[1]
    folds = {_folded(heading) for heading in known}

    def found(separator: str) -> int:
        _at, heads = next(_parsed(lines, first, separator), (0, None))
        return sum(_folded(head) in folds for head in heads or ())

    return first, max(SEPARATORS, key=found)


def _folded(head: str) -> str:
    return GAPS.sub("_", searched(head).strip())


def _unusable(path: Path, why: str) -> UsageError:
    return UsageError(Code.USAGE_LIST_UNREADABLE, path=path.name, why=why)
