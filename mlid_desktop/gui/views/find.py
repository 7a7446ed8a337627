"""Finding a person by number or name, from the keyboard or a scanner that types."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QAbstractTableModel, QItemSelectionModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QLineEdit, QTableView, QWidget

from mlid_desktop.gui.presenters.records import RecordRow, count_text, matching
from mlid_desktop.gui.style import Theme
from mlid_desktop.gui.widgets.elements import Icon, column, frame, label, row
from mlid_desktop.station.language import Language

ROW_HEIGHT = 44
AnyIndex = QModelIndex | QPersistentModelIndex


class PeopleModel(QAbstractTableModel):
    """The rows as a table; only what is on screen is asked for."""

    def __init__(self, language: Language) -> None:
        super().__init__()
        text = language.text
        self._heads = (text("Number"), text("Name"), text("Enrolled"), text("Enrolled with"))
        self._mirrored = language.right_to_left
        self.rows: Sequence[RecordRow] = ()

    def show_rows(self, rows: Sequence[RecordRow]) -> None:
        """Other rows."""
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008, N802 - Qt's signature
        """People."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008, N802 - Qt's signature
        """Number, name, date, characteristics."""
        return 0 if parent.isValid() else len(self._heads)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """A cell's text, also for screen readers."""
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            return None
        shown = self.rows[index.row()]
        return (shown.number, shown.name, shown.enrolled, shown.kept)[index.column()]

    def headerData(  # noqa: N802 - Qt's name
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        """The heads."""
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if self._mirrored else Qt.AlignmentFlag.AlignLeft
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._heads[section]
        return None


class PeopleTable(QTableView):
    """One person a row; Enter opens, typing goes to the search field."""

    def __init__(self, model: PeopleModel, name: str) -> None:
        super().__init__()
        self.setModel(model)
        self.setAccessibleName(name)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        heads = self.horizontalHeader()
        heads.setHighlightSections(False)
        heads.setSectionsClickable(False)
        heads.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        heads.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        heads.setSectionResizeMode(3, QHeaderView.ResizeMode.Stretch)
        self.setColumnWidth(0, 140)
        self.setColumnWidth(2, 130)

    def choose(self, place: int) -> None:
        """Selects a row, in either reading direction."""
        rows = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
        self.selectionModel().setCurrentIndex(self.model().index(place, 0), rows)


class FindPanel(QWidget):
    """A search field above the list. ``chosen`` is called with the id when a row is chosen, "" when none is."""

    def __init__(self, theme: Theme, language: Language, chosen: Callable[[str], None]) -> None:
        super().__init__()
        self._language, self._chosen = language, chosen
        self._rows: Sequence[RecordRow] = ()
        self.field = QLineEdit()
        self.field.setPlaceholderText(language.text("Number or name"))
        self.field.setAccessibleName(language.text("Search by number or name"))
        self.field.setClearButtonEnabled(True)
        self.field.textChanged.connect(lambda _: self._filter())
        self.model = PeopleModel(language)
        self.table = PeopleTable(self.model, language.text("People"))
        self.table.selectionModel().selectionChanged.connect(lambda *_: self._chosen(self.selected))
        self._count = label("", "muted")
        card = frame("card")
        card.setLayout(column(self.table, margins=(8, 8, 8, 8)))
        top = row(Icon(theme, "search", "muted", 20), spacing=theme.space("snug"))
        top.addWidget(self.field, 1)
        top.addWidget(self._count)
        layout = column(top, spacing=theme.space("snug"))
        layout.addWidget(card, 1)
        self.setLayout(layout)

    @property
    def selected(self) -> str:
        """Subject id of the chosen row; empty where none is."""
        chosen = self.table.selectionModel().selectedRows()
        return self.model.rows[chosen[0].row()].subject_id if chosen else ""

    def show_rows(self, rows: Sequence[RecordRow]) -> None:
        """Everybody who can be found."""
        self._rows = rows
        self._filter()

    def clear(self) -> None:
        """Nobody is looked for."""
        self.field.clear()
        self.table.clearSelection()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Down from the field goes into the list."""
        if event.key() == Qt.Key.Key_Down and self.field.hasFocus() and self.model.rows:
            self.table.setFocus(Qt.FocusReason.TabFocusReason)
            self.table.choose(max(0, self.table.currentIndex().row()))
        else:
            super().keyPressEvent(event)

    def _filter(self) -> None:
        found = matching(self._rows, self.field.text())
        self.model.show_rows(found)
        self._count.setText(count_text(len(found), len(self._rows), self._language))
        if self.field.text().strip() and found:
            self.table.choose(0)  # what Enter goes on with
        self._chosen(self.selected)
