"""Pictures of every page of the real window: ``python -m tests.gui.screenshots OUT [LANGUAGE …]``;
``MLID_PICTURE=1920x1080`` gives the window another size, ``QT_SCALE_FACTOR=2`` draws at 200 %.

A person is enrolled, checked and searched for on simulated devices, in a vault made for it; each page is drawn in
light and dark. No real person is in any of them.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QDialog

from mlid_desktop.domain.characteristics import FACE, Modality
from mlid_desktop.gui.capture.panel import CapturingSession
from mlid_desktop.gui.device_setup.page import DevicesPage
from mlid_desktop.gui.enrol.attempts_page import AttemptsDialog
from mlid_desktop.gui.enrol.attempts_presenter import attempts_screen
from mlid_desktop.gui.enrol.view import EnrolView
from mlid_desktop.gui.identify.view import IdentifyView
from mlid_desktop.gui.page.help_presenter import help_screen
from mlid_desktop.gui.page.navigation import PageName
from mlid_desktop.gui.records.page import RecordsPage
from mlid_desktop.gui.records.receipt_scan import ReceiptCodeDialog
from mlid_desktop.gui.state.source_choices import choices_for
from mlid_desktop.gui.theme.tokens import ThemeName
from mlid_desktop.gui.unlock.page import UnlockPage
from mlid_desktop.gui.unlock.restore_page import RestoreDialog
from mlid_desktop.gui.verify.check_in_page import CheckInPage
from mlid_desktop.gui.verify.view import VerifyView
from mlid_desktop.gui.window.help_window import HelpWindow
from mlid_desktop.gui.window.setup.view import SetupView
from mlid_desktop.station.administration.readiness import SetupStep
from mlid_desktop.workflow.check_in.session import CheckInStage
from mlid_desktop.workflow.enrolment_navigation import fingers_done
from tests.gui.stage import PASSPHRASE, Stage
from tests.gui.steps import to_face, without_voice

THEMES = (ThemeName.LIGHT, ThemeName.DARK)
OUTPUT = "docs/screenshots"


def take(stage: Stage, out: Path, name: str) -> None:
    """One picture a theme, of the dialog where there is one."""
    for theme in THEMES:
        stage.theme.apply(stage.application, theme)
        stage.settle()
        out.mkdir(parents=True, exist_ok=True)
        shown = QApplication.activeModalWidget() or stage.window
        save(shown.grab().toImage(), out / f"{name}-{theme.value}.png")
    stage.theme.apply(stage.application, ThemeName.LIGHT)


def journey(stage: Stage) -> Iterator[str]:
    """Walks through the window; each name is a picture to take now."""
    yield from vault(stage)
    yield "03-home-empty"
    yield from enrol(stage, "1001", "Maria Okoye", seed=1, detailed=True)
    yield from enrol(stage, "1002", "Jonas Lindqvist", seed=3, detailed=False)
    yield from verify(stage, "1001", seed=1, name="accepted")
    yield from verify(stage, "1001", seed=2, name="rejected")
    yield from identify(stage)
    yield from duplicate(stage)
    yield from records(stage)
    yield from devices(stage)
    stage.window.go(PageName.HOME)
    yield "90-home"
    screen = help_screen(PageName.ENROL, stage.workspace.language)
    yield from opened(
        stage, HelpWindow(stage.window, stage.theme, stage.workspace.language, screen, steps=True), "91-help"
    )
    stage.window.go(PageName.ADMINISTRATION)
    yield "70-administration"
    stage.window.go(PageName.TRANSPARENCY)
    yield "80-transparency"
    stage.window.go(PageName.HOME)
    yield from check_in(stage)
    yield from first_day(stage)
    yield from no_camera(stage)


def vault(stage: Stage) -> Iterator[str]:
    """Creating, then locking and unlocking."""
    stage.window.ask_for_vault(creating=True, demo=True)
    page = stage.window.current
    assert isinstance(page, UnlockPage)
    stage.type(page.name, "A. Clerk")
    stage.type(page.passphrase, PASSPHRASE)
    yield "01-create"
    stage.type(page.again, PASSPHRASE)
    stage.press(Qt.Key.Key_Return)
    stage.until(lambda: bool(stage.window.pages))
    stage.window.lock()
    stage.settle()
    yield "02-unlock"
    page = stage.window.current
    assert isinstance(page, UnlockPage)
    yield from opened(stage, RestoreDialog(page, stage.workspace, stage.folder), "02-restore")
    stage.type(page.passphrase, PASSPHRASE)
    stage.press(Qt.Key.Key_Return)
    stage.until(lambda: bool(stage.window.pages) and bool(stage.workspace.engine_faults))


def person(stage: Stage, seed: int) -> None:
    """Somebody sits down in front of the simulated devices."""
    for modality in Modality:
        stage.workspace.choose_source(choices_for(stage.workspace.unlocked.choices, modality)[seed - 1])


def enrol(stage: Stage, number: str, name: str, seed: int, *, detailed: bool) -> Iterator[str]:
    """One whole enrolment."""
    person(stage, seed)
    stage.window.go(PageName.ENROL)
    view = stage.view(PageName.ENROL)
    assert isinstance(view, EnrolView)
    stage.settle()
    if detailed:
        yield "10-consent"
    stage.read()
    stage.go_on()
    stage.type(view.details.number, number)
    if detailed:
        stage.type(view.details.name, " ")
        yield "11-details-fault"
        view.details.name.clear()
    stage.type(view.details.name, name)
    if detailed:
        yield "11-details"
    stage.go_on()
    stage.until(lambda: view.face.panel.preview.has_picture)
    stage.until(lambda: view.session.capture is not None and view.session.capture.progress > 0.4)
    if detailed:
        yield "12-face-live"
    stage.until(stage.primary().isEnabled)
    if detailed:
        yield "13-face-captured"
    stage.go_on()
    if detailed:
        yield "14-fingers"
    calibrated = Modality.FINGERPRINT in stage.station.calibrations
    if calibrated:
        stage.press(Qt.Key.Key_Return)
        if detailed:
            stage.until(lambda: view.fingers.panel.preview.has_picture)
            yield "15-finger-live"
        stage.until(lambda: fingers_done(view.session)[0] == 2)
    if detailed:
        yield "16-fingers-captured"
    stage.go_on()
    stage.until(view.voice.isVisible)
    yield from speak(stage, view, detailed=detailed)
    stage.until(view.review.isVisible)
    stage.settle()
    if detailed:
        yield "18-review"
        dialog = AttemptsDialog(
            view, stage.theme, stage.workspace.language, attempts_screen(view.session, FACE, stage.workspace.language)
        )
        yield from opened(stage, dialog, "18-review-attempts")
    stage.go_on()
    stage.until(view.ended.isVisible)
    stage.until(lambda: any(subject.number == number for subject in stage.workspace.unlocked.people))
    if detailed:
        yield "19-saved"
    stage.press(Qt.Key.Key_Escape)


def opened(stage: Stage, dialog: QDialog, name: str) -> Iterator[str]:
    """What stands in front of the page, by itself."""
    dialog.open()
    stage.settle()
    yield name
    dialog.reject()
    dialog.deleteLater()
    stage.window.activateWindow()  # as a window manager does
    stage.until(stage.window.isActiveWindow)


def speak(stage: Stage, view: EnrolView, *, detailed: bool) -> Iterator[str]:
    """Ten digits, twice, at the pace of a person; without pictures nobody speaks."""
    if not detailed:
        without_voice(view)
        return
    yield "17-voice"
    panel = view.voice.panel
    stage.press(Qt.Key.Key_Space)
    stage.until(lambda: panel.card.hidden_digits.count(False) == 6)
    yield "17-voice-live"
    stage.until(lambda: not panel.running)
    yield "17-voice-captured"
    stage.go_on()


def verify(stage: Stage, number: str, seed: int, name: str) -> Iterator[str]:
    """One check by the face."""
    person(stage, seed)
    stage.window.go(PageName.VERIFY)
    view = stage.view(PageName.VERIFY)
    assert isinstance(view, VerifyView)
    stage.type(view.finder.finder.field, number)
    stage.settle()
    yield "20-verify-find"
    if name == "accepted":
        yield from opened(stage, ReceiptCodeDialog(view, stage.workspace), "20-verify-receipt")
    stage.go_on()
    check = view.checks[Modality.FACE]
    stage.until(lambda: check.isVisible() and check.panel.preview.has_picture)
    stage.until(lambda: not check.isVisible() or is_under_way(check.newest))
    yield "21-verify-live"
    stage.until(view.decision.isVisible)
    stage.settle()
    yield f"22-decision-{name}"


def is_under_way(session: CapturingSession | None) -> bool:
    """A capture has begun to gather, so that picture, figures and sentence belong together."""
    return session is not None and session.capture is not None and session.capture.progress > 0.4


def identify(stage: Stage) -> Iterator[str]:
    """One search, and its candidates."""
    person(stage, 1)
    stage.window.go(PageName.IDENTIFY)
    view = stage.view(PageName.IDENTIFY)
    assert isinstance(view, IdentifyView)
    stage.until(lambda: view.candidates.isVisible() or is_under_way(view.face.panel._session))
    yield "30-identify-live"
    stage.until(view.candidates.isVisible)
    stage.settle()
    yield "31-candidates"


def duplicate(stage: Stage) -> Iterator[str]:
    """Somebody who is enrolled already."""
    stage.window.go(PageName.ENROL)
    view = stage.view(PageName.ENROL)
    assert isinstance(view, EnrolView)
    stage.settle()
    stage.read()
    stage.go_on()
    stage.type(view.details.number, "1003")
    stage.type(view.details.name, "Mary Okoye")
    stage.go_on()
    stage.until(stage.primary().isEnabled)
    stage.go_on()
    if Modality.FINGERPRINT in stage.station.calibrations:
        stage.press(Qt.Key.Key_Return)
        stage.until(lambda: fingers_done(view.session)[0] == 2)
    stage.go_on()
    stage.until(view.voice.isVisible)
    without_voice(view)
    stage.until(view.duplicates.panel.isVisible)
    stage.settle()
    yield "17-duplicates"
    view.leave()


def records(stage: Stage) -> Iterator[str]:
    """The list, and one record."""
    stage.window.go(PageName.RECORDS)
    view = stage.view(PageName.RECORDS)
    assert isinstance(view, RecordsPage)
    stage.until(lambda: not view.finder.waits)
    view.finder.table.choose(1)
    stage.until(view.record.menu_button.isVisible)
    stage.settle()
    yield "40-records"


def devices(stage: Stage) -> Iterator[str]:
    """The sources, and a look at one."""
    stage.window.go(PageName.DEVICES)
    view = stage.view(PageName.DEVICES)
    assert isinstance(view, DevicesPage)
    stage.settle()
    stage.until(lambda: view.trial.preview.has_picture)
    yield "50-devices"


def check_in(stage: Stage) -> Iterator[str]:
    """Somebody of a queue is accepted."""
    person(stage, 1)
    stage.window.go(PageName.CHECK_IN)
    page = stage.view(PageName.CHECK_IN)
    assert isinstance(page, CheckInPage)
    stage.type(page.field, "1001")
    stage.press(Qt.Key.Key_Return, page.field)
    stage.until(lambda: page.state.stage is CheckInStage.SHOWN)
    yield "93-check-in"
    for _ in range(2):
        stage.press(Qt.Key.Key_Escape, page.field)


def first_day(stage: Stage) -> Iterator[str]:
    """One step of setting the desk up."""
    stage.window.go(PageName.SETUP)
    view = stage.view(PageName.SETUP)
    assert isinstance(view, SetupView)
    view.show_step(SetupStep.POLICY)
    stage.settle()
    yield "92-first-day"


def no_camera(stage: Stage) -> Iterator[str]:
    """Nothing is connected, in a vault that is no demo."""
    stage.window.lock()
    stage.folder = stage.folder.with_name("real")
    stage.window.use_folder(stage.folder)
    stage.create_vault(demo=False)
    stage.window.go(PageName.IDENTIFY)
    stage.settle()
    yield "60-nobody-to-find"
    stage.window.go(PageName.VERIFY)
    stage.settle()
    yield "61-nobody-enrolled"
    to_face(stage, "1001", "Maria Okoye")
    stage.settle()
    yield "62-no-camera"


def main(arguments: list[str]) -> int:
    """Draws everything into the folder."""
    out = Path(arguments[0] if arguments else OUTPUT)
    languages = arguments[1:] or ["en"]
    application = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(application, QApplication)
    for language in languages:
        with tempfile.TemporaryDirectory() as folder:
            stage = Stage(application, Path(folder), language)
            size = os.environ.get("MLID_PICTURE", "")
            if size:
                stage.window.resize(*(int(side) for side in size.split("x")))
            try:
                for name in journey(stage):
                    take(stage, out, f"{name}-{language}" if language != "en" else name)
            finally:
                stage.close()
    return 0


def save(picture: QImage, path: Path) -> None:
    """As a PNG of 256 colours, which halves its size and cannot be seen."""
    plain = picture.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(plain.constBits(), np.uint8).reshape(plain.height(), plain.bytesPerLine())
    pixels = rows[:, : plain.width() * 3].reshape(plain.height(), plain.width(), 3)
    Image.fromarray(pixels).quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
