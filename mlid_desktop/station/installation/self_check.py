"""Checks whether the installed program is the one that was published: every file against a signed manifest.

It finds damage, a half-finished update, and whoever changes a file without being able to sign. It cannot find a checker
that was replaced itself: whoever may write the program's folder may also swap this code and its key. Against that helps
a check from outside, with the same manifest, by a program of one's own.
"""

from __future__ import annotations

import sys
import threading
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from mlid_desktop.domain.errors import Code, StationError
from mlid_desktop.station.installation.file_manifest import (
    MANIFEST_FILE,
    MAX_MANIFEST_BYTES,
    SIGNATURE_FILE,
    FileFinding,
    FileManifest,
    ManifestInvalidError,
    compare_folder,
)
from mlid_desktop.station.installation.signatures import (
    KEY_FILE,
    MANIFEST_PREFIX,
    SIGNATURE_BYTES,
    is_signed,
    read_public_key,
)

PATIENCE_S: Final = 8.0  # how long an enrolment waits for a check that is still reading
NAMED_AT_MOST: Final = 5  # changed files that a sentence names; `mlid self-check` lists them all


class InstallationState(StrEnum):
    """Result of checking the installation."""

    NOT_INSTALLED = "not_installed"  # a checkout or a wheel: there is nothing to compare with
    RUNNING = "running"
    WHOLE = "whole"
    CHANGED = "changed"
    UNSIGNED = "unsigned"  # no manifest, a damaged one, or not the publisher's


@dataclass(frozen=True, slots=True)
class SelfCheckResult:
    """Result of an installation check: ``findings`` where the state is CHANGED; ``checked`` counts the files of the
    manifest."""

    standing: InstallationState
    version: str = ""
    checked: int = 0
    findings: tuple[FileFinding, ...] = ()


@dataclass(frozen=True, slots=True)
class Installation:
    """An installed program: its folder, and the public key that its manifest is verified with."""

    folder: Path
    public_key: bytes | None

    @classmethod
    def of_this_program(cls, resources: Path) -> Installation | None:
        """The installation of the frozen program that runs now; None in a checkout or a wheel. On macOS what is code is
        under the system's own signature, and only the rest under ours."""
        if not getattr(sys, "frozen", False):
            return None
        beside = Path(sys.executable).resolve().parent
        folder = beside.parent / "Resources" if sys.platform == "darwin" else beside
        return cls(folder, read_public_key(resources / KEY_FILE))


def check_installation(installation: Installation | None) -> SelfCheckResult:
    """Compares every file of an installation with its manifest; takes about a second for each 500 MB."""
    if installation is None:
        return SelfCheckResult(InstallationState.NOT_INSTALLED)
    manifest = signed_manifest(installation)
    if manifest is None:
        return SelfCheckResult(InstallationState.UNSIGNED)
    findings = tuple(compare_folder(manifest, installation.folder))
    standing = InstallationState.CHANGED if findings else InstallationState.WHOLE
    return SelfCheckResult(standing, manifest.version, len(manifest.files), findings)


def signed_manifest(installation: Installation) -> FileManifest | None:
    """The manifest of an installation where it is there and signed by the publisher; None where it is not."""
    if installation.public_key is None:
        return None
    try:
        untrusted = _read(installation.folder / MANIFEST_FILE, MAX_MANIFEST_BYTES)
        signature = _read(installation.folder / SIGNATURE_FILE, SIGNATURE_BYTES)
        if not is_signed(installation.public_key, MANIFEST_PREFIX, untrusted, signature):
            return None
        return FileManifest.parse(untrusted)
    except (OSError, ManifestInvalidError):
        return None


class SelfCheck:
    """One check of the installation, begun in the background; enrolment requires its result before it opens."""

    def __init__(self, installation: Installation | None) -> None:
        self._installation = installation
        self._outcome = SelfCheckResult(InstallationState.RUNNING)
        self._ended = threading.Event()
        self._begun = threading.Lock()
        if installation is None:
            self._end(SelfCheckResult(InstallationState.NOT_INSTALLED))

    @property
    def outcome(self) -> SelfCheckResult:
        """The result by now."""
        return self._outcome

    def start(self) -> None:
        """Starts the check, once; every further call does nothing."""
        if self._ended.is_set() or not self._begun.acquire(blocking=False):
            return
        threading.Thread(target=self._run, name="mlid-self-check", daemon=True).start()

    def require_whole(self, patience_s: float = PATIENCE_S) -> None:
        """Waits for the check. Raises StationError: STATION_CHANGED naming files, STATION_UNSIGNED, or
        STATION_CHECK_RUNNING where it takes longer."""
        self.start()
        if not self._ended.wait(patience_s):
            raise StationError(Code.STATION_CHECK_RUNNING)
        require_unchanged(self._outcome)

    def _run(self) -> None:
        outcome = SelfCheckResult(InstallationState.UNSIGNED)  # should the check itself fail, enrolment stays closed
        try:
            outcome = check_installation(self._installation)
        finally:
            self._end(outcome)

    def _end(self, outcome: SelfCheckResult) -> None:
        self._outcome = outcome
        self._ended.set()


def require_unchanged(outcome: SelfCheckResult) -> None:
    """Raises StationError where the installation is not what was published."""
    if outcome.standing is InstallationState.UNSIGNED:
        raise StationError(Code.STATION_UNSIGNED)
    if outcome.standing is InstallationState.CHANGED:
        named = ", ".join(finding.path for finding in outcome.findings[:NAMED_AT_MOST])
        more = len(outcome.findings) - NAMED_AT_MOST
        raise StationError(Code.STATION_CHANGED, files=f"{named} (+{more})" if more > 0 else named)


def _read(path: Path, most: int) -> bytes:
    with path.open("rb") as file:
        return file.read(most + 1)
