"""Updates a program that is a folder of its own: the new one is unpacked beside it, then renamed."""

from __future__ import annotations

import os
import shutil
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path

from mlid_desktop.station.installation.update_package import Packaging


@dataclass(frozen=True, slots=True)
class FolderInstaller:
    """Updates a program folder: unpacks the new one beside it, and exchanges their names."""

    folder: Path
    packaging: Packaging = Packaging.PORTABLE

    @property
    def _new(self) -> Path:
        return self.folder.with_name(self.folder.name + ".new")

    @property
    def _kept(self) -> Path:
        return self.folder.with_name(self.folder.name + ".kept")

    def refusal(self) -> str:
        """Why no update can begin now: Windows keeps the folder of a running program, and the folder above must be
        writable."""
        if sys.platform == "win32":
            return "Windows: unpack the new version into a new folder"
        return "" if os.access(self.folder.parent, os.W_OK) else str(self.folder.parent)

    def keep(self) -> None:
        """Clears away what an interrupted update left; the present folder is kept by renaming it at :meth:`install`."""
        shutil.rmtree(self._new, ignore_errors=True)
        shutil.rmtree(self._kept, ignore_errors=True)

    def install(self, payload: Path) -> Path:
        """Exchanges the folders by two renames; a start of the program between them finds none."""
        with tarfile.open(payload) as archive:
            archive.extractall(self._new, filter="data")  # "data" refuses to leave the folder
        inner = [path for path in self._new.iterdir() if path.is_dir()]
        if len(inner) != 1:
            raise tarfile.TarError("not one folder")
        self.folder.rename(self._kept)
        inner[0].rename(self.folder)
        return self.folder

    def restore(self) -> None:
        """Gives the old folder its name again."""
        if self._kept.is_dir():
            shutil.rmtree(self.folder, ignore_errors=True)
            self._kept.rename(self.folder)
        shutil.rmtree(self._new, ignore_errors=True)

    def settle(self) -> None:
        """Deletes the old version after a successful update."""
        shutil.rmtree(self._kept, ignore_errors=True)
        shutil.rmtree(self._new, ignore_errors=True)
