"""Updates the installed program from a file: checked, begun only when vaults are backed up, undone where the new
version does not start. No vault is touched: vaults go forward when the new version opens them."""

from __future__ import annotations

import lzma
import os
import subprocess
import sys
import tarfile
import tempfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mlid_desktop.domain.errors import Code, StationError
from mlid_desktop.station.installation.debian_installer import DebianInstaller
from mlid_desktop.station.installation.folder_installer import FolderInstaller
from mlid_desktop.station.installation.installer import DEB_HOME, PACKAGE, Installer
from mlid_desktop.station.installation.self_check import (
    Installation,
    InstallationState,
    check_installation,
    signed_manifest,
)
from mlid_desktop.station.installation.update_package import (
    Packaging,
    Update,
    is_newer,
    read_update,
    system_name,
    unpack_payload,
)

FIRST_START: Final = "--first-start"  # the window's verb: start wholly, then end
FIRST_START_S: Final = 120.0
Starts = Callable[[Path], str]


@dataclass(frozen=True, slots=True)
class UpdateResult:
    """Result of an update: the versions before and after it."""

    before: str
    after: str


def inspect_update(path: Path, installation: Installation, packaging: Packaging) -> tuple[Update, str]:
    """Checks that an update may follow the installed version; gives its description and that version.

    Raises StationError: STATION_UPDATE_UNSIGNED, STATION_UPDATE_UNFIT, STATION_UPDATE_OLDER; STATION_UNSIGNED where the
    installation cannot say which version it is.
    """
    manifest = signed_manifest(installation)
    if manifest is None or installation.public_key is None:
        raise StationError(Code.STATION_UNSIGNED)
    update = read_update(path, installation.public_key)
    if update.system != system_name():
        raise StationError(Code.STATION_UPDATE_UNFIT, why=update.system)
    if update.packaging is not packaging:
        raise StationError(Code.STATION_UPDATE_UNFIT, why=update.packaging.value)
    if not is_newer(update.version, manifest.version):
        raise StationError(Code.STATION_UPDATE_OLDER, offered=update.version, installed=manifest.version)
    return update, manifest.version


def apply_update(
    path: Path,
    installation: Installation,
    installer: Installer,
    back_up: Callable[[], None],
    start: Starts | None = None,
    scratch: Path | None = None,
) -> UpdateResult:
    """Carries out an update. ``back_up`` is called after every check and before anything is changed; ``start`` says why
    the new version does not start, or nothing.

    Raises StationError as :func:`inspect_update`, STATION_UPDATE_REFUSED before anything was changed,
    STATION_UPDATE_UNDONE after the version before was put back; what ``back_up`` raises goes through.
    """
    update, before = inspect_update(path, installation, installer.packaging)
    refusal = installer.refusal()
    if refusal:
        raise StationError(Code.STATION_UPDATE_REFUSED, why=refusal)
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        payload = Path(folder) / "payload"
        try:
            unpack_payload(path, update, payload)
            back_up()
            installer.keep()
        except (OSError, subprocess.SubprocessError) as fault:
            raise StationError(Code.STATION_UPDATE_REFUSED, why=_why(fault)) from fault
        failure = _exchange(installer, payload, installation, update, start or try_first_start)
    if failure:
        installer.restore()
        raise StationError(Code.STATION_UPDATE_UNDONE, why=failure)
    installer.settle()
    return UpdateResult(before, update.version)


def _exchange(installer: Installer, payload: Path, installation: Installation, update: Update, start: Starts) -> str:
    """Exchanges the versions; gives why the new one cannot stay, empty where it can."""
    try:
        folder = installer.install(payload)
    except (OSError, EOFError, subprocess.SubprocessError, tarfile.TarError, lzma.LZMAError, zlib.error) as fault:
        return _why(fault)
    outcome = check_installation(
        Installation(folder, installation.public_key)
    )  # the key that was trusted before, not a new one
    if outcome.standing is not InstallationState.WHOLE:
        return outcome.standing.value
    if outcome.version != update.version:
        return "version"
    return start(folder)


def try_first_start(folder: Path) -> str:
    """Starts the new program without a display, to the point where a person could begin; gives why that failed, or
    nothing."""
    program = folder / ("mlid-desktop.exe" if sys.platform == "win32" else PACKAGE)
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    try:
        done = subprocess.run(  # noqa: S603 - the program that was just checked, with a word of our own
            [str(program), FIRST_START],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=FIRST_START_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as fault:
        return _why(fault)
    return "" if done.returncode == 0 else f"exit code {done.returncode}"


def installer_for(installation: Installation) -> Installer:
    """The installer for this installation's packaging."""
    if installation.folder == DEB_HOME:
        return DebianInstaller()
    return FolderInstaller(installation.folder)


def _why(fault: BaseException) -> str:
    output = getattr(fault, "stderr", None)
    text = output.decode("utf-8", "replace") if isinstance(output, bytes) else output
    return (text or str(fault) or type(fault).__name__).strip()[-300:]
