"""A row of buttons that goes on in the next line where a language or a small window leaves too little room."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget


class WrappingRow(QLayout):
    """Items side by side at the size they ask for, in as many lines as the width needs, from the side that reading
    begins at, and in the middle of their line. ``spacing`` in pixels, between items, and between lines unless those
    have ``apart``."""

    def __init__(self, spacing: int, apart: int | None = None) -> None:
        super().__init__()
        self._items: list[QLayoutItem] = []
        self._apart = spacing if apart is None else apart
        self.setSpacing(spacing)
        self.setContentsMargins(0, 0, 0, 0)

    def addItem(self, item: QLayoutItem, /) -> None:  # noqa: N802 - Qt's name
        """Put an item after the others."""
        self._items.append(item)

    def count(self) -> int:
        """Number of items."""
        return len(self._items)

    def itemAt(self, index: int, /) -> QLayoutItem | None:  # noqa: N802 - Qt's name
        """The item of an index, None past the last."""
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int, /) -> QLayoutItem | None:  # noqa: N802 - Qt's name
        """Remove the item of an index and return it, None past the last."""
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def widgets(self) -> list[QWidget]:
        """The widgets in it, hidden ones too."""
        return [widget for item in self._items if (widget := item.widget()) is not None]

    def expandingDirections(self) -> Qt.Orientation:  # noqa: N802 - Qt's name
        """Neither: the row takes the height that its lines need."""
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:  # noqa: N802 - Qt's name
        """The height depends on the width."""
        return True

    def heightForWidth(self, width: int, /) -> int:  # noqa: N802 - Qt's name
        """Height in pixels of all lines at a width."""
        return self._arranged(QRect(0, 0, width, 0), move=False)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """The size of the smallest arrangement: the widest item alone in a line."""
        return self.minimumSize()

    def minimumSize(self) -> QSize:  # noqa: N802 - Qt's name
        """Room for the largest item."""
        size = QSize()
        for item in self._items:
            size = size.expandedTo(item.minimumSize())
        return size

    def setGeometry(self, area: QRect, /) -> None:  # noqa: N802 - Qt's name
        """Arrange the items within an area."""
        super().setGeometry(area)
        self._arranged(area, move=True)

    def _arranged(self, area: QRect, *, move: bool) -> int:
        """Places the items where ``move`` says so; the height that they take."""
        y = 0
        for line in self._lines(area.width()):
            x, height = 0, max(item.sizeHint().height() for item in line)
            for item in line:
                size = item.sizeHint()
                if move:
                    spot = QRect(area.topLeft() + QPoint(x, y + (height - size.height()) // 2), size)
                    item.setGeometry(self._mirrored(spot, area))
                x += size.width() + self.spacing()
            y += height + self._apart
        return max(0, y - self._apart)

    def _lines(self, width: int) -> list[list[QLayoutItem]]:
        """The items that take room, a list for each line that a width needs."""
        lines, x = list[list[QLayoutItem]](), 0
        for item in self._items:
            if item.isEmpty():  # a hidden widget takes no room
                continue
            if not lines or (x and x + item.sizeHint().width() > width):
                lines.append([])
                x = 0
            lines[-1].append(item)
            x += item.sizeHint().width() + self.spacing()
        return lines

    def _mirrored(self, spot: QRect, area: QRect) -> QRect:
        parent = self.parentWidget()
        if not isinstance(parent, QWidget) or parent.layoutDirection() is not Qt.LayoutDirection.RightToLeft:
            return spot
        return QRect(area.right() - (spot.right() - area.left()), spot.top(), spot.width(), spot.height())
