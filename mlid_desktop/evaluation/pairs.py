"""The pairs of images to compare: all of them, or those of a list; and the groups of people that rates are given
for."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.domain.errors import Code, UsageError
from mlid_desktop.evaluation.datasets import ImageSet, read_lines
from mlid_desktop.evaluation.groups import Groups

MAX_PAIRS = 20_000_000
MAX_NUMBER_DIGITS = 6

Known = dict[str, int]


@dataclass(frozen=True, slots=True, eq=False)
class PairList:
    """Pairs of images by their index in the set: ``first`` (n,), ``second`` (n,), and whether they show the ``same``
    person (n,)."""

    first: NDArray[np.intp]
    second: NDArray[np.intp]
    same: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.first)

    @property
    def images(self) -> tuple[int, ...]:
        """Indices of the images that take part in a pair, rising."""
        return tuple(np.union1d(self.first, self.second).tolist())


def all_pairs(images: ImageSet) -> PairList:
    """Every pair of different images, once. Raises UsageError where they are too many to hold."""
    count = len(images.images)
    if count * (count - 1) // 2 > MAX_PAIRS:
        raise UsageError(Code.USAGE_BAD_DATASET, why=f"more than {MAX_PAIRS} pairs; name some with --pairs")
    people = np.array(images.person_of, dtype=np.intp)
    first, second = np.triu_indices(count, 1)
    return PairList(first, second, people[first] == people[second])


def read_pairs(path: Path, images: ImageSet) -> PairList:
    """Reads a list of pairs: ``a,b,same`` with paths inside the set, or LFW's own format (``name 1 4`` and ``name 1
    other 2``, Huang et al. 2007). Raises UsageError naming the line that cannot be used, and where a kind of pair is
    missing."""
    untrusted_lines = read_lines(path)
    if len(untrusted_lines) > MAX_PAIRS:
        raise UsageError(Code.USAGE_BAD_DATASET, why=f"{path.name} holds more than {MAX_PAIRS} lines")
    if untrusted_lines and "," in untrusted_lines[0]:
        rows, known, read = _csv_rows(path, untrusted_lines), _by_path(images), _csv_pair
    else:
        rows, known, read = [_words(line) for line in untrusted_lines], _by_lfw_name(images), _lfw_pair
    labelled = [read(row, known, number) for number, row in enumerate(rows, 1) if not _is_heading(row, number)]
    table = np.array(labelled, dtype=np.intp).reshape(-1, 3)
    pairs = PairList(table[:, 0], table[:, 1], table[:, 2].astype(np.bool_))
    if not pairs.same.any() or pairs.same.all():
        raise UsageError(Code.USAGE_BAD_DATASET, why=f"{path.name} needs pairs of the same and of different people")
    return pairs


def read_groups(path: Path, images: ImageSet) -> dict[str, frozenset[int]]:
    """Reads which people belong to which group from ``person,group`` lines. Raises UsageError naming the line that
    cannot be used."""
    numbers = {name: index for index, name in enumerate(images.people)}
    groups: dict[str, set[int]] = {}
    for number, row in enumerate(_csv_rows(path, read_lines(path)), 1):
        if not row or (number == 1 and row == ["person", "group"]):
            continue
        if len(row) != 2 or not row[1].strip() or row[0] not in numbers:
            raise UsageError(Code.USAGE_BAD_DATASET, why=f"line {number} of {path.name}")
        groups.setdefault(row[1].strip(), set()).add(numbers[row[0]])
    if not groups:
        raise UsageError(Code.USAGE_BAD_DATASET, why=f"{path.name} holds no groups")
    return {name: frozenset(members) for name, members in groups.items()}


def groups_within(groups: Groups, whole: ImageSet, part: ImageSet) -> dict[str, frozenset[int]]:
    """The groups of a set as those of a part of it, which has its people under other numbers."""
    numbers = {name: index for index, name in enumerate(part.people)}
    return {
        name: frozenset(numbers[whole.people[member]] for member in members if whole.people[member] in numbers)
        for name, members in groups.items()
    }


def _csv_rows(path: Path, untrusted_lines: Sequence[str]) -> list[list[str]]:
    try:
        return list(csv.reader(untrusted_lines))
    except csv.Error:
        raise UsageError(Code.USAGE_BAD_DATASET, why=f"{path.name} is not comma-separated") from None


def _words(line: str) -> list[str]:
    """The words of a line of an LFW list, which separates by tabs, in its copies by spaces."""
    return [word for word in (line.split("\t") if "\t" in line else line.split()) if word]


def _is_heading(row: Sequence[str], number: int) -> bool:
    """Whether a row is no pair: a blank line, a CSV heading, or LFW's first line of counts."""
    return not row or (number == 1 and (row[:2] == ["a", "b"] or all(part.isdecimal() for part in row)))


def _by_path(images: ImageSet) -> Known:
    return {image.relative_to(images.root).as_posix(): index for index, image in enumerate(images.images)}


def _by_lfw_name(images: ImageSet) -> Known:
    """Index of each image by its path without the suffix, which LFW's lists leave out."""
    return {PurePosixPath(name).with_suffix("").as_posix(): index for name, index in _by_path(images).items()}


def _csv_pair(row: Sequence[str], known: Known, number: int) -> tuple[int, int, bool]:
    if len(row) != 3 or row[0] not in known or row[1] not in known or row[2] not in {"0", "1"}:
        raise UsageError(Code.USAGE_BAD_DATASET, why=f"line {number} of the pairs")
    return known[row[0]], known[row[1]], row[2] == "1"


def _lfw_pair(row: Sequence[str], known: Known, number: int) -> tuple[int, int, bool]:
    names = (row[0], row[1], row[0], row[2]) if len(row) == 3 else tuple(row)
    indices = [known.get(_lfw_name(*pair)) for pair in (names[:2], names[2:])] if len(names) == 4 else [None]
    first, second = indices[0], indices[-1]
    if first is None or second is None:
        raise UsageError(Code.USAGE_BAD_DATASET, why=f"line {number} of the pairs")
    return first, second, names[0] == names[2]


def _lfw_name(name: str, untrusted_number: str) -> str:
    if not untrusted_number.isdecimal() or len(untrusted_number) > MAX_NUMBER_DIGITS:
        return ""
    return f"{name}/{name}_{int(untrusted_number):04d}"
