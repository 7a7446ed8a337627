"""The dialog that compares the people of a site, and shows before and after, before two people decide by it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QFrame, QGridLayout, QProgressBar, QScrollArea, QWidget

from mlid_desktop.gui.administration.calibration.presenter import CalibrationScreen, PolicyRows, Told
from mlid_desktop.gui.theme.style import Theme
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.gui.widgets.controls import Button
from mlid_desktop.gui.widgets.dialogs import dialog_column, resize_within
from mlid_desktop.gui.widgets.elements import Icon, Notice, clear, column, frame, label, row, rule, tag, widget_of
from mlid_desktop.gui.widgets.fitting_area import MoreBelow
from mlid_desktop.gui.widgets.footer import ClosedReason, answers_row
from mlid_desktop.station.text.language import Language

SIZE = (920, 640)  # pixels
SHARES = (4, 5, 5)  # of the width: what is compared, before, after
COLUMNS = len(SHARES)
SIGN = 20  # pixels
WHOLE = 100


class CalibrationDialog(QDialog):
    """Shows how far the comparing of one characteristic is, ``named`` in words; then before and after under each
    policy. Accepted: it is to be stored, which is offered once both are there and where it can be; Esc changes
    nothing."""

    def __init__(self, parent: QWidget, theme: Theme, language: Language, named: str) -> None:
        super().__init__(parent)
        text = language.text
        self._theme, self._language = theme, language
        title = text("Calibrate on the people here: {characteristic}", characteristic=named)
        self.setWindowTitle(title)
        resize_within(self, *SIZE)
        self.store = Button(theme, text("Use the new limits …"), "primary").on(self.accept)
        self.close_button = Button(theme, text("Cancel"), "footer").on(self.reject)
        self.close_button.setDefault(True)
        self._closed = ClosedReason(self.store)
        self._closed.allow(False, text("First everybody here is compared."))
        self._why = label(
            text("Every two people here are compared by what is kept of them; nobody is named. Nothing is stored yet."),
            wrap=True,
        )
        self.notice = Notice(theme)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(theme.space("wide"))
        self._grid.setVerticalSpacing(theme.space("tight"))
        for at, share in enumerate(SHARES):
            self._grid.setColumnStretch(at, share)
        inside = QWidget()
        inside.setLayout(column(widget_of(self._grid), 1))
        reading = QScrollArea()
        reading.setFrameShape(QFrame.Shape.NoFrame)
        reading.setWidgetResizable(True)
        reading.setWidget(inside)
        reading.setAccessibleName(title)
        MoreBelow(theme, reading)
        self._card = frame("card")
        self._card.setLayout(column(reading, margins=(20, 16, 8, 16)))
        self._card.hide()
        self.bar = QProgressBar()
        self.bar.setRange(0, WHOLE)
        self.bar.setTextVisible(False)
        self._far = label("", "head")
        meanwhile = label(
            text("Checks at this desk wait meanwhile. Cancel stops it, and nothing changes."), "muted", wrap=True
        )
        self._progress = frame("card")
        edge = theme.space("wide")
        self._progress.setLayout(
            column(1, self._far, self.bar, meanwhile, 1, spacing=theme.space("snug"), margins=(edge, edge, edge, edge))
        )
        layout = dialog_column(theme, title, self._why, self.notice, self._progress, self._card)
        layout.setStretchFactor(self._card, 1)
        layout.setStretchFactor(self._progress, 1)
        self._answers = answers_row(theme, self._closed, self.close_button, self.store)
        layout.addLayout(self._answers)
        self.setLayout(layout)
        self.show_progress(0.0)
        self.close_button.setFocus()

    def show_progress(self, share: float) -> None:
        """Shows how far the comparing is: 0 to 1."""
        percent = round(WHOLE * share)
        self.bar.setValue(percent)
        self._far.setText(self._language.text("Compared: {percent} %", percent=percent))
        self.bar.setAccessibleName(self._far.text())

    def show_finding(self, screen: CalibrationScreen) -> None:
        """Shows before and after under each policy; to use the new limits is offered where the screen says nothing
        against it."""
        text = self._language.text
        self._progress.hide()
        self._card.show()
        self._why.setText(text("Compared. Nothing is stored yet: look at before and after first."))
        self.notice.say(screen.outcome, screen.tone)
        clear(self._grid)
        for at, words in enumerate(("", text("Before"), text("After"))):
            self._grid.addWidget(label(words, "strong"), 0, at)
        for policy in screen.policies:
            self._show_policy(policy)
        if screen.policies:
            self._grid.addWidget(rule(), self._grid.rowCount(), 0, 1, COLUMNS)
        self._across(text("How it was compared"), "strong")
        for said in screen.how:
            self._across(said, "muted")
        self._closed.allow(not screen.closed, screen.closed)
        self.close_button.relabel(text("Close") if screen.closed else text("Keep the present limits"))
        if screen.doubt and not screen.closed:
            self._advise_against()

    def _advise_against(self) -> None:
        """Makes keeping the present limits the primary act, at the end of the row; the new ones can be used still."""
        self.store.relabel(self._language.text("Use the new limits all the same …"))
        self.store.become("footer")
        self.close_button.become("primary")
        self._answers.addWidget(self.close_button)
        self.setTabOrder(self.store, self.close_button)
        self.close_button.setFocus()

    def _show_policy(self, policy: PolicyRows) -> None:
        """Adds a policy by its name, whether it can be relied on, and under that what is compared, a line each."""
        self._grid.addWidget(rule(), self._grid.rowCount(), 0, 1, COLUMNS)
        head = column(label(policy.name, "strong", wrap=True), label(policy.asks, "muted", wrap=True))
        if policy.doubt:
            warned = label(policy.doubt, wrap=True)
            tag(warned, tone=Tone.INCONCLUSIVE.value)
            sign = Icon(self._theme, Tone.INCONCLUSIVE.icon, Tone.INCONCLUSIVE.value, SIGN)
            line = row(spacing=self._theme.space("tight"))
            line.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
            line.addWidget(warned, 1)
            head.addLayout(line)
        self._grid.addLayout(head, self._grid.rowCount(), 0, 1, COLUMNS)
        for compared in policy.rows:
            at_line = self._grid.rowCount()
            self._grid.addWidget(label(compared.name, wrap=True), at_line, 0, Qt.AlignmentFlag.AlignTop)
            for at, told in enumerate((compared.before, compared.after), start=1):
                said = self._told(told, "body" if policy.doubt else "strong")
                self._grid.addWidget(said, at_line, at, Qt.AlignmentFlag.AlignTop)
        if policy.note:
            self._across(policy.note, "muted")

    def _told(self, told: Told, kind: str) -> QWidget:
        words = column(label(self._language.place_at_start(told.words), kind, wrap=True))
        if told.note:
            words.addWidget(label(self._language.place_at_start(told.note), "muted", wrap=True))
        return widget_of(words)

    def _across(self, words: str, kind: str) -> None:
        self._grid.addWidget(label(words, kind, wrap=True), self._grid.rowCount(), 0, 1, COLUMNS)

    def show_fault(self, words: str) -> None:
        """Says why nothing could be measured."""
        self._progress.hide()
        self._why.hide()
        self.notice.say(words)
        self._closed.allow(False, self._language.text("Nothing was measured."))
        self.close_button.relabel(self._language.text("Close"))
