"""Icons are read once for each colour, and drawn in those of the theme in use."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication

from mlid_desktop.gui.theme.style import Theme
from mlid_desktop.gui.theme.tokens import ThemeName
from mlid_desktop.gui.widgets.controls import Button
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


def ink_in_first_half(button: Button) -> int:
    """How much of a button's icon lies in the half that is to the left."""
    picture = button.icon().pixmap(button.iconSize()).toImage()
    half = picture.width() // 2
    return sum(picture.pixelColor(x, y).alpha() for x in range(half) for y in range(picture.height()))


def test_an_arrow_on_a_button_points_the_way_reading_goes(theme: Theme) -> None:
    button = Button(theme, "", "quiet", "back")
    to_the_left = ink_in_first_half(button)
    button.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    to_the_right = ink_in_first_half(button)
    assert to_the_left > 1.1 * to_the_right, "the head of the arrow has more ink than its shaft"
    button.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
    assert ink_in_first_half(button) == to_the_left
    button.deleteLater()
