"""The example web page in a browser, beside the window that it asks."""

from __future__ import annotations

from importlib import resources

import pytest

from tests.browser import ENTER, Browser
from tests.gui.clinic import Clinic


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

    def until_offered(self, selector: str) -> None:
        """The page shows this part: of a desk that knows it no more it hears within seconds."""
        self.clinic.stage.until(lambda: self.clinic.meanwhile(lambda: bool(self.browser.text(selector).strip())))

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
