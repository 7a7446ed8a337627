"""The example web page in a real browser asks the real window, on a virtual display where there is one: pairing, an
enrolment, a check, and whatever goes wrong, by the keyboard alone."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QPushButton

from mlid_desktop.domain.subjects import ExceptionReason
from mlid_desktop.gui.identify.view import IdentifyView
from mlid_desktop.gui.page.navigation import PageName
from mlid_desktop.gui.verify.view import VerifyView
from tests.browser import Browser, browser_programs, served_folder
from tests.gui.clinic import Clinic, opener_of
from tests.gui.front_desk import FrontDesk, axe
from tests.gui.journeys import answers
from tests.gui.stage import HAND_MS, PASSPHRASE, ROOT, SECOND, SECOND_PASSPHRASE, Stage
from tests.gui.steps import enrol_view, no_other_finger, person, saved, visible, without_voice

ON_DISPLAY = "MLID_TEST_ON_DISPLAY"
LIMIT_S = 900
LINK = "return document.getElementById('link').href"


@pytest.fixture
def front_desk(demo: Stage, tmp_path: Path) -> Iterator[FrontDesk]:
    clinic = Clinic(demo)
    clinic.serve()
    with served_folder(ROOT / "docs") as origin:
        browser = clinic.meanwhile(lambda: Browser(tmp_path))
        yield FrontDesk(clinic, browser, origin)
        clinic.meanwhile(browser.close)
    clinic.interface.close()
    clinic.close()


def enrol_whom_it_asks_for(stage: Stage) -> None:
    view = enrol_view(stage)
    stage.until(lambda: stage.window.current is view)
    person(stage, 1)
    stage.read()
    stage.go_on()
    stage.until(view.details.isVisible)
    stage.wait(HAND_MS)
    stage.press(Qt.Key.Key_Return)
    stage.until(view.face.isVisible)
    view.face._skip_for(ExceptionReason.DEVICE_ABSENT)
    stage.until(view.fingers.isVisible)
    stage.press(Qt.Key.Key_Return)
    stage.until(lambda: bool(view.session.kept))
    no_other_finger(stage, view)
    stage.press(Qt.Key.Key_Return)
    stage.until(view.voice.isVisible)
    without_voice(view)
    stage.until(view.review.isVisible)
    stage.press(Qt.Key.Key_Return)
    stage.until(view.ended.isVisible)


on_the_display = pytest.mark.skipif(
    os.environ.get(ON_DISPLAY) is None and shutil.which("Xvfb") is not None, reason="it runs on the virtual display"
)


def pair(front_desk: FrontDesk, ticked: frozenset[str] = frozenset()) -> None:
    """The page names the code that two people got for it."""
    code = front_desk.clinic.admit(front_desk.origin, "Clinic page", ticked)
    front_desk.until_offered("#pairing")
    front_desk.type("#code", code)
    front_desk.push("#pair button")
    front_desk.until_said("This page is paired")


def search(front_desk: FrontDesk) -> IdentifyView:
    """The operator opens the search that the page asks for, and captures a finger."""
    clinic, stage = front_desk.clinic, front_desk.clinic.stage
    stage.window.go(PageName.HOME)
    front_desk.push("button[value=identify]")
    front_desk.until_said("Waiting for the operator")
    stage.until(clinic.bar.isVisible)
    assert clinic.bar.text.text() == "Clinic page asks who somebody is."
    clinic.bar.open.click()
    view = stage.view(PageName.IDENTIFY)
    assert isinstance(view, IdentifyView)
    stage.until(view.isVisible)
    view._show(view.finger)
    stage.until(view.candidates.isVisible)
    return view


@on_the_display
def test_the_example_page_asks_who_somebody_is(front_desk: FrontDesk) -> None:
    stage = front_desk.clinic.stage
    saved(stage)
    front_desk.open()
    pair(front_desk)
    entries = stage.workspace.vault_worker.submit(stage.vault.audit.entries).result()
    front_desk.push("button[value=identify]")
    front_desk.until_said("This page may not ask that")
    assert not front_desk.clinic.bar.isVisible()
    assert stage.workspace.vault_worker.submit(stage.vault.audit.entries).result() == entries
    service = stage.workspace.unlocked.session.external_requests
    (known,) = stage.workspace.vault_worker.submit(service.callers).result()
    stage.workspace.vault_worker.submit(service.revoke, known.caller_id).result()
    front_desk.clinic.interface.refresh()
    pair(front_desk, frozenset({"searches", "number", "name"}))
    view = search(front_desk)
    assert not stage.primary().isEnabled()
    front_desk.until_said("The operator has opened it")
    say_it_is_the_first(stage, view)
    front_desk.until_said("The person was found")
    front_desk.until_said("No. 1001, Maria Okoye.", "#advice")
    front_desk.require_accessible()

    view = search(front_desk)  # nobody is named who is not the person
    answer_search(stage, view, "different")
    front_desk.until_said("There is no answer for you")
    assert "1001" not in front_desk.clinic.meanwhile(lambda: front_desk.browser.text("#standing"))

    search(front_desk)
    stage.window.go(PageName.HOME)  # left without an answer
    front_desk.until_said("The operator declined")


def answer_search(stage: Stage, view: IdentifyView, outcome: str) -> None:
    """A person compares the first candidate, and says so."""
    first = view.candidates.panel.first()
    assert isinstance(first, QPushButton)
    first.click()
    said = next(button for button in visible(stage, QAbstractButton) if button.property("outcome") == outcome)
    assert isinstance(said, QAbstractButton)
    said.click()
    view.candidates.panel.compared.setCurrentIndex(1)
    stage.go_on()


def say_it_is_the_first(stage: Stage, view: IdentifyView) -> None:
    """Two people say so."""
    with answers((SECOND, SECOND_PASSPHRASE)):
        answer_search(stage, view, "same")
        stage.until(lambda: stage.window.current is stage.view(PageName.HOME))


@on_the_display
def test_the_example_page_asks_the_window(front_desk: FrontDesk) -> None:
    clinic, stage = front_desk.clinic, front_desk.clinic.stage
    front_desk.open()
    front_desk.until_said("Not paired", "#desk")
    front_desk.require_accessible()
    front_desk.type("#code", "K7QPZ-3M9XA")
    front_desk.push("#pair button")
    front_desk.until_said("The desk cannot be reached")  # to a page that nobody admitted it says nothing
    code = clinic.admit(front_desk.origin, "Clinic page")
    front_desk.type("#code", "AAAAA-AAAAA")
    front_desk.push("#pair button")
    front_desk.until_said("That is not the code")
    front_desk.type("#code", code)
    front_desk.push("#pair button")
    front_desk.until_said("This page is paired")
    front_desk.until_said("Desk ready (demo)", "#desk")

    stage.window.go(PageName.HOME)
    front_desk.asked("enrol", "2002", "Maria Okoye")
    front_desk.require_accessible()
    clinic.bar.open.click()
    front_desk.until_said("The operator has opened it")
    enrol_whom_it_asks_for(stage)
    front_desk.until_said("The person is enrolled")
    front_desk.until_said("made for demonstration", "#demo")
    front_desk.require_accessible()

    stage.window.go(PageName.HOME)
    front_desk.asked("verify", "2002")
    clinic.bar.open.click()
    view = stage.view(PageName.VERIFY)
    assert isinstance(view, VerifyView)
    stage.until(lambda: view.isVisible() and view.finder.finder.field.text() == "2002")
    stage.go_on()
    front_desk.until_said("This is the person")

    stage.window.go(PageName.HOME)
    clinic.meanwhile(lambda: front_desk.browser.run("document.getElementById('lead').checked = true"))
    front_desk.asked("verify", "2002")
    assert clinic.meanwhile(lambda: front_desk.browser.run(LINK)).startswith("mlid:request/")
    clinic.bar.open.click()
    stage.until(lambda: view.isVisible() and view.finder.finder.field.text() == "2002")
    stage.go_on()
    stage.until(lambda: "Go back to" in clinic.bar.open.text())
    opened: list[str] = []

    opener_of(stage).open_page = lambda address, _failed: opened.append(address)
    clinic.bar.open.click()
    clinic.meanwhile(front_desk.browser.new_page)
    clinic.meanwhile(lambda: front_desk.browser.go(opened[0]))
    front_desk.until_said("This is the person")
    assert clinic.meanwhile(lambda: front_desk.browser.run("return location.href")) == opened[0].partition("#")[0]
    front_desk.open()

    stage.window.go(PageName.HOME)
    front_desk.asked("verify", "9999")
    first = clinic.meanwhile(lambda: front_desk.browser.handle)
    clinic.meanwhile(front_desk.browser.new_page)
    front_desk.open()
    front_desk.ask("verify", "2002")
    front_desk.until_said("The desk has another request of this page")
    clinic.meanwhile(lambda: front_desk.browser.turn_to(first))
    clinic.bar.open.click()
    front_desk.until_said("There is no answer for you")

    front_desk.asked("verify", "2002")
    clinic.bar.decline.click()
    front_desk.until_said("The operator declined")
    front_desk.push("#again")
    front_desk.until_said("Waiting for the operator")
    front_desk.open()  # loaded again, it goes on where it was
    front_desk.until_said("Waiting for the operator")
    front_desk.push("#cancel")
    front_desk.until_said("You took the request back")

    front_desk.asked("withdraw", "2002")
    clinic.bar.open.click()
    stage.until(lambda: stage.window.current is stage.view(PageName.RECORDS))
    clinic.withdraw()
    front_desk.until_said("Consent is withdrawn")

    stage.window.lock()
    front_desk.ask("verify", "2002")
    front_desk.until_said("The desk is locked")
    stage.workspace.open(stage.folder, "A. Clerk", PASSPHRASE, stage._refused)
    stage.until(lambda: stage.workspace.is_open)
    front_desk.push("#again")
    front_desk.until_said("Waiting for the operator")
    clinic.interface.close()
    front_desk.until_said("The desk cannot be reached")
    front_desk.require_accessible()


def test_the_example_page_asks_a_window_on_a_display(tmp_path: Path) -> None:
    """The tests above, in a process of its own on a virtual display."""
    browser_programs()
    axe()
    if shutil.which("Xvfb") is None:
        pytest.skip("no virtual display on this machine (Debian: xvfb)")
    read, write = os.pipe()
    screen = ["Xvfb", "-displayfd", str(write), "-screen", "0", "1400x1000x24", "-nolisten", "tcp"]
    display = subprocess.Popen(screen, pass_fds=(write,), stderr=subprocess.DEVNULL)
    try:
        os.close(write)
        with os.fdopen(read) as number:
            environment = {**os.environ, "DISPLAY": f":{number.readline().strip()}", "QT_QPA_PLATFORM": "xcb"}
        tests = (test_the_example_page_asks_the_window, test_the_example_page_asks_who_somebody_is)
        which = [f"{Path(__file__)}::{test.__name__}" for test in tests]
        own = ["-p", "no:cacheprovider", "--basetemp", str(tmp_path / "inside")]
        command = [sys.executable, "-m", "pytest", "-q", *own, *which]
        environment |= {ON_DISPLAY: "1"}
        ran = subprocess.run(
            command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=LIMIT_S, check=False
        )
        assert ran.returncode == 0, ran.stdout[-6000:] + ran.stderr[-2000:]
        assert f"{len(which)} passed" in ran.stdout
    finally:
        display.terminate()
        display.wait()
