"""The window on the screen of a desk: a small one is filled, and nothing of the window lies outside it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mlid_desktop.gui.home.page import HomePage
from mlid_desktop.gui.page.device_status import Lamp
from mlid_desktop.gui.page.navigation import PageName
from mlid_desktop.gui.theme.tokens import ThemeName, Tone
from mlid_desktop.gui.window.top_bar import DeviceStrip, LampSign
from tests.architecture.sources import ROOT
from tests.gui.stage import Stage

FRAME = 8  # pixels that the borders of a window that fills a screen may take
SHOWN = """
from PySide6.QtWidgets import QApplication
from mlid_desktop.gui.theme.style import Theme
from mlid_desktop.gui.theme.tokens import ThemeName
from mlid_desktop.gui.window.main_window import MainWindow
from mlid_desktop.station.configuration.resources import resource_folder
application = QApplication([])
theme = Theme(resource_folder())
theme.apply(application, ThemeName.LIGHT)
window = MainWindow(theme)
window.show_fitting()
application.processEvents()
print(window.width(), window.height())
"""


@pytest.mark.parametrize(
    ("screen", "shown"),
    [
        ((1024, 768), (1024, 768)),
        ((1366, 768), (1280, 720)),
        ((1366, 740), (1366, 740)),
        ((1280, 720), (1280, 720)),
        ((960, 540), (960, 540)),
        ((1920, 1080), (1280, 720)),
    ],
)
def test_the_window_lies_on_its_screen(tmp_path: Path, screen: tuple[int, int], shown: tuple[int, int]) -> None:
    (tmp_path / "screens.json").write_text(
        json.dumps({"screens": [{"name": "desk", "x": 0, "y": 0, "width": screen[0], "height": screen[1]}]})
    )
    platform = f"offscreen:configfile={tmp_path / 'screens.json'}"
    environment = {**os.environ, "QT_QPA_PLATFORM": platform, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", SHOWN]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=True)
    for side, most in zip(map(int, done.stdout.split()), shown, strict=True):
        assert most - FRAME <= side <= most


def test_another_look_leaves_the_tiles_of_the_home_page_as_they_are(stage: Stage) -> None:
    stage.create_vault()
    stage.window.go(PageName.HOME)
    stage.settle()
    page = stage.view(PageName.HOME)
    assert isinstance(page, HomePage)
    before = [tile.height() for tile in page._tiles]
    for name in ThemeName:
        stage.theme.apply(stage.application, name)
        stage.settle()
        assert [tile.height() for tile in page._tiles] == before
        assert all(tile.childrenRect().bottom() < tile.height() for tile in page._tiles), "no letter is cut"


def test_what_is_done_with_people_all_day_weighs_more_than_the_rest_at_every_size(stage: Stage) -> None:
    stage.create_vault()
    stage.window.go(PageName.HOME)
    page = stage.view(PageName.HOME)
    assert isinstance(page, HomePage)
    for size in ((1366, 768), (1024, 768), (960, 540)):
        stage.window.resize(*size)
        stage.settle()
        assert min(tile.height() for tile in page._main.tiles) > max(tile.height() for tile in page._further.tiles)
        assert len({tile.height() for tile in page._main.tiles}) == 1
        for tile in page._tiles:
            assert tile.rect().contains(tile.childrenRect()), "no sign and no letter is cut"


def test_what_all_devices_share_is_said_once_and_each_has_one_sign(stage: Stage) -> None:
    stage.create_vault()
    (strip,) = stage.window.findChildren(DeviceStrip)
    stage.until(lambda: strip.words.text() == "simulated")
    signs = [sign for sign in strip.findChildren(LampSign) if sign.isVisible()]
    assert len(signs) == 3
    assert strip._shared.isVisible()
    for sign in signs:
        assert sign.accessibleName() == sign.toolTip()
        assert not sign._marked
    ready = Lamp("camera", "Camera", Tone.ACCEPTED, "Camera: ready", "ready")
    gone = Lamp("finger", "Finger", Tone.INCONCLUSIVE, "Finger: not connected", "not connected")
    strip.show_lamps((ready, gone))
    stage.settle()
    assert not strip._shared.isVisible()
    assert [sign._marked for sign in strip.findChildren(LampSign) if sign.isVisible()] == [False, True]
    assert strip.words.text() == "Finger: not connected"
