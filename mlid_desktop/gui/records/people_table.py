"""The list of people: its columns, those of the site among them, sorted and as wide as somebody made them."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Final

import numpy as np
from PySide6.QtCore import (
    QAbstractTableModel,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from mlid_desktop.domain.subjects import SubjectSummary
from mlid_desktop.gui.records.presenter import columns_of, record_row
from mlid_desktop.gui.state.people_index import Indices, Order
from mlid_desktop.gui.theme.style import Theme
from mlid_desktop.site_fields.schema import FieldSchema, Shown
from mlid_desktop.station.configuration.list_layout import ListLayout
from mlid_desktop.station.text.language import Language

ROW_HEIGHT = 44
HEAD_INSET, ARROW_GAP, ARROW = 15, 6, 14  # pixels
LEAST_COLUMN = 64  # pixels: no column can be made narrower
NEEDED: Final[dict[str, int]] = {
    Order.NUMBER: 96,
    Order.NAME: 136,
    Order.ENROLLED: 148,
    Order.KEPT: 120,
}  # pixels, and no less than its head
NEEDED_OF_FIELD = 120
SHARES: Final[dict[str, int]] = {Order.NAME: 3, Order.KEPT: 2}  # of the room that is over; of every other column one
AnyIndex = QModelIndex | QPersistentModelIndex


class PeopleModel(QAbstractTableModel):
    """A table model of people; only what is on screen is asked for and put into words."""

    def __init__(self, language: Language) -> None:
        super().__init__()
        self._language = language
        self.columns = columns_of(FieldSchema(), language)
        self._people: tuple[SubjectSummary, ...] = ()
        self._indices: Indices = np.empty(0, dtype=np.int64)

    def show_people(self, people: tuple[SubjectSummary, ...], indices: Indices, schema: FieldSchema) -> None:
        """Shows the people at these indices, in this order, with the fields of the schema that lists show."""
        self.beginResetModel()
        self._people, self._indices = people, indices
        self.columns = columns_of(schema, self._language)
        self.endResetModel()

    def person(self, index: int) -> SubjectSummary:
        """The person in this row."""
        return self._people[int(self._indices[index])]

    def row_of(self, subject_id: str) -> int:
        """The row of this person; -1 where there is none."""
        found = (at for at, index in enumerate(self._indices.tolist()) if self._people[index].subject_id == subject_id)
        return next(found, -1)

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008, N802 - Qt's signature
        """The number of people that are listed."""
        return 0 if parent.isValid() else len(self._indices)

    def columnCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008, N802 - Qt's signature
        """The number of columns: number, name, date, characteristics, and the site's own."""
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """A cell's text, also for screen readers."""
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            return None
        person, known = self.person(index.row()), self.columns[index.column()].known
        if known is not None:
            value, language = dict(person.fields).get(known.key, ""), self._language
            return known.masked(value, language.code, Shown.LIST, language.day)
        shown = record_row(person, self._language)
        return (shown.number, shown.name, shown.enrolled, shown.kept)[index.column()]

    def headerData(  # noqa: N802 - Qt's name
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        """The text and alignment of a column's head."""
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter)  # over its cells
        if orientation is Qt.Orientation.Horizontal and role in (
            Qt.ItemDataRole.DisplayRole,
            Qt.ItemDataRole.ToolTipRole,
        ):
            return self.columns[section].head
        return None


