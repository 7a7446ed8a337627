"""The records page over 100,000 people of a real vault: the first paint, and what every typed key costs the window."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from mlid_desktop.domain.subjects import Consent, ConsentOutcome, Details, Enrolment, new_identifier
from tests.bench.report import Report

PEOPLE = 100_000
AT_A_TIME = 5000
FIRST = ("Ana", "Ben", "Chiamaka", "Dmitri", "Élodie", "Farid", "Grace", "Hana", "Ines", "João", "Maria", "Zoë")
LAST = ("Adams", "Okoye", "Svensson", "Nguyễn", "García", "Khan", "Müller", "Osei", "Petrov", "Rossi", "Tanaka")
TYPED = ("maria", "okoye 77", "1004", "zoe")


def run(report: Report) -> None:
    """Fills a vault, opens the page, types, sorts."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtCore import Qt  # after the platform is chosen
    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QApplication

    from mlid_desktop.gui.page.navigation import PageName
    from mlid_desktop.gui.records.page import RecordsPage
    from mlid_desktop.gui.window.gc_tuning import exempt_from_collection
    from tests.gui.stage import Stage
    from tests.gui.watchdog import Watchdog

    application = QApplication.instance() or QApplication([])
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        stage = Stage(application, root, models=root / "none")  # type: ignore[arg-type] # a QApplication, as made above
        exempt_from_collection(stage.workspace)  # as the program does
        stage.create_vault()
        for batch in _batches():
            stage.workspace.vault_worker.submit(stage.vault.save_all, batch).result()
        begun = time.perf_counter()
        stage.workspace.refresh_people()
        with Watchdog() as reading:
            stage.until(lambda: len(stage.workspace.unlocked.people) == PEOPLE, 120.0)
        report.figure("people read and made ready to be searched", time.perf_counter() - begun, "s")
        report.figure("longest wait of a key meanwhile", reading.longest_ms, "ms", at_most=50)

        def shown() -> RecordsPage:
            """Made, filled and painted."""
            stage.window.go(PageName.RECORDS)
            made = stage.view(PageName.RECORDS)
            assert isinstance(made, RecordsPage)
            while made.finder.waits:
                application.processEvents()
            made.finder.table.viewport().repaint()
            return made

        begun = time.perf_counter()
        view = shown()
        report.figure("records page, first paint", 1000 * (time.perf_counter() - begun), "ms", at_most=150)
        keys, answers = [], []
        for text in TYPED:
            view.finder.field.clear()
            stage.until(lambda: not view.finder.waits)
            for letter in text:
                with Watchdog() as watched:
                    begun = time.perf_counter()
                    QTest.keyClicks(view.finder.field, letter)
                    stage.until(lambda: not view.finder.waits)
                    answers.append(1000 * (time.perf_counter() - begun))
                keys.append(watched.longest_ms)
        report.figure("a typed key, longest wait of the next", max(keys), "ms", at_most=50)
        report.figure("a typed key, until the list is there, median", statistics.median(answers), "ms")
        report.figure("a typed key, until the list is there, longest", max(answers), "ms")
        view.finder.field.clear()
        stage.until(lambda: not view.finder.waits)
        with Watchdog() as sorting:
            view.finder.table.horizontalHeader().sectionClicked.emit(2)
            stage.until(lambda: not view.finder.waits)
            for _ in range(40):
                QTest.keyClick(view.finder.table, Qt.Key.Key_PageDown)
                stage.wait(0)
        report.figure("sorting and scrolling, longest wait of a key", sorting.longest_ms, "ms", at_most=50)
        stage.close()


def _batches() -> Iterator[list[Enrolment]]:
    for start in range(0, PEOPLE, AT_A_TIME):
        yield [_enrolment(number) for number in range(start, start + AT_A_TIME)]


def _enrolment(number: int) -> Enrolment:
    name = f"{FIRST[number % len(FIRST)]} {LAST[number // len(FIRST) % len(LAST)]} {number % 977}"
    at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=number)
    consent = Consent(ConsentOutcome.ACCEPTED, "1-000000000000", "en", at)
    return Enrolment(new_identifier(), Details(str(100_000 + number), name), consent, (), (), at)
