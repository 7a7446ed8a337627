"""The front desk: how long the window is ever away from its events in whole journeys, and whether eight hours of work
leave anything behind."""

from __future__ import annotations

import gc
import os
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from mlid_desktop.gui.page.navigation import PageName
from mlid_desktop.gui.window.gc_tuning import exempt_from_collection
from mlid_desktop.vault.backup.folder_target import FolderTarget
from tests.bench.cost import resident
from tests.bench.report import Report
from tests.gui import desk_journeys, journeys
from tests.gui.stage import ROOT, SECOND, SECOND_PASSPHRASE, Stage
from tests.gui.steps import check, saved
from tests.gui.watchdog import Watchdog

LIMIT_MS = 50.0
HOURS = float(os.environ.get("MLID_SOAK_HOURS", "8"))
VISITS_AN_HOUR = 12  # a person every five minutes; every fourth is enrolled anew and erased again
SETTLED_AFTER = 0.25  # of the visits: caches and the allocator's pools have their size by then

Journey = Callable[[Stage, Path], object]


@dataclass(frozen=True)
class Driven:
    """One journey: what is done, what the desk is like before it begins, and whether it takes the model pack."""

    go: Journey
    prepare: Callable[[Stage, Path], object] = lambda stage, _: stage.create_vault()
    models: bool = False
    data: bool = False


def _lost(stage: Stage, folder: Path) -> None:
    """A backup of a station with one person, and another machine without a vault."""
    stage.create_vault()
    saved(stage)
    vault = stage.vault
    stage.workspace.vault_worker.submit(lambda: vault.backups.create(FolderTarget(folder / "backup"))).result()
    stage.workspace.lock()
    stage.window.use_folder(folder / "elsewhere")
    stage.folder = folder / "elsewhere"
    stage.window.ask_for_vault(creating=True)


def _one_person(stage: Stage) -> None:
    """A vault with one person, No. 1001."""
    stage.create_vault()
    saved(stage)


JOURNEYS = {
    "decline": Driven(lambda stage, _: journeys.declined(stage)),
    "missing finger": Driven(lambda stage, _: journeys.missing_finger(stage)),
    "lock and resume": Driven(lambda stage, _: journeys.locked_and_resumed(stage)),
    "duplicate": Driven(lambda stage, _: journeys.duplicate_reviewed(stage)),
    "accepted and rejected": Driven(lambda stage, _: journeys.fingers_checked(stage)),
    "identify": Driven(lambda stage, _: journeys.identified(stage)),
    "erase": Driven(lambda stage, folder: journeys.erased(stage, folder / "erased.pdf")),
    "unplug": Driven(journeys.unplugged),
    "restore": Driven(lambda stage, folder: journeys.restored(stage, folder / "backup"), _lost),
    "check-in": Driven(lambda stage, _: desk_journeys.checked_in(stage), lambda stage, _: _one_person(stage)),
    "figures": Driven(lambda stage, _: desk_journeys.figures_looked_at(stage)),
    "first day": Driven(lambda stage, _: desk_journeys.first_day_gone_through(stage)),
    "language": Driven(lambda stage, _: journeys.language_changed(stage)),
    "no device": Driven(
        lambda stage, _: journeys.without_devices(stage), lambda stage, _: stage.create_vault(demo=False)
    ),
    "enrol all three": Driven(lambda stage, _: journeys.all_three(stage), models=True),
    "recorded faces and an attack": Driven(
        lambda stage, folder: journeys.faces_checked(stage, folder / "people", folder / "frames"),
        lambda stage, _: stage.create_vault(),
        models=True,
        data=True,
    ),
}


def run(report: Report) -> None:
    """Enrolments and checks without a pause; then each journey under a watchdog."""
    application = running_application()
    models = Path(os.environ.get("MLID_MODELS") or ROOT / "models")
    people = None if report.shared is None else report.shared / "data" / "pad" / "nuaa_dev"
    _soak(report, application)
    for name, journey in JOURNEYS.items():
        if journey.models and not (models / "face_detection_yunet_2023mar.onnx").exists():
            report.note(f"{name}: the model pack is not installed")
        elif journey.data and (people is None or not people.is_dir()):
            report.note(f"{name}: the recordings are not there")
        else:
            _watched(report, application, name, journey, models, people)


