"""The charts of the page of figures: what stands on them is seen whole."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from mlid_desktop.gui.figures.charts import STRIP_HEIGHT, BarChart, StripChart
from mlid_desktop.gui.figures.presenter import Bar, Slot, Strip
from mlid_desktop.gui.theme.style import Theme
from mlid_desktop.gui.theme.tokens import Tone


def painted(widget: QWidget) -> QImage:
    return widget.grab().toImage()


def test_the_last_name_of_an_axis_is_not_cut_off(theme: Theme, qtbot: QtBot) -> None:
    chart = StripChart(theme)
    qtbot.addWidget(chart)
    slots = tuple(Slot(name) for name in (*"0123456789ab", "rather other"))
    chart.show_strips([Strip("Checked", "verify", Tone.ACCENT, slots, "none", "Checked: none")])
    chart.setStyleSheet("background: white")
    chart.resize(700, chart.sizeHint().height())
    picture = painted(chart)
    axis = range(STRIP_HEIGHT + 2, picture.height())
    assert all(picture.pixelColor(picture.width() - 1, line).lightness() > 200 for line in axis)
    assert any(picture.pixelColor(picture.width() - 12, line).lightness() < 200 for line in axis)


def test_a_name_and_a_figure_of_a_bar_are_whole_where_there_is_room(theme: Theme, qtbot: QtBot) -> None:
    chart = BarChart(theme)
    qtbot.addWidget(chart)
    written: list[tuple[str, float]] = []
    name, figure = "Enrolment ended unsaved: Somebody very similar is enrolled already", "too few to show"
    chart.show_bars([Bar(name, 0.0, figure)])
    chart.resize(900, chart.sizeHint().height())
    write = chart.write

    def noted(painter: QPainter, box: QRectF, words: str, *, at_end: bool = False, colour: str = "text") -> None:
        written.append((words, box.width() - painter.fontMetrics().horizontalAdvance(words)))
        write(painter, box, words, at_end=at_end, colour=colour)

    chart.write = noted  # type: ignore[method-assign] # as it is, and noted
    painted(chart)
    assert [words for words, _ in written] == [name, figure]
    assert all(left >= 0 for _, left in written)
