"""Updates a program that was installed as a Debian package, by dpkg, so that the system's own record stays right."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mlid_desktop.station.installation.installer import DEB_HOME, DEB_STATE, PACKAGE, PROCESS_VARIABLE
from mlid_desktop.station.installation.update_package import Packaging

DPKG_S: Final = 600.0
INFO: Final = Path("/var/lib/dpkg/info")
SCRIPTS: Final = ("preinst", "postinst", "prerm", "postrm", "conffiles", "md5sums")
NOT_IN_A_PACKAGE: Final = re.compile(r"^(Status|Conffiles):.*\n(?: .*\n)*", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class DebianInstaller:
    """Updates by dpkg; the present package is built again from its installed files first, to return to."""

    packaging: Packaging = Packaging.DEB

    def refusal(self) -> str:
        """Why no update can begin now: without root none can."""
        return "" if os.geteuid() == 0 else "administrator rights are needed (sudo)"

    def keep(self) -> None:
        """Builds a package of what is installed, to return to."""
        DEB_STATE.mkdir(mode=0o700, parents=True, exist_ok=True)
        tree = DEB_STATE / "previous"
        shutil.rmtree(tree, ignore_errors=True)
        for name in _output_of("dpkg", "-L", PACKAGE).splitlines():
            source, target = Path(name), tree / name.lstrip("/")
            if source.is_symlink() or source.is_file():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, target, follow_symlinks=False)
        control = tree / "DEBIAN"
        control.mkdir(mode=0o755)
        (control / "control").write_text(
            NOT_IN_A_PACKAGE.sub("", _output_of("dpkg-query", "-s", PACKAGE)), encoding="utf-8"
        )
        for name in SCRIPTS:
            if (INFO / f"{PACKAGE}.{name}").is_file():
                shutil.copy2(INFO / f"{PACKAGE}.{name}", control / name)
        _run("dpkg-deb", "-Znone", "--root-owner-group", "--build", str(tree), str(self._previous))
        shutil.rmtree(tree)

    def install(self, payload: Path) -> Path:
        """Installs the new package; raises CalledProcessError where dpkg refuses, as while a window is open."""
        _run("dpkg", "--force-confold", "--install", str(payload))
        return DEB_HOME

    def restore(self) -> None:
        """Installs the kept package over whatever state the new one left."""
        _run("dpkg", "--force-downgrade", "--force-confold", "--install", str(self._previous))
        self.settle()

    def settle(self) -> None:
        """Deletes the kept package after a successful update."""
        shutil.rmtree(DEB_STATE, ignore_errors=True)

    @property
    def _previous(self) -> Path:
        return DEB_STATE / "previous.deb"


def _run(*command: str) -> None:
    _output_of(*command)


def _output_of(*command: str) -> str:
    return subprocess.run(  # noqa: S603 - dpkg's own tools, with words of our own
        _find_command(command),
        env=_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=DPKG_S,
        check=True,
    ).stdout


def _find_command(command: Sequence[str]) -> list[str]:
    return [shutil.which(command[0]) or command[0], *command[1:]]


def _environment() -> dict[str, str]:
    """Environment of dpkg: tells the package's scripts that this running program is the updater, and leaves out our
    library path."""
    inherited = {name: value for name, value in os.environ.items() if name != "LD_LIBRARY_PATH"}
    return {**inherited, PROCESS_VARIABLE: str(os.getpid()), "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}
