"""How soon the window is on screen, against a bare window of the same library, pair by pair."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time

from tests.bench.report import Report

ROUNDS = 15

BARE = """
from PySide6.QtWidgets import QApplication, QLabel, QMainWindow
application = QApplication([])
window = QMainWindow()
window.setCentralWidget(QLabel("bare"))
window.show()
while not window.windowHandle().isExposed():
    application.processEvents()
application.processEvents()
"""
OURS = """
from PySide6.QtWidgets import QApplication
from mlid_desktop.gui.window import app
def shown(application, theme, window, options):
    while not window.windowHandle().isExposed():
        application.processEvents()
    application.processEvents()
    print(time.time() - begun, flush=True)
    import os; os._exit(0)
app.assemble_behind = shown
app.main(["--demo"])
"""


def run(report: Report) -> None:
    """From before the interpreter starts to the window being on screen."""
    pairs = [(_seconds(OURS), _seconds(BARE + "print(time.time() - begun, flush=True)")) for _ in range(ROUNDS)]
    report.figure("window on screen", 1000 * statistics.median(ours for ours, _ in pairs), "ms")
    report.figure("bare PySide6 main window", 1000 * statistics.median(bare for _, bare in pairs), "ms")
    ratio = statistics.median(ours / bare for ours, bare in pairs)
    report.figure("window against bare window", ratio, "x", at_most=1.3)


def _seconds(script: str) -> float:
    """From before the interpreter starts to the window being on screen."""
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    code = f"import sys, time\nbegun = float(sys.argv[1])\n{script}"
    found = subprocess.run(
        [sys.executable, "-c", code, str(time.time())], env=environment, capture_output=True, text=True, check=True
    )
    return float(found.stdout.split()[-1])
