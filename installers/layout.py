"""What a Linux system gets besides the program's folder: where each file of ``installers/linux`` belongs."""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path

from installers.pyinstaller import ROOT, Plan

LINUX = ROOT / "installers" / "linux"
ICON = ROOT / "resources" / "application.svg"
ICONS = ROOT / "installers" / "icons"
ICON_SIZES = (16, 24, 32, 48, 64, 128, 256, 512)
HOME = "usr/lib/mlid-desktop"
TARGETS = {
    "mlid-desktop.desktop": "usr/share/applications/mlid-desktop.desktop",
    "mlid-desktop-link.desktop": "usr/share/applications/mlid-desktop-link.desktop",
    "mlid-desktop.xml": "usr/share/mime/packages/mlid-desktop.xml",
    "70-mlid-desktop.rules": "usr/lib/udev/rules.d/70-mlid-desktop.rules",
    "org.mlid.desktop.metainfo.xml": "usr/share/metainfo/org.mlid.desktop.metainfo.xml",
    "apparmor": "etc/apparmor.d/usr.lib.mlid-desktop",
}
MANUALS = ("mlid.1", "mlid-desktop.1")


def install_files(plan: Plan, root: Path) -> dict[str, Path]:
    """Copies the program and everything around it below ``root``; what lies outside the program's folder, by the
    absolute path it will have."""
    shutil.copytree(plan.program, root / HOME, symlinks=True)
    placed: dict[str, Path] = {}

    def put(source: Path, target: str) -> None:
        (root / target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, root / target)
        placed[f"/{target}"] = root / target

    for name, target in TARGETS.items():
        put(LINUX / name, target)
    put(ICON, "usr/share/icons/hicolor/scalable/apps/mlid-desktop.svg")
    for size in ICON_SIZES:
        put(ICONS / f"mlid-desktop-{size}.png", f"usr/share/icons/hicolor/{size}x{size}/apps/mlid-desktop.png")
    for manual in MANUALS:
        packed = root / "usr/share/man/man1" / f"{manual}.gz"
        packed.parent.mkdir(parents=True, exist_ok=True)
        packed.write_bytes(gzip.compress((LINUX / manual).read_bytes(), 9, mtime=0))
        placed[f"/usr/share/man/man1/{manual}.gz"] = packed
    for command in ("mlid", "mlid-desktop"):
        link = root / "usr/bin" / command
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(f"../lib/mlid-desktop/{command}")
        placed[f"/usr/bin/{command}"] = link
    return placed
