"""The search for a person by number or name, from the keyboard or a scanner that types."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QToolButton, QWidget

from mlid_desktop.gui.page.keys import RECEIPT_KEY
from mlid_desktop.gui.records.people_table import ROW_HEIGHT, PeopleModel, PeopleTable
from mlid_desktop.gui.records.presenter import count_text
from mlid_desktop.gui.records.receipt_scan import ReceiptCodeDialog
from mlid_desktop.gui.state.people_index import Indices, Order, Part, PeopleIndex, Query
from mlid_desktop.gui.state.workspace import Workspace
from mlid_desktop.gui.widgets.controls import Button, ElidedLabel
from mlid_desktop.gui.widgets.elements import column, frame, label, row
from mlid_desktop.station.configuration.list_layout import keep_list_layout, read_list_layout

FIELD_WIDTH = 170
WHOLE = 1000  # of the height's stretch
CARD_EDGES = 20  # pixels above and below the list
MOST_ROWS = 200  # of a list that ends with its last row: a screen has no room for more
KEPT_MS = 600  # after the last change of the list's layout: an edge that is dragged changes it many times


class FindPanel(QWidget):
    """A search field above a list of people. ``chosen`` is called with the id when a row is chosen, "" when none is;
    ``go_on`` where Enter came before the list did, as a scanner types it. A ``short`` list ends with its last row."""

    def __init__(
        self,
        workspace: Workspace,
        chosen: Callable[[str], None],
        go_on: Callable[[], None] = lambda: None,
        *,
        short: bool = False,
    ) -> None:
        super().__init__()
        language, theme = workspace.language, workspace.theme
        self._workspace, self._language, self._chosen, self._go_on = workspace, language, chosen, go_on
        self._kept = read_list_layout(workspace.station.settings.state)
        self._query = Query(order=self._kept.order or Order.NAME, backwards=self._kept.backwards)
        self._asked = 0  # queries so far: an answer to any but the newest is not wanted
        self._waits, self._entered = False, False
        self.field = QLineEdit()
        self.field.setPlaceholderText(language.text("Number or name"))
        self.field.setAccessibleName(language.text("Search by number or name"))
        self.field.setClearButtonEnabled(True)
        self._glass = self.field.addAction(theme.icon("search", "muted"), QLineEdit.ActionPosition.LeadingPosition)
        for sign in self.field.findChildren(QToolButton):
            if sign.defaultAction() is self._glass:
                sign.setAccessibleName(self.field.accessibleName())
        theme.changed.connect(self._draw_glass)
        self.field.setMinimumWidth(FIELD_WIDTH)
        self.field.textChanged.connect(self._typed)
        self.field.returnPressed.connect(self._enter_pressed)
        self.model = PeopleModel(language)
        self.table = PeopleTable(theme, self.model, language.text("People"), self._kept)
        self._keeping = QTimer(self)
        self._keeping.setSingleShot(True)
        self._keeping.setInterval(KEPT_MS)
        self._keeping.timeout.connect(self.keep_layout)
        self.table.laid_out.connect(self._keeping.start)
        self.table.selectionModel().selectionChanged.connect(lambda *_: self._chosen(self.selected))
        self.table.horizontalHeader().sectionClicked.connect(self._sort_by)
        self._count = ElidedLabel(kind="muted")
        card = frame("card")
        card.setLayout(column(self.table, margins=(8, 8, 8, 8)))
        self.top = row(spacing=theme.space("snug"))
        self.top.addWidget(self.field, 1)
        self.top.addWidget(self._count)
        self.receipt = Button(theme, language.text("Scan a receipt …"), "plain", "scan").on(self.read_receipt)
        self.receipt.setToolTip(f"{language.text('Hold the receipt to the camera')} ({RECEIPT_KEY})")
        self.receipt.setAccessibleName(language.text("Hold the receipt to the camera"))
        self.receipt.setShortcut(RECEIPT_KEY)
        self.top.addWidget(self.receipt)
        self.nobody = label(
            language.text("Nobody is found by that. Check the number, or type a part of the name."), wrap=True
        )
        self.nobody.hide()
        layout = column(self.top, self.nobody, spacing=theme.space("snug"))
        layout.addWidget(card, WHOLE)
        layout.addStretch(int(short))
        self.setLayout(layout)
        self._card, self._is_short = card, short
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
        code, types = dialog.read(), dialog.wants_to_type
        dialog.deleteLater()
        if types:
            self.field.setFocus()
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
        """Clears the search, and takes up how the other list was laid out."""
        self._entered = False
        self._kept = self.table.layout_kept = read_list_layout(self._workspace.station.settings.state)
        self._query = replace(self._query, order=self._kept.order or Order.NAME, backwards=self._kept.backwards)
        self.table.fit_columns()
        self._mark_order()
        self.field.clear()
        self.table.clearSelection()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Handles the keys: Down goes from the field into the list."""
        if event.key() == Qt.Key.Key_Down and self.field.hasFocus() and self.model.rowCount():
            self.table.setFocus(Qt.FocusReason.TabFocusReason)
            self.table.choose(max(0, self.table.currentIndex().row()))
        else:
            super().keyPressEvent(event)

    def _draw_glass(self) -> None:
        self._glass.setIcon(self._workspace.theme.icon("search", "muted"))

    def _typed(self, text: str) -> None:
        self._query = replace(self._query, text=text)
        self._entered = False
        self._look()

    def keep_layout(self) -> None:
        """Keeps how the list is laid out, for the next start and for the other list."""
        self._keeping.stop()
        if self.table.layout_kept != self._kept:
            self._kept = self.table.layout_kept
            keep_list_layout(self._workspace.station.settings.state, self._kept)

    def _sort_by(self, section: int) -> None:
        """Sorts by a column; once more on the same head turns the order around."""
        wanted = self.model.columns[section]
        if wanted.sortable:
            backwards = wanted.key == self._query.order and not self._query.backwards
            self._query = replace(self._query, order=wanted.key, backwards=backwards)
            self.table.sort_by(wanted.key, backwards=backwards)
            self._look(self.selected)
        self._mark_order()

    def _mark_order(self) -> None:
        self.table.mark_order(self._query.order, backwards=self._query.backwards)

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
        before = self.model.columns
        self.model.show_people(people, indices, people_index.schema)
        if self.model.columns != before:
            self.table.fit_columns()
            self._mark_order()
        self.nobody.setVisible(not len(indices) and bool(self._query.text.strip()))
        self._fit_card(len(indices))
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

    def _fit_card(self, rows: int) -> None:
        """Ends a short list with its last row, where there is room for all of them; without rows it is not there."""
        if self._is_short:
            heads, slider = self.table.horizontalHeader().sizeHint(), self.table.horizontalScrollBar()
            around = heads.height() + slider.sizeHint().height() * slider.isVisible() + CARD_EDGES
            self._card.setMaximumHeight(min(rows, MOST_ROWS) * ROW_HEIGHT + around)
            self._card.setVisible(rows > 0)

    def _is_shared(self) -> bool:
        """Whether a number was typed that several people have: whoever comes first is not meant by it."""
        return self._workspace.is_open and self._workspace.unlocked.people_index.is_shared(self._query.text)
