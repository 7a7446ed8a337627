"""The interface of installers: keep the present version, install the new one, restore, or settle."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Protocol

from mlid_desktop.station.installation.update_package import Packaging

DEB_HOME: Final = Path("/usr/lib/mlid-desktop")
DEB_STATE: Final = Path("/var/lib/mlid-desktop")
PACKAGE: Final = "mlid-desktop"
PROCESS_VARIABLE: Final = "MLID_UPDATE_PROCESS"  # tells the package's scripts which running program is the updater


class Installer(Protocol):
    """Installs updates for one kind of packaging. Each step raises OSError or subprocess.SubprocessError where it
    fails."""

    @property
    def packaging(self) -> Packaging:
        """The packaging of the updates it takes."""
        ...

    def refusal(self) -> str:
        """Why no update can begin now; empty where one can."""
        ...

    def keep(self) -> None:
        """Puts the present version aside."""
        ...

    def install(self, payload: Path) -> Path:
        """Installs the new version; gives the folder that it lies in."""
        ...

    def restore(self) -> None:
        """Restores the version that was kept."""
        ...

    def settle(self) -> None:
        """Makes the new version final: what was kept is deleted."""
        ...
