"""Data sets as folders: a folder a person, pair lists, groups. What comes from outside is checked before use."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mlid_desktop.domain.errors import Code, UsageError

IMAGE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp", ".pgm", ".ppm"})
VIDEO_SUFFIXES = frozenset({".mp4", ".avi", ".mkv", ".mov", ".webm"})
MAX_IMAGES = 200_000
MAX_LIST_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class ImageSet:
    """Images with the person each shows: ``people[person_of[i]]`` is on ``images[i]``."""

    root: Path
    images: tuple[Path, ...]
    person_of: tuple[int, ...]
    people: tuple[str, ...]

    @property
    def digest(self) -> str:
        """SHA-256 over the names and sizes of the images: which set a report speaks of."""
        listing = "\n".join(f"{path.relative_to(self.root).as_posix()} {path.stat().st_size}" for path in self.images)
        return hashlib.sha256(listing.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Pair:
    """Two images by their place in the set, and whether they show the same person."""

    first: int
    second: int
    same: bool


def read_image_set(root: Path) -> ImageSet:
    """A folder a person, images inside. Raises UsageError where there are fewer than two people or too many images."""
    if not root.is_dir():
        raise UsageError(Code.USAGE_PATH_MISSING, path=str(root))
    folders = sorted(path for path in root.iterdir() if path.is_dir())
    rows = [(path, place) for place, folder in enumerate(folders) for path in images_in(folder)]
    people_with_images = {place for _, place in rows}
    if len(people_with_images) < 2:
        raise UsageError(Code.USAGE_BAD_DATASET, why="fewer than two people")
    if len(rows) > MAX_IMAGES:
        raise UsageError(Code.USAGE_BAD_DATASET, why=f"more than {MAX_IMAGES} images")
    paths, places = zip(*rows, strict=True)
    return ImageSet(root, tuple(paths), tuple(places), tuple(folder.name for folder in folders))


def images_in(folder: Path) -> tuple[Path, ...]:
    """The images directly inside a folder, by name."""
    return tuple(sorted(path for path in folder.iterdir() if path.suffix.lower() in IMAGE_SUFFIXES))


def all_pairs(images: ImageSet) -> tuple[Pair, ...]:
    """Every pair of different images, once."""
    people = images.person_of
    return tuple(
        Pair(first, second, people[first] == people[second])
        for first in range(len(people))
        for second in range(first + 1, len(people))
    )


def read_pairs(path: Path, images: ImageSet) -> tuple[Pair, ...]:
    """Pairs from a list: ``a,b,same`` with paths inside the set, or LFW's own format (``name 1 4`` and ``name 1 other
    2``, Huang et al. 2007). Raises UsageError naming the line that cannot be used."""
    if not path.is_file():
        raise UsageError(Code.USAGE_PATH_MISSING, path=str(path))
    if path.stat().st_size > MAX_LIST_BYTES:
        raise UsageError(Code.USAGE_BAD_DATASET, why=f"{path.name} is too large")
    try:
        untrusted_lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError:
        raise UsageError(Code.USAGE_BAD_DATASET, why=f"{path.name} is not text") from None
    known = {image.relative_to(images.root).as_posix(): place for place, image in enumerate(images.images)}
    as_csv = bool(untrusted_lines) and "," in untrusted_lines[0]
    read = _csv_pair if as_csv else _lfw_pair
    rows = list(csv.reader(untrusted_lines)) if as_csv else [line.split() for line in untrusted_lines]
    pairs = [read(row, known, number) for number, row in enumerate(rows, 1) if not _is_heading(row, number)]
    if not pairs:
        raise UsageError(Code.USAGE_BAD_DATASET, why=f"{path.name} holds no pairs")
    return tuple(pairs)


def read_groups(path: Path, images: ImageSet) -> dict[str, frozenset[int]]:
    """People by group from ``person,group`` lines. Raises UsageError for a person who is not in the set."""
    if not path.is_file():
        raise UsageError(Code.USAGE_PATH_MISSING, path=str(path))
    numbers = {name: place for place, name in enumerate(images.people)}
    groups: dict[str, set[int]] = {}
    for row in csv.reader(path.read_text(encoding="utf-8").splitlines()):
        if len(row) != 2 or row == ["person", "group"]:
            continue
        if row[0] not in numbers:
            raise UsageError(Code.USAGE_BAD_DATASET, why=f"{row[0]} is not in the set")
        groups.setdefault(row[1], set()).add(numbers[row[0]])
    if not groups:
        raise UsageError(Code.USAGE_BAD_DATASET, why=f"{path.name} holds no groups")
    return {name: frozenset(members) for name, members in groups.items()}


def _is_heading(row: Sequence[str], number: int) -> bool:
    """Blank lines, a CSV heading, and LFW's first line of counts."""
    return not row or (number == 1 and (row[:2] == ["a", "b"] or all(part.isdigit() for part in row)))


def _csv_pair(row: Sequence[str], known: dict[str, int], number: int) -> Pair:
    if len(row) != 3 or row[0] not in known or row[1] not in known or row[2] not in {"0", "1"}:
        raise UsageError(Code.USAGE_BAD_DATASET, why=f"line {number} of the pairs")
    return Pair(known[row[0]], known[row[1]], row[2] == "1")


def _lfw_pair(row: Sequence[str], known: dict[str, int], number: int) -> Pair:
    if len(row) == 3:
        names = (row[0], row[1], row[0], row[2])
    elif len(row) == 4:
        names = (row[0], row[1], row[2], row[3])
    else:
        raise UsageError(Code.USAGE_BAD_DATASET, why=f"line {number} of the pairs")
    places = [known.get(_lfw_path(names[0], names[1])), known.get(_lfw_path(names[2], names[3]))]
    if places[0] is None or places[1] is None:
        raise UsageError(Code.USAGE_BAD_DATASET, why=f"line {number} of the pairs")
    return Pair(places[0], places[1], names[0] == names[2])


def _lfw_path(name: str, number: str) -> str:
    return f"{name}/{name}_{int(number):04d}.jpg" if number.isdigit() else ""


@dataclass(frozen=True, slots=True)
class Presentation:
    """One person (or clip) shown to the camera: an address of a source, and who it is of."""

    address: str
    person: str


def read_presentations(root: Path) -> tuple[Presentation, ...]:
    """Folders of images a subject, videos, or images lying directly in the folder: each one presentation."""
    if not root.exists():
        raise UsageError(Code.USAGE_PATH_MISSING, path=str(root))
    if root.is_file():
        return (_presentation_of(root),)
    found = [
        Presentation(f"dir:{path}", path.name) for path in sorted(root.iterdir()) if path.is_dir() and images_in(path)
    ]
    found += [
        _presentation_of(path)
        for path in sorted(root.iterdir())
        if path.is_file() and path.suffix.lower() in VIDEO_SUFFIXES | IMAGE_SUFFIXES
    ]
    if not found:
        raise UsageError(Code.USAGE_BAD_DATASET, why=f"{root} holds neither folders of images nor videos")
    return tuple(found)


def _presentation_of(path: Path) -> Presentation:
    scheme = "file" if path.suffix.lower() in VIDEO_SUFFIXES else "image"
    return Presentation(f"{scheme}:{path}", path.stem)
