"""The Debian package: the program below /usr/lib, what the system needs around it, and what it depends on.

Dependencies are what the shipped libraries ask the loader for and the bundle does not hold, by the package that brings
it here, so that the system's own updates reach them.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from installers.layout import HOME, LINUX, install_files
from installers.pyinstaller import ROOT, BuildError, Plan, run_tool
from installers.signing import sign_program

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

LICENCE_HEAD = "Licence texts of everything in this package: /usr/lib/mlid-desktop/_internal/licences\n\n"
# Opened by name at run time, so that no library asks for them: sound, and what Qt's xcb platform loads late.
OPENED_BY_NAME = ("libportaudio2", "libegl1", "libgl1", "libfontconfig1", "libdbus-1-3")
RECOMMENDED = (
    "libfprint-2-2",
    "fonts-noto-core",
    "xdg-desktop-portal",
)  # readers; letters beyond Latin; pages led back to
SUGGESTED = ("fonts-noto-cjk", "apparmor")
MINIMUM_LIBC = "2.34"
SCRIPTS = ("preinst", "postinst", "prerm", "postrm")
CONFIGURATION = "/etc/apparmor.d/usr.lib.mlid-desktop"
SMALL = ("-Zxz", "-z9")  # 19 % smaller than zstd at its best, and minutes slower; unpacking takes 65 MB of memory
QUICK = ("-Zzstd", "-z3")  # for trying things
DESCRIPTION = """Description: biometric enrolment and verification on one workstation
 Enrols people once by face, finger and voice and checks them again later,
 with presentation attack detection and calibrated error rates. Everything
 stays on the machine, encrypted; no network is needed: the models are inside.
"""


def build_deb(plan: Plan, key: Ed25519PrivateKey) -> Path:
    """The package in ``plan.out``. Raises BuildError."""
    root = plan.work / "deb"
    shutil.rmtree(root, ignore_errors=True)
    elsewhere = install_files(plan, root)
    add_copyright(root)
    sign_program(root / HOME, plan.version, key, elsewhere)
    normalise_files(root, plan.epoch)
    write_control(plan, root)
    target = plan.out / f"mlid-desktop_{plan.version}_{architecture()}.deb"
    build = ["dpkg-deb", *(QUICK if plan.quick else SMALL), "--root-owner-group", "--build", str(root), str(target)]
    run_tool(build, "dpkg-deb", changes={"SOURCE_DATE_EPOCH": str(plan.epoch)})
    return target


def architecture() -> str:
    """Debian's name of this machine. Raises BuildError where this is no Debian."""
    try:
        done = subprocess.run(["dpkg", "--print-architecture"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        raise BuildError("dpkg is missing: a Debian package is built on Debian or Ubuntu") from None
    return done.stdout.strip()


def add_copyright(root: Path) -> None:
    """What Debian expects under /usr/share/doc."""
    target = root / "usr/share/doc/mlid-desktop/copyright"
    target.parent.mkdir(parents=True)
    target.write_text(LICENCE_HEAD + (ROOT / "LICENSE").read_text(encoding="utf-8"), encoding="utf-8")


def normalise_files(root: Path, epoch: int) -> None:
    """One date and one set of permissions for everything, whatever the builder's umask is."""
    for path in [root, *root.rglob("*")]:
        if not path.is_symlink():
            executable = path.is_dir() or path.parent.name == "DEBIAN" or path.name == "mlid-desktop"
            path.chmod(0o755 if executable else 0o644)
        os.utime(path, (epoch, epoch), follow_symlinks=False)


def write_control(plan: Plan, root: Path) -> None:
    """DEBIAN/: what dpkg reads."""
    folder = root / "DEBIAN"
    folder.mkdir()
    size = sum(path.lstat().st_size for path in root.rglob("*") if not path.is_dir() or path.is_symlink()) // 1024
    fields = {
        "Package": "mlid-desktop",
        "Version": plan.version,
        "Architecture": architecture(),
        "Maintainer": "The MLID Desktop maintainers <maintainers@mlid.invalid>",
        "Section": "misc",
        "Priority": "optional",
        "Installed-Size": str(size),
        "Depends": ", ".join(package_dependencies(root)),
        "Recommends": ", ".join(RECOMMENDED),
        "Suggests": ", ".join(SUGGESTED),
    }
    text = "".join(f"{name}: {value}\n" for name, value in fields.items())
    (folder / "control").write_text(text + DESCRIPTION, encoding="utf-8")
    (folder / "conffiles").write_text(f"{CONFIGURATION}\n", encoding="ascii")
    for script in SCRIPTS:
        shutil.copyfile(LINUX / script, folder / script)
    listed = sorted(path for path in root.rglob("*") if path.is_file() and folder not in path.parents)
    sums = [f"{md5_digest(path)}  {path.relative_to(root)}\n" for path in listed if not path.is_symlink()]
    (folder / "md5sums").write_text("".join(sums), encoding="utf-8")
    for path in (folder, *folder.iterdir()):
        path.chmod(0o755 if path == folder or path.name in SCRIPTS else 0o644)
        os.utime(path, (plan.epoch, plan.epoch))


def md5_digest(path: Path) -> str:
    """MD5, which is what dpkg keeps to find damaged files; the signed manifest has SHA-256."""
    return hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()


def package_dependencies(root: Path) -> list[str]:
    """Packages, sorted. Raises BuildError for a library that no package of this system brings."""
    packages = {package_of(library) for library in needed_libraries(root / HOME)} | set(OPENED_BY_NAME)
    return sorted(f"{name} (>= {MINIMUM_LIBC})" if name == "libc6" else name for name in packages)


def needed_libraries(folder: Path) -> set[str]:
    """Library names that the ELF files below ``folder`` ask for and none of them is."""
    named = (path for path in folder.rglob("*") if ".so" in path.name or path.name == "mlid-desktop")
    files = [path for path in named if path.is_file()]
    shipped = {path.name for path in files}
    wanted: set[str] = set()
    for batch in split_batches(files, 200):
        done = subprocess.run(["objdump", "-p", *batch], capture_output=True, text=True, check=False)
        wanted |= set(re.findall(r"^\s+NEEDED\s+(\S+)", done.stdout, re.MULTILINE))
    return wanted - shipped


def split_batches(files: list[Path], size: int) -> Iterable[list[Path]]:
    """As many at a time as a command line takes."""
    return (files[start : start + size] for start in range(0, len(files), size))


def package_of(library: str) -> str:
    """The installed package that holds a library of the system. Raises BuildError."""
    done = subprocess.run(["dpkg", "-S", f"*/{library}"], capture_output=True, text=True, check=False)
    packages = sorted({line.partition(":")[0] for line in done.stdout.splitlines() if line.endswith(f"/{library}")})
    if not packages:
        raise BuildError(f"no installed package holds {library}: install it here, so that the package can depend on it")
    return min((name for name in packages if not name.endswith("-dev")), key=len)