class SortedHeads(QHeaderView):
    """The heads of a list, with an arrow right after the word of the column that it is sorted by."""

    def __init__(self, theme: Theme, model: PeopleModel, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._theme, self._people = theme, model

    def paintSection(self, painter: QPainter, rect: QRect, section: int) -> None:  # noqa: N802 - Qt's name
        """Paints a head, and the arrow where the list is sorted by it."""
        super().paintSection(painter, rect, section)
        if section != self.sortIndicatorSection():
            return
        word = self._people.columns[section].head
        along = min(HEAD_INSET + self.fontMetrics().horizontalAdvance(word) + ARROW_GAP, rect.width() - ARROW)
        mirrored = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
        left = rect.right() - along - ARROW if mirrored else rect.left() + along
        box = QRectF(left, rect.center().y() - ARROW / 2, ARROW, ARROW)
        painter.save()
        if self.sortIndicatorOrder() is Qt.SortOrder.AscendingOrder:  # it points to the least
            painter.translate(0, 2 * box.center().y())
            painter.scale(1, -1)
        self._theme.drawing("down", "muted").render(painter, box)
        painter.restore()


class PeopleTable(QTableView):
    """A table with one person a row; Enter opens, typing goes to the search field, a head sorts and its edge makes the
    column wider. ``laid_out`` tells that somebody changed the ``layout_kept``."""

    laid_out = Signal()

    def __init__(self, theme: Theme, model: PeopleModel, name: str, kept: ListLayout) -> None:
        super().__init__()
        self.setHorizontalHeader(SortedHeads(theme, model, self))
        self._model, self.layout_kept, self._fitting = model, kept, False
        self.setModel(model)
        model.modelAboutToBeReset.connect(partial(self._set_fitting, True))  # Qt shares the room out, nobody else
        model.modelReset.connect(partial(self._set_fitting, False))
        self.setAccessibleName(name)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)  # the site's fields may not fit beside
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        heads = self.horizontalHeader()
        heads.setHighlightSections(False)
        heads.setTextElideMode(Qt.TextElideMode.ElideRight)
        heads.setMinimumSectionSize(LEAST_COLUMN)
        heads.setSectionsClickable(True)
        heads.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        heads.setStretchLastSection(True)
        heads.sectionResized.connect(self._resized)
        heads.sectionHandleDoubleClicked.connect(self._reset)
        self.fit_columns()

    def fit_columns(self) -> None:
        """Gives each column the width that somebody gave it; of the room that is over the others have their shares."""
        columns, kept = self._model.columns, self.layout_kept.widths
        needed = [self._needed(section) for section in range(len(columns))]
        widths = [max(LEAST_COLUMN, kept.get(known.key, least)) for known, least in zip(columns, needed, strict=True)]
        shares = [0 if known.key in kept else SHARES.get(known.key, 1) for known in columns]
        over = max(0, self.viewport().width() - sum(widths)) / max(1, sum(shares))
        self._set_fitting(True)
        for section, (width, share) in enumerate(zip(widths, shares, strict=True)):
            self.setColumnWidth(section, width + int(over * share))
        self._set_fitting(False)

    def _set_fitting(self, fitting: bool) -> None:
        """Whether columns change by themselves just now: that is not kept."""
        self._fitting = fitting

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Shares the room out anew."""
        super().resizeEvent(event)
        self.fit_columns()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """An arrow chooses somebody where nobody is chosen: Qt would pass over the row that it has come to."""
        is_arrow = event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up)
        if is_arrow and self.model().rowCount() and not self.selectionModel().hasSelection():
            self.choose(max(0, self.currentIndex().row()))
        else:
            super().keyPressEvent(event)

    def choose(self, index: int) -> None:
        """Selects a row, in either reading direction."""
        rows = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
        self.selectionModel().setCurrentIndex(self.model().index(index, 0), rows)

    def _needed(self, section: int) -> int:
        known = self._model.columns[section]
        usual = NEEDED_OF_FIELD if known.known is not None else NEEDED[known.key]
        return max(usual, self.horizontalHeader().sectionSizeFromContents(section).width())

    def _resized(self, section: int, _before: int, width: int) -> None:
        """Somebody made a column wider or narrower; the last one only fills what is left."""
        if not self._fitting and section < len(self._model.columns) - 1:
            key = self._model.columns[section].key
            self._keep(replace(self.layout_kept, widths={**self.layout_kept.widths, key: width}))

    def _reset(self, section: int) -> None:
        """A double click on the edge of a head: the column is as wide as it was."""
        key = self._model.columns[section].key
        others = {name: width for name, width in self.layout_kept.widths.items() if name != key}
        self._keep(replace(self.layout_kept, widths=others))
        self.fit_columns()

    def sort_by(self, order: str, *, backwards: bool) -> None:
        """Marks the column that the list is sorted by, and keeps it."""
        self.mark_order(order, backwards=backwards)
        self._keep(replace(self.layout_kept, order=order, backwards=backwards))

    def mark_order(self, order: str, *, backwards: bool) -> None:
        """Marks the column that the list is sorted by."""
        way = Qt.SortOrder.DescendingOrder if backwards else Qt.SortOrder.AscendingOrder
        keys = [known.key for known in self._model.columns]
        self.horizontalHeader().setSortIndicator(keys.index(order) if order in keys else -1, way)

    def _keep(self, changed: ListLayout) -> None:
        if changed != self.layout_kept:
            self.layout_kept = changed
            self.laid_out.emit()
