"""The guards of tests/conftest.py bite: what they forbid fails a test, and what they allow does not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.architecture.sources import ROOT

GUARDED = """
import os, socket, threading, warnings

def test_leaves_a_thread():
    threading.Thread(target=threading.Event().wait, args=(20,), name="forgotten", daemon=True).start()

def test_ends_its_thread():
    thread = threading.Thread(target=int, name="remembered")
    thread.start()
    thread.join()

def test_reaches_out():
    with socket.socket() as outside:
        outside.connect(("192.0.2.1", 80))

def test_looks_a_name_up():
    socket.getaddrinfo("somewhere.invalid", 80)

def test_stays_on_loopback():
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()):
        pass

def test_warns():
    warnings.warn("deprecated", DeprecationWarning)

def test_has_a_home_of_its_own(tmp_path_factory):
    assert os.path.expanduser("~").startswith(str(tmp_path_factory.getbasetemp()))
"""
GUARDED_QT = """
from PySide6.QtCore import QTimer, qWarning
from PySide6.QtWidgets import QWidget

KEPT = []

def test_leaves_a_timer(qtbot):
    KEPT.append(QTimer())
    KEPT[0].setObjectName("forgotten")
    KEPT[0].start(50)

def test_closes_what_ticks(qtbot):
    widget = QWidget()
    qtbot.addWidget(widget)
    QTimer(widget).start(50)

def test_qt_warns(qtbot):
    qWarning("something is wrong")
"""


def guarded_run(folder: Path, source: str) -> str:
    """The closing lines of a run of its own, under the settings and guards of this checkout."""
    target = folder / "test_guarded.py"
    target.write_text(source, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-c", str(ROOT / "pyproject.toml"), "-p", "tests.conftest"]
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")},
        "PYTHONPATH": str(ROOT),
        "QT_QPA_PLATFORM": "offscreen",
        "MLID_TEST_THREAD_GRACE_S": "0",
    }
    command += ["-p", "no:cacheprovider", "--rootdir", str(folder), "-rA", "-q", str(target)]
    run = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return run.stdout + run.stderr


def test_threads_network_and_warnings_are_guarded(tmp_path: Path) -> None:
    said = guarded_run(tmp_path, GUARDED)
    assert "left running: 'forgotten'" in said
    assert "connection to ('192.0.2.1', 80): tests stay on loopback" in said
    assert "look-up of 'somewhere.invalid': tests stay on loopback" in said
    assert "DeprecationWarning: deprecated" in said
    assert "3 failed, 4 passed, 1 error" in said


def test_timers_and_qt_warnings_are_guarded(tmp_path: Path) -> None:
    said = guarded_run(tmp_path, GUARDED_QT)
    assert "left ticking: timers of 'forgotten'" in said
    assert "something is wrong" in said
    assert "1 failed, 2 passed, 1 error" in said
