"""A real browser, driven by its own WebDriver (W3C) over HTTP: Debian's Chromium. Tests skip where it is not there."""

from __future__ import annotations

import functools
import http.client
import http.server
import json
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
TAB, ENTER = "\ue004", "\ue007"
REPLY_S = 120.0
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def browser_programs() -> tuple[str, str]:
    """Chromium and its driver; skips the test, saying why, where one is missing."""
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    driver = shutil.which("chromedriver")
    if browser is None or driver is None:
        pytest.skip("no Chromium with its driver on this machine (Debian: chromium, chromium-driver)")
    return browser, driver


class Browser:
    """One browser with a profile of its own. Each method waits for the browser."""

    def __init__(self, folder: Path, arguments: Sequence[str] = ()) -> None:
        browser, driver = browser_programs()
        self._process = subprocess.Popen(
            [driver, "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=folder
        )
        assert self._process.stdout is not None
        started = (re.search(r"successfully on port (\d+)", line) for line in self._process.stdout)
        self._port = int(next(found for found in started if found)[1])
        given = [
            f"--user-data-dir={folder / 'browser'}",
            "--no-first-run",
            "--headless=new",
            "--window-size=1100,900",
            *arguments,
        ]
        given += ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []  # it refuses root else
        options = {"binary": browser, "args": given}
        asked = {"capabilities": {"alwaysMatch": {"goog:chromeOptions": options}}}
        self._session = ""
        self._session = f"/session/{self._call('POST', '/session', asked)['sessionId']}"

    def close(self) -> None:
        """Ends the browser and its driver."""
        if self._session:
            self._call("DELETE", "")
        self._process.terminate()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def go(self, address: str) -> None:
        """Opens a page."""
        self._call("POST", "/url", {"url": address})

    def run(self, script: str, *arguments: Any) -> Any:
        """What a script in the page returns; a promise is waited for."""
        return self._call("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def text(self, selector: str) -> str:
        """What a part of the page says as it is shown, empty where it is not."""
        script = (
            "const part = document.querySelector(arguments[0]); return part?.checkVisibility() ? part.innerText : ''"
        )
        return str(self.run(script, selector))

    def press(self, keys: str) -> None:
        """Types with the keyboard into whatever has the focus."""
        strokes = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        self._call("POST", "/actions", {"actions": [{"type": "key", "id": "keys", "actions": strokes}]})

    def tab_to(self, selector: str) -> None:
        """Goes with Tab until this has the focus."""
        for _ in range(30):
            if self.run("return document.activeElement.matches(arguments[0])", selector):
                return
            self.press(TAB)
        raise AssertionError(f"the keyboard does not reach {selector}")

    def allow(self, permission: str, *, allowed: bool) -> None:
        """Answers what the browser would ask the person."""
        state = "granted" if allowed else "denied"
        self._call("POST", "/permissions", {"descriptor": {"name": permission}, "state": state})

    def new_page(self) -> str:
        """Opens another page beside, and goes to it; gives its handle."""
        handle = str(self._call("POST", "/window/new", {"type": "tab"})["handle"])
        self.turn_to(handle)
        return handle

    def turn_to(self, handle: str) -> None:
        """Goes to a page that is open."""
        self._call("POST", "/window", {"handle": handle})

    @property
    def handle(self) -> str:
        """The handle of the page that is shown."""
        return str(self._call("GET", "/window"))

    def picture(self) -> str:
        """What is shown, as PNG in base64."""
        return str(self._call("GET", "/screenshot"))

    def _call(self, method: str, path: str, content: object = None) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=REPLY_S)
        try:
            body = None if method == "GET" else json.dumps(content or {}).encode()
            connection.request(method, f"{self._session}{path}", body, {"Content-Type": "application/json"})
            told = json.loads(connection.getresponse().read())["value"]
        finally:
            connection.close()
        if isinstance(told, dict) and "error" in told:
            raise AssertionError(f"{told['error']}: {told['message']}")
        return told


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        """Nothing."""


_Quiet.extensions_map = {**http.server.SimpleHTTPRequestHandler.extensions_map, ".mjs": "text/javascript"}


@contextmanager
def served_folder(folder: Path) -> Iterator[str]:
    """The origin of a web server that serves a folder."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://localhost:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
