"""What is wrong with how a window or dialog is laid out: cut off, squeezed, covered, out of reach."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QApplication,
    QComboBox,
    QHeaderView,
    QLabel,
    QLayout,
    QLineEdit,
    QScrollArea,
    QStackedWidget,
    QTableView,
    QWidget,
)

from mlid_desktop.gui.widgets.controls import ElidedLabel
from tests.gui.stage import Stage

SLACK = 1  # pixels that rounding may take
COMMON = 2  # pixels that neighbours may share: of their frames
LEAST_WORDS = 40  # pixels of a line that is cut where it is too long: less says nothing
FIELD_FRAME = 20  # pixels beside the text of a field
CONTROLS = (QAbstractButton, QLineEdit, QComboBox)


def faults(shown: QWidget) -> Iterator[str]:
    """All that is wrong, in words."""
    widgets = [widget for widget in (shown, *shown.findChildren(QWidget)) if widget.isVisible()]
    for widget in widgets:
        if is_cut_off(widget):
            yield f"cut off: {said_of(widget)}"
        if isinstance(widget, QHeaderView):
            yield from (f"cut off: the head “{words}”" for words in cut_heads(widget))
        if isinstance(widget, CONTROLS) and widget is not shown:
            yield from out_of_reach(widget, shown)
    yield from covered(shown, widgets)


def is_cut_off(widget: QWidget) -> bool:
    """Whether what stands on it takes more room than there is; a line that may be cut must leave a few letters."""
    if isinstance(widget, ElidedLabel):
        wanted = widget.fontMetrics().horizontalAdvance(widget.accessibleName())
        return widget.width() + SLACK < min(LEAST_WORDS, wanted)
    if isinstance(widget, QLabel) and widget.wordWrap():
        widest = max((widget.fontMetrics().horizontalAdvance(word) for word in widget.text().split()), default=0)
        return widget.heightForWidth(widget.width()) > widget.height() + SLACK or widest > widget.width() + SLACK
    if isinstance(widget, QLabel | QAbstractButton):
        hint, least = widget.sizeHint(), widget.minimumSizeHint()
        too_large = hint.width() > widget.width() + SLACK or least.height() > widget.height() + SLACK
        return bool(widget.text()) and too_large
    words = ""
    if isinstance(widget, QLineEdit):
        words = widget.placeholderText()
    elif isinstance(widget, QComboBox):
        words = widget.currentText()
    too_wide = widget.fontMetrics().horizontalAdvance(words) + FIELD_FRAME > widget.width() + SLACK
    return bool(words) and too_wide


def cut_heads(heads: QHeaderView) -> Iterator[str]:
    """The names of columns that do not fit their columns."""
    if heads.orientation() is not Qt.Orientation.Horizontal:
        return
    for section in range(heads.count()):
        if not heads.isSectionHidden(section) and heads.sectionSizeFromContents(section).width() > heads.sectionSize(
            section
        ):
            yield str(heads.model().headerData(section, Qt.Orientation.Horizontal))


def out_of_reach(control: QWidget, shown: QWidget) -> Iterator[str]:
    """Where a control lies outside what is seen, and cannot be scrolled to: down, but not sideways."""
    area = QRect(QPoint(0, 0), control.size())
    inside: QWidget = control
    while inside is not shown:
        parent = inside.parentWidget()
        if parent is None:
            return
        area.translate(inside.pos())
        scroll = parent.parentWidget()
        room = parent.rect().adjusted(-SLACK, -SLACK, SLACK, SLACK)
        if isinstance(scroll, QScrollArea) and scroll.viewport() is parent:
            if area.left() < room.left() or area.right() > room.right():
                yield f"scrolled to sideways: {said_of(control)}"
            if parent.height() + SLACK < min(area.height(), control.minimumSizeHint().height()):
                yield f"no room to scroll in: {said_of(control)}"
            area = parent.rect()  # wherever it is scrolled to
        elif isinstance(scroll, QAbstractScrollArea) and scroll.viewport() is parent:
            return  # a table shows what is in it
        elif not room.contains(area):
            yield f"out of reach: {said_of(control)}"
            return
        inside = parent


def covered(shown: QWidget, widgets: list[QWidget]) -> Iterator[str]:
    """What covers part of something else: neighbours in a layout, and words or controls wherever they lie."""
    for parent in widgets:
        layout = parent.layout()
        if layout is not None and not isinstance(parent, QStackedWidget):
            laid_out = [(item, item.geometry()) for item in placed(layout, parent) if item.isVisible()]
            yield from _pairs(laid_out)
    leaves = [
        (widget, seen_of(widget, shown))
        for widget in widgets
        if isinstance(widget, CONTROLS) or (isinstance(widget, QLabel) and widget.text())
    ]
    yield from _pairs([(widget, area) for widget, area in leaves if not area.isEmpty()])


def _pairs(laid_out: list[tuple[QWidget, QRect]]) -> Iterator[str]:
    for (item, area), (other, its_area) in combinations(laid_out, 2):
        common = area & its_area
        if common.width() <= COMMON or common.height() <= COMMON:
            continue
        if not (item.isAncestorOf(other) or other.isAncestorOf(item)):
            yield f"{said_of(item)} over {said_of(other)}"


def placed(layout: QLayout, parent: QWidget) -> Iterator[QWidget]:
    """The widgets of a layout and of those in it. Its items are not asked for: Qt deletes them with their widgets, and
    Python's end of such an item would be handed out for whatever comes to lie at its address."""
    for child in parent.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly):
        if layout.indexOf(child) >= 0:
            yield child
    for inner in layout.children():
        if isinstance(inner, QLayout):
            yield from placed(inner, parent)


