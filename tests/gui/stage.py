"""The real window on a real station and a vault of its own, driven by hand from tests and screenshots."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import ParamSpec, TypeVar

from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget

from mlid_desktop.devices.source_kind import DeviceListing
from mlid_desktop.domain.subjects import Role
from mlid_desktop.gui.page.navigation import PageName
from mlid_desktop.gui.page.page import Page
from mlid_desktop.gui.page.view import View
from mlid_desktop.gui.state.bridge import Bridge
from mlid_desktop.gui.state.workspace import Workspace
from mlid_desktop.gui.theme.style import Theme
from mlid_desktop.gui.theme.tokens import ThemeName
from mlid_desktop.gui.widgets.consent_reading import AskingMissing, ConsentParts, ConsentReading
from mlid_desktop.gui.window.controller import WindowController
from mlid_desktop.gui.window.main_window import MainWindow
from mlid_desktop.station.assemble import Station
from mlid_desktop.station.configuration.resources import resource_folder
from mlid_desktop.station.configuration.settings import Settings
from mlid_desktop.station.threads import ThreadRole, Worker
from mlid_desktop.vault.lifecycle import SecondFounder, Vault

ROOT = Path(__file__).resolve().parents[2]
FIRST, PASSPHRASE = "A. Clerk", "a sentence that is easy to remember"
SECOND, SECOND_PASSPHRASE = "B. Second", "another sentence to remember"
PATIENCE_S = 240.0  # as long as a machine may take that is busy; twice this ends before the limit of a test does
LOOK_MS = 10
HAND_MS = 40  # after what was typed; Enter that comes sooner is a scanner's, and presses nothing in a form

P = ParamSpec("P")
T = TypeVar("T")


def queued_s() -> float:
    """How long the threads of this program have been ready to run without a processor so far, in seconds, all of them
    together; a thread that ended counts no more. 0 where the system does not tell."""
    queued = 0
    for thread in Path("/proc/self/task").glob("*/schedstat"):
        with suppress(OSError):  # it ended
            queued += int(thread.read_text(encoding="ascii").split()[1])
    return queued / 1e9


class Desk(Station):
    """A station to which nothing is connected but what a test adds: services and readers of tests that run beside it on
    the same machine are no devices of this desk."""

    def devices(self) -> tuple[DeviceListing, ...]:
        """None."""
        return ()


class CountingWorker(Worker):
    """Counts what it is handed."""

    handed = 0

    def submit(self, task: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """As every worker does."""
        self.handed += 1
        return super().submit(task, *args, **kwargs)


class Stage:
    """One window. ``close`` ends it and its threads."""

    def __init__(
        self, application: QApplication, folder: Path, language: str = "en", models: Path | None = None
    ) -> None:
        self.application = application
        settings = Settings(
            models=models or ROOT / "models",
            state=folder / "state",
            vaults=folder / "vaults",
            language=language,
            sounds=False,
            threads=2,
            unlock_seconds=0,  # the floor of the stretching cost
        )
        from mlid_desktop.station.assemble import SystemClock

        self.station = Desk(settings, resource_folder(), SystemClock())
        self.theme = Theme(resource_folder())
        self.theme.apply(application, ThemeName.LIGHT)
        self.bridge = Bridge()
        self.window = MainWindow(self.theme)
        self.workspace = Workspace(self.station, self.theme, self.bridge)
        self.workspace.vault_worker = self._vault = CountingWorker(ThreadRole.VAULT)
        self.workspace.voice_begins_s = 600.0  # by Space alone: a busy machine must not begin by itself
        self.window.use_controller(WindowController(self.window, self.workspace))
        self.folder = folder / "vaults" / "vault"
        self.window.use_folder(self.folder)
        self.window.show()
        self.window.activateWindow()
        self.until(self.window.isActiveWindow)

    def create_vault(self, name: str = FIRST, *, demo: bool = True) -> None:
        """A new vault, founded together with a second person, unlocked."""
        second = SecondFounder(SECOND, Role.OPERATOR, SECOND_PASSPHRASE)
        create = self.station.create_vault
        self.workspace.create(partial(create, self.folder, name, PASSPHRASE, demo=demo, second=second), self._refused)
        self.until(lambda: bool(self.window.pages) and bool(self.workspace.engine_faults))

    def unlock_copy(self, vault: Path) -> None:
        """Unlocks a copy of a vault that another stage made, and has closed."""
        shutil.copytree(vault, self.folder)
        self.workspace.open(self.folder, FIRST, PASSPHRASE, self._refused)
        self.until(lambda: bool(self.window.pages) and bool(self.workspace.engine_faults))

    @property
    def vault(self) -> Vault:
        """The unlocked vault, for calls on the workspace's vault thread."""
        return self.workspace.unlocked.session.vault_session.vault

    def view(self, page_name: PageName) -> View:
        """A page of the window."""
        return self.window.page(page_name)

    def page(self) -> Page:
        """The innermost page that is shown."""
        shown = [page for page in self.window.findChildren(Page) if page.isVisible()]
        return shown[-1]

    def primary(self) -> QPushButton:
        """The primary button that is shown."""
        return self.primaries()[0]

    def primaries(self) -> list[QPushButton]:
        """All primary buttons that are shown."""
        return [
            button
            for button in self.window.findChildren(QPushButton)
            if button.property("kind") == "primary" and button.isVisible()
        ]

    def press(self, key: Qt.Key, widget: QWidget | None = None) -> None:
        """A key, where the focus is, and what comes of it."""
        QTest.keyClick(widget or QApplication.focusWidget() or self.window, key)
        self.settle()

    def type(self, widget: QWidget, text: str) -> None:
        """Text into a field."""
        widget.setFocus()
        QTest.keyClicks(widget, text)

    def read(self) -> None:
        """The consent text, to its end, and agrees to all that is asked, until it can be agreed to; the person was told
        who asks."""
        for asking in self.window.findChildren(AskingMissing):
            asking.ask = lambda _: True

        def read() -> bool:
            for reading in self.window.findChildren(ConsentReading):
                reading.verticalScrollBar().setValue(reading.verticalScrollBar().maximum())
            for parts in self.window.findChildren(ConsentParts):
                parts.all.setChecked(True)
            return self.primary().isEnabled()

        self.until(read)

    def go_on(self) -> None:
        """The primary action, once it is allowed."""
        self.until(lambda: bool(self.primaries()) and self.primary().isEnabled())
        self.primary().click()
        self.settle()

    def until(self, holds: Callable[[], bool], patience_s: float = PATIENCE_S) -> None:
        """Runs the event loop until the condition holds: for as long as ``patience_s``, and for as long again as this
        program's threads waited for a processor meanwhile, though for no more than twice ``patience_s`` in all."""
        began, queued = time.monotonic(), queued_s()
        while not holds():
            late = time.monotonic() - began - patience_s
            if late > 0 and late > min(queued_s() - queued, patience_s):
                raise AssertionError(f"it did not come to pass; shown: {self._shown()}")
            self.wait(LOOK_MS)

    def settle(self) -> None:
        """Until what was handed to the vault thread has come back and is shown, with every widget in its place. A
        capture or a search on the inference thread goes on meanwhile: its end is waited for by :meth:`until`."""
        handed = -1
        while self._vault.handed != handed:
            answered: list[None] = []
            self.bridge.follow(self._vault.submit(lambda: None), answered.append, self._refused)
            handed = self._vault.handed
            self.until(lambda answered=answered: bool(answered))  # type: ignore[misc] # the list of this turn
        self.lay_out()

    def lay_out(self) -> None:
        """Handles what is queued now, and puts every widget where its layout wants it."""
        self.wait(0)
        QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)

    def wait(self, milliseconds: int) -> None:
        """Runs the event loop for a while; to see something happen, use :meth:`until` or :meth:`settle`."""
        loop = QEventLoop()
        QTimer.singleShot(milliseconds, loop.quit)
        loop.exec()

    def close(self) -> None:
        """Ends the window, locks the vault, ends the threads; what is unsaved is dropped without a question."""
        current = self.window.current
        if isinstance(current, View):
            current.leave()
        self.window.close()
        self._destroy()

    def lose_power(self) -> None:
        """Ends the window and its threads as where the power goes: no page is asked, nothing is tidied."""
        self.window._controller.shut_down()
        self.window.hide()
        self._destroy()

    def _destroy(self) -> None:
        """Leaves no widget behind, which every later change of the style would dress anew."""
        self.window.deleteLater()
        self.lay_out()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)

    def _shown(self) -> list[str]:
        """What a person would read, to tell why something did not come to pass."""
        labels = self.window.findChildren(QLabel)
        return [label.text() for label in labels if label.isVisible() and label.text()]

    def _refused(self, fault: object) -> None:
        raise AssertionError(str(fault))
