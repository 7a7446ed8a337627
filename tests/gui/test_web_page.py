"""A page is opened through the desktop's portal, on a real message bus, and by the system where there is none."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest

ADDRESS = "https://clinic.example/desk#mlid=once"
DESKTOP = """
import sys
from PySide6.QtCore import ClassInfo, QCoreApplication, QObject, QTimer, Signal, Slot
from PySide6.QtDBus import QDBusConnection
from mlid_desktop.gui.state import web_page
from mlid_desktop.gui.state.web_page import OPEN, PORTAL, PORTAL_PATH, REQUEST, WebPageOpener

how, address = sys.argv[1:]
application = QCoreApplication([])
mine = QDBusConnection.sessionBus()
desktop = QDBusConnection.connectToBus(QDBusConnection.BusType.SessionBus, "desktop")

class Browser:
    @staticmethod
    def openUrl(url):
        print("directly", url.toString())
        QTimer.singleShot(300, application.quit)
        return how != "broken"

@ClassInfo({"D-Bus Interface": REQUEST})
class Request(QObject):
    Response = Signal("uint", "QVariantMap")

@ClassInfo({"D-Bus Interface": OPEN})
class Portal(QObject):
    @Slot(str, str, "QVariantMap", result=str)
    def OpenURI(self, window, address, options):
        print("portal", address)
        path = f"{PORTAL_PATH}/request/{mine.baseService()[1:].replace('.', '_')}/{options['handle_token']}"
        self.request = Request()
        desktop.registerObject(path, self.request, QDBusConnection.RegisterOption.ExportAllSignals)
        QTimer.singleShot(50, lambda: self.request.Response.emit({"opens": 0, "left": 1, "fails": 2}[how], {}))
        QTimer.singleShot(600, application.quit)
        return path

web_page.QDesktopServices = Browser
portal = Portal()
if how not in {"absent", "broken"}:
    desktop.registerService(PORTAL)
    desktop.registerObject(PORTAL_PATH, portal, QDBusConnection.RegisterOption.ExportAllSlots)
opener = WebPageOpener()
opener.open(address, lambda: print("not opened"))
QTimer.singleShot(20000, application.quit)
application.exec()
"""


@pytest.mark.skipif(shutil.which("dbus-run-session") is None, reason="no message bus can be started here")
@pytest.mark.parametrize(
    ("how", "told"),
    [
        ("opens", [f"portal {ADDRESS}"]),
        ("left", [f"portal {ADDRESS}"]),
        ("fails", [f"portal {ADDRESS}", "not opened"]),
        ("absent", [f"directly {ADDRESS}"]),
        ("broken", [f"directly {ADDRESS}", "not opened"]),
    ],
)
def test_a_page_is_opened_by_the_desktop_and_a_failure_is_told(how: str, told: list[str]) -> None:
    ran = subprocess.run(
        ["dbus-run-session", "--", sys.executable, "-u", "-c", DESKTOP, how, ADDRESS],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert ran.stdout.splitlines() == told, ran.stderr
