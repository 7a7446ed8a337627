"""The search for a person by number or name, from the keyboard or a scanner that types."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QItemSelectionModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QLineEdit, QTableView, QWidget

from mlid_desktop.domain.subjects import SubjectSummary
from mlid_desktop.gui.page.keys import RECEIPT_KEY
from mlid_desktop.gui.records.presenter import count_text, record_row
from mlid_desktop.gui.records.receipt_scan import ReceiptCodeDialog
from mlid_desktop.gui.state.people_index import Indices, Order, Part, PeopleIndex, Query
from mlid_desktop.gui.state.workspace import Workspace
from mlid_desktop.gui.widgets.controls import Button, ElidedLabel
from mlid_desktop.gui.widgets.elements import Icon, column, frame, row
from mlid_desktop.site_fields.schema import Shown, SiteField
from mlid_desktop.station.text.language import Language

ROW_HEIGHT, FIELD_WIDTH = 44, 170
FIELD_COLUMN = 120  # no column is narrower: what does not fit beside is scrolled to
MOST_FIELDS = 3  # of the site's own in the list: more leave no room for names
ORDERS = (Order.NUMBER, Order.NAME, Order.ENROLLED)  # of the columns that can be sorted by
AnyIndex = QModelIndex | QPersistentModelIndex


class PeopleModel(QAbstractTableModel):
    """A table model of people; only what is on screen is asked for and put into words."""

    def __init__(self, language: Language) -> None:
        super().__init__()
        text = language.text
        self._language = language
        self._usual = (text("Number"), text("Name"), text("Enrolled"), text("Enrolled with"))
        self._heads: tuple[str, ...] = self._usual
        self._listed: tuple[SiteField, ...] = ()
        self._mirrored = language.right_to_left
        self._people: tuple[SubjectSummary, ...] = ()
        self._indices: Indices = np.empty(0, dtype=np.int64)

    def show_people(
        self, people: tuple[SubjectSummary, ...], indices: Indices, listed: tuple[SiteField, ...] = ()
    ) -> None:
        """Shows the people at these indices, in this order, with the first of the site's fields that are ``listed``."""
        self.beginResetModel()
        self._people, self._indices, self._listed = people, indices, listed[:MOST_FIELDS]
        self._heads = (*self._usual, *(known.label(self._language.code) for known in self._listed))
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
        """The number of columns: number, name, date, characteristics."""
        return 0 if parent.isValid() else len(self._heads)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """A cell's text, also for screen readers."""
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            return None
        person = self.person(index.row())
        shown = record_row(person, self._language)
        cells = shown.number, shown.name, shown.enrolled, shown.kept
        if index.column() < len(cells):
            return cells[index.column()]
        known = self._listed[index.column() - len(cells)]
        return known.masked(dict(person.fields).get(known.key, ""), self._language.code, Shown.LIST)

    def headerData(  # noqa: N802 - Qt's name
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        """The text and alignment of a column's head."""
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if self._mirrored else Qt.AlignmentFlag.AlignLeft
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        if orientation is Qt.Orientation.Horizontal and role in (
            Qt.ItemDataRole.DisplayRole,
            Qt.ItemDataRole.ToolTipRole,
        ):
            return self._heads[section]
        return None


class PeopleTable(QTableView):
    """A table with one person a row; Enter opens, typing goes to the search field, a head sorts."""

    def __init__(self, model: PeopleModel, name: str) -> None:
        super().__init__()
        self.setModel(model)
        self.setAccessibleName(name)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)  # the site's fields may not fit beside
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        heads = self.horizontalHeader()
        heads.setHighlightSections(False)
        heads.setTextElideMode(Qt.TextElideMode.ElideRight)
        heads.setMinimumSectionSize(FIELD_COLUMN)
        heads.setDefaultSectionSize(FIELD_COLUMN)
        heads.setSectionsClickable(True)
        heads.setSortIndicatorShown(True)
        heads.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        heads.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        heads.setSectionResizeMode(3, QHeaderView.ResizeMode.Stretch)
        self.setColumnWidth(0, 140)
        self.setColumnWidth(2, 130)

    def choose(self, index: int) -> None:
        """Selects a row, in either reading direction."""
        rows = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
        self.selectionModel().setCurrentIndex(self.model().index(index, 0), rows)


