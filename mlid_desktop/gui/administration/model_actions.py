"""Installs the models from the window: from where they are published, or from a folder, with its progress said."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from mlid_desktop.domain.errors import MlidError
from mlid_desktop.gui.administration.people_actions import ActionHost
from mlid_desktop.gui.administration.presenter import Task
from mlid_desktop.gui.administration.section.recognition_presenter import size_to_fetch
from mlid_desktop.gui.page.fault_presenter import fault_text
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.station.installation.components import list_models
from mlid_desktop.station.text.language import N_ as _

ALL_INSTALLED = _("Every model is installed already.")


class ModelHost(ActionHost, Protocol):
    """What the page's other actions offer, and a folder to choose."""

    choose_models: Callable[[str], str]


class ModelActions(QObject):
    """The actions of the section of models; ``redo`` reads the section again. They end with the page, their ``parent``,
    whatever is being installed then."""

    def __init__(self, parent: QWidget, host: ModelHost, redo: Callable[[], None]) -> None:
        super().__init__(parent)
        self._host, self._redo = host, redo
        self._workspace = host.workspace
        self._text = host.workspace.language.text
        self._installation = host.workspace.model_installation
        self._installation.progressed.connect(self._show_progress)
        self._installation.installed.connect(self._say_installed)
        self._installation.failed.connect(self._say_fault)
        self.ways: dict[Task, Callable[[], None]] = {
            Task.INSTALL_MODELS: partial(self._unless_installing, self._install),
            Task.INSTALL_MODELS_FROM: partial(self._unless_installing, self._install_from_folder),
        }

    def _unless_installing(self, act: Callable[[], None]) -> None:
        if self._installation.is_going_on:
            self._host.say(self._text("The models are being installed."), Tone.INFORMATION)
        else:
            act()

    def _install(self) -> None:
        station = self._workspace.station
        self._workspace.on_vault(lambda: size_to_fetch(list_models(station.models())), self._ask)

    def _ask(self, size: int) -> None:
        if not size:
            self._host.say(self._text(ALL_INSTALLED), Tone.INFORMATION)
            return
        question = self._host.question(
            _("Install the models"),
            _(
                "The files are fetched from where they are published, and used only where each is what this program "
                "names. Nothing about this desk or its people is sent."
            ),
            _("Install"),
        )
        question.add_words(self._text("About {size} MB are fetched.", size=f"{size / 1e6:.0f}"))
        if self._host.ask(question):
            self._begin(None)

    def _install_from_folder(self) -> None:
        chosen = self._host.choose_models(self._text("Folder that holds the models"))
        if chosen:
            self._begin(Path(chosen))

    def _begin(self, source: Path | None) -> None:
        self._host.say(self._text("Working …"), Tone.INFORMATION)
        self._installation.begin(source)

    def _show_progress(self, file: str, share: float) -> None:
        if self._workspace.is_open:
            said = self._text("Installing {file}: {percent} %", file=file, percent=round(100 * share))
            self._host.say(said, Tone.INFORMATION)

    def _say_installed(self, files: tuple[str, ...]) -> None:
        if not files:
            self._end(self._text(ALL_INSTALLED), Tone.INFORMATION)
            return
        count = self._workspace.language.plural("{number} model installed.", "{number} models installed.", len(files))
        used = self._text("Lock the vault and unlock it to use them.")
        self._end(f"{count} {used}", Tone.ACCEPTED)

    def _say_fault(self, fault: MlidError) -> None:
        self._end(fault_text(fault, self._workspace.language), Tone.REJECTED)

    def _end(self, said: str, tone: Tone) -> None:
        if self._workspace.is_open:
            self._redo()
            self._host.say(said, tone)
