"""Reports bugs: one window per traceback, the log written, the work still there."""

from __future__ import annotations

import sys
import threading
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QPlainTextEdit, QWidget

from mlid_desktop.gui.state.bridge import Bridge
from mlid_desktop.gui.theme.style import Theme
from mlid_desktop.gui.widgets.controls import Button, FoldButton
from mlid_desktop.gui.widgets.elements import Icon, column, label, row
from mlid_desktop.station.text.language import Language

LOG_NAME = "crash.log"
LOG_LIMIT = 1024 * 1024  # bytes; beyond them the log starts anew

Hook = Callable[[type[BaseException], BaseException, TracebackType | None], object]

WIDTH = 592


class CrashReporter:
    """Replaces the exception hooks to report bugs; the same traceback is shown once."""

    def __init__(self, bridge: Bridge, theme: Theme, language: Language, log_folder: Path) -> None:
        self._bridge, self._theme, self._language = bridge, theme, language
        self._log = log_folder / LOG_NAME
        self._known: set[str] = set()
        self._previous: Hook = sys.excepthook
        self._previous_threads = threading.excepthook
        self.windows: list[QDialog] = []

    def install(self) -> None:
        """Installs the hooks: from now on bugs come here, from every thread."""
        sys.excepthook = self.report
        threading.excepthook = self._report_thread

    def uninstall(self) -> None:
        """Puts the earlier exception hooks back."""
        sys.excepthook = self._previous
        threading.excepthook = self._previous_threads

    def report(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """Writes a bug to the log, and shows a window for a traceback not seen before. Values of variables are never
        written."""
        if issubclass(kind, KeyboardInterrupt):
            self._previous(kind, error, trace)
            return
        text = traceback_text(kind, trace)
        self._write(text)
        if text not in self._known:
            self._known.add(text)
            self._bridge.post(lambda: self._show(text))

    def _report_thread(self, happened: threading.ExceptHookArgs) -> None:
        if happened.exc_value is not None:
            self.report(happened.exc_type, happened.exc_value, happened.exc_traceback)

    def _write(self, text: str) -> None:
        try:
            self._log.parent.mkdir(parents=True, exist_ok=True)
            start_anew = self._log.exists() and self._log.stat().st_size > LOG_LIMIT
            with self._log.open("w" if start_anew else "a", encoding="utf-8") as log:
                log.write(f"{datetime.now(UTC).isoformat(timespec='seconds')}\n{text}\n")
        except OSError:
            sys.stderr.write(text)

    def _show(self, text: str) -> None:
        window = CrashWindow(self._theme, self._language, text, self._log)
        window.finished.connect(lambda _: self.windows.remove(window))
        self.windows.append(window)
        window.show()


class CrashWindow(QDialog):
    """Says that the program made a mistake, that nothing saved is lost, and where the report lies."""

    def __init__(self, theme: Theme, language: Language, text: str, log: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(language.text("A mistake in the program"))
        happened = label(language.text("The program made a mistake."), "head")
        means = label(
            language.text(
                "What was saved is safe. You can go on; if something looks wrong, lock the vault and start the "
                "program again."
            ),
            wrap=True,
        )
        where = label(
            language.text(
                "The report is kept in {path}, for whoever looks after this program. It holds no personal data.",
                path=str(log),
            ),
            "muted",
            wrap=True,
        )
        details = QPlainTextEdit(text)
        details.setReadOnly(True)
        details.setMinimumHeight(180)
        details.setAccessibleName(language.text("Report"))
        self.fold = FoldButton(theme, language.text("Show the report"), details)
        self.fold.on(self.adjustSize)
        button = Button(theme, language.text("Go on"), "primary").on(self.accept)
        button.setDefault(True)
        self.copy_button = copy = Button(theme, language.text("Copy the report"), "footer")

        def take() -> None:
            QGuiApplication.clipboard().setText(text)
            copy.relabel(language.text("The report is copied"))

        copy.on(take)
        head = row(Icon(theme, "triangle", "inconclusive", 28), happened, 1, spacing=12)
        layout = column(
            head, means, where, row(self.fold, 1), details, row(copy, 1, button), spacing=16, margins=(24, 24, 24, 24)
        )
        layout.addStrut(WIDTH)
        self.setLayout(layout)
        button.setFocus()


def traceback_text(kind: type[BaseException], trace: TracebackType | None) -> str:
    """The text of a traceback and the kind of error, for the log. Its message is left out: it may quote what a person
    typed."""
    return "".join(traceback.format_tb(trace)) + kind.__name__
