"""Reads data sets from folders: a folder a person, or presentations to the camera. What comes from outside is
checked."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from mlid_desktop.devices.formats.media_files import is_own
from mlid_desktop.devices.recorded import finger_images
from mlid_desktop.devices.recorded.images_and_video import IMAGE_SUFFIXES
from mlid_desktop.domain.errors import Code, UsageError
from mlid_desktop.domain.text import unicode_text

FINGER_SUFFIXES = IMAGE_SUFFIXES | finger_images.FINGER_SUFFIXES
VIDEO_SUFFIXES = frozenset({".mp4", ".avi", ".mkv", ".mov", ".webm", ".mpg", ".mpeg"})
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
        return hashlib.sha256(listing.encode(errors="surrogateescape")).hexdigest()

    def without(self, people: Collection[str]) -> ImageSet:
        """The image set without some people. Raises UsageError where fewer than two are left."""
        images = [(path, person) for path, person in zip(self.images, self.person_of, strict=True)]
        return _image_set(
            self.root, [(path, self.people[person]) for path, person in images if self.people[person] not in people]
        )


@dataclass(frozen=True, slots=True)
class Presentation:
    """One person (or clip) shown to the camera: the address of a source, and the person's name."""

    address: str
    person: str


def read_image_set(root: Path) -> ImageSet:
    """Reads an image set from a folder a person, images inside. Raises UsageError where there are fewer than two people
    or too many images."""
    folders = [path for path in _entries(root) if path.is_dir()]
    return _image_set(root, [(path, folder.name) for folder in folders for path in list_images(folder)])


def read_impressions(folders: Iterable[Path]) -> ImageSet:
    """Reads finger images named ``FINGER_IMPRESSION.ext``, as the FVC sets are; a finger counts as a person, and
    fingers of different folders are different ones. Raises UsageError."""
    rows = []
    roots = list(folders)
    for root in roots:
        for path in list_images(root, FINGER_SUFFIXES):
            finger, separator, _ = path.stem.rpartition("_")
            if not separator:
                raise UsageError(Code.USAGE_BAD_DATASET, why=f"{path.name} is not named FINGER_IMPRESSION")
            rows.append((path, f"{root.name}/{finger}"))
    return _image_set(_common_root(roots), rows)


def read_names(path: Path) -> frozenset[str]:
    """Reads a list of names, one a line. Raises UsageError."""
    return frozenset(line.strip() for line in read_lines(path) if line.strip())


def read_lines(path: Path) -> list[str]:
    """Reads the lines of a text file of the user's. Raises UsageError where it is missing, too large or no text."""
    try:
        with path.open("rb") as file:
            untrusted = file.read(MAX_LIST_BYTES + 1)  # a device or a pipe does not say its size
        if len(untrusted) > MAX_LIST_BYTES:
            raise UsageError(Code.USAGE_BAD_DATASET, why=f"{path.name} is too large")
        return unicode_text(untrusted).splitlines()
    except OSError:
        raise UsageError(Code.USAGE_PATH_MISSING, path=str(path)) from None
    except UnicodeDecodeError:
        raise UsageError(Code.USAGE_BAD_DATASET, why=f"{path.name} is not text") from None


def list_images(folder: Path, suffixes: frozenset[str] = IMAGE_SUFFIXES) -> tuple[Path, ...]:
    """The image files directly inside a folder, by name. Raises UsageError where it cannot be read."""
    return tuple(path for path in _entries(folder) if path.suffix.lower() in suffixes)


def read_presentations(root: Path) -> tuple[Presentation, ...]:
    """Reads presentations to the camera: each a folder of images, a video, or the images lying directly in the
    folder."""
    if root.is_file():
        return (_presentation_of(root),)
    entries = _entries(root)
    presentations = [Presentation(f"dir:{path}", path.name) for path in entries if path.is_dir() and list_images(path)]
    presentations += [
        _presentation_of(path)
        for path in entries
        if path.is_file() and path.suffix.lower() in VIDEO_SUFFIXES | IMAGE_SUFFIXES
    ]
    if not presentations:
        raise UsageError(Code.USAGE_BAD_DATASET, why=f"{root} holds neither folders of images nor videos")
    return tuple(presentations)


def _image_set(root: Path, rows: list[tuple[Path, str]]) -> ImageSet:
    people = sorted({person for _, person in rows})
    if len(people) < 2:
        raise UsageError(Code.USAGE_BAD_DATASET, why="fewer than two people with images")
    if len(rows) > MAX_IMAGES:
        raise UsageError(Code.USAGE_BAD_DATASET, why=f"more than {MAX_IMAGES} images")
    index = {person: number for number, person in enumerate(people)}
    return ImageSet(root, tuple(path for path, _ in rows), tuple(index[person] for _, person in rows), tuple(people))


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(filter(is_own, folder.iterdir()))
    except OSError:
        raise UsageError(Code.USAGE_PATH_MISSING, path=str(folder)) from None


def _common_root(roots: list[Path]) -> Path:
    """The nearest folder above all of these: names in a digest do not depend on where the sets lie."""
    shared = [set(root.parents) for root in roots]
    return max(set.intersection(*shared), key=lambda path: len(path.parts)) if shared else Path()


def _presentation_of(path: Path) -> Presentation:
    scheme = "file" if path.suffix.lower() in VIDEO_SUFFIXES else "image"
    return Presentation(f"{scheme}:{path}", path.stem)
