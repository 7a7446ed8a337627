"""A bare Debian in a folder: made by debootstrap, entered by chroot."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

SUITE = "bookworm"
MIRROR = "http://deb.debian.org/debian"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
HOME = "/root"
MOUNTED = ("proc", "sys", "dev")


class ChrootError(Exception):
    """The root cannot be made here; says why."""


class Chroot:
    """A folder that programs are run in as if it were the whole system, with nothing of ours but the kernel."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, *command: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
        """Runs to the end; both outputs as text."""
        return subprocess.run(
            self.command(command),
            env=self.environment(variables),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )

    def start(self, *command: str | Path, **variables: str) -> subprocess.Popen[bytes]:
        """Begins, and does not wait."""
        quiet = subprocess.DEVNULL
        return subprocess.Popen(self.command(command), env=self.environment(variables), stdout=quiet, stderr=quiet)

    def command(self, command: Sequence[str | Path]) -> list[str]:
        """How it is entered."""
        return ["chroot", str(self.folder), *(str(part) for part in command)]

    @staticmethod
    def environment(variables: dict[str, str]) -> dict[str, str]:
        """Nothing of the outer environment goes in."""
        proxies = {name: value for name, value in os.environ.items() if name.lower() in {"http_proxy", "https_proxy"}}
        return {"PATH": PATH, "HOME": HOME, "DEBIAN_FRONTEND": "noninteractive", **proxies, **variables}

    def files(self) -> set[str]:
        """Every path in it, with a leading slash, without what the kernel shows."""
        paths: set[str] = set()
        for parent, folders, names in os.walk(self.folder):
            folder = Path(parent)
            if folder == self.folder:
                folders[:] = [name for name in folders if name not in MOUNTED]
            paths |= {"/" + (folder / name).relative_to(self.folder).as_posix() for name in (*folders, *names)}
        return paths


def require_tools() -> None:
    """Raises RootError naming what is missing."""
    missing = [tool for tool in ("debootstrap", "chroot", "mount", "Xvfb") if not shutil.which(tool)]
    if missing:
        raise ChrootError(f"missing: {', '.join(missing)} (apt install debootstrap xvfb)")
    if os.geteuid() != 0:
        raise ChrootError("a root is made by root alone")


@contextmanager
def make_chroot(folder: Path, archive: Path | None) -> Iterator[Chroot]:
    """A fresh root in ``folder``, gone afterwards; ``archive`` is an archive of one made before, or where to keep it.

    Raises RootError where debootstrap fails, as without a network.
    """
    require_tools()
    root = folder / "root"
    root.mkdir(parents=True)
    try:
        if archive is not None and archive.is_file():
            subprocess.run(["tar", "-C", str(root), "-xf", str(archive)], check=True)
        else:
            _bootstrap(root)
            if archive is not None:
                subprocess.run(["tar", "-C", str(root), "-cf", str(archive), "."], check=True)
        (root / "etc/resolv.conf").write_bytes(Path("/etc/resolv.conf").read_bytes())
        (root / "etc/hosts").write_bytes(Path("/etc/hosts").read_bytes())
        with _mounted(root):
            yield Chroot(root)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _bootstrap(root: Path) -> None:
    made = subprocess.run(
        ["debootstrap", "--variant=minbase", SUITE, str(root), MIRROR], capture_output=True, text=True, check=False
    )
    if made.returncode != 0:
        raise ChrootError(f"debootstrap failed: {made.stdout[-500:]}")


@contextmanager
def _mounted(root: Path) -> Iterator[None]:
    """The kernel's view of processes and devices, as in a running system; taken away before anything is removed."""
    done: list[Path] = []
    try:
        for name, kind in (("proc", "proc"), ("sys", "sysfs")):
            (root / name).mkdir(exist_ok=True)
            subprocess.run(["mount", "-t", kind, kind, str(root / name)], check=True)
            done.append(root / name)
        yield
    finally:
        for mount_point in reversed(done):
            subprocess.run(["umount", "-l", str(mount_point)], check=False)
