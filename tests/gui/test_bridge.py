from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QThread
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPlainTextEdit
from pytestqt.qtbot import QtBot

from mlid_desktop.gui.state.bridge import Bridge
from mlid_desktop.gui.state.latest import Latest
from mlid_desktop.gui.theme.style import Theme
from mlid_desktop.gui.window.crash import CrashReporter, CrashWindow
from mlid_desktop.station.text.language import open_language
from mlid_desktop.station.threads import ThreadRole, Worker

PATIENCE_MS = 120_000  # as long as a machine may take that is busy with other things


@pytest.fixture
def worker() -> Iterator[Worker]:
    made = Worker(ThreadRole.VAULT)
    yield made
    made.stop()


@pytest.fixture
def reporter(qtbot: QtBot, theme: Theme, tmp_path: Path) -> Iterator[CrashReporter]:
    bridge = Bridge()
    made = CrashReporter(bridge, theme, open_language(Path(), "en"), tmp_path / "state")
    yield made
    for window in list(made.windows):
        window.close()
    bridge.close()


def fail(text: str) -> None:
    raise ValueError(text)


def report(reporter: CrashReporter, text: str) -> None:
    try:
        fail(text)
    except ValueError as error:
        reporter.report(type(error), error, error.__traceback__)


def test_what_a_thread_posts_runs_on_the_gui_thread(qtbot: QtBot) -> None:
    bridge, seen = Bridge(), list[bool]()
    thread = threading.Thread(target=lambda: bridge.post(lambda: seen.append(QThread.currentThread().isMainThread())))
    thread.start()
    thread.join()
    assert seen == []
    qtbot.waitUntil(lambda: seen == [True], timeout=PATIENCE_MS)


def test_a_result_or_a_fault_comes_back_from_the_worker(qtbot: QtBot, worker: Worker) -> None:
    bridge, done, failed = Bridge(), list[int](), list[BaseException]()
    bridge.follow(worker.submit(lambda: 7), done.append, failed.append)
    bridge.follow(worker.submit(fail, "no"), lambda _: None, failed.append)
    qtbot.waitUntil(lambda: bool(done) and bool(failed), timeout=PATIENCE_MS)
    assert done == [7]
    assert isinstance(failed[0], ValueError)


def test_a_slow_gui_gets_the_newest_picture_never_an_old_one(qtbot: QtBot) -> None:
    received = list[int]()
    latest: Latest[int] = Latest(Bridge(), received.append)
    for number in range(100):
        latest.put(number)
    qtbot.waitUntil(lambda: bool(received), timeout=PATIENCE_MS)
    assert received == [99]


def test_a_page_that_was_left_hears_nothing_more(qtbot: QtBot) -> None:
    received = list[int]()
    latest: Latest[int] = Latest(Bridge(), received.append)
    latest.put(1)
    latest.mute()
    QCoreApplication.processEvents()  # whatever was posted by now
    assert received == []


def test_after_the_window_closed_nothing_is_run(qtbot: QtBot) -> None:
    bridge, seen = Bridge(), list[int]()
    bridge.post(lambda: seen.append(1))
    bridge.close()
    bridge.post(lambda: seen.append(2))
    QCoreApplication.processEvents()  # whatever was posted by now
    assert seen == []


def test_who_copies_the_report_is_told_that_it_is_copied(qtbot: QtBot, reporter: CrashReporter) -> None:
    report(reporter, "5")
    qtbot.waitUntil(lambda: bool(reporter.windows), timeout=PATIENCE_MS)
    (window,) = reporter.windows
    assert isinstance(window, CrashWindow)
    shown = window.findChild(QPlainTextEdit)
    assert shown is not None
    assert shown.isHidden()  # words first
    window.fold.click()
    assert shown.isVisible()
    assert window.copy_button.text() == "Copy the report"
    window.copy_button.click()
    assert window.copy_button.text() == "The report is copied"
    assert QGuiApplication.clipboard().text().endswith("ValueError")


def test_one_window_for_each_traceback(qtbot: QtBot, reporter: CrashReporter) -> None:
    for _ in range(5):
        report(reporter, "again")
    qtbot.waitUntil(lambda: bool(reporter.windows), timeout=PATIENCE_MS)
    QCoreApplication.processEvents()  # whatever was posted by now
    assert len(reporter.windows) == 1


def test_the_report_names_the_place_and_nothing_that_was_typed(
    qtbot: QtBot, reporter: CrashReporter, tmp_path: Path
) -> None:
    report(reporter, "Maria Okoye")
    qtbot.waitUntil(lambda: bool(reporter.windows), timeout=PATIENCE_MS)
    shown = reporter.windows[0].findChild(QPlainTextEdit)
    written = (tmp_path / "state" / "crash.log").read_text()
    assert shown is not None
    for text in (shown.toPlainText(), written):
        assert "ValueError" in text
        assert "test_bridge.py" in text
        assert "Okoye" not in text


def test_a_bug_on_any_thread_is_reported(
    qtbot: QtBot, reporter: CrashReporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    reporter.install()
    thread = threading.Thread(target=fail, args=("no",))
    thread.start()
    thread.join()
    reporter.uninstall()
    qtbot.waitUntil(lambda: len(reporter.windows) == 1, timeout=PATIENCE_MS)


def test_a_log_that_cannot_be_written_does_not_hide_the_bug(
    qtbot: QtBot, theme: Theme, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("in the way")
    reporter = CrashReporter(Bridge(), theme, open_language(Path(), "en"), tmp_path / "file")
    report(reporter, "no")
    assert "ValueError" in capsys.readouterr().err
    qtbot.waitUntil(lambda: len(reporter.windows) == 1, timeout=PATIENCE_MS)
    reporter.windows[0].close()
