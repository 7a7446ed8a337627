"""The widgets of the check-in page: the field for codes, the card that the queue sees, the list of who was here."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QScrollArea, QWidget

from mlid_desktop.gui.theme.style import Theme
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.gui.verify.check_in_presenter import QueueScreen, RecentRow
from mlid_desktop.gui.widgets.announcing import announce
from mlid_desktop.gui.widgets.controls import ElidedLabel
from mlid_desktop.gui.widgets.elements import Icon, clear, column, frame, label, mark_subject_facing, row, tag

SHAPE, LEAST_SHAPE = 120, 48  # pixels: told from the end of a queue; where there is little room
WORDS = 160  # px: what a word, a name and what is around them take of the height


class CodeField(QLineEdit):
    """The field that a scanner or the operator types into. Keys that are no code are told: Space and Enter in the empty
    field, and Esc. A code that is given back stands there chosen whole: the next one takes its place, and Enter on it
    as it stands is told as ``repeated``, never given once more."""

    given = Signal(str)
    repeated = Signal()
    searched = Signal()
    went_on = Signal()
    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._refused = ""
        self.textEdited.connect(lambda _: self._edited())

    @property
    def is_refused(self) -> bool:
        """Whether a code stands in the field as it was given back."""
        return bool(self._refused) and self.text() == self._refused

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Hands a whole code over, and keys that are none."""
        key, text = event.key(), self.text().strip()
        given_back = bool(text) and self.selectedText() == self.text()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.is_refused:
            self.repeated.emit()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.clear()
            self.given.emit(text) if text else self.went_on.emit()
        elif key == Qt.Key.Key_Space and (given_back or not text):
            self.clear()
            self.searched.emit()
        elif key == Qt.Key.Key_Escape:
            self.clear()
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def hand_over(self) -> None:
        """Gives the code that was typed, as Enter does: a screen reader has no keys."""
        text = self.text().strip()
        self.clear()
        if text:
            self.given.emit(text)

    def give_back(self, code: str) -> None:
        """Shows a code again that was nobody's, to be looked at and typed over, unless the next one is being typed."""
        if not self.text():
            self._refused = code
            self.setText(code)
            self.selectAll()

    def drop_given_back(self) -> None:
        """Clears a code that was given back, as a check begins; what is being typed stays."""
        if self.text() and self.selectedText() == self.text():
            self.clear()

    def _edited(self) -> None:
        self._refused = ""  # the same code typed anew is asked for anew


class QueueCard(QFrame):
    """What the queue sees between two captures: a shape, a word and a first name, and nothing that is anybody else's
    business."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        tag(self, kind="queue", tone=Tone.NEUTRAL.value)
        mark_subject_facing(self)
        self._icon = Icon(theme, "next", "accent", SHAPE)
        self._word, self._name = label("", "display", wrap=True), label("", "title", wrap=True)
        for part in (self._word, self._name):
            part.setAlignment(Qt.AlignmentFlag.AlignCenter)
        layout = column(1, spacing=theme.space("base"), margins=(24, 24, 24, 24))
        layout.addLayout(row(1, self._icon, 1))
        layout.addWidget(self._word)
        layout.addWidget(self._name)
        layout.addStretch(1)
        self.setLayout(layout)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Fits the shape to the height that the words leave."""
        super().resizeEvent(event)
        side = max(LEAST_SHAPE, min(SHAPE, self.height() // 3, self.height() - WORDS))
        self._icon.setFixedSize(side, side)

    @property
    def words(self) -> str:
        """All that stands on the card."""
        return f"{self._word.text()} {self._name.text()}".strip()

    def show_screen(self, screen: QueueScreen, icon: str = "") -> None:
        """Shows another word, and tells screen readers."""
        self._icon.show_as(icon or screen.tone.icon, "accent" if screen.tone is Tone.NEUTRAL else screen.tone.value)
        self._word.setText(screen.word)
        self._name.setText(screen.name)
        self._name.setVisible(bool(screen.name))
        tag(self, tone=screen.tone.value)
        tag(self._word, tone=screen.tone.value)
        self.setAccessibleName(screen.spoken)
        announce(self, screen.spoken)


class QueueStand(QWidget):
    """The card that the queue sees and, on a sheet of its own below it, the reason that is the operator's alone: the
    screen for the person draws the card and nothing of that."""

    def __init__(self, theme: Theme, whose: str) -> None:
        super().__init__()
        self.card = QueueCard(theme)
        self._reason = label("", "lead", wrap=True)
        self._sheet = frame("card")
        base = theme.space("base")
        self._sign = Icon(theme, "person", "muted", 24)
        said = row(self._sign, label(whose, "strong"), spacing=theme.space("snug"))
        said.addWidget(self._reason, 1)
        said.setContentsMargins(base, theme.space("snug"), base, theme.space("snug"))
        self._sheet.setLayout(said)
        parts = column(self.card, self._sheet, spacing=base)
        parts.setStretch(0, 1)
        self.setLayout(parts)
        self.explain("")

    @property
    def reason(self) -> str:
        """The reason that is shown; empty where none is."""
        return self._reason.text()

    def show_screen(self, screen: QueueScreen, icon: str = "", reason: str = "", tone: Tone = Tone.NEUTRAL) -> None:
        """Shows another word to the queue, and why to the operator; tells screen readers both."""
        self.card.show_screen(screen, icon)
        self.explain(reason, tone)

    def explain(self, reason: str, tone: Tone = Tone.NEUTRAL) -> None:
        """Shows another reason below the same word, none where it is empty; in the ``tone`` of a caution where it is
        one."""
        plain = tone is Tone.NEUTRAL
        tag(self._sheet, kind="card" if plain else "notice", tone=tone.value)
        self._sign.show_as("person" if plain else tone.icon, "muted" if plain else tone.value)
        if reason and reason != self._reason.text():
            announce(self._reason, reason)
        self._reason.setText(reason)
        self._sheet.setVisible(bool(reason))


class RecentList(QFrame):
    """The last check-ins, for the operator. Nothing of it is kept anywhere else."""

    def __init__(self, theme: Theme, title: str) -> None:
        super().__init__()
        self._theme, self.is_empty = theme, True
        tag(self, kind="card")
        self._rows = column(spacing=theme.space("tight"))
        inside = QWidget()
        inside.setLayout(self._rows)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setWidget(inside)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setAccessibleName(title)
        layout = column(label(title, "strong"), scroll, spacing=theme.space("snug"), margins=(16, 16, 16, 16))
        layout.setStretch(1, 1)
        self.setLayout(layout)
        self.show_rows(())

    def show_rows(self, rows: Sequence[RecentRow]) -> None:
        """Shows these rows in place of those before."""
        clear(self._rows)
        self.is_empty = not rows
        for shown in rows:
            holder = frame("plain")
            holder.setAccessibleName(f"{shown.name}, {shown.number}: {shown.verdict}")
            second = row(label(shown.number, "muted"), 1, label(shown.verdict), spacing=8)
            said = column(ElidedLabel(shown.name, "strong"), second, spacing=0)
            line = row(Icon(self._theme, shown.tone.icon, shown.tone.value, 20), spacing=12)
            line.addLayout(said, 1)
            holder.setLayout(line)
            self._rows.addWidget(holder)
        self._rows.addStretch(1)
