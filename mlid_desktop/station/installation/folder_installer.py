"""Exchanges the program where it is a folder of its own: unpacked beside it, then renamed."""

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
    """A program in a folder of its own: the new one is unpacked beside it, and the two change names."""

    folder: Path
    packaging: Packaging = Packaging.PORTABLE

    @property
    def _new(self) -> Path:
        return self.folder.with_name(self.folder.name + ".new")

    @property
    def _kept(self) -> Path:
        return self.folder.with_name(self.folder.name + ".kept")

    def refusal(self) -> str:
        """Windows keeps the folder of a running program where it is."""
        if sys.platform == "win32":
            return "Windows: unpack the new version into a new folder"
        return "" if os.access(self.folder.parent, os.W_OK) else str(self.folder.parent)

    def keep(self) -> None:
        """What an update that was cut short left is cleared away."""
        shutil.rmtree(self._new, ignore_errors=True)
        shutil.rmtree(self._kept, ignore_errors=True)

    def install(self, payload: Path) -> Path:
        """Two renames; whoever starts the program between them finds none."""
        with tarfile.open(payload) as archive:
            archive.extractall(self._new, filter="data")  # "data" refuses to leave the folder
        inner = [path for path in self._new.iterdir() if path.is_dir()]
        if len(inner) != 1:
            raise tarfile.TarError("not one folder")
        self.folder.rename(self._kept)
        inner[0].rename(self.folder)
        return self.folder

    def restore(self) -> None:
        """The old folder takes its name again."""
        if self._kept.is_dir():
            shutil.rmtree(self.folder, ignore_errors=True)
            self._kept.rename(self.folder)
        shutil.rmtree(self._new, ignore_errors=True)

    def settle(self) -> None:
        """The old version goes."""
        shutil.rmtree(self._kept, ignore_errors=True)
        shutil.rmtree(self._new, ignore_errors=True)
