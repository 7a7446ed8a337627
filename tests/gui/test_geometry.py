"""No page or dialog of the window is cut off, covers part of itself or puts a control out of reach, in the languages
that need the most room. All languages, sizes and themes are measured by ``dev.py bench geometry``."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QScrollArea, QWidget

from mlid_desktop.gui.theme.style import style_sheet
from mlid_desktop.gui.theme.tokens import TOKENS, ThemeName
from mlid_desktop.gui.window.main_window import SMALLEST
from mlid_desktop.station.configuration.resources import resource_folder
from mlid_desktop.station.text.language import available_languages
from tests.gui.every_page import EveryPage
from tests.gui.geometry import Measure, faults
from tests.gui.stage import Stage

RESOURCES = resource_folder()
SIZES = (SMALLEST, QSize(1024, 768))
SHORTER = {"en", "pt"}  # than French and Spanish, by a tenth and a twentieth of all their letters
LONG = [code for code in available_languages(RESOURCES / "translations") if code not in SHORTER]
COLOUR = re.compile(r"#[0-9A-Fa-f]{6,8}")


@pytest.mark.parametrize("code", LONG)
def test_nothing_is_cut_off_covered_or_out_of_reach(qapp: QApplication, tmp_path: Path, code: str) -> None:
    stage = Stage(qapp, tmp_path, language=code, models=tmp_path / "no-models")
    measure = Measure(stage, SIZES)
    try:
        EveryPage(stage, measure.look).walk()
    finally:
        stage.close()
    assert not measure.found, "\n".join(measure.lines())


def test_what_is_measured_in_the_light_theme_holds_in_the_dark_one() -> None:
    themes = TOKENS
    light, dark = (style_sheet(themes[name]) for name in (ThemeName.LIGHT, ThemeName.DARK))
    assert light != dark
    assert COLOUR.sub("", light) == COLOUR.sub("", dark)


def holding(*parts: QWidget, size: QSize) -> QWidget:
    """A shown widget of this size with these in it, wherever they were put."""
    holder = QWidget()
    holder.setFixedSize(size)
    for part in parts:
        part.setParent(holder)
    holder.show()
    return holder


def test_each_kind_of_fault_is_found(qapp: QApplication) -> None:
    cut, button, far = QLabel("a long line of words"), QPushButton("here"), QPushButton("far away")
    cut.setGeometry(0, 0, 30, 20)
    button.setGeometry(10, 5, 160, 50)
    far.setGeometry(180, 60, 160, 50)
    holder = holding(cut, button, far, size=QSize(200, 120))
    found = " · ".join(faults(holder))
    assert "cut off: QLabel" in found
    assert "QLabel “a long line of words” (30x20) over QPushButton “here” (160x50)" in found
    assert "out of reach: QPushButton “far away”" in found
    holder.deleteLater()


def test_what_can_be_scrolled_down_to_is_in_reach_and_sideways_it_is_not(qapp: QApplication) -> None:
    content = QWidget()
    below, beside = QPushButton("below"), QPushButton("beside")
    for button, left, top in ((below, 10, 300), (beside, 170, 10)):
        button.setParent(content)
        button.setGeometry(left, top, 160, 50)
    content.resize(340, 400)
    area = QScrollArea()
    area.setWidget(content)
    area.setGeometry(0, 0, 200, 100)
    holder = holding(area, size=QSize(200, 100))
    assert list(faults(holder)) == ["scrolled to sideways: QPushButton “beside” (160x50)"]
    holder.deleteLater()
