"""``python -m tests.gui.shown_for_reading FOLDER``: the real window on a real display, for a screen reader on the
accessibility bus. It goes to the page whose name is written to FOLDER/go, and ends when that says so.

A task of administration opens a dialog that runs an event loop of its own. A timer that repeats does not fire again
before what it began has returned, so a task is begun by a timer of its own, and orders are read while dialogs stand."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from mlid_desktop.gui.administration.page import AdministrationPage
from mlid_desktop.gui.administration.presenter import Section, Task
from mlid_desktop.gui.page.navigation import PageName
from tests.gui.stage import Stage
from tests.gui.steps import count_days

END = "end"
LOOK_MS = 50


def main(folder: Path) -> None:
    """Until told to end."""
    application = QApplication(sys.argv[:1])
    stage = Stage(application, folder, models=folder / "no-models")
    stage.create_vault()
    count_days(stage, 0, 1)
    orders = folder / "go"

    def look() -> None:
        if not orders.exists():
            return
        wanted = orders.read_text(encoding="utf-8")
        orders.unlink()
        if wanted == END:
            application.quit()
        elif wanted.startswith("say "):
            stage.window.say(wanted.removeprefix("say "))
        elif wanted.startswith("task "):
            section, task = wanted.removeprefix("task ").split()
            page = stage.view(PageName.ADMINISTRATION)
            assert isinstance(page, AdministrationPage)
            stage.window.go(PageName.ADMINISTRATION)
            page.choose(Section(section))
            QTimer.singleShot(0, partial(page.tasks.do, Task(task)))
        elif wanted.startswith("type "):
            field = QApplication.focusWidget() or stage.window
            QTest.keyClicks(field, wanted.removeprefix("type "))
            QTest.keyClick(field, Qt.Key.Key_Return)
            stage.settle()
        else:
            stage.window.go(PageName(wanted))
            stage.settle()
        (folder / "done").touch()

    timer = QTimer()
    timer.timeout.connect(look)
    timer.start(LOOK_MS)
    (folder / "done").touch()
    application.exec()
    stage.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
