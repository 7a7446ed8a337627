"""The page of figures in the real window: one table in pictures, words and a file."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from mlid_desktop.gui.figures.charts import BarChart, SpreadChart, StripChart
from mlid_desktop.gui.figures.page import FiguresPage
from mlid_desktop.gui.figures.presenter import FiguresScreen
from mlid_desktop.gui.home.page import HomePage
from mlid_desktop.gui.page.navigation import PageName
from mlid_desktop.station.figures.period import PeriodKind
from tests.gui.stage import SECOND, SECOND_PASSPHRASE, Stage
from tests.gui.steps import buttons, count_days, told


def shown(stage: Stage) -> FiguresPage:
    page = stage.view(PageName.FIGURES)
    assert isinstance(page, FiguresPage)
    return page


def test_pictures_words_and_file_say_the_same(demo: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    demo.press(Qt.Key.Key_F10, demo.window)
    page = shown(demo)
    demo.until(lambda: "Nothing was counted" in told(page))
    assert not buttons(page, "Show"), "a longer time would show nothing either"
    for tool in (page.as_table, page.save):
        assert not tool.isEnabled()
        assert tool.accessibleDescription() == "Nothing was counted in this time"
    count_days(demo, 1)
    demo.press(Qt.Key.Key_Escape)
    demo.press(Qt.Key.Key_F10, demo.window)
    assert page.first() is page.kinds[PeriodKind.DAY]
    demo.until(lambda: len(buttons(page, "Show")) == 1)
    page.before.click()
    demo.settle()
    (strips,) = page.findChildren(StripChart)
    assert "Check accepted: 20" in strips.accessibleName()
    assert "Check rejected: 6" in strips.accessibleName()
    (bars,) = page.findChildren(BarChart)
    assert bars.accessibleName().endswith(" 6")
    assert len(page.findChildren(SpreadChart)) == 2
    page.as_table.click()
    assert page.table.isVisible()
    assert not page.reading.isVisible()
    assert page.as_table.text() == "As pictures"
    words = [
        [page.table.model().index(row, column).data() for column in range(page.table.columnCount())]
        for row in range(page.table.rowCount())
    ]
    assert ["09:00–10:00", "12"] in [line[1:3] for line in words]
    assert ["other hours of the day", "8"] in [line[1:3] for line in words]
    assert "too few to show" in [line[2] for line in words]
    out = tmp_path / "figures.csv"
    page.choose_file = lambda *_: str(out)
    page.save.click()
    demo.settle()
    rows = list(csv.DictReader(out.read_text().splitlines()))
    assert len(rows) == len(words)
    assert [row["number"] for row in rows if row["what"] == "verification.decided"] == ["12", "8", "6", ""]
    assert str(out) in page.notice.text
    page.before.click()
    demo.until(lambda: not page.table.isVisible())  # nothing was counted then
    page.after.click()
    demo.until(page.table.isVisible)  # a table that was asked for is there again where there is anything in it
    titles: list[str] = []
    show_screen = page.show_screen

    def note(screen: FiguresScreen, longer: PeriodKind | None = None) -> None:
        titles.append(screen.title)
        show_screen(screen, longer)

    monkeypatch.setattr(page, "show_screen", note)
    page.before.click()
    page.kinds[PeriodKind.DAY].click()  # before the other day is read: that one is not shown any more
    demo.settle()
    assert len(titles) == 1
    page.before.click()
    demo.until(page.table.isVisible)
    page.as_table.click()
    assert page.reading.isVisible()
    assert page.as_table.text() == "As a table"
    page.after.click()
    demo.settle()
    assert not page.after.isEnabled()
    demo.press(Qt.Key.Key_Escape)
    assert demo.window.current is demo.view(PageName.HOME)


def test_whoever_is_at_the_desk_alone_sees_none(demo: Stage) -> None:
    demo.window.lock()
    demo.workspace.open(demo.folder, SECOND, SECOND_PASSPHRASE, demo._refused)
    demo.until(lambda: bool(demo.window.pages) and bool(demo.workspace.engine_faults))
    home = demo.view(PageName.HOME)
    assert isinstance(home, HomePage)
    assert not [button for button in home.findChildren(QPushButton) if button.accessibleName().startswith("Figures")]
    demo.window.go(PageName.FIGURES)
    demo.settle()
    page = shown(demo)
    assert "Supervisors and auditors" in page.notice.text
    assert not page.save.isVisible()
    assert not page.findChildren(StripChart)
