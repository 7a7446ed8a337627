"""The program as one folder in an archive, and as one file (AppImage): nothing is installed."""

from __future__ import annotations

import io
import lzma
import os
import shutil
import sys
import tarfile
import time
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from installers.layout import ICON, LINUX
from installers.pyinstaller import BuildError, Plan, run_tool
from installers.signing import sign_program
from mlid_desktop.station.installation.update_package import system_name

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ZIP_EARLIEST = 315532800  # 1980-01-01, the first date that a ZIP archive can say
XZ_LEVEL = 6
APPRUN = """#!/bin/sh
# Started as `mlid` (a link to the AppImage), or with the first word `mlid`, it is the command line.
here="$(dirname "$(readlink -f "$0")")/usr/lib/mlid-desktop"
if [ "$(basename "${ARGV0:-}")" = mlid ]; then exec "$here/mlid" "$@"; fi
if [ "${1:-}" = mlid ]; then shift; exec "$here/mlid" "$@"; fi
exec "$here/mlid-desktop" "$@"
"""


def build_portable(plan: Plan, key: Ed25519PrivateKey) -> Path:
    """An archive to unpack anywhere: .tar.xz, on Windows .zip; same input, same bytes."""
    sign_program(plan.program, plan.version, key)
    name = f"mlid-desktop-{plan.version}-{system_name()}"
    if sys.platform == "win32":
        return zip_archive(plan, name)
    target = plan.out / f"{name}.tar.xz"
    with lzma.open(target, "wb", preset=XZ_LEVEL) as packed, tarfile.open(fileobj=packed, mode="w") as archive:
        for path in sorted([plan.program, *plan.program.rglob("*")]):
            entry = archive.gettarinfo(path, f"{name}/{path.relative_to(plan.program).as_posix()}".rstrip("/."))
            entry.mtime, entry.uid, entry.gid, entry.uname, entry.gname = plan.epoch, 0, 0, "", ""
            entry.mode = 0o755 if entry.isdir() or entry.mode & 0o100 else 0o644
            archive.addfile(entry, io.BytesIO(path.read_bytes()) if entry.isfile() else None)
    return target


def zip_archive(plan: Plan, name: str) -> Path:
    """The same as a ZIP archive, which Windows opens by itself."""
    target = plan.out / f"{name}.zip"
    moment = time.gmtime(max(plan.epoch, ZIP_EARLIEST))[:6]
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in sorted(path for path in plan.program.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(f"{name}/{path.relative_to(plan.program).as_posix()}", moment)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, path.read_bytes())
    return target


def build_appimage(plan: Plan, key: Ed25519PrivateKey) -> Path:
    """One file that runs. Raises BuildError where ``appimagetool`` is not there."""
    tool = shutil.which("appimagetool")
    if tool is None:
        raise BuildError("appimagetool is missing: put it on the path, with the AppImage runtime it names")
    folder = plan.work / "MLID.AppDir"
    shutil.rmtree(folder, ignore_errors=True)
    home = folder / "usr/lib/mlid-desktop"
    shutil.copytree(plan.program, home, symlinks=True)
    sign_program(home, plan.version, key)
    (folder / "AppRun").write_text(APPRUN, encoding="ascii")
    (folder / "AppRun").chmod(0o755)
    shutil.copyfile(LINUX / "mlid-desktop.desktop", folder / "mlid-desktop.desktop")
    shutil.copyfile(ICON, folder / "mlid-desktop.svg")
    for path in folder.rglob("*"):
        os.utime(path, (plan.epoch, plan.epoch), follow_symlinks=False)
    target = plan.out / f"MLID-Desktop-{plan.version}-{system_name()}.AppImage"
    run_tool(
        [tool, str(folder), str(target)],
        "appimagetool",
        changes={"SOURCE_DATE_EPOCH": str(plan.epoch), "ARCH": os.uname().machine},
    )
    return target
