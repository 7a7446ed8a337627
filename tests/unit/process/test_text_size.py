"""The window's text follows the system's, as far as the screen has room for the window."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mlid_desktop.process.text_size import bounded_scale, read_factor, wanted_scale
from tests.makers import ROOT

ON_X11 = """
from PySide6.QtWidgets import QApplication
application = QApplication([])
print(application.primaryScreen().devicePixelRatio())
"""


@pytest.mark.parametrize(
    ("wanted", "screen", "scale"),
    [
        (1.0, (1920, 1080), 1.0),
        (0.8, (1920, 1080), 1.0),
        (1.5, (1920, 1080), 1.5),
        (2.25, (1920, 1080), 2.0),
        (2.0, (1366, 768), 768 / 540),
        (1.25, None, 1.25),
        (3.0, None, 1.4),
    ],
)
def test_the_window_keeps_the_room_that_it_needs(wanted: float, screen: tuple[int, int] | None, scale: float) -> None:
    assert bounded_scale(wanted, screen) == pytest.approx(scale)


@pytest.mark.parametrize(("said", "factor"), [("1.25\n", 1.25), ("", 1.0), ("nan", 1.0), ("-3", 1.0), ("1e9", 1.0)])
def test_what_is_no_factor_changes_nothing(said: str, factor: float) -> None:
    assert read_factor(said) == factor


@pytest.mark.skipif(sys.platform == "win32", reason="asks a program of the desktop")
def test_a_wayland_desktop_is_asked_and_one_that_does_not_answer_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    wayland = {"WAYLAND_DISPLAY": "wayland-0"}
    assert wanted_scale(wayland) == 1.0
    asked = tmp_path / "gsettings"
    asked.write_text("#!/bin/sh\necho 1.25\n", encoding="ascii")
    asked.chmod(asked.stat().st_mode | stat.S_IXUSR)
    assert wanted_scale(wayland) == 1.25
    assert wanted_scale({}) == 1.0
    assert wanted_scale({**wayland, "QT_QPA_PLATFORM": "xcb"}) == 1.0


@pytest.fixture
def display() -> Iterator[dict[str, str]]:
    """A virtual X11 display that keeps what is set on it."""
    if shutil.which("Xvfb") is None or shutil.which("xprop") is None:
        pytest.skip("needs Xvfb and xprop")
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-noreset", "-screen", "0", "1280x800x24", "-nolisten", "tcp"]
    with subprocess.Popen(command, pass_fds=(write,), stderr=subprocess.DEVNULL) as screen:
        os.close(write)
        with os.fdopen(read) as number:
            display = f":{number.readline().strip()}"
        yield {**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}
        screen.terminate()


def test_on_x11_the_toolkit_follows_by_itself(display: dict[str, str]) -> None:
    said = ["xprop", "-root", "-f", "RESOURCE_MANAGER", "8s", "-set", "RESOURCE_MANAGER", "Xft.dpi:\t120\n"]
    subprocess.run(said, env=display, check=True)
    told = subprocess.run(
        [sys.executable, "-c", ON_X11], cwd=ROOT, env=display, capture_output=True, text=True, check=True
    )
    assert float(told.stdout) == 1.25
