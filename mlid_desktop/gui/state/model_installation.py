"""The installation of models while people are enrolled and checked with what is there: one at a time, on a thread of
its own."""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from mlid_desktop.domain.errors import MlidError

if TYPE_CHECKING:
    from pathlib import Path

    from mlid_desktop.gui.state.bridge import Bridge
    from mlid_desktop.station.assemble import Station


class ModelInstallation(QObject):
    """Outlives the page that began it: that page is gone where the vault was locked or the language changed, and the
    one that is shown then hears how it goes on. Every signal is emitted on the GUI thread."""

    progressed = Signal(str, float)  # the file at hand, and how much of the whole is done, 0 to 1
    installed = Signal(tuple)  # the names of the files
    failed = Signal(object)  # a MlidError

    def __init__(self, station: Station, bridge: Bridge) -> None:
        super().__init__()
        self._station, self._bridge = station, bridge
        self._is_going_on = False

    @property
    def is_going_on(self) -> bool:
        """Whether models are being installed."""
        return self._is_going_on

    def begin(self, source: Path | None) -> None:
        """Installs from a folder, or from where the models are published, unless one is going on."""
        if self._is_going_on:
            return
        self._is_going_on = True
        threading.Thread(target=self._install, args=(source,), name="mlid-models", daemon=True).start()

    def _install(self, source: Path | None) -> None:
        """On the thread of the installation. A fault that is none of the program's own surfaces as a bug."""
        post = self._bridge.post

        def progress(file: str, share: float) -> None:
            post(partial(self.progressed.emit, file, share))

        try:
            installed = self._station.install_models(source, progress)
            told = partial(self.installed.emit, installed)
        except MlidError as fault:
            told = partial(self.failed.emit, fault)
        finally:
            post(self._end)
        post(told)

    def _end(self) -> None:
        self._is_going_on = False