def running_application() -> QApplication:
    """The application of this process, without a screen where the surroundings say nothing of one."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    found = QApplication.instance()
    return found if isinstance(found, QApplication) else QApplication([])


def _watched(
    report: Report, application: QApplication, name: str, journey: Driven, models: Path, people: Path | None
) -> None:
    with tempfile.TemporaryDirectory() as root, pytest.MonkeyPatch.context() as patch:
        folder = Path(root)
        journeys.hurry(patch)
        if people is not None:
            (folder / "people").symlink_to(people)
        stage = Stage(application, folder, models=models if journey.models else folder / "none")
        exempt_from_collection(stage.workspace)  # as the program does
        try:
            journey.prepare(stage, folder)
            with Watchdog() as watched:
                journey.go(stage, folder)
        except (AssertionError, pytest.skip.Exception) as why:
            report.note(f"{name}: not possible on this machine: {why}")  # as without libfprint
            return
        finally:
            stage.close()
        report.figure(f"{name}: longest wait of a key", watched.longest_ms, "ms", at_most=LIMIT_MS)
        report.figure(f"{name}: waits over {LIMIT_MS:g} ms", watched.over(LIMIT_MS), f"of {len(watched.waits)}")
        if watched.over(LIMIT_MS):
            for culprit in dict.fromkeys(watched.culprits):
                report.note(f"{name}: {culprit}")


def _soak(report: Report, application: QApplication) -> None:
    """The people of eight hours, without the minutes between them."""
    visits = max(8, round(HOURS * VISITS_AN_HOUR))
    settled = round(visits * SETTLED_AFTER)
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        stage = Stage(application, Path(folder), models=Path(folder) / "none")
        stage.create_vault()
        saved(stage, "1", "Person 1", seed=1)
        memory: list[int] = []
        before = after = (0, 0, 0)
        for visit in range(visits):
            _visit(stage, visit)
            gc.collect()
            memory.append(resident() or 1)  # where the system does not tell it, nothing grows
            if visit == settled:
                before = _held(stage)
        after = _held(stage)
        stage.close()
    part = max(1, (visits - settled) // 3)
    first, last = sum(memory[settled : settled + part]) / part, sum(memory[-part:]) / part
    report.figure("visits", visits, "")
    report.figure("took", time.monotonic() - begun, "s")
    report.figure("memory at the end", last / 2**20, "MiB")
    report.figure("memory against the beginning", 100 * (last / first - 1), "%", at_most=5)
    for name, was, is_now in zip(("threads", "Qt timers", "open files"), before, after, strict=True):
        report.figure(f"{name} left behind", is_now - was, "", at_most=0)


def _visit(stage: Stage, visit: int) -> None:
    """Every second person is somebody else, who is turned away; the count of failures is cleared as time would do."""
    check(stage, "1", seed=1 + visit % 2)
    session, first = stage.workspace.unlocked.session, stage.workspace.unlocked.people[0]
    stage.workspace.vault_worker.submit(stage.vault.record_outcome, first.subject_id, accepted=True).result()
    if visit % 4 == 0:
        number = str(1000 + visit)
        saved(stage, number, f"Person {number}", seed=3)
        person = next(person for person in stage.workspace.unlocked.people if person.number == number)

        def erase() -> None:
            session.subject_rights.erase(person, session.confirm_second(SECOND, SECOND_PASSPHRASE))

        stage.workspace.vault_worker.submit(erase).result()
        stage.workspace.refresh_people()
        stage.until(lambda: len(stage.workspace.unlocked.people) == 1)
    stage.window.go(PageName.HOME)
    stage.settle()


def _held(stage: Stage) -> tuple[int, int, int]:
    """Threads, Qt timers that tick, open files."""
    stage.wait(200)
    gc.collect()
    timers = sum(isinstance(held, QTimer) and held.isActive() for held in gc.get_objects())
    descriptors = Path("/proc/self/fd")
    return threading.active_count(), timers, len(list(descriptors.iterdir())) if descriptors.exists() else 0