class FindPanel(QWidget):
    """A search field above a list of people. ``chosen`` is called with the id when a row is chosen, "" when none is;
    ``go_on`` where Enter came before the list did, as a scanner types it."""

    def __init__(
        self, workspace: Workspace, chosen: Callable[[str], None], go_on: Callable[[], None] = lambda: None
    ) -> None:
        super().__init__()
        language, theme = workspace.language, workspace.theme
        self._workspace, self._language, self._chosen, self._go_on = workspace, language, chosen, go_on
        self._query = Query()
        self._asked = 0  # queries so far: an answer to any but the newest is not wanted
        self._waits, self._entered = False, False
        self.field = QLineEdit()
        self.field.setPlaceholderText(language.text("Number or name"))
        self.field.setAccessibleName(language.text("Search by number or name"))
        self.field.setClearButtonEnabled(True)
        self.field.setMinimumWidth(FIELD_WIDTH)
        self.field.textChanged.connect(self._typed)
        self.field.returnPressed.connect(self._enter_pressed)
        self.model = PeopleModel(language)
        self.table = PeopleTable(self.model, language.text("People"))
        self.table.selectionModel().selectionChanged.connect(lambda *_: self._chosen(self.selected))
        self.table.horizontalHeader().sectionClicked.connect(self._sort_by)
        self._count = ElidedLabel(kind="muted")
        card = frame("card")
        card.setLayout(column(self.table, margins=(8, 8, 8, 8)))
        self.top = row(Icon(theme, "search", "muted", 20), spacing=theme.space("snug"))
        self.top.addWidget(self.field, 1)
        self.top.addWidget(self._count)
        self.receipt = Button(theme, language.text("Receipt …"), "plain", "camera").on(self.read_receipt)
        self.receipt.setToolTip(f"{language.text('Hold the receipt to the camera')} ({RECEIPT_KEY})")
        self.receipt.setAccessibleName(language.text("Hold the receipt to the camera"))
        self.receipt.setShortcut(RECEIPT_KEY)
        self.top.addWidget(self.receipt)
        layout = column(self.top, spacing=theme.space("snug"))
        layout.addWidget(card, 1)
        self.setLayout(layout)
        self._mark_order()

    @property
    def selected(self) -> str:
        """Subject id of the chosen row; empty where none is."""
        chosen = self.table.selectionModel().selectedRows()
        return self.model.person(chosen[0].row()).subject_id if chosen else ""

    @property
    def waits(self) -> bool:
        """Whether the answer to a search is still on its way."""
        return self._waits

    def refresh(self) -> None:
        """Searches again: who is enrolled may have changed. Whoever was chosen stays so."""
        self._look(self.selected)

    def read_receipt(self) -> None:
        """Searches by the code of a receipt that is held to the camera, as if a scanner had typed it."""
        dialog = ReceiptCodeDialog(self, self._workspace)
        code = dialog.read()
        dialog.deleteLater()
        if code:
            self.field.setText(code)
            self._enter_pressed()
            if not self._waits:
                self._go_on()

    def list_part(self, part: Part) -> None:
        """Lists this part of the people alone."""
        self._query = replace(self._query, part=part)
        self._look()

    def clear(self) -> None:
        """Clears the search."""
        self._entered = False
        self.field.clear()
        self.table.clearSelection()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Handles the keys: Down goes from the field into the list."""
        if event.key() == Qt.Key.Key_Down and self.field.hasFocus() and self.model.rowCount():
            self.table.setFocus(Qt.FocusReason.TabFocusReason)
            self.table.choose(max(0, self.table.currentIndex().row()))
        else:
            super().keyPressEvent(event)

    def _typed(self, text: str) -> None:
        self._query = replace(self._query, text=text)
        self._entered = False
        self._look()

    def _sort_by(self, section: int) -> None:
        """Sorts by a column; once more on the same head turns the order around."""
        if section < len(ORDERS):
            order = ORDERS[section]
            backwards = order is self._query.order and not self._query.backwards
            self._query = replace(self._query, order=order, backwards=backwards)
            self._look(self.selected)
        self._mark_order()

    def _mark_order(self) -> None:
        way = Qt.SortOrder.DescendingOrder if self._query.backwards else Qt.SortOrder.AscendingOrder
        self.table.horizontalHeader().setSortIndicator(ORDERS.index(self._query.order), way)

    def _enter_pressed(self) -> None:
        self._entered = self._waits

    def _look(self, keep: str = "") -> None:
        """Searches for what was typed; nobody is chosen until the answer is there: never the one who was found for what
        was typed before."""
        if not self._workspace.is_open:
            return
        self._asked += 1
        number, people_index = self._asked, self._workspace.unlocked.people_index
        self._waits = True
        if not keep:
            self.table.clearSelection()

        def found(indices: Indices) -> None:
            self._waits = False
            self._show(people_index, indices, keep)

        self._workspace.look_up(self._query, lambda: number == self._asked, found)

    def _show(self, people_index: PeopleIndex, indices: Indices, keep: str) -> None:
        people = people_index.people
        self.model.show_people(people, indices, people_index.schema.shown_in(Shown.LIST))
        counted = count_text(len(indices), len(people), self._language)
        self._count.show_text(self._language.text("Several have this number: choose") if self._is_shared() else counted)
        again = self.model.row_of(keep) if keep else -1
        if again >= 0:
            self.table.choose(again)
        elif self._query.text.strip() and len(indices) and not self._is_shared():
            self.table.choose(0)  # what Enter goes on with
        self._chosen(self.selected)
        if self._entered:
            self._entered = False
            self._go_on()

    def _is_shared(self) -> bool:
        """Whether a number was typed that several people have: whoever comes first is not meant by it."""
        return self._workspace.is_open and self._workspace.unlocked.people_index.is_shared(self._query.text)
