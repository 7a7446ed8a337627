"""Icons are read once for each colour, and drawn in those of the theme in use."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication

from mlid_desktop.gui.theme.style import Theme
from mlid_desktop.gui.theme.tokens import ThemeName
from mlid_desktop.station.configuration.resources import resource_folder


def drawn(theme: Theme, icon: str, colour: str) -> QImage:
    picture = QImage(QSize(24, 24), QImage.Format.Format_ARGB32)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    theme.drawing(icon, colour).render(painter)
    painter.end()
    return picture


def test_an_icon_follows_the_theme_there_and_back(theme: Theme, qapp: QApplication) -> None:
    light, kept = drawn(theme, "tick", "text"), theme.drawing("tick", "text")
    assert theme.drawing("tick", "text") is kept
    theme.apply(qapp, ThemeName.DARK)
    dark, anew = drawn(theme, "tick", "text"), drawn(Theme(resource_folder(), ThemeName.DARK), "tick", "text")
    assert dark == anew
    assert dark != light
    theme.apply(qapp, ThemeName.LIGHT)
    assert drawn(theme, "tick", "text") == light
    assert drawn(theme, "tick", "accepted") != light
    assert drawn(theme, "cross", "text") != light
