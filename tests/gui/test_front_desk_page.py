"""The example web page in a real browser asks the real window, on a virtual display where there is one: pairing, an
enrolment, a check, and whatever goes wrong, by the keyboard alone."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from mlid_desktop.domain.subjects import ExceptionReason
from mlid_desktop.gui.page.navigation import PageName
from mlid_desktop.gui.verify.view import VerifyView
from tests.browser import ENTER, Browser, browser_programs, served_folder
from tests.gui.clinic import Clinic, opener_of
from tests.gui.stage import HAND_MS, PASSPHRASE, ROOT, Stage
from tests.gui.steps import enrol_view, person

ON_DISPLAY = "MLID_TEST_ON_DISPLAY"
LIMIT_S = 900
LINK = "return document.getElementById('link').href"


def axe() -> str:
    """The rules for web pages that everybody can use, as a script."""
    pytest.importorskip("axe_core_python")
    return (resources.files("axe_core_python") / "axe.min.js").read_text(encoding="utf-8")


class FrontDesk:
    """A clinic whose program is the example page in a browser."""

    def __init__(self, clinic: Clinic, browser: Browser, origin: str) -> None:
        self.clinic, self.browser, self.origin = clinic, browser, origin
        self.rules = axe()

    @property
    def address(self) -> str:
        return f"{self.origin}/examples/front-desk/index.html?port={self.clinic.program.port}"

    def open(self) -> None:
        self.clinic.meanwhile(lambda: self.browser.go(self.address))

    def until_said(self, words: str, selector: str = "#standing-title") -> None:
        """The page says this."""
        said = ""
        for _ in range(600):
            said = self.clinic.meanwhile(lambda: self.browser.text(selector))
            if words in said:
                return
            self.clinic.stage.wait(50)
        raise AssertionError(f"it says {said!r}")

    def type(self, selector: str, text: str) -> None:
        def typed() -> None:
            self.browser.run("document.querySelector(arguments[0]).value = ''", selector)
            self.browser.tab_to(selector)
            self.browser.press(text)

        self.clinic.meanwhile(typed)

    def push(self, selector: str) -> None:
        """By the keyboard."""

        def pushed() -> None:
            self.browser.tab_to(selector)
            self.browser.press(ENTER)

        self.clinic.meanwhile(pushed)

    def ask(self, kind: str, number: str, name: str = "") -> None:
        self.type("#number", number)
        if name:
            self.type("#name", name)
        self.push(f"button[value={kind}]")

    def asked(self, kind: str, number: str, name: str = "") -> None:
        """The window shows what the page asked."""
        self.ask(kind, number, name)
        self.until_said("Waiting for the operator")
        self.clinic.stage.until(self.clinic.bar.isVisible)

    def require_accessible(self) -> None:
        def violations() -> list[str]:
            self.browser.run(self.rules)
            found = self.browser.run("return axe.run()")["violations"]
            return [f"{broken['id']}: {broken['nodes'][0]['html']}" for broken in found]

        assert self.clinic.meanwhile(violations) == []


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
    stage.go_on()
    stage.until(view.details.isVisible)
    stage.wait(HAND_MS)
    stage.press(Qt.Key.Key_Return)
    stage.until(view.face.isVisible)
    view.face._skip_for(ExceptionReason.DEVICE_ABSENT)
    stage.until(view.fingers.isVisible)
    stage.press(Qt.Key.Key_Return)
    stage.until(lambda: bool(view.session.kept))
    stage.press(Qt.Key.Key_S)
    stage.press(Qt.Key.Key_Return)
    stage.until(view.voice.isVisible)
    stage.press(Qt.Key.Key_Return)
    stage.until(view.review.isVisible)
    stage.press(Qt.Key.Key_Return)
    stage.until(view.ended.isVisible)


@pytest.mark.skipif(
    os.environ.get(ON_DISPLAY) is None and shutil.which("Xvfb") is not None, reason="it runs on the virtual display"
)
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

    def open_url(address: str) -> bool:
        opened.append(address)
        return True

    opener_of(stage).open_url = open_url
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
    """The test above, in a process of its own on a virtual display."""
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
        which = f"{Path(__file__)}::{test_the_example_page_asks_the_window.__name__}"
        own = ["-p", "no:cacheprovider", "--basetemp", str(tmp_path / "inside")]
        command = [sys.executable, "-m", "pytest", "-q", *own, which]
        environment |= {ON_DISPLAY: "1"}
        ran = subprocess.run(
            command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=LIMIT_S, check=False
        )
        assert ran.returncode == 0, ran.stdout[-6000:] + ran.stderr[-2000:]
        assert "1 passed" in ran.stdout
    finally:
        display.terminate()
        display.wait()
