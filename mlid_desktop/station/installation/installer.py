"""What an update asks of a packaging: keep the present version, put the new one in, go back, or settle."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Protocol

from mlid_desktop.station.installation.update_package import Packaging

DEB_HOME: Final = Path("/usr/lib/mlid-desktop")
DEB_STATE: Final = Path("/var/lib/mlid-desktop")
PACKAGE: Final = "mlid-desktop"
PROCESS_VARIABLE: Final = "MLID_UPDATE_PROCESS"  # tells the package's scripts which running program is the updater


class Installer(Protocol):
    """How one packaging is exchanged. Each step raises OSError or subprocess.SubprocessError where it fails."""

    @property
    def packaging(self) -> Packaging:
        """Which kind of update it takes."""
        ...

    def refusal(self) -> str:
        """Why nothing can be begun now; empty where it can."""
        ...

    def keep(self) -> None:
        """Puts the present version aside."""
        ...

    def install(self, payload: Path) -> Path:
        """Puts the new version in; the folder it then lies in."""
        ...

    def restore(self) -> None:
        """Puts the version kept back."""
        ...

    def settle(self) -> None:
        """The new version stays: what was kept is not needed any more."""
        ...
