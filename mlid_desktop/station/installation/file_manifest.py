"""The manifest of an installation's files, each by its SHA-256: written when it is built, compared where it runs.

A manifest names files of the program's folder by their path inside it, and files that the package put elsewhere on the
system (desktop entry, udev rule) by their absolute path. It proves nothing by itself: ``signatures`` says whose it is.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import Final

FORMAT: Final = 1
MANIFEST_FILE: Final = "manifest.json"
SIGNATURE_FILE: Final = "manifest.sig"
BESIDES: Final = frozenset({MANIFEST_FILE, SIGNATURE_FILE})  # what a manifest cannot name: itself and its signature
MAX_MANIFEST_BYTES: Final = 8 * 1024 * 1024
MAX_FILES: Final = 50_000
MAX_PATH: Final = 1024
MAX_WORD: Final = 64
READ_BYTES: Final = 1 << 20
DIGEST: Final = re.compile(r"[0-9a-f]{64}")
LINK: Final = "link:"


class ManifestInvalidError(ValueError):
    """Raised for bytes that are no file manifest of this format."""


class FileDifference(StrEnum):
    """How an installed file differs from the one that was built."""

    CHANGED = "changed"
    MISSING = "missing"
    ADDED = "added"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class FileFinding:
    """One installed file that is not as it was built; ``path`` as the manifest states it."""

    path: str
    difference: FileDifference


@dataclass(frozen=True, slots=True)
class FileManifest:
    """The files of a built program: product version, system (``linux-x86_64``) and, by path, the SHA-256 (hex) of each
    file or ``link:`` and the target of a symbolic link."""

    version: str
    system: str
    files: Mapping[str, str]

    def to_bytes(self) -> bytes:
        """The manifest's canonical bytes, which are signed: sorted, ASCII, one line for each file."""
        lines = {"format": FORMAT, "version": self.version, "system": self.system, "files": dict(self.files)}
        return (json.dumps(lines, sort_keys=True, indent=0) + "\n").encode("ascii")

    @classmethod
    def parse(cls, untrusted: bytes) -> FileManifest:
        """Parses a file manifest. Raises ManifestInvalidError."""
        if len(untrusted) > MAX_MANIFEST_BYTES:
            raise ManifestInvalidError("too large")
        try:
            content = json.loads(untrusted)
        except (ValueError, RecursionError):
            raise ManifestInvalidError("not JSON") from None
        if not isinstance(content, dict) or set(content) != {"format", "version", "system", "files"}:
            raise ManifestInvalidError("not its fields")
        if content["format"] != FORMAT or isinstance(content["format"], bool):
            raise ManifestInvalidError("another format")
        files = content["files"]
        if not isinstance(files, dict) or len(files) > MAX_FILES:
            raise ManifestInvalidError("not a table of files")
        checked = {_path(name): _mark(mark) for name, mark in files.items()}
        return cls(_word(content["version"]), _word(content["system"]), checked)


def describe_folder(
    folder: Path, version: str, system: str, elsewhere: Mapping[str, Path] | None = None
) -> FileManifest:
    """The manifest of the files in ``folder`` now. ``elsewhere`` maps absolute paths of the installed system to where
    those files lie while it is built. Raises OSError."""
    files = {name: file_mark(folder / name) for name in sorted(_listed(folder)) if name not in BESIDES}
    files |= {name: file_mark(path) for name, path in sorted((elsewhere or {}).items())}
    return FileManifest(version, system, files)


def compare_folder(manifest: FileManifest, folder: Path) -> Iterator[FileFinding]:
    """Compares an installation with its manifest and yields the differences as they are found. Reads every byte."""
    for name, mark in manifest.files.items():
        path = Path(name) if PurePosixPath(name).is_absolute() else folder / name
        try:
            actual = file_mark(path)
        except FileNotFoundError:
            yield FileFinding(name, FileDifference.MISSING)
        except OSError:
            yield FileFinding(name, FileDifference.UNREADABLE)
        else:
            if actual != mark:
                yield FileFinding(name, FileDifference.CHANGED)
    for name in sorted(_listed(folder) - set(manifest.files) - BESIDES):
        yield FileFinding(name, FileDifference.ADDED)


def file_mark(path: Path) -> str:
    """SHA-256 (hex) of a file's bytes, or ``link:`` and where a symbolic link leads. Raises OSError."""
    if path.is_symlink():
        return LINK + path.readlink().as_posix()
    digest = hashlib.sha256()
    with path.open("rb", buffering=0) as file:
        while block := file.read(READ_BYTES):
            digest.update(block)
    return digest.hexdigest()


def _listed(folder: Path) -> set[str]:
    """Every file and link below the folder; links are not followed."""
    paths: set[str] = set()
    for parent, folders, files in os.walk(folder):
        linked = [name for name in folders if (Path(parent) / name).is_symlink()]
        paths |= {(Path(parent) / name).relative_to(folder).as_posix() for name in (*files, *linked)}
    return paths


def _path(untrusted: str) -> str:
    parts = PurePosixPath(untrusted).parts
    if not 0 < len(untrusted) <= MAX_PATH or ".." in parts or "\\" in untrusted or "\0" in untrusted:
        raise ManifestInvalidError("not a path")
    return untrusted


def _mark(untrusted: object) -> str:
    if isinstance(untrusted, str) and (DIGEST.fullmatch(untrusted) or untrusted.startswith(LINK)):
        return untrusted[:MAX_PATH]
    raise ManifestInvalidError("not a digest")


def _word(untrusted: object) -> str:
    if isinstance(untrusted, str) and re.fullmatch(rf"[A-Za-z0-9._+~-]{{1,{MAX_WORD}}}", untrusted):
        return untrusted
    raise ManifestInvalidError("not a word")
