"""Reads recordings of voices as data sets: a folder a speaker, digits by name, presentations; each recording one
sample."""

from __future__ import annotations

import re
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mlid_desktop.devices.formats.media_files import is_own
from mlid_desktop.domain.characteristics import Modality
from mlid_desktop.domain.errors import Code, DeviceError, UsageError
from mlid_desktop.domain.samples import SoundSample
from mlid_desktop.evaluation.datasets import ImageSet
from mlid_desktop.evaluation.observations import OpenSource

SOUND_SUFFIXES = frozenset({".wav", ".flac", ".mp3", ".ogg", ".opus"})
MAX_RECORDINGS = 100_000
MAX_SAMPLES = 192_000 * 600
DIGIT_NAME = re.compile(r"([0-9])_([A-Za-z][A-Za-z0-9-]{0,40})_([0-9]{1,6})")


@dataclass(frozen=True, slots=True)
class DigitSet:
    """Recordings of single digits: ``takes[speaker][digit]`` are files."""

    root: Path
    takes: dict[str, dict[int, tuple[Path, ...]]]

    @property
    def images(self) -> ImageSet:
        """The digit recordings as an image set, which has a digest."""
        rows = [(path, name) for name, digits in self.takes.items() for paths in digits.values() for path in paths]
        return _set(self.root, rows)


def read_sound_set(root: Path) -> ImageSet:
    """Reads a set of voices from a folder a speaker, recordings inside. Raises UsageError where there are fewer than
    two speakers."""
    folders = sorted(path for path in _entries(root) if path.is_dir())
    return _set(root, [(path, folder.name) for folder in folders for path in list_recordings(folder)])


def read_digit_set(root: Path) -> DigitSet:
    """Reads recordings of digits from files named ``DIGIT_SPEAKER_NUMBER``, as FSDD's. Raises UsageError where a
    speaker lacks a digit."""
    files: dict[str, dict[int, list[Path]]] = {}
    for path in list_recordings(root):
        name = DIGIT_NAME.fullmatch(path.stem)
        if name is None:
            raise UsageError(Code.USAGE_BAD_DATASET, why=f"{path.name} is not named DIGIT_SPEAKER_NUMBER")
        files.setdefault(name[2], {}).setdefault(int(name[1]), []).append(path)
    if len(files) < 2 or any(len(digits) < 10 for digits in files.values()):
        raise UsageError(Code.USAGE_BAD_DATASET, why="two speakers with all ten digits are needed")
    ordered = {
        name: {digit: tuple(paths) for digit, paths in sorted(digits.items())} for name, digits in sorted(files.items())
    }
    return DigitSet(root, ordered)


def list_recordings(folder: Path) -> list[Path]:
    """Sound files in and below a folder, by name. Raises UsageError where there are none or too many."""
    recordings = sorted(path for path in _entries(folder, deep=True) if path.suffix.lower() in SOUND_SUFFIXES)
    if not recordings or len(recordings) > MAX_RECORDINGS:
        raise UsageError(Code.USAGE_BAD_DATASET, why=f"{folder.name} holds {len(recordings)} recordings")
    return recordings


def read_sound(path: Path, open_source: OpenSource) -> SoundSample | None:
    """Reads a whole recording as one sample, however the source cuts it; None where it cannot be read."""
    blocks: list[NDArray[np.float32]] = []
    last: SoundSample | None = None
    try:
        with closing(open_source(f"file:{path}", Modality.VOICE)) as source:
            for item in source.samples():
                if isinstance(item, SoundSample):
                    last = item
                    blocks.append(item.block)
                    if sum(map(len, blocks)) > MAX_SAMPLES:
                        return None
    except DeviceError:
        return None
    return None if last is None else replace(last, sequence=0, block=np.concatenate(blocks))


def _entries(folder: Path, *, deep: bool = False) -> list[Path]:
    if not folder.is_dir():
        raise UsageError(Code.USAGE_PATH_MISSING, path=str(folder))
    return list(filter(is_own, folder.rglob("*") if deep else folder.iterdir()))


def _set(root: Path, rows: list[tuple[Path, str]]) -> ImageSet:
    people = tuple(dict.fromkeys(name for _, name in rows))
    if len(people) < 2:
        raise UsageError(Code.USAGE_BAD_DATASET, why="two speakers are needed")
    number = {name: index for index, name in enumerate(people)}
    return ImageSet(root, tuple(path for path, _ in rows), tuple(number[name] for _, name in rows), people)
