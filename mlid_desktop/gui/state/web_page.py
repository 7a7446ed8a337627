"""Opens a page of another program in the browser of whoever works here.

On Linux the desktop's portal is asked first (org.freedesktop.portal.OpenURI): it starts the browser outside of this
program's confinement, and no address stands in the list of processes. Where there is none, Qt opens the page itself."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import SLOT, QObject, QUrl, Slot
from PySide6.QtGui import QDesktopServices

if TYPE_CHECKING:
    from PySide6.QtDBus import QDBusConnection, QDBusPendingCallWatcher

PORTAL, PORTAL_PATH = "org.freedesktop.portal.Desktop", "/org/freedesktop/portal/desktop"
OPEN, REQUEST = "org.freedesktop.portal.OpenURI", "org.freedesktop.portal.Request"
PORTAL_MS = 10_000  # that the portal may take to be started
FAILED = 2  # of its answers; 0: the page is open, 1: whoever was asked for a browser chose none


class WebPageOpener(QObject):
    """Opens one page after another. Call on the GUI thread."""

    def __init__(self) -> None:
        super().__init__()
        self._failed: Callable[[], None] | None = None
        self._watcher: QDBusPendingCallWatcher | None = None

    def open(self, address: str, failed: Callable[[], None]) -> None:
        """Opens the page; ``failed`` is called, now or later, where that cannot be."""
        self._failed = failed
        if sys.platform != "linux" or not self._ask_portal(address):
            self._open_directly(address)

    def _ask_portal(self, address: str) -> bool:
        """Whether there is a message bus on which the portal could be."""
        from PySide6.QtDBus import (  # noqa: PLC0415 - late: start-up
            QDBusConnection,
            QDBusMessage,
            QDBusPendingCallWatcher,
        )

        bus, token = QDBusConnection.sessionBus(), f"mlid{secrets.token_hex(8)}"
        if not bus.isConnected():
            return False
        self._hear_answer(bus, token)
        call = QDBusMessage.createMethodCall(PORTAL, PORTAL_PATH, OPEN, "OpenURI")
        call.setArguments(["", address, {"handle_token": token}])
        self._watcher = QDBusPendingCallWatcher(bus.asyncCall(call, PORTAL_MS), self)
        self._watcher.finished.connect(lambda watcher: self._asked(address, watcher))
        return True

    def _hear_answer(self, bus: QDBusConnection, token: str) -> None:
        """The portal answers at a path that both know beforehand."""
        path = f"{PORTAL_PATH}/request/{bus.baseService()[1:].replace('.', '_')}/{token}"
        slot: Any = SLOT("answered(uint,QVariantMap)")  # a text, where PySide's own types ask for bytes
        bus.connect(PORTAL, path, REQUEST, "Response", self, slot)

    def _asked(self, address: str, watcher: QDBusPendingCallWatcher) -> None:
        watcher.deleteLater()
        if watcher.isError():  # no portal here, or one that opens nothing
            self._open_directly(address)

    @Slot("uint", "QVariantMap")
    def answered(self, answer: int, _more: Mapping[str, object]) -> None:
        """Called by the portal once the page is open, or is not."""
        if answer == FAILED:
            self._fail()

    def _open_directly(self, address: str) -> None:
        if not QDesktopServices.openUrl(QUrl(address)):
            self._fail()

    def _fail(self) -> None:
        failed, self._failed = self._failed, None
        if failed is not None:
            failed()