def seen_of(widget: QWidget, shown: QWidget) -> QRect:
    """The part of it that is not outside of what it lies in, in the coordinates of what is shown."""
    area, inside = widget.rect(), widget
    while inside is not shown:
        area = area.translated(inside.pos())
        parent = inside.parentWidget()
        if parent is None:
            return area
        area &= parent.rect()
        inside = parent
    return area


def said_of(widget: QWidget) -> str:
    """A widget by its kind and its words."""
    words = getattr(widget, "text", str)() or widget.accessibleName() or widget.toolTip()
    if isinstance(widget, QComboBox):
        words = widget.currentText()
    elif isinstance(widget, QLineEdit):
        words = widget.placeholderText() or widget.accessibleName()
    elif isinstance(widget, QTableView):
        words = widget.accessibleName()
    return f"{type(widget).__name__} “{words}” ({widget.width()}x{widget.height()})"


class Measure:
    """Resizes what is shown at each look, and collects what is wrong with it at which sizes."""

    def __init__(self, stage: Stage, sizes: Sequence[QSize]) -> None:
        self._stage, self._sizes = stage, tuple(sizes)
        self.looks = 0
        self.found: dict[str, list[str]] = {}

    def look(self, name: str) -> None:
        """At the dialog in front, as large as its window lets it be; else at the window."""
        self.looks += 1
        dialog = QApplication.activeModalWidget()
        wanted = QSize() if dialog is None else dialog.size()
        for size in self._sizes:
            self._stage.window.resize(size)
            if dialog is not None:
                dialog.resize(wanted.boundedTo(size))
            self._stage.lay_out()
            shown = dialog or self._stage.window
            at = f"{size.width()}x{size.height()}"
            if shown.width() > size.width() or shown.height() > size.height():
                self._note(f"{name}: takes {shown.width()}x{shown.height()}", at)
            for fault in faults(shown):
                self._note(f"{name}: {fault}", at)

    def lines(self) -> list[str]:
        """What was found, a line each."""
        return [f"{fault} at {', '.join(dict.fromkeys(sizes))}" for fault, sizes in self.found.items()]

    def _note(self, fault: str, at: str) -> None:
        self.found.setdefault(fault, []).append(at)
